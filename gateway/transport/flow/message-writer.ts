import { dataOverheadBytes, writeData } from '../../../shared/wire/frames.ts';
import { varintBytes } from '../../../shared/wire/varint.ts';
import type { FlowEvents } from './flow-options.ts';
import type { OutgoingChannel } from './outgoing-channel.ts';
import type { OutgoingMessage, Fragment } from './outgoing-message.ts';
import { partBytesMin } from './settings.ts';

/** A packet that is being written. */
export interface OpenPacket {
  readonly number: number;
  readonly target: Uint8Array;
  /** Where the frames begin, and where the room for them ends. */
  readonly at: number;
  readonly end: number;
  /** Where the next frame goes. */
  place: number;
  readonly pieces: Fragment[];
}

/** The frame that is written next carries the message after that of the frame before, and need not tell its number. */
function isNextOf(packet: OpenPacket, { channelNumber, number }: OutgoingMessage): boolean {
  const before = packet.pieces.at(-1)?.message;
  return before !== undefined && before.channelNumber === channelNumber && before.number + 1 === number;
}

/**
 * Puts messages into a packet until it is full or nothing waits: the most urgent channel first, and in a channel what
 * leaves again before what is new. Returns how many of them left before.
 */
export function writeMessages(
  packet: OpenPacket,
  outgoing: readonly OutgoingChannel[],
  piecesMax: number,
  outlet: FlowEvents,
): number {
  let retransmissions = 0;
  for (const channel of outgoing) {
    while (packet.pieces.length < piecesMax) {
      const again = channel.nextAgain();
      const message = again?.message ?? channel.nextNew();
      if (message === undefined) break;
      const start = again?.start ?? message.sentBytes;
      const end = again?.end ?? message.end;
      const byteCount = fittingBytes(packet, message, start, end);
      // What does not fit now leaves first in the next packet.
      if (byteCount === undefined) return retransmissions;
      const piece =
        again === undefined ? cutNew(channel, message, byteCount) : cutAgain(channel, again, byteCount);
      writePiece(packet, channel.channelNumber, piece);
      if (piece.attempts > 1) retransmissions++;
      if (piece.attempts <= message.reportedAttempts) continue;
      message.reportedAttempts = piece.attempts;
      outlet.attempt(message.token, piece.attempts);
    }
  }
  return retransmissions;
}

/** How many of the bytes go into the packet; undefined: none, it is full. */
function fittingBytes(
  packet: OpenPacket,
  message: OutgoingMessage,
  start: number,
  end: number,
): number | undefined {
  const length = end - start;
  const total = message.bytes.length;
  const room = packet.end - packet.place;
  const wholeBytes =
    dataOverheadBytes(message.number, start, length, total, isNextOf(packet, message)) + length;
  if (wholeBytes <= room) return length;
  // What fits a packet of its own is not cut in two: each half could be lost.
  const isEmpty = packet.place === packet.at;
  if (!isEmpty && (wholeBytes <= packet.end - packet.at || room < partBytesMin)) return undefined;
  const overhead =
    1 + varintBytes(message.number) + varintBytes(start) + varintBytes(total) + varintBytes(room);
  return room > overhead ? Math.min(length - 1, room - overhead) : undefined;
}

function cutNew(channel: OutgoingChannel, message: OutgoingMessage, byteCount: number): Fragment {
  const start = message.sentBytes;
  channel.advance(message, byteCount);
  if (byteCount === message.bytes.length) return message;
  return { message, start, end: start + byteCount, attempts: 0, isQueued: false, carrier: -1 };
}

function cutAgain(channel: OutgoingChannel, piece: Fragment, byteCount: number): Fragment {
  channel.again.shift();
  piece.isQueued = false;
  const { message, start, end, attempts } = piece;
  if (byteCount === end - start) return piece;
  // The two halves stand for it from now on.
  piece.carrier = -1;
  const cut = start + byteCount;
  channel.sendAgain({ message, start: cut, end, attempts, isQueued: false, carrier: -1 });
  return { message, start, end: cut, attempts, isQueued: false, carrier: -1 };
}

function writePiece(packet: OpenPacket, channelNumber: number, piece: Fragment): void {
  const { message, start, end } = piece;
  packet.place = writeData(
    packet.target,
    packet.place,
    channelNumber,
    message.number,
    message.bytes,
    start,
    end - start,
    isNextOf(packet, message),
  );
  packet.pieces.push(piece);
  piece.attempts++;
  piece.carrier = packet.number;
}
