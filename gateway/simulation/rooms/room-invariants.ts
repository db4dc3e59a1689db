import { roomConversation } from '../../../shared/conversation.ts';
import type { MessageId, PeerKey, RoomId } from '../../../shared/ids.ts';
import { contentText } from '../../../shared/content-text.ts';
import type { ChatMessage } from '../../../shared/message.ts';
import { decodeRoomContent, type RoomContent } from '../../../shared/rooms/content.ts';
import type { LogEntry, LogPoint } from '../../../shared/rooms/entry.ts';
import type { RoomView } from '../../../shared/bridge/rooms.ts';
import { decodeCheckpoint } from '../../../shared/rooms/checkpoint.ts';
import type { StoredEntry } from '../../store/room-repository.ts';
import type { SimulatedClient } from '../chat/chat-simulation.ts';
import type { FaultyDisk } from '../chat/faulty-disk.ts';
import type { SimulatedServer } from '../chat/simulated-server.ts';

/** Own messages that no log has yet stand from here on. */
const waitingMajorMin = 2 ** 52;
const pageMax = 100_000;

/** A message that a user wrote into a room. */
interface Written {
  readonly room: RoomId;
  readonly by: SimulatedClient;
  readonly text: string;
}

/** What must hold for the rooms of all clients when the faults have ended. Each check throws with what is wrong. */
export class RoomInvariants {
  readonly #server: SimulatedServer;
  readonly #written = new Map<MessageId, Written>();
  /** The words of each message, with those of its edits. */
  readonly #words = new Map<MessageId, string[]>();

  constructor(server: SimulatedServer) {
    this.#server = server;
  }

  get count(): number {
    return this.#written.size;
  }

  record(id: MessageId, written: Written): void {
    this.#written.set(id, written);
    this.recordWords(id, written.text);
  }

  /** The message has, or had, these words. */
  recordWords(id: MessageId, text: string): void {
    this.#words.set(id, [...(this.#words.get(id) ?? []), text]);
  }

  /** Whether each member has the whole log, and no entry waits. Says what is missing. */
  unsettled(room: RoomId, clients: readonly SimulatedClient[]): string {
    const head = this.#server.store.rooms.find(room)?.head;
    const open = clients.flatMap((one) => {
      const { rooms } = one.store;
      const waiting = rooms.waiting(room).filter(({ refusedWith }) => refusedWith === null);
      const kinds = waiting.map(({ kind }) => kind).join(' ');
      const isMember = isMemberOf(one, room);
      const own = headOf(one, room);
      const isBehind = isMember && own?.hash !== head?.hash;
      const isKept = isMember && rooms.lost(room, 1, 0).length > 0;
      return waiting.length > 0 || isBehind || isKept
        ? [
            `${one.nickname} (${standingIn(one, room)}): ${waiting.length} wait (${kinds}), at ${own?.seq ?? 0} of ${head?.seq ?? 0}` +
              (isKept ? ', with lost entries' : ''),
          ]
        : [];
    });
    return open.join('; ');
  }

  /**
   * All members have the same room, the same messages in the same order, and each message once. `isOneLife`: the server has never lost
   * anything, so each client's log says what the client was allowed to get.
   */
  check(room: RoomId, clients: readonly SimulatedClient[], isOneLife: boolean): void {
    const members = clients.filter((one) => isMemberOf(one, room));
    for (const one of clients) this.#checkTexts(room, one);
    for (const one of clients) if (!members.includes(one)) this.#checkEnd(room, one);
    if (isOneLife) for (const one of clients) checkAllowed(room, one);
    const [first] = members;
    if (first === undefined) return;
    this.#checkDeleted(room, members);
    this.#checkEqual(room, members);
    this.#checkWritten(room, clients, members);
  }

  #checkEqual(room: RoomId, members: readonly SimulatedClient[]): void {
    const [first, ...others] = members;
    if (first === undefined) return;
    const deleted = new Set(this.#deletedBy(room, members));
    // A copy may have deleted a message of its own user though the log does not have the deletion: it was refused, or is lost.
    const unsure = new Set(
      members
        .flatMap((one) => messagesOf(one, room))
        .filter(({ id, content }) => content.kind === 'deleted' && !deleted.has(id))
        .map(({ id }) => id),
    );
    for (const other of others) {
      const from = Math.max(beginOf(first, room), beginOf(other, room));
      const names = `${first.nickname} and ${other.nickname}`;
      equal(`the room of ${names}`, stateOf(first, room), stateOf(other, room));
      equal(`the order of ${names}`, orderOf(first, room, from), orderOf(other, room, from));
      const viewsOf = (one: SimulatedClient) =>
        messagesOf(one, room)
          .filter((message) => isInLog(message, from) && !unsure.has(message.id))
          .map(viewOf);
      const theirs = viewsOf(other);
      for (const [index, view] of viewsOf(first).entries())
        equal(`a message of ${names}`, view, theirs[index]);
    }
  }

