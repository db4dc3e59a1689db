import { datagramBytesBase, datagramBytesMax } from '../../../shared/limits.ts';
import type { Channel, Token } from '../../transport/events.ts';
import type { CongestionController } from '../../transport/congestion/controller.ts';
import { DelayTarget } from '../../transport/congestion/delay-target.ts';
import { Flow } from '../../transport/flow/flow.ts';
import type { ChannelCredits, FlowOptions } from '../../transport/flow/flow-options.ts';
import { FairBudget } from '../../transport/fair-budget.ts';
import { packetOverheadBytes, type Profile } from '../../transport/flow/settings.ts';
import type { Link } from '../network/link.ts';
import { VirtualClock } from '../network/virtual-clock.ts';

/** A packet in flight: `bytes` are its frames, with room for header and tag. */
export interface FlowParcel {
  readonly bytes: Uint8Array;
  readonly number: number;
  readonly to: FlowEnd;
}

export interface FlowEndOptions {
  readonly profile?: Profile;
  readonly controller: () => CongestionController;
  readonly bulkController?: FlowOptions['bulkController'];
  readonly budget?: FairBudget;
  readonly sendBudget?: FairBudget;
  readonly credits?: ChannelCredits;
  /** The limit of the machine's interface; default 1,200 bytes. */
  readonly localDatagramBytesMax?: () => number;
}

const labCredits: ChannelCredits = { control: 1 << 20, chat: 1 << 20, bulk: 1 << 20 };

/** Memory that each flow may use up alone, and that takes nothing away from any. */
export function wholeBudget(bytes: number): FairBudget {
  const shares = { all: bytes, connection: bytes, group: bytes, unknown: bytes, notEstablished: bytes };
  return new FairBudget(shares, () => undefined);
}

/** One side: a flow that records its events. */
export class FlowEnd {
  readonly name: string;
  readonly flow: Flow;
  readonly budget: FairBudget;
  readonly acknowledged: Token[] = [];
  readonly attempts = new Map<Token, number>();
  readonly #arrived = new Set<number>();
  readonly #room = new Uint8Array(datagramBytesMax);
  #nextNumber = 0;
  isUnreachable = false;
  /** It is unreachable because its queue did not move. */
  isStalled = false;
  receivedBytes = 0;
  packetsOut = 0;
  onReceived: (channel: Channel, bytes: Uint8Array) => void = () => {};
  onUnreliable: (bytes: Uint8Array) => void = () => {};
  onAcknowledged: (token: Token) => void = () => {};
  /** Called after each step, to send more. */
  onTurn: (nowMs: number) => void = () => {};

  constructor(name: string, nowMs: number, options: FlowEndOptions) {
    this.name = name;
    this.budget = options.budget ?? wholeBudget(64 << 20);
    const credits = options.credits ?? labCredits;
    this.flow = new Flow(nowMs, {
      profile: options.profile ?? 'normal',
      controller: options.controller,
      bulkController: options.bulkController ?? ((atMs, rtt) => new DelayTarget(atMs, rtt)),
      budget: this.budget.open('10.0.0.1', 'established'),
      sendBudget: (options.sendBudget ?? wholeBudget(256 << 20)).open('10.0.0.1', 'established'),
      localDatagramBytesMax: options.localDatagramBytesMax ?? (() => datagramBytesBase),
      ownCredits: credits,
      peerCredits: credits,
      events: {
        attempt: (token, attempt) => this.attempts.set(token, attempt),
        acknowledged: (token) => {
          this.acknowledged.push(token);
          this.onAcknowledged(token);
        },
        received: (channel, bytes) => {
          this.receivedBytes += bytes.length;
          this.onReceived(channel, bytes);
        },
        receivedUnreliable: (bytes) => this.onUnreliable(bytes),
        timerFired: () => {},
        packetLost: () => {},
        packetLate: () => {},
      },
    });
  }

