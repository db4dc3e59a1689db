import type { Address } from '../../shared/address.ts';
import type { PeerKey } from '../../shared/ids.ts';
import { connectionsMax } from '../../shared/limits.ts';
import { encodePacket } from '../../shared/wire/encode.ts';
import { checksumOffset, protocolVersion } from '../../shared/wire/layout.ts';
import type { ConnectionId, PacketOf } from '../../shared/wire/packet.ts';
import type { Connection } from './connection.ts';
import type { ConnectionTable } from './connection-table.ts';
import { Deadlines } from './deadlines.ts';
import { Dial, type DialFailure } from './dial.ts';
import type { EndpointAction } from './events.ts';
import { HalfOpens } from './half-opens.ts';
import type { Outlet } from './outlet.ts';
import { besideIntervalMs } from './timing.ts';

/** How two endpoints meet: HELLO, WELCOME, CONFIRM, and the ACK that shows both that both know (PROTOCOL section 4). */
export class Handshake {
  readonly #me: PeerKey;
  readonly #random: (byteCount: number) => Uint8Array;
  readonly #outlet: Outlet;
  readonly #table: ConnectionTable;
  readonly #dials = new Map<ConnectionId, Dial>();
  readonly #dialsByExpected = new Map<PeerKey, Set<Dial>>();
  readonly #dialsByHelloChecksum = new Map<number, Dial>();
  readonly #confirmingByPeer = new Map<PeerKey, Dial>();
  readonly #deadlines = new Deadlines<Dial>();
  readonly #halfOpens = new HalfOpens();

  constructor(
    me: PeerKey,
    random: (byteCount: number) => Uint8Array,
    outlet: Outlet,
    table: ConnectionTable,
  ) {
    this.#me = me;
    this.#random = random;
    this.#outlet = outlet;
    this.#table = table;
  }

  get dialsRunning(): number {
    return this.#dials.size;
  }

  dial(nowMs: number, action: Extract<EndpointAction, { type: 'dial' }>): void {
    const { dial: token, candidates, expected } = action;
    const live = expected === null ? undefined : this.#table.withPeer(expected);
    if (live !== undefined && live.closing === undefined) {
      const { peer, address } = live.route;
      this.#outlet.tell({ type: 'connected', peer, address, dial: token });
    } else if (expected === this.#me) {
      this.#outlet.tell({ type: 'dial-failed', dial: token, cause: 'wrong-key' });
    } else if (this.#isFull) {
      this.#outlet.tell({ type: 'dial-failed', dial: token, cause: 'limit' });
    } else {
      this.#begin(nowMs, { candidates, expected, tokens: [token], beside: false });
    }
  }

  /** PROTOCOL 4.8: a RESET is a hint that anybody may give, so it only opens a handshake beside the connection. */
  dialBeside(nowMs: number, connection: Connection): void {
    const { peer, address } = connection.route;
    if (nowMs - connection.besideAtMs < besideIntervalMs || this.#dialsByExpected.has(peer)) return;
    if (this.#isFull) return;
    connection.besideAtMs = nowMs;
    this.#begin(nowMs, { candidates: [address], expected: peer, tokens: [], beside: true });
  }

  handleHello(nowMs: number, from: Address, hello: PacketOf<'hello'>): void {
    const { connection: id, initiator, expected } = hello;
    if (initiator === this.#me) return this.#outlet.drop(nowMs, from, 'not-for-me');
    if (expected !== null && expected !== this.#me) {
      // PROTOCOL 4.4: tells who lives here, so that the other side stops calling; nothing is opened.
      this.#outlet.drop(nowMs, from, 'not-for-me');
      return this.#welcome(nowMs, from, id, 0n);
    }
    if (this.#table.withId(id) !== undefined || this.#table.isFinished(id)) {
      return this.#outlet.drop(nowMs, from, 'duplicate');
    }
    const halfOpen = this.#isFull
      ? undefined
      : this.#halfOpens.answer(nowMs, id, from, () => ({
          peer: initiator,
          nonce: this.#randomNumber(),
          meeting: this.#table.nextMeeting(),
        }));
    if (halfOpen === undefined) return this.#outlet.drop(nowMs, from, 'limit');
    if (halfOpen.peer !== initiator) return this.#outlet.drop(nowMs, from, 'malformed');
    this.#welcome(nowMs, from, id, halfOpen.nonce);
  }

