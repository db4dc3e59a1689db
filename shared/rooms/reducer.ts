import { isConversationKind } from '../chat/content-kinds.ts';
import type { Digest, MessageId, PeerKey } from '../ids.ts';
import {
  roomAuthorInstallationsMax,
  roomAuthorsMax,
  roomBansMax,
  roomFormerReadersMax,
  roomInvitationsMax,
  roomMembersMax,
  roomPinsMax,
  roomSilencedMax,
} from '../limits.ts';
import { decodeRoomContent, isRoomKind, type RoomContent, type RoomContentOf, type Role } from './content.ts';
import type { LogEntry } from './entry.ts';
import type { RoomRefusal, RoomRefusalCode } from './refusals.ts';
import {
  isEnough,
  leastForMentionOfRoom,
  ranksAbove,
  rightsOf,
  type RightsRow,
  type Standing,
} from './rights.ts';
import { everyoneRoom, nextSequenceOf, standingOf, type RoomAbout, type RoomState } from './room-state.ts';

/** What only the server knows when it takes an entry. Members have no door: they follow the server's word in these points. */
export interface RoomDoor {
  /** Whether the key is in the client table. In `#everyone`, other keys are no members. */
  isInRoster(key: PeerKey): boolean;
  /** Whether the key is the guest of a host (PROTOCOL 6.114). */
  isGuest(key: PeerKey): boolean;
  /** The author of a message of the room; undefined for an id that the room does not have, or no longer. */
  authorOf(id: MessageId): PeerKey | undefined;
  /** Whether the words of this message are erased. */
  isErased(id: MessageId): boolean;
}

/**
 * Applies one entry with its hash, which `pointOf` gives. Returns undefined, or why the entry is refused: then the state is as
 * it was. Every program that applies the same entries has the same state. Signatures, digests of contents and the author's
 * parent are the caller's to check (verify-log.ts).
 */
export function applyEntry(
  state: RoomState,
  entry: LogEntry,
  hash: Digest,
  door?: RoomDoor,
): RoomRefusal | undefined {
  const { header, position } = entry;
  if (header.room !== state.room) return { code: 'wrong-room' };
  if (position.seq !== state.head.seq + 1) return { code: 'wrong-position' };
  if (header.sequence !== nextSequenceOf(state, header.author, header.installation))
    return { code: 'wrong-sequence' };
  const content = readContent(entry);
  if (typeof content === 'string') return { code: content };
  const refusal =
    refusalByRights(state, entry, content, door) ??
    refusalAtDoor(state, entry, content, door) ??
    takeEffect(state, header.author, content);
  if (refusal !== undefined) return refusal;
  noteEntry(state, entry, hash);
  return undefined;
}

/** Why the state itself refuses this entry to its author: role, mode and pace. What the entry would do is not tried. */
export function refusalOf(state: RoomState, entry: LogEntry): RoomRefusal | undefined {
  const content = readContent(entry);
  return typeof content === 'string' ? { code: content } : refusalByRights(state, entry, content, undefined);
}

/**
 * Goes past an entry that must have no effect: the server has put it into its log against the rules. All members do the same, so
 * their states stay equal. `isByAuthor`: the author has used its sequence for it.
 */
export function passOver(state: RoomState, entry: LogEntry, hash: Digest, isByAuthor: boolean): void {
  state.head = { epoch: entry.position.epoch, seq: entry.position.seq, hash };
  if (isByAuthor) noteAuthor(state, entry, null);
}

/** Takes the sequence of an entry as the next one of its installation, where the entries between are missing from the log. */
export function expectSequenceOf({ authors }: RoomState, { header }: LogEntry): void {
  const author = authors.get(header.author) ?? { nextSequences: new Map(), lastPostAtMs: null };
  author.nextSequences.set(header.installation, header.sequence);
  authors.set(header.author, author);
}

/** Null: the content is erased, or of a later version. */
function readContent({ header, content }: LogEntry): RoomContent | null | RoomRefusalCode {
  // The state of the room must not depend on contents that may be erased.
  if (content === null)
    return isRoomKind(header.kind) && !isConversationKind(header.kind) ? 'content-missing' : null;
  const decoded = decodeRoomContent(header.kind, content);
  if (decoded.type === 'malformed') return 'malformed';
  return decoded.type === 'content' ? decoded.content : null;
}

