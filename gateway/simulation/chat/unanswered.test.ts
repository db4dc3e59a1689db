import { beforeEach, describe, expect, it } from 'vitest';
import type { MessageId } from '../../../shared/ids.ts';
import { unansweredBytesMax, unansweredMessagesMax } from '../../../shared/limits.ts';
import type { Delivery } from '../../../shared/message.ts';
import { ChatFixture } from './chat-fixture.ts';
import type { ChatSimulation, SimulatedClient } from './chat-simulation.ts';
import type { SimulatedServer } from './simulated-server.ts';

let chat: ChatFixture;
let simulation: ChatSimulation;
let server: SimulatedServer;
let alice: SimulatedClient;
let bob: SimulatedClient;

beforeEach(() => {
  chat = new ChatFixture();
  ({ simulation, server } = chat);
  [alice, bob] = chat.online('alice', 'bob');
});

const more = 5;
const texts = Array.from({ length: unansweredMessagesMax + more }, (_, number) => `text ${number}`);
const taken = texts.slice(0, unansweredMessagesMax);
const waitsForAnswer: Delivery = { state: 'waiting', nextAttemptAtMs: null, reason: 'not-accepted' };

function writesAll(from = alice, to = bob): MessageId[] {
  return texts.map((text) => from.say(to, text));
}

function deliveryOf(id: MessageId, from = alice, to = bob): Delivery | undefined {
  return from.messagesWith(to).find((message) => message.id === id)?.delivery;
}

/** Waits until all but the last messages are delivered, and the sender knows that the last ones wait. */
function untilTheLastWait(ids: readonly MessageId[]): void {
  simulation.until('the first are delivered, and the last wait', () =>
    ids.every((id, index) => {
      const delivery = deliveryOf(id);
      return index < unansweredMessagesMax
        ? delivery?.state === 'delivered'
        : delivery?.state === 'waiting' && delivery.reason === 'not-accepted';
    }),
  );
}

function isMoreWaiting(): boolean {
  return bob.role.contacts().some(({ key, moreWaiting }) => key === alice.key && moreWaiting === true);
}

