import { encode } from 'cborg';
import Type, { type StaticDecode } from 'typebox';
import { decodeCbor } from '../chat/cbor.ts';
import {
  DigestField,
  EntryKindField,
  EpochField,
  InstallationField,
  KeyField,
  MessageIdField,
  RoomBodyField,
  RoomIdField,
  SequenceField,
  CountField,
  SignatureField,
  WallClockField,
  named,
} from '../chat/fields.ts';
import { decodeBySchema, encodeBySchema } from '../chat/transcoder.ts';
import { digestFromBytes, type Digest, type PeerKey, type RoomId, type ServerEpoch } from '../ids.ts';
import type { SignatureContext } from '../signature-contexts.ts';
import { ByteWriter } from './byte-writer.ts';

/**
 * The entries of a room's log (PROTOCOL 10.1 to 10.10). A client writes and signs an entry, the server gives it a position,
 * and each hash covers all entries up to its own. The content stands beside both, so that an entry without its content
 * still verifies.
 *
 * The files of this folder, each on top of those before it:
 *
 *     entry          an entry, its signature, and the chain of hashes
 *     content        what an entry says, by kind
 *     rights         the table: who may write which kind, and when
 *     room-state     name, members, roles and settings of a room
 *     reducer        an entry changes the state, or is refused with a code
 *     checkpoint     the state as bytes that the server signs, and a state from them
 *     verify-log     checks what a server sends, and names what is wrong
 *     room-timeline  what an entry is in the timeline of messages
 *
 * shared/chat/timeline.ts reduces the messages themselves, for rooms and direct conversations. Nothing here reads a clock,
 * a store or a network: digests and signatures come in as ports.
 */

/** SHA-256. Returns 32 bytes. */
export type Sha256 = (bytes: Uint8Array) => Uint8Array;

/** Whether the Ed25519 signature is by the identity of this key (PROTOCOL 6.55), in the context. */
export type VerifySignature = (
  context: SignatureContext,
  signer: PeerKey,
  bytes: Uint8Array,
  signature: Uint8Array,
) => boolean;

/** A place in one log, with the hash of all entries up to it. `seq` rises by 1; `epoch` tells the lives of the database apart. */
export const LogPointSchema = Type.Object(
  { epoch: EpochField, seq: CountField, hash: DigestField },
  named('log-point'),
);
export type LogPoint = StaticDecode<typeof LogPointSchema>;

/** The start of every log: no entry, and a hash of zeros. */
export const logStart: LogPoint = {
  epoch: '0'.repeat(16) as ServerEpoch,
  seq: 0,
  hash: '0'.repeat(64) as Digest,
};

/** The part that its author signs, for one room of one server. */
const EntryHeaderSchema = Type.Object({
  room: RoomIdField,
  author: KeyField,
  installation: InstallationField,
  /** Counts the entries of this installation in this room, from 1. */
  sequence: SequenceField,
  id: MessageIdField,
  /** The kind of the content, which is known also when the content is erased. */
  kind: EntryKindField,
  contentHash: DigestField,
  /** The author's clock. Shown, never used for order. */
  sentAtMs: WallClockField,
  /** The offset from the author's clock to the server's, if it was measured. */
  clockOffsetMs: Type.Optional(WallClockField),
  /** The newest entry that the author had. It ties the author's view of the log to the entry. */
  parent: LogPointSchema,
});
export type EntryHeader = StaticDecode<typeof EntryHeaderSchema>;

/** An entry as its author sends it. */
export const SignedEntrySchema = Type.Object(
  {
    header: EntryHeaderSchema,
    signature: SignatureField,
    /** CBOR of a content (content.ts). Null where it was erased, or is not to be had. */
    content: Type.Union([RoomBodyField, Type.Null()]),
  },
  named('signed-entry'),
);
export type SignedEntry = StaticDecode<typeof SignedEntrySchema>;

