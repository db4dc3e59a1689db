import Type, { type Static } from 'typebox';
import Value from 'typebox/value';
import { CommandSchema } from '../../../shared/bridge/commands.ts';
import { ErrorCodeSchema, PeerKeySchema } from '../../../shared/bridge/schema.ts';
import type { PeerKey } from '../../../shared/ids.ts';

const StoredCommandSchema = Type.Object({
  id: Type.String({ minLength: 1, maxLength: 64 }),
  /** Whose gateway it was given to; null before a chat was joined. */
  owner: Type.Union([PeerKeySchema, Type.Null()]),
  command: CommandSchema,
  typedAtMs: Type.Number(),
  /** Set when the gateway will not take a message: its words stay until the person says what to do. */
  refusal: Type.Optional(Type.Object({ code: ErrorCodeSchema, retry: Type.Boolean() })),
});
export type StoredCommand = Static<typeof StoredCommandSchema>;

export interface CommandStorage {
  put(command: StoredCommand): void;
  remove(command: StoredCommand): void;
  /** What was kept for this person and not refused, oldest first. */
  all(owner: PeerKey): readonly StoredCommand[];
}

/** The part of `Storage` that is used, so that a Map can stand in for it. */
export type KeyValueStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem' | 'key' | 'length'>;

/** One entry for each command: two tabs of one person never overwrite each other. */
export class BrowserCommandStorage implements CommandStorage {
  readonly #storage: KeyValueStorage;

  constructor(storage: KeyValueStorage) {
    this.#storage = storage;
  }

  put(command: StoredCommand): void {
    this.#storage.setItem(entryKey(command), JSON.stringify(command));
  }

  remove(command: StoredCommand): void {
    this.#storage.removeItem(entryKey(command));
  }

  all(owner: PeerKey): readonly StoredCommand[] {
    return this.#read(owner).filter((stored) => stored.refusal === undefined);
  }

  refused(owner: PeerKey): readonly StoredCommand[] {
    return this.#read(owner).filter((stored) => stored.refusal !== undefined);
  }

  /** In the order of ids: UUIDv7 rise with the time at which they were made. */
  #read(owner: PeerKey): readonly StoredCommand[] {
    const keys = Array.from({ length: this.#storage.length }, (_, index) => this.#storage.key(index));
    return keys
      .filter((key) => key !== null)
      .filter((key) => key.startsWith(prefixOf(owner)))
      .toSorted()
      .map((key) => parseStored(this.#storage.getItem(key)))
      .filter((stored) => stored !== undefined)
      .filter((stored) => stored.owner === owner);
  }
}

function prefixOf(owner: PeerKey | null): string {
  return `chatagram:command:${owner ?? 'nobody'}:`;
}

function entryKey(command: StoredCommand): string {
  return prefixOf(command.owner) + command.id;
}

/** The door at which what lies in the browser becomes a command; what an older version left is not one. */
function parseStored(text: string | null): StoredCommand | undefined {
  try {
    const value: unknown = JSON.parse(text ?? '');
    return Value.Check(StoredCommandSchema, value) ? value : undefined;
  } catch {
    return undefined;
  }
}
