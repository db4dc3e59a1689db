import type { PeerKey, SigningKey } from '../../../shared/ids.ts';
import type { VerifySignature } from '../../../shared/rooms/entry.ts';
import type { Signer } from '../../turn/signer.ts';

/** Verifies signatures of peers, also of those that left the client table. Each peer key has one signing key. */
export function peerVerifier(
  signer: Signer,
  signingKeyOf: (peer: PeerKey) => SigningKey | undefined,
): VerifySignature {
  return (context, peer, bytes, signature) => {
    const key = signingKeyOf(peer);
    return key !== undefined && signer.verify(context, key, bytes, signature);
  };
}
