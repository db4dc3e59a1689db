import { addressGroup } from '../../shared/address.ts';
import {
  guestAwayMs,
  guestsBarredMax,
  guestsDefaultMax,
  guestsMax,
  guestsOfAddressMin,
  guestsWaitingMax,
} from '../../shared/limits.ts';
import type { DeskDecision } from '../../shared/guests/ends.ts';
import type { Moment } from '../../shared/moment.ts';
import type { DeskRecord, GuestRecord } from '../data-dir/guest-record.ts';
import type { GuestStore } from './guest-store.ts';

/** A page that has proved its key. */
export interface Visitor {
  /** X25519 public key, in hex. */
  readonly key: string;
  /** A nickname, which the visitor typed. */
  readonly name: string;
  /** The IP address from which the page came. */
  readonly host: string;
  /** Whether the page proved that it has the secret of the link. */
  readonly hasSecret: boolean;
  /** The four words of its session, which both screens show. */
  readonly words: string;
}

export type Arrival =
  | { readonly type: 'in'; readonly guest: GuestRecord }
  /** The host is asked. */
  | { readonly type: 'waiting'; readonly number: number }
  | { readonly type: 'refused'; readonly why: DeskDecision };

/** What the host sees. */
export interface GuestList {
  readonly isOn: boolean;
  readonly limit: number;
  readonly asks: boolean;
  readonly guests: readonly GuestRecord[];
  /** They are let in, and have no nickname in the chat yet. Each takes a place. */
  readonly choosing: readonly GuestRecord[];
  readonly waiting: readonly WaitingVisitor[];
}

export interface WaitingVisitor {
  readonly number: number;
  readonly name: string;
  readonly words: string;
  readonly host: string;
  readonly hasSecret: boolean;
}

export interface GuestDeskOptions {
  readonly store: GuestStore;
  /** Returns so many unpredictable bytes in hex. */
  readonly randomHex: (byteCount: number) => string;
  /** Whether an IP address is one of this computer. Its user is no stranger. */
  readonly isOwnHost: (host: string) => boolean;
  /** The host was asked, and lets the visitor in. */
  readonly onAdmitted: (guest: GuestRecord) => void;
  /** Every session with this key ends. */
  readonly onEnded: (key: string, why: DeskDecision) => void;
  /** The guest does not come back: the nickname is to be released, and the store erased. */
  readonly onForgotten: (key: string) => void;
  readonly onChange: () => void;
}

type Waiting = Visitor & { readonly number: number };

const keyBytes = 32;
const hourMs = 60 * 60_000;
const dayMs = 24 * hourMs;

/**
 * Decides which visitors become guests of this gateway. A guest is known by the key of the page. A visitor with the secret of the link comes in
 * at once, unless the host wants to be asked, or very many have come from that address; one without it waits for the host in any case. A guest who is known needs no secret.
 *
 * A visitor that is let in is known once it has a nickname in the chat: the chat can refuse the one that it typed, and then it may never come back.
 */
export class GuestDesk {
  readonly #options: GuestDeskOptions;
  #record: DeskRecord;
  /** No number is given twice: a host who is about to let one in must not let in the next one. */
  #nextNumber: number;
  /** The oldest first. They are not kept: their pages ask again. */
  #waiting: readonly Waiting[] = [];
  /** As `#waiting`. */
  #choosing: readonly GuestRecord[] = [];
  /** The record has what the disk does not have yet. */
  #isUnsaved = false;

