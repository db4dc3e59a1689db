import { addressGroup, type Address } from '../../shared/address.ts';
import type { JoinCode } from '../../shared/ids.ts';
import type { ProveJoinCode } from '../../shared/join-code.ts';
import { joinCodeTriesBurst, joinCodeTriesIntervalMs } from '../../shared/limits.ts';
import { KeyedTokenBucket } from '../turn/keyed-token-bucket.ts';

export interface JoinCodeTry {
  readonly address: Pick<Address, 'host'>;
  readonly handshakeHash: Uint8Array;
  readonly joinProof: Uint8Array | undefined;
}

/** Lets new keys in that prove the join code, and slows guesses down. */
export class JoinCodeCheck {
  readonly #prove: ProveJoinCode;
  readonly #tries = new KeyedTokenBucket(joinCodeTriesBurst, joinCodeTriesIntervalMs);

  constructor(prove: ProveJoinCode) {
    this.#prove = prove;
  }

  /** Returns why a new key is refused; undefined if it is let in. */
  refusal(
    nowMs: number,
    code: JoinCode | undefined,
    { address, handshakeHash, joinProof }: JoinCodeTry,
  ): 'join-code-required' | 'join-code-wrong' | 'too-many-tries' | undefined {
    if (code === undefined) return undefined;
    if (joinProof === undefined) return 'join-code-required';
    const group = addressGroup(address);
    // Before the comparison: past the limit, a right guess must not look other than a wrong one.
    if (this.#tries.freeAtMs(nowMs, group) !== undefined) return 'too-many-tries';
    if (isEqual(this.#prove(code, handshakeHash), joinProof)) return undefined;
    this.#tries.take(nowMs, group);
    return 'join-code-wrong';
  }
}

/** Takes the same time for all proofs. */
function isEqual(one: Uint8Array, other: Uint8Array): boolean {
  let difference = one.length ^ other.length;
  for (const [index, byte] of one.entries()) difference |= byte ^ (other[index] ?? 0);
  return difference === 0;
}
