import { type Address, isSameAddress } from '../../shared/address.ts';
import { type PeerKey, peerKeyFromBytes } from '../../shared/ids.ts';
import { connectionsMax } from '../../shared/limits.ts';
import { encodePacket } from '../../shared/wire/encode.ts';
import { decodeFrames } from '../../shared/wire/frames.ts';
import { checksumOffset, protocolVersion } from '../../shared/wire/layout.ts';
import type { ConnectionIndex, PacketOf, TransportPacket } from '../../shared/wire/packet.ts';
import {
  decodeParameters,
  encodeParameters,
  type Parameters,
  type Profile,
} from '../../shared/wire/parameters.ts';
import type { Connection, Opening } from './connection.ts';
import type { ConnectionTable } from './connection-table.ts';
import { Deadlines } from './deadlines.ts';
import { Dial, type DialFailure, type DialWish } from './dial.ts';
import type { EndpointAction } from './events.ts';
import type { HandshakeContext } from './handshake-context.ts';
import type { OutputQueue } from './output-queue.ts';
import type { NoiseHandshake } from './ports.ts';
import { type Proved, Responder } from './responder.ts';
import { besideIntervalMs } from './timing.ts';

/** How two endpoints meet: INITIATION, RESPONSE, CONFIRMATION, and the first sealed packet (PROTOCOL section 4). */
export class Handshake {
  readonly #kit: HandshakeContext;
  readonly #me: PeerKey;
  readonly #outlet: OutputQueue;
  readonly #table: ConnectionTable;
  readonly #dials = new Map<ConnectionIndex, Dial>();
  readonly #dialsByExpected = new Map<PeerKey, Set<Dial>>();
  readonly #dialsByChecksum = new Map<number, Dial>();
  readonly #confirmingByPeer = new Map<PeerKey, Dial>();
  readonly #deadlines = new Deadlines<Dial>();
  /** Connections whose peers were asked for a sign of life, until then. */
  readonly #doubts = new Deadlines<Connection>();
  readonly #responder: Responder;

  constructor(me: PeerKey, kit: HandshakeContext, outlet: OutputQueue, table: ConnectionTable) {
    this.#me = me;
    this.#kit = kit;
    this.#outlet = outlet;
    this.#table = table;
    this.#responder = new Responder(kit, outlet, () => table.nextMeeting());
  }

  get dialsRunning(): number {
    return this.#dials.size;
  }

  halfOpenCount(nowMs: number): number {
    return this.#responder.halfOpenCount(nowMs);
  }

  // --- the initiator ---------------------------------------------------------------------------------------

  dial(nowMs: number, action: Extract<EndpointAction, { type: 'dial' }>): void {
    const { dial: token, candidates, expected } = action;
    const live = expected === null ? undefined : this.#table.withPeer(expected);
    if (live !== undefined && live.closing === undefined) {
      this.#outlet.emit({ type: 'connected', peer: live.peer, address: live.address, dial: token });
    } else if (expected === this.#me) {
      this.#outlet.emit({ type: 'dial-failed', dial: token, cause: 'wrong-key', found: this.#me });
    } else if (this.#isFull) {
      this.#outlet.emit({ type: 'dial-failed', dial: token, cause: 'limit' });
    } else {
      this.#begin(nowMs, { candidates, expected, tokens: [token], beside: false });
    }
  }

  /** PROTOCOL 4.9: anybody can forge a RESET, so the peer is asked first, and only its silence opens a handshake beside. */
  handleReset(nowMs: number, connection: Connection): void {
    if (nowMs - connection.besideAtMs < besideIntervalMs) return;
    connection.besideAtMs = nowMs;
    this.#doubts.set(connection, connection.askForSign(nowMs));
    this.#table.update(connection);
  }

  /** The role knows of a reason why the peer may be another process by now. */
  handleHint(nowMs: number, connection: Connection, candidates: readonly Address[]): void {
    if (nowMs - connection.besideAtMs < besideIntervalMs) return;
    connection.besideAtMs = nowMs;
    this.#dialBeside(nowMs, connection.peer, candidates);
  }

