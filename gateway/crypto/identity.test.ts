import fc from 'fast-check';
import sodium from 'sodium-native';
import { describe, expect, it } from 'vitest';
import {
  fromHex,
  peerKeyFromBytes,
  peerKeyToBytes,
  signingKeyFromBytes,
  signingKeyToBytes,
  type SigningKey,
} from '../../shared/ids.ts';
import { SeededRandom } from '../net/seeded-random.ts';
import { keyPairOf } from './crypto.ts';
import {
  agreementKeysOf,
  identityFromSeed,
  isSigningKeyOf,
  newIdentity,
  signingKeyOf,
  signingKeysOf,
} from './identity.ts';

const random = new SeededRandom(1);
const identity = newIdentity((byteCount) => random.bytes(byteCount));

/** A seed with an Ed25519 public key that has sign bit 1. */
function seedWithSignBit(): Uint8Array {
  for (;;) {
    const seed = random.bytes(32);
    if ((signingKeysOf(seed).publicKey[31] ?? 0) >= 0x80) return seed;
  }
}

function withLastByte(key: SigningKey, change: (byte: number) => number): SigningKey {
  const bytes = signingKeyToBytes(key);
  bytes[31] = change(bytes[31] ?? 0);
  return signingKeyFromBytes(bytes);
}

describe('an identity', () => {
  it('PROTOCOL 6.55: has a signing key that follows from its peer key', () => {
    for (let count = 0; count < 20; count++) {
      const { key, signingKey } = newIdentity((byteCount) => random.bytes(byteCount));
      expect(signingKeyOf(key)).toBe(signingKey);
    }
    // u = -1 has no y, and 2 is on no point of the curve.
    for (const bytes of [
      Uint8Array.of(0xec, ...new Uint8Array(30).fill(0xff), 0x7f),
      Uint8Array.of(2, ...new Uint8Array(31)),
    ])
      expect(signingKeyOf(peerKeyFromBytes(bytes))).toBeUndefined();
  });

  it('PROTOCOL 6.55: has a signing key with sign bit 0, whatever seeds are drawn', () => {
    fc.assert(
      fc.property(fc.infiniteStream(fc.uint8Array({ minLength: 32, maxLength: 32 })), (seeds) => {
        const { signingKey, key } = newIdentity(() => seeds.next().value as Uint8Array);
        expect(signingKeyToBytes(signingKey)[31]).toBeLessThan(0x80);
        expect(isSigningKeyOf(key, signingKey)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  it('PROTOCOL 6.55: is not made from a seed with a signing key that has sign bit 1', () => {
    expect(identityFromSeed(seedWithSignBit())).toBeUndefined();
  });

  it('PROTOCOL 6.55: is the same for the same seed (RFC 8032 section 7.1, test 1)', () => {
    const seed = fromHex('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60');
    expect(identityFromSeed(seed)).toEqual({
      seed,
      signingKey: 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
      key: peerKeyFromBytes(
        montgomeryFormOf(fromHex('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a')),
      ),
    });
  });

  it('has an X25519 secret key for the peer key', () => {
    const { publicKey, secretKey } = agreementKeysOf(identity);
    expect(keyPairOf(secretKey).publicKey).toEqual(publicKey);
    expect(peerKeyFromBytes(publicKey)).toBe(identity.key);
  });
});

describe('the check of a signing key', () => {
  it('PROTOCOL 6.55: refuses the signing key of another identity', () => {
    const other = newIdentity((byteCount) => random.bytes(byteCount));
    expect(isSigningKeyOf(identity.key, other.signingKey)).toBe(false);
    expect(isSigningKeyOf(other.key, identity.signingKey)).toBe(false);
  });

  it('PROTOCOL 6.55: refuses the key with sign bit 1, although its X25519 form is the same', () => {
    const twin = withLastByte(identity.signingKey, (byte) => byte | 0x80);
    const form = new Uint8Array(32);
    sodium.crypto_sign_ed25519_pk_to_curve25519(form, signingKeyToBytes(twin));
    expect(form).toEqual(peerKeyToBytes(identity.key));
    expect(isSigningKeyOf(identity.key, twin)).toBe(false);
  });

  // y = 1 is the neutral point, y = -1 has order 2; 2^255 - 19 + y is a second form of y.
  it.each([
    ['the neutral point', '01' + '00'.repeat(31)],
    ['a point of order 2', 'ec' + 'ff'.repeat(30) + '7f'],
    ['a y that is not canonical', 'f0' + 'ff'.repeat(30) + '7f'],
    ['2^255 - 19', 'ed' + 'ff'.repeat(30) + '7f'],
    ['bytes that are not a point', '02' + '00'.repeat(31)],
    ['zeros', '00'.repeat(32)],
  ])('PROTOCOL 6.55: refuses %s', (_, hex) => {
    const bytes = fromHex(hex);
    expect(isSigningKeyOf(identity.key, signingKeyFromBytes(bytes))).toBe(false);
    expect(isSigningKeyOf(peerKeyFromBytes(montgomeryFormOf(bytes)), signingKeyFromBytes(bytes))).toBe(false);
  });

  it('PROTOCOL 6.55: refuses a point outside of the prime-order subgroup', () => {
    // The sum of a good key and the point of order 2: (-x, -y).
    const y = prime - littleEndian(signingKeyToBytes(identity.signingKey));
    const mixed = bytesOfNumber(y);
    for (const signBit of [0, 0x80]) {
      mixed[31] = ((mixed[31] ?? 0) & 0x7f) | signBit;
      expect(isSigningKeyOf(peerKeyFromBytes(montgomeryFormOf(mixed)), signingKeyFromBytes(mixed))).toBe(
        false,
      );
    }
  });

  it('never throws, whatever 32 bytes it is asked about', () => {
    const key = fc.uint8Array({ minLength: 32, maxLength: 32 });
    fc.assert(
      fc.property(key, key, (peer, signingKey) => {
        expect(isSigningKeyOf(peerKeyFromBytes(peer), signingKeyFromBytes(signingKey))).toBe(false);
      }),
    );
  });
});

const prime = 2n ** 255n - 19n;

function littleEndian(bytes: Uint8Array): bigint {
  return bytes.reduceRight((number, byte) => number * 256n + BigInt(byte), 0n);
}

function bytesOfNumber(number: bigint): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, index) => Number((number >> BigInt(8 * index)) & 255n));
}

/** The birational map of RFC 7748 section 4.1, u = (1 + y) / (1 - y), without regard to whether there is such a point. */
function montgomeryFormOf(publicKey: Uint8Array): Uint8Array {
  const y = littleEndian(publicKey) % 2n ** 255n;
  const denominator = (((1n - y) % prime) + prime) % prime;
  return bytesOfNumber(((1n + y) * power(denominator, prime - 2n)) % prime);
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (let square = base, rest = exponent; rest > 0n; rest >>= 1n, square = (square * square) % prime)
    if (rest % 2n === 1n) result = (result * square) % prime;
  return result;
}
