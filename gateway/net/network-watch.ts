import { type InterfaceAddress } from '../../shared/address.ts';
import type { NetworkChange } from '../transport/events.ts';
import type { Clock } from './clock.ts';

/** A look takes some 0.1 ms. Seen after a second, a change is over within two (DESIGN section 3). */
const lookIntervalMs = 1_000;
/** Looks are further apart than this when the machine slept (or had its clock set, which costs a few packets). */
const sleepMsMin = 5_000;

export interface NetworkWatchOptions {
  readonly clock: Clock;
  readonly interfaces: () => readonly InterfaceAddress[];
  readonly onChange: (change: NetworkChange) => void;
  readonly intervalMs?: number;
}

/** Notices a cable that is pulled, a Wi-Fi that is joined, and a machine that wakes. No system tells all of it in one way. */
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
    // Whoever is worth watching for keeps the process alive.
    this.#timer.unref();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  look(): void {
    const now = this.#options.clock.now();
    // Some systems stop the monotonic clock while they sleep (Linux), none the other one.
    const { monotonicMs, wallMs } = this.#lookedAt;
    const passedMs = Math.max(now.monotonicMs - monotonicMs, Math.abs(now.wallMs - wallMs));
    this.#lookedAt = now;
    const before = this.#addresses;
    this.#addresses = this.#read() ?? before;
    if (this.#addresses !== before) this.#options.onChange('addresses');
    else if (passedMs >= sleepMsMin) this.#options.onChange('woke');
  }

  /** In one order, whatever order the system has; undefined where it does not tell. */
  #read(): string | undefined {
    try {
      const texts = this.#options.interfaces().map(({ host, prefixBits }) => `${host}/${prefixBits}`);
      return texts.sort().join();
    } catch {
      return undefined;
    }
  }
}
