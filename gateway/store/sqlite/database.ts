import type { TurnStore } from '../../turn/role.ts';
import { StoreError } from '../errors.ts';
import { storeFailure } from './failure.ts';
import { LateStatement, Query, Write, type Connection, type Statement } from './statements.ts';

/**
 * One open database and the turn that runs on it. BEGIN and SAVEPOINT wait for the first write: a turn that only
 * reads takes no lock and costs no fsync. A write outside a turn is a bug and throws. Each write therefore reaches the
 * disk by the one commit and the one sync after which receipts leave.
 */
export class Database implements TurnStore {
  readonly #connection: Connection;
  readonly #file: string;
  readonly #disk: Disk | undefined;
  readonly #control: Control;
  readonly #erase: Query;
  #caches = 0;
  #turn: Turn = { phase: 'none' };
  /** Something was committed and is not on the disk yet, as far as is known. */
  #isBehind = false;
  /** How many syncs have not ended, in other threads. */
  #syncing = 0;
  #syncFailure: Error | undefined;

  /** Takes ownership of the connection and the disk. `file` is only for error messages. A database in memory has no disk. */
  constructor(connection: Connection, file: string, disk?: Disk) {
    this.#connection = connection;
    this.#file = file;
    this.#disk = disk;
    this.#control = prepareControl(connection);
    this.#erase = this.query('PRAGMA wal_checkpoint(TRUNCATE)');
  }

