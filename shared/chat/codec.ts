import { encode } from 'cborg';
import type { UnknownContent } from '../message.ts';
import type { MessageId } from '../ids.ts';
import { decodeCbor } from './cbor.ts';
import type { ProtocolCode } from './codes.ts';
import { isConversationKind, type ConversationContent } from './content-kinds.ts';
import { MessageIdField } from './fields.ts';
import {
  ContentSchema,
  kindSchemas,
  ReceiptSchema,
  type Content,
  type MessageKind,
  type Receipt,
  type ProtocolMessage,
  type ProtocolMessageOf,
} from './kinds.ts';
import { decodeBySchema, encodeBySchema } from './transcoder.ts';

/** CBOR (RFC 8949) with a schema for each kind. Hostile input is a value, never a throw. */

export type Decoded =
  | { readonly type: 'message'; readonly message: ProtocolMessage }
  /** Well-formed, but of a newer version: the reader answers with `error`. */
  | { readonly type: 'unknown-kind'; readonly kind: string; readonly id: MessageId | undefined }
  | { readonly type: 'malformed'; readonly kind: string | null; readonly id: MessageId | undefined };

/** A message that its reader cannot use. */
export type Unreadable = Exclude<Decoded, { readonly type: 'message' }>;

export function encodeMessage(message: ProtocolMessage): Uint8Array {
  return encode(encodeBySchema(kindSchemas[message.kind], message));
}

export function decodeMessage(bytes: Uint8Array): Decoded {
  const value = decodeCbor(bytes);
  const kind = kindOf(value);
  if (kind === undefined) return { type: 'malformed', kind: null, id: idOf(value) };
  if (!isKind(kind)) return { type: 'unknown-kind', kind, id: idOf(value) };
  const message = decodeBySchema(kindSchemas[kind], value);
  if (message === undefined) return { type: 'malformed', kind, id: idOf(value) };
  return { type: 'message', message: message as ProtocolMessage };
}

/** Returns the answer to a message that the reader cannot use. */
export function errorAbout({ type, kind, id }: Unreadable): ProtocolMessageOf<'error'> {
  return {
    kind: 'error',
    code: type satisfies ProtocolCode,
    about: kind,
    ...(id === undefined ? {} : { id }),
  };
}

export function encodeContent(content: Content): Uint8Array {
  return encode(encodeBySchema(ContentSchema, content));
}

export type DecodedContent =
  | { readonly type: 'content'; readonly content: ReceivedContent }
  /** Well-formed, but of a kind that is not known, without a fallback: the reader answers with `unknown-content`. */
  | { readonly type: 'unknown-content' }
  | { readonly type: 'malformed' };

/** A content from the wire, with the part that the user is shown. */
export interface ReceivedContent extends Omit<Content, 'content'> {
  readonly content: ConversationContent | UnknownContent;
}

export function decodeContent(body: Uint8Array): DecodedContent {
  const decoded = decodeBySchema(ContentSchema, decodeCbor(body)) as Content | undefined;
  if (decoded === undefined) return { type: 'malformed' };
  const content = shownContent(decoded.content);
  return content === undefined
    ? { type: 'unknown-content' }
    : { type: 'content', content: { ...decoded, content } };
}

/** A program that knows the kind has no use for the fallback. */
function shownContent({ fallback, ...content }: Foreign): ReceivedContent['content'] | undefined {
  // The schema has read the kinds that are known each by its own fields.
  if (isConversationKind(content.kind)) return content as ConversationContent;
  return fallback === undefined ? undefined : { kind: 'unknown', fallback };
}

interface Foreign {
  readonly kind: string;
  readonly fallback?: string;
}

export function encodeReceipt(receipt: Receipt): Uint8Array {
  return encode(encodeBySchema(ReceiptSchema, receipt));
}

/** Returns undefined unless the bytes are a receipt. */
export function decodeReceipt(content: Uint8Array): Receipt | undefined {
  return decodeBySchema(ReceiptSchema, decodeCbor(content)) as Receipt | undefined;
}

function kindOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || !('kind' in value)) return undefined;
  const { kind } = value;
  // `about` of an `error` holds as many code points. Each has at most two code units, so a longer text is not counted.
  const isName = typeof kind === 'string' && kind.length <= 128 && [...kind].length <= 64;
  return isName ? kind : undefined;
}

/** The id in a message that is not valid as a whole. */
function idOf(value: unknown): MessageId | undefined {
  if (typeof value !== 'object' || value === null || !('id' in value)) return undefined;
  return decodeBySchema(MessageIdField, value.id) as MessageId | undefined;
}

function isKind(kind: string): kind is MessageKind {
  return Object.hasOwn(kindSchemas, kind);
}
