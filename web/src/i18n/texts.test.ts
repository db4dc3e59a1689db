import { describe, expect, it } from 'vitest';
import type { Delivery } from '../../../shared/message.ts';
import { errors } from '../../../shared/errors.ts';
import { idOf, me, sentMessageOf, withBob } from '../../../shared/model/samples.ts';
import type { PendingState } from '../model/pending.ts';
import type { TimelineEntry } from '../model/timeline.ts';
import { noteOf, type WaitsFor } from './delivery-note.ts';
import { DateFormat } from './date-format.ts';
import { texts } from './texts.ts';

const entryOf = (delivery: Delivery): TimelineEntry => {
  const message = sentMessageOf(1, { delivery });
  return { source: 'gateway', id: message.id, author: me, isMine: true, atMs: 0, message };
};
const words = (delivery: Delivery, nowMs = 0, byServer = false) =>
  noteOf(entryOf(delivery), 'bob', byServer, nowMs, texts).words;

describe('UI 17: a sent message says its state', () => {
  it('in plain words for each delivery state', () => {
    expect(words({ state: 'sending', attempt: 1, via: 'direct' })).toBe('Sending');
    expect(words({ state: 'sending', attempt: 2, via: 'direct' })).toBe('Sending (try 2)');
    expect(words({ state: 'sending', attempt: 3, via: 'server' })).toBe('Sending to the server (try 3)');
    expect(words({ state: 'stored' })).toBe('On the server until bob is back');
    expect(words({ state: 'delivered', later: false })).toBe('Delivered');
    expect(words({ state: 'delivered', later: true })).toBe('Delivered later');
    expect(words({ state: 'delivered', later: false }, 0, true)).toBe('Delivered by the server');
  });

  it('UI 20: as what it waits for, while nothing can be sent', () => {
    const waiting = (delivery: Delivery, waitsFor: WaitsFor) =>
      noteOf(entryOf(delivery), '#lab', false, 0, texts, waitsFor).words;
    expect(waiting({ state: 'saved' }, 'server')).toBe('Waiting for the server');
    expect(waiting({ state: 'sending', attempt: 2, via: 'direct' }, 'connection')).toBe(
      'Waiting for a connection',
    );
    expect(waiting({ state: 'in-room', delivered: 1, read: 0, of: 2 }, 'server')).toBe('Delivered to 1 of 2');
  });

  it('with a countdown to the next try', () => {
    const waiting = { state: 'waiting', nextAttemptAtMs: 8_000, reason: 'no-connection' } as const;
    expect(words(waiting, 0)).toBe('Waiting for a connection (next try in 8\u00A0s)');
    expect(words(waiting, 7_500)).toBe('Waiting for a connection (next try in 1\u00A0s)');
    expect(words(waiting, 9_000)).toBe('Waiting for a connection');
    expect(words({ ...waiting, reason: 'server-disk-full' }, 0)).toBe(
      'The server’s disk is full (next try in 8\u00A0s)',
    );
  });

  it('UI 32: with the name of the recipient that has to answer first', () => {
    expect(words({ state: 'waiting', nextAttemptAtMs: null, reason: 'not-accepted' })).toBe(
      'Waits until bob answers',
    );
  });

  it('with the reason, Retry and Discard if it failed', () => {
    const note = noteOf(entryOf({ state: 'failed', code: 'unknown-recipient' }), 'bob', false, 0, texts);
    expect(note).toMatchObject({ canRetry: true, canDiscard: true });
    expect(note.words).toBe('Failed: This chat does not know that person.');
  });

  it('while the tab keeps it, and if the gateway refuses it', () => {
    const pending = (state: PendingState): TimelineEntry => ({
      source: 'tab',
      id: idOf(1),
      author: me,
      isMine: true,
      atMs: 0,
      message: {
        id: idOf(1),
        conversation: withBob,
        content: { kind: 'text', text: 'x' },
        typedAtMs: 0,
        state,
      },
    });
    const note = (state: PendingState) => noteOf(pending(state), 'bob', false, 0, texts);
    expect(note({ kind: 'in-tab' })).toMatchObject({ icon: 'in-tab', canDiscard: false });
    expect(note({ kind: 'refused', code: 'message-too-long', retry: false })).toMatchObject({
      canRetry: false,
      canDiscard: true,
    });
    expect(note({ kind: 'refused', code: 'storage-failed', retry: true }).canRetry).toBe(true);
  });
});

