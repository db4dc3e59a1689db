import { type Address, formatAddress, isPort, isUnicast } from '../../shared/address.ts';
import type { PeerKey } from '../../shared/ids.ts';
import { candidatesMax } from '../../shared/limits.ts';
import { encodePacket } from '../../shared/wire/encode.ts';
import type { Parameters, Profile } from '../../shared/wire/parameters.ts';
import type { ConnectionIndex } from '../../shared/wire/packet.ts';
import type { Token } from './events.ts';
import type { OutputQueue } from './output-queue.ts';
import type { NoiseHandshake } from './ports.ts';
import type { PacketCrypto } from './packet-crypto.ts';
import { triesMax, tryIntervalMs } from './timing.ts';

/** Why a dial failed: the event, without whose dial it was. */
export type DialFailure =
  | { readonly cause: 'wrong-key'; readonly found: PeerKey }
  | { readonly cause: 'version' }
  | { readonly cause: 'silent' | 'limit' };

/** Calls go out to all candidates until one answers; then that one's answer is confirmed. */
export type DialState = { readonly type: 'calling' } | ({ readonly type: 'confirming' } & Confirming);

export interface Confirming {
  readonly peer: PeerKey;
  readonly address: Address;
  readonly session: PacketCrypto;
  readonly peerParameters: Parameters;
  /** What the CONFIRMATION says that this side wants. */
  readonly wish: Profile;
  /** The CONFIRMATION. */
  readonly bytes: Uint8Array;
}

export interface DialWish {
  readonly candidates: readonly Address[];
  readonly expected: PeerKey | null;
  readonly tokens: readonly Token[];
  readonly beside: boolean;
}

interface Candidate {
  readonly address: Address;
  initiation: Uint8Array;
  /** A RETRY may be followed at once, once in a try: else two liars could play ping-pong with it. */
  retriedInTry: number;
  /** Somebody answered from there, and not as hoped. Anybody can say so first: the one who is called has till the next try. */
  refusal: Refusal | undefined;
}

type Refusal = Extract<DialFailure, { cause: 'wrong-key' | 'version' }>;

/** The initiator's side of one handshake. */
export class Dial {
  readonly localIndex: ConnectionIndex;
  readonly expected: PeerKey | null;
  /** Whether it is meant to replace a live connection (PROTOCOL 4.9), and not satisfied by one. */
  readonly beside: boolean;
  /** Which dials of the role it answers; several when dials met at one peer, none when the role asked for none. */
  readonly tokens: Token[];
  /** Behind the first message; each RESPONSE is read from here. */
  readonly handshake: NoiseHandshake;
  /** The INITIATION without a token. */
  readonly initiation: Uint8Array;
  nextTryAtMs: number;
  readonly #message: Uint8Array;
  #state: DialState = { type: 'calling' };
  #candidates: Candidate[];
  #callsMade = 0;
  #confirmsMade = 0;
  #refusal: Refusal | undefined;

  constructor(
    nowMs: number,
    localIndex: ConnectionIndex,
    handshake: NoiseHandshake,
    message: Uint8Array,
    wish: DialWish,
  ) {
    this.localIndex = localIndex;
    this.handshake = handshake;
    this.#message = message;
    this.expected = wish.expected;
    this.beside = wish.beside;
    this.tokens = [...wish.tokens];
    const initiation = this.#initiationWith(new Uint8Array(0));
    this.initiation = initiation;
    this.#candidates = usable(wish.candidates).map((address) => ({
      ...{ address, initiation, retriedInTry: 0 },
      refusal: undefined,
    }));
    this.nextTryAtMs = nowMs;
  }

  get state(): DialState {
    return this.#state;
  }

  /** Sends the next try; tells the cause when there is none left. */
  handleTimeout(nowMs: number, outlet: OutputQueue): DialFailure | undefined {
    const state = this.#state;
    this.nextTryAtMs = nowMs + tryIntervalMs;
    switch (state.type) {
      case 'calling': {
        // PROTOCOL 4.2: 5 tries, 0.5 s apart, each to every candidate that has not answered wrongly.
        this.#candidates = this.#candidates.filter(({ refusal }) => refusal === undefined);
        if (this.#candidates.length === 0) return this.#refusal ?? { cause: 'silent' };
        if (this.#callsMade >= triesMax) return { cause: 'silent' };
        this.#callsMade++;
        for (const candidate of this.#candidates) this.#call(nowMs, candidate, outlet);
        return undefined;
      }
      case 'confirming': {
        if (this.#confirmsMade >= triesMax) return { cause: 'silent' };
        this.#confirmsMade++;
        const { address: to, bytes, peer } = state;
        outlet.transmit(nowMs, { to, bytes, peer, attempt: this.#confirmsMade, tokens: [] });
        return undefined;
      }
      default:
        return state satisfies never;
    }
  }

  /** PROTOCOL 4.4: calls again with the token, at once. False when nobody was called there, or it was done already. */
  handleRetry(nowMs: number, from: Address, token: Uint8Array, outlet: OutputQueue): boolean {
    const candidate = this.#candidateAt(from);
    if (candidate === undefined || this.#state.type !== 'calling') return false;
    if (candidate.retriedInTry >= this.#callsMade) return false;
    candidate.retriedInTry = this.#callsMade;
    candidate.initiation = this.#initiationWith(token);
    this.#call(nowMs, candidate, outlet);
    return true;
  }

  isCalling(address: Address): boolean {
    return this.#candidateAt(address) !== undefined;
  }

  /** Somebody answered: that answer is confirmed now. */
  confirm(nowMs: number, confirming: Confirming): void {
    this.#state = { type: 'confirming', ...confirming };
    this.#confirmsMade = 0;
    this.nextTryAtMs = nowMs;
  }

  /** The responder has forgotten what is being confirmed: the remaining calls go on, from now. */
  callAgain(nowMs: number): void {
    this.#state = { type: 'calling' };
    this.nextTryAtMs = nowMs;
  }

  /** PROTOCOL 4.5, 3.4: does not call this candidate again, unless the answer that was hoped for comes in this try. */
  refuse(address: Address, refusal: Refusal): void {
    const candidate = this.#candidateAt(address);
    if (candidate === undefined) return;
    candidate.refusal = refusal;
    // Both may be met; that a newer program is there is what a person can do something about.
    if (this.#refusal?.cause !== 'version') this.#refusal = refusal;
  }

  #call(nowMs: number, { address: to, initiation: bytes }: Candidate, outlet: OutputQueue): void {
    outlet.transmit(nowMs, { to, bytes, peer: this.expected, attempt: this.#callsMade, tokens: [] });
  }

  #candidateAt({ host, port }: Address): Candidate | undefined {
    return this.#candidates.find(({ address }) => address.host === host && address.port === port);
  }

  #initiationWith(token: Uint8Array): Uint8Array {
    return encodePacket({ type: 'initiation', sender: this.localIndex, token, message: this.#message });
  }
}

/** PROTOCOL 4.2: at most 8 different unicast addresses. */
function usable(candidates: readonly Address[]): Address[] {
  const byText = new Map<string, Address>();
  for (const candidate of candidates) {
    if (isUnicast(candidate.host) && isPort(candidate.port)) byText.set(formatAddress(candidate), candidate);
    if (byText.size === candidatesMax) break;
  }
  return [...byText.values()];
}
