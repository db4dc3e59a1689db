import { createCipheriv, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../../shared/ids.ts';
import { aeadTagBytes } from '../transport/ports.ts';
import { sodiumAead } from './aead.ts';
import { readPublishedVectors } from './published-vectors.ts';

function seal(key: Uint8Array, nonce: Uint8Array, ad: Uint8Array, plaintext: Uint8Array): Uint8Array {
  const sealed = new Uint8Array(plaintext.length + aeadTagBytes);
  sodiumAead.seal(sealed, key, nonce, ad, plaintext);
  return sealed;
}

function open(
  key: Uint8Array,
  nonce: Uint8Array,
  ad: Uint8Array,
  sealed: Uint8Array,
): Uint8Array | undefined {
  const opened = new Uint8Array(Math.max(0, sealed.length - aeadTagBytes));
  return sodiumAead.open(opened, key, nonce, ad, sealed) ? opened : undefined;
}

describe('ChaCha20-Poly1305', () => {
  it('seals and opens the example of RFC 8439 section 2.8.2', () => {
    const key = Uint8Array.from({ length: 32 }, (_, index) => 0x80 + index);
    const nonce = fromHex('070000004041424344454647');
    const ad = fromHex('50515253c0c1c2c3c4c5c6c7');
    const text = "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the ";
    const plaintext = new TextEncoder().encode(`${text}future, sunscreen would be it.`);
    const sealed = seal(key, nonce, ad, plaintext);
    expect(toHex(sealed.subarray(0, 16))).toBe('d31a8d34648e60db7b86afbc53ef7ec2');
    expect(toHex(sealed.subarray(-16))).toBe('1ae10b594f09e26a7e902ecbd0600691');
    expect(open(key, nonce, ad, sealed)).toEqual(plaintext);
  });

  it('opens the example of RFC 8439 appendix A.5', () => {
    const key = fromHex('1c9240a5eb55d38af333888604f6b5f0473917c1402b80099dca5cbc207075c0');
    const sealed = fromHex(
      [
        '64a0861575861af460f062c79be643bd5e805cfd345cf389f108670ac76c8cb24c6cfc18755d43eea09ee94e382d26b0bdb7',
        'b73c321b0100d4f03b7f355894cf332f830e710b97ce98c8a84abd0b948114ad176e008d33bd60f982b1ff37c8559797a06e',
        'f4f0ef61c186324e2b3506383606907b6a7c02b0f9f6157b53c867e4b9166c767b804d46a59b5216cde7a4e99040c5a40433',
        '225ee282a1b0a06c523eaf4534d7f83fa1155b0047718cbc546a0d072b04b3564eea1b422273f548271a0bb2316053fa7699',
        '1955ebd63159434ecebb4e466dae5a1073a6727627097a1049e617d91d361094fa68f0ff77987130305beaba2eda04df997b',
        '714d6c6f2c29a6ad5cb4022b02709beead9d67890cbb22392336fea1851f38',
      ].join(''),
    );
    const plaintext = open(
      key,
      fromHex('000000000102030405060708'),
      fromHex('f33388860000000000004e91'),
      sealed,
    );
    expect(new TextDecoder().decode(plaintext)).toMatch(/^Internet-Drafts are draft documents valid for /);
  });

  it('agrees with node:crypto for random lengths, even in place', () => {
    for (let round = 0; round < 200; round++) {
      const [key, nonce, ad] = [randomBytes(32), randomBytes(12), randomBytes(round % 40)];
      const plaintext = new Uint8Array(randomBytes((round * 7) % 1_200));
      const cipher = createCipheriv('chacha20-poly1305', key, nonce, { authTagLength: aeadTagBytes });
      cipher.setAAD(ad, { plaintextLength: plaintext.length });
      const expected = Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
      const inPlace = new Uint8Array(plaintext.length + aeadTagBytes);
      inPlace.set(plaintext);
      sodiumAead.seal(inPlace, key, nonce, ad, inPlace.subarray(0, plaintext.length));
      expect(toHex(inPlace)).toBe(expected.toString('hex'));
      expect(toHex(seal(key, nonce, ad, plaintext))).toBe(expected.toString('hex'));
      expect(open(key, nonce, ad, expected)).toEqual(plaintext);
    }
  });

  it('opens no ciphertext with a flipped bit, and none that is too short', () => {
    const [key, nonce, ad] = [new Uint8Array(32).fill(1), new Uint8Array(12), Uint8Array.of(1, 2, 3)];
    const sealed = seal(key, nonce, ad, Uint8Array.of(9, 8, 7));
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const flipped = Uint8Array.from(sealed);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      expect(open(key, nonce, ad, flipped)).toBeUndefined();
    }
    for (let length = 0; length < sealed.length; length++) {
      expect(open(key, nonce, ad, sealed.subarray(0, length))).toBeUndefined();
    }
    expect(open(key, nonce, Uint8Array.of(1, 2, 4), sealed)).toBeUndefined();
  });
});

interface WycheproofTest {
  readonly tcId: number;
  readonly key: string;
  readonly iv: string;
  readonly aad: string;
  readonly msg: string;
  readonly ct: string;
  readonly tag: string;
  readonly result: 'valid' | 'invalid';
}

const wycheproof = readPublishedVectors('wycheproof-chacha20_poly1305_test.json') as
  { readonly testGroups: readonly { readonly tests: readonly WycheproofTest[] }[] } | undefined;

if (wycheproof !== undefined)
  describe('Wycheproof', () => {
    // Nonces of another length than 12 bytes cannot be given to this port.
    const tests = wycheproof.testGroups.flatMap((group) => group.tests).filter(({ iv }) => iv.length === 24);

    it(`agrees with all ${tests.length} vectors for ChaCha20-Poly1305`, () => {
      expect(tests.length).toBeGreaterThan(200);
      for (const { tcId, key, iv, aad, msg, ct, tag, result } of tests) {
        const opened = open(fromHex(key), fromHex(iv), fromHex(aad), fromHex(ct + tag));
        expect(opened === undefined ? 'invalid' : 'valid', `test ${tcId}`).toBe(result);
        if (opened === undefined) continue;
        expect(toHex(opened), `test ${tcId}`).toBe(msg);
        expect(toHex(seal(fromHex(key), fromHex(iv), fromHex(aad), opened)), `test ${tcId}`).toBe(ct + tag);
      }
    });
  });
