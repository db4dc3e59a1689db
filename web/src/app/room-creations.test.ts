import { describe, expect, it } from 'vitest';
import { roomViewOf } from '../../../shared/model/samples.ts';
import { RoomCreations } from './room-creations.ts';

const { room } = roomViewOf(1, 'lab');

describe('a room that the user creates', () => {
  it('is answered once, to the form that waits for it', async () => {
    const creations = new RoomCreations();
    const answer = creations.begin(room, 'lab', new AbortController().signal);
    expect(creations.answer(room, 'room-name-taken')).toEqual({ name: 'lab', left: false });
    expect(await answer).toBe('room-name-taken');
    expect(creations.answer(room, room)).toBeUndefined();
  });

  it('is answered to the user, where the form was left before the server came back', () => {
    const creations = new RoomCreations();
    const left = new AbortController();
    void creations.begin(room, 'lab', left.signal);
    left.abort();
    expect(creations.answer(room, 'too-many-rooms')).toEqual({ name: 'lab', left: true });
  });
});
