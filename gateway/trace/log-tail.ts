import type { LogLine } from '../../shared/bridge/administration.ts';
import { logLineLengthMax, logLinesMax } from '../../shared/limits.ts';
import type { DebugLog, Layer } from './debug-log.ts';

/** The newest lines of the log of this gateway, for its operator. They are kept whatever `--log` says. */
export class LogTail {
  readonly #wallMs: () => number;
  readonly #lines: LogLine[] = [];
  #number = 0;

  constructor(wallMs: () => number) {
    this.#wallMs = wallMs;
  }

  /** The number of the newest line, 0 before the first. */
  get number(): number {
    return this.#number;
  }

  readonly add: DebugLog = (layer: Layer, sentence: string) => {
    const text = sentence.slice(0, logLineLengthMax);
    this.#lines.push({ number: ++this.#number, wallMs: this.#wallMs(), layer, text });
    if (this.#lines.length > logLinesMax) this.#lines.shift();
  };

  /** Returns the lines after this number that are still kept, in order. */
  since(after: number): LogLine[] {
    return this.#lines.filter(({ number }) => number > after);
  }
}
