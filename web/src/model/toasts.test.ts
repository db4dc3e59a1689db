import { describe, expect, it } from 'vitest';
import type { BridgeEvent } from '../../../shared/bridge/events.ts';
import type { Guests } from '../../../shared/bridge/guests.ts';
import type { RoomId } from '../../../shared/ids.ts';
import { idOf, snapshotOf, withBob } from '../../../shared/model/samples.ts';
import { toastsAfter, type Toast } from './toasts.ts';

const after = (...events: readonly BridgeEvent[]): readonly Toast[] =>
  events.reduce<readonly Toast[]>((toasts, event) => toastsAfter(toasts, event, () => '#lab'), []);
const otherVersionAt = (from: string, others = 0): BridgeEvent => ({
  type: 'other-version',
  from,
  version: 9,
  others,
});

describe('toasts', () => {
  it('tell of a new visitor once, and go with the last visitor', () => {
    const visitor = (number: number, name: string) => ({
      number,
      name,
      words: 'a b c d',
      host: '::1',
      hasLink: true,
    });
    const off = { isOn: true, link: null, origins: [], limit: 50, asks: true, fault: null, guests: [] };
    const [yan, zoe] = [visitor(1, 'yan'), visitor(2, 'zoe')];
    const now = (toasts: readonly Toast[], before: Guests['waiting'], waiting: Guests['waiting']) =>
      toastsAfter(toasts, { type: 'guests', guests: { ...off, waiting } }, undefined, {
        ...off,
        waiting: before,
      });
    const first = now([], [], [yan]);
    expect(first).toEqual([{ kind: 'guest-waits', name: 'yan', others: 0 }]);
    // The user has put it away.
    expect(now([], [yan], [yan])).toEqual([]);
    const both = now(first, [yan], [yan, zoe]);
    expect(both).toEqual([{ kind: 'guest-waits', name: 'zoe', others: 1 }]);
    expect(now(both, [yan, zoe], [zoe])).toEqual(both);
    expect(now(both, [zoe], [])).toEqual([]);
  });

  it('stay until a reset, which is another chat', () => {
    const waiting: BridgeEvent = { type: 'waiting-messages', count: 2 };
    expect(after(waiting, { type: 'session', session: snapshotOf().session })).toEqual([
      { kind: 'waiting-messages', count: 2 },
    ]);
    expect(after(waiting, { type: 'reset', snapshot: snapshotOf() })).toEqual([]);
  });

  it('about messages that waited go when the user reads, and the others stay', () => {
    const read: BridgeEvent = { type: 'read', conversation: withBob, unread: 0, mentions: 0 };
    expect(after({ type: 'waiting-messages', count: 2 }, otherVersionAt('a'), read)).toEqual([
      { kind: 'other-version', from: 'a', version: 9, others: 0 },
    ]);
  });

  it('replace an earlier one about the same subject', () => {
    expect(after(otherVersionAt('10.0.0.1:1'), otherVersionAt('10.0.0.1:1'))).toEqual([
      { kind: 'other-version', from: '10.0.0.1:1', version: 9, others: 0 },
    ]);
  });

  it('are one for all machines with another version, which counts them', () => {
    const events = [otherVersionAt('a'), otherVersionAt('b', 7), otherVersionAt('b'), otherVersionAt('c', 2)];
    expect(after(...events)).toEqual([{ kind: 'other-version', from: 'c', version: 9, others: 11 }]);
  });

  it('say why an entry of a room was refused, and nothing where the room itself says it', () => {
    const room = '0'.repeat(32) as RoomId;
    expect(after({ type: 'room-refused', room, id: idOf(1), code: 'slow' })).toEqual([
      { kind: 'refused', code: 'slow', room: '#lab' },
    ]);
    expect(after({ type: 'room-refused', room, id: null, code: 'not-a-member' })).toEqual([]);
  });

  it('say that a change of a message did not arrive', () => {
    const failed = { conversation: withBob, id: idOf(1), kind: 'edit', of: [idOf(2)] } as const;
    const event: BridgeEvent = {
      ...failed,
      type: 'change-failed',
      of: [...failed.of],
      code: 'message-expired',
    };
    expect(after(event)).toEqual([{ kind: 'change-failed', code: 'message-expired', name: '#lab' }]);
  });
});
