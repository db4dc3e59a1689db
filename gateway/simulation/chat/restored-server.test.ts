import { describe, expect, it } from 'vitest';
import type { SimulatedClient } from './chat-simulation.ts';
import { ChatFixture } from './chat-fixture.ts';

describe('a server that lost its data', () => {
  it.each(['wiped', 'restored from a backup of an hour ago'] as const)(
    '%s, with mail, receipts and newer registrations on both sides: nothing lost, nothing doubled',
    (how) => {
      const chat = new ChatFixture();
      const { simulation, server } = chat;
      const [alice, bob, carol] = chat.online('alice', 'bob', 'carol');
      const sent: { readonly from: SimulatedClient; readonly to: SimulatedClient; readonly text: string }[] =
        [];
      const ids: (readonly [SimulatedClient, ReturnType<SimulatedClient['say']>])[] = [];
      const say = (
        from: SimulatedClient,
        to: SimulatedClient,
        text: string,
        state: 'stored' | 'delivered',
      ): void => {
        const id = from.say(to, text);
        sent.push({ from, to, text });
        ids.push([from, id]);
        simulation.until(`${text} ${state}`, () => from.stateOf(id) === state, 60_000);
      };
      chat.leaves(bob, alice, carol);
      say(alice, bob, 'in the backup', 'stored');
      const backup = server.disk.copy();
      // Delivered after the backup, with its receipt: the backup has the message and not the receipt.
      chat.returns(bob);
      simulation.until('delivered', () => alice.stateOf(ids[0]![1]) === 'delivered');
      chat.part(alice, bob);
      chat.leaves(bob, alice, carol);
      say(alice, bob, 'after the backup', 'stored');
      say(carol, bob, 'by carol', 'stored');
      // A user that the backup does not know.
      const dave = chat.client('dave').start();
      simulation.until('dave online', () => dave.isOnline && dave.sees(carol));
      say(dave, bob, 'by dave', 'stored');
      simulation.pass(3_600_000);
      // Bob has the message, and his receipt waits on the server for Alice when the server is lost.
      chat.leaves(alice, carol, dave);
      chat.returns(bob);
      simulation.until(
        'bob has all',
        () => bob.textsFrom(alice).length === 2 && bob.textsFrom(dave).length === 1,
      );
      simulation.pass(2_000);
      expect(bob.store.receipts.senders()).toEqual([]);
      server.kill();
      if (how === 'wiped') server.wipe();
      else server.restore(backup);
      server.start();
      chat.returns(alice);
      simulation.until('all online', () => [alice, bob, carol, dave].every((one) => one.isOnline), 120_000);
      simulation.until(
        'all delivered',
        () => ids.every(([from, id]) => from.stateOf(id) === 'delivered'),
        300_000,
      );
      for (const one of [alice, carol, dave])
        expect(bob.textsFrom(one)).toEqual(sent.filter(({ from }) => from === one).map(({ text }) => text));
      for (const [, id] of ids) expect(bob.timesAnnounced(id)).toBe(1);
      simulation.until(
        'no message waits',
        () => server.store.mailboxes.waiting(bob.key, [bob.installation], new Set(), 1).length === 0,
      );
    },
  );
});
