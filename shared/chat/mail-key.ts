import {
  fromHex,
  mailKeyIdFromBytes,
  peerKeyToBytes,
  type InstallationId,
  type MailKeyId,
  type PeerKey,
} from '../ids.ts';

/**
 * A key to which others seal envelopes for one installation of a user (PROTOCOL 9.20). The recipient deletes the
 * private key, so that a later thief of its identity cannot open what was sealed before.
 */
export interface MailKey {
  readonly keyId: MailKeyId;
  readonly kind: MailKeyKind;
  /** 32 bytes of X25519. */
  readonly publicKey: Uint8Array;
  /** By the server's clock. Nothing is sealed to the key from then on. */
  readonly expiresAtMs: number;
  /** 64 bytes of Ed25519, by the recipient's identity, over `mailKeySignedBytes`. */
  readonly signature: Uint8Array;
}

/** `weekly`: for any number of envelopes. `one-time`: for one envelope. */
export type MailKeyKind = 'weekly' | 'one-time';

const kindBytes: Record<MailKeyKind, number> = { weekly: 1, 'one-time': 2 };

/** The server that hands out a key, and the installation that has the private key. */
export interface MailKeyPlace {
  readonly server: PeerKey;
  readonly installation: InstallationId;
}

/** The bytes of the signature, in its context `mail-key`. Each field has a fixed length. */
export function mailKeySignedBytes(
  { server, installation }: MailKeyPlace,
  { keyId, kind, publicKey, expiresAtMs }: Omit<MailKey, 'signature'>,
): Uint8Array {
  const expiry = new Uint8Array(8);
  new DataView(expiry.buffer).setBigInt64(0, BigInt(expiresAtMs));
  return Uint8Array.from([
    ...peerKeyToBytes(server),
    ...fromHex(installation),
    kindBytes[kind],
    ...fromHex(keyId),
    ...publicKey,
    ...expiry,
  ]);
}

/** Bytes of a key id that are random. The ones before them are the first ones of the installation. */
export const mailKeyIdRandomBytes = 4;

/** PROTOCOL 9.20: a key id tells a server for which installation an envelope is. */
export function newMailKeyId(installation: InstallationId, random: Uint8Array): MailKeyId {
  const prefix = fromHex(installation).subarray(0, 8 - mailKeyIdRandomBytes);
  return mailKeyIdFromBytes(Uint8Array.from([...prefix, ...random.subarray(0, mailKeyIdRandomBytes)]));
}

export function isMailKeyOf(installation: InstallationId, keyId: MailKeyId): boolean {
  return keyId.startsWith(mailKeyPrefixOf(installation));
}

/** The part of the ids of mail keys that names their installation. */
export function mailKeyPrefixOf(installation: InstallationId): string {
  return installation.slice(0, 2 * (8 - mailKeyIdRandomBytes));
}
