import { describe, expect, it } from 'vitest';
import { decodeMessage } from '../../../shared/chat/codec.ts';
import { EndpointNode } from '../transport/endpoint-node.ts';
import { ChatFixture } from './chat-fixture.ts';

describe('a connection of a key that has not registered on it', () => {
  // What was registered on an earlier connection says nothing about this one.
  it('PROTOCOL 6.6: gets no mail and takes none away: the owner has it all at the return', () => {
    const chat = new ChatFixture();
    const { world, server } = chat;
    const [alice, bob] = chat.online('alice', 'bob');
    chat.part(alice, bob);
    const host = world.host('mallory', '10.0.0.200/24');
    const mallory = new EndpointNode(host, 5, { keys: bob.keys, seed: 5 });
    chat.hostOf(bob).sleep();
    mallory.dial('d', [server.address]);
    world.pass(100);
    const id = alice.say(bob, 'for bob alone');
    world.until('stored', () => alice.stateOf(id) === 'stored', 20_000);
    world.pass(1_000);
    const heard = mallory.eventsOf('received').map(({ bytes }) => {
      const decoded = decodeMessage(bytes);
      return decoded.type === 'message' ? decoded.message.kind : decoded.type;
    });
    expect(heard).not.toContain('deliver');
    expect(heard).not.toContain('roster');
    chat.hostOf(bob).wake();
    world.until('delivered', () => alice.stateOf(id) === 'delivered', 120_000);
    expect(bob.textsFrom(alice)).toEqual(['for bob alone']);
  });
});
