import { dataOverheadBytes, writeData } from '../../../shared/wire/frames.ts';
import { varintBytes } from '../../../shared/wire/varint.ts';
import type { FlowEvents } from './flow-options.ts';
import type { OutgoingChannel } from './outgoing-channel.ts';
import type { OutgoingMessage, Fragment } from './outgoing-message.ts';
import { fragmentBytesMin } from './settings.ts';
import { bulkNumber } from './outgoing-messages.ts';

/** A packet that is being written. */
export interface OpenPacket {
  readonly number: number;
  readonly target: Uint8Array;
  /** Where the frames begin, and where their room ends. */
  readonly at: number;
  readonly end: number;
  /** Where the next frame goes. */
  place: number;
  readonly fragments: Fragment[];
  /** The key exchange that has its KEY_SHARE in the packet; 0 for none. */
  keyShare: number;
}

/** True when the frame continues with the message after the previous frame's, so that it can omit the number. */
function isNextOf(packet: OpenPacket, { channelNumber, number }: OutgoingMessage): boolean {
  const before = packet.fragments.at(-1)?.message;
  return before !== undefined && before.channelNumber === channelNumber && before.number + 1 === number;
}

/**
 * Puts messages into a packet until it is full or nothing waits. The most urgent channel comes first; within a channel,
 * retransmissions come before new data. Returns the number of retransmissions.
 */
export function writeMessages(
  packet: OpenPacket,
  channels: readonly OutgoingChannel[],
  fragmentsMax: number,
  events: FlowEvents,
): number {
  let retransmissions = 0;
  for (const channel of channels) {
    while (packet.fragments.length < fragmentsMax) {
      const retransmission = channel.nextRetransmission();
      const message = retransmission?.message ?? channel.nextUnsent();
      if (message === undefined) break;
      const start = retransmission?.start ?? message.sentBytes;
      const end = retransmission?.end ?? message.end;
      const byteCount = fittingBytes(packet, message, start, end);
      // A fragment that does not fit now leaves first in the next packet.
      if (byteCount === undefined) return retransmissions;
      const fragment =
        retransmission === undefined
          ? takeUnsent(channel, message, byteCount)
          : takeRetransmission(channel, retransmission, byteCount);
      writeFragment(packet, channel.channelNumber, fragment);
      if (fragment.attempts > 1) retransmissions++;
      // No role wants to know it of a file, and there would be an event for each leaf of it.
      if (fragment.attempts <= message.reportedAttempts || channel.channelNumber === bulkNumber) continue;
      message.reportedAttempts = fragment.attempts;
      events.attempt(message.token, fragment.attempts);
    }
  }
  return retransmissions;
}

/** How many of the bytes fit the packet; undefined when it is full. */
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
  // A fragment that fits a packet of its own is not cut in two: either half could be lost.
  const isEmpty = packet.place === packet.at;
  if (!isEmpty && (wholeBytes <= packet.end - packet.at || room < fragmentBytesMin)) return undefined;
  const overhead =
    1 + varintBytes(message.number) + varintBytes(start) + varintBytes(total) + varintBytes(room);
  return room > overhead ? Math.min(length - 1, room - overhead) : undefined;
}

function takeUnsent(channel: OutgoingChannel, message: OutgoingMessage, byteCount: number): Fragment {
  const start = message.sentBytes;
  channel.advance(message, byteCount);
  if (byteCount === message.bytes.length) return message;
  return { message, start, end: start + byteCount, attempts: 0, isQueued: false, carrier: -1 };
}

function takeRetransmission(channel: OutgoingChannel, fragment: Fragment, byteCount: number): Fragment {
  channel.retransmissions.shift();
  fragment.isQueued = false;
  const { message, start, end, attempts } = fragment;
  if (byteCount === end - start) return fragment;
  // From now on the two halves replace it.
  fragment.carrier = -1;
  const cut = start + byteCount;
  channel.retransmit({ message, start: cut, end, attempts, isQueued: false, carrier: -1 });
  return { message, start, end: cut, attempts, isQueued: false, carrier: -1 };
}

function writeFragment(packet: OpenPacket, channelNumber: number, fragment: Fragment): void {
  const { message, start, end } = fragment;
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
  packet.fragments.push(fragment);
  fragment.attempts++;
  fragment.carrier = packet.number;
}
