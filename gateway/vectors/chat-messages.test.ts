import { encode } from 'cborg';
import { describe, expect, it } from 'vitest';
import { decodeCbor } from '../../shared/chat/cbor.ts';
import { decodeMessage, encodeMessage, errorAbout } from '../../shared/chat/codec.ts';
import { kindSchemas, type ProtocolMessage } from '../../shared/chat/kinds.ts';
import { fromHex, toHex } from '../../shared/ids.ts';
import { fromNotation, toNotation } from './cbor-notation.ts';
import { describeVectors } from './describe-vectors.ts';
import type { Json, VectorCase } from './vector-files.ts';

type MapJson = Readonly<Record<string, Json>>;

/** What the reader sends back. */
interface Answered extends VectorCase {
  readonly bytes: string;
  readonly answer: MapJson;
  readonly answerBytes: string;
}

type MessageCase =
  /** A writer writes the map as these bytes. */
  | (VectorCase & { readonly result: 'message'; readonly value: MapJson; readonly bytes: string })
  /** A reader takes the bytes as this map, of which it knows all fields. */
  | (VectorCase & { readonly result: 'message-only-read'; readonly value: MapJson; readonly bytes: string })
  | (Answered & { readonly result: 'unknown-kind' })
  | (Answered & { readonly result: 'malformed' })
  /** PROTOCOL 6.3: an `error` is not answered. */
  | (VectorCase & { readonly result: 'malformed-error'; readonly bytes: string });

function messageIn(bytes: Uint8Array): ProtocolMessage {
  const decoded = decodeMessage(bytes);
  if (decoded.type !== 'message') throw new Error(`the message is ${decoded.type}`);
  return decoded.message;
}

function mapOf(bytes: Uint8Array): MapJson {
  return toNotation(decodeCbor(bytes)) as MapJson;
}

function answered<Result extends 'unknown-kind' | 'malformed'>(
  { name, bytes }: Answered,
  result: Result,
): Answered & { readonly result: Result } {
  const decoded = decodeMessage(fromHex(bytes));
  if (decoded.type !== result) throw new Error(`the message is ${decoded.type}`);
  if (decoded.kind === 'error') throw new Error('an error is not answered');
  const answerBytes = encodeMessage(errorAbout(decoded));
  return { name, result, bytes, answer: mapOf(answerBytes), answerBytes: toHex(answerBytes) };
}

const cases = describeVectors<MessageCase>('chat-messages', {
  message({ name, value }) {
    const bytes = encode(fromNotation(value));
    expect(toHex(encodeMessage(messageIn(bytes)))).toBe(toHex(bytes));
    return { name, result: 'message', value: mapOf(bytes), bytes: toHex(bytes) };
  },
  'message-only-read'({ name, bytes }) {
    const written = encodeMessage(messageIn(fromHex(bytes)));
    expect(toHex(written)).not.toBe(bytes);
    return { name, result: 'message-only-read', value: mapOf(written), bytes };
  },
  'unknown-kind': (vector) => answered(vector, 'unknown-kind'),
  malformed: (vector) => answered(vector, 'malformed'),
  'malformed-error'({ name, bytes }) {
    expect(decodeMessage(fromHex(bytes))).toMatchObject({ type: 'malformed', kind: 'error' });
    return { name, result: 'malformed-error', bytes };
  },
});

describe('the vectors of messages', () => {
  const kinds = Object.keys(kindSchemas);

  it('PROTOCOL 6.1: have each kind', () => {
    const written = cases.flatMap((vector) => (vector.result === 'message' ? [vector.value['kind']] : []));
    expect(new Set(written)).toEqual(new Set(kinds));
  });

  it('PROTOCOL 6.3: have a malformed message of each kind with fields', () => {
    const about = new Set(
      cases.flatMap((vector) => (vector.result === 'malformed' ? [vector.answer['about']] : [])),
    );
    expect(kinds.filter((kind) => !about.has(kind))).toEqual(['time-request', 'typing', 'error']);
  });
});
