import { randomBytes } from 'node:crypto';
import { transferTicketsMax } from '../../../shared/limits.ts';

/** One thing that one request may fetch. */
export interface Transfer {
  readonly direction: 'download';
  readonly fileName: string;
  readonly mediaType: string;
  /** Makes the parts of the file. */
  parts(): AsyncIterable<string | Uint8Array>;
}

interface Ticket {
  readonly transfer: Transfer;
  readonly owner: object;
  readonly expiresAtMs: number;
}

/** A ticket that no request has used by then is worth nothing. */
export const ticketLifeMs = 60_000;

/**
 * Tickets for one request each, of 128 random bits. A frontend asks for one over its proven connection. Past
 * `transferTicketsMax`, the frontend with the most tickets loses its oldest one.
 */
export class Tickets {
  readonly #nowMs: () => number;
  /** The oldest first. */
  readonly #tickets = new Map<string, Ticket>();

  /** `nowMs` is a clock that never goes back. */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** `owner` is the frontend that asks. */
  issue(owner: object, transfer: Transfer): string {
    this.#dropExpired();
    if (this.#tickets.size >= transferTicketsMax) this.#dropOfHeaviest();
    const text = randomBytes(16).toString('hex');
    this.#tickets.set(text, { transfer, owner, expiresAtMs: this.#nowMs() + ticketLifeMs });
    return text;
  }

  /** Uses up a ticket. Undefined for one that is unknown, used, expired, or for the other direction. */
  take(text: string, direction: Transfer['direction']): Transfer | undefined {
    this.#dropExpired();
    const ticket = this.#tickets.get(text);
    if (ticket?.transfer.direction !== direction) return undefined;
    this.#tickets.delete(text);
    return ticket.transfer;
  }

  #dropExpired(): void {
    const nowMs = this.#nowMs();
    for (const [text, { expiresAtMs }] of this.#tickets) {
      if (expiresAtMs > nowMs) return;
      this.#tickets.delete(text);
    }
  }

  #dropOfHeaviest(): void {
    const counts = new Map<object, number>();
    for (const { owner } of this.#tickets.values()) counts.set(owner, (counts.get(owner) ?? 0) + 1);
    const most = Math.max(...counts.values());
    for (const [text, { owner }] of this.#tickets) {
      if (counts.get(owner) !== most) continue;
      this.#tickets.delete(text);
      return;
    }
  }
}
