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
  | { readonly type: 'message'; readonly message: ProtocolMessage }
  /** Well-formed, but of a newer version: the reader answers with `error`. */
  | { readonly type: 'unknown-kind'; readonly kind: string }
  | { readonly type: 'malformed'; readonly kind: string | null };

export function encodeMessage(message: ProtocolMessage): Uint8Array {
  return encode(encodeBySchema(kindSchemas[message.kind], message));
}

export function decodeMessage(bytes: Uint8Array): Decoded {
  const value = decodeCbor(bytes);
  const kind = kindOf(value);
  if (kind === undefined) return { type: 'malformed', kind: null };
  if (!isKind(kind)) return { type: 'unknown-kind', kind };
  const message = decodeBySchema(kindSchemas[kind], value);
  if (message === undefined) return { type: 'malformed', kind };
  return { type: 'message', message: message as ProtocolMessage };
}

export function encodeContent(content: Content): Uint8Array {
  return encode(encodeBySchema(ContentSchema, content));
}

/** Returns undefined unless the bytes are a content with a text that is not empty and within `messageTextBytesMax`. */
export function decodeContent(body: Uint8Array): Content | undefined {
  const content = decodeBySchema(ContentSchema, decodeCbor(body)) as Content | undefined;
  if (content === undefined || content.text === '' || textBytes(content.text) > messageTextBytesMax)
    return undefined;
  return content;
}

export function encodeReceipt(receipt: Receipt): Uint8Array {
  return encode(encodeBySchema(ReceiptSchema, receipt));
}

/** Returns undefined unless the bytes are a receipt. */
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
 * Checks first, then runs the codecs of the fields. Value.Decode would convert values that are nearly right (a number
 * in a string), and takes 20 times as long for a roster of 300.
 */
function decodeBySchema(schema: TSchema, value: unknown): unknown {
  return validatorOf(schema).Check(value) ? DecodeUnsafe({}, schema, value) : undefined;
}

/** Value.Encode would do the same in ten times the time. It is not needed here: the program itself made the value. */
function encodeBySchema(schema: TSchema, value: unknown): unknown {
  return EncodeUnsafe({}, schema, structuredClone(value));
}

/** Compiles a schema when it is first used. Where code from text is forbidden, TypeBox interprets the schema instead. */
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
