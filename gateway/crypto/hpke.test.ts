import {
  createCipheriv,
  createHmac,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  randomBytes,
} from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { envelopeAssociatedData, envelopeInfo, type EnvelopeHead } from '../../shared/chat/envelope.ts';
import {
  fromHex,
  mailKeyIdFromBytes,
  peerKeyFromBytes,
  toHex,
  type MessageId,
  type PeerKey,
} from '../../shared/ids.ts';
import type { KeyPair } from '../transport/ports.ts';
import { keyPairOf } from './crypto.ts';
import { HpkeSealer } from './hpke.ts';

/** RFC 9180 in mode auth for one message, written once more over node:crypto alone: what the package is compared with. */
interface Reference {
  readonly secretKey: Uint8Array;
  readonly ephemeral: KeyPair;
  readonly recipient: Uint8Array;
  readonly aead: {
    readonly id: 1 | 2;
    readonly keyBytes: 16 | 32;
    readonly cipher: 'aes-128-gcm' | 'aes-256-gcm';
  };
  readonly info: Uint8Array;
  readonly aad: Uint8Array;
  readonly plaintext: Uint8Array;
}

function sealByReference({
  secretKey,
  ephemeral,
  recipient,
  aead,
  info,
  aad,
  plaintext,
}: Reference): Uint8Array {
  const text = (words: string) => new TextEncoder().encode(words);
  const number = (value: number) => Uint8Array.of(value >> 8, value & 0xff);
  const hmac = (key: Uint8Array, data: Uint8Array) => createHmac('sha256', key).update(data).digest();
  const extract = (suite: Uint8Array, salt: Uint8Array, label: string, ikm: Uint8Array) =>
    hmac(salt, Buffer.concat([text('HPKE-v1'), suite, text(label), ikm]));
  const expand = (suite: Uint8Array, prk: Uint8Array, label: string, context: Uint8Array, length: number) =>
    hmac(
      prk,
      Buffer.concat([number(length), text('HPKE-v1'), suite, text(label), context, Uint8Array.of(1)]),
    ).subarray(0, length);
  const kem = Buffer.concat([text('KEM'), number(0x20)]);
  const suite = Buffer.concat([text('HPKE'), number(0x20), number(1), number(aead.id)]);
  const nothing = new Uint8Array(0);
  // Section 4.1, AuthEncap.
  const dh = Buffer.concat([x25519(ephemeral.secretKey, recipient), x25519(secretKey, recipient)]);
  const context = Buffer.concat([ephemeral.publicKey, recipient, keyPairOf(secretKey).publicKey]);
  const shared = expand(kem, extract(kem, nothing, 'eae_prk', dh), 'shared_secret', context, 32);
  // Section 5.1, KeySchedule.
  const schedule = Buffer.concat([
    Uint8Array.of(2),
    extract(suite, nothing, 'psk_id_hash', nothing),
    extract(suite, nothing, 'info_hash', info),
  ]);
  const secret = extract(suite, shared, 'secret', nothing);
  const key = expand(suite, secret, 'key', schedule, aead.keyBytes);
  const nonce = expand(suite, secret, 'base_nonce', schedule, 12);
  const cipher = createCipheriv(aead.cipher, key, nonce);
  cipher.setAAD(aad);
  return Buffer.concat([ephemeral.publicKey, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

function x25519(secretKey: Uint8Array, publicKey: Uint8Array): Uint8Array {
  const pkcs8 = Buffer.concat([fromHex('302e020100300506032b656e04220420'), secretKey]);
  const spki = Buffer.concat([fromHex('302a300506032b656e032100'), publicKey]);
  return diffieHellman({
    privateKey: createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' }),
    publicKey: createPublicKey({ key: spki, format: 'der', type: 'spki' }),
  });
}

const [alice, bob, carol] = [1, 2, 3].map((byte) => keyPairOf(new Uint8Array(32).fill(byte))) as [
  KeyPair,
  KeyPair,
  KeyPair,
];
const bobsMailKey = keyPairOf(new Uint8Array(32).fill(9));
const keyOf = ({ publicKey }: KeyPair): PeerKey => peerKeyFromBytes(publicKey);
const head: EnvelopeHead = {
  format: 1,
  from: keyOf(alice),
  to: keyOf(bob),
  type: 'text',
  id: '01890a5d-ac96-774b-bcce-b302099a8057' as MessageId,
  keyId: mailKeyIdFromBytes(new Uint8Array(8).fill(7)),
};
const words = new TextEncoder().encode('for bob alone');
const aes256 = { id: 2, keyBytes: 32, cipher: 'aes-256-gcm' } as const;

describe('HPKE', () => {
  it('the reference of this test agrees with RFC 9180 appendix A.1.3 (its suite has AES-128-GCM)', () => {
    const ephemeral = keyPairOf(fromHex('ff4442ef24fbc3c1ff86375b0be1e77e88a0de1e79b30896d73411c5ff4c3518'));
    const sealed = sealByReference({
      secretKey: fromHex('dc4a146313cce60a278a5323d321f051c5707e9c45ba21a3479fecdf76fc69dd'),
      ephemeral,
      recipient: fromHex('1632d5c2f71c2b38d0a8fcc359355200caa8b1ffdf28618080466c909cb69b2e'),
      aead: { id: 1, keyBytes: 16, cipher: 'aes-128-gcm' },
      info: fromHex('4f6465206f6e2061204772656369616e2055726e'),
      aad: fromHex('436f756e742d30'),
      plaintext: fromHex('4265617574792069732074727574682c20747275746820626561757479'),
    });
    expect(toHex(ephemeral.publicKey)).toBe(
      '23fb952571a14a25e3d678140cd0e5eb47a0961bb18afcf85896e5453c312e76',
    );
    expect(toHex(sealed.subarray(32))).toBe(
      '5fd92cc9d46dbf8943e72a07e42f363ed5f721212cd90bcfd072bfd9f44e06b80fd17824947496e21b680c141b',
    );
  });

  it('PROTOCOL 9.2: opens envelopes that the reference sealed with AES-256-GCM, for random contents', async () => {
    for (let length = 0; length < 400; length += 37) {
      const plaintext = new Uint8Array(randomBytes(length));
      const sealed = sealByReference({
        secretKey: alice.secretKey,
        ephemeral: keyPairOf(randomBytes(32)),
        recipient: bobsMailKey.publicKey,
        aead: aes256,
        info: envelopeInfo,
        aad: envelopeAssociatedData(head),
        plaintext,
      });
      expect(await new HpkeSealer(bob).open(head, bobsMailKey.secretKey, sealed)).toEqual(plaintext);
    }
  });

  it('PROTOCOL 9.2: an envelope opens to its content, is 48 bytes larger, and never has the same bytes twice', async () => {
    const [first, second] = await Promise.all([
      new HpkeSealer(alice).seal(head, bobsMailKey.publicKey, words),
      new HpkeSealer(alice).seal(head, bobsMailKey.publicKey, words),
    ]);
    expect(first).toHaveLength(words.length + 48);
    expect(first).not.toEqual(second);
    expect(await new HpkeSealer(bob).open(head, bobsMailKey.secretKey, first!)).toEqual(words);
    expect(await new HpkeSealer(bob).open(head, bobsMailKey.secretKey, second!)).toEqual(words);
  });

  it('PROTOCOL 9.1: an envelope with a changed header is not opened, and no other key opens it', async () => {
    const sealed = (await new HpkeSealer(alice).seal(head, bobsMailKey.publicKey, words))!;
    const changed: EnvelopeHead[] = [
      { ...head, from: keyOf(carol) },
      { ...head, to: keyOf(carol) },
      { ...head, type: 'receipt' },
      { ...head, id: '01890a5d-ac96-774b-bcce-b302099a8058' as MessageId },
      { ...head, keyId: mailKeyIdFromBytes(new Uint8Array(8).fill(1)) },
      { ...head, format: 2 },
    ];
    const opened = await Promise.all(
      changed.map((other) => new HpkeSealer(bob).open(other, bobsMailKey.secretKey, sealed)),
    );
    expect(opened).toEqual(changed.map(() => undefined));
    for (const { secretKey } of [alice, bob, carol])
      expect(await new HpkeSealer(bob).open(head, secretKey, sealed)).toBeUndefined();
  });

  it('an envelope with a flipped bit, or a truncated one, is not opened', async () => {
    const sealed = (await new HpkeSealer(alice).seal(head, bobsMailKey.publicKey, Uint8Array.of(1)))!;
    const sealer = new HpkeSealer(bob);
    const bits = Array.from({ length: sealed.length * 8 }, (_, bit) => bit);
    const opened = await Promise.all(
      bits.map((bit) => {
        const flipped = Uint8Array.from(sealed);
        flipped[bit >> 3]! ^= 1 << (bit & 7);
        return sealer.open(head, bobsMailKey.secretKey, flipped);
      }),
    );
    expect(opened.every((bytes) => bytes === undefined)).toBe(true);
    for (const length of [0, 1, 31, 32, 47, 48]) {
      expect(await sealer.open(head, bobsMailKey.secretKey, sealed.slice(0, length))).toBeUndefined();
    }
  });

  it('nothing is sealed to, or opened from, a point of low order', async () => {
    const lowOrder = peerKeyFromBytes(new Uint8Array(32));
    expect(await new HpkeSealer(alice).seal(head, new Uint8Array(32), words)).toBeUndefined();
    const sealed = (await new HpkeSealer(alice).seal(head, bobsMailKey.publicKey, words))!;
    expect(
      await new HpkeSealer(bob).open({ ...head, from: lowOrder }, bobsMailKey.secretKey, sealed),
    ).toBeUndefined();
  });
});
