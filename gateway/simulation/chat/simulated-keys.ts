import { peerKeyFromBytes, signingKeyFromBytes, type PeerKey, type SigningKey } from '../../../shared/ids.ts';
import { identityFromSeed, isSigningKeyOf, newIdentity, signingKeyOf } from '../../crypto/identity.ts';
import type { Identity } from '../../store/client-store.ts';
import type { SigningKeyCheck } from '../../turn/signer.ts';

/**
 * The keys of a simulation. Identities are real. The check remembers each identity that was made here, because a roster
 * of thousands of people would cost a simulation seconds of curve arithmetic.
 */
export class SimulatedKeys {
  readonly #random: (byteCount: number) => Uint8Array;
  readonly #known = new Map<PeerKey, SigningKey>();

  constructor(random: (byteCount: number) => Uint8Array) {
    this.#random = random;
  }

  newIdentity(): Identity {
    const identity = newIdentity(this.#random);
    this.#known.set(identity.key, identity.signingKey);
    return identity;
  }

  /** Keys of a user who does not exist: random bytes, which the check accepts together. */
  invent(): Pick<Identity, 'key' | 'signingKey'> {
    const key = peerKeyFromBytes(this.#random(32));
    const signingKey = signingKeyFromBytes(this.#random(32));
    this.#known.set(key, signingKey);
    return { key, signingKey };
  }

  readonly isSigningKeyOf: SigningKeyCheck = (peer, signingKey) =>
    this.#known.get(peer) === signingKey || isSigningKeyOf(peer, signingKey);

  /** Computed only for a key that was not made here. */
  readonly signingKeyOf = (peer: PeerKey): SigningKey | undefined =>
    this.#known.get(peer) ?? signingKeyOf(peer);
}

/** Identities for tests by number, from 1, the same in each run. */
export function testIdentity(number: number): Identity {
  let identity = testIdentities.get(number);
  for (let attempt = 0; identity === undefined; attempt++) {
    const seed = new Uint8Array(32).fill(number);
    seed[0] = attempt;
    identity = identityFromSeed(seed);
  }
  testIdentities.set(number, identity);
  return identity;
}

const testIdentities = new Map<number, Identity>();
