import { describe, expect, it } from 'vitest';
import { peerKeyFromBytes, toHex, type InstallationId, type MailKeyId } from '../ids.ts';
import { isMailKeyOf, mailKeySignedBytes, newMailKeyId, type MailKey } from './mail-key.ts';

const installation = '0011223344556677' as InstallationId;
const place = { server: peerKeyFromBytes(new Uint8Array(32).fill(0xab)), installation };
const key: Omit<MailKey, 'signature'> = {
  keyId: '0011223301020304' as MailKeyId,
  kind: 'weekly',
  publicKey: new Uint8Array(32).fill(0xcd),
  expiresAtMs: 1_700_000_000_000,
};

describe('a mail key', () => {
  it('PROTOCOL 9.20: is signed with its server, its installation, its kind, its id and its expiry', () => {
    expect(toHex(mailKeySignedBytes(place, key))).toBe(
      [
        'ab'.repeat(32),
        '0011223344556677',
        '01',
        '0011223301020304',
        'cd'.repeat(32),
        '0000018bcfe56800',
      ].join(''),
    );
    const signed = [
      mailKeySignedBytes(place, key),
      mailKeySignedBytes(place, { ...key, kind: 'one-time' }),
      mailKeySignedBytes(place, { ...key, expiresAtMs: -1 }),
      mailKeySignedBytes({ ...place, installation: '0011223344556678' as InstallationId }, key),
    ];
    expect(new Set(signed.map(toHex)).size).toBe(signed.length);
    expect(new Set(signed.map(({ length }) => length))).toEqual(new Set([89]));
  });

  it('PROTOCOL 9.20: names its installation with the first four bytes of its id', () => {
    const keyId = newMailKeyId(installation, Uint8Array.of(9, 8, 7, 6));
    expect(keyId).toBe('0011223309080706');
    expect(isMailKeyOf(installation, keyId)).toBe(true);
    expect(isMailKeyOf('0011224444556677' as InstallationId, keyId)).toBe(false);
  });
});
