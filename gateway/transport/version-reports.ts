import { addressGroup, type Address } from '../../shared/address.ts';
import { ratedGroupsMax } from '../../shared/limits.ts';
import { OncePerInterval } from './once-per-interval.ts';
import { otherVersionIntervalMs, versionReportsMax } from './timing.ts';

/**
 * Limits the reports of other versions. Anyone can forge the datagrams that cause them, from any address (PROTOCOL 3.3). All
 * ports of a machine count as one. The last counted addresses are told with the next report: a program of another version
 * tries again, so there is one.
 */
export class VersionReports {
  readonly #groups = new OncePerInterval(otherVersionIntervalMs, ratedGroupsMax);
  /** When the newest reports were made, the oldest first. */
  #reportedAtMs: number[] = [];
  /** Further addresses since the last report. */
  #others = 0;

  /** Another version was met at this address. Returns how many others the report is about; undefined for no report. */
  report(nowMs: number, from: Address): number | undefined {
    if (!this.#groups.allow(nowMs, addressGroup(from))) return undefined;
    this.#reportedAtMs = this.#reportedAtMs.filter((atMs) => nowMs - atMs < otherVersionIntervalMs);
    if (this.#reportedAtMs.length >= versionReportsMax) {
      this.#others++;
      return undefined;
    }
    this.#reportedAtMs.push(nowMs);
    const others = this.#others;
    this.#others = 0;
    return others;
  }
}