describe('messages to a recipient that never wrote to their sender', () => {
  it('PROTOCOL 6.93: are taken up to the 50th, and the others come in order when the recipient allows the sender', () => {
    const ids = writesAll();
    untilTheLastWait(ids);
    expect(deliveryOf(ids.at(-1)!)).toEqual(waitsForAnswer);
    expect(bob.textsFrom(alice)).toEqual(taken);
    expect(isMoreWaiting()).toBe(true);
    bob.allow(alice);
    expect(isMoreWaiting()).toBe(false);
    simulation.until('all delivered', () => ids.every((id) => alice.stateOf(id) === 'delivered'), 5_000);
    expect(bob.textsFrom(alice)).toEqual(texts);
    for (const id of ids) expect(bob.timesAnnounced(id)).toBe(1);
  });

  it('PROTOCOL 6.95: come when the recipient answers, and then without a limit', () => {
    untilTheLastWait(writesAll());
    bob.say(alice, 'who are you?');
    simulation.until('the others come', () => bob.textsFrom(alice).length === texts.length, 5_000);
    const ids = writesAll();
    simulation.until('all delivered', () => ids.every((id) => alice.stateOf(id) === 'delivered'));
    expect(bob.textsFrom(alice)).toEqual([...texts, ...texts]);
  });

  it('PROTOCOL 6.93: are without a limit if the recipient wrote first', () => {
    bob.say(alice, 'hello');
    const ids = writesAll();
    simulation.until('all delivered', () => ids.every((id) => alice.stateOf(id) === 'delivered'));
    expect(bob.textsFrom(alice)).toEqual(texts);
  });

  it('PROTOCOL 6.93: are taken up to 256 KiB of text', () => {
    const text = 'ä'.repeat(8_000);
    const fitting = Math.floor(unansweredBytesMax / 16_000);
    for (let number = 0; number < fitting + 2; number++)
      alice.say(bob, `${number}`.padEnd(2) + text.slice(1));
    const short = alice.say(bob, 'short');
    simulation.until('the short one is there', () => alice.stateOf(short) === 'delivered');
    simulation.pass(5_000);
    expect(bob.textsFrom(alice)).toHaveLength(fitting + 1);
    bob.allow(alice);
    simulation.until('all are there', () => bob.textsFrom(alice).length === fitting + 3, 5_000);
    // The short message came earlier, and has its place below the others.
    expect(bob.textsFrom(alice).at(-1)).toBe('short');
  });

  it('PROTOCOL 6.95: are offered again after 1 minute, and then twice as late each time', () => {
    const ids = writesAll();
    untilTheLastWait(ids);
    // The receipts for the first ones can make one more attempt.
    simulation.pass(5_000);
    const last = ids.at(-1)!;
    const attempts: number[] = [];
    const start = simulation.network.clock.now().monotonicMs;
    alice.onEvent = (event) => {
      if (event.type !== 'delivery' || event.id !== last || event.delivery.state !== 'sending') return;
      if (event.delivery.attempt > 1) return;
      attempts.push(Math.round((simulation.network.clock.now().monotonicMs - start) / 60_000));
    };
    simulation.pass(20 * 60_000);
    expect(attempts).toEqual([1, 3, 7, 12, 17]);
    expect(bob.textsFrom(alice)).toEqual(taken);
  });

  it('PROTOCOL 6.93: wait at their sender also when they came by the mailbox, and no message is lost', () => {
    chat.leaves(bob, alice);
    const ids = writesAll();
    simulation.until('all stored', () => ids.every((id) => alice.stateOf(id) === 'stored'));
    expect(server.store.mailboxes.count(bob.key)).toBe(texts.length);
    chat.part(alice, bob);
    chat.returns(bob);
    untilTheLastWait(ids);
    expect(server.store.mailboxes.count(bob.key)).toBe(0);
    simulation.pass(10 * 60_000);
    expect(server.store.mailboxes.count(bob.key)).toBe(0);
    expect(bob.textsFrom(alice)).toEqual(taken);
    bob.allow(alice);
    simulation.until('all delivered', () => ids.every((id) => alice.stateOf(id) === 'delivered'), 10_000);
    expect(bob.textsFrom(alice)).toEqual(texts);
    for (const id of ids) expect(bob.timesAnnounced(id)).toBe(1);
  });

  it('PROTOCOL 6.95: come also if the sender was away when the recipient allowed it', () => {
    const ids = writesAll();
    untilTheLastWait(ids);
    chat.leaves(alice, bob);
    bob.allow(alice);
    simulation.pass(60_000);
    chat.returns(alice);
    simulation.until('all delivered', () => ids.every((id) => alice.stateOf(id) === 'delivered'), 10_000);
    expect(bob.textsFrom(alice)).toEqual(texts);
  });

  it('PROTOCOL 6.93: are counted across restarts, and what the recipient decided stays, also in a backup', () => {
    const ids = writesAll();
    untilTheLastWait(ids);
    bob.kill();
    bob.start();
    simulation.until('online', () => bob.isOnline && alice.sees(bob));
    expect(isMoreWaiting()).toBe(true);
    const another = alice.say(bob, 'another');
    simulation.until('rejected', () => deliveryOf(another)?.state === 'waiting');
    bob.allow(alice);
    const backup = bob.disk.copy();
    bob.kill();
    bob.restore(backup);
    bob.start();
    simulation.until(
      'all delivered',
      () => [...ids, another].every((id) => alice.stateOf(id) === 'delivered'),
      60_000,
    );
    expect(bob.textsFrom(alice)).toEqual([...texts, 'another']);
  });

  it('PROTOCOL 6.93: of a key of which messages waited are taken when the user accepts it for a person', () => {
    bob.say(alice, 'hello');
    simulation.until('hello', () => alice.textsFrom(bob).length === 1);
    const another = chat.withAnotherKey(alice, bob);
    const ids = writesAll(another);
    simulation.until('the last waits', () => deliveryOf(ids.at(-1)!, another)?.state === 'waiting');
    bob.command((client, now) => client.acceptKey(now, alice.key, another.key));
    simulation.until('all delivered', () => ids.every((id) => another.stateOf(id) === 'delivered'), 10_000);
    expect(bob.textsFrom(another)).toEqual(texts);
  });

  it('cannot be allowed for an unknown or a blocked key', () => {
    const stranger = chat.client('stranger');
    const allow = (key: typeof alice.key) => bob.command((client, now) => client.allow(now, key));
    expect(allow(stranger.key)).toMatchObject({ code: 'unknown-recipient' });
    expect(allow(bob.key)).toMatchObject({ code: 'unknown-recipient' });
    bob.command((client, now) => client.block(now, alice.key));
    expect(allow(alice.key)).toMatchObject({ code: 'blocked' });
  });
});
