import { directConversation } from '../../../shared/conversation.ts';
import type { PeerKey } from '../../../shared/ids.ts';
import { Client } from '../../client/client.ts';
import { keyPairOf } from '../../crypto/crypto.ts';
import { fingerprintOf } from '../../crypto/fingerprint.ts';
import { isSigningKeyOf, signingKeyOf } from '../../crypto/identity.ts';
import { proveJoinCode } from '../../crypto/join-proof.ts';
import { sha256 } from '../../crypto/sha256.ts';
import { signerOf } from '../../crypto/signer.ts';
import { secureRandom } from '../../net/random.ts';
import type { ClientStore, NewMessage } from '../../store/client-store.ts';
import { sampleId, sampleInstallation } from '../../store/sample.ts';
import { testIdentity } from './simulated-keys.ts';

const identity = testIdentity(1);

/** A client without an endpoint: the test gives it the events of one, and reads its actions. */
export function clientUnderTest(store: ClientStore): Client {
  return new Client({
    store,
    identity,
    isSigningKeyOf,
    signingKeyOf,
    sha256,
    fingerprintOf,
    proveJoinCode,
    signer: signerOf(identity),
    publicKeyOf: (secretKey) => keyPairOf(secretKey).publicKey,
    installation: sampleInstallation(1),
    nickname: 'alice',
    server: { address: { host: '10.0.0.1', port: 50_000 } },
    interfaces: () => [],
    candidates: () => [],
    random: secureRandom,
    grease: null,
  });
}

/** A message of the user of `clientUnderTest` to one person, with the id `sampleId(1)`. */
export function ownMessageTo(person: PeerKey, text: string): NewMessage {
  return {
    id: sampleId(1),
    conversation: directConversation(person),
    author: identity.key,
    content: { kind: 'text', text },
    sentAtMs: 0,
    clockOffsetMs: null,
    installation: sampleInstallation(1),
    sequence: 1,
    recipients: [person],
  };
}
