import { beforeEach, describe, expect, it } from 'vitest';
import type { SimulatedClient } from './chat-simulation.ts';
import { ChatFixture } from './chat-fixture.ts';

let chat: ChatFixture;
let alice: SimulatedClient;
let bob: SimulatedClient;
beforeEach(() => {
  chat = new ChatFixture();
  [alice, bob] = chat.online('alice', 'bob');
});

const hourMs = 3_600_000;

function setLastSeen(one: SimulatedClient, on: boolean): void {
  one.command((client, now) => client.changeSetting(now, 'lastSeen', on));
  chat.world.pass(100);
}

/** By the right clock. */
function nowMs(): number {
  return chat.world.network.clock.now().wallMs;
}

/** Since when, as faces of the reader are told, somebody is away. */
function lastSeen(reader: SimulatedClient, one: SimulatedClient): number | undefined {
  const row = reader.role.people().find(({ key }) => key === one.key);
  const told = reader.events
    .flatMap((event) => (event.type === 'people' ? event.people : []))
    .findLast(({ key }) => key === one.key);
  expect(told, 'told as it is').toEqual(row);
  return row?.lastSeenMs;
}

describe('PROTOCOL 6.54: when somebody was here last', () => {
  it('is told of nobody who has not chosen so', () => {
    expect(bob.role.settings().lastSeen).toBe(false);
    chat.leaves(bob, alice);
    expect(lastSeen(alice, bob)).toBeUndefined();
  });

  it('is told from the choice on, without a new registration, and as long as they are away', () => {
    setLastSeen(bob, true);
    expect(chat.server.changes.filter(({ type }) => type === 'registered')).toHaveLength(2);
    expect(lastSeen(alice, bob)).toBeUndefined();
    chat.leaves(bob, alice);
    const leftAtMs = nowMs();
    chat.world.pass(hourMs);
    expect(Math.abs(lastSeen(alice, bob)! - leftAtMs)).toBeLessThan(1_000);
    chat.returns(bob);
    chat.world.until('back', () => alice.sees(bob));
    expect(lastSeen(alice, bob)).toBeUndefined();
  });

  it('is told no more from the choice on', () => {
    setLastSeen(bob, true);
    setLastSeen(bob, false);
    chat.leaves(bob, alice);
    expect(lastSeen(alice, bob)).toBeUndefined();
  });

  it('is chosen for later processes, too, and by who is away at the next registration', () => {
    chat.leaves(bob, alice);
    setLastSeen(bob, true);
    bob.kill();
    bob.start();
    chat.world.until('back', () => alice.sees(bob));
    expect(bob.role.settings().lastSeen).toBe(true);
    chat.leaves(bob, alice);
    expect(lastSeen(alice, bob)).toBeDefined();
  });

  it('is told by the clock of whoever reads, however wrong that and the server’s are, also when it is set meanwhile', () => {
    chat.serverHost.wallOffsetMs = -400 * 24 * hourMs;
    chat.hostOf(alice).wallOffsetMs = 7 * hourMs;
    for (const one of [alice, bob]) {
      one.kill();
      one.start();
    }
    chat.world.until('again', () => alice.sees(bob) && bob.sees(alice));
    setLastSeen(bob, true);
    chat.leaves(bob, alice);
    const leftAtMs = nowMs();
    expect(Math.abs(lastSeen(alice, bob)! - (leftAtMs + 7 * hourMs))).toBeLessThan(1_000);
    chat.hostOf(alice).wallOffsetMs = -hourMs;
    alice.handleNetworkChange('woke');
    chat.world.pass(1_000);
    expect(Math.abs(lastSeen(alice, bob)! - (leftAtMs - hourMs))).toBeLessThan(1_000);
  });

  it('is told to who comes later, also by the next process of the server', () => {
    setLastSeen(bob, true);
    chat.leaves(bob, alice);
    const leftAtMs = nowMs();
    chat.server.kill();
    chat.server.start();
    const carol = chat.person('carol').start();
    chat.world.until('carol is here', () => carol.role.people().some(({ key }) => key === bob.key));
    expect(Math.abs(lastSeen(carol, bob)! - leftAtMs)).toBeLessThan(1_000);
  });
});
