/** Why a store does not serve. Everything else that a store throws is a bug of its caller. */
export type StoreErrorCode =
  /** A newer program wrote the file. It was left as it is. */
  | 'newer-schema'
  /** A whole database, but of another program, or of the other role. It was left as it is. */
  | 'foreign-file'
  /** Not a database, or a broken one. It was left as it is, and is never made anew in its place. */
  | 'damaged'
  /** The disk is full, read-only, gone or locked: what was asked did not happen, and may work later. */
  | 'disk-refused';

/** What a store says in place of an answer; `message` is a sentence for people that tells what to do next. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  /** Whether the same request can work later without anybody repairing anything but the room on the disk. */
  get retry(): boolean {
    return this.code === 'disk-refused';
  }
}