it('the app has a text for every error code', () => {
  expect(Object.keys(texts.errors).toSorted()).toEqual(Object.keys(errors).toSorted());
});

describe('points in time', () => {
  const berlin = new DateFormat(texts, 'Europe/Berlin', 'en-GB');
  const at = (iso: string) => Date.parse(iso);

  it('UI 14: a time has the reader’s clock, the full date and a machine-readable form', () => {
    expect(berlin.clock(at('2026-10-07T12:03:00Z'))).toBe('14:03');
    expect(berlin.full(at('2026-10-07T12:03:00Z'))).toContain('7 October 2026');
    expect(berlin.machine(at('2026-10-07T12:03:00Z'))).toBe('2026-10-07T12:03:00.000Z');
  });

  it('UI 12: a day line says Today, Yesterday, then the date, right after midnight too', () => {
    const message = at('2026-10-07T21:30:00Z');
    expect(berlin.dayLine(message, at('2026-10-07T21:59:59Z'))).toBe('Today');
    expect(berlin.dayLine(message, at('2026-10-07T22:00:00Z'))).toBe('Yesterday');
    expect(berlin.dayLine(message, at('2026-10-08T22:00:00Z'))).toBe('Wednesday 7 October');
    expect(berlin.dayLine(message, at('2027-01-01T12:00:00Z'))).toBe('7 October 2026');
  });

  it('the time since a contact was last online goes on past midnight', () => {
    const seen = at('2026-10-07T12:03:00Z');
    const ago = (now: string) => berlin.ago(seen, at(now));
    expect(ago('2026-10-07T12:02:30Z')).toBe('just now');
    expect(ago('2026-10-07T12:03:59Z')).toBe('just now');
    expect(ago('2026-10-07T12:04:00Z')).toBe('1 minute ago');
    expect(ago('2026-10-07T13:02:59Z')).toBe('59 minutes ago');
    expect(ago('2026-10-07T13:03:00Z')).toBe('today at 14:03');
    expect(ago('2026-10-07T22:00:00Z')).toBe('yesterday at 14:03');
    expect(ago('2026-10-08T22:00:00Z')).toBe('on 7 Oct');
    expect(ago('2027-01-01T12:00:00Z')).toBe('on 7 Oct 2026');
    expect(berlin.ago(at('2026-10-07T22:30:00Z'), at('2026-10-07T23:00:00Z'))).toBe('30 minutes ago');
    expect(ago('2026-10-07T11:00:00Z')).toBe('');
    expect(berlin.ago(1e300, seen)).toBe('');
  });

  it('a clock outside every calendar shows no nonsense and throws nothing', () => {
    expect([berlin.clock(1e300), berlin.full(1e300), berlin.machine(1e300)]).toEqual(['--:--', '', '']);
    expect(
      new DateFormat(texts, 'Pacific/Kiritimati', 'en').dayLine(
        at('2026-10-06T11:00:00Z'),
        at('2026-10-07T11:00:00Z'),
      ),
    ).toBe('Yesterday');
  });
});

it('UI 42: the line of people that type names one or two of them', () => {
  const { line } = texts.typing;
  expect([['bob'], ['bob', 'carol'], ['bob', 'carol', 'dave']].map(line)).toEqual([
    'bob is typing',
    'bob and carol are typing',
    'Several people are typing',
  ]);
});
