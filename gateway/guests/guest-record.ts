import { existsSync } from 'node:fs';
import { join } from 'node:path';
import Type, { type Static } from 'typebox';
import { Value } from 'typebox/value';
import { guestsBarredMax, guestsMax } from '../../shared/limits.ts';
import { takeRestored } from '../data-dir/backup.ts';
import { guestRecordName, makeFolder } from '../data-dir/data-dir.ts';
import { readJson, replaceFile } from '../data-dir/private-file.ts';
import { StoreError } from '../store/errors.ts';

/** 32 bytes in hex. */
const HexKeySchema = Type.String({ pattern: '^[0-9a-f]{64}$' });

const GuestRecordSchema = Type.Object({
  /** X25519 public key of the guest's page. */
  key: HexKeySchema,
  /** By which the host names the guest at the prompt. */
  number: Type.Integer({ minimum: 1 }),
  /** The nickname under which the guest asked to come in. */
  name: Type.String(),
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

export interface GuestStore {
  /** Returns undefined without a record. Throws StoreError for one that cannot be read: a new record would forget all guests. */
  load(): DeskRecord | undefined;
  /** Throws StoreError when the disk refuses. */
  save(record: DeskRecord): void;
}

/** Keeps the record in `folder`/guests.json, readable by its owner only. A crash leaves the old or the new one. */
export function fileGuestStore(folder: string): GuestStore {
  const file = join(folder, guestRecordName);
  return {
    load: () => {
      takeRestored(folder, guestRecordName);
      if (!existsSync(file)) return undefined;
      const value = readJson(file);
      if (Value.Check(DeskRecordSchema, value)) return value;
      throw new StoreError(
        'damaged',
        `The record of guests ${file} cannot be read. Restore a backup, or move the file away: then your guests are new ones.`,
      );
    },
    save: (record) => {
      makeFolder(folder);
      replaceFile(file, JSON.stringify(record));
    },
  };
}