  handle(nowMs: number, parcel: FlowParcel): void {
    // A real connection has its replay window for this.
    if (this.#arrived.has(parcel.number)) return;
    this.#arrived.add(parcel.number);
    this.flow.handleFrames(
      nowMs,
      parcel.number,
      parcel.bytes.subarray(0, parcel.bytes.length - packetOverheadBytes),
    );
  }

  handleTimeout(nowMs: number): void {
    const end = this.flow.handleTimeout(nowMs);
    if (end !== undefined) this.isUnreachable = true;
    if (end === 'stalled') this.isStalled = true;
  }

  drain(nowMs: number, link: Link<FlowParcel>, to: FlowEnd): void {
    if (this.isUnreachable) return;
    const room = this.#room;
    for (let packets = 0; ; packets++) {
      if (packets > packetsPerTurnMax) throw new Error(`${this.name} never stops sending`);
      const end = this.flow.fill(nowMs, this.#nextNumber, room, 0);
      if (end === 0) return;
      const bytes = room.slice(0, end + packetOverheadBytes);
      link.handle(nowMs, { bytes, number: this.#nextNumber++, to });
      this.packetsOut++;
    }
  }
}

const packetsPerTurnMax = 100_000;

/** Runs flows on links in virtual time. */
export class FlowLab {
  readonly clock = new VirtualClock();
  readonly #routes: { readonly from: FlowEnd; readonly to: FlowEnd; readonly link: Link<FlowParcel> }[] = [];
  readonly #links = new Set<Link<FlowParcel>>();

  get nowMs(): number {
    return this.clock.now().monotonicMs;
  }

  /** Sends packets of `from` through `there` to `to`, and packets of `to` through `back`. Flows may share a link. */
  join(from: FlowEnd, to: FlowEnd, there: Link<FlowParcel>, back: Link<FlowParcel>): void {
    this.#routes.push({ from, to, link: there }, { from: to, to: from, link: back });
    this.#links.add(there);
    this.#links.add(back);
  }

  /** Runs until `isDone` holds or for `durationMs`; returns whether it held. */
  run(durationMs: number, isDone: () => boolean = () => false): boolean {
    const endMs = this.nowMs + durationMs;
    for (const route of this.#routes) this.#drain(route);
    let instants = 0;
    while (!isDone()) {
      const nextMs = Math.max(this.nowMs, this.#nextMs());
      if (nextMs > endMs) {
        this.clock.advanceTo(endMs);
        return isDone();
      }
      instants = nextMs === this.nowMs ? instants + 1 : 0;
      if (instants > packetsPerTurnMax) throw new Error('the clock stands still');
      this.clock.advanceTo(nextMs);
      this.#runInstant(nextMs);
    }
    return true;
  }

  #nextMs(): number {
    let nextMs = Number.POSITIVE_INFINITY;
    for (const { from } of this.#routes)
      if (!from.isUnreachable) nextMs = Math.min(nextMs, from.flow.deadlineMs);
    for (const link of this.#links) nextMs = Math.min(nextMs, link.pollTimeout() ?? Number.POSITIVE_INFINITY);
    return nextMs;
  }

  #runInstant(nowMs: number): void {
    const awake = new Set<FlowEnd>();
    for (const link of this.#links) {
      for (let parcel = link.pollTransmit(nowMs); parcel !== undefined; parcel = link.pollTransmit(nowMs)) {
        parcel.to.handle(nowMs, parcel);
        awake.add(parcel.to);
      }
    }
    for (const route of this.#routes) {
      if (!awake.has(route.from) && route.from.flow.deadlineMs > nowMs) continue;
      if (route.from.flow.deadlineMs <= nowMs) route.from.handleTimeout(nowMs);
      this.#drain(route);
    }
  }

  #drain(route: { readonly from: FlowEnd; readonly to: FlowEnd; readonly link: Link<FlowParcel> }): void {
    route.from.onTurn(this.nowMs);
    route.from.drain(this.nowMs, route.link, route.to);
  }
}
