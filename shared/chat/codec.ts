import { decode, encode } from 'cborg';
import Value from 'typebox/value';
import type { TSchema } from 'typebox';
import { messageTextBytesMax } from '../limits.ts';
import { textBytes } from '../message.ts';
import { ContentSchema, kindSchemas, type Content, type Kind, type Said } from './kinds.ts';

/** CBOR (RFC 8949) with a schema for each kind. Hostile input is a value, never a throw. */

export type Decoded =
  | { readonly type: 'said'; readonly said: Said }
  /** Well-formed, but of a newer version: worth an `error` in answer. */
  | { readonly type: 'unknown-kind'; readonly kind: string }
  | { readonly type: 'malformed'; readonly kind: string | null };

export function encodeSaid(said: Said): Uint8Array {
  return encode(Value.Encode(kindSchemas[said.kind], said));
}

export function decodeSaid(bytes: Uint8Array): Decoded {
  const value = decodeCbor(bytes);
  const kind = kindOf(value);
  if (kind === undefined) return { type: 'malformed', kind: null };
  if (!isKind(kind)) return { type: 'unknown-kind', kind };
  const said = decodeBySchema(kindSchemas[kind], value);
  return said === undefined ? { type: 'malformed', kind } : { type: 'said', said: said as Said };
}

export function encodeContent(content: Content): Uint8Array {
  return encode(Value.Encode(ContentSchema, content));
}

/** Undefined for anything but a content whose text is within `messageTextBytesMax` and not empty. */
export function decodeContent(body: Uint8Array): Content | undefined {
  const content = decodeBySchema(ContentSchema, decodeCbor(body)) as Content | undefined;
  if (content === undefined || content.text === '' || textBytes(content.text) > messageTextBytesMax)
    return undefined;
  return content;
}

function decodeCbor(bytes: Uint8Array): unknown {
  try {
    return decode(bytes, {
      rejectDuplicateMapKeys: true,
      allowIndefinite: false,
      allowUndefined: false,
      allowInfinity: false,
      allowNaN: false,
      allowBigInt: false,
    });
  } catch {
    return undefined;
  }
}

function decodeBySchema(schema: TSchema, value: unknown): unknown {
  // Checked first: Value.Decode would convert what is nearly right (a number in a string, say).
  if (!Value.Check(schema, value)) return undefined;
  return Value.Decode(schema, value);
}

function kindOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || !('kind' in value)) return undefined;
  const { kind } = value;
  return typeof kind === 'string' && kind.length <= 64 ? kind : undefined;
}

function isKind(kind: string): kind is Kind {
  return Object.hasOwn(kindSchemas, kind);
}