/** An entry with its position in the log, as the server sends it. */
export const LogEntrySchema = Type.Object(
  {
    ...SignedEntrySchema.properties,
    position: Type.Object({
      epoch: EpochField,
      seq: SequenceField,
      /** The server's clock when it took the entry. */
      takenAtMs: WallClockField,
    }),
  },
  named('log-entry'),
);
export type LogEntry = StaticDecode<typeof LogEntrySchema>;

/** The newest entry of a log, signed by the server. */
export const SignedHeadSchema = Type.Object(
  { point: LogPointSchema, signature: SignatureField },
  named('signed-head'),
);
export type SignedHead = StaticDecode<typeof SignedHeadSchema>;

/** The bytes that an author signs, in the context `room-entry`. Each field has a fixed length or its length before it. */
export function entrySignedBytes(server: PeerKey, header: EntryHeader): Uint8Array {
  const { kind } = header;
  const offset = header.clockOffsetMs;
  const writer = new ByteWriter(entryFieldsBytes + kind.length)
    .hex(server)
    .hex(header.room)
    .hex(header.author)
    .hex(header.installation)
    .int64(header.sequence)
    .hex(header.id.replaceAll('-', ''))
    .byte(kind.length)
    .ascii(kind)
    .hex(header.contentHash)
    .int64(header.sentAtMs)
    .byte(offset === undefined ? 0 : 1)
    .int64(offset ?? 0);
  return writePoint(writer, header.parent).bytes;
}

/** The bytes that the server signs for the head of a log, in the context `room-head`. */
export function headSignedBytes(room: RoomId, point: LogPoint): Uint8Array {
  return writePoint(new ByteWriter(16 + pointBytes).hex(room), point).bytes;
}

/**
 * Returns the point of an entry: its position, and the hash over the previous hash, the position, the bytes that the author
 * signed, and the signature. The content is in it by its own hash only.
 * @param signed where the caller has the signed bytes already
 */
export function pointOf(
  server: PeerKey,
  previous: Digest,
  entry: LogEntry,
  sha256: Sha256,
  signed: Uint8Array = entrySignedBytes(server, entry.header),
): LogPoint {
  const { epoch, seq, takenAtMs } = entry.position;
  const length = chainContext.length + 32 + 8 + 8 + 8 + signed.length + entry.signature.length;
  const { bytes } = new ByteWriter(length)
    .raw(chainContext)
    .hex(previous)
    .hex(epoch)
    .int64(seq)
    .int64(takenAtMs)
    .raw(signed)
    .raw(entry.signature);
  return { epoch, seq, hash: digestFromBytes(sha256(bytes)) };
}

/** Whether the content is the one that the author signed. An entry without content has nothing to compare. */
export function hasSignedContent({ header, content }: SignedEntry, sha256: Sha256): boolean {
  return content === null || digestFromBytes(sha256(content)) === header.contentHash;
}

export function isSamePoint(one: LogPoint, other: LogPoint): boolean {
  return one.seq === other.seq && one.epoch === other.epoch && one.hash === other.hash;
}

export function encodeLogEntry(entry: LogEntry): Uint8Array {
  return encode(encodeBySchema(LogEntrySchema, entry));
}

/** Returns undefined unless the bytes are an entry of a log. */
export function decodeLogEntry(bytes: Uint8Array): LogEntry | undefined {
  return decodeBySchema(LogEntrySchema, decodeCbor(bytes)) as LogEntry | undefined;
}

/** The zero byte ends the context, as in signatures (PROTOCOL 6.56). */
const chainContext = new TextEncoder().encode('chatagram room log 1\0');

export const pointBytes = 8 + 8 + 32;
/** All fields of an entry but its kind. */
const entryFieldsBytes = 32 + 16 + 32 + 8 + 8 + 16 + 1 + 32 + 8 + 1 + 8 + pointBytes;

export function writePoint(writer: ByteWriter, { epoch, seq, hash }: LogPoint): ByteWriter {
  return writer.hex(epoch).int64(seq).hex(hash);
}
