import type { ProtocolMessageOf } from '../../../shared/chat/kinds.ts';
import { isConversationKind } from '../../../shared/chat/content-kinds.ts';
import { waitMsAfter } from '../../../shared/chat/codes.ts';
import { roomConversation } from '../../../shared/conversation.ts';
import { isErrorCode } from '../../../shared/errors.ts';
import { digestFromBytes, type PeerKey, type ServerEpoch } from '../../../shared/ids.ts';
import type { Moment } from '../../../shared/moment.ts';
import { readCheckpoint } from '../../../shared/rooms/checkpoint.ts';
import { decodeRoomContent } from '../../../shared/rooms/content.ts';
import { isPostKind } from '../../../shared/chat/timeline.ts';
import { isSamePoint, type LogPoint, type Sha256 } from '../../../shared/rooms/entry.ts';
import type { TakenEntry } from '../../../shared/rooms/verify-log.ts';
import type { ClientStore } from '../../store/client-store.ts';
import type { StoredRoom } from '../../store/room-repository.ts';
import type { Session } from '../connections/session.ts';
import type { ClientContext } from '../context.ts';
import type { Conversations } from '../messages/conversations.ts';
import { CheckpointParts } from './checkpoint-parts.ts';
import type { OpenRoom } from './open-room.ts';
import type { LogResult, StartResult } from './room-log.ts';
import type { RoomRegistry } from './room-registry.ts';
import type { RoomSender } from './room-sender.ts';
import type { RoomTimeline } from './room-timeline.ts';
import { tokenOf } from './sending-token.ts';

/** Questions for entries that the server has not answered yet: each answer costs this client some milliseconds in one turn. */
const unansweredFollowsMax = 4;
/** How much later a member offers that lacks contents, because it has blocked their authors. */
const incompleteOfferDelayMs = 30_000;
/** Own messages that were lost, and that frontends are told of at once. They learn of the others when they are in the room again. */
const lostShownMax = 1_000;
/** A client of a user that does not read the room waits with its acknowledgement so long at most (PROTOCOL 10.42). */
const ackSpreadMs = 250;
/** The server answers within this time, or the client asks again. */
const answerTimeoutMs = 30_000;

export interface RoomFollowerOptions {
  readonly store: ClientStore;
  readonly context: ClientContext;
  readonly me: PeerKey;
  readonly session: Pick<Session, 'isOnline' | 'serverKey'>;
  readonly conversations: Pick<Conversations, 'readPosition' | 'recount'>;
  readonly registry: RoomRegistry;
  readonly sender: RoomSender;
  readonly timeline: RoomTimeline;
  readonly sha256: Sha256;
}

/** Follows the logs of the user's rooms on the server: asks for entries, checks them, shows them, and acknowledges them. */
export class RoomFollower {
  readonly #options: RoomFollowerOptions;
  readonly #parts = new CheckpointParts();
  /** Each client has its own wait, so that the acknowledgements of many members do not come to the server at once. */
  readonly #ackWaitMs: number;
  #epoch: ServerEpoch | undefined;

  constructor(options: RoomFollowerOptions) {
    this.#options = options;
    this.#ackWaitMs = (Number.parseInt(options.me.slice(0, 4), 16) / 0xffff) * ackSpreadMs;
  }

  handleRegistered(now: Moment, epoch: ServerEpoch): void {
    this.#epoch = epoch;
    const { registry, store } = this.#options;
    for (const room of registry.all()) {
      if (!registry.isOfServer(room)) continue;
      const isMember = room.stored.departure === null && store.rooms.head(room.stored.id) !== undefined;
      if (isMember || isFollowed(room.stored.listed))
        room.following = { type: 'wanted', atMs: now.monotonicMs };
    }
  }

  /** The connection is gone, or another one. */
  handleConnection(): void {
    this.#parts.clear();
  }

