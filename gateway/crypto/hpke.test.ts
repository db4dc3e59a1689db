import { randomBytes } from 'node:crypto';
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
import { aes128, aes256, sealByReference } from '../vectors/reference-hpke.ts';
import { HpkeSealer } from './hpke.ts';

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

describe('HPKE', () => {
  it('the reference of this test agrees with RFC 9180 appendix A.1.3 (its suite has AES-128-GCM)', () => {
    const { encapsulated, sealed } = sealByReference({
      senderSecret: fromHex('dc4a146313cce60a278a5323d321f051c5707e9c45ba21a3479fecdf76fc69dd'),
      ephemeralSecret: fromHex('ff4442ef24fbc3c1ff86375b0be1e77e88a0de1e79b30896d73411c5ff4c3518'),
      recipientKey: fromHex('1632d5c2f71c2b38d0a8fcc359355200caa8b1ffdf28618080466c909cb69b2e'),
      aead: aes128,
      info: fromHex('4f6465206f6e2061204772656369616e2055726e'),
      aad: fromHex('436f756e742d30'),
      plaintext: fromHex('4265617574792069732074727574682c20747275746820626561757479'),
    });
    expect(toHex(encapsulated)).toBe('23fb952571a14a25e3d678140cd0e5eb47a0961bb18afcf85896e5453c312e76');
    expect(toHex(sealed.subarray(32))).toBe(
      '5fd92cc9d46dbf8943e72a07e42f363ed5f721212cd90bcfd072bfd9f44e06b80fd17824947496e21b680c141b',
    );
  });

  it('PROTOCOL 9.2: opens envelopes that the reference sealed with AES-256-GCM, for random contents', async () => {
    for (let length = 0; length < 400; length += 37) {
      const plaintext = new Uint8Array(randomBytes(length));
      const { sealed } = sealByReference({
        senderSecret: alice.secretKey,
        ephemeralSecret: randomBytes(32),
        recipientKey: bobsMailKey.publicKey,
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
