import { StringDecoder } from 'node:string_decoder';
import { Transform, type Readable, type TransformCallback } from 'node:stream';

/** Asks a terminal to mark pasted text, and to stop doing so (xterm's "bracketed paste mode"). */
export const markPastes = '\u001b[?2004h';
export const markNoPastes = '\u001b[?2004l';

const pasteBegin = '\u001b[200~';
const pasteEnd = '\u001b[201~';

/** Escape is a key, and also the beginning of a mark. Of a mark, the rest follows at once. */
const escapeMs = 50;

/**
 * Passes on the keys of a terminal, and takes pasted text out of them: a line feed in a paste is no Enter key. Calls
 * `onPaste` with each whole paste, in order with the keys. A paste of more than `charactersMax` is cut.
 */
export class PasteFilter extends Transform {
  readonly #terminal: Readable;
  readonly #onPaste: (text: string) => void;
  readonly #charactersMax: number;
  readonly #decoder = new StringDecoder('utf8');
  #rest = '';
  /** Undefined outside of a paste. */
  #pasted: string | undefined;
  #escapeTimer: NodeJS.Timeout | undefined;

  constructor(terminal: Readable, onPaste: (text: string) => void, charactersMax: number) {
    super({ decodeStrings: true });
    this.#terminal = terminal;
    this.#onPaste = onPaste;
    this.#charactersMax = charactersMax;
    terminal.pipe(this);
  }

  /** As of a terminal: readline sets the mode of its input. */
  setRawMode(isRaw: boolean): this {
    const { setRawMode } = this.#terminal as { setRawMode?: (isRaw: boolean) => unknown };
    setRawMode?.call(this.#terminal, isRaw);
    return this;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    clearTimeout(this.#escapeTimer);
    this.#rest += this.#decoder.write(chunk);
    this.#take(done);
  }

  override _flush(done: TransformCallback): void {
    clearTimeout(this.#escapeTimer);
    this.#passOnRest();
    done();
  }

  #passOnRest(): void {
    if (this.#pasted === undefined && this.#rest !== '') this.push(this.#rest);
    this.#rest = '';
  }

  #take(done: TransformCallback): void {
    if (this.#pasted === undefined) {
      const begin = this.#rest.indexOf(pasteBegin);
      const keys =
        begin === -1
          ? this.#rest.slice(0, this.#rest.length - partAtEnd(this.#rest))
          : this.#rest.slice(0, begin);
      if (keys !== '') this.push(keys);
      this.#rest = this.#rest.slice(begin === -1 ? keys.length : begin + pasteBegin.length);
      if (begin === -1) {
        if (this.#rest !== '') this.#escapeTimer = setTimeout(() => this.#passOnRest(), escapeMs);
        done();
        return;
      }
      this.#pasted = '';
    }
    const end = this.#rest.indexOf(pasteEnd);
    const safeLength = end === -1 ? Math.max(0, this.#rest.length - pasteEnd.length) : end;
    this.#pasted = (this.#pasted + this.#rest.slice(0, safeLength)).slice(0, this.#charactersMax);
    this.#rest = this.#rest.slice(end === -1 ? safeLength : end + pasteEnd.length);
    if (end === -1) {
      done();
      return;
    }
    const text = this.#pasted;
    this.#pasted = undefined;
    // The keys before it reach readline first.
    setImmediate(() => {
      this.#onPaste(text);
      this.#take(done);
    });
  }
}

/** The length of the beginning of a mark at the end of the text. */
function partAtEnd(text: string): number {
  for (let length = pasteBegin.length - 1; length > 0; length--)
    if (text.endsWith(pasteBegin.slice(0, length))) return length;
  return 0;
}
