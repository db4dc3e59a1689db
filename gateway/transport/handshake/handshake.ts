import { type Address, isSameAddress } from '../../../shared/address.ts';
import { type InstanceId, type PeerKey, peerKeyFromBytes } from '../../../shared/ids.ts';
import { encodePacket } from '../../../shared/wire/encode.ts';
import { decodeFrames } from '../../../shared/wire/frames.ts';
import {
  checksumOffset,
  type Pattern,
  protocolVersion,
  responseLayout,
} from '../../../shared/wire/layout.ts';
import type { ConnectionIndex, PacketOf, TransportPacket } from '../../../shared/wire/packet.ts';
import { decodeParameters, type Parameters, type Profile } from '../../../shared/wire/parameters.ts';
import type { Connection, HandshakeResult, RedialTargets } from '../connection/connection.ts';
import type { ConnectionTable } from '../connection/connection-table.ts';
import { Deadlines } from '../deadlines.ts';
import { Dial, type DialFailure, type DialRequest } from './dial.ts';
import type { EndpointAction } from '../events.ts';
import type { AnswerLimits } from '../answer-limits.ts';
import type { HandshakeContext } from './handshake-context.ts';
import type { OutputQueue } from '../output-queue.ts';
import type { NoiseHandshake } from '../ports.ts';
import { type ProvedPeer, Responder } from './responder.ts';
import { redialIntervalMs, successionMs } from '../timing.ts';

/** The handshake of two endpoints: INITIATION, RESPONSE, CONFIRMATION, and the first sealed packet (PROTOCOL section 4). */
export class Handshake {
  readonly #context: HandshakeContext;
  readonly #ownKey: PeerKey;
  readonly #output: OutputQueue;
  readonly #table: ConnectionTable;
  readonly #dials = new Map<ConnectionIndex, Dial>();
  readonly #dialsByExpected = new Map<PeerKey, Set<Dial>>();
  readonly #dialsByChecksum = new Map<number, Dial>();
  /** By peer and instance. */
  readonly #confirming = new Map<string, Dial>();
  readonly #deadlines = new Deadlines<Dial>();
  /** Connections to peers that must answer a liveness check by this time. */
  readonly #livenessChecks = new Deadlines<Connection>();
  /** Connections of peers with a newer process. They end then unless something has come. */
  readonly #successions = new Deadlines<Connection>();
  readonly #responder: Responder;

  constructor(
    ownKey: PeerKey,
    context: HandshakeContext,
    output: OutputQueue,
    table: ConnectionTable,
    answers: AnswerLimits,
  ) {
    this.#ownKey = ownKey;
    this.#context = context;
    this.#output = output;
    this.#table = table;
    this.#responder = new Responder(context, output, answers, () => table.nextGeneration());
  }

  get dialsRunning(): number {
    return this.#dials.size;
  }

  halfOpenCount(nowMs: number): number {
    return this.#responder.halfOpenCount(nowMs);
  }

  // --- the initiator ---------------------------------------------------------------------------------------