/** Whether this key may write a text in the room as it is now, whatever the pace of a slow room. */
export function mayPost(state: RoomState, author: PeerKey, door?: RoomDoor): boolean {
  const { about } = state;
  if (about?.ended !== null || state.silenced.has(author)) return false;
  return (
    refusalByStanding(state, about, author, standingOf(state, author), rightsOf('text'), door) === undefined
  );
}

// --- may the author? -----------------------------------------------------------------------------------

function refusalByRights(
  state: RoomState,
  { header, position }: LogEntry,
  content: RoomContent | null,
  door: RoomDoor | undefined,
): RoomRefusal | undefined {
  const { about } = state;
  const standing = standingOf(state, header.author);
  if (about === null) return content?.kind === 'create' ? undefined : { code: 'not-created' };
  if (header.kind === 'create') return { code: 'already-created' };
  const row = rightsOf(header.kind);
  if (about.ended === 'closed') return { code: 'room-closed' };
  if (about.ended === 'archived' && !row.archived) return { code: 'archived' };
  if (about.access === 'everyone' && !row.everyone) return { code: 'not-in-everyone' };
  const code =
    refusalByStanding(state, about, header.author, standing, row, door) ??
    (state.silenced.has(header.author) && !row.silenced ? 'silenced' : undefined) ??
    (mentionsRoom(content) && !isEnough(standing, leastForMentionOfRoom) ? 'not-allowed' : undefined);
  return code === undefined ? refusalByPace(state, about, header.author, position.takenAtMs, row) : { code };
}

function refusalByStanding(
  state: RoomState,
  about: RoomAbout,
  author: PeerKey,
  standing: Standing,
  row: RightsRow,
  door: RoomDoor | undefined,
): RoomRefusalCode | undefined {
  if (standing === 'banned') return 'banned-from-room';
  const isOutside =
    about.access === 'everyone' && standing !== 'server' && door?.isInRoster(author) === false;
  if (isOutside) return 'not-a-member';
  if (row.least === 'guest') return standing === 'guest' ? undefined : 'already-a-member';
  if (standing === 'guest') return 'not-a-member';
  const least = about.access === 'closed' ? (row.leastWhenClosed ?? row.least) : row.least;
  if (!isEnough(standing, least)) return 'not-allowed';
  const isModerated = about.mode.name === 'moderated' && row.leastWhenModerated !== undefined;
  return isModerated && !isEnough(standing, row.leastWhenModerated) ? 'moderated' : undefined;
}

function refusalByPace(
  state: RoomState,
  { mode }: RoomAbout,
  author: PeerKey,
  takenAtMs: number,
  row: RightsRow,
): RoomRefusal | undefined {
  if (mode.name !== 'slow' || !row.slowed || standingOf(state, author) !== 'member') return undefined;
  const lastPostAtMs = state.authors.get(author)?.lastPostAtMs ?? null;
  if (lastPostAtMs === null) return undefined;
  const retryAfterMs = lastPostAtMs + 1000 * mode.seconds - takenAtMs;
  // A clock that was set back must not silence a member for longer than the pace.
  return retryAfterMs > 0 && takenAtMs >= lastPostAtMs ? { code: 'slow', retryAfterMs } : undefined;
}

function refusalAtDoor(
  state: RoomState,
  { header }: LogEntry,
  content: RoomContent | null,
  door: RoomDoor | undefined,
): RoomRefusal | undefined {
  if (door === undefined || content === null) return undefined;
  const leader = leaderBy(header.author, content);
  // PROTOCOL 10.54: the machine of its host could act in its name.
  if (leader !== undefined && door.isGuest(leader)) return { code: 'guest-role' };
  if (!rightsOf(header.kind).ownMessage || !('of' in content)) return undefined;
  const author = door.authorOf(content.of);
  if (author === undefined) return { code: 'unknown-message' };
  if (author !== header.author) return { code: 'not-the-author' };
  // Its words would stay in every copy: the deletion that erases the edits of a message was before it.
  return content.kind === 'edit' && door.isErased(content.of) ? { code: 'message-deleted' } : undefined;
}

/** Returns the key that a content would make an owner or a moderator. */
function leaderBy(author: PeerKey, content: RoomContent): PeerKey | undefined {
  switch (content.kind) {
    case 'create':
      return author;
    case 'role':
      return content.role === 'owner' || content.role === 'moderator' ? content.member : undefined;
    case 'hand-over':
    case 'name-owner':
      return content.member;
    default:
      return undefined;
  }
}

