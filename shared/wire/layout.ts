import { datagramBytesMax, transportMessageBytesMax } from '../limits.ts';

/** The numbers of docs/PROTOCOL.md section 2: everything big-endian, offsets in bytes. */

/** "CG". What does not begin with it is not ours. */
export const magic = 0x4347;
export const protocolVersion = 1;
/** The version byte of VERSION packets, whose layout is the same in all versions to come. */
export const versionOfVersionPackets = 0;

export const magicOffset = 0;
export const versionOffset = 2;
export const typeOffset = 3;
export const checksumOffset = 4;
export const headerBytes = 8;

export const packetTypes = {
  hello: 1,
  welcome: 2,
  confirm: 3,
  data: 4,
  ack: 5,
  ping: 6,
  reset: 7,
  close: 8,
} as const;

export const keyBytes = 32;

/** Where the fields of each packet lie; `length` is the whole datagram's. */
export const versionLayout = { checksum: 8, count: 12, versions: 13 } as const;
export const helloLayout = { connection: 8, initiator: 16, expected: 48, length: 80 } as const;
export const welcomeLayout = { connection: 8, responder: 16, nonce: 48, length: 56 } as const;
export const confirmLayout = { connection: 8, nonce: 16, length: 24 } as const;
export const dataLayout = {
  connection: 8,
  sequence: 16,
  channel: 20,
  fragmentIndex: 21,
  fragmentCount: 23,
  payload: 25,
} as const;
export const ackLayout = { connection: 8, sequence: 16, length: 20 } as const;
export const pingLayout = { connection: 8, sequence: 16, length: 20 } as const;
export const resetLayout = { connection: 8, length: 16 } as const;
export const closeLayout = { connection: 8, reason: 16, length: 17 } as const;

/** Bytes of a message that one DATA packet carries at most. */
export const fragmentBytesMax = datagramBytesMax - dataLayout.payload;
/** DATA packets of the largest message. */
export const fragmentCountMax = Math.ceil(transportMessageBytesMax / fragmentBytesMax);
