import type { SQLOutputValue } from 'node:sqlite';
import {
  digestFromBytes,
  parseInstallationId,
  parseMailKeyId,
  parseMessageId,
  parsePeerKey,
  parseRoomId,
  parseServerEpoch,
  parseSigningKey,
  type Digest,
  type InstallationId,
  type MailKeyId,
  type MessageId,
  type PeerKey,
  type RoomId,
  type ServerEpoch,
  type SigningKey,
} from '../../../shared/ids.ts';
import type { MailKeyKind } from '../../../shared/chat/mail-key.ts';
import { parseConversationId, type ConversationId } from '../../../shared/conversation.ts';
import { StoreError } from '../errors.ts';
import { whatToDo } from './failure.ts';

/**
 * The one place where columns become precise types. This program did not write a value that does not parse: the file is
 * damaged.
 */
export type Row = Pick<ReadonlyMap<string, SQLOutputValue>, 'get'>;

/** The row of a statement that is not a Query. */
export function rowFrom(record: Readonly<Record<string, SQLOutputValue>>): Row {
  return new Map(Object.entries(record));
}

export function textOf(row: Row, column: string): string {
  const value = row.get(column);
  return typeof value === 'string' ? value : unreadable(column, 'a text');
}

export function integerOf(row: Row, column: string): number {
  const value = row.get(column);
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : unreadable(column, 'an integer');
}

export function booleanOf(row: Row, column: string): boolean {
  const value = integerOf(row, column);
  return value === 0 || value === 1 ? value === 1 : unreadable(column, '0 or 1');
}

export function bytesOf(row: Row, column: string): Uint8Array {
  const value = row.get(column);
  return value instanceof Uint8Array ? value : unreadable(column, 'bytes');
}

export function peerKeyOf(row: Row, column: string): PeerKey {
  return parsePeerKey(textOf(row, column)) ?? unreadable(column, 'a key');
}

export function signingKeyOf(row: Row, column: string): SigningKey {
  return parseSigningKey(textOf(row, column)) ?? unreadable(column, 'a signing key');
}

export function conversationIdOf(row: Row, column: string): ConversationId {
  return parseConversationId(textOf(row, column)) ?? unreadable(column, 'a conversation id');
}

export function messageIdOf(row: Row, column: string): MessageId {
  return parseMessageId(textOf(row, column)) ?? unreadable(column, 'a message id');
}

/** Undefined for what is not a message id. */
export function messageIdFrom(value: unknown): MessageId | undefined {
  return typeof value === 'string' ? parseMessageId(value) : undefined;
}

export function installationOf(row: Row, column: string): InstallationId {
  return parseInstallationId(textOf(row, column)) ?? unreadable(column, 'an installation');
}

export function mailKeyIdOf(row: Row, column: string): MailKeyId {
  return parseMailKeyId(textOf(row, column)) ?? unreadable(column, 'the id of a mail key');
}

export function mailKeyKindOf(row: Row, column: string): MailKeyKind {
  const value = textOf(row, column);
  return value === 'weekly' || value === 'one-time' ? value : unreadable(column, 'a kind of mail key');
}

export function roomIdOf(row: Row, column: string): RoomId {
  return parseRoomId(textOf(row, column)) ?? unreadable(column, 'the id of a room');
}

/** Reads 32 bytes. */
export function digestOf(row: Row, column: string): Digest {
  const bytes = bytesOf(row, column);
  return bytes.length === 32 ? digestFromBytes(bytes) : unreadable(column, 'a digest');
}

export function epochOf(row: Row, column: string): ServerEpoch {
  return parseServerEpoch(textOf(row, column)) ?? unreadable(column, 'an epoch');
}

/** Reads a JSON list of texts. */
export function textsOf(row: Row, column: string): string[] {
  const value = jsonOf(row, column);
  if (!Array.isArray(value)) return unreadable(column, 'a list');
  return value.map((entry: unknown) =>
    typeof entry === 'string' ? entry : unreadable(column, 'a list of texts'),
  );
}

export function jsonOf(row: Row, column: string): unknown {
  return fromText(row, column, (text): unknown => JSON.parse(text));
}

/** Reads a column that may be NULL. */
export function optional<Value>(
  row: Row,
  column: string,
  read: (row: Row, column: string) => Value,
): Value | undefined {
  return row.get(column) === null ? undefined : read(row, column);
}

/** Reports a row that this program cannot have written. */
export function unreadable(column: string, expected: string): never {
  throw new StoreError(
    'damaged',
    `The database is damaged: column ${column} does not hold ${expected}. ${whatToDo}`,
  );
}

function fromText<Value>(row: Row, column: string, read: (text: string) => Value): Value {
  const text = textOf(row, column);
  try {
    return read(text);
  } catch (cause) {
    throw new StoreError('damaged', `The database is damaged: column ${column} cannot be read. ${whatToDo}`, {
      cause,
    });
  }
}
