import { beforeEach, describe, expect, it } from 'vitest';
import { roomIdFromBytes, type InstallationId, type MessageId, type RoomId } from '../../../shared/ids.ts';
import { roomEntriesBurst, roomEntriesOfClientBurst, roomOffersBurst } from '../../../shared/limits.ts';
import { encodeRoomContent, type RoomContent } from '../../../shared/rooms/content.ts';
import type { SignedEntry } from '../../../shared/rooms/entry.ts';
import { sha256 } from '../../crypto/sha256.ts';
import { lab, labOf, RoomFixture, type TestMember } from './room-fixture.ts';

let fixture: RoomFixture;
let owner: TestMember;
let hostile: TestMember;
let reader: TestMember;
let message: MessageId;
beforeEach(() => {
  fixture = new RoomFixture();
  [owner, hostile, reader] = labOf(fixture, 'open', 2, 3) as [TestMember, TestMember, TestMember];
  owner.write({ kind: 'role', member: reader.key, role: 'reader' });
  message = owner.say('hello');
});

/** All that the server has of the room. */
function roomOnDisk() {
  const { rooms } = fixture.store;
  return { record: rooms.find(lab), members: rooms.members(lab), entries: rooms.entriesAfter(lab, 0, 999) };
}

function changesNothing(run: () => void): void {
  const before = roomOnDisk();
  run();
  expect(roomOnDisk()).toEqual(before);
}

describe('a client that ignores the table of rights', () => {
  it.each<[string, () => [TestMember, RoomContent, string]]>([
    ['posts as a reader', () => [reader, { kind: 'text', text: 'no' }, 'not-allowed']],
    [
      'edits the message of another',
      () => [hostile, { kind: 'edit', of: message, text: 'x' }, 'not-the-author'],
    ],
    ['deletes the message of another', () => [hostile, { kind: 'delete', of: message }, 'not-the-author']],
    [
      'gives itself a role',
      () => [hostile, { kind: 'role', member: hostile.key, role: 'owner' }, 'not-allowed'],
    ],
    [
      'takes the role of its owner',
      () => [hostile, { kind: 'role', member: owner.key, role: 'reader' }, 'not-allowed'],
    ],
    ['speaks for the server', () => [hostile, { kind: 'name-owner', member: hostile.key }, 'not-allowed']],
    ['closes the room', () => [hostile, { kind: 'close' }, 'not-allowed']],
    ['removes its owner', () => [hostile, { kind: 'remove', member: owner.key }, 'not-allowed']],
    ['joins twice', () => [hostile, { kind: 'join' }, 'already-a-member']],
    [
      'creates the room again',
      () => [hostile, { kind: 'create', name: 'mine', access: 'open' }, 'already-created'],
    ],
    ['mentions all', () => [hostile, { kind: 'text', text: '@room', mentionsRoom: true }, 'not-allowed']],
  ])('%s: changes nothing', (_, attack) => {
    const [author, content, code] = attack();
    changesNothing(() => expect(author.write(content)).toBe(code));
  });

  it('replays entries of its own and of others: changes nothing', () => {
    const entries = fixture.store.rooms.entriesAfter(lab, 0, 999).map(({ entry }) => entry);
    changesNothing(() => {
      for (const { position: _, ...signed } of entries) hostile.append(signed);
      // The same content under another id needs another sequence, which it has used.
      const own = entries.find(({ header }) => header.author === hostile.key)!;
      const again = { ...own.header, id: owner.sign({ kind: 'join' }).header.id };
      hostile.append({ header: again, signature: own.signature, content: own.content });
    });
  });

  it('sends entries of one author in the batch of another, and of two installations: changes nothing', () => {
    changesNothing(() => {
      const own = hostile.sign({ kind: 'text', text: 'mine' });
      const other: SignedEntry = owner.sign({ kind: 'text', text: 'theirs' });
      expect(hostile.append(other).refused?.code).toBe('wrong-author');
      expect(hostile.append(own, other).refused?.code).toBe('wrong-author');
      const elsewhere = { ...own, header: { ...own.header, installation: '00'.repeat(8) as InstallationId } };
      expect(hostile.append(own, elsewhere).refused?.code).toBe('wrong-author');
    });
  });

  it('signs for another room: changes nothing', () => {
    changesNothing(() => {
      const elsewhere = hostile.sign({ kind: 'text', text: 'x' }, { room: 'bb'.repeat(16) as RoomId });
      hostile.tell({ kind: 'room-append', room: lab, entries: [elsewhere] });
      expect(hostile.last('room-appended').refused?.code).toBe('wrong-room');
      const moved = { ...elsewhere, header: { ...elsewhere.header, room: lab } };
      expect(hostile.append(moved).refused?.code).toBe('wrong-signature');
    });
  });

  it('floods: gets its share and no more, and the others go on', () => {
    let count = 0;
    for (let number = 0; number < 2 * roomEntriesBurst; number++)
      if (hostile.write({ kind: 'text', text: 'flood' }) === undefined) count++;
    expect(count).toBe(roomEntriesBurst);
    expect(owner.write({ kind: 'remove', member: hostile.key })).toBeUndefined();
    fixture.pass(60_000);
    expect(hostile.write({ kind: 'text', text: 'flood' })).toBe('not-a-member');
  });

  it('floods many rooms, also ones that are not there: gets one share for all of them', () => {
    let count = 0;
    const codes = new Set<string | undefined>();
    for (let number = 0; number < 2 * roomEntriesOfClientBurst; number++) {
      const room = roomIdFromBytes(sha256(Uint8Array.of(number, number >> 8)).subarray(0, 16));
      const code = hostile.write({ kind: 'create', name: 'lab', access: 'open' }, { room });
      codes.add(code);
      if (code === 'room-name-taken') count++;
    }
    expect(count).toBe(roomEntriesOfClientBurst);
    expect(codes).toEqual(new Set(['room-name-taken', 'too-often']));
  });

  it('offers what it makes up, again and again: gets one share of checks', () => {
    owner.follow();
    const { entries, head } = owner.last('room-entries');
    const forged = { ...head, signature: new Uint8Array(64) };
    changesNothing(() => {
      for (let number = 0; number < roomOffersBurst; number++) {
        hostile.tell({ kind: 'room-offer', room: lab, entries, head: forged });
        expect(hostile.last('room-appended').refused?.code).toBe('wrong-chain');
      }
      hostile.tell({ kind: 'room-offer', room: lab, entries, head: forged });
      expect(hostile.last('room-appended').refused?.code).toBe('too-often');
    });
  });

  it('acknowledges and asks for rooms in which it has no part: changes nothing', () => {
    const stranger = fixture.member(9);
    changesNothing(() => {
      stranger.tell({ kind: 'room-ack', room: lab, delivered: 99, read: 99 });
      stranger.follow();
      expect(stranger.last('room-refused').code).toBe('no-such-room');
      stranger.tell({ kind: 'room-readers-request', room: lab, id: message });
      expect(stranger.last('room-refused').code).toBe('unknown-message');
      fixture.pass(5_000);
    });
    expect(stranger.heardOf('room-entries')).toEqual([]);
  });

  it('sends contents that are no CBOR, or of another shape: changes nothing', () => {
    changesNothing(() => {
      for (const content of [new Uint8Array(0), Uint8Array.of(0xff), encodeRoomContent({ kind: 'join' })]) {
        const entry = hostile.signBytes('text', content);
        expect(hostile.append(entry).refused?.code).toBe('malformed');
      }
      expect(
        hostile.append({ ...hostile.signBytes('pin', new Uint8Array(0)), content: null }).refused?.code,
      ).toBe('content-missing');
    });
  });
});
