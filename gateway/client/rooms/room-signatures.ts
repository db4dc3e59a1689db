import type { PeerKey, SigningKey } from '../../../shared/ids.ts';
import type { VerifySignature } from '../../../shared/rooms/entry.ts';
import type { Signer } from '../../turn/signer.ts';

/** Keys that are remembered: more than a room has members. */
const keysMax = 4_096;

/** Verifies signatures of peers, also of those that left the client table. Each peer key has one signing key. */
export function peerVerifier(
  signer: Signer,
  signingKeyOf: (peer: PeerKey) => SigningKey | undefined,
): VerifySignature {
  const known = new Map<PeerKey, SigningKey | undefined>();
  const keyOf = (peer: PeerKey): SigningKey | undefined => {
    if (known.has(peer)) return known.get(peer);
    const [oldest] = known.keys();
    if (known.size >= keysMax && oldest !== undefined) known.delete(oldest);
    const key = signingKeyOf(peer);
    known.set(peer, key);
    return key;
  };
  return (context, peer, bytes, signature) => {
    const key = keyOf(peer);
    return key !== undefined && signer.verify(context, key, bytes, signature);
  };
}
