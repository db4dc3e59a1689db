import type { ProtocolMessageOf } from '../../../shared/chat/kinds.ts';
import { waitMsAfter } from '../../../shared/chat/codes.ts';
import { roomConversation } from '../../../shared/conversation.ts';
import { isErrorCode } from '../../../shared/errors.ts';
import { isPostKind } from '../../../shared/chat/timeline.ts';
import type { MessageId } from '../../../shared/ids.ts';
import type { Delivery } from '../../../shared/message.ts';
import type { Moment } from '../../../shared/moment.ts';
import { decodeRoomContent } from '../../../shared/rooms/content.ts';
import { nextSequenceOf } from '../../../shared/rooms/room-state.ts';
import type { ClientStore } from '../../store/client-store.ts';
import type { LostEntry, StoredEntry, WaitingEntry } from '../../store/room-repository.ts';
import type { Session } from '../connections/session.ts';
import type { ClientContext } from '../context.ts';
import type { OpenRoom } from './open-room.ts';
import { signEntries, type OwnAuthor } from './own-entries.ts';
import type { RoomRegistry } from './room-registry.ts';
import { waitingMajorMin } from './room-timeline.ts';
import { tokenOf } from './sending-token.ts';

/** The server answers an offer within this time, or the client sends it again. */
const offerTimeoutMs = 30_000;

export interface RoomSenderOptions {
  readonly store: ClientStore;
  readonly context: ClientContext;
  readonly session: Pick<Session, 'isOnline' | 'serverKey'>;
  readonly registry: RoomRegistry;
  readonly author: OwnAuthor;
}

/** Sends the entries of the user, and to a restored server those that its log lacks. One batch of a room is unanswered at a time. */
export class RoomSender {
  readonly #options: RoomSenderOptions;

  constructor(options: RoomSenderOptions) {
    this.#options = options;
  }

  proceed(now: Moment, room: OpenRoom): void {
    const { serverKey, isOnline } = this.#options.session;
    if (!isOnline || serverKey === undefined || !room.isOf(serverKey)) return;
    room.outbox.handleTimeout(now.monotonicMs);
    // The answers to both have one form.
    if (room.offering !== null && !room.outbox.isUnanswered) this.#offer(now, room);
    // Also at the end of an offer: what the server did not take of it waits in the outbox.
    if (room.offering === null) this.#append(now, room);
  }

  handleAppended(now: Moment, room: OpenRoom, message: ProtocolMessageOf<'room-appended'>): void {
    if (room.offering?.sent != null) return this.#handleOffered(now, room, message);
    const known = message.taken.map(({ id }) => id);
    const hasJoined = known.some((id) => room.outbox.find(id)?.kind === 'join');
    if (hasJoined) this.#options.registry.handleJoined(room);
    const refusal = room.outbox.handleAppended(now.monotonicMs, message);
    for (const id of known) this.show(room, id);
    this.settleCut(room);
    if (refusal !== undefined) this.#refuse(room, refusal.entry, refusal.code);
    // A new member gets the log now: the server has taken what makes it one.
    const { type } = room.following;
    if (known.length > 0 && (type === 'none' || type === 'ended'))
      room.following = { type: 'wanted', atMs: now.monotonicMs };
  }

  /** What the server took before the place where the log begins never comes: it is in the room. */
  settleCut(room: OpenRoom): void {
    const { id, cutAt } = room.stored;
    for (const { entry, seq } of room.outbox.takenUpTo(cutAt)) {
      room.outbox.remove(entry.id);
      if (!isPostKind(entry.kind) || this.#options.store.rooms.hasId(id, entry.id)) continue;
      this.#options.store.messages.place(entry.id, { major: seq, minor: 0 });
      this.show(room, entry.id);
    }
  }

  /** Puts an entry of the user back that a log had, and has no longer. */
  sendAgain(room: OpenRoom, { entry }: StoredEntry): void {
    const { header, content } = entry;
    const { author } = this.#options;
    if (header.author !== author.me || content === null || header.kind === 'create') return;
    if (
      room.outbox.find(header.id) !== undefined ||
      this.#options.store.rooms.hasId(room.stored.id, header.id)
    )
      return;
    room.outbox.put({
      id: header.id,
      kind: header.kind,
      content,
      editOf: editOf(header.kind, content),
      sentAtMs: header.sentAtMs,
      clockOffsetMs: header.clockOffsetMs ?? null,
      refusedWith: null,
    });
  }

  deliveryOf(room: OpenRoom, id: MessageId): Delivery {
    const of = Math.max(0, this.#options.registry.membersOf(room) - 1);
    const waiting = room.outbox.deliveryOf(id, of);
    if (waiting !== undefined) return waiting;
    const { rooms } = this.#options.store;
    const figures = rooms.figuresOf(room.stored.id, id);
    if (figures !== undefined) return { state: 'in-room', ...(figures ?? { delivered: 0, read: 0, of }) };
    if (!rooms.isLost(room.stored.id, id)) {
      const { major = waitingMajorMin } = this.#options.store.messages.find(id)?.position ?? {};
      // The log was cut behind it.
      return major < waitingMajorMin ? { state: 'in-room', delivered: 0, read: 0, of } : { state: 'saved' };
    }
    // The server was restored and does not have it. It is offered on this connection, or on the next one.
    return room.offering === null && room.following.type !== 'answered'
      ? { state: 'waiting', nextAttemptAtMs: null, reason: 'no-connection' }
      : { state: 'sending', attempt: 1, via: 'server' };
  }

  /** Tells frontends that nothing is on its way under this id: all that it says is in the room already. */
  tellOver({ stored }: OpenRoom, id: MessageId): void {
    this.#options.context.emit({
      type: 'delivery',
      conversation: roomConversation(stored.id),
      id,
      delivery: { state: 'in-room', delivered: 0, read: 0, of: 0 },
    });
  }

