import type { Guests } from '../../../shared/bridge/guests.ts';
import { guestLinkLines, WaitingGuests, type DrawCode } from './guest-lines.ts';

export interface GuestReportOptions {
  /** A server without a user: its window has the commands about guests. Otherwise the app or a prompt has them. */
  readonly isServer: boolean;
  /** False for a log or a pipe. The link holds a secret, so it goes into no log. */
  readonly isWindow: boolean;
  /** A prompt in the same window tells of visitors itself. */
  readonly besidePrompt: boolean;
  readonly drawCode: DrawCode;
  readonly print: (line: string) => void;
}

/** Shows the link if guests can come from the start on, and tells of visitors that wait. */
export class GuestReport {
  readonly #options: GuestReportOptions;
  readonly #visitors = new WaitingGuests();
  /** Undefined before the first chat. Later, the user that switches guests on sees the link at that place. */
  #awaitsLink: boolean | undefined;

  constructor(options: GuestReportOptions) {
    this.#options = options;
  }

  /** `nowMs`: of a clock that never jumps. */
  async take(guests: Guests | null, nowMs: number): Promise<void> {
    if (guests === null) return;
    const { besidePrompt, print } = this.#options;
    if (!besidePrompt) this.#visitors.take(guests, nowMs).forEach(print);
    this.#awaitsLink ??= guests.isOn;
    if (!this.#awaitsLink || (guests.link === null && guests.fault === null)) return;
    this.#awaitsLink = false;
    (await this.#linkLines(guests)).forEach(print);
  }

  async #linkLines(guests: Guests): Promise<readonly string[]> {
    const { isWindow, isServer, besidePrompt, drawCode } = this.#options;
    if (isWindow || guests.link === null) return guestLinkLines(guests, drawCode);
    const place = isServer || besidePrompt ? 'Type guests to see the link.' : 'The app shows the link.';
    return [`Others on this network can join by browser. ${place}`];
  }
}
