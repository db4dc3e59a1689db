import { encode } from 'cborg';
import { expect } from 'vitest';
import { decodeCbor } from '../../shared/chat/cbor.ts';
import { decodeContent, decodeReceipt, encodeReceipt } from '../../shared/chat/codec.ts';
import { fromHex, toHex } from '../../shared/ids.ts';
import { fromNotation, toNotation } from './cbor-notation.ts';
import { describeVectors } from './describe-vectors.ts';
import type { Json, VectorCase } from './vector-files.ts';

type MapJson = Readonly<Record<string, Json>>;

type ContentCase =
  /** A content of a kind that this version shows, and its text. */
  | (VectorCase & {
      readonly result: 'text';
      readonly value: MapJson;
      readonly bytes: string;
      readonly text: string;
    })
  /** A content of another kind that this version knows. */
  | (VectorCase & {
      readonly result: 'content';
      readonly value: MapJson;
      readonly bytes: string;
      readonly kind: string;
    })
  /** A content of an unknown kind. The user sees its fallback. */
  | (VectorCase & {
      readonly result: 'fallback';
      readonly bytes: string;
      readonly kind: string;
      readonly fallback: string;
    })
  /** A content of an unknown kind without a fallback. */
  | (VectorCase & { readonly result: 'unknown-content'; readonly bytes: string })
  | (VectorCase & { readonly result: 'malformed-content'; readonly bytes: string })
  | (VectorCase & { readonly result: 'receipt'; readonly value: MapJson; readonly bytes: string })
  | (VectorCase & { readonly result: 'malformed-receipt'; readonly bytes: string });

function contentIn(bytes: string) {
  const decoded = decodeContent(fromHex(bytes));
  if (decoded.type !== 'content') throw new Error(`the content is ${decoded.type}`);
  return decoded.content.content;
}

function mapOf(bytes: Uint8Array): MapJson {
  return toNotation(decodeCbor(bytes)) as MapJson;
}

describeVectors<ContentCase>('contents', {
  text({ name, value }) {
    const written = encode(fromNotation(value));
    const bytes = toHex(written);
    const content = contentIn(bytes);
    if (content.kind !== 'text') throw new Error('the content is no text');
    return { name, result: 'text', value: mapOf(written), bytes, text: content.text };
  },
  content({ name, value }) {
    const written = encode(fromNotation(value));
    const content = contentIn(toHex(written));
    expect(content).not.toHaveProperty('fallback');
    return { name, result: 'content', value: mapOf(written), bytes: toHex(written), kind: content.kind };
  },
  fallback({ name, bytes }) {
    const content = contentIn(bytes);
    if (content.kind !== 'unknown') throw new Error('the kind of the content is known');
    const part = decodeCbor(fromHex(bytes)) as { readonly content: { readonly kind: string } };
    return { name, result: 'fallback', bytes, kind: part.content.kind, fallback: content.fallback };
  },
  'unknown-content'({ name, bytes }) {
    expect(decodeContent(fromHex(bytes)).type).toBe('unknown-content');
    return { name, result: 'unknown-content', bytes };
  },
  'malformed-content'({ name, bytes }) {
    expect(decodeContent(fromHex(bytes)).type).toBe('malformed');
    return { name, result: 'malformed-content', bytes };
  },
  receipt({ name, value }) {
    const bytes = encode(fromNotation(value));
    const receipt = decodeReceipt(bytes);
    if (receipt === undefined) throw new Error('the receipt is malformed');
    expect(toHex(encodeReceipt(receipt))).toBe(toHex(bytes));
    return { name, result: 'receipt', value: mapOf(bytes), bytes: toHex(bytes) };
  },
  'malformed-receipt'({ name, bytes }) {
    expect(decodeReceipt(fromHex(bytes))).toBeUndefined();
    return { name, result: 'malformed-receipt', bytes };
  },
});