  begin(): void {
    if (this.#turn.phase !== 'none') throw new Error('a turn is open already');
    this.#turn = { phase: 'open', started: false, savepoint: 'none' };
  }

  savepoint(input: () => void): void {
    const turn = this.#turn;
    if (turn.phase === 'none') throw new Error('a savepoint outside a turn');
    // The disk undid the whole turn: further inputs would rely on facts that are gone.
    if (turn.phase === 'lost') throw turn.cause;
    if (turn.savepoint !== 'none') throw new Error('a savepoint inside a savepoint');
    turn.savepoint = 'wanted';
    try {
      input();
      if (this.#savepointIsSet()) this.#control.release.run();
    } catch (error) {
      if (this.#savepointIsSet()) this.#undoSavepoint();
      throw error;
    } finally {
      turn.savepoint = 'none';
    }
  }

  commit(): void {
    const turn = this.#turn;
    if (turn.phase === 'none') throw new Error('a commit outside a turn');
    if (turn.phase === 'open' && turn.savepoint !== 'none') throw new Error('a commit inside a savepoint');
    this.#turn = { phase: 'none' };
    if (turn.phase === 'lost') throw turn.cause;
    if (!turn.started) return;
    try {
      this.#disk?.check();
      this.#control.commit.run();
      this.#isBehind = true;
    } catch (error) {
      this.dropCaches();
      if (this.#connection.isTransaction) this.#control.rollback.run();
      throw storeFailure(error, this.#file);
    }
  }

  /**
   * After a failure the pages of the system may count as written although they are not (https://wiki.postgresql.org/wiki/Fsync_Errors),
   * so a later success would prove nothing. The next start reads what the disk has.
   */
  sync(): void {
    if (this.#turn.phase !== 'none') throw new Error('a sync inside a turn');
    this.#refuseAfterFailure();
    if (!this.#isBehind && this.#syncing === 0) return;
    try {
      this.#disk?.sync();
      this.#isBehind = false;
    } catch (error) {
      throw this.#syncFailed(error);
    }
  }

  /** As `sync`, in another thread: resolves once all that was committed before the call survives a power cut. */
  async syncLater(): Promise<void> {
    if (this.#turn.phase !== 'none') throw new Error('a sync inside a turn');
    this.#refuseAfterFailure();
    if (!this.#isBehind && this.#syncing === 0) return;
    this.#isBehind = false;
    this.#syncing++;
    try {
      await this.#disk?.syncLater();
    } catch (error) {
      throw this.#syncFailed(error);
    } finally {
      this.#syncing--;
    }
    // Another sync may have failed at the same time, and the system tells each failure only once.
    this.#refuseAfterFailure();
  }

  #refuseAfterFailure(): void {
    if (this.#syncFailure !== undefined) throw this.#syncFailure;
  }

  #syncFailed(error: unknown): Error {
    if (this.#syncFailure !== undefined) return this.#syncFailure;
    const failure = storeFailure(error, this.#file);
    const next = `${failure.message} Then start Chatagram again.`;
    this.#syncFailure =
      failure instanceof StoreError ? new StoreError(failure.code, next, { cause: error }) : failure;
    return this.#syncFailure;
  }

  /**
   * Moves all pages of the WAL into the database and empties the WAL (https://sqlite.org/pragma.html#pragma_wal_checkpoint).
   * Removed rows are zeros in the database already, by `PRAGMA secure_delete`.
   */
  erase(): boolean {
    if (this.#turn.phase !== 'none') throw new Error('an erasure inside a turn');
    try {
      return this.#erase.get()?.get('busy') === 0;
    } catch (failure) {
      // A reader that is in the middle of something; a disk that refuses now may take it later.
      if (failure instanceof StoreError && failure.code === 'disk-refused') return false;
      throw failure;
    }
  }

  /** Returns a statement that reads. It sees the writes of the open turn. */
  query(sql: string): Query {
    return new Query(this.#prepare(sql), (error) => this.#failed(error));
  }

  /** Returns a statement that writes. */
  write(sql: string): Write {
    return new Write(
      this.#prepare(sql),
      () => this.#beforeWrite(),
      (error) => this.#failed(error),
    );
  }

  /** Rises when what was read or written before may be true no longer: writes were undone, or rows got other names. */
  get caches(): number {
    return this.#caches;
  }

  /** Rows get other names now: what is kept of them in memory (row-cache.ts) is dropped. */
  dropCaches(): void {
    this.#caches++;
  }

  /** Closes the database. An unfinished turn is undone. */
  close(): void {
    // Before the connection: Windows keeps a file that is open, and SQLite wants to remove the WAL.
    this.#disk?.close();
    this.#connection.close();
  }

  #prepare(sql: string): Statement {
    return new LateStatement(this.#connection, withoutReprepare(sql));
  }

  #beforeWrite(): void {
    const turn = this.#turn;
    if (turn.phase === 'none') throw new Error('a write outside a turn');
    if (turn.phase === 'lost') throw turn.cause;
    this.#refuseAfterFailure();
    try {
      if (!turn.started) {
        this.#control.begin.run();
        turn.started = true;
      }
      if (turn.savepoint === 'wanted') {
        this.#control.savepoint.run();
        turn.savepoint = 'set';
      }
    } catch (error) {
      throw this.#failed(error);
    }
  }

  #savepointIsSet(): boolean {
    return this.#turn.phase === 'open' && this.#turn.savepoint === 'set';
  }

  #undoSavepoint(): void {
    this.dropCaches();
    try {
      this.#control.undo.run();
      this.#control.release.run();
    } catch (error) {
      if (this.#connection.isTransaction) this.#control.rollback.run();
      this.#turn = { phase: 'lost', cause: storeFailure(error, this.#file) };
    }
  }

  /**
   * https://sqlite.org/lang_transaction.html section 3: "If a transaction is rolled back automatically", as after
   * SQLITE_FULL or SQLITE_IOERR, the earlier inputs of the turn are gone too. The turn's commit must fail.
   */
  #failed(error: unknown): Error {
    const failure = storeFailure(error, this.#file);
    const turn = this.#turn;
    if (turn.phase === 'open' && turn.started && !this.#connection.isTransaction) {
      this.dropCaches();
      this.#turn = { phase: 'lost', cause: failure };
    }
    return failure;
  }
}

/**
 * SQLite plans with the value of a parameter that is a limit by itself, and so prepares such a statement again each time (its function
 * sqlite3ExprIsInteger). With a sum it does not: a query of waiting receipts takes a third of the time.
 */
export function withoutReprepare(sql: string): string {
  return sql.replace(/\bLIMIT (?=\?)/gu, 'LIMIT 0 + ');
}

/** What a turn needs of the file of a database, beside its connection. */
export interface Disk {
  /** Throws while the file is not where it was opened. */
  check(): void;
  /** Returns once the commits are on the disk. */
  sync(): void;
  /** Resolves once the commits before the call are on the disk. */
  syncLater(): Promise<void>;
  close(): void;
}

type Turn =
  | { readonly phase: 'none' }
  | { readonly phase: 'open'; started: boolean; savepoint: 'none' | 'wanted' | 'set' }
  /** SQLite has undone the whole turn. It ends with its commit, which throws `cause`. */
  | { readonly phase: 'lost'; readonly cause: Error };

/** The statements around a turn, prepared once. */
interface Control {
  readonly begin: Statement;
  readonly savepoint: Statement;
  readonly undo: Statement;
  readonly release: Statement;
  readonly commit: Statement;
  readonly rollback: Statement;
}

function prepareControl(connection: Connection): Control {
  return {
    // IMMEDIATE takes the lock here or fails here, and not in the middle of the turn.
    begin: connection.prepare('BEGIN IMMEDIATE'),
    savepoint: connection.prepare('SAVEPOINT input'),
    undo: connection.prepare('ROLLBACK TO input'),
    release: connection.prepare('RELEASE input'),
    commit: connection.prepare('COMMIT'),
    rollback: connection.prepare('ROLLBACK'),
  };
}
