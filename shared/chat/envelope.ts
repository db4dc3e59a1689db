import { fromHex, peerKeyToBytes, type InstallationId, type MessageId, type PeerKey } from '../ids.ts';

/**
 * The outside of an envelope (docs/PROTOCOL.md 9.1). It is all that the server sees of an envelope in a mailbox. The seal
 * binds it to the content, so that none of it can be changed.
 */
export interface EnvelopeHead {
  readonly from: PeerKey;
  readonly to: PeerKey;
  readonly type: string;
  readonly id: MessageId;
  /** The installation that counts `sequence`. */
  readonly installation: InstallationId;
  readonly sequence: number;
}

const version = 1;

/** The purpose of the seal, as HPKE's `info` (RFC 9180 section 5.1). */
export const envelopeInfo: Uint8Array = Uint8Array.from([
  ...new TextEncoder().encode('chatagram envelope'),
  version,
]);

/** The outside as bytes, HPKE's `aad` (RFC 9180 section 5.2). Each field has a fixed length or a length before it. */
export function envelopeAssociatedData(head: EnvelopeHead): Uint8Array {
  const type = new TextEncoder().encode(head.type);
  const sequence = new Uint8Array(8);
  new DataView(sequence.buffer).setBigUint64(0, BigInt(head.sequence));
  return Uint8Array.from([
    version,
    ...peerKeyToBytes(head.from),
    ...peerKeyToBytes(head.to),
    type.length,
    ...type,
    ...fromHex(head.id.replaceAll('-', '')),
    ...fromHex(head.installation),
    ...sequence,
  ]);
}
