import { describe, expect, it } from 'vitest';
import { eagerGrease } from '../../../shared/chat/eager-grease.ts';
import type { ProtocolMessage } from '../../../shared/chat/kinds.ts';
import { ChatFixture } from './chat-fixture.ts';

describe('a build that sends GREASE at every extension point', () => {
  it.each([
    { greased: ['server'] },
    { greased: ['alice'] },
    { greased: ['bob'] },
    { greased: ['server', 'alice', 'bob'] },
  ])(
    'PROTOCOL 6.65: talks with one that sends none, in both directions (greased: $greased)',
    ({ greased }) => {
      const chat = new ChatFixture();
      const { simulation, server } = chat;
      const start = (name: string, run: () => void): void => {
        simulation.grease = greased.includes(name) ? eagerGrease() : null;
        run();
      };
      const errors: ProtocolMessage[] = [];
      server.kill();
      start('server', () => server.start());
      server.byzantineReplies = (to, message) => {
        if (message.kind === 'error') errors.push(message);
        return [[to, message]];
      };
      const [alice, bob] = [chat.client('alice'), chat.client('bob')];
      start('alice', () => alice.start());
      start('bob', () => bob.start());
      simulation.until('they see each other', () => alice.sees(bob) && bob.sees(alice));
      const direct = [alice.say(bob, 'directly'), bob.say(alice, 'directly, too')];
      const isDelivered = (ids: typeof direct) =>
        ids.every((id) => [alice, bob].some((one) => one.stateOf(id) === 'delivered'));
      simulation.until('delivered directly', () => isDelivered(direct));
      chat.leaves(bob, alice);
      const stored = alice.say(bob, 'by the server');
      simulation.until('stored', () => alice.stateOf(stored) === 'stored');
      chat.returns(bob);
      simulation.until('delivered by the server', () => alice.stateOf(stored) === 'delivered');
      bob.command((client, now) => client.markRead(now, bob.messagesWith(alice)[0]!.conversation, stored));
      simulation.until('read', () => alice.stateOf(stored) === 'read');
      expect(bob.textsFrom(alice)).toEqual(['directly', 'by the server']);
      for (const error of errors) expect(error).toMatchObject({ code: 'unknown-kind', about: 'grease-0' });
      expect(errors.length > 0).toBe(greased.some((name) => name !== 'server'));
    },
  );
});
