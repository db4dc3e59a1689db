import { type Address, isSameAddress } from '../../../shared/address.ts';
import { type PeerKey, peerKeyFromBytes } from '../../../shared/ids.ts';
import { halfOpenWithoutTokenMax } from '../../../shared/limits.ts';
import { encodePacket } from '../../../shared/wire/encode.ts';
import type { ConnectionIndex, PacketOf } from '../../../shared/wire/packet.ts';
import { decodeParameters, type Parameters } from '../../../shared/wire/parameters.ts';
import type { AnswerLimits } from '../answer-limits.ts';
import { HalfOpens } from './half-opens.ts';
import type { HandshakeContext } from './handshake-context.ts';
import type { OutputQueue } from '../output-queue.ts';
import type { TransportKeys } from '../ports.ts';
import { halfOpenMs } from '../timing.ts';
import { RetryTokens } from './retry-tokens.ts';

/** The result of a genuine CONFIRMATION: the peer has proved its key. */
export interface ProvedPeer {
  readonly peer: PeerKey;
  readonly from: Address;
  readonly localIndex: ConnectionIndex;
  readonly remoteIndex: ConnectionIndex;
  readonly generation: number;
  readonly peerParameters: Parameters;
  readonly keys: TransportKeys;
  readonly handshakeHash: Uint8Array;
  /** The third message, to recognize its copies. */
  readonly message: Uint8Array;
}

/** The responder's side of handshakes before the initiator has proved its key: does and keeps as little as possible. */
export class Responder {
  readonly #context: HandshakeContext;
  readonly #output: OutputQueue;
  readonly #limits: AnswerLimits;
  readonly #nextGeneration: () => number;
  readonly #halfOpens = new HalfOpens();
  readonly #forgeries = new RecentForgeries();
  readonly #tokens: RetryTokens;

  constructor(
    context: HandshakeContext,
    output: OutputQueue,
    limits: AnswerLimits,
    nextGeneration: () => number,
  ) {
    this.#context = context;
    this.#output = output;
    this.#limits = limits;
    this.#nextGeneration = nextGeneration;
    this.#tokens = new RetryTokens(context.crypto.mac, context.random);
  }

  halfOpenCount(nowMs: number): number {
    return this.#halfOpens.size(nowMs);
  }

  hasIndex(nowMs: number, index: ConnectionIndex): boolean {
    return this.#halfOpens.withIndex(nowMs, index) !== undefined;
  }

  /** Answers a copy of a half-open INITIATION with the same RESPONSE. Returns whether it was a copy. */
  answerDuplicate(nowMs: number, from: Address, { message }: PacketOf<'initiation'>): boolean {
    const known = this.#halfOpens.refresh(nowMs, from, message);
    if (known === undefined) return false;
    if (this.#limits.others.take(nowMs, from)) this.#output.answer(nowMs, from, known.response);
    return true;
  }

  answer(
    nowMs: number,
    from: Address,
    { sender, pattern, token, message }: PacketOf<'initiation'>,
    freeIndex: () => ConnectionIndex,
  ): void {
    if (!this.#context.answers(pattern)) return this.#output.drop('unknown-pattern');
    // PROTOCOL 4.4: past a few half-open or forged handshakes, a token is required before any key exchange and any state.
    const isBusy = this.#halfOpens.size(nowMs) + this.#forgeries.count(nowMs) >= halfOpenWithoutTokenMax;
    if (isBusy && !this.#tokens.isGenuine(nowMs, from, message, token)) {
      this.#output.drop('no-token');
      if (!this.#limits.retries.take(nowMs, from)) return;
      const retry = this.#tokens.make(nowMs, from, message);
      return this.#output.answer(
        nowMs,
        from,
        encodePacket({ type: 'retry', receiver: sender, token: retry }),
      );
    }
    if (!this.#limits.handshakes.take(nowMs, from)) return this.#output.drop('limit');
    const firstMessage = Uint8Array.from(message);
    const handshake = this.#context.respond(pattern).read(firstMessage)?.next;
    const answer = handshake?.write(this.#context.parameters('normal'));
    if (handshake === undefined || answer === undefined) {
      this.#forgeries.add(nowMs);
      return this.#output.drop('forged');
    }
    const localIndex = freeIndex();
    const response = encodePacket({
      type: 'response',
      receiver: sender,
      sender: localIndex,
      message: answer,
    });
    const generation = this.#nextGeneration();
    const halfOpen = { from, localIndex, remoteIndex: sender, handshake, response, generation };
    this.#halfOpens.add(nowMs, firstMessage, halfOpen);
    this.#output.answer(nowMs, from, response);
  }

  /** Checks a CONFIRMATION. The handshake stays half-open until `forget`, so that a forged CONFIRMATION spoils nothing. */
  prove(
    nowMs: number,
    from: Address,
    { receiver, message }: PacketOf<'confirmation'>,
  ): ProvedPeer | 'unknown' | 'limit' | 'forged' | 'malformed' {
    const halfOpen = this.#halfOpens.withIndex(nowMs, receiver);
    // PROTOCOL 4.3: a CONFIRMATION counts only from the address of its INITIATION.
    if (halfOpen === undefined || !isSameAddress(halfOpen.from, from)) return 'unknown';
    if (!this.#limits.handshakes.hasRoom(nowMs, from)) return 'limit';
    const read = halfOpen.handshake.read(message);
    const remoteKey = read?.next.remoteStaticKey;
    const keys = read?.next.keys;
    const handshakeHash = read?.next.hash;
    if (read === undefined || remoteKey === undefined || keys === undefined || handshakeHash === undefined) {
      // A genuine one was counted with its INITIATION.
      this.#limits.handshakes.take(nowMs, from);
      return 'forged';
    }
    const peerParameters = decodeParameters(read.payload);
    if (peerParameters === undefined) return 'malformed';
    const { localIndex, remoteIndex, generation } = halfOpen;
    const peer = peerKeyFromBytes(remoteKey);
    return {
      peer,
      from,
      localIndex,
      remoteIndex,
      generation,
      peerParameters,
      keys,
      handshakeHash,
      message,
    };
  }

  forget(index: ConnectionIndex): void {
    this.#halfOpens.delete(index);
  }
}

/**
 * Counts the INITIATIONs that cost a key exchange and were not genuine. They leave no half-open handshake, but must not
 * be free for an attacker without an address (PROTOCOL 4.4).
 */
class RecentForgeries {
  /** When each of the latest forgeries came, the oldest first. */
  readonly #atMs: number[] = [];

  count(nowMs: number): number {
    while ((this.#atMs[0] ?? nowMs) < nowMs - halfOpenMs) this.#atMs.shift();
    return this.#atMs.length;
  }

  add(nowMs: number): void {
    if (this.#atMs.push(nowMs) > halfOpenWithoutTokenMax) this.#atMs.shift();
  }
}
