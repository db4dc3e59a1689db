import { KnownServerSchema } from '../../../../shared/bridge/schema.ts';
import Type from 'typebox';
import { Value } from 'typebox/value';
import type { CommandResult } from '../../../../shared/command-result.ts';
import { errors, type ErrorCode } from '../../../../shared/errors.ts';
import { commandResultsMax } from '../../../../shared/limits.ts';
import type { AnswerRepository } from '../../client-store.ts';
import type { Database } from '../database.ts';
import { jsonOf, unreadable } from '../rows.ts';
import type { Query, Write } from '../statements.ts';

const CommandResultSchema = Type.Unsafe<CommandResult>(
  Type.Union([
    Type.Object({ status: Type.Literal('done') }),
    Type.Object({
      status: Type.Literal('refused'),
      code: Type.Unsafe<ErrorCode>(Type.Enum(Object.keys(errors))),
      sentence: Type.String(),
      retry: Type.Boolean(),
      suggestion: Type.Optional(Type.String()),
      foundServer: Type.Optional(KnownServerSchema),
    }),
  ]),
);

export class SqliteAnswers implements AnswerRepository {
  readonly #find: Query;
  readonly #put: Write;
  readonly #trim: Write;

  constructor(database: Database) {
    this.#find = database.query('SELECT result FROM answer WHERE command = ?');
    this.#put = database.write(
      'INSERT INTO answer (command, result) VALUES (?, ?) ON CONFLICT (command) DO NOTHING',
    );
    this.#trim = database.write('DELETE FROM answer WHERE number <= (SELECT max(number) FROM answer) - ?');
  }

  find(commandId: string): CommandResult | undefined {
    const row = this.#find.get(commandId);
    if (row === undefined) return undefined;
    const result = jsonOf(row, 'result');
    return Value.Check(CommandResultSchema, result) ? result : unreadable('result', 'an answer');
  }

  put(commandId: string, result: CommandResult): void {
    // A repeated id gets the first answer.
    if (this.#put.run(commandId, JSON.stringify(result)) > 0) this.#trim.run(commandResultsMax);
  }
}
