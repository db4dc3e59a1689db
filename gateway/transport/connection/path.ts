import { type Address, isSameAddress } from '../../../shared/address.ts';
import {
  pathAnswersInRoundTrip,
  pathRefusedMs,
  pathRoundMsMin,
  pathRoundsMax,
  pathRoundsToMove,
} from '../timing.ts';

/** A challenge to send to an address. */
export interface Challenge {
  readonly to: Address;
  readonly data: Uint8Array;
}

/** The address of a peer, and the validation of a new one (modelled on RFC 9000 sections 8.2 and 9). */
export class Path {
  readonly #random: (byteCount: number) => Uint8Array;
  #address: Address;
  #probe: Probe | undefined;
  /** When the present time for answers to challenges began, and how many of them were given. */
  #answers: { sinceMs: number; count: number } | undefined;
  #refused: { readonly address: Address; readonly untilMs: number } | undefined;

  constructor(address: Address, random: (byteCount: number) => Uint8Array) {
    this.#address = address;
    this.#random = random;
  }

  /** The proved address, to which packets go. */
  get address(): Address {
    return this.#address;
  }

  get deadlineMs(): number | undefined {
    return this.#probe?.nextRoundAtMs;
  }

  /**
   * Notes a genuine packet from `from`. PROTOCOL 5.11: only the newest packet of all can start a move to a new address. A
   * delayed or repeated older packet cannot.
   */
  observe(nowMs: number, from: Address, byteCount: number, isNewest: boolean): void {
    if (isSameAddress(from, this.#address)) {
      // The newest packet comes from the old address.
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

  /**
   * Whether a PATH_RESPONSE may go to the address of a challenge that has just been observed. PROTOCOL 5.11: a peer that checks an
   * address sends two challenges in a round, which lasts a round trip or longer. PROTOCOL 5.13: to the address that is being
   * proved, answers count like challenges. To any other address goes one answer, which is no larger than its challenge.
   */
  mayAnswer(nowMs: number, from: Address, roundTripMs: number): boolean {
    let answers = this.#answers;
    if (answers === undefined || nowMs - answers.sinceMs >= Math.max(pathRoundMsMin, roundTripMs))
      this.#answers = answers = { sinceMs: nowMs, count: 0 };
    if (answers.count === pathAnswersInRoundTrip) return false;
    const probe = this.#probe;
    if (probe !== undefined && !probe.isProved && isSameAddress(from, probe.address)) {
      if (probe.bytesSent + challengeBytes > 3 * probe.bytesReceived) return false;
      probe.bytesSent += challengeBytes;
    }
    answers.count++;
    return true;
  }

  handleResponse(nowMs: number, data: Uint8Array): void {
    const probe = this.#probe;
    if (probe === undefined) return;
    if (isEqual(data, probe.challenge)) probe.isProved = true;
    else if (isEqual(data, probe.oldChallenge)) {
      // PROTOCOL 5.12: the peer still receives at its old address, so a third party forwards its packets faster than the path.
      this.#refused = { address: probe.address, untilMs: nowMs + pathRefusedMs };
      this.#probe = undefined;
    }
  }

  /** Does the work that is due: returns the challenges to send now, and whether the peer has moved. */
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
    // PROTOCOL 5.13: at most three times the bytes received from an address, until it is proved.
    if (!probe.isProved && probe.bytesSent + challengeBytes <= 3 * probe.bytesReceived) {
      probe.bytesSent += challengeBytes;
      challenges.push({ to: probe.address, data: probe.challenge });
    }
    return { moved: false, challenges };
  }
}

/** The size of a challenge, and of its answer: header, frame and tag. */
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
