import type { Moment } from '../../shared/moment.ts';
import type { Job, JobResult } from './jobs.ts';
import type { EndpointAction, EndpointEvent } from '../transport/events.ts';

/**
 * One part that a gateway plays, client or server: chat rules without I/O. A turn calls handlers inside
 * one open transaction of the role's store, commits, and only then takes what the role wants to happen. What others rely on
 * (actions and jobs) waits until the commit is on the disk.
 */
export interface Role<Change> {
  handleEvent(now: Moment, event: EndpointEvent): void;
  handleTimeout(now: Moment): void;
  /** This machine has other addresses, or slept: other peers may be in reach now. */
  handleNetworkChange?(now: Moment): void;
  /** The earliest deadline in monotonic milliseconds, undefined without one. */
  pollTimeout(): number | undefined;
  /** The next request to the endpoint; to be drained after the commit is on the disk, never before. */
  pollAction(): EndpointAction | undefined;
  /** The next slow work that is to be done; to be drained after the commit is on the disk, never before. */
  pollJob?(): Job | undefined;
  /** What came of a job. Results of jobs that a fault has made the role forget change nothing. */
  handleJob?(now: Moment, result: JobResult): void;
  /** The next thing to tell the outside (tabs, terminal, log); to be drained after the commit, never before. */
  pollChange(): Change | undefined;
  /**
   * An input or the commit of this turn failed: forgets the actions and changes that were not taken yet, and takes
   * every fact from the store again, so that memory and disk agree. Runs before the commit where an input failed.
   */
  resetFromStore(now: Moment): void;
  /**
   * The turn is over, and what this event wrote was undone, because its input or the commit threw `cause`. The role
   * may answer the sender. It must not write.
   */
  handleUncommitted?(event: EndpointEvent, cause: unknown): void;
}

/** What a turn needs of a store: one transaction, with a savepoint for each input, that is then put on the disk. */
export interface TurnStore {
  begin(): void;
  /** Runs one input. If it throws, its writes are undone and the exception goes on. */
  savepoint(input: () => void): void;
  /** Everything since `begin` survives the end of the process. Throws if the disk refuses: then all of it is undone. */
  commit(): void;
  /**
   * Waits until everything that was committed survives a power cut. Throws if the disk fails. Nothing is undone then, but the store takes
   * no further write.
   */
  sync(): void;
  /**
   * Overwrites what was removed, in the database and in its WAL, and returns true. To be called between turns. Returns false
   * if another process reads the database at this moment.
   */
  erase(): boolean;
}

/** Runs `write` in a transaction of its own, outside of the turns of a role, and puts it on the disk. Throws what `write` or the disk threw. */
export function writeNow(store: TurnStore, write: () => void): void {
  store.begin();
  try {
    store.savepoint(write);
  } finally {
    store.commit();
  }
  store.sync();
}
