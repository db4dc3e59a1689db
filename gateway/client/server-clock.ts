import type { PeerKey } from '../../shared/ids.ts';
import type { Moment } from '../../shared/moment.ts';
import type { ClientDesk } from './desk.ts';

/** Date has no times beyond these (ECMA-262, 21.4.1.1). */
const wallMsMax = 8.64e15;

/**
 * How far this machine's clock is from the server's. Nobody sets these clocks, so a time is shown to others by what both
 * lack to the server's; it orders nothing (DESIGN section 5).
 */
export class ServerClock {
  readonly #desk: Pick<ClientDesk, 'say'>;
  #offsetMs: number | undefined;

  constructor(desk: Pick<ClientDesk, 'say'>) {
    this.#desk = desk;
  }

  /** What this clock lacks to the server's; undefined before it was measured. */
  get offsetMs(): number | undefined {
    return this.#offsetMs;
  }

  /** This clock may have been set: what was measured counts no more. */
  forget(): void {
    this.#offsetMs = undefined;
  }

  /** PROTOCOL 6.42. */
  ask(server: PeerKey): void {
    this.#desk.say(server, 'control', { kind: 'what-time' }, 'what-time');
  }

  /** The answer has travelled for some milliseconds, which nobody sees in what is shown. */
  handleTime(now: Moment, wallMs: number): void {
    const offsetMs = wallMs - now.wallMs;
    // Nobody's clock is so far off; and no message could tell it.
    this.#offsetMs = Math.abs(offsetMs) <= wallMsMax ? offsetMs : undefined;
  }

  /** When something was said, by the clock here; as it was told, where one of the two was never measured. */
  timeHere(sentAtMs: number, sendersOffsetMs: number | undefined): number {
    if (sendersOffsetMs === undefined || this.#offsetMs === undefined) return sentAtMs;
    const hereMs = sentAtMs + sendersOffsetMs - this.#offsetMs;
    return Math.abs(hereMs) <= wallMsMax ? hereMs : sentAtMs;
  }
}
