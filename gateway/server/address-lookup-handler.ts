import { formatForOthers, parseAddress, type Address } from '../../shared/address.ts';
import type { ProtocolCode } from '../../shared/chat/codes.ts';
import type { ProtocolMessage } from '../../shared/chat/kinds.ts';
import type { PeerKey } from '../../shared/ids.ts';
import { addressLookupsBurst, candidatesMax } from '../../shared/limits.ts';
import { KeyedTokenBucket } from '../turn/keyed-token-bucket.ts';
import type { Registrant } from './registry.ts';

/** After `addressLookupsBurst` lookups, one per interval is answered. */
const lookupsIntervalMs = 100;

/** Answers where a peer can be reached. The roster holds no addresses, since most users never talk to most others. */
export class AddressLookupHandler {
  readonly #rateLimit = new KeyedTokenBucket(addressLookupsBurst, lookupsIntervalMs);

  /** `found`: the registrant with `key`, if there is one. */
  answer(nowMs: number, asker: PeerKey, key: PeerKey, found: Registrant | undefined): ProtocolMessage {
    if (this.#rateLimit.take(nowMs, asker) !== undefined)
      return { kind: 'error', code: 'too-often' satisfies ProtocolCode, about: 'locate' };
    const candidates = found?.presence.state === 'online' ? [...found.candidates] : [];
    return { kind: 'location', key, addressRevision: found?.addressRevision ?? 0, candidates };
  }
}

/** The address where the server sees the client, then those that the client reports, as far as they are addresses. */
export function candidatesOf(seenAt: Address, reported: readonly string[]): string[] {
  const parsed = reported.map((text) => parseAddress(text)).filter((address) => address !== undefined);
  return [...new Set([seenAt, ...parsed].map(formatForOthers))].slice(0, candidatesMax);
}
