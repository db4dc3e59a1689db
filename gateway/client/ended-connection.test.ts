import { beforeEach, expect, it } from 'vitest';
import { directConversation } from '../../shared/conversation.ts';
import { instanceIdFromBytes } from '../../shared/ids.ts';
import { keyPairOf } from '../crypto/crypto.ts';
import { fingerprintOf } from '../crypto/fingerprint.ts';
import { isSigningKeyOf, signingKeyOf } from '../crypto/identity.ts';
import { proveJoinCode } from '../crypto/join-proof.ts';
import { sha256 } from '../crypto/sha256.ts';
import { signerOf } from '../crypto/signer.ts';
import { secureRandom } from '../net/random.ts';
import { testIdentity } from '../simulation/chat/simulated-keys.ts';
import type { ClientStore } from '../store/client-store.ts';
import { sampleId, sampleInstallation, sampleKey } from '../store/sample.ts';
import { openClientStore } from '../store/sqlite/client/client-store.ts';
import type { EndpointAction, EndpointEvent } from '../transport/events.ts';
import { Client } from './client.ts';

const identity = testIdentity(1);
const bob = sampleKey(2);
const now = { monotonicMs: 0, wallMs: 0 };
const instance = instanceIdFromBytes(new Uint8Array(8).fill(3));
const address = { host: '10.0.0.2', port: 50_000 };
const connected: EndpointEvent = {
  type: 'connected',
  peer: bob,
  instance,
  address,
  dial: null,
  handshakeHash: new Uint8Array(64),
};

let store: ClientStore;
let client: Client;

function inTurn(run: () => void): void {
  store.begin();
  store.savepoint(run);
  store.commit();
}

/** Returns how often the message for bob leaves. */
function sendsAfter(run: () => void): number {
  inTurn(run);
  const actions: EndpointAction[] = [];
  for (let action = client.pollAction(); action !== undefined; action = client.pollAction())
    actions.push(action);
  return actions.filter((action) => action.type === 'send' && action.token === sampleId(1)).length;
}

beforeEach(() => {
  store = openClientStore(':memory:');
  inTurn(() =>
    store.messages.insert({
      id: sampleId(1),
      conversation: directConversation(bob),
      author: identity.key,
      content: { kind: 'text', text: 'hello' },
      sentAtMs: 0,
      clockOffsetMs: null,
      installation: sampleInstallation(1),
      sequence: 1,
      recipients: [bob],
    }),
  );
  client = new Client({
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
  inTurn(() => client.register(now));
});

it('a connection that the endpoint no longer has is over at the first message that it does not take', () => {
  expect(sendsAfter(() => client.handleEvent(now, connected))).toBe(1);
  const cause = 'no-connection';
  const undelivered = { type: 'undelivered', peer: bob, instance, token: sampleId(1), cause } as const;
  expect(sendsAfter(() => client.handleEvent(now, undelivered))).toBe(0);
  expect(sendsAfter(() => client.handleEvent(now, connected))).toBe(1);
});

it('a connection that moved before the client closed it, after a fault, is not used', () => {
  expect(sendsAfter(() => client.handleEvent(now, connected))).toBe(1);
  client.resetFromStore(now);
  const moved = { type: 'moved', peer: bob, instance, address } as const;
  expect(sendsAfter(() => client.handleEvent(now, moved))).toBe(0);
});
