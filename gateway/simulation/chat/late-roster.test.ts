import { describe, expect, it } from 'vitest';
import { encodeContent } from '../../../shared/chat/codec.ts';
import { installationIdFromBytes } from '../../../shared/ids.ts';
import type { ByzantineReplies } from './byzantine-server.ts';
import { ChatFixture } from './chat-fixture.ts';
import type { SimulatedClient } from './chat-simulation.ts';
import { ManualClient } from './manual-client.ts';

/** The nicknames under which a client was shown each author when their messages were announced, in order. */
function namesShownWithMessages(one: SimulatedClient): (string | null | undefined)[] {
  const names = new Map<string, string | null>();
  return one.events.flatMap((event) => {
    if (event.type === 'contacts') for (const { key, nickname } of event.contacts) names.set(key, nickname);
    // A notice of #everyone is no message of a user.
    return event.type === 'message' &&
      event.message.content.kind !== 'notice' &&
      event.message.author !== one.key
      ? [names.get(event.message.author)]
      : [];
  });
}

/** A server that sends no roster to this client. It sends a message without an effect in its place. */
function withoutRosterFor(one: SimulatedClient): ByzantineReplies {
  return (to, message) =>
    message.kind === 'roster' && to === one.key
      ? [[to, { kind: 'deregistered', registration: 0 }]]
      : [[to, message]];
}

describe('a roster that comes late', () => {
  it.each([1, 2, 3, 4])(
    'PROTOCOL 6.64: a message that a new user sends at once is announced under the user’s name (seed %i)',
    (seed) => {
      const chat = new ChatFixture({}, seed);
      const { simulation } = chat;
      const [alice] = chat.online('alice');
      // The roster that names Carol makes the one that names Bob wait for 250 ms.
      chat.client('carol').start();
      simulation.pass(60 + 20 * seed);
      const bob = chat.client('bob').start();
      simulation.until('bob sees alice', () => bob.isOnline && bob.sees(alice));
      const ids = ['one', 'two', 'three'].map((text) => bob.say(alice, text));
      simulation.until('delivered', () => ids.every((id) => bob.stateOf(id) === 'delivered'), 5_000);
      expect(namesShownWithMessages(alice)).toEqual(['bob', 'bob', 'bob']);
      expect(alice.textsFrom(bob)).toEqual(['one', 'two', 'three']);
    },
  );

  it('PROTOCOL 6.64: a message waits for the roster that names its sender, and messages of others do not wait with it', () => {
    const chat = new ChatFixture();
    const { simulation, server } = chat;
    const [alice, carol] = chat.online('alice', 'carol');
    server.byzantineReplies = withoutRosterFor(alice);
    const bob = chat.client('bob').start();
    simulation.until('bob sees alice', () => bob.isOnline && bob.sees(alice));
    const id = bob.say(alice, 'who am I?');
    const known = carol.say(alice, 'known');
    simulation.until('known', () => carol.stateOf(known) === 'delivered', 1_000);
    expect(alice.textsFrom(bob)).toEqual([]);
    server.byzantineReplies = undefined;
    chat.client('dave').start();
    simulation.until('delivered', () => bob.stateOf(id) === 'delivered', 1_000);
    expect(namesShownWithMessages(alice)).toEqual(['carol', 'bob']);
  });

  it('PROTOCOL 6.64: an envelope from the server waits for the roster too', () => {
    const chat = new ChatFixture();
    const { simulation, server } = chat;
    const [alice] = chat.online('alice');
    server.byzantineReplies = withoutRosterFor(alice);
    const bob = chat.client('bob');
    bob.start();
    chat.part(alice, bob);
    simulation.until('bob sees alice', () => bob.isOnline && bob.sees(alice));
    const id = bob.say(alice, 'by the server');
    simulation.until('in the mailbox', () => server.store.mailboxes.count(alice.key) === 1);
    simulation.pass(500);
    expect(alice.textsFrom(bob)).toEqual([]);
    server.byzantineReplies = undefined;
    chat.client('carol').start();
    simulation.until('shown', () => alice.textsFrom(bob).length === 1, 1_000);
    expect(namesShownWithMessages(alice)).toEqual(['bob']);
    simulation.until('delivered', () => bob.stateOf(id) === 'delivered');
    expect(server.store.mailboxes.count(alice.key)).toBe(0);
  });

  it('PROTOCOL 6.64: a message of a sender that no roster ever names is shown after 2 s', () => {
    const chat = new ChatFixture();
    const { simulation } = chat;
    const [alice] = chat.online('alice');
    const stranger = new ManualClient(simulation, '10.0.0.99', 5);
    stranger.node.dial('d', [{ host: chat.hostOf(alice).interfaces[0]!.host, port: 49_152 }], alice.key);
    simulation.until('connected', () => stranger.node.eventsOf('connected').length === 1);
    const content = { kind: 'text', text: 'buy' } as const;
    const installation = installationIdFromBytes(new Uint8Array(8));
    const body = encodeContent({ installation, sequence: 1, sentAtMs: 0, content });
    const id = simulation.newMessageId();
    stranger.say(alice.key, { kind: 'message', id, body }, 1_900);
    expect(alice.textsFrom(stranger)).toEqual([]);
    simulation.pass(200);
    expect(alice.textsFrom(stranger)).toEqual(['buy']);
    expect(stranger.heardOf('receipt')).toEqual([{ kind: 'receipt', ids: [id] }]);
  });
});

describe('a gap in the roster', () => {
  it('PROTOCOL 6.8: is asked for, and the client gets the rows that it lacks', () => {
    const chat = new ChatFixture();
    const { simulation, server } = chat;
    const [alice] = chat.online('alice');
    server.byzantineReplies = withoutRosterFor(alice);
    const bob = chat.client('bob').start();
    simulation.until('bob is online', () => bob.isOnline);
    simulation.pass(5_000);
    expect(alice.sees(bob)).toBe(false);
    server.byzantineReplies = undefined;
    const carol = chat.client('carol').start();
    simulation.until('alice sees both', () => alice.sees(bob) && alice.sees(carol), 2_000);
  });
});
