import { datagramBytesBase, datagramBytesMax } from '../limits.ts';
import type { DropCause } from '../trace.ts';
import { datagramChecksum } from './checksum.ts';
import {
  checksumOffset,
  confirmationLayout,
  counterEnd,
  initiationBytesMin,
  initiationLayout,
  magic,
  magicOffset,
  noiseConfirmationBytesMin,
  noiseResponseBytesMin,
  packetBytesMin,
  packetTypes,
  type Pattern,
  patterns,
  protocolVersion,
  resetLayout,
  responseLayout,
  retryLayout,
  tagBytes,
  tokenBytesMax,
  tokenBytesMin,
  transportLayout,
  typeOffset,
  versionLayout,
  versionOffset,
  versionOfVersionPackets,
} from './layout.ts';
import type { Packet } from './packet.ts';

export type Decoded =
  | { readonly type: 'packet'; readonly packet: Packet }
  /** An undamaged datagram of another version. */
  | { readonly type: 'other-version'; readonly version: number; readonly checksum: number }
  | { readonly type: 'dropped'; readonly cause: DropCause };

/** Reads a datagram. Any bytes give a value; none makes it throw. */
export function decodePacket(bytes: Uint8Array): Decoded {
  if (bytes.length < packetBytesMin) return dropped('too-short');
  if (bytes.length > datagramBytesMax) return dropped('too-long');
  const datagram = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (datagram.getUint16(magicOffset) !== magic) return dropped('not-ours');
  const version = datagram.getUint8(versionOffset);
  if (version === protocolVersion) return readPacket(datagram, bytes);
  const checksum = datagram.getUint32(checksumOffset);
  // PROTOCOL 3.1: a flipped bit in the version byte must not look like another version.
  if (checksum !== datagramChecksum(bytes)) return dropped('checksum');
  if (version === versionOfVersionPackets) return readVersion(datagram);
  return { type: 'other-version', version, checksum };
}

/** PROTOCOL 2.6: lengths are exact where the table says so. */
function readPacket(datagram: DataView, bytes: Uint8Array): Decoded {
  switch (datagram.getUint8(typeOffset)) {
    case packetTypes.transport: {
      if (bytes.length <= transportLayout.sealed + tagBytes) return dropped('malformed');
      const high = datagram.getUint32(transportLayout.phaseAndCounter);
      const counter =
        (high & 0x7fff_ffff) * 0x1_0000_0000 + datagram.getUint32(transportLayout.phaseAndCounter + 4);
      if (counter >= counterEnd) return dropped('malformed');
      return accepted({
        type: 'transport',
        receiver: datagram.getUint32(transportLayout.receiver),
        keyPhase: high >>> 31 === 0 ? 0 : 1,
        counter,
        header: bytes.subarray(0, transportLayout.sealed),
        sealed: bytes.subarray(transportLayout.sealed),
      });
    }
    case packetTypes.initiation:
      return readInitiation(datagram, bytes);
    case packetTypes.retry: {
      const token = bytes.subarray(retryLayout.token);
      if (token.length < tokenBytesMin || token.length > tokenBytesMax) return dropped('malformed');
      return accepted({ type: 'retry', receiver: datagram.getUint32(retryLayout.receiver), token });
    }
    case packetTypes.response: {
      const message = bytes.subarray(responseLayout.message);
      if (message.length < noiseResponseBytesMin || bytes.length > datagramBytesBase)
        return dropped('malformed');
      return accepted({
        type: 'response',
        receiver: datagram.getUint32(responseLayout.receiver),
        sender: datagram.getUint32(responseLayout.sender),
        message,
      });
    }
    case packetTypes.confirmation: {
      const message = bytes.subarray(confirmationLayout.message);
      if (message.length < noiseConfirmationBytesMin || bytes.length > datagramBytesBase)
        return dropped('malformed');
      return accepted({
        type: 'confirmation',
        receiver: datagram.getUint32(confirmationLayout.receiver),
        message,
      });
    }
    case packetTypes.reset:
      if (bytes.length !== resetLayout.length) return dropped('malformed');
      return accepted({ type: 'reset', answered: bytes.subarray(resetLayout.answered) });
    default:
      return dropped('unknown-type');
  }
}

function readInitiation(datagram: DataView, bytes: Uint8Array): Decoded {
  // A larger one would only cost its checksum.
  if (bytes.length < initiationBytesMin || bytes.length > datagramBytesBase) return dropped('malformed');
  // PROTOCOL 2.3: a first packet is not authenticated yet, and damage would cost the whole handshake.
  if (datagram.getUint32(checksumOffset) !== datagramChecksum(bytes)) return dropped('checksum');
  const pattern = patternOf(datagram.getUint8(initiationLayout.pattern));
  if (pattern === undefined) return dropped('unknown-pattern');
  const tokenLength = datagram.getUint8(initiationLayout.tokenLength);
  if (tokenLength !== 0 && (tokenLength < tokenBytesMin || tokenLength > tokenBytesMax))
    return dropped('malformed');
  const messageAt = initiationLayout.token + tokenLength;
  const paddingAt = messageAt + patterns[pattern].messageBytes;
  for (let at = paddingAt; at < bytes.length; at++) if (bytes[at] !== 0) return dropped('malformed');
  return accepted({
    type: 'initiation',
    sender: datagram.getUint32(initiationLayout.sender),
    pattern,
    token: bytes.subarray(initiationLayout.token, messageAt),
    message: bytes.subarray(messageAt, paddingAt),
    byteCount: bytes.length,
  });
}

function patternOf(byte: number): Pattern | undefined {
  return byte === patterns.XX.byte ? 'XX' : byte === patterns.XK.byte ? 'XK' : undefined;
}

function readVersion(datagram: DataView): Decoded {
  if (datagram.getUint8(typeOffset) !== 0) return dropped('unknown-type');
  if (datagram.byteLength < versionLayout.versions) return dropped('malformed');
  const count = datagram.getUint8(versionLayout.count);
  if (count === 0 || datagram.byteLength !== versionLayout.versions + count) return dropped('malformed');
  const versions = Array.from({ length: count }, (_, index) =>
    datagram.getUint8(versionLayout.versions + index),
  );
  return accepted({
    type: 'version',
    answeredChecksum: datagram.getUint32(versionLayout.checksum),
    versions,
  });
}

function accepted(packet: Packet): Decoded {
  return { type: 'packet', packet };
}

function dropped(cause: DropCause): Decoded {
  return { type: 'dropped', cause };
}
