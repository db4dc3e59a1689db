import { describe, expect, it } from 'vitest';
import { transferTicketsMax } from '../../../shared/limits.ts';
import { ticketLifeMs, Tickets, type Transfer } from './tickets.ts';

const transfer: Transfer = {
  direction: 'download',
  fileName: 'a.md',
  mediaType: 'text/markdown',
  parts: async function* () {
    yield 'text';
  },
};

describe('a ticket', () => {
  it('has 128 random bits and works once', () => {
    const tickets = new Tickets(() => 0);
    const [one, other] = [tickets.issue({}, transfer), tickets.issue({}, transfer)];
    expect(one).toMatch(/^[0-9a-f]{32}$/u);
    expect(one).not.toBe(other);
    expect(tickets.take(one, 'download')).toBe(transfer);
    expect(tickets.take(one, 'download')).toBeUndefined();
    expect(tickets.take('0'.repeat(32), 'download')).toBeUndefined();
  });

  it('is worth nothing after a minute', () => {
    let nowMs = 0;
    const tickets = new Tickets(() => nowMs);
    const [early, late] = [tickets.issue({}, transfer), tickets.issue({}, transfer)];
    nowMs = ticketLifeMs - 1;
    expect(tickets.take(early, 'download')).toBe(transfer);
    nowMs = ticketLifeMs;
    expect(tickets.take(late, 'download')).toBeUndefined();
  });

  it('stays when another frontend asks for very many: that one loses its oldest', () => {
    const tickets = new Tickets(() => 0);
    const [modest, greedy] = [{}, {}];
    const kept = tickets.issue(modest, transfer);
    const many = Array.from({ length: transferTicketsMax + 5 }, () => tickets.issue(greedy, transfer));
    expect(tickets.take(kept, 'download')).toBe(transfer);
    expect(many.map((ticket) => tickets.take(ticket, 'download') !== undefined).indexOf(true)).toBe(6);
  });
});
