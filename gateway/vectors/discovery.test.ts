import { createPublicKey, verify } from 'node:crypto';
import { expect } from 'vitest';
import {
  decodeDiscovery,
  encodeQuery,
  signedBytesOf,
  withSignature,
  type Beacon,
  type DiscoveryDrop,
  type Goodbye,
} from '../../shared/discovery/datagrams.ts';
import { fromHex, signingKeyToBytes, toHex } from '../../shared/ids.ts';
import { signatureContexts } from '../../shared/signature-contexts.ts';
import { identityFromSeed, signingKeyOf } from '../crypto/identity.ts';
import { signerOf } from '../crypto/signer.ts';
import { describeVectors } from './describe-vectors.ts';
import type { VectorCase } from './vector-files.ts';

type AnswerFields = Omit<Beacon, 'type'> | Omit<Goodbye, 'type'>;

type DiscoveryCase =
  | (VectorCase & { readonly result: 'query'; readonly nonce: string; readonly bytes: string })
  | (VectorCase & { readonly result: 'query-only-read'; readonly nonce: string; readonly bytes: string })
  | (VectorCase & {
      readonly result: 'beacon' | 'goodbye';
      readonly seed: string;
      readonly answer: AnswerFields;
      readonly bytes: string;
    })
  | (VectorCase & {
      readonly result: 'beacon-only-read';
      readonly answer: AnswerFields;
      readonly bytes: string;
    })
  | (VectorCase & { readonly result: 'wrong-signature'; readonly bytes: string })
  | (VectorCase & { readonly result: 'dropped'; readonly cause: DiscoveryDrop; readonly bytes: string });

/** Verifies by node:crypto, behind the context string and a zero byte. */
function isSigned(bytes: Uint8Array): boolean {
  const decoded = decodeDiscovery(bytes);
  if (decoded.type !== 'answer') throw new Error('no answer');
  const signingKey = signingKeyOf(decoded.answer.key)!;
  const spki = Buffer.concat([fromHex('302a300506032b6570032100'), signingKeyToBytes(signingKey)]);
  const key = createPublicKey({ key: spki, format: 'der', type: 'spki' });
  const message = Buffer.concat([Buffer.from(`${signatureContexts.beacon}\0`), decoded.signed]);
  return verify(null, message, key, decoded.signature);
}

function answerIn(bytes: Uint8Array): AnswerFields {
  const decoded = decodeDiscovery(bytes);
  if (decoded.type !== 'answer') throw new Error('no answer');
  const { type: _type, ...fields } = decoded.answer;
  return fields;
}

function written(
  type: 'beacon' | 'goodbye',
  { name, seed, answer }: { readonly name: string; readonly seed: string; readonly answer: AnswerFields },
) {
  const identity = identityFromSeed(fromHex(seed))!;
  const whole = { ...answer, type, key: identity.key } as Beacon | Goodbye;
  const signed = signedBytesOf(whole);
  const bytes = withSignature(signed, signerOf(identity).sign('beacon', signed));
  expect(isSigned(bytes)).toBe(true);
  expect(bytes.length).toBeLessThanOrEqual(512);
  return { name, result: type, seed, answer: answerIn(bytes), bytes: toHex(bytes) } as const;
}

describeVectors<DiscoveryCase>('discovery', {
  query({ name, nonce }) {
    const bytes = encodeQuery({ type: 'query', nonce });
    expect(decodeDiscovery(bytes)).toEqual({ type: 'query', query: { type: 'query', nonce } });
    return { name, result: 'query', nonce, bytes: toHex(bytes) };
  },
  'query-only-read'({ name, bytes }) {
    const decoded = decodeDiscovery(fromHex(bytes));
    if (decoded.type !== 'query') throw new Error('no query');
    const { nonce } = decoded.query;
    expect(toHex(encodeQuery(decoded.query))).not.toBe(bytes);
    return { name, result: 'query-only-read', nonce, bytes };
  },
  beacon: (vector) => written('beacon', vector),
  goodbye: (vector) => written('goodbye', vector),
  'beacon-only-read'({ name, bytes }) {
    expect(isSigned(fromHex(bytes))).toBe(true);
    return { name, result: 'beacon-only-read', answer: answerIn(fromHex(bytes)), bytes };
  },
  'wrong-signature'(vector) {
    expect(isSigned(fromHex(vector.bytes))).toBe(false);
    return vector;
  },
  dropped({ name, bytes }) {
    const decoded = decodeDiscovery(fromHex(bytes));
    if (decoded.type !== 'dropped') throw new Error('a reader takes it');
    return { name, result: 'dropped', cause: decoded.cause, bytes };
  },
});
