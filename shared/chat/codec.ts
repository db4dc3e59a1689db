import { decode, encode } from 'cborg';
import Compile, { type Validator } from 'typebox/compile';
import type { TSchema } from 'typebox';
import { DecodeUnsafe, EncodeUnsafe } from 'typebox/value';
import { messageTextBytesMax } from '../limits.ts';
import { textBytes } from '../message.ts';
import {
  ContentSchema,
  kindSchemas,
  ReceiptSchema,
  type Content,
  type MessageKind,
  type Receipt,
  type ProtocolMessage,
} from './kinds.ts';

/** CBOR (RFC 8949) with a schema for each kind. Hostile input is a value, never a throw. */

export type Decoded =
  | { readonly type: 'said'; readonly said: ProtocolMessage }
  /** Well-formed, but of a newer version: worth an `error` in answer. */
  | { readonly type: 'unknown-kind'; readonly kind: string }
  | { readonly type: 'malformed'; readonly kind: string | null };

export function encodeMessage(said: ProtocolMessage): Uint8Array {
  return encode(encodeBySchema(kindSchemas[said.kind], said));
}

export function decodeMessage(bytes: Uint8Array): Decoded {
  const value = decodeCbor(bytes);
  const kind = kindOf(value);
  if (kind === undefined) return { type: 'malformed', kind: null };
  if (!isKind(kind)) return { type: 'unknown-kind', kind };
  const said = decodeBySchema(kindSchemas[kind], value);
  return said === undefined ? { type: 'malformed', kind } : { type: 'said', said: said as ProtocolMessage };
}

export function encodeContent(content: Content): Uint8Array {
  return encode(encodeBySchema(ContentSchema, content));
}

/** Undefined for anything but a content whose text is within `messageTextBytesMax` and not empty. */
export function decodeContent(body: Uint8Array): Content | undefined {
  const content = decodeBySchema(ContentSchema, decodeCbor(body)) as Content | undefined;
  if (content === undefined || content.text === '' || textBytes(content.text) > messageTextBytesMax)
    return undefined;
  return content;
}

export function encodeReceipt(receipt: Receipt): Uint8Array {
  return encode(encodeBySchema(ReceiptSchema, receipt));
}

/** Undefined for anything but a receipt. */
export function decodeReceipt(content: Uint8Array): Receipt | undefined {
  return decodeBySchema(ReceiptSchema, decodeCbor(content)) as Receipt | undefined;
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

/**
 * Checks first, then runs the fields' codecs and nothing else: Value.Decode would convert what is nearly right (a
 * number in a string), and takes 20 times as long for a roster of 300.
 */
function decodeBySchema(schema: TSchema, value: unknown): unknown {
  return validatorOf(schema).Check(value) ? DecodeUnsafe({}, schema, value) : undefined;
}

/** Value.Encode on a copy would do the same at ten times the time; what is given here is typed, and made by us. */
function encodeBySchema(schema: TSchema, value: unknown): unknown {
  return EncodeUnsafe({}, schema, structuredClone(value));
}

/** Made when a schema is first read; where code may not be made from text, TypeBox interprets the schema instead. */
function validatorOf(schema: TSchema): Validator {
  let validator = validators.get(schema);
  if (validator === undefined) {
    validator = Compile(schema);
    validators.set(schema, validator);
  }
  return validator;
}

const validators = new WeakMap<TSchema, Validator>();

function kindOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || !('kind' in value)) return undefined;
  const { kind } = value;
  return typeof kind === 'string' && kind.length <= 64 ? kind : undefined;
}

function isKind(kind: string): kind is MessageKind {
  return Object.hasOwn(kindSchemas, kind);
}
