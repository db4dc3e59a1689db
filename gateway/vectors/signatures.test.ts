import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { guestSignedBytes } from '../../shared/chat/guest.ts';
import { mailKeySignedBytes, type MailKeyKind } from '../../shared/chat/mail-key.ts';
import {
  fromHex,
  parseInstallationId,
  parseMailKeyId,
  peerKeyFromBytes,
  signingKeyFromBytes,
  toHex,
} from '../../shared/ids.ts';
import { signatureContexts, type SignatureContext } from '../../shared/signature-contexts.ts';
import { identityFromSeed } from '../crypto/identity.ts';
import { signerOf } from '../crypto/signer.ts';
import { describeVectors } from './describe-vectors.ts';
import type { VectorCase } from './vector-files.ts';

interface SignedFields extends VectorCase {
  readonly use: SignatureContext;
  /** Of the signer. */
  readonly seed: string;
  readonly signingKey: string;
  /** What is signed, behind the context string and a zero byte. */
  readonly bytes: string;
  readonly signedBytes: string;
  readonly signature: string;
}

type SignatureCase =
  | (SignedFields & { readonly result: 'valid' })
  | (SignedFields & {
      readonly result: 'valid-mail-key';
      readonly server: string;
      readonly installation: string;
      readonly kind: MailKeyKind;
      readonly keyId: string;
      readonly publicKey: string;
      readonly expiresAtMs: number;
    })
  | (SignedFields & {
      readonly result: 'valid-guest';
      readonly host: string;
      readonly guest: string;
      readonly server: string;
    })
  | (VectorCase & {
      readonly result: 'refused';
      readonly use: SignatureContext;
      readonly signingKey: string;
      readonly bytes: string;
      readonly signature: string;
    });

/** Signs by the program and by node:crypto. */
function signBoth(use: SignatureContext, seed: string, bytes: string) {
  const identity = identityFromSeed(fromHex(seed))!;
  const signature = signerOf(identity).sign(use, fromHex(bytes));
  const signed = Buffer.concat([
    new TextEncoder().encode(signatureContexts[use]),
    Uint8Array.of(0),
    fromHex(bytes),
  ]);
  const pkcs8 = Buffer.concat([fromHex('302e020100300506032b657004220420'), fromHex(seed)]);
  const key = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
  expect(toHex(sign(null, signed, key))).toBe(toHex(signature));
  expect(verify(null, signed, createPublicKey(key), signature)).toBe(true);
  expect(isValid({ use, signingKey: identity.signingKey, bytes, signature: toHex(signature) })).toBe(true);
  return { signingKey: identity.signingKey, bytes, signedBytes: toHex(signed), signature: toHex(signature) };
}

function isValid({
  use,
  signingKey,
  bytes,
  signature,
}: Pick<SignedFields, 'use' | 'signingKey' | 'bytes' | 'signature'>) {
  const anyone = identityFromSeed(new Uint8Array(32))!;
  const key = signingKeyFromBytes(fromHex(signingKey));
  return signerOf(anyone).verify(use, key, fromHex(bytes), fromHex(signature));
}

const cases = describeVectors<SignatureCase>('signatures', {
  valid: (vector) => ({ ...vector, ...signBoth(vector.use, vector.seed, vector.bytes) }),
  'valid-mail-key'(vector) {
    const { server, installation, kind, keyId, publicKey, expiresAtMs } = vector;
    const place = {
      server: peerKeyFromBytes(fromHex(server)),
      installation: parseInstallationId(installation)!,
    };
    const key = { keyId: parseMailKeyId(keyId)!, kind, publicKey: fromHex(publicKey), expiresAtMs };
    const bytes = toHex(mailKeySignedBytes(place, key));
    // PROTOCOL 9.20, by hand: each field has a fixed length.
    const kindByte = kind === 'weekly' ? '01' : '02';
    const expiry = BigInt.asUintN(64, BigInt(expiresAtMs)).toString(16).padStart(16, '0');
    expect(bytes).toBe(server + installation + kindByte + keyId + publicKey + expiry);
    return { ...vector, ...signBoth(vector.use, vector.seed, bytes) };
  },
  'valid-guest'(vector) {
    const { host, guest, server } = vector;
    const [hostKey, guestKey, serverKey] = [host, guest, server].map((key) => peerKeyFromBytes(fromHex(key)));
    const bytes = toHex(guestSignedBytes(hostKey!, guestKey!, serverKey!));
    // PROTOCOL 6.114, by hand.
    expect(bytes).toBe(host + guest + server);
    return { ...vector, ...signBoth(vector.use, vector.seed, bytes) };
  },
  refused(vector) {
    expect(isValid(vector)).toBe(false);
    return vector;
  },
});

describe('the vectors of signatures', () => {
  it('PROTOCOL 6.56: have each use of a signature, and a mail key of each kind', () => {
    const valid = cases.filter(({ result }) => result !== 'refused');
    expect(new Set(valid.map(({ use }) => use))).toEqual(new Set(Object.keys(signatureContexts)));
    const kinds = cases.flatMap((vector) => (vector.result === 'valid-mail-key' ? [vector.kind] : []));
    expect(new Set(kinds)).toEqual(new Set(['weekly', 'one-time']));
  });
});
