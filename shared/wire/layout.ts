/** The numbers of PROTOCOL section 2: everything big-endian, offsets in bytes. */

/** "CG". A datagram that begins otherwise belongs to another protocol. */
export const magic = 0x4347;
export const protocolVersion = 3;
/** The version byte of VERSION packets. Their layout never changes in later versions. */
export const versionOfVersionPackets = 0;

export const magicOffset = 0;
export const versionOffset = 2;
export const typeOffset = 3;
/** The packets with a checksum are INITIATION, VERSION, and first packets of other versions. */
export const checksumOffset = 4;
export const checksumEnd = 8;
/** The shortest packet consists of a header and an index. */
export const packetBytesMin = 8;

export const packetTypes = {
  initiation: 1,
  retry: 2,
  response: 3,
  confirmation: 4,
  transport: 5,
  reset: 6,
} as const;

/** The offsets of the fields of each packet; `length` is the size of the whole datagram. */
export const versionLayout = { checksum: 8, count: 12, versions: 13 } as const;
export const initiationLayout = { sender: 8, pattern: 12, tokenLength: 13, token: 14 } as const;
export const retryLayout = { receiver: 4, token: 8 } as const;
export const responseLayout = { receiver: 4, sender: 8, message: 12 } as const;
export const confirmationLayout = { receiver: 4, message: 8 } as const;
export const transportLayout = { receiver: 4, phaseAndCounter: 8, sealed: 16 } as const;
export const resetLayout = { answered: 4, length: 16 } as const;

/** PROTOCOL 4.3: a first packet is padded, so that no answer is larger. */
export const initiationBytesMin = 256;
export const tokenBytesMin = 32;
export const tokenBytesMax = 64;

/** The handshake pattern in an INITIATION: its byte, and the size of the first Noise message in bytes. */
export const patterns = {
  /** The initiator does not know the responder's key: the message is `e`. */
  XX: { byte: 1, messageBytes: 32 },
  /** The initiator knows it: `e`, and the tag of an empty payload under `es`. */
  XK: { byte: 2, messageBytes: 48 },
} as const;
export type Pattern = keyof typeof patterns;
/** XK: `e` and a sealed payload. In XX the sealed `s` comes between. */
export const noiseResponseBytesMin = 32 + 16;
/** The sealed `s` and a sealed payload. */
export const noiseConfirmationBytesMin = 48 + 16;
export const tagBytes = 16;
/** Counters end here; no connection ever gets near it. */
export const counterEnd = 2 ** 48;
