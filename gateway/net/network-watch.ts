import { type InterfaceAddress } from '../../shared/address.ts';
import type { NetworkChange } from '../transport/events.ts';
import type { Clock } from './clock.ts';

/** A check takes about 0.1 ms. One check per second finds a change soon enough to reconnect within two seconds. */
const lookIntervalMs = 1_000;
/** A longer gap between two checks means that the machine slept, or that its clock was set, which costs a few packets. */
const sleepMsMin = 5_000;

export interface NetworkWatchOptions {
  readonly clock: Clock;
  readonly interfaces: () => readonly InterfaceAddress[];
  readonly onChange: (change: NetworkChange) => void;
  readonly intervalMs?: number;
}

/** Notices a pulled cable, a joined Wi-Fi, and a machine that wakes. No system reports all of these in one way. */
export class NetworkWatch {
  readonly #options: NetworkWatchOptions;
  readonly #timer: NodeJS.Timeout;
  #lookedAt;
  #addresses;

  constructor(options: NetworkWatchOptions) {
    this.#options = options;
    this.#lookedAt = options.clock.now();
    this.#addresses = this.#read();
    this.#timer = setInterval(() => this.look(), options.intervalMs ?? lookIntervalMs);
    // The watched roles keep the process alive, so the timer need not.
    this.#timer.unref();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  look(): void {
    const now = this.#options.clock.now();
    // Some systems stop the monotonic clock during sleep (Linux); none stops the wall clock.
    const { monotonicMs, wallMs } = this.#lookedAt;
    const passedMs = Math.max(now.monotonicMs - monotonicMs, Math.abs(now.wallMs - wallMs));
    this.#lookedAt = now;
    const before = this.#addresses;
    this.#addresses = this.#read() ?? before;
    if (this.#addresses !== before) this.#options.onChange('addresses');
    else if (passedMs >= sleepMsMin) this.#options.onChange('woke');
  }

  /**
   * The addresses in their order, which changes when another interface has the default route; undefined where the system does
   * not reveal them.
   */
  #read(): string | undefined {
    try {
      return this.#options
        .interfaces()
        .map(({ host, prefixBits }) => `${host}/${prefixBits}`)
        .join();
    } catch {
      return undefined;
    }
  }
}