  /** PROTOCOL 4.11: a wish that has changed since it was told is told by a new connection. */
  handleWish(nowMs: number, connection: Connection): void {
    const { peer, address, wish, closing } = connection;
    if (closing === undefined && wish !== this.#kit.wishFor(peer)) this.#dialBeside(nowMs, peer, [address]);
  }

  handleRetry(nowMs: number, from: Address, { receiver, token }: PacketOf<'retry'>): void {
    const dial = this.#dials.get(receiver);
    if (dial === undefined) return this.#outlet.drop(nowMs, from, 'unknown-connection');
    if (!dial.handleRetry(nowMs, from, Uint8Array.from(token), this.#outlet)) {
      this.#outlet.drop(nowMs, from, 'duplicate');
    }
  }

  handleResponse(nowMs: number, from: Address, response: PacketOf<'response'>): void {
    const dial = this.#dials.get(response.receiver);
    if (dial === undefined) return this.#outlet.drop(nowMs, from, 'unknown-connection');
    if (dial.state.type !== 'calling') return this.#outlet.drop(nowMs, from, 'duplicate');
    // PROTOCOL 4.2: who was not called does not answer.
    if (!dial.isCalling(from)) return this.#outlet.drop(nowMs, from, 'not-for-me');
    const read = dial.handshake.read(response.message);
    const remoteKey = read?.next.remoteStaticKey;
    if (read === undefined || remoteKey === undefined) return this.#outlet.drop(nowMs, from, 'forged');
    const responder = peerKeyFromBytes(remoteKey);
    // PROTOCOL 4.5: only the expected key counts, and nobody meets themselves; the third message, which would show who
    // I am, is not even made.
    if (responder === this.#me || (dial.expected !== null && responder !== dial.expected)) {
      this.#outlet.drop(nowMs, from, 'not-for-me');
      return dial.refuse(from, { cause: 'wrong-key', found: responder });
    }
    const peerParameters = decodeParameters(read.payload);
    if (peerParameters === undefined) return this.#outlet.drop(nowMs, from, 'malformed');
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
    this.#confirm(nowMs, from, dial, { response, handshake: read.next, peer: responder, peerParameters });
  }

  /** A sealed packet for a dial that confirms: only its responder could seal it, so the connection lives. */
  takeConfirmed(nowMs: number, from: Address, packet: TransportPacket): Connection | undefined {
    const dial = this.#dials.get(packet.receiver);
    if (dial?.state.type !== 'confirming') return undefined;
    const { peer, address, session, peerParameters, wish } = dial.state;
    const opened = session.open(nowMs, packet, 0);
    if (opened.type !== 'opened') {
      this.#outlet.drop(nowMs, from, opened.cause);
      return undefined;
    }
    this.#remove(dial);
    const isClassic = saysClassic(opened.plaintext);
    const profile = profileOf(wish, peerParameters.profile, isClassic ? 'classic' : 'normal');
    const opening = { peer, address, session, peerParameters, wish, profile, confirmation: null };
    const connection = this.#establish(nowMs, opening, dial.tokens);
    connection.handleOpened(nowMs, from, packet, opened);
    return connection;
  }

  /** A CONFIRMATION counts only from the address of its INITIATION, which may be gone: all call again, with the calls left. */
  handleNetworkChange(nowMs: number): void {
    for (const dial of [...this.#dials.values()]) this.#callAgain(nowMs, dial);
  }

  isConfirming(index: ConnectionIndex): boolean {
    return this.#dials.get(index)?.state.type === 'confirming';
  }

  /** A RESET for a handshake that is being confirmed: calls again. True if there was one. */
  handleResetOfConfirming(
    nowMs: number,
    from: Address,
    remoteIndex: ConnectionIndex,
    answered: Uint8Array,
  ): boolean {
    for (const dial of this.#confirmingByPeer.values()) {
      const { state } = dial;
      if (state.type !== 'confirming' || state.session.remoteIndex !== remoteIndex) continue;
      if (!isSameAddress(state.address, from) || !answered.every((byte, at) => byte === state.bytes[at + 4]))
        continue;
      this.#callAgain(nowMs, dial);
      return true;
    }
    return false;
  }

  /** PROTOCOL 3.4: only an answer to an INITIATION that left from here counts. */
  handleVersion(nowMs: number, from: Address, packet: PacketOf<'version'>): boolean {
    const dial = this.#dialsByChecksum.get(packet.answeredChecksum);
    if (dial?.state.type !== 'calling' || packet.versions.includes(protocolVersion)) {
      this.#outlet.drop(nowMs, from, 'unknown-connection');
      return false;
    }
    dial.refuse(from, { cause: 'version' });
    return true;
  }

  // --- the responder ---------------------------------------------------------------------------------------

  handleInitiation(nowMs: number, from: Address, initiation: PacketOf<'initiation'>): void {
    if (this.#responder.answerAgain(nowMs, from, initiation)) return;
    if (this.#isFull) return this.#outlet.drop(nowMs, from, 'limit');
    this.#responder.answer(nowMs, from, initiation, () => this.#freeIndex(nowMs));
  }

  /** True when it was this endpoint's to judge; false: neither half-open nor live here, or not any more. */
  handleConfirmation(nowMs: number, from: Address, confirmation: PacketOf<'confirmation'>): boolean {
    const live = this.#table.withIndex(confirmation.receiver);
    if (live !== undefined) {
      live.handleConfirmationAgain(nowMs, from, confirmation.message);
      return true;
    }
    const proved = this.#responder.prove(nowMs, from, confirmation);
    if (proved === 'unknown') return false;
    if (proved !== 'forged') return this.#judge(nowMs, proved);
    this.#outlet.drop(nowMs, from, 'forged');
    return true;
  }

  earliestDeadlineMs(): number | undefined {
    const dialMs = this.#deadlines.earliest();
    const doubtMs = this.#doubts.earliest();
    return dialMs === undefined || doubtMs === undefined ? (dialMs ?? doubtMs) : Math.min(dialMs, doubtMs);
  }

  handleTimeout(nowMs: number): void {
    for (let due = this.#deadlines.takeDue(nowMs); due !== undefined; due = this.#deadlines.takeDue(nowMs)) {
      this.#try(nowMs, due);
    }
    for (let due = this.#doubts.takeDue(nowMs); due !== undefined; due = this.#doubts.takeDue(nowMs)) {
      const isLive = this.#table.withPeer(due.peer) === due && due.closing === undefined;
      if (isLive && due.lastReceivedAtMs <= due.besideAtMs) this.#dialBeside(nowMs, due.peer, [due.address]);
    }
  }

  // --- inside ----------------------------------------------------------------------------------------------

  get #isFull(): boolean {
    return this.#table.size + this.#dials.size >= connectionsMax;
  }

  /** A dial that runs already leads to a connection where everything is looked at again. */
  #dialBeside(nowMs: number, peer: PeerKey, candidates: readonly Address[]): void {
    if (this.#dialsByExpected.has(peer) || this.#isFull) return;
    this.#begin(nowMs, { candidates, expected: peer, tokens: [], beside: true });
  }

  /** Whether a connection whose peer has proved its key lives is a matter of what else lives. */
  #judge(nowMs: number, proved: Proved): boolean {
    const { peer, from, localIndex, remoteIndex, meeting, peerParameters, keys, message } = proved;
    if (peer === this.#me) {
      this.#responder.forget(localIndex);
      this.#outlet.drop(nowMs, from, 'not-for-me');
      return true;
    }
    const current = this.#table.withPeer(peer);
    if (current !== undefined && current.meeting > meeting) {
      // PROTOCOL 4.8: this handshake began before the connection that lives, most likely a crossing one that lost.
      this.#responder.forget(localIndex);
      return false;
    }
    if (this.#confirmingByPeer.has(peer) && this.#me < peer) {
      // PROTOCOL 4.8: both confirm; the handshake of the smaller key wins, which is mine.
      this.#outlet.drop(nowMs, from, 'duplicate');
      return true;
    }
    if (this.#isFull) {
      this.#outlet.drop(nowMs, from, 'limit');
      return true;
    }
    this.#responder.forget(localIndex);
    const session = this.#kit.session(nowMs, keys, localIndex, remoteIndex);
    const wish = this.#kit.wishFor(peer);
    const profile = profileOf(wish, peerParameters.profile);
    const confirmation = Uint8Array.from(message);
    const opening = { peer, address: from, session, peerParameters, wish, profile, confirmation };
    this.#establish(nowMs, opening, []).confirm(nowMs);
    return true;
  }

  #confirm(
    nowMs: number,
    address: Address,
    dial: Dial,
    met: {
      readonly response: PacketOf<'response'>;
      readonly handshake: NoiseHandshake;
      readonly peer: PeerKey;
      readonly peerParameters: Parameters;
    },
  ): void {
    const { response, handshake, peer, peerParameters } = met;
    const wish = this.#kit.wishFor(peer);
    const message = handshake.write(encodeParameters(this.#kit.parameters(wish)));
    const { keys } = handshake;
    if (message === undefined || keys === undefined) return this.#outlet.drop(nowMs, address, 'forged');
    const bytes = encodePacket({ type: 'confirmation', receiver: response.sender, message });
    const session = this.#kit.session(nowMs, keys, dial.localIndex, response.sender);
    dial.confirm(nowMs, { peer, address, session, peerParameters, wish, bytes });
    this.#confirmingByPeer.set(peer, dial);
    this.#try(nowMs, dial);
  }

  #begin(nowMs: number, wish: DialWish): void {
    const handshake = this.#kit.begin('initiator');
    const message = handshake.write(new Uint8Array(0));
    // The first message holds nothing that could be refused.
    if (message === undefined) throw new Error('a first message without a key exchange has failed');
    const dial = new Dial(nowMs, this.#freeIndex(nowMs), handshake, message, wish);
    this.#dials.set(dial.localIndex, dial);
    this.#dialsByChecksum.set(checksumOf(dial.initiation), dial);
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

  #callAgain(nowMs: number, dial: Dial): void {
    if (dial.state.type === 'confirming') this.#confirmingByPeer.delete(dial.state.peer);
    dial.callAgain(nowMs);
    this.#try(nowMs, dial);
  }

  #fail(dial: Dial, failure: DialFailure): void {
    this.#remove(dial);
    for (const token of dial.tokens) this.#outlet.emit({ type: 'dial-failed', dial: token, ...failure });
  }

  #remove(dial: Dial): void {
    this.#dials.delete(dial.localIndex);
    this.#deadlines.delete(dial);
    const checksum = checksumOf(dial.initiation);
    if (this.#dialsByChecksum.get(checksum) === dial) this.#dialsByChecksum.delete(checksum);
    if (dial.state.type === 'confirming') this.#confirmingByPeer.delete(dial.state.peer);
    if (dial.expected === null) return;
    const others = this.#dialsByExpected.get(dial.expected);
    others?.delete(dial);
    if (others?.size === 0) this.#dialsByExpected.delete(dial.expected);
  }

  /** A connection lives: whatever else was on its way to the same peer has arrived with it. */
  #establish(nowMs: number, opening: Opening, tokens: readonly string[]): Connection {
    const { peer } = opening;
    const arrived = [...tokens];
    const confirming = this.#confirmingByPeer.get(peer);
    for (const dial of [...(confirming ? [confirming] : []), ...(this.#dialsByExpected.get(peer) ?? [])]) {
      // One dial can stand in both.
      if (!this.#dials.has(dial.localIndex)) continue;
      this.#remove(dial);
      arrived.push(...dial.tokens);
    }
    const connection = this.#table.open(nowMs, opening);
    this.#tellConnected(connection, arrived.length > 0 ? arrived : [null]);
    // It may have changed while the handshake ran.
    this.handleWish(nowMs, connection);
    return connection;
  }

  #tellConnected({ peer, address }: Connection, dials: readonly (string | null)[]): void {
    for (const dial of dials) this.#outlet.emit({ type: 'connected', peer, address, dial });
  }

  #freeIndex(nowMs: number): ConnectionIndex {
    for (;;) {
      const bytes = this.#kit.random(4);
      const index = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0);
      const isTaken =
        this.#dials.has(index) ||
        this.#table.withIndex(index) !== undefined ||
        this.#responder.hasIndex(nowMs, index);
      if (!isTaken) return index;
    }
  }
}

/** PROTOCOL 4.1: it is enough that one side wants the original's rule. */
function profileOf(...wishes: readonly Profile[]): Profile {
  return wishes.includes('classic') ? 'classic' : 'normal';
}

function saysClassic(plaintext: Uint8Array): boolean {
  const frames = decodeFrames(plaintext);
  return frames !== 'malformed' && frames.some(({ type }) => type === 'classic');
}

function checksumOf(datagram: Uint8Array): number {
  return new DataView(datagram.buffer, datagram.byteOffset, datagram.length).getUint32(checksumOffset);
}
