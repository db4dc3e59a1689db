import { type Address, formatAddress, isPort, isUnicast } from '../../../shared/address.ts';
import type { InstanceId, PeerKey } from '../../../shared/ids.ts';
import { candidatesMax } from '../../../shared/limits.ts';
import { encodePacket } from '../../../shared/wire/encode.ts';
import { initiationBytesMin, type Pattern } from '../../../shared/wire/layout.ts';
import type { Parameters, Profile } from '../../../shared/wire/parameters.ts';
import type { ConnectionIndex } from '../../../shared/wire/packet.ts';
import type { Token } from '../events.ts';
import type { OutputQueue } from '../output-queue.ts';
import type { NoiseHandshake } from '../ports.ts';
import type { PacketCrypto } from '../connection/packet-crypto.ts';
import { attemptsMax, attemptIntervalMs } from '../timing.ts';

/** Why a dial failed. */
export type DialFailure =
  | { readonly cause: 'wrong-key'; readonly found: PeerKey }
  | { readonly cause: 'version' }
  /** A candidate sent the INITIATION back. */
  | { readonly cause: 'reflected' }
  | { readonly cause: 'no-answer' | 'limit' };

/** INITIATIONs go to all candidates until one answers; then the CONFIRMATION goes to that one. */
export type DialState = { readonly type: 'initiating' } | ({ readonly type: 'confirming' } & Confirming);

export interface Confirming {
  readonly peer: PeerKey;
  readonly address: Address;
  readonly packetCrypto: PacketCrypto;
  readonly handshakeHash: Uint8Array;
  readonly peerParameters: Parameters;
  /** The profile that the CONFIRMATION requests. */
  readonly requestedProfile: Profile;
  /** The CONFIRMATION. */
  readonly bytes: Uint8Array;
}

export interface DialRequest {
  readonly candidates: readonly Address[];
  /** Addresses that only the peer names: they get one INITIATION each, so that no peer can make others flood a victim. */
  readonly claims: readonly Address[];
  readonly expected: PeerKey | null;
  readonly tokens: readonly Token[];
  /** The dial must replace the live connection to this instance (PROTOCOL 4.9); null for a dial of the role. */
  readonly redialOf: InstanceId | null;
  /** If no one answers, one INITIATION of pattern XX follows and shows whether another key answers (PROTOCOL 4.13). */
  readonly probeOtherKey: boolean;
}

/** A handshake after its first message is written. */
export interface BegunHandshake {
  readonly pattern: Pattern;
  readonly handshake: NoiseHandshake;
  readonly message: Uint8Array;
}

interface Candidate {
  readonly address: Address;
  /** Only the peer names this address, and it has not answered. */
  isClaim: boolean;
  initiation: Uint8Array;
  /** A RETRY is answered at once, but only once per attempt: otherwise two liars could keep it bouncing. */
  retriedInAttempt: number;
  /** An unwanted answer from this address. Anyone can forge one, so the real peer has time to answer until the next attempt. */
  refusal: Refusal | undefined;
}

/** Rounds after which a dial with nothing but unanswered claims ends: an answer has 1 s. */
const claimRounds = 2;
/** RESPONSEs that are read in an attempt although those before them were not genuine. Anyone at a candidate's address can send them. */
export const forgedResponsesMax = 128;

type Refusal = Extract<DialFailure, { cause: 'wrong-key' | 'version' | 'reflected' }>;

/** The initiator's side of one handshake. */
export class Dial {
  readonly localIndex: ConnectionIndex;
  readonly pattern: Pattern;
  readonly expected: PeerKey | null;
  /** Not null if the dial must replace a live connection, so that an existing one does not satisfy it. */
  readonly redialOf: InstanceId | null;
  /** The role's dials that this one answers: several when dials led to one peer, none for a redial. */
  readonly tokens: Token[];
  /** The state after the first message, from which each RESPONSE is read. */
  readonly handshake: NoiseHandshake;
  /** The INITIATION without a retry token. */
  readonly initiation: Uint8Array;
  nextAttemptAtMs: number;
  readonly #message: Uint8Array;
  readonly #request: DialRequest;
  #state: DialState = { type: 'initiating' };
  #candidates: Candidate[];
  #initiationRounds = 0;
  #confirmationsSent = 0;
  /** RESPONSEs of the present attempt that were not genuine. */
  #forgedResponses = 0;
  #refusal: Refusal | undefined;

