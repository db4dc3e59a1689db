import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { MessageId, PeerKey } from '../ids.ts';
import { checkpointOf, encodeCheckpoint, roomFromCheckpoint } from './checkpoint.ts';
import { roomKindSchemas, type RoomContent, type RoomKind } from './content.ts';
import type { Sha256 } from './entry.ts';
import { applyEntry } from './reducer.ts';
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
} as const satisfies Record<string, PeerKey>;
type Person = keyof typeof people;

/** A second owner, and a member that others act on. */
const otherOwner = testKey(8);
const target = testKey(9);
const ofMessage = '01890a5d-ac96-774b-bcce-b302099a8057' as MessageId;

const situations = ['open', 'closed', 'moderated', 'slow', 'archived', 'ended', 'everyone'] as const;
type Situation = (typeof situations)[number];

/** One row of the table in docs/protocol/rooms.md, read as the words stand there. */
interface Row {
  readonly kind: RoomKind;
  readonly least: string;
  readonly closed: string;
  readonly moderated: string;
  readonly silenced: boolean;
  readonly slow: boolean;
  readonly archived: boolean;
  readonly everyone: boolean;
  readonly own: boolean;
}

const document = readFileSync(new URL('../../docs/protocol/rooms.md', import.meta.url), 'utf8');
const rows = [...document.matchAll(/^\| `([a-z-]+)` \|((?: [a-z]* ?\|){8})$/gm)].map(
  ([, kind, cells = '']): Row => {
    const [least = '', closed = '', moderated = '', ...flags] = cells.split('|').map((cell) => cell.trim());
    const [silenced, slow, archived, everyone, own] = flags.map((flag) => flag === 'yes');
    return {
      kind: kind as RoomKind,
      least,
      closed: closed === '' ? least : closed,
      moderated: moderated === '' ? least : moderated,
      silenced: silenced!,
      slow: slow!,
      archived: archived!,
      everyone: everyone!,
      own: own!,
    };
  },
);

/** What the document says about one cell: whether this person may, and the code if not. */
function ruling(row: Row, person: Person, situation: Situation): string {
  if (row.kind === 'create') return 'already-created';
  if (situation === 'ended') return 'room-closed';
  if (situation === 'archived' && !row.archived) return 'archived';
  if (situation === 'everyone' && !row.everyone) return 'not-in-everyone';
  if (person === 'banned' && situation !== 'everyone') return 'banned-from-room';
  // In `#everyone`, the guest and the banned one of the other rooms are not in the client table.
  if (situation === 'everyone' && (person === 'guest' || person === 'banned')) return 'not-a-member';
  if (row.kind === 'join') return person === 'guest' ? 'ok' : 'already-a-member';
  if (person === 'guest') return 'not-a-member';
  const order = ['reader', 'member', 'moderator', 'owner'];
  const role = person === 'silenced' ? 'member' : person;
  const reaches = (least: string) =>
    least === 'server' || role === 'server' ? role === least : order.indexOf(role) >= order.indexOf(least);
  if (!reaches(situation === 'closed' ? row.closed : row.least)) return 'not-allowed';
  if (situation === 'moderated' && !reaches(row.moderated)) return 'moderated';
  if (person === 'silenced' && !row.silenced) return 'silenced';
  if (situation === 'slow' && row.slow && role === 'member') return 'slow';
  return 'ok';
}

function roomIn(situation: Situation): TestRoom {
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

/** A content of each kind that only the table can refuse. */
const contents: { readonly [K in RoomKind]: RoomContent } = {
  text: { kind: 'text', text: 'hello' },
  reply: { kind: 'reply', to: ofMessage, text: 'hello' },
  edit: { kind: 'edit', of: ofMessage, text: 'hello' },
  delete: { kind: 'delete', of: ofMessage },
  reaction: { kind: 'reaction', items: [{ of: ofMessage, emoji: '👍', on: true }] },
  announcement: { kind: 'announcement', text: 'hello' },
  acknowledge: { kind: 'acknowledge', items: [ofMessage] },
  poll: { kind: 'poll', question: 'hello', choices: ['yes', 'no'] },
  vote: { kind: 'vote', items: [{ of: ofMessage, choice: 0 }] },
  'close-poll': { kind: 'close-poll', of: ofMessage },
  create: { kind: 'create', name: 'again', access: 'open' },
  join: { kind: 'join' },
  leave: { kind: 'leave' },
  invite: { kind: 'invite', member: testKey(30) },
  remove: { kind: 'remove', member: target },
  ban: { kind: 'ban', member: target },
  unban: { kind: 'unban', member: target },
  role: { kind: 'role', member: target, role: 'reader' },
  'hand-over': { kind: 'hand-over', member: target },
  silence: { kind: 'silence', member: target },
  unsilence: { kind: 'unsilence', member: target },
  hide: { kind: 'hide', of: ofMessage },
  unhide: { kind: 'unhide', of: ofMessage },
  pin: { kind: 'pin', of: ofMessage },
  unpin: { kind: 'unpin', of: ofMessage },
  topic: { kind: 'topic', topic: 'news' },
  name: { kind: 'name', name: 'library' },
  mode: { kind: 'mode', mode: { name: 'normal' } },
  history: { kind: 'history', history: 'none' },
  retention: { kind: 'retention', retention: { days: 1 } },
  archive: { kind: 'archive' },
  'name-owner': { kind: 'name-owner', member: target },
  close: { kind: 'close' },
};

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

  it.each(situations)(
    'PROTOCOL 10.16: holds for each kind and author at the server and at members: %s',
    (situation) => {
      const room = roomIn(situation);
      for (const row of rows) {
        for (const [person, author] of Object.entries(people) as [Person, PeerKey][]) {
          const expected = ruling(row, person, situation);
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
