import type { Fragment } from './outgoing-message.ts';

/** An ack-eliciting packet in flight. */
export interface SentPacket {
  readonly number: number;
  readonly sentAtMs: number;
  /** Its size on the link. */
  readonly byteCount: number;
  /** The messages, or fragments of them, in it. */
  readonly fragments: readonly Fragment[];
  /** A bit for each channel that has its CREDIT in it. */
  readonly creditChannels: number;
  /** The key exchange that has its KEY_SHARE in it; 0 for none. */
  readonly keyShare: number;
  /** The largest packet number that its ACK frame acknowledges; -1 without an ACK frame. */
  readonly acknowledges: number;
  /** True if it counts for the congestion window of bulk. */
  readonly isBulk: boolean;
  /** True for a probe of the path MTU, which carries nothing else. */
  readonly isMtuProbe: boolean;
  /** When it was declared lost, if it was. */
  lostAtMs: number;
  previous: SentPacket | undefined;
  next: SentPacket | undefined;
}

/** Packets in the order of their numbers, as a linked list: an ACK is processed without a look at unrelated packets. */
export class SentPackets {
  oldest: SentPacket | undefined;
  newest: SentPacket | undefined;
  count = 0;
  byteCount = 0;
  /** Of `byteCount`, those that count for the window of bulk. */
  bulkByteCount = 0;

  push(packet: SentPacket): void {
    packet.previous = this.newest;
    if (this.newest === undefined) this.oldest = packet;
    else this.newest.next = packet;
    this.newest = packet;
    this.count++;
    this.byteCount += packet.byteCount;
    if (packet.isBulk) this.bulkByteCount += packet.byteCount;
  }

  remove(packet: SentPacket): void {
    const { previous, next } = packet;
    if (previous === undefined) this.oldest = next;
    else previous.next = next;
    if (next === undefined) this.newest = previous;
    else next.previous = previous;
    packet.previous = undefined;
    packet.next = undefined;
    this.count--;
    this.byteCount -= packet.byteCount;
    if (packet.isBulk) this.bulkByteCount -= packet.byteCount;
  }

  clear(): void {
    this.oldest = undefined;
    this.newest = undefined;
    this.count = 0;
    this.byteCount = 0;
    this.bulkByteCount = 0;
  }
}
