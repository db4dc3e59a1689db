/** Why a store does not serve. Everything else that a store throws is a bug of its caller. */
export type StoreErrorCode =
  /** A newer program wrote the file. It was left as it is. */
  | 'newer-schema'
  /** A program before 0.1 wrote the file, in a shape that no released program reads. It was left as it is. */
  | 'earlier-shape'
  /** A whole database, but of another program, or of the other role. It was left as it is. */
  | 'foreign-file'
  /** The file that was to be made is there already. It was left as it is. */
  | 'file-exists'
  /** Not a database, or a broken one. It was left as it is, and no new one takes its place. */
  | 'damaged'
  /** The disk is full, read-only, gone or locked. The request had no effect, and may succeed later. */
  | 'disk-refused';

/** What a store throws in place of an answer. `message` is a sentence for users that says what to do next. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  /** Whether the same request can succeed later without any repair, once the disk has room. */
  get retry(): boolean {
    return this.code === 'disk-refused';
  }
}
