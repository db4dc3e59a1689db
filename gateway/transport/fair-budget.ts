import type { PeerClass } from './events.ts';

/** The parts of a budget that its users have at most, in bytes (PROTOCOL 7.7). */
export interface BudgetShares {
  readonly all: number;
  /** One connection. */
  readonly connection: number;
  /** All connections of one address group that are not established. */
  readonly group: number;
  /** All unknown connections. */
  readonly unknown: number;
  /** All connections that are not established. The rest is for established ones alone. */
  readonly notEstablished: number;
}

/**
 * PROTOCOL 7.7: a sixteenth for a connection, so that one never matters to the others. An eighth for an address group: a class
 * behind one router has many connections, and the half of what it may have leaves room for three more such groups beside
 * unknown peers. A quarter for strangers, and a quarter that only established peers can use.
 */
export function budgetShares(all: number): BudgetShares {
  return { all, connection: all / 16, group: all / 8, unknown: all / 4, notEstablished: (all * 3) / 4 };
}

/** The bytes that all connections of one address group use. */
interface BudgetGroup {
  readonly name: string;
  holders: number;
  /** Bytes of connections that are not established. */
  limitedBytes: number;
  /** Bytes within the scope of a search, while it runs. */
  sum: number;
}

/**
 * Memory that all connections of an endpoint share, with a share for each. Where a share is full, the address group that uses most
 * of it loses a connection: that with most bytes. An asker that uses most itself is refused.
 */
export class FairBudget {
  readonly #shares: BudgetShares;
  /** Closes the connection of a holder, which gives back everything that it holds. */
  readonly #evict: (holder: BudgetHolder) => void;
  readonly #groups = new Map<string, BudgetGroup>();
  /** The first of the holders that hold anything. */
  #first: BudgetHolder | undefined;
  #bytes = 0;
  #limitedBytes = 0;
  #unknownBytes = 0;