function mentionsRoom(content: RoomContent | null): boolean {
  return content !== null && 'mentionsRoom' in content && content.mentionsRoom;
}

// --- what it does ---------------------------------------------------------------------------------------

type Effects = {
  readonly [K in RoomContent['kind']]?: (
    state: RoomState,
    about: RoomAbout,
    author: PeerKey,
    content: RoomContentOf<K>,
  ) => RoomRefusalCode | undefined;
};

/** Each either refuses and changes nothing, or changes the state. A kind without a row does not change the state. */
const effects: Effects = {
  join(state, about, author) {
    if (about.access === 'closed' && !state.invited.has(author)) return 'not-invited';
    if (state.members.size >= roomMembersMax) return 'room-full';
    state.members.set(author, state.formerReaders.delete(author) ? 'reader' : 'member');
    state.invited.delete(author);
    return undefined;
  },
  leave(state, about, author) {
    if (isLastOwner(state, author)) {
      if (state.members.size > 1) return 'last-owner';
      about.ended ??= 'archived';
    }
    dropMember(state, author);
    return undefined;
  },
  invite(state, _about, _author, { member }) {
    if (state.banned.has(member)) return 'banned-from-room';
    if (standingOf(state, member) !== 'guest') return 'already-a-member';
    return addBounded(state.invited, member, roomInvitationsMax, 'too-many-invitations');
  },
  remove(state, _about, author, { member }) {
    if (state.invited.delete(member)) return undefined;
    const code = refusalOver(state, author, member);
    if (code === undefined) dropMember(state, member);
    return code;
  },
  ban(state, _about, author, { member }) {
    // A key that is no member yet can be kept out too.
    const standing = standingOf(state, member);
    const code =
      (standing === 'guest' || standing === 'banned' ? undefined : refusalOver(state, author, member)) ??
      addBounded(state.banned, member, roomBansMax, 'too-many-bans');
    if (code !== undefined) return code;
    state.invited.delete(member);
    dropMember(state, member);
    return undefined;
  },
  unban(state, _about, _author, { member }) {
    state.banned.delete(member);
    return undefined;
  },
  role(state, about, author, { member, role }) {
    const code = refusalOver(state, author, member);
    if (code !== undefined) return code;
    const own = standingOf(state, author);
    if (own !== 'owner' && !ranksAbove(own, role)) return 'outranked';
    return setRole(state, about, member, role);
  },
  'hand-over'(state, about, author, { member }) {
    if (member === author) return 'not-yourself';
    if (!isMember(state, member)) return 'no-such-member';
    const code = setRole(state, about, member, 'owner');
    return code ?? setRole(state, about, author, 'moderator');
  },
  silence(state, _about, author, { member }) {
    return (
      refusalOver(state, author, member) ??
      addBounded(state.silenced, member, roomSilencedMax, 'too-many-silenced')
    );
  },
  unsilence(state, _about, author, { member }) {
    if (member === author) return 'not-yourself';
    state.silenced.delete(member);
    return undefined;
  },
  pin: (state, _about, _author, { of }) => addBounded(state.pins, of, roomPinsMax, 'too-many-pins'),
  unpin(state, _about, _author, { of }) {
    state.pins.delete(of);
    return undefined;
  },
  topic(_state, about, _author, { topic }) {
    about.topic = topic;
    return undefined;
  },
  name(_state, about, _author, { name }) {
    about.name = name;
    return undefined;
  },
  mode(_state, about, _author, { mode }) {
    about.mode = mode;
    return undefined;
  },
  history(_state, about, _author, { history }) {
    about.history = history;
    return undefined;
  },
  retention(_state, about, _author, { retention }) {
    about.retention = retention;
    return undefined;
  },
  archive(_state, about) {
    about.ended = 'archived';
    return undefined;
  },
  'name-owner'(state, about, _author, { member }) {
    if (state.banned.has(member)) return 'banned-from-room';
    if (!isMember(state, member)) return 'no-such-member';
    const code = setRole(state, about, member, 'owner');
    if (code !== undefined) return code;
    for (const [key, role] of state.members)
      if (role === 'owner' && key !== member) setRole(state, about, key, 'member');
    return undefined;
  },
  close(_state, about) {
    about.ended = 'closed';
    return undefined;
  },
};

