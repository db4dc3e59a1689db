import { encode } from 'cborg';
import { describe, expect, it } from 'vitest';
import { decodeCbor } from '../../shared/chat/cbor.ts';
import { fromHex, toHex } from '../../shared/ids.ts';
import { decodeRoomContent, encodeRoomContent, roomKindSchemas } from '../../shared/rooms/content.ts';
import { fromNotation, toNotation } from './cbor-notation.ts';
import { describeVectors } from './describe-vectors.ts';
import type { Json, VectorCase } from './vector-files.ts';

type RoomContentCase =
  | (VectorCase & {
      readonly result: 'content';
      readonly kind: string;
      readonly value: Readonly<Record<string, Json>>;
      readonly bytes: string;
    })
  | (VectorCase & {
      readonly result: 'fallback';
      readonly kind: string;
      readonly bytes: string;
      readonly fallback: string;
    })
  | (VectorCase & { readonly result: 'malformed'; readonly kind: string; readonly bytes: string });

const cases = describeVectors<RoomContentCase>('room-contents', {
  content({ name, kind, value }) {
    const bytes = encode(fromNotation(value));
    const decoded = decodeRoomContent(kind, bytes);
    if (decoded.type !== 'content') throw new Error(`the content is ${decoded.type}`);
    expect(toHex(encodeRoomContent(decoded.content))).toBe(toHex(bytes));
    const map = toNotation(decodeCbor(bytes)) as Readonly<Record<string, Json>>;
    return { name, result: 'content', kind, value: map, bytes: toHex(bytes) };
  },
  fallback({ name, kind, bytes }) {
    const decoded = decodeRoomContent(kind, fromHex(bytes));
    if (decoded.type !== 'unknown' || decoded.fallback === undefined) throw new Error('there is no fallback');
    return { name, result: 'fallback', kind, bytes, fallback: decoded.fallback };
  },
  malformed({ name, kind, bytes }) {
    expect(decodeRoomContent(kind, fromHex(bytes)).type).toBe('malformed');
    return { name, result: 'malformed', kind, bytes };
  },
});

describe('the vectors of contents of rooms', () => {
  it('PROTOCOL 10.15: have each kind', () => {
    const kinds = cases.flatMap((vector) => (vector.result === 'content' ? [vector.kind] : []));
    expect(new Set(kinds)).toEqual(new Set(Object.keys(roomKindSchemas)));
  });
});
