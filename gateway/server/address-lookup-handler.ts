import { formatAddress, parseAddress, type Address } from '../../shared/address.ts';
import type { ProtocolMessage } from '../../shared/chat/kinds.ts';
import type { PeerKey } from '../../shared/ids.ts';
import { candidatesMax } from '../../shared/limits.ts';
import { KeyedTokenBucket } from './keyed-token-bucket.ts';
import type { Registrant } from './registry.ts';

/** So many questions of one client are answered at once, and then one in each interval. */
const questionsBurst = 64;
const questionsIntervalMs = 100;

/** Tells people who ask where somebody can be reached; the roster does not, since most never talk to most. */
export class AddressLookupHandler {
  readonly #allowance = new KeyedTokenBucket(questionsBurst, questionsIntervalMs);

  /** `found`: the row of the key that is asked for, if there is one. */
  answer(nowMs: number, asker: PeerKey, key: PeerKey, found: Registrant | undefined): ProtocolMessage {
    if (this.#allowance.take(nowMs, asker) !== undefined)
      return { kind: 'error', code: 'too-often', about: 'locate' };
    const candidates = found?.presence.state === 'online' ? [...found.candidates] : [];
    return { kind: 'location', key, addressRevision: found?.addressRevision ?? 0, candidates };
  }
}

/** The address where the server sees the client first, then the client's own words, as far as they are addresses. */
export function candidatesOf(seenAt: Address, said: readonly string[]): string[] {
  const own = said.map((text) => parseAddress(text)).filter((address) => address !== undefined);
  return [...new Set([seenAt, ...own].map(formatAddress))].slice(0, candidatesMax);
}
