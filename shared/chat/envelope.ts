import {
  fromHex,
  messageIdToBytes,
  peerKeyToBytes,
  type MailKeyId,
  type MessageId,
  type PeerKey,
} from '../ids.ts';

/**
 * The outside of an envelope (PROTOCOL 9.1). It is all that the server sees of an envelope in a mailbox. The seal
 * binds it to the content, so that none of it can be changed.
 */
export interface EnvelopeHead {
  /** Says how the rest is to be read. A client opens only `envelopeFormat`. */
  readonly format: number;
  readonly from: PeerKey;
  readonly to: PeerKey;
  readonly type: string;
  readonly id: MessageId;
  /** The recipient's key to which the content is sealed. */
  readonly keyId: MailKeyId;
}

/** The one format that this program seals and opens. */
export const envelopeFormat = 1;

/** The purpose of the seal, as HPKE's `info` (RFC 9180 section 5.1). */
export const envelopeInfo: Uint8Array = Uint8Array.from([
  ...new TextEncoder().encode('chatagram envelope'),
  envelopeFormat,
]);

/** The outside as bytes, HPKE's `aad` (RFC 9180 section 5.2). Each field has a fixed length or a length before it. */
export function envelopeAssociatedData(head: EnvelopeHead): Uint8Array {
  const type = new TextEncoder().encode(head.type);
  return Uint8Array.from([
    head.format,
    ...peerKeyToBytes(head.from),
    ...peerKeyToBytes(head.to),
    type.length,
    ...type,
    ...messageIdToBytes(head.id),
    ...fromHex(head.keyId),
  ]);
}

/** Sealed contents come in steps of this many bytes, so that their length says little about a text. */
export const paddingStepBytes = 256;
const lengthBytes = 4;

/** PROTOCOL 9.8: the content's length (big-endian), the content, and zeros up to the next step. */
export function padContent(content: Uint8Array): Uint8Array {
  const padded = new Uint8Array(
    Math.ceil((lengthBytes + content.length) / paddingStepBytes) * paddingStepBytes,
  );
  new DataView(padded.buffer).setUint32(0, content.length);
  padded.set(content, lengthBytes);
  return padded;
}

/** Returns the content; undefined unless the bytes are exactly what `padContent` makes of one. */
export function unpadContent(padded: Uint8Array): Uint8Array | undefined {
  if (padded.length < paddingStepBytes || padded.length % paddingStepBytes !== 0) return undefined;
  const length = new DataView(padded.buffer, padded.byteOffset).getUint32(0);
  const end = lengthBytes + length;
  // A longer padding than needed is refused too: one content has one form.
  if (end > padded.length || padded.length - end >= paddingStepBytes) return undefined;
  return padded.subarray(end).every((byte) => byte === 0) ? padded.subarray(lengthBytes, end) : undefined;
}
