import assert from 'node:assert/strict';
import type { PeerKey } from '../../../shared/ids.ts';
import type { Channel, EndpointEvent } from '../../transport/events.ts';

type UndeliveredCause = Extract<EndpointEvent, { type: 'undelivered' }>['cause'];

/** A message of a storm, across all restarts of both ends. */
export interface Written {
  readonly token: string;
  readonly from: PeerKey;
  readonly to: PeerKey;
  readonly channel: Channel;
  readonly order: number;
  readonly byteCount: number;
  /** The number of the sender's connection that took it. */
  readonly connection: number;
  outcome: 'open' | 'acknowledged' | UndeliveredCause | 'sender restarted';
  received: number;
}

/** Records the fate of every message of a storm. Throws at the first violation of PROTOCOL 8.17. */
export class DeliveryInvariants {
  readonly #written = new Map<string, Written>();
  readonly #lastOrder = new Map<string, number>();
  #open = 0;

  get openCount(): number {
    return this.#open;
  }

  get count(): number {
    return this.#written.size;
  }

  get outcomes(): Readonly<Record<Written['outcome'], number>> {
    const counts = { ...noOutcomes };
    for (const { outcome } of this) counts[outcome]++;
    return counts;
  }

  [Symbol.iterator](): IterableIterator<Written> {
    return this.#written.values();
  }

  /** Adds a new message; returns its bytes. */
  write(message: Pick<Written, 'from' | 'to' | 'channel' | 'byteCount' | 'connection'>): {
    readonly written: Written;
    readonly bytes: Uint8Array;
  } {
    const order = this.#written.size;
    const token = String(order).padStart(tokenBytes, '0');
    const byteCount = Math.max(message.byteCount, tokenBytes);
    const written: Written = { ...message, token, order, byteCount, outcome: 'open', received: 0 };
    this.#written.set(token, written);
    this.#open++;
    return { written, bytes: bytesOf(written) };
  }

  received(by: PeerKey, from: PeerKey, channel: Channel, bytes: Uint8Array): void {
    const token = new TextDecoder().decode(bytes.subarray(0, tokenBytes));
    const written = this.#written.get(token);
    assert(written !== undefined, `${token} was never sent`);
    assert.deepEqual([written.to, written.from, written.channel], [by, from, channel], token);
    assert.equal(Buffer.compare(bytes, bytesOf(written)), 0, `${token} is whole`);
    assert.equal(++written.received, 1, `${token} arrives once`);
    const row = `${from} ${by} ${channel}`;
    assert(written.order > (this.#lastOrder.get(row) ?? -1), `${token} arrives in order`);
    this.#lastOrder.set(row, written.order);
  }

  acknowledged(from: PeerKey, to: PeerKey, token: string): void {
    const written = this.#end(from, to, token, 'acknowledged');
    assert.equal(written.received, 1, `${token} was acknowledged, so it has arrived`);
  }

  undelivered(from: PeerKey, to: PeerKey, token: string, cause: UndeliveredCause): void {
    const written = this.#end(from, to, token, cause);
    if (cause === 'no-connection') assert.equal(written.received, 0, `${token} was never sent`);
    assert.notEqual(cause, 'queue-full', 'a storm fills no queue');
  }

  restarted(sender: PeerKey): void {
    for (const written of this.#written.values()) {
      if (written.from !== sender || written.outcome !== 'open') continue;
      written.outcome = 'sender restarted';
      this.#open--;
    }
  }

  #end(from: PeerKey, to: PeerKey, token: string, outcome: Written['outcome']): Written {
    const written = this.#written.get(token);
    assert(written !== undefined, `${token} was never sent`);
    assert.deepEqual([written.from, written.to], [from, to], token);
    assert.equal(written.outcome, 'open', `${token} ends once, and not as ${outcome}`);
    written.outcome = outcome;
    this.#open--;
    return written;
  }
}

const noOutcomes: Readonly<Record<Written['outcome'], number>> = {
  open: 0,
  acknowledged: 0,
  'no-connection': 0,
  'queue-full': 0,
  unreachable: 0,
  replaced: 0,
  closed: 0,
  'sender restarted': 0,
};

const tokenBytes = 8;

function bytesOf({ token, order, byteCount }: Written): Uint8Array {
  const bytes = new Uint8Array(byteCount);
  new TextEncoder().encodeInto(token, bytes);
  for (let at = tokenBytes; at < byteCount; at++) bytes[at] = (at * 7 + order) & 0xff;
  return bytes;
}
