import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { MessageId, PeerKey } from '../ids.ts';
import { checkpointOf, encodeCheckpoint, roomFromCheckpoint } from './checkpoint.ts';
import { roomKindSchemas, type RoomContent } from './content.ts';
import type { Sha256 } from './entry.ts';
import { applyEntry } from './reducer.ts';
import {
  rightsContents,
  rightsSituations,
  rightsTableOf,
  rulingOf,
  type RightsAuthor,
  type RightsSituation,
} from './test-rights.ts';
import { testEveryone, testKey, testServerKey, TestRoom } from './test-room.ts';

const sha256: Sha256 = (bytes) => createHash('sha256').update(bytes).digest();

const people = {
  owner: testKey(1),
  moderator: testKey(2),
  member: testKey(3),
  reader: testKey(4),
  silenced: testKey(5),
  guest: testKey(6),
  banned: testKey(7),
  server: testServerKey,
} as const satisfies Record<RightsAuthor, PeerKey>;

/** A second owner, and a member that others act on. */
const otherOwner = testKey(8);
const target = testKey(9);
const ofMessage = '01890a5d-ac96-774b-bcce-b302099a8057' as MessageId;

const document = readFileSync(new URL('../../docs/protocol/rooms.md', import.meta.url), 'utf8');
const rows = rightsTableOf(document);
const contents = rightsContents(ofMessage, target, testKey(30));

function roomIn(situation: RightsSituation): TestRoom {
  const { owner, moderator, member, reader, silenced, guest, banned } = people;
  if (situation === 'everyone') {
    const room = testEveryone(sha256, owner);
    room.write(owner, { kind: 'role', member: moderator, role: 'moderator' });
    room.write(owner, { kind: 'role', member: reader, role: 'reader' });
    room.write(owner, { kind: 'silence', member: silenced });
    room.strangers.add(guest).add(banned);
    return room;
  }
  const room = new TestRoom(sha256);
  room.write(owner, { kind: 'create', name: 'lab', access: situation === 'closed' ? 'closed' : 'open' });
  for (const key of [otherOwner, moderator, member, reader, silenced, banned, target, guest]) {
    room.write(owner, { kind: 'invite', member: key });
    if (key !== guest) room.write(key, { kind: 'join' });
  }
  room.write(owner, { kind: 'role', member: otherOwner, role: 'owner' });
  room.write(owner, { kind: 'role', member: moderator, role: 'moderator' });
  room.write(owner, { kind: 'role', member: reader, role: 'reader' });
  room.write(owner, { kind: 'silence', member: silenced });
  room.write(owner, { kind: 'ban', member: banned });
  if (situation === 'moderated') room.write(owner, { kind: 'mode', mode: { name: 'moderated' } });
  if (situation === 'slow') {
    for (const key of [moderator, member]) room.write(key, { kind: 'text', text: 'first' });
    room.write(owner, { kind: 'mode', mode: { name: 'slow', seconds: 10 } });
    room.write(owner, { kind: 'unsilence', member: silenced });
    room.write(silenced, { kind: 'text', text: 'first' });
    room.write(owner, { kind: 'silence', member: silenced });
  }
  if (situation === 'archived' || situation === 'ended') room.write(owner, { kind: 'archive' });
  if (situation === 'ended') room.write(testServerKey, { kind: 'close' });
  return room;
}

/** Applies an entry to a copy, as the server with its door and as a member without one. Returns both answers. */
function tryOut(room: TestRoom, author: PeerKey, content: RoomContent, messageAuthor: PeerKey) {
  const entry = room.positioned(room.signed(author, content));
  const { hash } = room.pointAfter(room.head, entry);
  const door = { ...room.door, authorOf: () => messageAuthor };
  return [door, undefined].map((each) => {
    const state = roomFromCheckpoint(testServerKey, checkpointOf(room.state)!);
    const refusal = applyEntry(state, entry, hash, each);
    const isUnchanged = Buffer.compare(encodeCheckpoint(checkpointOf(state)!), room.stateBytes()) === 0;
    expect(isUnchanged, `${content.kind} ${refusal?.code}`).toBe(refusal !== undefined);
    return refusal?.code ?? 'ok';
  });
}

describe('the table of rights', () => {
  it('has a row for each kind', () => {
    expect(rows.map(({ kind }) => kind)).toEqual(Object.keys(roomKindSchemas));
  });

  it.each(rightsSituations)(
    'PROTOCOL 10.16: holds for each kind and author at the server and at members: %s',
    (situation) => {
      const room = roomIn(situation);
      for (const row of rows) {
        for (const [person, author] of Object.entries(people) as [RightsAuthor, PeerKey][]) {
          const expected = rulingOf(row, person, situation);
          const [atServer, atMember] = tryOut(room, author, contents[row.kind], author);
          const name = `${row.kind} by ${person}`;
          expect(atServer, name).toBe(expected);
          // A member does not have the client table.
          if (situation !== 'everyone' || expected !== 'not-a-member') expect(atMember, name).toBe(expected);
          if (expected !== 'ok') continue;
          const [ofAnother] = tryOut(room, author, contents[row.kind], otherOwner);
          expect(ofAnother, `${name}, about the message of another author`).toBe(
            row.own ? 'not-the-author' : 'ok',
          );
        }
      }
    },
  );

  it('PROTOCOL 10.16: lets only moderators and owners mention the whole room', () => {
    const room = roomIn('open');
    const all: RoomContent = { kind: 'text', text: '@room', mentionsRoom: true };
    const { owner, moderator, member } = people;
    const answers = [owner, moderator, member].map((author) => tryOut(room, author, all, author));
    expect(answers.flat()).toEqual(['ok', 'ok', 'ok', 'ok', 'not-allowed', 'not-allowed']);
  });

  it('PROTOCOL 10.17: has codes for a closed room without an invitation and for an unknown message', () => {
    const room = roomIn('closed');
    room.write(people.owner, { kind: 'remove', member: people.guest });
    expect(room.write(people.guest, { kind: 'join' })?.code).toBe('not-invited');
    expect(room.write(people.member, { kind: 'delete', of: ofMessage })?.code).toBe('unknown-message');
  });
});
