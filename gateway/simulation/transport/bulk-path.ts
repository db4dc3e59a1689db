import { Copa } from '../../transport/congestion/copa.ts';
import type { Channel } from '../../transport/events.ts';
import { BottleneckLink } from '../network/bottleneck-link.ts';
import { FlowEnd, FlowLab, type FlowParcel } from './flow-lab.ts';

/** A path with one bottleneck, on which bulk is sent. */
export interface BulkPathSpec {
  readonly megabitsPerSecond: number;
  readonly roundTripMs: number;
  readonly queuePackets: number;
  readonly lossPercent?: number;
  /** How many connections send bulk through it; default 1. */
  readonly transfers?: number;
  /** The time between the starts of two of them; default 0. The first one starts after 200 ms. */
  readonly staggerMs?: number;
  /** Whether the connections have carried nothing before the bulk; default: they have carried a message. */
  readonly isNew?: boolean;
  readonly credit?: number;
}

interface Transfer {
  readonly sender: FlowEnd;
  readonly receiver: FlowEnd;
}

/** Connections that each have more bulk to send than the path carries, through one bottleneck in virtual time. */
export class BulkPath {
  readonly lab = new FlowLab();
  readonly spec: BulkPathSpec;
  readonly transfers: readonly Transfer[];
  readonly there: BottleneckLink<FlowParcel>;
  readonly back: BottleneckLink<FlowParcel>;
  /** One-way delays of chat messages, in ms, in the order of their arrival. */
  chatDelaysMs: number[] = [];
  #delivered: number[] = [];
  #fromMs = 0;
  #lost = 0;
  #sent = 0;
  #chatAtMs = Number.POSITIVE_INFINITY;
  #chatEveryMs = 0;

  constructor(spec: BulkPathSpec) {
    this.spec = spec;
    const {
      megabitsPerSecond,
      roundTripMs,
      queuePackets,
      lossPercent = 0,
      transfers = 1,
      staggerMs = 0,
    } = spec;
    const link = {
      bitsPerSecond: megabitsPerSecond * 1e6,
      queuePackets,
      delayMs: roundTripMs / 2,
      bursts: null,
    };
    this.there = new BottleneckLink<FlowParcel>({ ...link, lossPercent, seed: 1 });
    this.back = new BottleneckLink<FlowParcel>({ ...link, lossPercent: 0, seed: 2 });
    const { credit = 2 << 20 } = spec;
    const credits = { control: 1 << 20, chat: 1 << 20, bulk: credit };
    this.transfers = Array.from({ length: transfers }, (_, place) => {
      const options = { controller: () => new Copa(), credits };
      const sender = new FlowEnd(`sender ${place}`, 0, options);
      const receiver = new FlowEnd(`receiver ${place}`, 0, options);
      this.lab.join(sender, receiver, this.there, this.back);
      let isFull = false;
      if (spec.isNew !== true) sender.flow.send('control', new Uint8Array(100), 'hello');
      sender.onTurn = (nowMs) => {
        if (place === 0) this.#sendChat(nowMs, sender);
        if (
          nowMs < startMs + place * staggerMs ||
          (isFull && sender.flow.takeWritableChannels().length === 0)
        )
          return;
        while (sender.flow.send('bulk', leaf, 'leaf'));
        isFull = true;
      };
      receiver.onReceived = (channel, bytes) => this.#received(channel, bytes);
      return { sender, receiver };
    });
    this.measure();
  }

  /** Begins to measure: what came before is forgotten. */
  measure(): void {
    this.#fromMs = this.lab.nowMs;
    this.#delivered = this.transfers.map(({ receiver }) => receiver.receivedBytes);
    this.#lost = this.#count('packetsLost');
    this.#sent = this.#count('packetsSent');
    this.chatDelaysMs = [];
    this.there.queuedMost = 0;
  }

  run(durationMs: number): void {
    const endMs = this.lab.nowMs + durationMs;
    while (this.lab.nowMs < endMs) this.lab.run(Math.min(stepMs, endMs - this.lab.nowMs));
  }

  /** Sends a chat message of 100 bytes each so many ms from now on. */
  chat(everyMs: number): void {
    this.#chatEveryMs = everyMs;
    this.#chatAtMs = this.lab.nowMs;
  }

  /** The part of the link's rate that each transfer has had since `measure`, in bytes of messages with the headers that they need. */
  get shares(): readonly number[] {
    const seconds = (this.lab.nowMs - this.#fromMs) / 1_000;
    const most = (this.spec.megabitsPerSecond * 1e6 * seconds) / 8;
    return this.transfers.map(
      ({ receiver }, place) =>
        ((receiver.receivedBytes - (this.#delivered[place] ?? 0)) * headerFactor) / most,
    );
  }

  /** The part of the sent packets that was lost since `measure`. */
  get lossShare(): number {
    return (this.#count('packetsLost') - this.#lost) / (this.#count('packetsSent') - this.#sent);
  }

  #count(counter: 'packetsLost' | 'packetsSent'): number {
    return this.transfers.reduce((sum, { sender }) => sum + sender.flow.counters[counter], 0);
  }

  #sendChat(nowMs: number, sender: FlowEnd): void {
    if (nowMs < this.#chatAtMs) return;
    this.#chatAtMs += this.#chatEveryMs;
    const bytes = new Uint8Array(100);
    new DataView(bytes.buffer).setFloat64(0, nowMs);
    sender.flow.send('chat', bytes, 'word');
  }

  #received(channel: Channel, bytes: Uint8Array): void {
    if (channel !== 'chat') return;
    const sentAtMs = new DataView(bytes.buffer, bytes.byteOffset).getFloat64(0);
    this.chatDelaysMs.push(this.lab.nowMs - sentAtMs);
  }
}

const startMs = 200;
/** Senders get a turn so often, even if nothing arrives. */
const stepMs = 10;
const leaf = new Uint8Array(16_384);
/** A full packet has 1,228 bytes on the link, 1,156 of them of a message. */
const headerFactor = 1_228 / 1_156;
