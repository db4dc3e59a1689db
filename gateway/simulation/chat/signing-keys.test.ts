import { describe, expect, it } from 'vitest';
import { ChatFixture } from './chat-fixture.ts';
import { ChatSimulation } from './chat-simulation.ts';
import { ManualClientAtServer } from './manual-client.ts';
import { testIdentity } from './simulated-keys.ts';

describe('signing keys', () => {
  it('PROTOCOL 6.55: reach the server with the registration and other clients with the roster, and stay on their disks', () => {
    const chat = new ChatFixture();
    const [alice, bob] = chat.online('alice', 'bob');
    const known = alice.store.contacts.all().find(({ key }) => key === bob.key);
    expect(known?.signingKey).toBe(bob.signingKey);
    const named = chat.server.store.names.all().map(({ signingKey }) => signingKey);
    expect(named).toEqual([alice.signingKey, bob.signingKey]);
  });

  it('PROTOCOL 6.55: a server refuses a registration with a signing key of another identity', () => {
    const simulation = new ChatSimulation({ seed: 1 });
    const server = simulation.server(simulation.host('box', '10.0.0.1/24'));
    const hand = new ManualClientAtServer(simulation, server, '10.0.0.2', 3);
    hand.register(1, 'hand', { signingKey: testIdentity(4).signingKey });
    expect(hand.heardOf('register-rejected')).toMatchObject([{ code: 'signing-key-invalid' }]);
    expect(server.store.names.all()).toEqual([]);
    hand.register(2, 'hand');
    expect(hand.heardOf('registered')).toMatchObject([{ signingKey: server.identity.signingKey }]);
  });

  it('PROTOCOL 6.55: a client refuses a server that names the signing key of another identity', () => {
    const chat = new ChatFixture();
    const alice = chat.client('alice');
    chat.server.byzantineReplies = (to, message) => [
      [to, message.kind === 'registered' ? { ...message, signingKey: testIdentity(4).signingKey } : message],
    ];
    alice.start();
    chat.simulation.until('refused', () => alice.role.session().phase === 'refused');
    expect(alice.role.session()).toMatchObject({ code: 'signing-key-invalid' });
    expect(alice.store.facts.get().server).toBeUndefined();
    chat.server.byzantineReplies = undefined;
    chat.returns(alice);
    chat.simulation.until('online', () => alice.isOnline);
  });
});
