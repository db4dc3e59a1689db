import Type, { type Static } from 'typebox';
import type { PeerKey } from '../ids.ts';
import { ConversationIdSchema, MessageIdSchema, PeerKeySchema } from './schema.ts';

/** What the user and the author want with a file. An own file is `offered`, `paused`, `cancelled` or `failed`. */
const fileStates = [
  'offered',
  'accepted',
  'paused',
  'done',
  'declined',
  'cancelled',
  'failed',
  'removed',
] as const;

/** A file that a message offers. Its name, its claimed type and its root are in the content of the message. */
const FileSchema = Type.Object({
  /** The message. */
  of: MessageIdSchema,
  conversation: ConversationIdSchema,
  author: PeerKeySchema,
  isOwn: Type.Boolean(),
  /** In bytes. */
  size: Type.Integer({ minimum: 0 }),
  state: Type.Enum([...fileStates]),
  /** Why it failed. */
  code: Type.Union([Type.String(), Type.Null()]),
  /** How many of its pieces (256 KiB) are here. Of an own file: 0. */
  pieces: Type.Integer({ minimum: 0 }),
  pieceCount: Type.Integer({ minimum: 0 }),
  /** Of a file that is accepted: what it waits for. Null: it loads, or does not wait. */
  waits: Type.Union([
    Type.Literal('author'),
    Type.Literal('author-pause'),
    Type.Literal('turn'),
    Type.Null(),
  ]),
  /** Of an own file: how far its recipients are. */
  peers: Type.Array(
    Type.Object({
      peer: PeerKeySchema,
      state: Type.Enum(['loading', 'paused', 'declined', 'cancelled', 'done']),
      pieces: Type.Integer({ minimum: 0 }),
    }),
  ),
});

/** The same in an event. A page checks what it files it by: its first load has no room for the rest, which comes from its own gateway. */
export const FileNewsSchema = Type.Unsafe<Static<typeof FileSchema>>(Type.Object({ of: MessageIdSchema }));

export const FilesResultSchema = Type.Object({
  /** The newest last. */
  files: Type.Array(FileSchema),
});

export const fileProgressFields = {
  of: MessageIdSchema,
  /** The recipient of an own file; null for a file of another. */
  peer: Type.Unsafe<PeerKey | null>(Type.Unknown()),
  pieces: Type.Unsafe<number>(Type.Unknown()),
};