  handleWelcome(nowMs: number, from: Address, welcome: PacketOf<'welcome'>): void {
    const { connection: id, responder, nonce } = welcome;
    const dial = this.#dials.get(id);
    if (dial === undefined) return this.#outlet.drop(nowMs, from, 'unknown-connection');
    if (dial.state.type !== 'calling') return this.#outlet.drop(nowMs, from, 'duplicate');
    // PROTOCOL 4.4: only the expected key counts, and nobody meets themselves.
    if (responder === this.#me || (dial.expected !== null && responder !== dial.expected)) {
      this.#outlet.drop(nowMs, from, 'not-for-me');
      return this.#strike(dial, from, 'wrong-key');
    }
    const live = this.#table.withPeer(responder);
    if (live !== undefined && live.closing === undefined && !dial.beside) {
      this.#remove(dial);
      return this.#tellConnected(live, dial.tokens);
    }
    const confirming = this.#confirmingByPeer.get(responder);
    if (confirming !== undefined) {
      this.#remove(dial);
      confirming.tokens.push(...dial.tokens);
      return;
    }
    dial.confirm(nowMs, responder, from, nonce);
    this.#confirmingByPeer.set(responder, dial);
    this.#try(nowMs, dial);
  }

  /** True when it was this endpoint's to judge; false: neither half-open nor live here, or not any more. */
  handleConfirm(nowMs: number, from: Address, confirm: PacketOf<'confirm'>): boolean {
    const { connection: id, nonce } = confirm;
    const live = this.#table.withId(id);
    if (live !== undefined) {
      this.#outlet.drop(nowMs, from, 'duplicate');
      // The first ACK was lost; the nonce shows that this is no stranger.
      if (live.nonce === nonce) this.#acknowledgeConfirm(nowMs, from, id, live.route.peer);
      return true;
    }
    const halfOpen = this.#halfOpens.find(nowMs, id, from);
    if (halfOpen?.nonce !== nonce) return false;
    const { peer, meeting } = halfOpen;
    const current = this.#table.withPeer(peer);
    if (current !== undefined && current.meeting > meeting) {
      // PROTOCOL 4.7: this handshake began before the connection that lives, most likely a crossing one that lost.
      this.#halfOpens.delete(id, from);
      return false;
    }
    if (this.#confirmingByPeer.has(peer) && this.#me < peer) {
      // PROTOCOL 4.7: both confirm; the handshake of the smaller key wins, which is mine.
      this.#outlet.drop(nowMs, from, 'duplicate');
      return true;
    }
    if (this.#isFull) {
      this.#outlet.drop(nowMs, from, 'limit');
      return true;
    }
    this.#halfOpens.delete(id, from);
    this.#acknowledgeConfirm(nowMs, from, id, peer);
    this.#establish(nowMs, { id, peer, address: from, nonce }, []);
    return true;
  }

  /** The connection that was being confirmed under this id, alive from now: only its responder could say so. */
  takeConfirmed(nowMs: number, from: Address, id: ConnectionId): Connection | undefined {
    const dial = this.#confirmingAt(from, id);
    if (dial === undefined || dial.state.type !== 'confirming') return undefined;
    const { peer, address } = dial.state;
    this.#remove(dial);
    return this.#establish(nowMs, { id, peer, address, nonce: null }, dial.tokens);
  }

  /** A RESET for a handshake that is being confirmed: calls again. True if there was one. */
  handleReset(nowMs: number, from: Address, id: ConnectionId): boolean {
    const dial = this.#confirmingAt(from, id);
    if (dial === undefined || dial.state.type !== 'confirming') return false;
    this.#confirmingByPeer.delete(dial.state.peer);
    dial.callAgain(nowMs);
    this.#try(nowMs, dial);
    return true;
  }

  /** PROTOCOL 3.4: only an answer to a HELLO that left from here counts. */
  handleVersion(nowMs: number, from: Address, packet: PacketOf<'version'>): boolean {
    const dial = this.#dialsByHelloChecksum.get(packet.answeredChecksum);
    if (dial?.state.type !== 'calling' || packet.versions.includes(protocolVersion)) {
      this.#outlet.drop(nowMs, from, 'unknown-connection');
      return false;
    }
    this.#strike(dial, from, 'version');
    return true;
  }

  earliestDeadlineMs(): number | undefined {
    return this.#deadlines.earliest();
  }

