import { sendQueueBytesMax, transportMessageBytesMax } from '../../../shared/limits.ts';
import { channels } from '../../../shared/wire/packet.ts';
import type { Channel, Token } from '../events.ts';
import type { ChannelCredits, FlowEvents, MemoryShare } from './flow-options.ts';
import { costOf, keptBytesOf, OutgoingChannel } from './outgoing-channel.ts';
import type { Fragment } from './outgoing-message.ts';
import { messageOverheadBytes } from './settings.ts';

/** What is sent in this channel waits for all else. */
export const bulkNumber = channels.indexOf('bulk');

/** The unacknowledged messages of a flow, within its limits. */
export class OutgoingMessages {
  /** In the order of shared/wire's `channels`: control before chat before bulk. */
  readonly channels: readonly OutgoingChannel[];
  /** What nobody should wait for, and what waits for all else. */
  readonly prompt: readonly OutgoingChannel[];
  readonly bulk: readonly OutgoingChannel[];
  readonly #budget: MemoryShare;
  readonly #events: Pick<FlowEvents, 'acknowledged'>;
  /** A bit for each channel that refused a message for want of room. */
  #refused = 0;
  #accepted = 0;
  #queuedCost = 0;
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
    // The first bound is for the queue of one slow reader, the second for all queues together.
    if (this.#queuedCost + cost > sendQueueBytesMax || !this.#budget.take(keptBytesOf(bytes.length))) {
      this.#refused |= 1 << channels.indexOf(channel);
      return false;
    }
    this.#keptBytes += keptBytesOf(bytes.length);
    this.#queuedCost += cost;
    this.channels[channels.indexOf(channel)]?.accept(this.#accepted++, bytes, token);
    return true;
  }

  /**
   * True when the queue has emptied to half of its bound and the largest message fits what all queues share. A sender that
   * waits for this point refills the queue in large steps, and its next message is accepted.
   */
  get hasRoom(): boolean {
    return (
      this.#queuedCost <= sendQueueBytesMax / 2 && this.#budget.hasRoom(keptBytesOf(transportMessageBytesMax))
    );
  }

  /** Returns the channels that refused a message for want of room since the last call. */
  takeRefusedChannels(): Channel[] {
    const refused = channels.filter((_channel, number) => (this.#refused & (1 << number)) !== 0);
    this.#refused = 0;
    return refused;
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
      this.#queuedCost -= costOf(done);
      this.#giveBack(keptBytesOf(done.end));
      this.#events.acknowledged(done.token);
    }
  }

  /** Removes and returns all unacknowledged messages' tokens in the order of acceptance. */
  takeUnacknowledged(): Token[] {
    this.#queuedCost = 0;
    this.#giveBack(this.#keptBytes);
    const left = this.channels.flatMap((channel) => channel.takeOpen());
    return left.sort((one, other) => one.order - other.order).map(({ token }) => token);
  }

  #giveBack(byteCount: number): void {
    this.#keptBytes -= byteCount;
    this.#budget.giveBack(byteCount);
  }
}
