import { Value } from 'typebox/value';
import { OutcomeSchema, type Outcome } from '../../../shared/bridge/commands.ts';
import { answersKeptMax } from '../../../shared/limits.ts';
import type { AnswerRepository } from '../client-store.ts';
import type { Database } from './database.ts';
import { jsonOf, unreadable } from './rows.ts';
import type { Query, Write } from './statements.ts';

export class SqliteAnswers implements AnswerRepository {
  readonly #find: Query;
  readonly #put: Write;
  readonly #trim: Write;

  constructor(database: Database) {
    this.#find = database.query('SELECT outcome FROM answer WHERE command = ?');
    this.#put = database.write(
      'INSERT INTO answer (command, outcome) VALUES (?, ?) ON CONFLICT (command) DO NOTHING',
    );
    this.#trim = database.write('DELETE FROM answer WHERE number <= (SELECT max(number) FROM answer) - ?');
  }

  find(commandId: string): Outcome | undefined {
    const row = this.#find.get(commandId);
    if (row === undefined) return undefined;
    const outcome = jsonOf(row, 'outcome');
    return Value.Check(OutcomeSchema, outcome) ? outcome : unreadable('outcome', 'an answer');
  }

  put(commandId: string, outcome: Outcome): void {
    // DESIGN section 8: a repeated id gets the first answer.
    if (this.#put.run(commandId, JSON.stringify(outcome)) > 0) this.#trim.run(answersKeptMax);
  }
}