  constructor(nowMs: number, localIndex: ConnectionIndex, begun: BegunHandshake, request: DialRequest) {
    this.localIndex = localIndex;
    this.pattern = begun.pattern;
    this.handshake = begun.handshake;
    this.#message = begun.message;
    this.#request = request;
    this.expected = request.expected;
    this.redialOf = request.redialOf;
    this.tokens = [...request.tokens];
    const initiation = this.#initiationWith(new Uint8Array(0));
    this.initiation = initiation;
    this.#candidates = usableAddresses(request).map(({ address, isClaim }) => ({
      address,
      isClaim,
      initiation,
      retriedInAttempt: 0,
      refusal: undefined,
    }));
    this.nextAttemptAtMs = nowMs;
  }

  get state(): DialState {
    return this.#state;
  }

  /** The request of the one XX handshake that follows this dial when it got no answer; undefined if none follows. */
  get probe(): DialRequest | undefined {
    const isUnanswered = this.pattern === 'XK' && this.#state.type === 'initiating';
    return isUnanswered && this.#request.probeOtherKey
      ? { ...this.#request, tokens: this.tokens }
      : undefined;
  }

  /** PROTOCOL 4.13: a dial of XX that expects a key asks only once. */
  get #isProbe(): boolean {
    return this.pattern === 'XX' && this.expected !== null;
  }

  /** Makes the next attempt; returns the failure when no attempt is left. */
  handleTimeout(nowMs: number, output: OutputQueue): DialFailure | undefined {
    const state = this.#state;
    this.nextAttemptAtMs = nowMs + attemptIntervalMs;
    this.#forgedResponses = 0;
    switch (state.type) {
      case 'initiating': {
        // PROTOCOL 4.2: 5 attempts, 0.5 s apart, each to every candidate without an unwanted answer; one to a claim.
        this.#candidates = this.#candidates.filter(({ refusal }) => refusal === undefined);
        if (this.#candidates.length === 0) return this.#refusal ?? { cause: 'no-answer' };
        if (this.#isProbe && this.#initiationRounds > 0) return this.#refusal ?? { cause: 'no-answer' };
        if (this.#initiationRounds >= attemptsMax) return { cause: 'no-answer' };
        const isFirst = this.#initiationRounds === 0;
        const due = this.#candidates.filter(({ isClaim }) => isFirst || !isClaim);
        if (due.length === 0 && this.#initiationRounds >= claimRounds) return { cause: 'no-answer' };
        this.#initiationRounds++;
        for (const candidate of due) this.#sendInitiation(nowMs, candidate, output);
        return undefined;
      }
      case 'confirming': {
        if (this.#confirmationsSent >= attemptsMax) return { cause: 'no-answer' };
        this.#confirmationsSent++;
        const { address: to, bytes, peer } = state;
        output.transmit(nowMs, { to, bytes, peer, attempt: this.#confirmationsSent, tokens: [] });
        return undefined;
      }
      default:
        return state satisfies never;
    }
  }

  /** PROTOCOL 4.4: repeats the INITIATION with the token at once. Returns false for a stranger's or a second RETRY. */
  handleRetry(nowMs: number, from: Address, token: Uint8Array, output: OutputQueue): boolean {
    const candidate = this.#candidateAt(from);
    if (candidate === undefined || this.#state.type !== 'initiating') return false;
    if (candidate.retriedInAttempt >= this.#initiationRounds) return false;
    candidate.retriedInAttempt = this.#initiationRounds;
    candidate.initiation = this.#initiationWith(token);
    this.#sendInitiation(nowMs, candidate, output);
    return true;
  }

  /** PROTOCOL 7.9: whether one more RESPONSE may be read, which costs a key exchange. */
  get readsResponses(): boolean {
    return this.#forgedResponses < forgedResponsesMax;
  }

  noteForgedResponse(): void {
    this.#forgedResponses++;
  }

  /** Whether this is the first message of this dial. */
  isOwnMessage(message: Uint8Array): boolean {
    return message.length === this.#message.length && message.every((byte, at) => byte === this.#message[at]);
  }

  isCandidate(address: Address): boolean {
    return this.#candidateAt(address) !== undefined;
  }

  /** A candidate answered: its RESPONSE is confirmed from now on. */
  confirm(nowMs: number, confirming: Confirming): void {
    this.#state = { type: 'confirming', ...confirming };
    const candidate = this.#candidateAt(confirming.address);
    if (candidate !== undefined) candidate.isClaim = false;
    this.#confirmationsSent = 0;
    this.nextAttemptAtMs = nowMs;
  }

  /** The responder has forgotten this handshake: the remaining INITIATIONs go on from now. */
  restart(nowMs: number): void {
    this.#state = { type: 'initiating' };
    this.nextAttemptAtMs = nowMs;
  }

  /** PROTOCOL 4.5, 3.4: drops this candidate at the next attempt, unless the expected answer arrives before it. */
  refuse(address: Address, refusal: Refusal): void {
    const candidate = this.#candidateAt(address);
    if (candidate === undefined) return;
    candidate.refusal = refusal;
    // Of two causes the version is reported: the user can do something about it.
    if (this.#refusal?.cause !== 'version') this.#refusal = refusal;
  }

  #sendInitiation(nowMs: number, { address: to, initiation: bytes }: Candidate, output: OutputQueue): void {
    output.transmit(nowMs, { to, bytes, peer: this.expected, attempt: this.#initiationRounds, tokens: [] });
  }

  #candidateAt({ host, port }: Address): Candidate | undefined {
    return this.#candidates.find(({ address }) => address.host === host && address.port === port);
  }

  #initiationWith(token: Uint8Array): Uint8Array {
    return encodePacket({
      type: 'initiation',
      sender: this.localIndex,
      pattern: this.pattern,
      token,
      message: this.#message,
      byteCount: initiationBytesMin,
    });
  }
}

/** PROTOCOL 4.2: at most 8 different unicast addresses, the claims last. */
function usableAddresses({
  candidates,
  claims,
}: Pick<DialRequest, 'candidates' | 'claims'>): Pick<Candidate, 'address' | 'isClaim'>[] {
  const byText = new Map<string, Pick<Candidate, 'address' | 'isClaim'>>();
  const all = [
    ...candidates.map((address) => ({ address, isClaim: false })),
    ...claims.map((address) => ({ address, isClaim: true })),
  ];
  for (const one of all) {
    const text = formatAddress(one.address);
    if (isUnicast(one.address.host) && isPort(one.address.port) && !byText.has(text)) byText.set(text, one);
    if (byText.size === candidatesMax) break;
  }
  return [...byText.values()];
}
