import type { SignatureContext } from '../../shared/signature-contexts.ts';
import type { PeerKey, SigningKey } from '../../shared/ids.ts';

/**
 * Whether `signingKey` is the one signing key of `peer`: canonical, with sign bit 0, and with `peer` as its X25519 form.
 * Without this check a sender could name the signing key of another user beside its own peer key.
 */
export type SigningKeyCheck = (peer: PeerKey, signingKey: SigningKey) => boolean;

/** Signs with one identity's key, and verifies what others have signed. */
export interface Signer {
  /** Returns 64 bytes. The same bytes in another context have another signature. */
  sign(context: SignatureContext, bytes: Uint8Array): Uint8Array;
  verify(context: SignatureContext, key: SigningKey, bytes: Uint8Array, signature: Uint8Array): boolean;
}
