import { encodeSaid } from '../../shared/chat/codec.ts';
import type { PeerKey } from '../../shared/ids.ts';
import { candidatesMax, transportMessageBytesMax } from '../../shared/limits.ts';
import type { Registrant } from './registry.ts';

/** A burst of changes is one roster: at most one in this time (DESIGN section 4). */
const rosterIntervalMs = 250;

interface Reader {
  /** Version of the last roster that was sent. */
  sent: number;
  /** Whether that one is not acknowledged yet. */
  underway: boolean;
}

/**
 * Sends the client table to everybody online on each change. While one roster is on its way to somebody, later
 * ones replace each other; the newest leaves when the way is free.
 */
export class RosterBoard {
  readonly #send: (to: PeerKey, bytes: Uint8Array, token: string) => void;
  readonly #readers = new Map<PeerKey, Reader>();
  #version = 0;
  #encoded: { readonly version: number; readonly bytes: Uint8Array } | undefined;
  #lastRoundMs = Number.NEGATIVE_INFINITY;
  #dueMs: number | undefined;

  constructor(send: (to: PeerKey, bytes: Uint8Array, token: string) => void) {
    this.#send = send;
  }

  /** The table changed: everybody will have it, now or at the end of the interval. */
  changed(nowMs: number): void {
    this.#version++;
    this.#dueMs ??= Math.max(nowMs, this.#lastRoundMs + rosterIntervalMs);
  }

  addReader(key: PeerKey): void {
    this.#readers.set(key, { sent: 0, underway: false });
  }

  removeReader(key: PeerKey): void {
    this.#readers.delete(key);
  }

  get dueMs(): number | undefined {
    return this.#dueMs;
  }

  /** Sends what is due. `people` is read only when something leaves. */
  round(nowMs: number, people: () => Iterable<Registrant>): void {
    if (this.#dueMs === undefined || nowMs < this.#dueMs) return;
    this.#dueMs = undefined;
    this.#lastRoundMs = nowMs;
    for (const [key, reader] of this.#readers) this.#sendTo(key, reader, people);
  }

  /** A roster to `key` has arrived: the way is free for a newer one. */
  settled(key: PeerKey, token: string, people: () => Iterable<Registrant>): void {
    const reader = this.#readers.get(key);
    if (reader === undefined || token !== rosterToken(reader.sent)) return;
    reader.underway = false;
    if (this.#dueMs === undefined) this.#sendTo(key, reader, people);
  }

  /** A roster found no room on the way to `key`: the newest is offered again after the interval. */
  crowdedOut(nowMs: number, key: PeerKey, token: string): void {
    const reader = this.#readers.get(key);
    if (reader === undefined || token !== rosterToken(reader.sent)) return;
    this.addReader(key);
    this.#dueMs ??= nowMs + rosterIntervalMs;
  }

  /**
   * Forgets who reads and what was on its way. The count of versions goes on: a client takes nothing older than what
   * it has (PROTOCOL 6.8).
   */
  restart(): void {
    this.#readers.clear();
    this.#encoded = undefined;
    this.#dueMs = undefined;
  }

  #sendTo(key: PeerKey, reader: Reader, people: () => Iterable<Registrant>): void {
    if (reader.underway || reader.sent === this.#version) return;
    reader.underway = true;
    reader.sent = this.#version;
    this.#send(key, this.#bytes(people), rosterToken(this.#version));
  }

  #bytes(people: () => Iterable<Registrant>): Uint8Array {
    if (this.#encoded?.version !== this.#version) {
      let bytes = this.#encode(people(), candidatesMax);
      // Of a crowd with many addresses each, everybody learns where the server sees the others.
      if (bytes.length > transportMessageBytesMax) bytes = this.#encode(people(), 1);
      this.#encoded = { version: this.#version, bytes };
    }
    return this.#encoded.bytes;
  }

  #encode(people: Iterable<Registrant>, candidatesEach: number): Uint8Array {
    const rows = Array.from(people, ({ key, nickname, candidates, presence }) => ({
      key,
      nickname,
      candidates: candidates.slice(0, candidatesEach),
      online: presence.state === 'online',
    }));
    return encodeSaid({ kind: 'roster', version: this.#version, people: rows });
  }
}

export function isRosterToken(token: string): boolean {
  return token.startsWith('roster:');
}

function rosterToken(version: number): string {
  return `roster:${version}`;
}
