import { roomConversation } from '../../../shared/conversation.ts';
import type { MessageId, PeerKey, RoomId } from '../../../shared/ids.ts';
import { contentText } from '../../../shared/message.ts';
import { decodeRoomContent } from '../../../shared/rooms/content.ts';
import type { LogEntry } from '../../../shared/rooms/entry.ts';
import type { SimulatedClient } from '../chat/chat-simulation.ts';
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

  constructor(server: SimulatedServer) {
    this.#server = server;
  }

  get count(): number {
    return this.#written.size;
  }

  record(id: MessageId, written: Written): void {
    this.#written.set(id, written);
  }

  /** Whether each member has the whole log, and no entry waits. Says what is missing. */
  unsettled(room: RoomId, clients: readonly SimulatedClient[]): string {
    const head = this.#server.store.rooms.find(room)?.head;
    const open = clients.flatMap((one) => {
      const { rooms } = one.store;
      const waiting = rooms.waiting(room).filter(({ refusedWith }) => refusedWith === null).length;
      const isMember = isMemberOf(one, room);
      const own = rooms.head(room);
      const isBehind = isMember && own?.hash !== head?.hash;
      const isKept = isMember && rooms.lost(room, 1).length > 0;
      return waiting > 0 || isBehind || isKept
        ? [
            `${one.nickname}: ${waiting} wait, at ${own?.seq ?? 0} of ${head?.seq ?? 0}${isKept ? ', with lost entries' : ''}`,
          ]
        : [];
    });
    return open.join('; ');
  }

  /** All members have the same room, the same messages in the same order, and each message once. */
  check(room: RoomId, clients: readonly SimulatedClient[]): void {
    const members = clients.filter((one) => isMemberOf(one, room));
    const [first, ...others] = members;
    for (const one of clients) this.#checkTexts(room, one);
    for (const one of clients) if (!members.includes(one)) this.#checkEnd(room, one);
    if (first === undefined) return;
    for (const other of others) {
      equal(
        `the room of ${first.nickname} and ${other.nickname}`,
        stateOf(first, room),
        stateOf(other, room),
      );
      equal(
        `the order of ${first.nickname} and ${other.nickname}`,
        orderOf(first, room),
        orderOf(other, room),
      );
    }
    this.#checkWritten(room, first);
  }

  /** Nothing that the server took is lost: each message is in the log, or its author was told that it failed. */
  #checkWritten(room: RoomId, member: SimulatedClient): void {
    const inLog = new Set(orderOf(member, room));
    for (const [id, written] of this.#written) {
      if (written.room !== room || inLog.has(id)) continue;
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
    const head = one.store.rooms.head(room);
    if (head === undefined) return;
    const log = one.store.rooms.entriesFrom(room, 1, pageMax);
    const end = log.findLastIndex(
      ({ entry, effect }) => effect === 'taken' && endsMembershipOf(one.key, entry),
    );
    const behind = log.slice(end + 1).map(({ entry }) => entry.position.seq);
    if (end !== -1 && behind.length > 0)
      throw new Error(`${one.nickname} got ${behind.length} entries behind the end of its membership`);
  }
}

function endsMembershipOf(key: PeerKey, { header, content }: LogEntry): boolean {
  if (header.kind === 'leave') return header.author === key;
  const decoded = content === null ? undefined : decodeRoomContent(header.kind, content);
  if (decoded?.type !== 'content') return false;
  const isEnd = decoded.content.kind === 'remove' || decoded.content.kind === 'ban';
  return isEnd && decoded.content.member === key;
}

export function isMemberOf(one: SimulatedClient, room: RoomId): boolean {
  const standing = one.role.rooms().find((view) => view.room === room)?.standing;
  return standing !== undefined && ['owner', 'moderator', 'member', 'reader'].includes(standing);
}

/** The ids of the messages that the log has, in their order. */
function orderOf(one: SimulatedClient, room: RoomId): MessageId[] {
  return messagesOf(one, room)
    .filter(({ position }) => position.minor === 0 && position.major < waitingMajorMin)
    .map(({ id }) => id);
}

function messagesOf(one: SimulatedClient, room: RoomId) {
  return one.store.messages.page(roomConversation(room), null, pageMax).messages;
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
