import { isConversationKind } from '../../../shared/chat/content-kinds.ts';
import { roomConversation } from '../../../shared/conversation.ts';
import type { PeerKey } from '../../../shared/ids.ts';
import { roomEntryRowBytes } from '../../../shared/limits.ts';
import type { Moment } from '../../../shared/moment.ts';
import { isRoomKind, type Retention } from '../../../shared/rooms/content.ts';
import type { LogEntry } from '../../../shared/rooms/entry.ts';
import type { ClientStore } from '../../store/client-store.ts';
import type { Eraser } from '../../turn/eraser.ts';
import type { ServerClock } from '../connections/server-clock.ts';
import type { ClientContext } from '../context.ts';
import type { OpenRoom } from './open-room.ts';
import type { RoomRegistry } from './room-registry.ts';

/** The client looks this often at what its rooms keep, as the server does. */
const sweepIntervalMs = 60_000;
/** Entries that one turn goes through, so that no turn takes long. */
const cutInTurnMax = 200;
const dayMs = 86_400_000;

export interface RoomRetentionOptions {
  readonly store: ClientStore;
  readonly context: Pick<ClientContext, 'emit'>;
  readonly me: PeerKey;
  readonly clock: Pick<ServerClock, 'serverMs'>;
  readonly eraser: Pick<Eraser, 'eraseSoon'>;
  readonly registry: RoomRegistry;
}

/**
 * PROTOCOL 10.26: the copy of a member follows the retention of its room. What the room does not keep is shown no longer, and its words
 * are erased. The entries stay without them, so that a server that lost the room gets all of its log back.
 */
export class RoomRetention {
  readonly #options: RoomRetentionOptions;

  constructor(options: RoomRetentionOptions) {
    this.#options = options;
  }

  /** Cuts the copy of a room, if it is time to look at it. */
  proceed(now: Moment, room: OpenRoom): void {
    if (room.following.type !== 'answered' || room.retentionDueMs > now.monotonicMs) return;
    const { retention = {} } = room.log.state.about ?? {};
    // A former member keeps what it had.
    if (Object.keys(retention).length === 0 || !room.isMember(this.#options.me)) return;
    const hasMore = this.#cut(now, room, retention);
    room.retentionDueMs = now.monotonicMs + (hasMore ? 1 : sweepIntervalMs);
  }

  /** Returns whether there may be more to cut. */
  #cut(now: Moment, room: OpenRoom, retention: Retention): boolean {
    const { store, context, eraser, registry } = this.#options;
    const { id, cutAt } = room.stored;
    const dropped = this.#dropped(now, room, retention);
    const last = dropped.at(-1)?.position.seq;
    if (last === undefined) return false;
    const erased = dropped.filter(
      ({ header }) => isConversationKind(header.kind) || !isRoomKind(header.kind),
    );
    store.rooms.eraseAt(
      id,
      erased.map(({ position }) => position.seq),
    );
    const conversation = roomConversation(id);
    for (const message of store.messages.removeUpTo(conversation, last, Number.MAX_SAFE_INTEGER))
      context.emit({ type: 'discarded', conversation, id: message });
    eraser.eraseSoon(now);
    registry.update(room, { cutAt: Math.max(cutAt, last) });
    registry.show(room);
    return true;
  }

  /** The oldest entries that the room does not keep. */
  #dropped(now: Moment, room: OpenRoom, { count, bytes, days }: Retention): LogEntry[] {
    const { rooms } = this.#options.store;
    const { id, cutAt } = room.stored;
    const keptFrom = count === undefined ? 0 : room.log.head.seq - count + 1;
    let excess = bytes === undefined ? 0 : rooms.bytesBehind(id, cutAt) - bytes;
    const keptSinceMs = days === undefined ? Number.NEGATIVE_INFINITY : this.#nowMs(now) - days * dayMs;
    if (excess <= 0 && keptFrom <= cutAt + 1 && days === undefined) return [];
    const dropped: LogEntry[] = [];
    for (const { entry } of rooms.entriesFrom(id, cutAt + 1, cutInTurnMax)) {
      const { seq, takenAtMs } = entry.position;
      if (seq >= keptFrom && excess <= 0 && takenAtMs >= keptSinceMs) break;
      dropped.push(entry);
      excess -= roomEntryRowBytes + (entry.content?.length ?? 0);
    }
    return dropped;
  }

  /** One clock that is wrong must not erase everything, so the earlier one of the two counts. */
  #nowMs(now: Moment): number {
    return Math.min(now.wallMs, this.#options.clock.serverMs(now) ?? Number.NEGATIVE_INFINITY);
  }
}
