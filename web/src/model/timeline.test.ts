import { describe, expect, it } from 'vitest';
import type { ChatMessage, Delivery, RoomNotice } from '../../../shared/message.ts';
import { bob, carol, idOf, me, messageOf, sentMessageOf, withBob } from '../../../shared/model/samples.ts';
import type { PendingMessage } from './pending.ts';
import { dayReader, Timeline, type TimelineRow } from './timeline.ts';

const at = (iso: string) => Date.parse(iso);
const rowsOf = (messages: readonly ChatMessage[], pending: readonly PendingMessage[], timeZone: string) =>
  new Timeline(timeZone, me).rowsOf(messages, pending);
const daysOf = (rows: readonly TimelineRow[]) => rows.flatMap((row) => (row.kind === 'day' ? [row.day] : []));
const messagesOf = (rows: readonly TimelineRow[]) => rows.filter((row) => row.kind === 'message');
const groupsOf = (rows: readonly TimelineRow[]) =>
  messagesOf(rows)
    .map((row) => `${row.startsGroup ? '[' : ''}${row.entry.id.slice(-1)}${row.endsGroup ? ']' : ''}`)
    .join(' ');

describe('UI 12: a day line at each change of local date', () => {
  const late = messageOf(1, { sentAtMs: at('2026-10-07T21:59:00Z') });
  const later = messageOf(2, { sentAtMs: at('2026-10-07T22:01:00Z') });

  it('follows the reader’s clock', () => {
    expect(daysOf(rowsOf([late, later], [], 'Europe/Berlin'))).toEqual(['2026-10-07', '2026-10-08']);
    expect(daysOf(rowsOf([late, later], [], 'UTC'))).toEqual(['2026-10-07']);
    expect(daysOf(rowsOf([late, later], [], 'Asia/Tokyo'))).toEqual(['2026-10-08']);
  });

  it('breaks a group', () => {
    expect(groupsOf(rowsOf([late, later], [], 'Europe/Berlin'))).toBe('[1] [2]');
    expect(groupsOf(rowsOf([late, later], [], 'UTC'))).toBe('[1 2]');
  });

  it('every row has a key of its own, even with a late message of yesterday among those of today', () => {
    const messages = [
      messageOf(1, { sentAtMs: at('2026-10-08T08:00:00Z') }),
      messageOf(2, { sentAtMs: at('2026-10-07T08:00:00Z') }),
      messageOf(3, { sentAtMs: at('2026-10-08T08:01:00Z') }),
    ];
    const keys = rowsOf(messages, [], 'UTC').map((row) => row.key);
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys).toHaveLength(6);
  });

  it('a nonsensical clock breaks nothing', () => {
    expect(dayReader('UTC')(1e300)).toBe('');
    expect(rowsOf([messageOf(1, { sentAtMs: -1e300 })], [], 'UTC')).toHaveLength(1);
  });
});

describe('UI 13: messages of one sender within 5 minutes group', () => {
  const minute = 60_000;
  const noon = at('2026-10-07T12:00:00Z');

  it('until five minutes have passed since the previous message', () => {
    const messages = [0, 5, 10, 15.1].map((minutes, index) =>
      messageOf(index + 1, { sentAtMs: noon + minutes * minute }),
    );
    expect(groupsOf(rowsOf(messages, [], 'UTC'))).toBe('[1 2 3] [4]');
  });

  it('until the contact writes', () => {
    expect(groupsOf(rowsOf([messageOf(1), sentMessageOf(2), sentMessageOf(3)], [], 'UTC'))).toBe('[1] [2 3]');
  });

  it('until another author writes, as in a room', () => {
    const messages = [messageOf(1), messageOf(2, { author: carol }), messageOf(3, { author: carol })];
    expect(groupsOf(rowsOf(messages, [], 'UTC'))).toBe('[1] [2 3]');
  });

  it('a pending message joins the group of the user’s own messages', () => {
    const pending: PendingMessage = {
      id: idOf(4),
      conversation: withBob,
      content: { kind: 'text', text: 'x' },
      typedAtMs: sentMessageOf(3).sentAtMs,
      state: { kind: 'in-tab' },
    };
    expect(groupsOf(rowsOf([messageOf(1), sentMessageOf(3)], [pending], 'UTC'))).toBe('[1] [3 4]');
  });
});