  constructor(shares: BudgetShares, evict: (holder: BudgetHolder) => void) {
    this.#shares = shares;
    this.#evict = evict;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** A part of the budget for a new connection. */
  open(group: string, peerClass: PeerClass): BudgetHolder {
    return new BudgetHolder(this, this.join(group), peerClass);
  }

  join(name: string): BudgetGroup {
    let group = this.#groups.get(name);
    if (group === undefined) this.#groups.set(name, (group = { name, holders: 0, limitedBytes: 0, sum: 0 }));
    group.holders++;
    return group;
  }

  leave(group: BudgetGroup): void {
    if (--group.holders === 0) this.#groups.delete(group.name);
  }

  /** Whether the holder gets so much without any other's loss, if each share were only this part of what it is. */
  hasRoom(holder: BudgetHolder, byteCount: number, part: number): boolean {
    const { connection, all } = this.#shares;
    if (holder.bytes + byteCount > connection * part || this.#bytes + byteCount > all * part) return false;
    return holder.peerClass === 'established' || this.#fullScope(holder, byteCount, part) === undefined;
  }

  /** `isAwaited`: these bytes may pass the share of the one connection, but no other share. */
  take(holder: BudgetHolder, byteCount: number, isAwaited: boolean): boolean {
    if (!isAwaited && holder.bytes + byteCount > this.#shares.connection) return false;
    if (!this.#makeRoom(holder, byteCount)) return false;
    this.add(holder, byteCount);
    return true;
  }

  /** Counts bytes that the holder has got, or, if negative, that it gives back. */
  add(holder: BudgetHolder, byteCount: number): void {
    if (byteCount === 0) return;
    const before = holder.bytes;
    holder.bytes += byteCount;
    this.#bytes += byteCount;
    if (holder.peerClass !== 'established') {
      this.#limitedBytes += byteCount;
      holder.group.limitedBytes += byteCount;
      if (holder.peerClass === 'unknown') this.#unknownBytes += byteCount;
    }
    if (before === 0) this.#link(holder);
    else if (holder.bytes === 0) this.#unlink(holder);
  }

  /** Returns the share that is too full for the holder to get so much. */
  #fullScope(holder: BudgetHolder, byteCount: number, part = 1): BudgetScope | undefined {
    const { all, group, unknown, notEstablished } = this.#shares;
    if (holder.peerClass !== 'established') {
      if (holder.group.limitedBytes + byteCount > group * part) return 'group';
      if (holder.peerClass === 'unknown' && this.#unknownBytes + byteCount > unknown * part) return 'unknown';
      if (this.#limitedBytes + byteCount > notEstablished * part) return 'not-established';
    }
    return this.#bytes + byteCount > all * part ? 'all' : undefined;
  }

  #makeRoom(asker: BudgetHolder, byteCount: number): boolean {
    for (;;) {
      const scope = this.#fullScope(asker, byteCount);
      if (scope === undefined) return true;
      const loser = this.#loserIn(scope, asker, byteCount);
      if (loser === asker) return false;
      const before = this.#bytes;
      this.#evict(loser);
      if (this.#bytes >= before) return false;
    }
  }

  /** Returns the holder that uses most in the group that uses most of this share. The asker counts as if it had got the bytes. */
  #loserIn(scope: BudgetScope, asker: BudgetHolder, byteCount: number): BudgetHolder {
    for (const group of this.#groups.values()) group.sum = 0;
    asker.group.sum = byteCount;
    for (let one = this.#first; one !== undefined; one = one.next)
      if (isWithin(scope, one, asker)) one.group.sum += one.bytes;
    let greatest = asker.group;
    for (const group of this.#groups.values()) if (group.sum > greatest.sum) greatest = group;
    let loser = asker.group === greatest ? asker : undefined;
    let most = loser === undefined ? 0 : asker.bytes + byteCount;
    for (let one = this.#first; one !== undefined; one = one.next) {
      if (one === asker || one.group !== greatest || !isWithin(scope, one, asker)) continue;
      const isLower = loser !== undefined && ranks[one.peerClass] < ranks[loser.peerClass];
      if (one.bytes < most || (one.bytes === most && !isLower)) continue;
      loser = one;
      most = one.bytes;
    }
    return loser ?? asker;
  }

  #link(holder: BudgetHolder): void {
    holder.next = this.#first;
    if (this.#first !== undefined) this.#first.previous = holder;
    this.#first = holder;
  }

  #unlink(holder: BudgetHolder): void {
    const { previous, next } = holder;
    if (previous === undefined) this.#first = next;
    else previous.next = next;
    if (next !== undefined) next.previous = previous;
    holder.previous = holder.next = undefined;
  }
}

/** What one connection holds of a budget. */
export class BudgetHolder {
  readonly #budget: FairBudget;
  #group: BudgetGroup;
  #peerClass: PeerClass;
  /** Kept by the budget alone. */
  bytes = 0;
  /** The neighbours among the holders that hold anything; kept by the budget alone. */
  previous: BudgetHolder | undefined;
  next: BudgetHolder | undefined;

  constructor(budget: FairBudget, group: BudgetGroup, peerClass: PeerClass) {
    this.#budget = budget;
    this.#group = group;
    this.#peerClass = peerClass;
  }

  get group(): BudgetGroup {
    return this.#group;
  }

  get peerClass(): PeerClass {
    return this.#peerClass;
  }

  hasRoom(byteCount: number, part = 1): boolean {
    return this.#budget.hasRoom(this, byteCount, part);
  }

  /** Returns false, and takes nothing, where this holder uses most itself. */
  take(byteCount: number, isAwaited = false): boolean {
    return this.#budget.take(this, byteCount, isAwaited);
  }

  giveBack(byteCount: number): void {
    this.#budget.add(this, -byteCount);
  }

  /** The peer belongs to another class, or has moved to another address group. */
  reassign(group: string, peerClass: PeerClass): void {
    if (group === this.#group.name && peerClass === this.#peerClass) return;
    const { bytes } = this;
    this.giveBack(bytes);
    this.#peerClass = peerClass;
    if (group !== this.#group.name) {
      this.#budget.leave(this.#group);
      this.#group = this.#budget.join(group);
    }
    this.#budget.add(this, bytes);
  }

  /** Gives everything back. The holder must not be used afterwards. */
  release(): void {
    this.giveBack(this.bytes);
    this.#budget.leave(this.#group);
  }
}

type BudgetScope = 'group' | 'unknown' | 'not-established' | 'all';

/** Whether the bytes of this holder count in the share. */
function isWithin(scope: BudgetScope, holder: BudgetHolder, asker: BudgetHolder): boolean {
  switch (scope) {
    case 'group':
      return holder.group === asker.group && holder.peerClass !== 'established';
    case 'unknown':
      return holder.peerClass === 'unknown';
    case 'not-established':
      return holder.peerClass !== 'established';
    case 'all':
      return true;
    default:
      return scope satisfies never;
  }
}

const ranks: Readonly<Record<PeerClass, number>> = { unknown: 0, registered: 1, established: 2 };
