import type { Fragment } from './outgoing-message.ts';

/** A packet under way that wants an ACK. */
export interface SentPacket {
  readonly number: number;
  readonly sentAtMs: number;
  /** What it takes on the link. */
  readonly byteCount: number;
  /** The messages, or parts of them, in it. */
  readonly pieces: readonly Fragment[];
  /** A bit for each channel whose CREDIT is in it. */
  readonly creditChannels: number;
  /** Largest packet number that its ACK frame acknowledges; -1 without one. */
  readonly acknowledges: number;
  /** It tries whether the path takes so large a packet, and carries nothing else. */
  readonly isMtuProbe: boolean;
  /** When it was found lost (afterwards). */
  lostAtMs: number;
  before: SentPacket | undefined;
  after: SentPacket | undefined;
}

/** Packets in the order of their numbers: whatever an ACK leaves out is reached without looking at the rest. */
export class SentPackets {
  oldest: SentPacket | undefined;
  newest: SentPacket | undefined;
  count = 0;
  byteCount = 0;

  push(packet: SentPacket): void {
    packet.before = this.newest;
    if (this.newest === undefined) this.oldest = packet;
    else this.newest.after = packet;
    this.newest = packet;
    this.count++;
    this.byteCount += packet.byteCount;
  }

  remove(packet: SentPacket): void {
    const { before, after } = packet;
    if (before === undefined) this.oldest = after;
    else before.after = after;
    if (after === undefined) this.newest = before;
    else after.before = before;
    packet.before = undefined;
    packet.after = undefined;
    this.count--;
    this.byteCount -= packet.byteCount;
  }

  clear(): void {
    this.oldest = undefined;
    this.newest = undefined;
    this.count = 0;
    this.byteCount = 0;
  }
}
