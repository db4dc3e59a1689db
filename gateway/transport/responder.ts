import { type Address, isSameAddress } from '../../shared/address.ts';
import { type PeerKey, peerKeyFromBytes } from '../../shared/ids.ts';
import { halfOpenWithoutTokenMax } from '../../shared/limits.ts';
import { encodePacket } from '../../shared/wire/encode.ts';
import type { ConnectionIndex, PacketOf } from '../../shared/wire/packet.ts';
import { decodeParameters, encodeParameters, type Parameters } from '../../shared/wire/parameters.ts';
import { HalfOpens } from './half-opens.ts';
import type { HandshakeContext } from './handshake-context.ts';
import type { OutputQueue } from './output-queue.ts';
import type { SessionKeys } from './ports.ts';
import { RetryTokens } from './retry-tokens.ts';

/** Who has confirmed a handshake here has proved this key. */
export interface Proved {
  readonly peer: PeerKey;
  readonly from: Address;
  readonly localIndex: ConnectionIndex;
  readonly remoteIndex: ConnectionIndex;
  readonly meeting: number;
  readonly peerParameters: Parameters;
  readonly keys: SessionKeys;
  /** The third message, to know its copies. */
  readonly message: Uint8Array;
}

/** What the responder of handshakes does before anybody has proved anything: as little as it can. */
export class Responder {
  readonly #kit: HandshakeContext;
  readonly #outlet: OutputQueue;
  readonly #nextMeeting: () => number;
  readonly #halfOpens = new HalfOpens();
  readonly #tokens: RetryTokens;

  constructor(kit: HandshakeContext, outlet: OutputQueue, nextMeeting: () => number) {
    this.#kit = kit;
    this.#outlet = outlet;
    this.#nextMeeting = nextMeeting;
    this.#tokens = new RetryTokens(kit.crypto.mac, kit.random);
  }

  halfOpenCount(nowMs: number): number {
    return this.#halfOpens.size(nowMs);
  }

  hasIndex(nowMs: number, index: ConnectionIndex): boolean {
    return this.#halfOpens.withIndex(nowMs, index) !== undefined;
  }

  /** True when it was a copy of an INITIATION that is half-open: it gets the same answer. */
  answerAgain(nowMs: number, from: Address, { message }: PacketOf<'initiation'>): boolean {
    const known = this.#halfOpens.again(nowMs, from, message);
    if (known === undefined) return false;
    this.#outlet.answer(nowMs, from, known.response);
    return true;
  }

  answer(
    nowMs: number,
    from: Address,
    { sender, token, message }: PacketOf<'initiation'>,
    freeIndex: () => ConnectionIndex,
  ): void {
    // PROTOCOL 4.4: past a few half-open handshakes a token comes before any key exchange and any state.
    if (
      this.#halfOpens.size(nowMs) >= halfOpenWithoutTokenMax &&
      !this.#tokens.isGenuine(nowMs, from, message, token)
    ) {
      this.#outlet.drop(nowMs, from, 'no-token');
      const retry = this.#tokens.make(nowMs, from, message);
      return this.#outlet.answer(
        nowMs,
        from,
        encodePacket({ type: 'retry', receiver: sender, token: retry }),
      );
    }
    const ephemeralKey = Uint8Array.from(message);
    const handshake = this.#kit.begin('responder').read(ephemeralKey)?.next;
    const answer = handshake?.write(encodeParameters(this.#kit.parameters('normal')));
    if (handshake === undefined || answer === undefined) return this.#outlet.drop(nowMs, from, 'forged');
    const localIndex = freeIndex();
    const response = encodePacket({
      type: 'response',
      receiver: sender,
      sender: localIndex,
      message: answer,
    });
    const meeting = this.#nextMeeting();
    const halfOpen = { from, localIndex, remoteIndex: sender, handshake, response, meeting };
    this.#halfOpens.add(nowMs, ephemeralKey, halfOpen);
    this.#outlet.answer(nowMs, from, response);
  }

  /** What a CONFIRMATION proves; it stays half-open until it is forgotten, so that a forged one spoils nothing. */
  prove(
    nowMs: number,
    from: Address,
    { receiver, message }: PacketOf<'confirmation'>,
  ): Proved | 'unknown' | 'forged' {
    const halfOpen = this.#halfOpens.withIndex(nowMs, receiver);
    // PROTOCOL 4.3: it counts only from where the INITIATION came.
    if (halfOpen === undefined || !isSameAddress(halfOpen.from, from)) return 'unknown';
    const read = halfOpen.handshake.read(message);
    const remoteKey = read?.next.remoteStaticKey;
    const keys = read?.next.keys;
    const peerParameters = read === undefined ? undefined : decodeParameters(read.payload);
    if (remoteKey === undefined || keys === undefined || peerParameters === undefined) return 'forged';
    const { localIndex, remoteIndex, meeting } = halfOpen;
    const peer = peerKeyFromBytes(remoteKey);
    return { peer, from, localIndex, remoteIndex, meeting, peerParameters, keys, message };
  }

  forget(index: ConnectionIndex): void {
    this.#halfOpens.delete(index);
  }
}
