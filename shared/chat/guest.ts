import { peerKeyToBytes, type PeerKey, type SigningKey } from '../ids.ts';

/**
 * A host's statement that a key is a guest of its machine (PROTOCOL 6.114). The host has signed it for one key at one
 * server.
 */
export interface HostStatement {
  readonly host: PeerKey;
  /** The Ed25519 form of `host`: a reader may not know the host. */
  readonly hostSigningKey: SigningKey;
  /** 64 bytes of Ed25519, by the host's identity, over `guestSignedBytes`. */
  readonly hostSignature: Uint8Array;
}

/**
 * The statement together with the guest's own signature over the same bytes. With one signature alone, a host and a server
 * could make any key the guest of that host.
 */
export interface GuestOf extends HostStatement {
  readonly guestSignature: Uint8Array;
}

/** What host and guest sign, in the context `guest`. Each field has a fixed length. */
export function guestSignedBytes(host: PeerKey, guest: PeerKey, server: PeerKey): Uint8Array {
  return Uint8Array.from([...peerKeyToBytes(host), ...peerKeyToBytes(guest), ...peerKeyToBytes(server)]);
}
