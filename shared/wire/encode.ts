import { datagramBytesBase, datagramBytesMax } from '../limits.ts';
import { datagramChecksum } from './checksum.ts';
import {
  checksumOffset,
  confirmationLayout,
  counterEnd,
  initiationBytesMin,
  initiationLayout,
  magic,
  magicOffset,
  packetTypes,
  patterns,
  protocolVersion,
  resetLayout,
  responseLayout,
  retryLayout,
  tokenBytesMax,
  transportLayout,
  typeOffset,
  versionLayout,
  versionOffset,
  versionOfVersionPackets,
} from './layout.ts';
import type { ConnectionIndex, KeyPhase, Packet, PacketOf } from './packet.ts';

/** Returns the datagram of a packet. Throws RangeError for values that no packet can carry: a bug of the caller. */
export function encodePacket(packet: Packet): Uint8Array {
  switch (packet.type) {
    case 'version': {
      const datagram = begin(versionLayout.versions + packet.versions.length, 0, versionOfVersionPackets);
      datagram.setUint32(versionLayout.checksum, packet.answeredChecksum);
      datagram.setUint8(versionLayout.count, packet.versions.length);
      packet.versions.forEach((version, index) => datagram.setUint8(versionLayout.versions + index, version));
      return withChecksum(datagram);
    }
    case 'initiation':
      return encodeInitiation(packet);
    case 'retry': {
      const datagram = begin(retryLayout.token + packet.token.length, packetTypes.retry);
      datagram.setUint32(retryLayout.receiver, packet.receiver);
      return withBytes(datagram, retryLayout.token, packet.token);
    }
    case 'response': {
      const datagram = begin(responseLayout.message + packet.message.length, packetTypes.response);
      datagram.setUint32(responseLayout.receiver, packet.receiver);
      datagram.setUint32(responseLayout.sender, packet.sender);
      return withBytes(datagram, responseLayout.message, packet.message);
    }
    case 'confirmation': {
      const datagram = begin(confirmationLayout.message + packet.message.length, packetTypes.confirmation);
      datagram.setUint32(confirmationLayout.receiver, packet.receiver);
      return withBytes(datagram, confirmationLayout.message, packet.message);
    }
    case 'transport': {
      const datagram = new Uint8Array(transportLayout.sealed + packet.sealed.length);
      beginTransport(datagram, packet.receiver, packet.keyPhase, packet.counter);
      datagram.set(packet.sealed, transportLayout.sealed);
      return datagram;
    }
    case 'reset':
      return withBytes(begin(resetLayout.length, packetTypes.reset), resetLayout.answered, packet.answered);
    default:
      return packet satisfies never;
  }
}

/** Writes a TRANSPORT packet without its ciphertext, for every datagram of a chat. */
export function beginTransport(
  bytes: Uint8Array,
  receiver: ConnectionIndex,
  keyPhase: KeyPhase,
  counter: number,
): void {
  if (bytes.length > datagramBytesMax || counter >= counterEnd) {
    throw new RangeError(`${bytes.length} bytes as packet ${counter}`);
  }
  const high = Math.floor(counter / 0x1_0000_0000);
  bytes[0] = magic >> 8;
  bytes[1] = magic & 0xff;
  bytes[versionOffset] = protocolVersion;
  bytes[typeOffset] = packetTypes.transport;
  putUint32(bytes, transportLayout.receiver, receiver);
  putUint32(bytes, transportLayout.phaseAndCounter, keyPhase === 0 ? high : high | 0x8000_0000);
  putUint32(bytes, transportLayout.phaseAndCounter + 4, counter >>> 0);
}

/** PROTOCOL 4.3: the packet is padded with zeros. */
function encodeInitiation(packet: PacketOf<'initiation'>): Uint8Array {
  const { sender, pattern, token, message, byteCount } = packet;
  if (token.length > tokenBytesMax || message.length !== patterns[pattern].messageBytes) {
    throw new RangeError(`a token of ${token.length} bytes, a message of ${message.length}`);
  }
  if (byteCount < initiationBytesMin || byteCount > datagramBytesBase) {
    throw new RangeError(`an INITIATION of ${byteCount} bytes`);
  }
  const datagram = begin(byteCount, packetTypes.initiation);
  datagram.setUint32(initiationLayout.sender, sender);
  datagram.setUint8(initiationLayout.pattern, patterns[pattern].byte);
  datagram.setUint8(initiationLayout.tokenLength, token.length);
  withBytes(datagram, initiationLayout.token, token);
  withBytes(datagram, initiationLayout.token + token.length, message);
  return withChecksum(datagram);
}

function begin(length: number, type: number, version: number = protocolVersion): DataView {
  const datagram = new DataView(new ArrayBuffer(length));
  datagram.setUint16(magicOffset, magic);
  datagram.setUint8(versionOffset, version);
  datagram.setUint8(typeOffset, type);
  return datagram;
}

function withChecksum(datagram: DataView): Uint8Array {
  const bytes = new Uint8Array(datagram.buffer);
  datagram.setUint32(checksumOffset, datagramChecksum(bytes));
  return bytes;
}

function withBytes(datagram: DataView, offset: number, bytes: Uint8Array): Uint8Array {
  const whole = new Uint8Array(datagram.buffer);
  whole.set(bytes, offset);
  return whole;
}

function putUint32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}