describe('UI 17: the state stands in words under the last of a run that reads the same', () => {
  const wordsOf = (...deliveries: Delivery[]) =>
    messagesOf(
      rowsOf(
        deliveries.map((delivery, index) => sentMessageOf(index, { delivery })),
        [],
        'UTC',
      ),
    ).map((row) => row.noteInWords);
  const delivered: Delivery = { state: 'delivered', later: false };
  const waiting: Delivery = { state: 'waiting', nextAttemptAtMs: null, reason: 'no-connection' };

  it('once for a run of delivered messages', () => {
    expect(wordsOf(delivered, delivered, delivered)).toEqual([false, false, true]);
  });

  it('again where the state changes', () => {
    expect(wordsOf(delivered, delivered, { state: 'stored' })).toEqual([false, true, true]);
    expect(
      wordsOf(
        { state: 'sending', attempt: 1, via: 'direct' },
        { state: 'sending', attempt: 2, via: 'direct' },
      ),
    ).toEqual([true, true]);
    expect(wordsOf({ state: 'delivered', later: true }, delivered)).toEqual([true, true]);
  });

  it('always for a message that waits or has failed', () => {
    expect(wordsOf(waiting, waiting, waiting)).toEqual([true, true, true]);
    expect(wordsOf({ state: 'failed', code: 'refused' }, { state: 'failed', code: 'refused' })).toEqual([
      true,
      true,
    ]);
  });
});

describe('the rows of a growing conversation', () => {
  const minute = (number: number) => ({ sentAtMs: at('2026-10-07T12:00:00Z') + number * 60_000 });
  const messages = Array.from({ length: 50 }, (_, index) => messageOf(index + 1, minute(index)));
  const changed = (before: readonly TimelineRow[], after: readonly TimelineRow[]) =>
    after.filter((row) => !before.includes(row)).map(({ key }) => key);

  it('stay the same objects unless their look changes', () => {
    const timeline = new Timeline('UTC', me);
    const before = timeline.rowsOf(messages, []);
    expect(changed(before, timeline.rowsOf(messages, []))).toEqual([]);
    const after = timeline.rowsOf([...messages, messageOf(51, minute(50))], []);
    // The row above no longer ends the group.
    expect(changed(before, after)).toEqual([idOf(50), idOf(51)]);
    const without = timeline.rowsOf(messages.slice(1), []);
    expect(changed(after, without)).toEqual([`day 2026-10-07 ${idOf(2)}`, idOf(2), idOf(50)]);
  });

  it('are new where a message changes its state, and beside it', () => {
    const timeline = new Timeline('UTC', me);
    const sent = [1, 2, 3].map((number) => sentMessageOf(number, minute(number)));
    const before = timeline.rowsOf(sent, []);
    const after = timeline.rowsOf(sent.with(1, { ...sent[1]!, delivery: { state: 'read' } }), []);
    expect(changed(before, after)).toEqual([idOf(1), idOf(2)]);
    expect(rowsOf(sent.with(1, { ...sent[1]!, delivery: { state: 'read' } }), [], 'UTC')).toEqual(after);
  });
});

describe('UI 11: the New line', () => {
  const kinds = (messages: readonly ChatMessage[], newFrom: number) =>
    new Timeline('UTC', me).rowsOf(messages, [], idOf(newFrom)).map(({ kind }) => kind);
  const three = [messageOf(1), messageOf(2), messageOf(3)];

  it('stands above the first unread message, below the line of its day, and breaks the group', () => {
    expect(kinds(three, 2)).toEqual(['day', 'message', 'new', 'message', 'message']);
    expect(kinds(three, 1)).toEqual(['day', 'new', 'message', 'message', 'message']);
    expect(groupsOf(new Timeline('UTC', me).rowsOf(three, [], idOf(2)))).toBe('[1] [2 3]');
  });

  it('vanishes as soon as an own message stands below it', () => {
    expect(kinds([...three, sentMessageOf(4)], 2)).not.toContain('new');
    expect(kinds([sentMessageOf(1), messageOf(2)], 2)).toContain('new');
  });

  it('is not drawn for a message that is not loaded', () => {
    expect(kinds(three, 9)).not.toContain('new');
  });
});

describe('UI 16: entries of a room that are no messages', () => {
  const notice = (number: number, entry: RoomNotice, author = bob) =>
    messageOf(number, { author, content: { kind: 'notice', entry } });
  const rowsOf = (...messages: ChatMessage[]) =>
    new Timeline('UTC', me).rowsOf(messages, []).filter(({ kind }) => kind !== 'day');

  it('share a row where members join and leave one after another, and break the groups around them', () => {
    const rows = rowsOf(
      messageOf(1),
      notice(2, { kind: 'join' }),
      notice(3, { kind: 'leave' }, carol),
      notice(4, { kind: 'topic', topic: 'tea' }),
      messageOf(5),
    );
    expect(
      rows.map((row) => (row.kind === 'notices' ? row.notices.map(({ entry }) => entry.kind) : row.kind)),
    ).toEqual(['message', ['join', 'leave'], ['topic'], 'message']);
    expect(rows.map((row) => row.kind === 'message' && row.startsGroup && row.endsGroup)).toEqual([
      true,
      false,
      false,
      true,
    ]);
  });
});
