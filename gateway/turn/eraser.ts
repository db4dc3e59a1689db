import type { Moment } from '../../shared/moment.ts';
import type { RunJob } from './pending-jobs.ts';

/** Time in which removed things are collected, to be erased from the disk together: each erasure writes the whole WAL. */
const eraseDelayMs = 5_000;

/**
 * Erases what a role has removed from its database: words of messages, and used keys. The store overwrites removed rows,
 * but their former pages are still in the WAL until a job has emptied it.
 */
export class Eraser {
  readonly #context: { readonly runJob: RunJob };
  #dueMs: number | undefined;

  constructor(context: { readonly runJob: RunJob }) {
    this.#context = context;
  }

  /** Something was removed in this turn, or an earlier process may have left it. */
  eraseSoon(now: Moment): void {
    this.#dueMs ??= now.monotonicMs + eraseDelayMs;
  }

  handleTimeout(now: Moment): void {
    if (this.#dueMs === undefined || this.#dueMs > now.monotonicMs) return;
    this.#dueMs = undefined;
    this.#context.runJob({ type: 'erase' }, (later, isErased) => {
      if (!isErased) this.eraseSoon(later);
    });
  }

  pollTimeout(): number | undefined {
    return this.#dueMs;
  }
}