  dial(nowMs: number, action: Extract<EndpointAction, { type: 'dial' }>): void {
    const { dial: token, candidates, claims = [], expected } = action;
    const live = expected === null ? undefined : this.#table.withPeer(expected);
    if (live !== undefined && live.closing === undefined) {
      this.#emitConnected(live, [token]);
    } else if (expected === this.#ownKey) {
      this.#output.emit({ type: 'dial-failed', dial: token, cause: 'wrong-key', found: this.#ownKey });
    } else if (expected !== null && this.#context.refuses(nowMs, expected)) {
      this.#output.emit({ type: 'dial-failed', dial: token, cause: 'no-answer' });
    } else if (!this.#table.makeRoom(nowMs, this.dialsRunning)) {
      this.#output.emit({ type: 'dial-failed', dial: token, cause: 'limit' });
    } else {
      this.#begin(nowMs, {
        candidates,
        claims,
        expected,
        tokens: [token],
        redialOf: null,
        probeOtherKey: action.probeOtherKey === true,
      });
    }
  }

  /** PROTOCOL 4.9: anyone can forge a RESET, so the peer gets a liveness check first. A redial begins only if it stays silent. */
  handleReset(nowMs: number, connection: Connection): void {
    this.redial(nowMs, connection, { candidates: [connection.address] });
  }

  /** Checks whether the peer is still there. If it stays silent, dials it at these addresses beside the live connection. */
  redial(
    nowMs: number,
    connection: Connection,
    { candidates, claims = [] }: Pick<Extract<EndpointAction, { type: 'redial' }>, 'candidates' | 'claims'>,
  ): void {
    if (nowMs - connection.lastRedialAtMs < redialIntervalMs) return;
    connection.lastRedialAtMs = nowMs;
    connection.redialTo = { candidates, claims };
    this.#livenessChecks.set(connection, connection.checkLiveness(nowMs));
    this.#table.update(connection);
  }

  /** PROTOCOL 4.11: a changed profile needs a new connection: the handshake carries it. */
  renegotiateProfile(nowMs: number, connection: Connection): void {
    const { peer, address, requestedProfile, closing } = connection;
    if (closing === undefined && requestedProfile !== this.#context.requestedProfileFor(peer))
      this.#beginRedial(nowMs, connection, { candidates: [address], claims: [] });
  }

  handleRetry(nowMs: number, from: Address, { receiver, token }: PacketOf<'retry'>): void {
    const dial = this.#dials.get(receiver);
    if (dial === undefined) return this.#output.drop('unknown-connection');
    if (!dial.handleRetry(nowMs, from, Uint8Array.from(token), this.#output)) {
      this.#output.drop('duplicate');
    }
  }

  handleResponse(nowMs: number, from: Address, response: PacketOf<'response'>): void {
    const dial = this.#dials.get(response.receiver);
    if (dial === undefined) return this.#output.drop('unknown-connection');
    if (dial.state.type !== 'initiating') return this.#output.drop('duplicate');
    // PROTOCOL 4.2: only a candidate of this dial may answer.
    if (!dial.isCandidate(from)) return this.#output.drop('not-for-me');
    // PROTOCOL 4.3: no answer is larger than its INITIATION.
    if (responseLayout.message + response.message.length > dial.initiation.length)
      return this.#output.drop('malformed');
    if (!dial.readsResponses) return this.#output.drop('limit');
    const read = dial.handshake.read(response.message);
    const remoteKey = read?.next.remoteStaticKey;
    if (read === undefined || remoteKey === undefined) {
      dial.noteForgedResponse();
      return this.#output.drop('forged');
    }
    const responder = peerKeyFromBytes(remoteKey);
    // PROTOCOL 4.5: only the expected key counts, and never the own key. The third message, which would show the own
    // identity, is not even made.
    if (responder === this.#ownKey || (dial.expected !== null && responder !== dial.expected)) {
      this.#output.drop('not-for-me');
      return dial.refuse(from, { cause: 'wrong-key', found: responder });
    }
    // PROTOCOL 4.14: the CONFIRMATION, which would show the own identity, is not made.
    if (this.#context.refuses(nowMs, responder)) return this.#output.drop('not-for-me');
    const peerParameters = decodeParameters(read.payload);
    if (peerParameters === undefined) return this.#output.drop('malformed');
    // PROTOCOL 3.5.
    if (this.#context.isDowngrade(peerParameters.versions)) {
      this.#output.drop('other-version');
      return dial.refuse(from, { cause: 'version' });
    }
    const { instance } = peerParameters;
    const live = this.#table.withPeer(responder, instance);
    if (live !== undefined && live.closing === undefined && dial.redialOf === null) {
      this.#remove(dial);
      return this.#emitConnected(live, dial.tokens);
    }
    const confirming = this.#confirming.get(connectionKey(responder, instance));
    if (confirming !== undefined) {
      this.#remove(dial);
      confirming.tokens.push(...dial.tokens);
      return;
    }
    this.#confirm(nowMs, from, dial, { response, handshake: read.next, peer: responder, peerParameters });
  }

  /** Opens a sealed packet for a confirming dial: only its responder could seal it, so the connection is established. */
  completeDial(nowMs: number, from: Address, packet: TransportPacket): Connection | undefined {
    const dial = this.#dials.get(packet.receiver);
    if (dial?.state.type !== 'confirming') return undefined;
    const { peer, address, packetCrypto, handshakeHash, peerParameters, requestedProfile } = dial.state;
    if (this.#context.refuses(nowMs, peer)) {
      this.#output.drop('not-for-me');
      return undefined;
    }
    const opened = packetCrypto.open(nowMs, packet, 0);
    if (opened.type !== 'opened') {
      this.#output.drop(opened.cause);
      return undefined;
    }
    this.#remove(dial);
    const isClassic = requestsClassic(opened.plaintext);
    const profile = profileOf(requestedProfile, peerParameters.profile, isClassic ? 'classic' : 'normal');
    const result = {
      peer,
      address,
      packetCrypto,
      handshakeHash,
      peerParameters,
      requestedProfile,
      profile,
      confirmation: null,
    };
    const connection = this.#establish(nowMs, result, dial.tokens);
    connection.handleOpened(nowMs, from, packet, opened);
    return connection;
  }

  /** Restarts all dials: a CONFIRMATION counts only from the address of its INITIATION, which may be gone. Attempts go on counting. */
  handleNetworkChange(nowMs: number): void {
    for (const dial of [...this.#dials.values()]) this.#restart(nowMs, dial);
  }

  isConfirming(index: ConnectionIndex): boolean {
    return this.#dials.get(index)?.state.type === 'confirming';
  }

  /** Restarts a confirming dial that this RESET belongs to. Returns whether there was one. */
  handleResetOfConfirming(
    nowMs: number,
    from: Address,
    remoteIndex: ConnectionIndex,
    answered: Uint8Array,
  ): boolean {
    for (const dial of this.#confirming.values()) {
      const { state } = dial;
      if (state.type !== 'confirming' || state.packetCrypto.remoteIndex !== remoteIndex) continue;
      if (!isSameAddress(state.address, from) || !answered.every((byte, at) => byte === state.bytes[at + 4]))
        continue;
      this.#restart(nowMs, dial);
      return true;
    }
    return false;
  }

  /** PROTOCOL 3.4: VERSION counts only as an answer to an INITIATION of this endpoint. */
  handleVersion(nowMs: number, from: Address, packet: PacketOf<'version'>): boolean {
    const dial = this.#dialsByChecksum.get(packet.answeredChecksum);
    if (dial?.state.type !== 'initiating' || packet.versions.includes(protocolVersion)) {
      this.#output.drop('unknown-connection');
      return false;
    }
    dial.refuse(from, { cause: 'version' });
    return true;
  }

  // --- the responder ---------------------------------------------------------------------------------------

  handleInitiation(nowMs: number, from: Address, initiation: PacketOf<'initiation'>): void {
    // PROTOCOL 4.5: the own INITIATION comes back from the own socket, or from a program that echoes.
    const own = this.#dials.get(initiation.sender);
    if (own?.isOwnMessage(initiation.message) === true) {
      this.#output.drop('not-for-me');
      return own.refuse(from, { cause: 'reflected' });
    }
    if (this.#responder.answerDuplicate(nowMs, from, initiation)) return;
    if (!this.#table.mayHaveRoom(this.dialsRunning)) return this.#output.drop('limit');
    this.#responder.answer(nowMs, from, initiation, () => this.#freeIndex(nowMs));
  }

  /** Returns false if the index is neither half-open nor live at this endpoint, or no longer. */
  handleConfirmation(nowMs: number, from: Address, confirmation: PacketOf<'confirmation'>): boolean {
    const live = this.#table.withIndex(confirmation.receiver);
    if (live !== undefined) {
      live.handleDuplicateConfirmation(nowMs, from, confirmation.message);
      return true;
    }
    const proved = this.#responder.prove(nowMs, from, confirmation);
    if (proved === 'unknown') return false;
    if (typeof proved === 'object') return this.#acceptProved(nowMs, proved);
    this.#output.drop(proved);
    return true;
  }

  earliestDeadlineMs(): number | undefined {
    const all = [this.#deadlines, this.#livenessChecks, this.#successions];
    const dueMs = all.map((deadlines) => deadlines.earliest()).filter((ms) => ms !== undefined);
    return dueMs.length === 0 ? undefined : Math.min(...dueMs);
  }

  handleTimeout(nowMs: number): void {
    for (const due of this.#deadlines.takeAllDue(nowMs)) {
      this.#output.traceTimer(nowMs, due.expected, 'handshake');
      this.#attempt(nowMs, due);
    }
    for (const due of this.#takeLiveDue(nowMs, this.#livenessChecks))
      if (due.lastReceivedAtMs <= due.lastRedialAtMs) this.#beginRedial(nowMs, due, due.redialTo);
    for (const due of this.#takeLiveDue(nowMs, this.#successions))
      if (due.lastReceivedAtMs <= due.succeededAtMs) this.#table.endReplaced(due);
  }

  // --- inside ----------------------------------------------------------------------------------------------

  /** The connections that are due and still in use. */
  *#takeLiveDue(nowMs: number, deadlines: Deadlines<Connection>): Generator<Connection, void, void> {
    for (const due of deadlines.takeAllDue(nowMs)) {
      this.#output.traceTimer(nowMs, due.peer, 'liveness');
      if (this.#table.withIndex(due.packetCrypto.localIndex) === due && due.closing === undefined) yield due;
    }
  }

  /** PROTOCOL 4.7: the peer may have started again, so each older connection to it must show that its process lives. */
  #checkOlder(nowMs: number, newest: Connection): void {
    for (const older of this.#table.allOf(newest.peer)) {
      if (older === newest || older.closing !== undefined) continue;
      older.succeededAtMs = nowMs;
      older.checkLiveness(nowMs);
      this.#table.update(older);
      this.#successions.set(older, nowMs + successionMs);
    }
  }

  /** Does nothing while a dial to the peer runs: that dial already leads to a new connection. */
  #beginRedial(nowMs: number, { peer, instance }: Connection, { candidates, claims }: RedialTargets): void {
    if (this.#dialsByExpected.has(peer) || !this.#table.makeRoom(nowMs, this.dialsRunning)) return;
    this.#begin(nowMs, {
      candidates,
      claims,
      expected: peer,
      tokens: [],
      redialOf: instance,
      probeOtherKey: false,
    });
  }

  /** Decides whether a peer that has proved its key gets a connection, given the other connections and dials. */
  #acceptProved(nowMs: number, proved: ProvedPeer): boolean {
    const { peer, from, localIndex, remoteIndex, generation, peerParameters, keys, handshakeHash, message } =
      proved;
    // PROTOCOL 3.5.
    if (this.#context.isDowngrade(peerParameters.versions)) {
      this.#responder.forget(localIndex);
      this.#output.drop('other-version');
      return true;
    }
    if (peer === this.#ownKey) {
      this.#responder.forget(localIndex);
      this.#output.drop('not-for-me');
      return true;
    }
    if (this.#context.refuses(nowMs, peer)) {
      // PROTOCOL 4.14: the handshake stays half-open, so that a copy is not answered with RESET.
      this.#output.drop('not-for-me');
      return true;
    }
    const { instance } = peerParameters;
    const rivals = this.#table.replacedBy(peer, instance, from);
    if (rivals.some((rival) => rival.generation > generation)) {
      // PROTOCOL 4.8: this handshake began before the live connection; most likely it crossed and lost.
      this.#responder.forget(localIndex);
      return false;
    }
    if (this.#confirming.has(connectionKey(peer, instance)) && this.#ownKey < peer) {
      // PROTOCOL 4.8: both sides confirm. The handshake of the smaller key wins, and the smaller key is the own one.
      this.#output.drop('duplicate');
      return true;
    }
    // A connection that replaces another one needs no more room.
    if (rivals.length === 0 && !this.#table.makeRoomFor(nowMs, from, this.dialsRunning)) {
      this.#output.drop('limit');
      return true;
    }
    this.#responder.forget(localIndex);
    const packetCrypto = this.#context.packetCrypto(nowMs, keys, localIndex, remoteIndex);
    const requestedProfile = this.#context.requestedProfileFor(peer);
    const profile = profileOf(requestedProfile, peerParameters.profile);
    const confirmation = Uint8Array.from(message);
    const result = {
      peer,
      address: from,
      packetCrypto,
      handshakeHash,
      peerParameters,
      requestedProfile,
      profile,
      confirmation,
    };
    this.#establish(nowMs, result, []).confirm(nowMs);
    return true;
  }

  #confirm(
    nowMs: number,
    address: Address,
    dial: Dial,
    answer: {
      readonly response: PacketOf<'response'>;
      readonly handshake: NoiseHandshake;
      readonly peer: PeerKey;
      readonly peerParameters: Parameters;
    },
  ): void {
    const { response, handshake, peer, peerParameters } = answer;
    const requestedProfile = this.#context.requestedProfileFor(peer);
    const message = handshake.write(this.#context.parameters(requestedProfile));
    const { keys, hash: handshakeHash } = handshake;
    if (message === undefined || keys === undefined || handshakeHash === undefined)
      return this.#output.drop('forged');
    const bytes = encodePacket({ type: 'confirmation', receiver: response.sender, message });
    const packetCrypto = this.#context.packetCrypto(nowMs, keys, dial.localIndex, response.sender);
    dial.confirm(nowMs, {
      peer,
      address,
      packetCrypto,
      handshakeHash,
      peerParameters,
      requestedProfile,
      bytes,
    });
    this.#confirming.set(connectionKey(peer, peerParameters.instance), dial);
    this.#attempt(nowMs, dial);
  }

  /** PROTOCOL 4.12: dials by XK where the key is known. */
  #begin(
    nowMs: number,
    request: DialRequest,
    pattern: Pattern = request.expected === null ? 'XX' : 'XK',
  ): void {
    const handshake = this.#context.initiate(pattern === 'XK' ? request.expected : null);
    const message = handshake.write(new Uint8Array(0));
    if (message === undefined) {
      // The expected key is a point of low order, which no one can own.
      for (const dial of request.tokens) this.#output.emit({ type: 'dial-failed', dial, cause: 'no-answer' });
      return;
    }
    const dial = new Dial(nowMs, this.#freeIndex(nowMs), { pattern, handshake, message }, request);
    this.#dials.set(dial.localIndex, dial);
    this.#dialsByChecksum.set(checksumOf(dial.initiation), dial);
    if (dial.expected !== null) {
      const others = this.#dialsByExpected.get(dial.expected) ?? new Set();
      this.#dialsByExpected.set(dial.expected, others.add(dial));
    }
    this.#attempt(nowMs, dial);
  }

  #attempt(nowMs: number, dial: Dial): void {
    const failure = dial.handleTimeout(nowMs, this.#output);
    if (failure === undefined) this.#deadlines.set(dial, dial.nextAttemptAtMs);
    else this.#fail(nowMs, dial, failure);
  }

  #restart(nowMs: number, dial: Dial): void {
    this.#forgetConfirming(dial);
    dial.restart(nowMs);
    this.#attempt(nowMs, dial);
  }

  #fail(nowMs: number, dial: Dial, failure: DialFailure): void {
    this.#remove(dial);
    // PROTOCOL 4.13: a server with another key cannot answer XK, and a silent one answers nothing.
    if (failure.cause === 'no-answer' && dial.probe !== undefined)
      return this.#begin(nowMs, dial.probe, 'XX');
    for (const token of dial.tokens) this.#output.emit({ type: 'dial-failed', dial: token, ...failure });
  }

  #remove(dial: Dial): void {
    this.#dials.delete(dial.localIndex);
    this.#deadlines.delete(dial);
    const checksum = checksumOf(dial.initiation);
    if (this.#dialsByChecksum.get(checksum) === dial) this.#dialsByChecksum.delete(checksum);
    this.#forgetConfirming(dial);
    if (dial.expected === null) return;
    const others = this.#dialsByExpected.get(dial.expected);
    others?.delete(dial);
    if (others?.size === 0) this.#dialsByExpected.delete(dial.expected);
  }

  /** Opens the connection, and completes all other dials with it that lead to the same peer, and not to another instance. */
  #establish(nowMs: number, result: HandshakeResult, tokens: readonly string[]): Connection {
    const { peer } = result;
    const arrived = [...tokens];
    const connection = this.#table.open(nowMs, result);
    const confirming = this.#confirming.get(connectionKey(peer, connection.instance));
    const others = this.#dialsByExpected.get(peer) ?? [];
    for (const dial of [...(confirming ? [confirming] : []), ...others]) {
      // One dial can be in both collections.
      if (!this.#dials.has(dial.localIndex) || !this.#isAnsweredBy(dial, connection)) continue;
      this.#remove(dial);
      arrived.push(...dial.tokens);
    }
    this.#emitConnected(connection, arrived.length > 0 ? arrived : [null]);
    this.#checkOlder(nowMs, connection);
    // The requested profile may have changed while the handshake ran.
    this.renegotiateProfile(nowMs, connection);
    return connection;
  }

  #isAnsweredBy({ state, redialOf }: Dial, { peer, instance }: Connection): boolean {
    if (state.type === 'confirming' && state.peerParameters.instance !== instance) return false;
    // The connection that the redial is about still lives, and belongs to another process.
    return redialOf === null || redialOf === instance || this.#table.withPeer(peer, redialOf) === undefined;
  }

  #forgetConfirming(dial: Dial): void {
    if (dial.state.type !== 'confirming') return;
    const { peer, peerParameters } = dial.state;
    this.#confirming.delete(connectionKey(peer, peerParameters.instance));
  }

  #emitConnected(connection: Connection, dials: readonly (string | null)[]): void {
    const { peer, instance, address, handshakeHash } = connection;
    for (const dial of dials)
      this.#output.emit({ type: 'connected', peer, instance, address, dial, handshakeHash });
  }

  #freeIndex(nowMs: number): ConnectionIndex {
    for (;;) {
      const bytes = this.#context.random(4);
      const index = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0);
      const isTaken =
        this.#dials.has(index) ||
        this.#table.withIndex(index) !== undefined ||
        this.#responder.hasIndex(nowMs, index);
      if (!isTaken) return index;
    }
  }
}

function connectionKey(peer: PeerKey, instance: InstanceId): string {
  return `${peer} ${instance}`;
}

/** PROTOCOL 4.1: `classic` applies if one side requests it. */
function profileOf(...requested: readonly Profile[]): Profile {
  return requested.includes('classic') ? 'classic' : 'normal';
}

function requestsClassic(plaintext: Uint8Array): boolean {
  const frames = decodeFrames(plaintext);
  return frames !== 'malformed' && frames.some(({ type }) => type === 'classic');
}

function checksumOf(datagram: Uint8Array): number {
  return new DataView(datagram.buffer, datagram.byteOffset, datagram.length).getUint32(checksumOffset);
}
