import type { JoinCode } from '../../../../shared/ids.ts';
import { parseJoinCode } from '../../../../shared/join-code.ts';
import type { Quotas } from '../../../../shared/quotas.ts';
import type { ServerFactRepository, ServerFacts } from '../../server-store.ts';
import type { Database } from '../database.ts';
import { identityOf } from '../identity.ts';
import { epochOf, integerOf, jsonOf, optional, textOf, unreadable, type Row } from '../rows.ts';
import type { Query, Write } from '../statements.ts';

export class SqliteServerFacts implements ServerFactRepository {
  readonly #get: Query;
  readonly #set: Write;

  constructor(database: Database) {
    this.#get = database.query('SELECT * FROM server');
    this.#set = database.write(
      'UPDATE server SET seed = ?, key = ?, signing_key = ?, epoch = ?, running_ms = ?, quotas = ?, join_code = ?',
    );
  }

  get(): ServerFacts {
    const row = this.#get.get();
    if (row === undefined) throw new Error('the only row of the server table is gone');
    return {
      identity: identityOf(row),
      epoch: optional(row, 'epoch', epochOf),
      runningMs: integerOf(row, 'running_ms'),
      quotas: optional(row, 'quotas', quotasOf),
      joinCode: optional(row, 'join_code', joinCodeOf),
    };
  }

  set(change: Partial<ServerFacts>): void {
    const facts = { ...this.get(), ...change };
    const { identity, epoch, runningMs, quotas, joinCode } = facts;
    this.#set.run(
      identity?.seed ?? null,
      identity?.key ?? null,
      identity?.signingKey ?? null,
      epoch ?? null,
      runningMs,
      quotas === undefined ? null : JSON.stringify(quotas),
      joinCode ?? null,
    );
  }
}

function joinCodeOf(row: Row, column: string): JoinCode {
  return parseJoinCode(textOf(row, column)) ?? unreadable(column, 'a join code');
}

function quotasOf(row: Row, column: string): Quotas {
  const found = jsonOf(row, column);
  if (typeof found !== 'object' || found === null) return unreadable(column, 'quotas');
  const amount = (name: keyof Quotas): number => {
    const value = (found as Partial<Record<string, unknown>>)[name];
    return typeof value === 'number' && Number.isSafeInteger(value) && value > 0
      ? value
      : unreadable(column, 'quotas');
  };
  return {
    mailboxMessagesMax: amount('mailboxMessagesMax'),
    mailboxBytesMax: amount('mailboxBytesMax'),
    senderMessagesMax: amount('senderMessagesMax'),
    senderBytesMax: amount('senderBytesMax'),
    ageMsMax: amount('ageMsMax'),
    roomsMax: amount('roomsMax'),
    roomBytesMax: amount('roomBytesMax'),
    roomMembersMax: amount('roomMembersMax'),
    roomsBytesMax: amount('roomsBytesMax'),
  };
}