  handleTimeout(nowMs: number): void {
    for (let due = this.#deadlines.takeDue(nowMs); due !== undefined; due = this.#deadlines.takeDue(nowMs)) {
      this.#try(nowMs, due);
    }
  }

  get #isFull(): boolean {
    return this.#table.size + this.#dials.size >= connectionsMax;
  }

  #begin(nowMs: number, wish: ConstructorParameters<typeof Dial>[3]): void {
    const dial = new Dial(nowMs, this.#randomNumber(), this.#me, wish);
    this.#dials.set(dial.id, dial);
    this.#dialsByHelloChecksum.set(checksumOf(dial.hello), dial);
    if (dial.expected !== null) {
      const others = this.#dialsByExpected.get(dial.expected) ?? new Set();
      this.#dialsByExpected.set(dial.expected, others.add(dial));
    }
    this.#try(nowMs, dial);
  }

  #try(nowMs: number, dial: Dial): void {
    const failure = dial.handleTimeout(nowMs, this.#outlet);
    if (failure === undefined) this.#deadlines.set(dial, dial.nextTryAtMs);
    else this.#fail(dial, failure);
  }

  #strike(dial: Dial, candidate: Address, cause: 'wrong-key' | 'version'): void {
    const failure = dial.strike(candidate, cause);
    if (failure !== undefined) this.#fail(dial, failure);
  }

  #fail(dial: Dial, cause: DialFailure): void {
    this.#remove(dial);
    for (const token of dial.tokens) this.#outlet.tell({ type: 'dial-failed', dial: token, cause });
  }

  #remove(dial: Dial): void {
    this.#dials.delete(dial.id);
    this.#deadlines.delete(dial);
    const checksum = checksumOf(dial.hello);
    if (this.#dialsByHelloChecksum.get(checksum) === dial) this.#dialsByHelloChecksum.delete(checksum);
    if (dial.state.type === 'confirming') this.#confirmingByPeer.delete(dial.state.peer);
    if (dial.expected === null) return;
    const others = this.#dialsByExpected.get(dial.expected);
    others?.delete(dial);
    if (others?.size === 0) this.#dialsByExpected.delete(dial.expected);
  }

  /** A connection lives: whatever else was on its way to the same peer has arrived with it. */
  #establish(
    nowMs: number,
    opening: Parameters<ConnectionTable['open']>[1],
    tokens: readonly string[],
  ): Connection {
    const { peer } = opening;
    const arrived = [...tokens];
    const confirming = this.#confirmingByPeer.get(peer);
    for (const dial of [...(confirming ? [confirming] : []), ...(this.#dialsByExpected.get(peer) ?? [])]) {
      // One dial can stand in both.
      if (!this.#dials.has(dial.id)) continue;
      this.#remove(dial);
      arrived.push(...dial.tokens);
    }
    const connection = this.#table.open(nowMs, opening);
    this.#tellConnected(connection, arrived.length > 0 ? arrived : [null]);
    return connection;
  }

  #tellConnected(connection: Connection, dials: readonly (string | null)[]): void {
    const { peer, address } = connection.route;
    for (const dial of dials) this.#outlet.tell({ type: 'connected', peer, address, dial });
  }

  #welcome(nowMs: number, to: Address, id: ConnectionId, nonce: bigint): void {
    const bytes = encodePacket({ type: 'welcome', connection: id, responder: this.#me, nonce });
    this.#outlet.answer(nowMs, to, bytes);
  }

  /** A CONFIRM counts as number 0 of its connection. */
  #acknowledgeConfirm(nowMs: number, to: Address, id: ConnectionId, peer: PeerKey): void {
    this.#outlet.answer(nowMs, to, encodePacket({ type: 'ack', connection: id, sequence: 0 }), peer);
  }

  #confirmingAt(from: Address, id: ConnectionId): Dial | undefined {
    const dial = this.#dials.get(id);
    if (dial?.state.type !== 'confirming') return undefined;
    const { host, port } = dial.state.address;
    return host === from.host && port === from.port ? dial : undefined;
  }

  #randomNumber(): bigint {
    const bytes = this.#random(8);
    return new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0);
  }
}

function checksumOf(datagram: Uint8Array): number {
  return new DataView(datagram.buffer, datagram.byteOffset, datagram.length).getUint32(checksumOffset);
}
