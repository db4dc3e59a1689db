import { describe, expect, it } from 'vitest';
import { ChatFixture } from './chat-fixture.ts';

/** Alice's data folder is copied to another machine and started there while hers runs. Bob watches. */
function aliceTwice(link = {}, seed = 1) {
  const chat = new ChatFixture(link, seed);
  const [alice, bob] = chat.online('alice', 'bob');
  const copy = chat.simulation.copyOf(
    alice,
    chat.simulation.host('copy', '10.0.0.99/24'),
    chat.server.address,
  );
  return { chat, alice, bob, copy };
}

type Twice = ReturnType<typeof aliceTwice>;

function registrations({ chat }: Twice): number {
  return chat.server.changes.filter(({ type }) => type === 'registered').length;
}

function codeOf(one: Twice['alice']): string {
  const session = one.role.session();
  return session.phase === 'refused' ? session.code : session.phase;
}

describe('two gateways with one key', () => {
  it.each([1, 2, 3, 4, 5])(
    'PROTOCOL 6.19: do not fight: the gateway that was started last stays online (seed %i)',
    (seed) => {
      const twice = aliceTwice({ lossPercent: 20 }, seed);
      const { chat, alice, bob, copy } = twice;
      copy.start();
      chat.simulation.until('alice has given way', () => codeOf(alice) === 'displaced' && copy.isOnline);
      const before = registrations(twice);
      chat.simulation.pass(600_000);
      expect([codeOf(alice), codeOf(copy)]).toEqual(['displaced', 'online']);
      expect(registrations(twice) - before).toBeLessThan(5);
      expect(bob.sees(alice)).toBe(true);
    },
  );

  it('PROTOCOL 6.19: have a connection each: the older one hears at once that it is displaced', () => {
    const twice = aliceTwice();
    const { chat, alice, copy } = twice;
    const before = registrations(twice);
    copy.start();
    chat.simulation.until('the copy is online', () => copy.isOnline);
    chat.simulation.until('alice has given way', () => codeOf(alice) === 'displaced', 100);
    chat.simulation.pass(120_000);
    expect([codeOf(alice), codeOf(copy)]).toEqual(['displaced', 'online']);
    // The registration of the copy, and nothing else.
    expect(registrations(twice) - before).toBe(1);
  });

  it('are one user for all others, and that user never seems to go offline', () => {
    const { chat, alice, bob, copy } = aliceTwice();
    const told = bob.events.length;
    copy.start();
    chat.simulation.until('alice has given way', () => codeOf(alice) === 'displaced');
    chat.simulation.until('the copy is met again', () => copy.isOnline && bob.sees(alice), 1_000);
    const rows = bob.events.slice(told).flatMap((event) => (event.type === 'contacts' ? event.contacts : []));
    expect(rows.filter(({ online }) => !online)).toEqual([]);
    bob.say(alice, 'to the newer gateway');
    chat.simulation.until('it arrives where she is', () => copy.textsFrom(bob).length === 1);
    expect(alice.textsFrom(bob)).toEqual([]);
  });

  it('change places only when the user asks for it at the other gateway', () => {
    const { chat, alice, copy } = aliceTwice();
    copy.start();
    chat.simulation.until('alice has given way', () => codeOf(alice) === 'displaced');
    alice.command((client, now) => client.register(now));
    chat.simulation.until('she is back', () => alice.isOnline && codeOf(copy) === 'displaced');
    chat.simulation.pass(120_000);
    expect([codeOf(alice), codeOf(copy)]).toEqual(['online', 'displaced']);
  });

  it('leave the user offline when the online gateway vanishes', () => {
    const { chat, alice, bob, copy } = aliceTwice();
    copy.start();
    chat.simulation.until('the copy is online', () => copy.isOnline);
    copy.kill();
    chat.simulation.until(
      'the user is offline',
      () => codeOf(alice) === 'displaced' && !bob.sees(alice),
      60_000,
    );
    alice.command((client, now) => client.register(now));
    chat.simulation.until('she is back', () => alice.isOnline && bob.sees(alice));
  });

  it('keep the last started one online after a restart of the server', () => {
    const { chat, alice, copy } = aliceTwice();
    copy.start();
    chat.simulation.until('alice has given way', () => codeOf(alice) === 'displaced');
    chat.server.kill();
    chat.server.start();
    chat.simulation.until('back', () => copy.isOnline, 10_000);
    chat.simulation.pass(60_000);
    expect([codeOf(alice), codeOf(copy)]).toEqual(['displaced', 'online']);
  });
});
