import type { FrameSummary, PacketSummary } from '../../shared/trace.ts';
import { decodePacket } from '../../shared/wire/decode.ts';
import { ackDelayUnitMs, decodeFrames, type Frame } from '../../shared/wire/frames.ts';
import type { Packet } from '../../shared/wire/packet.ts';

/** Summarizes a packet for a trace. `plaintext`: its frames, before sealing or after opening; undefined while sealed. */
export function summarizePacket(packet: Packet, plaintext?: Uint8Array): PacketSummary {
  const isTransport = packet.type === 'transport';
  return {
    type: packet.type,
    number: isTransport ? packet.counter : null,
    keyPhase: isTransport ? packet.keyPhase : null,
    frames: plaintext === undefined ? null : summarizeFrames(plaintext),
  };
}

/** Summarizes an outgoing datagram; null if it is not a packet of this version. */
export function summarizeDatagram(datagram: Uint8Array, plaintext?: Uint8Array): PacketSummary | null {
  const decoded = decodePacket(datagram);
  return decoded.type === 'packet' ? summarizePacket(decoded.packet, plaintext) : null;
}

/** Returns null for malformed frames. */
function summarizeFrames(plaintext: Uint8Array): FrameSummary[] | null {
  const frames = decodeFrames(plaintext);
  return frames === 'malformed' ? null : frames.map(summarizeFrame);
}

function summarizeFrame(frame: Frame): FrameSummary {
  switch (frame.type) {
    case 'padding':
      return { type: 'padding', size: frame.byteCount };
    case 'ping':
    case 'classic':
    case 'path-challenge':
    case 'path-response':
      return { type: frame.type };
    case 'ack':
      return {
        type: 'ack',
        delayMs: frame.delay * ackDelayUnitMs,
        ranges: frame.ranges.map(({ smallest, largest }) => [smallest, largest] as const),
      };
    case 'data': {
      const { channel, message, offset, payload, total } = frame;
      return { type: 'data', channel, message, offset, size: payload.length, total };
    }
    case 'credit':
      return { type: 'credit', channel: frame.channel, limit: frame.limit };
    case 'unreliable':
      return { type: 'unreliable', size: frame.payload.length };
    case 'close':
      return { type: 'close', reason: frame.reason };
    case 'key-share':
      return { type: 'key-share', exchange: frame.exchange };
    case 'unknown':
      return { type: 'unknown', number: frame.number, size: frame.content.length };
    case 'unknown-credit':
      return frame;
    default:
      return frame satisfies never;
  }
}
