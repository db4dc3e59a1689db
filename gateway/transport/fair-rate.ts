import type { PeerClass } from './events.ts';

/** A token bucket: so many at once, then so many a second. */
export interface Rate {
  readonly burst: number;
  /** So many more at once for each connection that uses the bucket, of the first 256. */
  readonly burstPerConnection?: number;
  readonly perSecond: number;
}

/** The rate of all together, and the share of each address group. */
export interface FairRates {
  readonly all: Rate;
  readonly group: Rate;
}

/** PROTOCOL 7.8: a class behind one router, or the guests of one gateway, join at once. */
const connectionsOfBurstMax = 256;
/** What a peer has earned does not fill more buckets than these. */
const earnedBucketsMax = 4;

/** Tokens that come with time. They are counted when they are asked for, so a bucket needs no timer. */
export class TokenBucket {
  readonly #rate: Rate;
  #tokens: number;
  #filledAtMs = Number.NEGATIVE_INFINITY;
  /** Connections that use this bucket. */
  #users = 0;

  constructor(rate: Rate) {
    this.#rate = rate;
    this.#tokens = rate.burst;
  }

  /** One more connection uses this bucket. It brings its part of the burst, so connections that come at once have theirs. */
  join(): void {
    const before = this.#burst;
    this.#users++;
    this.#tokens += this.#burst - before;
  }

  /** A connection ends, or uses another bucket. */
  leave(): void {
    this.#users--;
    this.#tokens = Math.min(this.#tokens, earnedBucketsMax * this.#burst);
  }

  get isUsed(): boolean {
    return this.#users > 0;
  }

  get #burst(): number {
    const { burst, burstPerConnection = 0 } = this.#rate;
    return burst + burstPerConnection * Math.min(this.#users, connectionsOfBurstMax);
  }

  /** Tokens now. Below 0 after a packet turned out to cost more than the one token for which it was let in. */
  fill(nowMs: number): number {
    if (nowMs > this.#filledAtMs) {
      const filled = this.#tokens + ((nowMs - this.#filledAtMs) * this.#rate.perSecond) / 1_000;
      this.#tokens = Math.max(this.#tokens, Math.min(this.#burst, filled));
      this.#filledAtMs = nowMs;
    }
    return this.#tokens;
  }

  /** A packet is let in for one token. What it costs beyond that is owed. */
  spend(count: number): void {
    this.#tokens -= count;
  }

  /** Spends what is there. Others use this bucket, too, and owe nothing for what one of them did. */
  spendWithoutDebt(count: number): void {
    this.#tokens = Math.max(Math.min(0, this.#tokens), this.#tokens - count);
  }

  /**
   * Tokens beyond those of time, up to four full buckets: 2,000 clients of one address that get some packets at once answer all of them.
   */
  earn(count: number): void {
    this.#tokens = Math.max(this.#tokens, Math.min(earnedBucketsMax * this.#burst, this.#tokens + count));
  }

  isFull(nowMs: number): boolean {
    return this.fill(nowMs) >= this.#burst;
  }

  get isHalfFull(): boolean {
    return this.#tokens >= this.#burst / 2;
  }
}

/**
 * A rate that many share (PROTOCOL 7.8). A group within its share is let in while there is anything left. A group beyond its share is
 * let in only while half is left, so what it takes is never missing to others.
 */
export class FairRate {
  readonly #rates: FairRates;
  readonly #groupsMax: number;
  readonly #all: TokenBucket;
  readonly #groups = new Map<string, TokenBucket>();

  /** Past `groupsMax` groups, the oldest one without a connection gets a full bucket again; the rate of all still holds. */
  constructor(rates: FairRates, groupsMax: number) {
    this.#rates = rates;
    this.#groupsMax = groupsMax;
    this.#all = new TokenBucket(rates.all);
  }

  get groupCount(): number {
    return this.#groups.size;
  }

  groupOf(nowMs: number, name: string): TokenBucket {
    let bucket = this.#groups.get(name);
    if (bucket !== undefined) return bucket;
    this.#forgetIdle(nowMs);
    bucket = new TokenBucket(this.#rates.group);
    this.#groups.set(name, bucket);
    return bucket;
  }

  /** Whether the group gets a token now. */
  hasRoom(nowMs: number, group: TokenBucket): boolean {
    const left = this.#all.fill(nowMs);
    return group.fill(nowMs) >= 1 ? left >= 1 : this.#all.isHalfFull;
  }

  /** Takes a token, if the group gets one. */
  take(nowMs: number, group: TokenBucket): boolean {
    if (!this.hasRoom(nowMs, group)) return false;
    this.charge(group, 1);
    return true;
  }

  /** Counts what was let in already. */
  charge(group: TokenBucket, count: number): void {
    group.spend(count);
    this.#all.spendWithoutDebt(count);
  }

  /** The group gets tokens beside those of time. */
  earn(group: TokenBucket, count: number): void {
    group.earn(count);
    this.#all.earn(count);
  }

  /** Looks at the two oldest, so that more are forgotten than come. */
  #forgetIdle(nowMs: number): void {
    let looked = 0;
    for (const [name, bucket] of this.#groups) {
      if (looked++ === 2) return;
      this.#groups.delete(name);
      const isIdle = !bucket.isUsed && (bucket.isFull(nowMs) || this.#groups.size >= this.#groupsMax);
      if (!isIdle) this.#groups.set(name, bucket);
    }
  }
}

/** The rates of packets for peers that are not established (PROTOCOL 7.8). */
export interface PacketRates {
  readonly connection: Rate;
  readonly shared: FairRate;
}

export type PacketRatesOfClasses = Readonly<Record<LimitedClass, PacketRates>>;

/** The class of a peer that has a rate. */
export type LimitedClass = Exclude<PeerClass, 'established'>;

/** How fast one connection sends, of a peer that is not established. */
export class ConnectionRate {
  readonly #ofClasses: PacketRatesOfClasses;
  #own: TokenBucket;
  #shared: FairRate;
  #group: TokenBucket;

  constructor(ofClasses: PacketRatesOfClasses, nowMs: number, groupName: string, peerClass: LimitedClass) {
    this.#ofClasses = ofClasses;
    const { connection, shared } = ofClasses[peerClass];
    this.#own = new TokenBucket(connection);
    this.#shared = shared;
    this.#group = shared.groupOf(nowMs, groupName);
    this.#group.join();
  }

  /** The peer belongs to this class and address group from now on. Another class begins with a full bucket. */
  assign(nowMs: number, groupName: string, peerClass: LimitedClass): void {
    const { connection, shared } = this.#ofClasses[peerClass];
    const group = shared.groupOf(nowMs, groupName);
    // A peer that is classified again brings no second part of the burst.
    if (group === this.#group) return;
    this.#group.leave();
    if (shared !== this.#shared) this.#own = new TokenBucket(connection);
    this.#shared = shared;
    this.#group = group;
    this.#group.join();
  }

  /** Whether one more packet may be opened. */
  take(nowMs: number): boolean {
    if (this.#own.fill(nowMs) < 1 || !this.#shared.take(nowMs, this.#group)) return false;
    this.#own.spend(1);
    return true;
  }

  /** The packet was more work than one token. */
  charge(count: number): void {
    if (count === 0) return;
    this.#own.spend(count);
    this.#shared.charge(this.#group, count);
  }

  /** The peer must answer so many packets, so its answers are free. */
  earn(count: number): void {
    if (count === 0) return;
    this.#own.earn(count);
    this.#shared.earn(this.#group, count);
  }

  /** The rate must not be used afterwards. */
  release(): void {
    this.#group.leave();
  }
}
