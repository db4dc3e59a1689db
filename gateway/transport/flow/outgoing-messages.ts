import { sendQueueBytesMax, transportMessageBytesMax } from '../../../shared/limits.ts';
import { channels } from '../../../shared/wire/packet.ts';
import type { ByteBudget } from '../byte-budget.ts';
import type { Channel, Token } from '../events.ts';
import type { ChannelCredits, FlowEvents } from './flow-options.ts';
import { costOf, keptBytesOf, OutgoingChannel } from './outgoing-channel.ts';
import type { Fragment } from './outgoing-message.ts';
import { messageOverheadBytes } from './settings.ts';

/** Everything that a flow was given to send and that is not acknowledged, within what may wait. */
export class OutgoingMessages {
  /** In the order of shared/wire's `channels`: control before chat before bulk. */
  readonly channels: readonly OutgoingChannel[];
  readonly #budget: ByteBudget;
  readonly #outlet: Pick<FlowEvents, 'acknowledged'>;
  #accepted = 0;
  #queuedCost = 0;
  /** What this flow has taken of the budget. */
  #keptBytes = 0;

  constructor(peerCredits: ChannelCredits, budget: ByteBudget, outlet: Pick<FlowEvents, 'acknowledged'>) {
    this.channels = channels.map((channel, number) => new OutgoingChannel(number, peerCredits[channel]));
    this.#budget = budget;
    this.#outlet = outlet;
  }

  get isEmpty(): boolean {
    return this.#queuedCost === 0;
  }

  /** Something could leave now. */
  get isReady(): boolean {
    for (const channel of this.channels) if (channel.isReady) return true;
    return false;
  }

  /** False when the message is too large or too much waits; then nothing has changed. */
  accept(channel: Channel, bytes: Uint8Array, token: Token): boolean {
    const cost = bytes.length + messageOverheadBytes;
    if (bytes.length > transportMessageBytesMax) return false;
    if (this.#queuedCost + cost > sendQueueBytesMax) return false;
    // One slow reader's queue is bounded above; all of them together here.
    if (!this.#budget.take(keptBytesOf(bytes.length))) return false;
    this.#keptBytes += keptBytesOf(bytes.length);
    this.#queuedCost += cost;
    this.channels[channels.indexOf(channel)]?.accept(this.#accepted++, bytes, token);
    return true;
  }

  raiseLimit(channel: Channel, limit: number): void {
    this.channels[channels.indexOf(channel)]?.raiseLimit(limit);
  }

  sendAgain(piece: Fragment): void {
    this.channels[piece.message.channelNumber]?.sendAgain(piece);
  }

  acknowledge(piece: Fragment): void {
    const { message } = piece;
    if (!message.acknowledge(piece)) return;
    const channel = this.channels[message.channelNumber];
    // The peer's role has what its endpoint has in order: so much and no more is told as acknowledged.
    for (let done = channel?.takeFinished(); done !== undefined; done = channel?.takeFinished()) {
      this.#queuedCost -= costOf(done);
      this.#giveBack(keptBytesOf(done.end));
      this.#outlet.acknowledged(done.token);
    }
  }

  /** Takes out everything that is not acknowledged, in the order in which it was accepted. */
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
