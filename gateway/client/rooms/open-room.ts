import type { MessageId, PeerKey } from '../../../shared/ids.ts';
import { standingOf } from '../../../shared/rooms/room-state.ts';
import type { RoomRepository, StoredRoom } from '../../store/room-repository.ts';
import { BackOff } from '../../turn/back-off.ts';
import { RoomLog, type RoomLogPorts } from './room-log.ts';
import { RoomOutbox } from './room-outbox.ts';

/** Whether the client gets the entries of a room, by what the server has answered. */
export type Following =
  /** Not asked for: the user has no part in it, or there is no connection. */
  | { readonly type: 'none' }
  | { readonly type: 'wanted'; readonly atMs: number }
  | { readonly type: 'asked'; readonly deadlineMs: number }
  | { readonly type: 'answered' }
  /** The server sends no entries, or no later ones. */
  | { readonly type: 'ended' };

/** Entries that a restored server lacks. */
export interface Offering {
  /** The server's log ends here, as a part of this one; null: it goes on another way, and the lost entries are offered. */
  behind: number | null;
  /** The lost entries up to this number were offered on this connection. Those that the server took are lost until the log has them. */
  after: number;
  /** What was sent and is not answered. */
  sent: Offer | null;
  notBeforeMs: number;
}

interface Offer {
  readonly ids: readonly MessageId[];
  readonly deadlineMs: number;
}

/** One room of the client, while the process runs. */
export class OpenRoom {
  stored: StoredRoom;
  readonly log: RoomLog;
  readonly outbox: RoomOutbox;
  following: Following = { type: 'none' };
  offering: Offering | null = null;
  /** The end of the server's log from which all was offered to it on this connection: it wants no more of that. */
  offeredFrom = -1;
  /** Whether the server has said on this connection that the user is, or was, a member. */
  isListed = false;
  /** When an acknowledgement is sent that waits, or did not leave: the server waits for it before it sends more. */
  ackDueMs: number | null = null;
  /** When the client looks at what this room keeps. */
  retentionDueMs = Number.NEGATIVE_INFINITY;
  /** Whether everything that waited on the server is here: what comes now is news. */
  isLive = false;
  /** Whether entries that were lost before this connection were looked for. */
  isLostChecked = false;
  /** What frontends were told last. */
  shown = '';
  readonly followBackOff = new BackOff(1_000, 60_000);

  constructor(rooms: RoomRepository, stored: StoredRoom, ports: RoomLogPorts) {
    this.stored = stored;
    this.log = new RoomLog(rooms, stored, ports);
    this.outbox = new RoomOutbox(rooms, stored.id);
  }

  isOf(server: PeerKey | undefined): boolean {
    return this.stored.server === server;
  }

  /** Whether the user is a member by the log. */
  isInLog(me: PeerKey): boolean {
    const standing = standingOf(this.log.state, me);
    return this.log.state.about !== null && standing !== 'guest' && standing !== 'banned';
  }

  /** Whether the user is a member by the log, and the server does not say otherwise. */
  isMember(me: PeerKey): boolean {
    return this.isInLog(me) && !isListedOutside(this.stored);
  }

  /** The connection is gone, or another one. */
  handleConnection(): void {
    this.following = { type: 'none' };
    this.offering = null;
    this.offeredFrom = -1;
    this.isListed = false;
    this.ackDueMs = null;
    this.isLive = false;
    this.isLostChecked = false;
    this.outbox.handleConnection();
  }

  /** When the next thing about this room is due. What is due already waits for something else than time. */
  dueMs(nowMs: number): number {
    const { following, offering, ackDueMs } = this;
    const deadlines = [
      following.type === 'wanted' ? following.atMs : undefined,
      following.type === 'asked' ? following.deadlineMs : undefined,
      offering?.sent?.deadlineMs,
      offering?.notBeforeMs,
      this.outbox.dueMs,
      ackDueMs ?? undefined,
      following.type === 'answered' ? this.retentionDueMs : undefined,
    ].filter((ms): ms is number => ms !== undefined && ms > nowMs);
    return Math.min(...deadlines, Number.POSITIVE_INFINITY);
  }
}

/**
 * Whether the server says that the user is no member. It is right also where the log says otherwise: a server that was restored to a time
 * before the user joined does not send a guest the log that it has now.
 */
export function isListedOutside({ listed }: StoredRoom): boolean {
  return (
    listed !== null &&
    listed.access !== 'everyone' &&
    (listed.standing === 'guest' || listed.standing === 'invited')
  );
}
