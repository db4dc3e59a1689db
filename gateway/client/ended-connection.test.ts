import { beforeEach, expect, it } from 'vitest';
import { instanceIdFromBytes } from '../../shared/ids.ts';
import { clientUnderTest, ownMessageTo } from '../simulation/chat/client-under-test.ts';
import type { ClientStore } from '../store/client-store.ts';
import { sampleId, sampleKey } from '../store/sample.ts';
import { openClientStore } from '../store/sqlite/client/client-store.ts';
import type { EndpointAction, EndpointEvent } from '../transport/events.ts';
import type { Client } from './client.ts';
import { writeNow } from '../turn/role.ts';

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

/** Returns how often the message for bob leaves. */
function sendsAfter(run: () => void): number {
  writeNow(store, run);
  const actions: EndpointAction[] = [];
  for (let action = client.pollAction(); action !== undefined; action = client.pollAction())
    actions.push(action);
  return actions.filter((action) => action.type === 'send' && action.token === sampleId(1)).length;
}

beforeEach(() => {
  store = openClientStore(':memory:');
  writeNow(store, () => store.messages.insert(ownMessageTo(bob, 'hello')));
  client = clientUnderTest(store);
  writeNow(store, () => client.register(now));
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
