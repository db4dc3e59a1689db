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
  chat.simulation.pass(100);
}

/** Measured by the right clock. */
function nowMs(): number {
  return chat.simulation.network.clock.now().wallMs;
}

/** Since when a user is away, as the reader's frontends show it. */
function lastSeen(reader: SimulatedClient, one: SimulatedClient): number | undefined {
  const row = reader.role.contacts().find(({ key }) => key === one.key);
  const shown = reader.events
    .flatMap((event) => (event.type === 'contacts' ? event.contacts : []))
    .findLast(({ key }) => key === one.key);
  expect(shown, 'told as it is').toEqual(row);
  return row?.lastSeenMs;
}

describe('PROTOCOL 6.54: the time when a user was last seen', () => {
  it('is hidden by default', () => {
    expect(bob.role.settings().lastSeen).toBe(false);
    chat.leaves(bob, alice);
    expect(lastSeen(alice, bob)).toBeUndefined();
  });

  it('is shown from the moment the user allows it, without a new registration, while the user is away', () => {
    setLastSeen(bob, true);
    expect(chat.server.changes.filter(({ type }) => type === 'registered')).toHaveLength(2);
    expect(lastSeen(alice, bob)).toBeUndefined();
    chat.leaves(bob, alice);
    const leftAtMs = nowMs();
    chat.simulation.pass(hourMs);
    expect(Math.abs(lastSeen(alice, bob)! - leftAtMs)).toBeLessThan(1_000);
    chat.returns(bob);
    chat.simulation.until('back', () => alice.sees(bob));
    expect(lastSeen(alice, bob)).toBeUndefined();
  });

  it('is hidden from the moment the user forbids it', () => {
    setLastSeen(bob, true);
    setLastSeen(bob, false);
    chat.leaves(bob, alice);
    expect(lastSeen(alice, bob)).toBeUndefined();
  });

  it('follows a setting that lasts over restarts, and that a user who is offline sets for the next registration', () => {
    chat.leaves(bob, alice);
    setLastSeen(bob, true);
    bob.kill();
    bob.start();
    chat.simulation.until('back', () => alice.sees(bob));
    expect(bob.role.settings().lastSeen).toBe(true);
    chat.leaves(bob, alice);
    expect(lastSeen(alice, bob)).toBeDefined();
  });

  it('is shown by the reader’s clock, however wrong that clock and the server’s are, even when it is set later', () => {
    chat.serverHost.wallOffsetMs = -400 * 24 * hourMs;
    chat.hostOf(alice).wallOffsetMs = 7 * hourMs;
    for (const one of [alice, bob]) {
      one.kill();
      one.start();
    }
    chat.simulation.until('again', () => alice.sees(bob) && bob.sees(alice));
    setLastSeen(bob, true);
    chat.leaves(bob, alice);
    const leftAtMs = nowMs();
    expect(Math.abs(lastSeen(alice, bob)! - (leftAtMs + 7 * hourMs))).toBeLessThan(1_000);
    chat.hostOf(alice).wallOffsetMs = -hourMs;
    alice.handleNetworkChange('woke');
    chat.simulation.pass(1_000);
    expect(Math.abs(lastSeen(alice, bob)! - (leftAtMs - hourMs))).toBeLessThan(1_000);
  });

  it('is shown to clients that register later, even by the next process of the server', () => {
    setLastSeen(bob, true);
    chat.leaves(bob, alice);
    const leftAtMs = nowMs();
    chat.server.kill();
    chat.server.start();
    const carol = chat.client('carol').start();
    chat.simulation.until('carol is here', () => carol.role.contacts().some(({ key }) => key === bob.key));
    expect(Math.abs(lastSeen(carol, bob)! - leftAtMs)).toBeLessThan(1_000);
  });
});
