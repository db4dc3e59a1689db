import { type Address, isSameAddress } from '../../shared/address.ts';
import { pathRefusedMs, pathRoundMsMin, pathRoundsMax, pathRoundsToMove } from './timing.ts';

/** What a path wants to be sent: a challenge to an address. */
export interface Challenge {
  readonly to: Address;
  readonly data: Uint8Array;
}

/** Where a peer is, and whether it may be somewhere else by now (RFC 9000 sections 8.2 and 9 are the model). */
export class Path {
  readonly #random: (byteCount: number) => Uint8Array;
  #address: Address;
  #probe: Probe | undefined;
  #refused: { readonly address: Address; readonly untilMs: number } | undefined;

  constructor(address: Address, random: (byteCount: number) => Uint8Array) {
    this.#address = address;
    this.#random = random;
  }

  /** Proved: where packets go. */
  get address(): Address {
    return this.#address;
  }

  get deadlineMs(): number | undefined {
    return this.#probe?.nextRoundAtMs;
  }

  /**
   * A genuine packet came from `from`. PROTOCOL 5.11: only the newest one of all tells of a new address; whoever
   * delays or repeats an older one tells nothing.
   */
  observe(nowMs: number, from: Address, byteCount: number, isNewest: boolean): void {
    if (isSameAddress(from, this.#address)) {
      // The newest packet comes from where the peer was before.
      if (isNewest) this.#probe = undefined;
      return;
    }
    if (this.#probe !== undefined && isSameAddress(from, this.#probe.address)) {
      this.#probe.bytesReceived += byteCount;
      return;
    }
    const refused = this.#refused;
    if (
      !isNewest ||
      (refused !== undefined && nowMs < refused.untilMs && isSameAddress(from, refused.address))
    )
      return;
    this.#probe = {
      address: from,
      challenge: this.#random(8),
      oldChallenge: this.#random(8),
      bytesReceived: byteCount,
      bytesSent: 0,
      rounds: 0,
      isProved: false,
      nextRoundAtMs: nowMs,
    };
  }

  handleResponse(nowMs: number, data: Uint8Array): void {
    const probe = this.#probe;
    if (probe === undefined) return;
    if (isEqual(data, probe.challenge)) probe.isProved = true;
    else if (isEqual(data, probe.oldChallenge)) {
      // PROTOCOL 5.12: the peer still receives at its old address; somebody forwards its packets, faster than they come.
      this.#refused = { address: probe.address, untilMs: nowMs + pathRefusedMs };
      this.#probe = undefined;
    }
  }

  /** Does what is due: what to send now, or that the peer has moved. */
  handleTimeout(nowMs: number, roundMs: number): { moved: boolean; challenges: Challenge[] } {
    const probe = this.#probe;
    if (probe === undefined || nowMs < probe.nextRoundAtMs) return { moved: false, challenges: [] };
    if (probe.isProved && probe.rounds >= pathRoundsToMove) {
      this.#address = probe.address;
      this.#probe = undefined;
      return { moved: true, challenges: [] };
    }
    if (probe.rounds >= pathRoundsMax) {
      this.#probe = undefined;
      return { moved: false, challenges: [] };
    }
    probe.rounds++;
    probe.nextRoundAtMs = nowMs + Math.max(pathRoundMsMin, roundMs);
    const challenges = [{ to: this.#address, data: probe.oldChallenge }];
    // PROTOCOL 5.13: at most three times the bytes that came from an address, until it is proved.
    if (!probe.isProved && probe.bytesSent + challengeBytes <= 3 * probe.bytesReceived) {
      probe.bytesSent += challengeBytes;
      challenges.push({ to: probe.address, data: probe.challenge });
    }
    return { moved: false, challenges };
  }
}

/** Header, frame and tag. */
const challengeBytes = 16 + 9 + 16;

interface Probe {
  readonly address: Address;
  readonly challenge: Uint8Array;
  readonly oldChallenge: Uint8Array;
  bytesReceived: number;
  bytesSent: number;
  rounds: number;
  isProved: boolean;
  nextRoundAtMs: number;
}

function isEqual(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}
