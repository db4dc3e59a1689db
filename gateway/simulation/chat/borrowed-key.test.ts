import { describe, expect, it } from 'vitest';
import { decodeMessage } from '../../../shared/chat/codec.ts';
import { EndpointNode } from '../transport/endpoint-node.ts';
import { ChatFixture } from './chat-fixture.ts';

describe('a connection without a registration', () => {
  // A registration on an earlier connection does not count on this one.
  it('PROTOCOL 6.6: gets no mail and removes none, and the owner of the key gets all of it on return', () => {
    const chat = new ChatFixture();
    const { simulation, server } = chat;
    const [alice, bob] = chat.online('alice', 'bob');
    chat.part(alice, bob);
    const host = simulation.host('mallory', '10.0.0.200/24');
    const mallory = new EndpointNode(host, 5, { keys: bob.keys, seed: 5 });
    chat.hostOf(bob).sleep();
    mallory.dial('d', [server.address]);
    simulation.pass(100);
    const id = alice.say(bob, 'for bob alone');
    simulation.until('stored', () => alice.stateOf(id) === 'stored', 20_000);
    simulation.pass(1_000);
    const heard = mallory.eventsOf('received').map(({ bytes }) => {
      const decoded = decodeMessage(bytes);
      return decoded.type === 'message' ? decoded.message.kind : decoded.type;
    });
    expect(heard).not.toContain('deliver');
    expect(heard).not.toContain('roster');
    chat.hostOf(bob).wake();
    simulation.until('delivered', () => alice.stateOf(id) === 'delivered', 120_000);
    expect(bob.textsFrom(alice)).toEqual(['for bob alone']);
  });
});
