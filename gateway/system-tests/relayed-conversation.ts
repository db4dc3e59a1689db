import { expect } from 'vitest';
import { DatagramRelay } from './datagram-relay.ts';
import { SocketNode } from './socket-node.ts';

/** Low and high, and an attacker that sees all their datagrams and can send as either of them. */
export class RelayedConversation {
  readonly low: SocketNode;
  readonly high: SocketNode;
  readonly relay: DatagramRelay;
  readonly #sent: { low: string[]; high: string[] } = { low: [], high: [] };

  static async open(): Promise<RelayedConversation> {
    const [low, high] = [await SocketNode.start(), await SocketNode.start()];
    const relay = await DatagramRelay.start({ low: low.address, high: high.address });
    return new RelayedConversation(low, high, relay);
  }

  private constructor(low: SocketNode, high: SocketNode, relay: DatagramRelay) {
    this.low = low;
    this.high = high;
    this.relay = relay;
  }

  async close(): Promise<void> {
    await Promise.all([this.low.close(), this.high.close(), this.relay.close()]);
  }

  /** Connects low and high, and clears their recorded events. */
  async connect(): Promise<void> {
    await this.low.connect(this.relay.front, this.high);
    this.low.events.length = this.high.events.length = 0;
  }

  /** Sends a message each way in every round, and waits until both are acknowledged. */
  async talk(rounds: number, afterEach: (round: number) => void = () => {}): Promise<void> {
    const { low, high } = this;
    for (let round = 0; round < rounds; round++) {
      for (const [side, from, to] of [
        ['low', low, high],
        ['high', high, low],
      ] as const) {
        const text = `${side} ${this.#sent[side].length}`;
        this.#sent[side].push(text);
        from.send(to, text);
      }
      await low.until(() => low.countOf('acknowledged') === this.#sent.low.length);
      await high.until(() => high.countOf('acknowledged') === this.#sent.high.length);
      afterEach(round);
    }
  }

  /** Runs one more round. Then all messages have arrived once and in order, and nothing else has happened. */
  async expectUndisturbed(): Promise<void> {
    await this.talk(1);
    expect(this.high.receivedTexts()).toEqual(this.#sent.low);
    expect(this.low.receivedTexts()).toEqual(this.#sent.high);
    for (const node of [this.low, this.high]) {
      expect([...new Set(node.events.map(({ type }) => type))].sort()).toEqual([
        'acknowledged',
        'attempt',
        'received',
      ]);
      expect(node.endpoint.connectionCount).toBe(1);
    }
  }
}