  /** Nothing that the server took is lost: each message is in the log, or its author was told that it failed. */
  #checkWritten(
    room: RoomId,
    clients: readonly SimulatedClient[],
    members: readonly SimulatedClient[],
  ): void {
    const inLog = new Set(members.flatMap((one) => orderOf(one, room, 0)));
    for (const [id, written] of this.#written) {
      if (written.room !== room || inLog.has(id)) continue;
      // Of a message that the room no longer keeps, the copies still have the entry.
      if (clients.some((one) => one.store.rooms.hasId(room, id))) continue;
      const waiting = written.by.store.rooms.waiting(room).find((entry) => entry.id === id);
      const isGone = written.by.store.messages.find(id)?.content.kind === 'deleted';
      if (waiting?.refusedWith == null && !isGone && !this.#wasCutOff(written.by, room, id))
        throw new Error(`${written.text} of ${written.by.nickname} is neither in the log nor failed`);
    }
  }

  /** A former member keeps what it had. A server that was restored may know nothing of that. */
  #wasCutOff(author: SimulatedClient, room: RoomId, id: MessageId): boolean {
    return !isMemberOf(author, room) && author.store.messages.find(id) !== undefined;
  }

  #checkTexts(room: RoomId, one: SimulatedClient): void {
    const texts = messagesOf(one, room)
      .filter(({ content }) => content.kind === 'text')
      .map(({ content }) => contentText(content));
    const twice = texts.find((text, index) => texts.indexOf(text) !== index);
    if (twice !== undefined) throw new Error(`${one.nickname} sees ${twice} twice`);
  }

  /** A member that is one no longer has no entry behind the one that ended it. */
  #checkEnd(room: RoomId, one: SimulatedClient): void {
    const log = logOf(one, room);
    const end = log.findLastIndex(
      ({ entry, effect }) => effect === 'taken' && endsMembershipOf(one.key, entry),
    );
    const behind = log.slice(end + 1).map(({ entry }) => entry.position.seq);
    // The log begins again from a later membership, which a restored server does not know of.
    if (beginOf(one, room) > (log[end]?.entry.position.seq ?? 0)) return;
    if (end !== -1 && behind.length > 0)
      throw new Error(`${one.nickname} got ${behind.length} entries behind the end of its membership`);
  }

  /** The messages that their authors have deleted, by the logs of these members. */
  #deletedBy(room: RoomId, members: readonly SimulatedClient[]): MessageId[] {
    return members.flatMap((one) =>
      logOf(one, room).flatMap(({ entry, effect }) => {
        const content = effect === 'taken' ? contentOf(entry) : undefined;
        if (content?.kind !== 'delete') return [];
        const target = this.#written.get(content.of);
        return target?.by.key === entry.header.author ? [content.of] : [];
      }),
    );
  }

  /** The words of a deleted message are on the disk of no member, and not on that of the server. */
  #checkDeleted(room: RoomId, members: readonly SimulatedClient[]): void {
    const deleted = new Set(this.#deletedBy(room, members));
    if (deleted.size === 0) return;
    const words = [...deleted].flatMap((id) => this.#words.get(id) ?? []);
    const places = [...members, { nickname: 'the server', disk: this.#server.disk }];
    for (const { nickname, disk } of places) {
      const text = textOf(disk);
      const kept = words.filter((word) => text.includes(word));
      if (kept.length > 0) throw new Error(`${nickname} still has deleted words: ${kept.join(', ')}`);
    }
  }
}

/** All that is on a disk, as one text. */
function textOf(disk: FaultyDisk): string {
  const parts: string[] = [];
  for (const rows of disk.copy().values())
    for (const row of rows)
      for (const value of Object.values(row)) {
        if (typeof value === 'string') parts.push(value);
        if (value instanceof Uint8Array) parts.push(Buffer.from(value).toString('latin1'));
      }
  return parts.join('\n');
}

/**
 * Each entry in the log of the client came while it was a member, or before it was one in a room that shows its history. This holds where
 * the server has one life.
 */
function checkAllowed(room: RoomId, one: SimulatedClient): void {
  if (one.store.rooms.head(room)?.seq === undefined || room === '0'.repeat(32)) return;
  let before = 0;
  let isMember = false;
  let shows = true;
  let next = 1;
  for (const { entry, effect } of logOf(one, room)) {
    // Behind a gap, the log goes on from the state after an entry that made the client a member, or where the room was cut.
    if (entry.position.seq > next) [isMember, before] = [true, 0];
    next = entry.position.seq + 1;
    if (!isMember) before++;
    const content = effect === 'taken' ? contentOf(entry) : undefined;
    const { author } = entry.header;
    if (content?.kind === 'history') shows = content.history === 'all';
    if (author === one.key && (content?.kind === 'join' || content?.kind === 'create')) {
      if (!shows && before > 1)
        throw new Error(`${one.nickname} got ${before - 1} entries from before it was a member`);
      [isMember, before] = [true, 0];
    }
    if (endsMembershipOf(one.key, entry) && effect === 'taken') [isMember, before] = [false, 0];
  }
  if (!isMember && before > 0)
    throw new Error(`${one.nickname} got ${before} entries while it was no member`);
}

function contentOf({ header, content }: LogEntry): RoomContent | undefined {
  const decoded = content === null ? undefined : decodeRoomContent(header.kind, content);
  return decoded?.type === 'content' ? decoded.content : undefined;
}

function endsMembershipOf(key: PeerKey, entry: LogEntry): boolean {
  if (entry.header.kind === 'leave') return entry.header.author === key;
  const content = contentOf(entry);
  return (content?.kind === 'remove' || content?.kind === 'ban') && content.member === key;
}

/** What the user is in the room, by its running client; undefined where it has no part in it. */
export function standingIn(one: SimulatedClient, room: RoomId): RoomView['standing'] | undefined {
  if (!one.isRunning) return undefined;
  return one.role.rooms().find((view) => view.room === room)?.standing;
}

export function isMemberOf(one: SimulatedClient, room: RoomId): boolean {
  const standing = standingIn(one, room);
  return standing !== undefined && ['owner', 'moderator', 'member', 'reader'].includes(standing);
}

/** The log of the client begins again behind this place. */
function beginOf(one: SimulatedClient, room: RoomId): number {
  return one.store.rooms.all().find(({ id }) => id === room)?.cutAt ?? 0;
}

/** The ids of the messages that the log has behind `from`, in their order. */
function orderOf(one: SimulatedClient, room: RoomId, from: number): MessageId[] {
  return messagesOf(one, room)
    .filter((message) => isInLog(message, from))
    .map(({ id }) => id);
}

function isInLog({ position }: ChatMessage, from: number): boolean {
  return position.minor === 0 && position.major > from && position.major < waitingMajorMin;
}

/** The newest entry, or the state from which the log begins and to which no entry has come. */
function headOf({ store }: SimulatedClient, room: RoomId): LogPoint | undefined {
  const head = store.rooms.head(room);
  const kept = store.rooms.checkpointAt(room, Number.MAX_SAFE_INTEGER);
  if (kept === undefined || kept.seq <= (head?.seq ?? 0)) return head;
  return decodeCheckpoint(kept.bytes)?.point;
}

function logOf(one: SimulatedClient, room: RoomId): readonly StoredEntry[] {
  return one.store.rooms.entriesFrom(room, 1, pageMax);
}

function messagesOf(one: SimulatedClient, room: RoomId): readonly ChatMessage[] {
  return one.role.history(roomConversation(room), null, pageMax).messages;
}

/** A message as all members must see it. Its time and its delivery are each member's own. */
function viewOf({ position, sentAtMs: _, delivery: __, mentionsMe: ___, ...view }: ChatMessage) {
  return { seq: position.major, ...view };
}

/** Everything that the log leads to, as frontends see it, but what the own user is in the room. */
function stateOf(one: SimulatedClient, room: RoomId): string {
  const view = one.role.rooms().find((each) => each.room === room);
  if (view === undefined) return 'none';
  const { standing: _standing, silenced: _silenced, findings: _findings, cut: _cut, ...shared } = view;
  const members = one.role.roomMembers(room);
  const byKey = members?.members.toSorted((a, b) => (a.key < b.key ? -1 : 1));
  return JSON.stringify({
    shared,
    byKey,
    invited: members?.invited.toSorted(),
    banned: members?.banned.toSorted(),
  });
}

function equal(what: string, one: unknown, other: unknown): void {
  const [first, second] = [JSON.stringify(one), JSON.stringify(other)];
  if (first !== second) throw new Error(`${what} differ:\n${first}\n${second}`);
}