  constructor(options: GuestDeskOptions) {
    this.#options = options;
    this.#record = options.store.load() ?? {
      privateKey: options.randomHex(keyBytes),
      secret: null,
      port: null,
      limit: guestsDefaultMax,
      asks: false,
      lookedMs: null,
      guests: [],
      leaving: [],
      barred: [],
    };
    this.#nextNumber = 1 + Math.max(0, ...this.#record.guests.map(({ number }) => number));
  }

  /** Private X25519 key, in hex. */
  get privateKey(): string {
    return this.#record.privateKey;
  }

  /** The secret of the link, in hex; null while guests are switched off. */
  get secret(): string | null {
    return this.#record.secret;
  }

  get port(): number | null {
    return this.#record.port;
  }

  /** The keys for which `onForgotten` was called and `erased` was not, also in an earlier run that a crash has ended. */
  get leaving(): readonly string[] {
    return this.#record.leaving;
  }

  list(): GuestList {
    const { secret, limit, asks, guests } = this.#record;
    const waiting = this.#waiting.map(({ number, name, words, host, hasSecret }) => ({
      number,
      name,
      words,
      host,
      hasSecret,
    }));
    return { isOn: secret !== null, limit, asks, guests, choosing: this.#choosing, waiting };
  }

  // --- for the host ----------------------------------------------------------------------------------------

  /** Guests may come now. Keeps the link of guests that are on already. Throws StoreError. */
  switchOn(): void {
    if (this.#record.secret === null) this.#save({ secret: this.#options.randomHex(keyBytes) });
  }

  /** No guest may come, and the link ends. The guests are known when they are switched on again. Throws StoreError. */
  switchOff(): void {
    this.#save({ secret: null });
    this.#endAll('switched-off');
  }

  /** Makes another link, and the earlier one ends. Guests stay guests. Throws StoreError. */
  newLink(): void {
    this.#save({ secret: this.#options.randomHex(keyBytes) });
    this.#endWaiting(
      this.#waiting.filter(({ hasSecret }) => hasSecret),
      'switched-off',
    );
  }

  /** A listener got this port. Later starts use it again. Throws StoreError. */
  keepPort(port: number): void {
    if (this.#record.port !== port) this.#save({ port });
  }

  /** `limit`: 1 to 200. Fewer than there are lets no one else in, and removes no guest. Throws StoreError. */
  setLimit(limit: number): void {
    this.#save({ limit: Math.max(1, Math.min(guestsMax, Math.trunc(limit))) });
  }

  /** Throws StoreError. */
  setAsks(asks: boolean): void {
    this.#save({ asks });
  }

  /** Lets a waiting visitor in. Returns false if no visitor waits with this number, or no place is free. */
  admit(now: Moment, number: number): boolean {
    const visitor = this.#waiting.find((each) => each.number === number);
    if (visitor === undefined || !this.#hasPlace()) return false;
    this.#waiting = this.#waiting.filter((each) => each !== visitor);
    this.#options.onAdmitted(this.#letChoose(now, visitor, number));
    return true;
  }

  /** Sends a visitor or a guest away, who may ask again. Returns false without one of this number. Throws StoreError. */
  remove(number: number): boolean {
    return this.#sendAway(number, 'removed');
  }

  /** As `remove`, and this page may not come again. Throws StoreError. */
  bar(number: number): boolean {
    return this.#sendAway(number, 'barred');
  }

  // --- for the listener ------------------------------------------------------------------------------------

  /** A page has proved its key. */
  arrive(now: Moment, visitor: Visitor): Arrival {
    const { secret, barred, asks } = this.#record;
    if (secret === null) return { type: 'refused', why: 'switched-off' };
    if (barred.includes(visitor.key)) return { type: 'refused', why: 'barred' };
    const known = this.#record.guests.find(({ key }) => key === visitor.key);
    if (known !== undefined) return { type: 'in', guest: this.#seen(now, known) };
    const choosing = this.#choosing.find(({ key }) => key === visitor.key);
    if (choosing !== undefined) return { type: 'in', guest: choosing };
    if (!this.#hasPlace()) return { type: 'refused', why: 'full' };
    // One page could come and leave under a new key each time, faster than the server and the disk forget them.
    if (this.#record.leaving.length >= guestsMax) return { type: 'refused', why: 'busy' };
    if (visitor.hasSecret && !asks && !this.#isCrowded(visitor))
      return { type: 'in', guest: this.#letChoose(now, visitor, this.#nextNumber++) };
    return this.#wait(visitor);
  }

  /** The page of a waiting visitor is gone. */
  withdraw(key: string): void {
    const left = this.#waiting.filter((each) => each.key !== key);
    if (left.length === this.#waiting.length) return;
    this.#waiting = left;
    this.#options.onChange();
  }

  /** The last page of a guest is gone, for some time. One without a nickname is no guest any longer. */
  away(now: Moment, key: string): void {
    const known = this.#record.guests.find((each) => each.key === key);
    if (known !== undefined) this.#seen(now, known);
    this.#endChoice(key);
  }

  /** Whether the guest is known when it comes back. */
  isKnown(key: string): boolean {
    return this.#record.guests.some((each) => each.key === key);
  }

  /** The guest has this nickname in the chat. Throws StoreError: then the guest is known in this run, and `keepChanges` may keep it. */
  joined(key: string, name: string): void {
    const { guests, leaving } = this.#record;
    const guest = [...guests, ...this.#choosing].find((each) => each.key === key);
    if (guest === undefined || (this.isKnown(key) && guest.name === name)) return;
    const named = { ...guest, name };
    const kept = this.isKnown(key)
      ? guests.map((each) => (each === guest ? named : each))
      : [...guests, named];
    // The chat has taken the nickname, whatever the disk does. One that could not be erased comes back.
    this.#record = { ...this.#record, guests: kept, leaving: leaving.filter((each) => each !== key) };
    this.#isUnsaved = true;
    this.#endChoice(key);
    this.#save({});
  }

  /** Keeps what is not on the disk yet. To be called every 20 s. Throws StoreError. */
  keepChanges(): void {
    if (this.#isUnsaved) this.#save({});
  }

  /** The nickname of this guest is released as far as possible, and nothing is kept of the guest. Throws StoreError. */
  erased(key: string): void {
    if (!this.#record.leaving.includes(key)) return;
    this.#save({ leaving: this.#record.leaving.filter((each) => each !== key) });
  }

  /** The guest leaves for good. Throws StoreError. */
  leave(key: string): void {
    this.#forget([key], 'left');
  }

  /**
   * To be called at the start and each hour: forgets guests that were away for 7 days. `isHere`: the guest has a session now. A
   * look adds one day at most, so a clock that jumps erases no guest. Throws StoreError.
   */
  look(now: Moment, isHere: (key: string) => boolean): void {
    const passedMs = now.wallMs - (this.#record.lookedMs ?? now.wallMs);
    const countedMs = Math.max(0, Math.min(dayMs, passedMs));
    const guests = this.#record.guests.map((guest) =>
      isHere(guest.key)
        ? { ...guest, lastSeenMs: now.wallMs, awayMs: 0 }
        : { ...guest, awayMs: guest.awayMs + countedMs },
    );
    this.#save({ guests, lookedMs: now.wallMs });
    const gone = guests.filter(({ awayMs }) => awayMs >= guestAwayMs);
    this.#forget(
      gone.map(({ key }) => key),
      'left',
    );
  }

  #hasPlace(): boolean {
    return this.#record.guests.length + this.#choosing.length < this.#record.limit;
  }

  #seen(now: Moment, known: GuestRecord): GuestRecord {
    const guest = { ...known, lastSeenMs: now.wallMs, awayMs: 0 };
    const guests = this.#record.guests.map((each) => (each === known ? guest : each));
    // Pages come and go often, and each write of the disk holds up the chat of the host. A crash loses an hour at most, and a guest comes
    // back also while the disk is full.
    if (known.awayMs > hourMs) this.#isUnsaved = true;
    this.#record = { ...this.#record, guests };
    this.#options.onChange();
    return guest;
  }

  /** Whether so many guests have come from the address of this visitor that the host is asked. */
  #isCrowded({ host }: Visitor): boolean {
    if (this.#options.isOwnHost(host)) return false;
    const group = addressGroup({ host });
    const { limit, guests } = this.#record;
    const ofGroup = [...guests, ...this.#choosing].filter(({ from }) => from === group);
    return ofGroup.length >= Math.max(guestsOfAddressMin, Math.ceil(limit / 2));
  }

  #letChoose(now: Moment, { key, name, host }: Visitor, number: number): GuestRecord {
    const guest = { key, number, name, from: addressGroup({ host }), lastSeenMs: now.wallMs, awayMs: 0 };
    this.#choosing = [...this.#choosing, guest];
    this.#options.onChange();
    return guest;
  }

  #endChoice(key: string): void {
    const others = this.#choosing.filter((each) => each.key !== key);
    if (others.length === this.#choosing.length) return;
    this.#choosing = others;
    this.#options.onChange();
  }

  /** A page that asks again keeps its number. The newest words count. */
  #wait(visitor: Visitor): Arrival {
    const earlier = this.#waiting.find(({ key }) => key === visitor.key);
    const number = earlier?.number ?? this.#nextNumber++;
    const others = this.#waiting.filter((each) => each !== earlier);
    if (others.length >= guestsWaitingMax) {
      const crowded = mostCommonGroup([...others, visitor]);
      if (crowded === addressGroup(visitor)) return { type: 'refused', why: 'busy' };
      const last = others.findLast((each) => addressGroup(each) === crowded);
      if (last !== undefined) {
        others.splice(others.indexOf(last), 1);
        this.#options.onEnded(last.key, 'busy');
      }
    }
    this.#waiting = [...others, { ...visitor, number }];
    this.#options.onChange();
    return { type: 'waiting', number };
  }

  #sendAway(number: number, why: 'removed' | 'barred'): boolean {
    const all = [...this.#record.guests, ...this.#choosing, ...this.#waiting];
    const one = all.find((each) => each.number === number);
    if (one === undefined) return false;
    const others = this.#record.barred.filter((key) => key !== one.key);
    const change = why === 'barred' ? { barred: [...others, one.key].slice(-guestsBarredMax) } : {};
    const waiting = this.#waiting.find((each) => each === one);
    if (waiting === undefined) this.#forget([one.key], why, change);
    else {
      this.#save(change);
      this.#endWaiting([waiting], why === 'removed' ? 'not-let-in' : why);
    }
    return true;
  }

  #forget(keys: readonly string[], why: DeskDecision, change: Partial<DeskRecord> = {}): void {
    const gone = new Set(keys);
    const kept = this.#record.guests.filter(({ key }) => !gone.has(key));
    const choosing = this.#choosing.filter(({ key }) => !gone.has(key));
    if (kept.length + choosing.length === this.#record.guests.length + this.#choosing.length) return;
    const leaving = this.#record.leaving.filter((key) => !gone.has(key));
    this.#save({ ...change, guests: kept, leaving: [...leaving, ...gone] });
    this.#choosing = choosing;
    for (const key of gone) {
      this.#options.onEnded(key, why);
      this.#options.onForgotten(key);
    }
  }

  #endWaiting(ending: readonly Waiting[], why: DeskDecision): void {
    this.#waiting = this.#waiting.filter((each) => !ending.includes(each));
    for (const { key } of ending) this.#options.onEnded(key, why);
    this.#options.onChange();
  }

  #endAll(why: DeskDecision): void {
    this.#endWaiting(this.#waiting, why);
    for (const { key } of [...this.#record.guests, ...this.#choosing]) this.#options.onEnded(key, why);
  }

  /** What the disk refuses is not so. */
  #save(change: Partial<DeskRecord>): void {
    const record = { ...this.#record, ...change };
    this.#options.store.save(record);
    this.#isUnsaved = false;
    this.#record = record;
    this.#options.onChange();
  }
}

/** Returns the address group from which most came, and of equal ones that of the newest. */
function mostCommonGroup(visitors: readonly { readonly host: string }[]): string | undefined {
  const counts = new Map<string, number>();
  let most: string | undefined;
  for (const visitor of visitors) {
    const group = addressGroup(visitor);
    const count = (counts.get(group) ?? 0) + 1;
    counts.set(group, count);
    if (count >= (counts.get(most ?? group) ?? 0)) most = group;
  }
  return most;
}