function takeEffect(state: RoomState, author: PeerKey, content: RoomContent | null): RoomRefusal | undefined {
  if (content === null) return undefined;
  const code =
    content.kind === 'create' || state.about === null
      ? createRoom(state, author, content)
      : effectOf(content)?.(state, state.about, author, content);
  return code === undefined ? undefined : { code };
}

/** The compiler cannot see that the row of a content's kind takes this content. */
function effectOf(content: RoomContent): Effect | undefined {
  return effects[content.kind] as Effect | undefined;
}
type Effect = (
  state: RoomState,
  about: RoomAbout,
  author: PeerKey,
  content: RoomContent,
) => RoomRefusalCode | undefined;

function createRoom(state: RoomState, author: PeerKey, content: RoomContent): RoomRefusalCode | undefined {
  if (content.kind !== 'create') return 'not-created';
  const { name, access } = content;
  const isServer = author === state.server;
  const isEveryone = access === 'everyone';
  if (isEveryone !== isServer || isEveryone !== (state.room === everyoneRoom)) return 'not-allowed';
  state.about = {
    name,
    topic: '',
    access,
    mode: { name: 'normal' },
    history: 'all',
    retention: {},
    ended: null,
  };
  if (!isServer) state.members.set(author, 'owner');
  return undefined;
}

/** Refuses what an author cannot do to this member: to itself, to a key that is no member, to one that does not rank below it. */
function refusalOver(state: RoomState, author: PeerKey, member: PeerKey): RoomRefusalCode | undefined {
  if (member === author) return 'not-yourself';
  if (!isMember(state, member)) return 'no-such-member';
  return ranksAbove(standingOf(state, author), standingOf(state, member)) ? undefined : 'outranked';
}

function isMember(state: RoomState, key: PeerKey): boolean {
  const standing = standingOf(state, key);
  return standing !== 'server' && standing !== 'guest' && standing !== 'banned';
}

function isLastOwner({ members }: RoomState, key: PeerKey): boolean {
  if (members.get(key) !== 'owner') return false;
  for (const [other, role] of members) if (role === 'owner' && other !== key) return false;
  return true;
}

function setRole(state: RoomState, about: RoomAbout, key: PeerKey, role: Role): RoomRefusalCode | undefined {
  // In `#everyone`, a key without a role of its own is a member.
  if (about.access === 'everyone' && role === 'member') state.members.delete(key);
  else if (!state.members.has(key) && state.members.size >= roomMembersMax) return 'room-full';
  else state.members.set(key, role);
  return undefined;
}

/** A reader stays one: otherwise it could leave and come back as a member. */
function dropMember({ members, formerReaders }: RoomState, key: PeerKey): void {
  if (members.get(key) === 'reader') {
    const [oldest] = formerReaders;
    if (formerReaders.size >= roomFormerReadersMax && oldest !== undefined) formerReaders.delete(oldest);
    formerReaders.add(key);
  }
  members.delete(key);
}

function addBounded<T>(
  set: Set<T>,
  value: T,
  most: number,
  code: RoomRefusalCode,
): RoomRefusalCode | undefined {
  if (!set.has(value) && set.size >= most) return code;
  set.add(value);
  return undefined;
}

// --- what every entry leaves ---------------------------------------------------------------------------

function noteEntry(state: RoomState, entry: LogEntry, hash: Digest): void {
  const { header, position } = entry;
  state.head = { epoch: position.epoch, seq: position.seq, hash };
  if (!isRoomKind(header.kind)) state.hasLaterKinds = true;
  noteAuthor(state, entry, rightsOf(header.kind).slowed ? position.takenAtMs : null);
}

function noteAuthor({ authors }: RoomState, { header }: LogEntry, postedAtMs: number | null): void {
  const author = authors.get(header.author) ?? { nextSequences: new Map(), lastPostAtMs: null };
  author.nextSequences.delete(header.installation);
  author.nextSequences.set(header.installation, header.sequence + 1);
  author.lastPostAtMs = postedAtMs ?? author.lastPostAtMs;
  forgetOldest(author.nextSequences, roomAuthorInstallationsMax);
  authors.delete(header.author);
  authors.set(header.author, author);
  forgetOldest(authors, roomAuthorsMax);
}

function forgetOldest<K>(map: Map<K, unknown>, most: number): void {
  if (map.size <= most) return;
  for (const key of map.keys()) {
    map.delete(key);
    return;
  }
}
