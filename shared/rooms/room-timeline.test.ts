import { createHash } from 'node:crypto';
import { encode } from 'cborg';
import { describe, expect, it } from 'vitest';
import { isHidden, Timeline } from '../chat/timeline.ts';
import type { RoomContent } from './content.ts';
import type { Sha256 } from './entry.ts';
import { timelineEntryOf } from './room-timeline.ts';
import { testKey, testRoomOf, type TestRoom } from './test-room.ts';

const sha256: Sha256 = (bytes) => createHash('sha256').update(bytes).digest();
const [owner, bob, carol] = [testKey(1), testKey(2), testKey(3)];
const game: RoomContent = { kind: 'text', text: 'x' };

function timelineOf(room: TestRoom): Timeline {
  const timeline = new Timeline();
  for (const entry of room.log) {
    const shown = timelineEntryOf(entry);
    if (shown !== undefined) timeline.add(shown);
  }
  return timeline;
}

describe('the timeline of a room', () => {
  it('has its messages in the order of the log, and no joins', () => {
    const room = testRoomOf(sha256, owner, [bob]);
    room.write(bob, { kind: 'text', text: 'hello' });
    room.write(owner, { kind: 'topic', topic: 'news' });
    room.write(owner, { kind: 'reply', to: room.log[2]!.header.id, text: 'hi' });
    const shown = timelineOf(room).messages();
    expect(shown.map(({ position, author }) => [position.major, author])).toEqual([
      [3, bob],
      [5, owner],
    ]);
  });

  it('PROTOCOL 10.31: does not follow an edit or a delete of another author that a hostile server lets in', () => {
    const room = testRoomOf(sha256, owner, [bob, carol]);
    room.write(bob, { kind: 'text', text: 'mine' });
    const of = room.log.at(-1)!.header.id;
    expect(room.write(carol, { kind: 'edit', of, text: 'yours' })?.code).toBe('not-the-author');
    room.force(room.signed(carol, { kind: 'edit', of, text: 'yours' }));
    room.force(room.signed(carol, { kind: 'delete', of }, { sequence: 3 }));
    expect(timelineOf(room).get(of)?.body).toEqual({ kind: 'post', content: { kind: 'text', text: 'mine' } });
  });

  it('PROTOCOL 10.37: hides a message for all, and leaves its place', () => {
    const room = testRoomOf(sha256, owner, [bob]);
    room.write(bob, { kind: 'text', text: 'rude' });
    const of = room.log.at(-1)!.header.id;
    expect(room.write(bob, { kind: 'hide', of })?.code).toBe('not-allowed');
    room.write(owner, { kind: 'hide', of });
    expect(isHidden(timelineOf(room).get(of)!)).toBe(true);
  });

  it('PROTOCOL 10.11: shows the fallback of an unknown kind, and keeps its place without one', () => {
    const room = testRoomOf(sha256, owner, [bob]);
    room.write(bob, game, { kind: 'game', bytes: encode({ kind: 'game', fallback: 'a game' }) });
    room.write(bob, game, { kind: 'game', bytes: encode({ kind: 'game' }) });
    expect(
      timelineOf(room)
        .messages()
        .map(({ body }) => body),
    ).toEqual([
      { kind: 'unknown', fallback: 'a game' },
      { kind: 'unknown', fallback: null },
    ]);
  });

  it('PROTOCOL 10.4: has a place for a message without its content, and nothing for a change without it', () => {
    const room = testRoomOf(sha256, owner, [bob]);
    room.write(bob, { kind: 'text', text: 'hello' });
    room.write(bob, { kind: 'edit', of: room.log.at(-1)!.header.id, text: 'other' });
    room.write(bob, game, { kind: 'game', bytes: encode({ kind: 'game' }) });
    const erased = room.log.slice(2).map((entry) => timelineEntryOf({ ...entry, content: null })?.content);
    expect(erased).toEqual([{ kind: 'erased' }, undefined, { kind: 'erased' }]);
    expect(timelineEntryOf({ ...room.log[2]!, content: Uint8Array.of(0xff) })).toBeUndefined();
  });
});
