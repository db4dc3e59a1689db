import { type PeerKey, peerKeyFromBytes } from '../ids.ts';
import { datagramBytesMax } from '../limits.ts';
import type { DropCause } from '../trace.ts';
import { datagramChecksum } from './checksum.ts';
import {
  ackLayout,
  checksumOffset,
  closeLayout,
  confirmLayout,
  dataLayout,
  fragmentBytesMax,
  fragmentCountMax,
  headerBytes,
  helloLayout,
  keyBytes,
  magic,
  magicOffset,
  packetTypes,
  pingLayout,
  protocolVersion,
  resetLayout,
  typeOffset,
  versionLayout,
  versionOffset,
  versionOfVersionPackets,
  welcomeLayout,
} from './layout.ts';
import { channels, closeReasons, type Packet } from './packet.ts';

export type Decoded =
  | { readonly type: 'packet'; readonly packet: Packet }
  /** Whole, and of a version that is not spoken here. */
  | { readonly type: 'other-version'; readonly version: number; readonly checksum: number }
  | { readonly type: 'dropped'; readonly cause: DropCause };

/** Reads a datagram; any bytes give a value, none a throw. `payload` shares the datagram's memory. */
export function decodePacket(bytes: Uint8Array): Decoded {
  if (bytes.length < headerBytes) return dropped('too-short');
  if (bytes.length > datagramBytesMax) return dropped('too-long');
  const datagram = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (datagram.getUint16(magicOffset) !== magic) return dropped('not-ours');
  const checksum = datagram.getUint32(checksumOffset);
  // PROTOCOL 2.3: the checksum comes before everything that it covers, the version included: else a flipped bit
  // would look like another version.
  if (checksum !== datagramChecksum(bytes)) return dropped('checksum');
  const version = datagram.getUint8(versionOffset);
  if (version === versionOfVersionPackets) return readVersion(datagram);
  if (version !== protocolVersion) return { type: 'other-version', version, checksum };
  return readPacket(datagram, bytes);
}

/** PROTOCOL 2.6: the length of every packet is exact. */
function readPacket(datagram: DataView, bytes: Uint8Array): Decoded {
  switch (datagram.getUint8(typeOffset)) {
    case packetTypes.hello: {
      if (bytes.length !== helloLayout.length) return dropped('malformed');
      const initiator = readKey(bytes, helloLayout.initiator);
      const expected = readKey(bytes, helloLayout.expected);
      if (initiator === null) return dropped('malformed');
      return accepted({
        type: 'hello',
        connection: datagram.getBigUint64(helloLayout.connection),
        initiator,
        expected,
      });
    }
    case packetTypes.welcome: {
      if (bytes.length !== welcomeLayout.length) return dropped('malformed');
      const responder = readKey(bytes, welcomeLayout.responder);
      if (responder === null) return dropped('malformed');
      return accepted({
        type: 'welcome',
        connection: datagram.getBigUint64(welcomeLayout.connection),
        responder,
        nonce: datagram.getBigUint64(welcomeLayout.nonce),
      });
    }
    case packetTypes.confirm: {
      if (bytes.length !== confirmLayout.length) return dropped('malformed');
      return accepted({
        type: 'confirm',
        connection: datagram.getBigUint64(confirmLayout.connection),
        nonce: datagram.getBigUint64(confirmLayout.nonce),
      });
    }
    case packetTypes.data:
      return readData(datagram, bytes);
    case packetTypes.ack: {
      if (bytes.length !== ackLayout.length) return dropped('malformed');
      return accepted({
        type: 'ack',
        connection: datagram.getBigUint64(ackLayout.connection),
        sequence: datagram.getUint32(ackLayout.sequence),
      });
    }
    case packetTypes.ping: {
      if (bytes.length !== pingLayout.length) return dropped('malformed');
      return accepted({
        type: 'ping',
        connection: datagram.getBigUint64(pingLayout.connection),
        sequence: datagram.getUint32(pingLayout.sequence),
      });
    }
    case packetTypes.reset: {
      if (bytes.length !== resetLayout.length) return dropped('malformed');
      return accepted({ type: 'reset', connection: datagram.getBigUint64(resetLayout.connection) });
    }
    case packetTypes.close: {
      if (bytes.length !== closeLayout.length) return dropped('malformed');
      const reason = closeReasons[datagram.getUint8(closeLayout.reason)];
      if (reason === undefined) return dropped('malformed');
      return accepted({ type: 'close', connection: datagram.getBigUint64(closeLayout.connection), reason });
    }
    default:
      return dropped('unknown-type');
  }
}

function readData(datagram: DataView, bytes: Uint8Array): Decoded {
  if (bytes.length < dataLayout.payload) return dropped('malformed');
  const channel = channels[datagram.getUint8(dataLayout.channel)];
  const fragmentIndex = datagram.getUint16(dataLayout.fragmentIndex);
  const fragmentCount = datagram.getUint16(dataLayout.fragmentCount);
  const payload = bytes.subarray(dataLayout.payload);
  if (channel === undefined) return dropped('malformed');
  if (fragmentIndex >= fragmentCount || fragmentCount > fragmentCountMax) return dropped('malformed');
  // Only a whole message may be empty: empty fragments would cost without carrying anything.
  if (payload.length === 0 && fragmentCount > 1) return dropped('malformed');
  // PROTOCOL 5.5: all but the last are full. Many small ones would count for little and take much memory.
  if (fragmentIndex < fragmentCount - 1 && payload.length !== fragmentBytesMax) return dropped('malformed');
  return accepted({
    type: 'data',
    connection: datagram.getBigUint64(dataLayout.connection),
    sequence: datagram.getUint32(dataLayout.sequence),
    channel,
    fragmentIndex,
    fragmentCount,
    payload,
  });
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

function readKey(bytes: Uint8Array, offset: number): PeerKey | null {
  const key = bytes.subarray(offset, offset + keyBytes);
  return key.every((byte) => byte === 0) ? null : peerKeyFromBytes(key);
}

function accepted(packet: Packet): Decoded {
  return { type: 'packet', packet };
}

function dropped(cause: DropCause): Decoded {
  return { type: 'dropped', cause };
}
