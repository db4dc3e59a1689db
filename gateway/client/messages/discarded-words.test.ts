import path from 'node:path';
import { expect, it } from 'vitest';
import { directConversation } from '../../../shared/conversation.ts';
import { keyPairOf } from '../../crypto/crypto.ts';
import { fingerprintOf } from '../../crypto/fingerprint.ts';
import { isSigningKeyOf, signingKeyOf } from '../../crypto/identity.ts';
import { sha256 } from '../../crypto/sha256.ts';
import { proveJoinCode } from '../../crypto/join-proof.ts';
import { signerOf } from '../../crypto/signer.ts';
import { secureRandom } from '../../net/random.ts';
import { testIdentity } from '../../simulation/chat/simulated-keys.ts';
import { sampleId, sampleInstallation, sampleKey } from '../../store/sample.ts';
import { openClientStore } from '../../store/sqlite/client/client-store.ts';
import { bytesIn, temporaryFolder } from '../../system-tests/temporary-folder.ts';
import { Client } from '../client.ts';

const identity = testIdentity(1);
const bob = sampleKey(2);
const secret = 'zanzibarquuxification';

it('the words of a discarded message are in no file of the folder five seconds later', () => {
  const folder = temporaryFolder();
  const store = openClientStore(path.join(folder, 'client.sqlite'));
  const inTurn = (run: () => void): void => {
    store.begin();
    store.savepoint(run);
    store.commit();
  };
  inTurn(() => {
    store.messages.insert({
      id: sampleId(1),
      conversation: directConversation(bob),
      author: identity.key,
      content: { kind: 'text', text: `the ${secret} thing` },
      sentAtMs: 0,
      clockOffsetMs: null,
      installation: sampleInstallation(1),
      sequence: 1,
      recipients: [bob],
    });
    store.dispatches.setProgress(sampleId(1), bob, { stage: 'failed', code: 'refused' });
  });
  const client = new Client({
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
  inTurn(() => expect(client.discard({ monotonicMs: 0, wallMs: 0 }, sampleId(1)).status).toBe('done'));
  expect(bytesIn(folder).includes(secret)).toBe(true);
  expect(client.pollTimeout()).toBe(5_000);
  inTurn(() => client.handleTimeout({ monotonicMs: 5_000, wallMs: 5_000 }));
  expect(client.pollJob()?.request.type).toBe('erase');
  expect(store.erase()).toBe(true);
  expect(bytesIn(folder).includes(secret)).toBe(false);
  store.close();
});
