import type { Withdrawal, WithdrawalRepository } from '../../client-store.ts';
import type { Database } from '../database.ts';
import { messageIdOf, peerKeyOf } from '../rows.ts';
import type { Query, Write } from '../statements.ts';

export class SqliteWithdrawals implements WithdrawalRepository {
  readonly #put: Write;
  readonly #first: Query;
  readonly #remove: Write;

  constructor(database: Database) {
    this.#put = database.write(
      'INSERT INTO withdrawal (recipient, id) VALUES (?, ?) ON CONFLICT (recipient, id) DO NOTHING',
    );
    this.#first = database.query('SELECT recipient, id FROM withdrawal ORDER BY number LIMIT ?');
    this.#remove = database.write('DELETE FROM withdrawal WHERE recipient = ? AND id = ?');
  }

  put({ recipient, id }: Withdrawal): void {
    this.#put.run(recipient, id);
  }

  first(limit: number): Withdrawal[] {
    return this.#first
      .all(limit)
      .map((row) => ({ recipient: peerKeyOf(row, 'recipient'), id: messageIdOf(row, 'id') }));
  }

  remove({ recipient, id }: Withdrawal): void {
    this.#remove.run(recipient, id);
  }
}
