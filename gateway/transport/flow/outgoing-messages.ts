import {
  bulkQueueBytesMax,
  bulkShareOfQueues,
  sendQueueBytesMax,
  transportMessageBytesMax,
} from '../../../shared/limits.ts';
import { channels } from '../../../shared/wire/packet.ts';
import type { Channel, Token } from '../events.ts';
import type { ChannelCredits, FlowEvents, MemoryShare } from './flow-options.ts';
import { costOf, keptBytesOf, OutgoingChannel } from './outgoing-channel.ts';
import type { Fragment } from './outgoing-message.ts';
import { messageOverheadBytes } from './settings.ts';

/** Messages of this channel wait for those of all others. */
export const bulkNumber = channels.indexOf('bulk');

const largestCost = transportMessageBytesMax + messageOverheadBytes;
/** What bulk leaves in the queue of a peer. */
const promptQueueBytes = sendQueueBytesMax - bulkQueueBytesMax;

/** The unacknowledged messages of a flow, within its limits. */
export class OutgoingMessages {
  /** In the order of shared/wire's `channels`: control before chat before bulk. */
  readonly channels: readonly OutgoingChannel[];
  /** Control and chat, and the channel that waits for both. */
  readonly prompt: readonly OutgoingChannel[];
  readonly bulk: readonly OutgoingChannel[];
  readonly #budget: MemoryShare;
  readonly #events: Pick<FlowEvents, 'acknowledged'>;
  /** A bit for each channel that refused a message for want of room. */
  #refused = 0;
  #accepted = 0;
  #queuedCost = 0;
  /** Of `queuedCost`, that of bulk. */
  #bulkCost = 0;
  /** The bytes that this flow takes of the budget. */
  #keptBytes = 0;

  constructor(peerCredits: ChannelCredits, budget: MemoryShare, events: Pick<FlowEvents, 'acknowledged'>) {
    this.channels = channels.map((channel, number) => new OutgoingChannel(number, peerCredits[channel]));
    this.prompt = this.channels.slice(0, bulkNumber);
    this.bulk = this.channels.slice(bulkNumber);
    this.#budget = budget;
    this.#events = events;
  }

  get isEmpty(): boolean {
    return this.#queuedCost === 0;
  }

  /** True when something may leave now. */
  get isReady(): boolean {
    return this.isPromptReady || this.isBulkReady;
  }

  get isPromptReady(): boolean {
    for (const channel of this.prompt) if (channel.isReady) return true;
    return false;
  }

  get isBulkReady(): boolean {
    for (const channel of this.bulk) if (channel.isReady) return true;
    return false;
  }

  /** Returns false if the message is too large or too much waits; then nothing changes. */
  accept(channel: Channel, bytes: Uint8Array, token: Token): boolean {
    const cost = bytes.length + messageOverheadBytes;
    // This message will never fit, so the channel does not wait for room.
    if (bytes.length > transportMessageBytesMax) return false;
    const number = channels.indexOf(channel);
    // The first bound is for the queue of one slow reader, the second for all queues together.
    if (!this.#fitsQueue(number, cost) || !this.#takeMemory(number, keptBytesOf(bytes.length))) {
      this.#refused |= 1 << number;
      return false;
    }
    this.#keptBytes += keptBytesOf(bytes.length);
    this.#count(number, cost);
    this.channels[number]?.accept(this.#accepted++, bytes, token);
    return true;
  }

  /** True while a channel has refused a message for want of room and is not writable again. */
  get awaitsRoom(): boolean {
    return this.#refused !== 0;
  }

  /** Returns the channels that have refused a message for want of room since they were writable, and are so again. */
  takeWritableChannels(): Channel[] {
    const writable = channels.filter(
      (_channel, number) => (this.#refused & (1 << number)) !== 0 && this.#hasRoom(number),
    );
    for (const channel of writable) this.#refused &= ~(1 << channels.indexOf(channel));
    return writable;
  }

  raiseLimit(channel: Channel, limit: number): void {
    this.channels[channels.indexOf(channel)]?.raiseLimit(limit);
  }

  retransmit(fragment: Fragment): void {
    this.channels[fragment.message.channelNumber]?.retransmit(fragment);
  }

  acknowledge(fragment: Fragment): void {
    const { message } = fragment;
    if (!message.acknowledge(fragment)) return;
    const channel = this.channels[message.channelNumber];
    // The peer's role receives messages in order, so `acknowledged` is emitted in order too.
    for (let done = channel?.takeFinished(); done !== undefined; done = channel?.takeFinished()) {
      this.#count(done.channelNumber, -costOf(done));
      this.#giveBack(keptBytesOf(done.end));
      this.#events.acknowledged(done.token);
    }
  }

  /** Removes and returns all unacknowledged messages' tokens in the order of acceptance. */
  takeUnacknowledged(): Token[] {
    this.#queuedCost = this.#bulkCost = 0;
    this.#giveBack(this.#keptBytes);
    const left = this.channels.flatMap((channel) => channel.takeOpen());
    return left.sort((one, other) => one.order - other.order).map(({ token }) => token);
  }

  #count(number: number, cost: number): void {
    this.#queuedCost += cost;
    if (number >= bulkNumber) this.#bulkCost += cost;
  }

  #fitsQueue(number: number, cost: number): boolean {
    if (number >= bulkNumber && this.#bulkCost + cost > bulkQueueBytesMax) return false;
    return this.#queuedCost + cost <= sendQueueBytesMax;
  }

  /** Bulk leaves some memory to all else, and so closes no connection of others. */
  #takeMemory(number: number, byteCount: number): boolean {
    if (number >= bulkNumber && !this.#budget.hasRoom(byteCount, bulkShareOfQueues)) return false;
    return this.#budget.take(byteCount);
  }

  /**
   * True when the queue has emptied to half of its bound and the largest message fits what all queues share. A sender that
   * waits for this point refills the queue in large steps, and its next message is accepted.
   */
  #hasRoom(number: number): boolean {
    const largestBytes = keptBytesOf(transportMessageBytesMax);
    if (number >= bulkNumber) {
      const isHalfEmpty = this.#bulkCost <= bulkQueueBytesMax / 2 && this.#fitsQueue(number, largestCost);
      return isHalfEmpty && this.#budget.hasRoom(largestBytes, bulkShareOfQueues);
    }
    const promptCost = this.#queuedCost - this.#bulkCost;
    // A full queue of bulk is no reason to wait: the rest is for control and chat alone.
    const fits = this.#queuedCost <= sendQueueBytesMax / 2 || promptCost <= promptQueueBytes - largestCost;
    return fits && this.#budget.hasRoom(largestBytes);
  }

  #giveBack(byteCount: number): void {
    this.#keptBytes -= byteCount;
    this.#budget.giveBack(byteCount);
  }
}
