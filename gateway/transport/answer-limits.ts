import { type Address, addressGroup } from '../../shared/address.ts';
import { answerRates, handshakeRates, ratedGroupsMax, retryRates } from '../../shared/limits.ts';
import { FairRate, type FairRates } from './fair-rate.ts';

/** PROTOCOL 7.9: how fast an endpoint answers addresses that have proved nothing, with a share for each address group. */
export interface AnswerLimits {
  /** Answers that cost a key exchange. */
  readonly handshakes: AddressRate;
  /** RETRY. */
  readonly retries: AddressRate;
  /** All other answers. */
  readonly others: AddressRate;
}

export interface AddressRate {
  /** Whether the address gets an answer now. Counts it. */
  take(nowMs: number, from: Address): boolean;
  /** Whether the address would get an answer now. Counts nothing. */
  hasRoom(nowMs: number, from: Address): boolean;
}

/** Without limits, for endpoints that meet no strangers. */
const unlimited: AddressRate = { take: () => true, hasRoom: () => true };

export function answerLimits(hasLimits: boolean): AnswerLimits {
  if (!hasLimits) return { handshakes: unlimited, retries: unlimited, others: addressRate(answerRates) };
  return {
    handshakes: addressRate(handshakeRates),
    retries: addressRate(retryRates),
    others: addressRate(answerRates),
  };
}

function addressRate(rates: FairRates): AddressRate {
  const rate = new FairRate(rates, ratedGroupsMax);
  return {
    take: (nowMs, from) => rate.take(nowMs, rate.groupOf(nowMs, addressGroup(from))),
    hasRoom: (nowMs, from) => rate.hasRoom(nowMs, rate.groupOf(nowMs, addressGroup(from))),
  };
}