  /** Sends what is due about all rooms. */
  proceed(now: Moment): void {
    const { registry, session } = this.#options;
    if (!session.isOnline) return;
    let unanswered = 0;
    for (const { following } of registry.all()) if (following.type === 'asked') unanswered++;
    for (const room of registry.all()) {
      const { following } = room;
      if (following.type === 'asked' && following.deadlineMs <= now.monotonicMs) {
        room.following = { type: 'wanted', atMs: now.monotonicMs };
        unanswered--;
      }
      if (room.ackDueMs !== null && room.ackDueMs <= now.monotonicMs) this.acknowledge(room);
      if (room.following.type !== 'wanted' || room.following.atMs > now.monotonicMs) continue;
      if (unanswered >= unansweredFollowsMax) continue;
      unanswered++;
      this.#ask(now, room);
    }
  }

  /** The server tells what the user is in these rooms. */
  handleList(now: Moment, rows: ProtocolMessageOf<'room-list'>['rows']): void {
    const { registry } = this.#options;
    for (const { room: id, name, topic, access, ended, standing, members, head } of rows) {
      const known = registry.ofServer(id);
      if (known === undefined && standing === 'guest') continue;
      const room = registry.add(id);
      if (room === undefined) return;
      const listed = { name, topic, access, ended, standing, members };
      registry.update(room, { listed });
      room.isListed = isFollowed(listed);
      const isNews = standing !== 'former' || head.hash !== room.log.head.hash;
      const { type } = room.following;
      if (isFollowed(listed) && isNews && (type === 'none' || type === 'ended'))
        room.following = { type: 'wanted', atMs: now.monotonicMs };
      registry.show(room);
    }
  }

  handleEntries(now: Moment, room: OpenRoom, message: ProtocolMessageOf<'room-entries'>): void {
    const { conversations, timeline } = this.#options;
    const { type } = room.following;
    if (type !== 'asked' && type !== 'answered') return;
    const mayWait = room.isLive && message.entries.length === 1 && !this.#isRead(room);
    const result = room.log.receive(message);
    switch (result.type) {
      case 'refused':
        return this.#refuse(now, room, result);
      case 'behind':
        room.following = { type: 'answered' };
        if (this.#epoch === room.log.head.epoch) break;
        if (result.at.seq > room.offeredFrom) this.#offerFrom(room, result.at.seq, now);
        else this.#endForgotten(room);
        break;
      case 'taken':
        room.following = { type: 'answered' };
        room.followBackOff.reset();
        if (result.rewoundTo !== null) {
          timeline.undoBehind(room.stored.id, result.rewoundTo);
          conversations.recount(roomConversation(room.stored.id));
        }
        if (result.rewoundTo !== null || this.#hasLost(room)) this.#offerFrom(room, null, now);
        else this.#endNeedless(room, message.head.point);
        this.#take(now, room, result);
        if (result.rewoundTo !== null) this.#showLost(room);
        break;
      default:
        result satisfies never;
    }
    if (mayWait) room.ackDueMs = now.monotonicMs + this.#ackWaitMs;
    else this.acknowledge(room);
  }

  /** Whether the user has read all that is here, and so may look at the room now. */
  #isRead({ log, stored }: OpenRoom): boolean {
    return this.#options.conversations.readPosition(roomConversation(stored.id)).major >= log.head.seq;
  }

  handleCheckpoint(now: Moment, room: OpenRoom, message: ProtocolMessageOf<'room-checkpoint'>): void {
    const { registry, sha256 } = this.#options;
    const { type } = room.following;
    const signed = type === 'asked' || type === 'answered' ? this.#parts.take(message) : undefined;
    if (signed === undefined) return;
    const checkpoint = readCheckpoint(room.stored.server, room.stored.room, signed, {
      digestOf: (bytes) => digestFromBytes(sha256(bytes)),
      verify: registry.verify,
    });
    const isRestored = this.#epoch !== room.log.head.epoch;
    const result =
      checkpoint === undefined ? ({ type: 'differs' } as const) : room.log.startFrom(checkpoint, isRestored);
    if (result.type === 'started') this.#start(room, result);
    if (result.type === 'differs')
      this.#refuse(now, room, { type: 'refused', finding: { kind: 'wrong-checkpoint', entry: null } });
    registry.show(room);
  }

  /** The log goes on from a state of the server. */
  #start(room: OpenRoom, { toSend, rewoundTo }: Extract<StartResult, { type: 'started' }>): void {
    const { registry, sender, timeline } = this.#options;
    registry.update(room, { cutAt: room.log.head.seq, departure: null });
    if (rewoundTo !== null) {
      registry.report(room, [{ kind: 'restored', entry: null }]);
      timeline.undoBehind(room.stored.id, rewoundTo);
    }
    for (const stored of toSend ?? []) sender.sendAgain(room, stored);
    sender.settleCut(room);
  }

