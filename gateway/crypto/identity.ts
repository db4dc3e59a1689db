import sodium from 'sodium-native';
import {
  fromHex,
  peerKeyFromBytes,
  peerKeyToBytes,
  signingKeyFromBytes,
  signingKeyToBytes,
} from '../../shared/ids.ts';
import type { PeerKey, SigningKey } from '../../shared/ids.ts';
import type { Identity } from '../store/client-store.ts';
import type { KeyPair } from '../transport/ports.ts';
import { Remembered } from './remembered.ts';

/** Draws seeds until one has an Ed25519 public key with sign bit 0: two on average. */
export function newIdentity(random: (byteCount: number) => Uint8Array): Identity {
  for (;;) {
    const identity = identityFromSeed(random(32));
    if (identity !== undefined) return identity;
  }
}

/** The identity of a seed (RFC 8032 section 5.1.5). Undefined when its public key has sign bit 1. */
export function identityFromSeed(seed: Uint8Array): Identity | undefined {
  const { publicKey } = signingKeysOf(seed);
  const agreementKey = agreementKeyOf(publicKey);
  if (agreementKey === undefined) return undefined;
  return { seed, key: peerKeyFromBytes(agreementKey), signingKey: signingKeyFromBytes(publicKey) };
}

/** The X25519 key pair of an identity, for Noise and HPKE. */
export function agreementKeysOf({ seed, key }: Identity): KeyPair {
  const secretKey = new Uint8Array(32);
  sodium.crypto_sign_ed25519_sk_to_curve25519(secretKey, signingKeysOf(seed).secretKey);
  return { publicKey: peerKeyToBytes(key), secretKey };
}

/** The Ed25519 key pair of a seed: the public key, and the secret key in libsodium's form of 64 bytes. */
export function signingKeysOf(seed: Uint8Array): KeyPair {
  const publicKey = new Uint8Array(32);
  const secretKey = new Uint8Array(64);
  sodium.crypto_sign_seed_keypair(publicKey, secretKey, seed);
  return { publicKey, secretKey };
}

/** See SigningKeyCheck (turn/signer.ts). Takes about 0.1 ms: ask only about keys that are new. */
export function isSigningKeyOf(peer: PeerKey, signingKey: SigningKey): boolean {
  const agreementKey = agreementKeyOf(signingKeyToBytes(signingKey));
  return agreementKey !== undefined && peerKeyFromBytes(agreementKey) === peer;
}

/** More than a room has members. */
const signingKeysMax = 4_096;
const signingKeys = new Remembered<PeerKey, SigningKey | undefined>(signingKeysMax);

/**
 * Returns the one signing key of this peer, also of one that no roster names: y = (u - 1) / (u + 1) (RFC 7748 section 4.1), with sign bit 0.
 * Undefined where no identity has this key. Takes about 0.2 ms for a peer that was not asked for lately.
 */
export function signingKeyOf(peer: PeerKey): SigningKey | undefined {
  return signingKeys.get(peer, () => findSigningKey(peer));
}

function findSigningKey(peer: PeerKey): SigningKey | undefined {
  const u = littleEndian(peerKeyToBytes(peer)) % fieldPrime;
  const inverse = inverseOf((u + 1n) % fieldPrime);
  if (inverse === undefined) return undefined;
  const y = ((u + fieldPrime - 1n) * inverse) % fieldPrime;
  const bytes = fromHex(y.toString(16).padStart(64, '0')).reverse();
  const signingKey = signingKeyFromBytes(bytes);
  return isSigningKeyOf(peer, signingKey) ? signingKey : undefined;
}

const fieldPrime = 2n ** 255n - 19n;

function littleEndian(bytes: Uint8Array): bigint {
  return bytes.reduceRight((value, byte) => value * 256n + BigInt(byte), 0n);
}

/** By the algorithm of Euclid. The keys are public, so its time may depend on them. */
function inverseOf(value: bigint): bigint | undefined {
  let [remainder, next] = [fieldPrime, value];
  let [factor, nextFactor] = [0n, 1n];
  while (next !== 0n) {
    const quotient = remainder / next;
    [remainder, next] = [next, remainder - quotient * next];
    [factor, nextFactor] = [nextFactor, factor - quotient * nextFactor];
  }
  return remainder === 1n ? ((factor % fieldPrime) + fieldPrime) % fieldPrime : undefined;
}

/**
 * The X25519 form of an Ed25519 public key. Undefined for a key with sign bit 1, because it shares its form with the key
 * of sign bit 0. Undefined also for bytes that are not the canonical form of a point in the prime-order subgroup.
 */
function agreementKeyOf(publicKey: Uint8Array): Uint8Array | undefined {
  if (!isCanonicalWithSignBitZero(publicKey)) return undefined;
  const agreementKey = new Uint8Array(32);
  try {
    sodium.crypto_sign_ed25519_pk_to_curve25519(agreementKey, publicKey);
    return agreementKey;
  } catch {
    // Points of small order, points outside of the prime-order subgroup, and bytes that are no point at all.
    return undefined;
  }
}

/** Whether these 32 bytes, little-endian, are less than 2^255 - 19. libsodium's conversion accepts larger ones. */
function isCanonicalWithSignBitZero(publicKey: Uint8Array): boolean {
  const [lowest = 0, ...rest] = publicKey;
  const highest = rest.pop() ?? 0;
  if (highest !== 0x7f) return highest < 0x7f;
  return lowest < 0xed || rest.some((byte) => byte !== 0xff);
}
