import { formatAddress, type Address } from '../../shared/address.ts';
import type { CheckAttempt, CheckChannel, CheckState } from '../../shared/check/connection-check.ts';
import type { PeerKey } from '../../shared/ids.ts';
import type { Endpoint } from '../transport/endpoint.ts';

/** One address that a check tries. */
export interface CheckTarget {
  readonly address: Address;
  readonly channel: Extract<CheckChannel, 'typed' | 'server' | 'introduced' | 'claimed'>;
}

/** The one that should answer. A client answers only those who know its key. A server tells its key to everyone. */
export type Expected =
  | { readonly role: 'client'; readonly key: PeerKey }
  | { readonly role: 'server'; readonly named: KeyTest | null };

/** Whether a server with this key is the right one. */
export type KeyTest = (key: PeerKey) => boolean;

/** Why the system could not deliver a datagram. */
export type SystemRefusal = 'refused' | 'unreachable' | 'no-route' | 'not-sent';

/** PROTOCOL 6.72: an address that only the peer names gets one datagram. */
const claimedDatagramsMax = 1;
const datagramsMax = 3;
/** Handshakes of a machine that answers need no more than these. */
const answeredDatagramsMax = 8;
/** A system that finds no machine says so after 3 s. */
const waitMsMax = 3_600;
/** A firewall that rejects does it at once. */
const promptRefusalMsMax = 1_000;

/**
 * Tries one address with a handshake under a key of its own, so that the machine there learns nothing about the local user. At most
 * `datagramsMax` datagrams leave until something comes back. Sans-I/O.
 */
export class Probe {
  readonly target: CheckTarget;
  readonly #expected: Expected;
  readonly #endpoint: Endpoint;
  #state: CheckState = 'waiting';
  #startMs = 0;
  #sent = 0;
  #hasHeard = false;
  #afterMs: number | null = null;

  constructor(target: CheckTarget, expected: Expected, endpoint: Endpoint) {
    this.target = target;
    this.#expected = expected;
    this.#endpoint = endpoint;
  }

  get state(): CheckState {
    return this.#state;
  }

  start(nowMs: number): void {
    this.#startMs = nowMs;
    const expected = this.#expected.role === 'client' ? this.#expected.key : null;
    const candidates = [this.target.address];
    this.#endpoint.apply(nowMs, { type: 'dial', dial: 'check', candidates, expected });
    this.#drain(nowMs);
  }

  handleDatagram(nowMs: number, bytes: Uint8Array): void {
    this.#hasHeard = true;
    this.#endpoint.handleDatagram(nowMs, this.target.address, bytes);
    this.#drain(nowMs);
  }

  handleRefusal(nowMs: number, refusal: SystemRefusal): void {
    if (this.#state === 'waiting') this.#state = this.#stateOfRefusal(nowMs, refusal);
  }

  handleTimeout(nowMs: number): void {
    this.#endpoint.handleTimeout(nowMs);
    this.#drain(nowMs);
    if (this.#state === 'waiting' && nowMs - this.#startMs >= waitMsMax) this.#state = 'nothing';
  }

  pollTransmit(): Uint8Array | undefined {
    for (let out = this.#endpoint.pollTransmit(); out !== undefined; out = this.#endpoint.pollTransmit()) {
      if (this.#sent >= this.#datagramsMax()) continue;
      this.#sent++;
      return out.bytes;
    }
    return undefined;
  }

  pollTimeout(): number | undefined {
    if (this.#state !== 'waiting' && !this.#hasHeard) return undefined;
    const dueMs = this.#endpoint.pollTimeout();
    if (this.#state !== 'waiting') return dueMs;
    const endMs = this.#startMs + waitMsMax;
    return dueMs === undefined ? endMs : Math.min(dueMs, endMs);
  }

  attempt(): CheckAttempt {
    const { address, channel } = this.target;
    const told = { address: formatAddress(address), channel, via: null };
    return { ...told, sent: this.#sent, state: this.#state, afterMs: this.#afterMs };
  }

  #datagramsMax(): number {
    if (this.#hasHeard) return answeredDatagramsMax;
    return this.target.channel === 'claimed' ? claimedDatagramsMax : datagramsMax;
  }

  #drain(nowMs: number): void {
    for (let event = this.#endpoint.pollEvent(); event !== undefined; event = this.#endpoint.pollEvent()) {
      if (event.type === 'connected') {
        this.#answer(nowMs, isExpected(this.#expected, event.peer) ? 'answered' : 'other-key');
        this.#endpoint.apply(nowMs, { type: 'close', peer: event.peer, reason: 'goodbye' });
      } else if (event.type === 'other-version') this.#answer(nowMs, 'other-version');
    }
  }

  #answer(nowMs: number, state: CheckState): void {
    if (this.#afterMs !== null) return;
    this.#state = state;
    this.#afterMs = Math.round(nowMs - this.#startMs);
  }

  #stateOfRefusal(nowMs: number, refusal: SystemRefusal): CheckState {
    if (refusal !== 'unreachable') return refusal;
    return nowMs - this.#startMs < promptRefusalMsMax ? 'prohibited' : 'no-host';
  }
}

/** Whether the right one has this key. */
export function isExpected(expected: Expected, key: PeerKey): boolean {
  if (expected.role === 'client') return expected.key === key;
  return expected.named === null || expected.named(key);
}
