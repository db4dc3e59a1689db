import path from 'node:path';
import Type, { type Static } from 'typebox';
import { Value } from 'typebox/value';
import { guestsBarredMax, guestsMax } from '../../shared/limits.ts';
import { readJson } from './private-file.ts';

/**
 * Returns the folder of the guests of a chat, below that of its client or server. It has the record of the guests, and a data root for each
 * guest.
 */
export function guestsFolder(chatFolder: string): string {
  return path.join(chatFolder, guestsName);
}

export const guestsName = 'guests';
/** The file that keeps who the guests of a chat are. */
export const guestRecordName = 'guests.json';
/** The data root of the client that signs for the guests of a server, beside those of the guests. */
export const guestHostName = 'host';
/** How the data root of a guest is named: by the guest's key. */
export const guestRootPattern = /^[0-9a-f]{64}$/u;

/** 32 bytes in hex. */
const HexKeySchema = Type.String({ pattern: '^[0-9a-f]{64}$' });

const GuestRecordSchema = Type.Object({
  /** X25519 public key of the guest's page. */
  key: HexKeySchema,
  /** By which the host names the guest at the prompt. */
  number: Type.Integer({ minimum: 1 }),
  /** The nickname under which the guest asked to come in. */
  name: Type.String(),
  /** The address group from which the guest first came. */
  from: Type.Optional(Type.String()),
  /** Wall clock, milliseconds since 1970. */
  lastSeenMs: Type.Integer({ minimum: 0 }),
  /** How long the guest has been away, as far as the clock could be believed. */
  awayMs: Type.Number({ minimum: 0 }),
});
/** A person who came in by browser. */
export type GuestRecord = Static<typeof GuestRecordSchema>;

const DeskRecordSchema = Type.Object({
  /** Private X25519 key by which the pages know this gateway again. */
  privateKey: HexKeySchema,
  /** The secret of the link; null while guests are switched off. */
  secret: Type.Union([HexKeySchema, Type.Null()]),
  /** The port that was taken first; null before. */
  port: Type.Union([Type.Integer({ minimum: 1, maximum: 65_535 }), Type.Null()]),
  limit: Type.Integer({ minimum: 1, maximum: guestsMax }),
  /** Whether the host lets in each new guest. */
  asks: Type.Boolean(),
  /** Wall clock of the last look at who is away; null before. */
  lookedMs: Type.Union([Type.Integer(), Type.Null()]),
  guests: Type.Array(GuestRecordSchema, { maxItems: guestsMax }),
  /** Keys of guests that are gone, until their nickname is released and their store is erased. */
  leaving: Type.Array(HexKeySchema),
  /** Keys, the newest last. */
  barred: Type.Array(HexKeySchema, { maxItems: guestsBarredMax }),
});
/** What a gateway keeps of its guests. */
export type DeskRecord = Static<typeof DeskRecordSchema>;

/** Undefined for a file that is missing, or is no such record. */
export function readGuestRecord(file: string): DeskRecord | undefined {
  const value = readJson(file);
  return Value.Check(DeskRecordSchema, value) ? value : undefined;
}