  /** Tells frontends how far an own message has come. */
  show(room: OpenRoom, id: MessageId): void {
    const entry = room.outbox.find(id);
    if (entry !== undefined && !isPostKind(entry.kind)) return;
    this.#options.context.emit({
      type: 'delivery',
      conversation: roomConversation(room.stored.id),
      id,
      delivery: this.deliveryOf(room, id),
    });
  }

  #append(now: Moment, room: OpenRoom): void {
    const { outbox, log, following } = room;
    // A member first hears what the log has: its own entries may be in it. A guest gets no log.
    if (outbox.isEmpty || (following.type !== 'answered' && room.isMember(this.#options.author.me))) return;
    const batch = outbox.next(now.monotonicMs);
    if (batch.length === 0) return;
    const { author, context, session } = this.#options;
    const { serverKey } = session;
    if (serverKey === undefined) return;
    const next = outbox.nextSequence(nextSequenceOf(log.state, author.me, author.installation));
    const entries = signEntries(author, log.state, batch, next);
    outbox.handleSent(now.monotonicMs, batch);
    context.send(
      serverKey,
      { kind: 'room-append', room: room.stored.room, entries },
      tokenOf('append', room.stored.id),
    );
    for (const { id } of batch) this.show(room, id);
  }

  #refuse(room: OpenRoom, entry: WaitingEntry, code: string): void {
    if (isPostKind(entry.kind)) {
      room.outbox.put({ ...entry, refusedWith: code });
      this.show(room, entry.id);
      // The delivery of a message has no word for it, and the user can do something about it.
      if (code !== 'room-quota-full') return;
    } else room.outbox.remove(entry.id);
    this.#options.context.emit({
      type: 'room-refused',
      room: room.stored.id,
      id: entry.id,
      code: isErrorCode(code) ? code : 'not-allowed',
    });
  }

  // --- what a restored server lacks ---------------------------------------------------------------------------

  #offer(now: Moment, room: OpenRoom): void {
    const { offering } = room;
    if (offering === null || offering.notBeforeMs > now.monotonicMs) return;
    if (offering.sent !== null && offering.sent.deadlineMs <= now.monotonicMs) offering.sent = null;
    if (offering.sent !== null) return;
    const { log } = room;
    const offer = offering.behind === null ? log.offerLost(offering.after) : log.offer(offering.behind);
    if (offer === undefined) return this.#endOffering(now, room);
    const { context, session } = this.#options;
    if (session.serverKey === undefined) return;
    offering.sent = {
      ids: offer.entries.map(({ entry }) => entry.header.id),
      deadlineMs: now.monotonicMs + offerTimeoutMs,
    };
    const entries = offer.entries.map(({ entry }) => entry);
    const message = { kind: 'room-offer', room: room.stored.room, entries, head: offer.head } as const;
    context.send(session.serverKey, message, tokenOf('offer', room.stored.id));
  }

  #handleOffered(now: Moment, room: OpenRoom, { taken, refused }: ProtocolMessageOf<'room-appended'>): void {
    const { offering } = room;
    if (offering?.sent == null) return;
    const waitMs = refused === undefined ? undefined : waitMsAfter(refused);
    const { ids } = offering.sent;
    offering.sent = null;
    if (waitMs !== undefined) {
      offering.notBeforeMs = now.monotonicMs + waitMs;
      return;
    }
    const { rooms } = this.#options.store;
    if (offering.behind !== null) {
      offering.behind += ids.length;
      if (refused !== undefined) this.#endOffering(now, room);
      return;
    }
    // An entry that the server took stays until the log has it: the server may lose it once more before that.
    const takenIds = new Set(taken.map(({ id }) => id));
    // The log may have some already, so later ones can be among these.
    const next = rooms.lost(room.stored.id, ids.length, offering.after);
    const offered = next.filter(({ entry }) => ids.includes(entry.header.id));
    this.#letGo(
      room,
      offered.filter(({ entry }) => !takenIds.has(entry.header.id)),
    );
    // These have nothing but a place.
    rooms.removeLost(offered.filter(({ effect }) => effect === 'none'));
    offering.after = offered.at(-1)?.number ?? offering.after;
  }

  /** The server does not take these as they are. What the user wrote is sent again as new entries. */
  #letGo(room: OpenRoom, lost: readonly LostEntry[]): void {
    for (const stored of lost) this.sendAgain(room, stored);
    this.#options.store.rooms.removeLost(lost);
  }

  /** No more can be offered. What the user wrote is sent again, and the rest of the lost entries is let go. */
  #endOffering(now: Moment, room: OpenRoom): void {
    const { rooms } = this.#options.store;
    const isLost = room.offering?.behind === null;
    const rest = isLost ? rooms.lost(room.stored.id, lostAtATime, room.offering?.after ?? 0) : [];
    this.#letGo(room, rest);
    if (rest.length === lostAtATime && room.offering !== null) {
      // The other parts of the client have a turn in between.
      room.offering.notBeforeMs = now.monotonicMs + 1;
      return;
    }
    room.offering = null;
    // The server may have taken the user for a stranger before.
    if (!isLost) room.following = { type: 'wanted', atMs: now.monotonicMs };
  }
}

/** Lost entries that one turn goes through. */
const lostAtATime = 128;

function editOf(kind: string, content: Uint8Array): MessageId | null {
  const decoded = kind === 'edit' ? decodeRoomContent(kind, content) : undefined;
  return decoded?.type === 'content' && decoded.content.kind === 'edit' ? decoded.content.of : null;
}
