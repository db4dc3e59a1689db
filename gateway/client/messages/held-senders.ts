import type { PeerKey } from '../../../shared/ids.ts';
import { heldMessagesMax, heldSendersMax } from '../../../shared/limits.ts';

/** The roster names a new user to all within a moment. Later, the message is shown without a name. */
const holdMs = 2_000;

interface Held {
  readonly untilMs: number;
  readonly accepts: (() => void)[];
}

/**
 * Messages of senders that no roster has named yet: a message can be faster than the roster that names its sender
 * (PROTOCOL 6.64). Each sender has a share of its own. A sender with a full share waits no longer. Past `heldSendersMax`, the
 * sender that has waited longest waits no longer. Nothing is dropped.
 */
export class HeldSenders {
  /** The sender that has waited longest first. */
  readonly #held = new Map<PeerKey, Held>();

  /** Calls `accept` later, at the latest when the sender has waited for `holdMs`. A sender's messages keep their order. */
  hold(nowMs: number, sender: PeerKey, accept: () => void): void {
    let held = this.#held.get(sender);
    if (held === undefined) {
      if (this.#held.size >= heldSendersMax) this.#releaseFirst();
      this.#held.set(sender, (held = { untilMs: nowMs + holdMs, accepts: [] }));
    }
    held.accepts.push(accept);
    if (held.accepts.length >= heldMessagesMax) this.#release(sender);
  }

  /** Accepts what senders sent for which this is true. */
  releaseIf(isNamed: (sender: PeerKey) => boolean): void {
    for (const sender of [...this.#held.keys()]) if (isNamed(sender)) this.#release(sender);
  }

  handleTimeout(nowMs: number): void {
    for (const [sender, { untilMs }] of [...this.#held]) if (untilMs <= nowMs) this.#release(sender);
  }

  pollTimeout(): number | undefined {
    for (const { untilMs } of this.#held.values()) return untilMs;
    return undefined;
  }

  /** Forgets what is held. Nothing was acknowledged, so its senders send it again. */
  clear(): void {
    this.#held.clear();
  }

  #releaseFirst(): void {
    for (const sender of this.#held.keys()) return this.#release(sender);
  }

  #release(sender: PeerKey): void {
    const accepts = this.#held.get(sender)?.accepts ?? [];
    this.#held.delete(sender);
    for (const accept of accepts) accept();
  }
}
