import { peerKeyToBytes } from '../ids.ts';
import { datagramChecksum } from './checksum.ts';
import {
  ackLayout,
  checksumOffset,
  closeLayout,
  confirmLayout,
  dataLayout,
  fragmentBytesMax,
  fragmentCountMax,
  helloLayout,
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

/** The datagram of a packet, checksum included. Throws RangeError on what no packet can carry: a bug of the caller. */
export function encodePacket(packet: Packet): Uint8Array {
  switch (packet.type) {
    case 'version': {
      const datagram = begin(versionLayout.versions + packet.versions.length, 0, versionOfVersionPackets);
      datagram.setUint32(versionLayout.checksum, packet.answeredChecksum);
      datagram.setUint8(versionLayout.count, packet.versions.length);
      packet.versions.forEach((version, index) => datagram.setUint8(versionLayout.versions + index, version));
      return finish(datagram);
    }
    case 'hello': {
      const datagram = begin(helloLayout.length, packetTypes.hello);
      datagram.setBigUint64(helloLayout.connection, packet.connection);
      putBytes(datagram, helloLayout.initiator, peerKeyToBytes(packet.initiator));
      // An unknown key stays zero: no key is.
      if (packet.expected !== null) putBytes(datagram, helloLayout.expected, peerKeyToBytes(packet.expected));
      return finish(datagram);
    }
    case 'welcome': {
      const datagram = begin(welcomeLayout.length, packetTypes.welcome);
      datagram.setBigUint64(welcomeLayout.connection, packet.connection);
      putBytes(datagram, welcomeLayout.responder, peerKeyToBytes(packet.responder));
      datagram.setBigUint64(welcomeLayout.nonce, packet.nonce);
      return finish(datagram);
    }
    case 'confirm': {
      const datagram = begin(confirmLayout.length, packetTypes.confirm);
      datagram.setBigUint64(confirmLayout.connection, packet.connection);
      datagram.setBigUint64(confirmLayout.nonce, packet.nonce);
      return finish(datagram);
    }
    case 'data': {
      const { payload, fragmentIndex, fragmentCount } = packet;
      if (payload.length > fragmentBytesMax) throw new RangeError(`a fragment of ${payload.length} bytes`);
      if (fragmentIndex >= fragmentCount || fragmentCount > fragmentCountMax) {
        throw new RangeError(`fragment ${fragmentIndex} of ${fragmentCount}`);
      }
      if (fragmentIndex < fragmentCount - 1 && payload.length < fragmentBytesMax) {
        throw new RangeError(`${payload.length} bytes in a fragment that is not the last`);
      }
      const datagram = begin(dataLayout.payload + payload.length, packetTypes.data);
      datagram.setBigUint64(dataLayout.connection, packet.connection);
      datagram.setUint32(dataLayout.sequence, packet.sequence);
      datagram.setUint8(dataLayout.channel, channels.indexOf(packet.channel));
      datagram.setUint16(dataLayout.fragmentIndex, fragmentIndex);
      datagram.setUint16(dataLayout.fragmentCount, fragmentCount);
      putBytes(datagram, dataLayout.payload, payload);
      return finish(datagram);
    }
    case 'ack': {
      const datagram = begin(ackLayout.length, packetTypes.ack);
      datagram.setBigUint64(ackLayout.connection, packet.connection);
      datagram.setUint32(ackLayout.sequence, packet.sequence);
      return finish(datagram);
    }
    case 'ping': {
      const datagram = begin(pingLayout.length, packetTypes.ping);
      datagram.setBigUint64(pingLayout.connection, packet.connection);
      datagram.setUint32(pingLayout.sequence, packet.sequence);
      return finish(datagram);
    }
    case 'reset': {
      const datagram = begin(resetLayout.length, packetTypes.reset);
      datagram.setBigUint64(resetLayout.connection, packet.connection);
      return finish(datagram);
    }
    case 'close': {
      const datagram = begin(closeLayout.length, packetTypes.close);
      datagram.setBigUint64(closeLayout.connection, packet.connection);
      datagram.setUint8(closeLayout.reason, closeReasons.indexOf(packet.reason));
      return finish(datagram);
    }
    default:
      return packet satisfies never;
  }
}

function begin(length: number, type: number, version: number = protocolVersion): DataView {
  const datagram = new DataView(new ArrayBuffer(length));
  datagram.setUint16(magicOffset, magic);
  datagram.setUint8(versionOffset, version);
  datagram.setUint8(typeOffset, type);
  return datagram;
}

function finish(datagram: DataView): Uint8Array {
  const bytes = new Uint8Array(datagram.buffer);
  datagram.setUint32(checksumOffset, datagramChecksum(bytes));
  return bytes;
}

function putBytes(datagram: DataView, offset: number, bytes: Uint8Array): void {
  new Uint8Array(datagram.buffer).set(bytes, offset);
}
