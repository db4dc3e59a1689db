import { createHash, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { expect } from 'vitest';
import { fromHex, peerKeyFromBytes, signingKeyFromBytes, toHex } from '../../shared/ids.ts';
import { agreementKeysOf, identityFromSeed, isSigningKeyOf, signingKeysOf } from '../crypto/identity.ts';
import { describeVectors } from './describe-vectors.ts';
import { x25519PublicKey } from './reference-x25519.ts';
import type { VectorCase } from './vector-files.ts';

type IdentityCase =
  | (VectorCase & {
      readonly result: 'identity';
      readonly seed: string;
      readonly signingKey: string;
      readonly peerKey: string;
      /** The X25519 secret key. */
      readonly secretKey: string;
    })
  /** The public key of the seed has sign bit 1. */
  | (VectorCase & { readonly result: 'no-identity'; readonly seed: string; readonly signingKey: string })
  /** A reader refuses the signing key beside this peer key. */
  | (VectorCase & { readonly result: 'refused'; readonly signingKey: string; readonly peerKey: string });

/** The Ed25519 key of a seed, by node:crypto. */
function nodeKeyOf(seed: string): KeyObject {
  const key = Buffer.concat([fromHex('302e020100300506032b657004220420'), fromHex(seed)]);
  return createPrivateKey({ key, format: 'der', type: 'pkcs8' });
}

function signingKeyByReference(seed: string): string {
  const spki = createPublicKey(nodeKeyOf(seed)).export({ format: 'der', type: 'spki' });
  return toHex(spki.subarray(12));
}

/** The clamped first half of the SHA-512 of the seed (RFC 8032 section 5.1.5). */
function secretKeyByReference(seed: string): Uint8Array {
  const secret = Uint8Array.from(createHash('sha512').update(fromHex(seed)).digest().subarray(0, 32));
  secret[0]! &= 248;
  secret[31] = (secret[31]! & 127) | 64;
  return secret;
}

const prime = 2n ** 255n - 19n;

/** u = (1 + y) / (1 - y), by the integers of the language. */
function peerKeyByReference(signingKey: string): string {
  const y = BigInt(`0x${toHex(fromHex(signingKey).toReversed())}`);
  const u = ((1n + y) * power((1n + prime - y) % prime, prime - 2n)) % prime;
  return toHex(fromHex(u.toString(16).padStart(64, '0')).toReversed());
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (let bits = exponent, square = base; bits > 0n; bits >>= 1n, square = (square * square) % prime)
    if ((bits & 1n) === 1n) result = (result * square) % prime;
  return result;
}

describeVectors<IdentityCase>('identity', {
  identity({ name, seed }) {
    const identity = identityFromSeed(fromHex(seed))!;
    const { publicKey, secretKey } = agreementKeysOf(identity);
    const signingKey = signingKeyByReference(seed);
    expect(identity.signingKey).toBe(signingKey);
    expect(identity.key).toBe(peerKeyByReference(signingKey));
    expect(secretKey).toEqual(secretKeyByReference(seed));
    expect(x25519PublicKey(secretKey)).toEqual(publicKey);
    expect(isSigningKeyOf(identity.key, identity.signingKey)).toBe(true);
    return { name, result: 'identity', seed, signingKey, peerKey: identity.key, secretKey: toHex(secretKey) };
  },
  'no-identity'({ name, seed }) {
    const signingKey = signingKeyByReference(seed);
    expect(toHex(signingKeysOf(fromHex(seed)).publicKey)).toBe(signingKey);
    expect(identityFromSeed(fromHex(seed))).toBeUndefined();
    return { name, result: 'no-identity', seed, signingKey };
  },
  refused(vector) {
    const peer = peerKeyFromBytes(fromHex(vector.peerKey));
    expect(isSigningKeyOf(peer, signingKeyFromBytes(fromHex(vector.signingKey)))).toBe(false);
    return vector;
  },
});
