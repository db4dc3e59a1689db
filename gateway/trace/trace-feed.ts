import type { Trace } from '../../shared/trace.ts';

/** The role that a trace comes from: `client` or `server`; in the simulation, the host. */
export type TraceListener = (role: string, trace: Trace) => void;

/** A running role with a transport that can be traced. */
export interface TraceSource {
  /** Sends each trace from now on to `listener`; null stops tracing, which then costs nothing. */
  watchTraces(listener: ((trace: Trace) => void) | null): void;
}

/** Joins the traces of all running roles, whichever starts first: the roles or the watchers. */
export class TraceFeed {
  readonly #listeners = new Set<TraceListener>();
  readonly #sources = new Map<TraceSource, string>();

  /** Calls `listener` for each trace of each role, until the returned function is called. */
  watch(listener: TraceListener): () => void {
    // A wrapper of its own, so that one function can watch twice.
    const own: TraceListener = (role, trace) => listener(role, trace);
    this.#listeners.add(own);
    if (this.#listeners.size === 1) for (const [source, role] of this.#sources) this.#start(source, role);
    return () => {
      if (!this.#listeners.delete(own) || this.#listeners.size > 0) return;
      for (const source of this.#sources.keys()) source.watchTraces(null);
    };
  }

  /** Adds a role that has started; the returned function removes it. */
  add(role: string, source: TraceSource): () => void {
    this.#sources.set(source, role);
    if (this.#listeners.size > 0) this.#start(source, role);
    return () => {
      if (this.#sources.delete(source)) source.watchTraces(null);
    };
  }

  #start(source: TraceSource, role: string): void {
    source.watchTraces((trace) => {
      for (const listener of this.#listeners) listener(role, trace);
    });
  }
}