  /** Another member has offered to the server what this one was about to offer. */
  #endNeedless(room: OpenRoom, head: LogPoint): void {
    const isBehind = room.offering !== null && room.offering.behind !== null && room.offering.sent === null;
    if (isBehind && isSamePoint(head, room.log.head)) room.offering = null;
  }

  /** The server sends no entries of this room, or no later ones. */
  handleRefused(now: Moment, room: OpenRoom, message: ProtocolMessageOf<'room-refused'>): void {
    const waitMs = waitMsAfter(message);
    if (waitMs !== undefined) {
      room.following = { type: 'wanted', atMs: now.monotonicMs + waitMs };
      return;
    }
    const { registry, context } = this.#options;
    const wasMember = room.isInLog(this.#options.me);
    const { listed } = room.stored;
    // The last row of the server is true no longer, and the client knows nothing else of the room.
    const isForgotten = room.log.state.about === null && isFollowed(listed);
    if (isForgotten) registry.update(room, { listed: null });
    room.following = { type: 'ended' };
    // A server that has lost the room gets it back, from its first entry on. One that does not take it refuses the offer.
    if (
      message.code === 'no-such-room' &&
      wasMember &&
      this.#epoch !== room.log.head.epoch &&
      room.offeredFrom < 0
    )
      this.#offerFrom(room, 0, now);
    else if (wasMember || isForgotten) {
      if (message.code === 'no-such-room' && this.#epoch !== room.log.head.epoch) this.#endForgotten(room);
      context.emit({
        type: 'room-refused',
        room: room.stored.id,
        id: null,
        code: isErrorCode(message.code) ? message.code : 'no-such-room',
      });
    }
    registry.show(room);
  }

  /**
   * The server was restored to a time before the user joined, and does not take back what it lacks. It sends nothing of the room, until it
   * says that the user is a member: after an offer of another member, or when the user joins again.
   */
  #endForgotten(room: OpenRoom): void {
    const { registry, me } = this.#options;
    const { about, members } = room.log.state;
    if (room.offering !== null || room.isListed || about === null || !room.isMember(me)) return;
    room.following = { type: 'ended' };
    const { name, topic, access, ended } = about;
    registry.update(room, {
      listed: { name, topic, access, ended, standing: 'guest', members: members.size },
    });
    registry.show(room);
  }

  /** Tells the server how far this client has the log on its disk, and how far its user has read. */
  acknowledge(room: OpenRoom): void {
    const { context, session, store, conversations } = this.#options;
    if (session.serverKey === undefined || !session.isOnline || room.following.type !== 'answered') return;
    room.ackDueMs = null;
    const delivered = room.log.head.seq;
    const { major } = conversations.readPosition(roomConversation(room.stored.id));
    const read = store.facts.get().settings.readReceipts ? Math.min(major, delivered) : 0;
    const message = { kind: 'room-ack', room: room.stored.room, delivered, read } as const;
    context.send(session.serverKey, message, tokenOf('ack', room.stored.id));
  }

  #ask(now: Moment, room: OpenRoom): void {
    const { context, session } = this.#options;
    if (session.serverKey === undefined) return;
    room.following = { type: 'asked', deadlineMs: now.monotonicMs + answerTimeoutMs };
    room.isLive = false;
    const head = room.log.signedHead();
    context.send(
      session.serverKey,
      {
        kind: 'room-follow',
        room: room.stored.room,
        points: room.log.points(),
        ...(head === undefined ? {} : { head }),
      },
      tokenOf('follow', room.stored.id),
    );
  }

  /** What is wrong is shown. Another answer may be right. */
  #refuse(now: Moment, room: OpenRoom, { finding }: Extract<LogResult, { type: 'refused' }>): void {
    const { registry } = this.#options;
    registry.report(room, [finding]);
    room.following = { type: 'wanted', atMs: now.monotonicMs + room.followBackOff.next() };
    registry.show(room);
  }

  #take(now: Moment, room: OpenRoom, result: Extract<LogResult, { type: 'taken' }>): void {
    const { registry } = this.#options;
    registry.report(room, result.findings);
    for (const taken of result.entries) this.#show(now, room, taken);
    // Less than a full message: nothing more waits on the server.
    room.isLive ||= result.entries.length <= 1;
    // Messages and their changes leave the state of the room as it was.
    const isUnchanged =
      result.rewoundTo === null &&
      result.findings.length === 0 &&
      result.entries.every(({ entry }) => isConversationKind(entry.header.kind));
    if (!isUnchanged || room.shown === '') registry.show(room);
  }

  #show(now: Moment, room: OpenRoom, { entry, hasEffect }: TakenEntry): void {
    const { me, sender, timeline } = this.#options;
    const { id, author } = entry.header;
    const isWaiting = author === me && room.outbox.find(id) !== undefined;
    if (isWaiting) room.outbox.remove(id);
    // Also one that the log had lost.
    const wasShown = author === me && (isWaiting || this.#options.store.messages.find(id) !== undefined);
    if (!hasEffect) return;
    this.#noteDeparture(room, entry);
    timeline.show(now, room.stored.id, entry, !room.isLive);
    if (wasShown) sender.show(room, id);
  }

  /** The log has no longer what frontends were told to be in the room. */
  #showLost(room: OpenRoom): void {
    const { me, sender, store } = this.#options;
    for (const { entry } of store.rooms.lost(room.stored.id, lostShownMax, 0))
      if (entry.header.author === me && isPostKind(entry.header.kind)) sender.show(room, entry.header.id);
  }

  /** Remembers how a membership of the user ended. */
  #noteDeparture(room: OpenRoom, { header, content }: TakenEntry['entry']): void {
    const { me, registry } = this.#options;
    const departure = departureBy(me, header.author, header.kind, content);
    if (departure !== undefined && departure !== room.stored.departure) registry.update(room, { departure });
  }

  /** Whether an earlier connection ended before all lost entries were offered. */
  #hasLost(room: OpenRoom): boolean {
    if (room.isLostChecked) return false;
    room.isLostChecked = true;
    return room.offering === null && this.#options.store.rooms.lost(room.stored.id, 1, 0).length > 0;
  }

  /** The server lacks entries: it was restored from a backup. */
  #offerFrom(room: OpenRoom, behind: number | null, now: Moment): void {
    const { registry } = this.#options;
    if (room.offering?.behind !== behind || behind === null)
      registry.report(room, [{ kind: 'restored', entry: null }]);
    if (behind !== null) room.offeredFrom = behind;
    // The server would keep what comes first: a member with all contents offers before one that has blocked an author.
    const isIncomplete = this.#options.store.rooms.lacksContents(
      room.stored.id,
      behind === null ? null : Math.max(behind, room.stored.cutAt),
    );
    const notBeforeMs = now.monotonicMs + (isIncomplete ? incompleteOfferDelayMs : 0);
    room.offering = { behind, after: 0, sent: null, notBeforeMs };
  }
}

function isFollowed(listed: StoredRoom['listed']): boolean {
  return listed !== null && listed.standing !== 'guest' && listed.standing !== 'invited';
}

/** How this entry ends or begins the user's membership; undefined: it does neither. */
function departureBy(
  me: PeerKey,
  author: PeerKey,
  kind: string,
  content: Uint8Array | null,
): StoredRoom['departure'] | undefined {
  if (author === me && (kind === 'join' || kind === 'create')) return null;
  if (author === me && kind === 'leave') return 'left';
  if (content === null || (kind !== 'remove' && kind !== 'ban')) return undefined;
  const decoded = decodeRoomContent(kind, content);
  const member = decoded.type === 'content' && 'member' in decoded.content ? decoded.content.member : null;
  return member === me ? 'removed' : undefined;
}
