import { type EventLoop, NextTick, systemEventLoop } from './event-loop.ts';

/** The driver of one role, as the gate sees it. */
export interface BulkSender {
  /** Whether something waits here from which control or chat may come: it goes first. */
  readonly isBusy: boolean;
  /** Hands the bulk that is due now to the socket. */
  sendBulk(): void;
}

/**
 * Bulk of a busy gateway leaves after this time without a pause of the others. Its peer refuses a connection in which the rest of a message
 * does not come for 20 s (PROTOCOL 7.12).
 */
const patienceMs = 100;

/**
 * One for all roles of a gateway (PROTOCOL 8.27): their bulk leaves after the turns of a tick, when each role has handed its control and chat
 * to its socket. A role would otherwise fill the network card with a file just before another one answers a message.
 */
export class BulkGate {
  readonly #loop: EventLoop;
  readonly #tick: NextTick;
  readonly #senders = new Set<BulkSender>();
  readonly #waiting = new Set<BulkSender>();
  /** When bulk began to wait for busy roles; undefined while it does not. */
  #heldSinceMs: number | undefined;

  constructor(loop: EventLoop = systemEventLoop) {
    this.#loop = loop;
    this.#tick = new NextTick(loop, () => this.#run());
  }

  join(sender: BulkSender): void {
    this.#senders.add(sender);
  }

  leave(sender: BulkSender): void {
    this.#senders.delete(sender);
    this.#waiting.delete(sender);
  }

  /** This role has bulk that may leave. */
  request(sender: BulkSender): void {
    this.#waiting.add(sender);
    this.#tick.want();
  }

  #run(): void {
    try {
      if (this.#mustWait()) return;
      // A role that asks again gets the next tick: others may have something to say by then.
      const due = [...this.#waiting];
      this.#waiting.clear();
      for (const sender of due) sender.sendBulk();
    } finally {
      if (this.#waiting.size > 0) this.#tick.want();
    }
  }

  #mustWait(): boolean {
    const nowMs = this.#loop.nowMs();
    let isBusy = false;
    for (const sender of this.#senders) isBusy ||= sender.isBusy;
    if (isBusy) {
      this.#heldSinceMs ??= nowMs;
      if (nowMs - this.#heldSinceMs < patienceMs) return true;
    }
    this.#heldSinceMs = undefined;
    return false;
  }
}
