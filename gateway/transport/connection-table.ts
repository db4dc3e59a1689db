import type { PeerKey } from '../../shared/ids.ts';
import { finishedConnectionIdsMax, reassemblyBytesMax, sendQueuesBytesMax } from '../../shared/limits.ts';
import { encodePacket } from '../../shared/wire/encode.ts';
import type { ConnectionId } from '../../shared/wire/packet.ts';
import { ByteBudget } from './byte-budget.ts';
import { type Budgets, Connection, type Opening } from './connection.ts';
import { Deadlines } from './deadlines.ts';
import type { CloseReason } from './events.ts';
import type { Outlet } from './outlet.ts';

/** The live connections, at most one to each peer, and the ids of those that were. */
export class ConnectionTable {
  readonly #outlet: Outlet;
  readonly #budgets: Budgets = {
    unfinished: new ByteBudget(reassemblyBytesMax),
    queued: new ByteBudget(sendQueuesBytesMax),
  };
  readonly #byId = new Map<ConnectionId, Connection>();
  readonly #byPeer = new Map<PeerKey, Connection>();
  readonly #deadlines = new Deadlines<Connection>();
  /** The oldest first; the reason of those that this side closed. */
  readonly #finished = new Map<ConnectionId, CloseReason | null>();
  #meetings = 0;

  constructor(outlet: Outlet) {
    this.#outlet = outlet;
  }

  get size(): number {
    return this.#byId.size;
  }

  withId(id: ConnectionId): Connection | undefined {
    return this.#byId.get(id);
  }

  withPeer(peer: PeerKey): Connection | undefined {
    return this.#byPeer.get(peer);
  }

  isFinished(id: ConnectionId): boolean {
    return this.#finished.has(id);
  }

  /** Why this side closed the connection `id`, if it did. */
  reasonOfClosed(id: ConnectionId): CloseReason | undefined {
    return this.#finished.get(id) ?? undefined;
  }

  /** Numbers half-open and live meetings in one row: tells which of two came later. */
  nextMeeting(): number {
    return ++this.#meetings;
  }

  /** PROTOCOL 4.6: a newer connection to the same peer takes the place of the older one. */
  open(nowMs: number, opening: Opening): Connection {
    const older = this.#byPeer.get(opening.peer);
    if (older !== undefined) {
      older.handBack('replaced');
      this.#forget(older, null);
    }
    const connection = new Connection(nowMs, opening, this.nextMeeting(), this.#outlet, this.#budgets);
    this.#byId.set(opening.id, connection);
    this.#byPeer.set(opening.peer, connection);
    this.update(nowMs, connection);
    return connection;
  }

  /** After every change of a connection: its deadline, and its end if it was only waiting for its last ACK. */
  update(nowMs: number, connection: Connection): void {
    if (connection.isReadyToClose) this.#sayClose(nowMs, connection);
    else this.#deadlines.set(connection, connection.deadlineMs);
  }

  /** The peer said CLOSE. */
  closedByPeer(connection: Connection, reason: CloseReason): void {
    connection.handBack('closed');
    this.#forget(connection, null);
    this.#tellDisconnected(connection, reason);
  }

  earliestDeadlineMs(): number | undefined {
    return this.#deadlines.earliest();
  }

  handleTimeout(nowMs: number): void {
    for (let due = this.#deadlines.takeDue(nowMs); due !== undefined; due = this.#deadlines.takeDue(nowMs)) {
      const death = due.handleTimeout(nowMs);
      if (death === undefined) {
        this.update(nowMs, due);
        continue;
      }
      due.handBack('unreachable');
      if (due.closing !== undefined) this.#sayClose(nowMs, due);
      else {
        this.#forget(due, null);
        this.#tellDisconnected(due, death);
      }
    }
  }

  /** PROTOCOL 5.12: one CLOSE, not acknowledged; what the peer still sends is answered by CLOSE again. */
  #sayClose(nowMs: number, connection: Connection): void {
    const reason = connection.closing ?? 'goodbye';
    const { id, peer, address } = connection.route;
    this.#outlet.answer(nowMs, address, encodePacket({ type: 'close', connection: id, reason }), peer);
    connection.handBack('closed');
    this.#forget(connection, reason);
  }

  #forget(connection: Connection, reason: CloseReason | null): void {
    const { id, peer } = connection.route;
    this.#byId.delete(id);
    this.#byPeer.delete(peer);
    this.#deadlines.delete(connection);
    this.#finished.set(id, reason);
    if (this.#finished.size <= finishedConnectionIdsMax) return;
    for (const oldest of this.#finished.keys()) {
      this.#finished.delete(oldest);
      break;
    }
  }

  /** The role that closed has forgotten the peer already and is told nothing. */
  #tellDisconnected(connection: Connection, cause: 'unreachable' | 'silence' | CloseReason): void {
    if (connection.closing !== undefined) return;
    this.#outlet.tell({ type: 'disconnected', peer: connection.route.peer, cause });
  }
}
