import { beforeEach, describe, expect, it } from 'vitest';
import { envelopeFormat } from '../../../shared/chat/envelope.ts';
import { newMailKeyId } from '../../../shared/chat/mail-key.ts';
import { unopenedWaitsMax } from '../../../shared/limits.ts';
import type { MessageId, PeerKey } from '../../../shared/ids.ts';
import { directConversation } from '../../../shared/conversation.ts';
import { textMessage, type ChatSimulation, type SimulatedClient } from './chat-simulation.ts';
import { ChatFixture } from './chat-fixture.ts';
import { ManualClientAtServer } from './manual-client.ts';
import type { SimulatedServer } from './simulated-server.ts';

let chat: ChatFixture;
let simulation: ChatSimulation;
let server: SimulatedServer;
let alice: SimulatedClient;
let mallory: SimulatedClient;

beforeEach(() => {
  chat = new ChatFixture();
  ({ simulation, server } = chat);
  [alice, mallory] = chat.online('alice', 'mallory');
});

function block(peer: PeerKey = mallory.key): void {
  expect(alice.command((client, now) => client.block(now, peer))).toEqual({ status: 'done' });
}

function unblock(peer: PeerKey = mallory.key): void {
  expect(alice.command((client, now) => client.unblock(now, peer))).toEqual({ status: 'done' });
}

function says(text: string, state: string, from = mallory, to = alice): MessageId {
  const id = from.say(to, text);
  simulation.until(`${text} ${state}`, () => from.stateOf(id) === state);
  return id;
}

function isConnected(): boolean {
  return mallory.profileWith(alice) !== undefined || alice.profileWith(mallory) !== undefined;
}

/** How many envelopes wait in the mailbox of the user that blocks. */
function waiting(): number {
  return server.store.mailboxes.count(alice.key);
}

describe('a blocked key', () => {
  it('PROTOCOL 6.88: loses its connection, gets no other, and is dialed by none', () => {
    says('before', 'delivered');
    expect(isConnected()).toBe(true);
    block();
    simulation.until('the connection ends', () => !isConnected());
    says('after', 'stored');
    simulation.pass(120_000);
    expect(isConnected()).toBe(false);
    const result = alice.command((client, now) =>
      client.write(now, textMessage(simulation.newMessageId(), mallory.key, 'hello')),
    );
    expect(result).toMatchObject({ status: 'refused', code: 'blocked' });
  });

  it('PROTOCOL 6.88: gets no answer to what was under way, and no receipt that was due', () => {
    // A message on a live connection, and a read receipt, when the user blocks the sender.
    const read = says('read', 'delivered');
    const late = mallory.say(alice, 'under way');
    block();
    alice.command((client, now) => client.markRead(now, directConversation(mallory.key), read));
    simulation.until('stored', () => mallory.stateOf(late) === 'stored');
    simulation.pass(600_000);
    expect([read, late].map((id) => mallory.stateOf(id))).toEqual(['delivered', 'stored']);
    expect(alice.textsFrom(mallory)).toEqual(['read']);
  });

  it('PROTOCOL 6.88: still sees who is online, and others notice nothing', () => {
    const [bob] = chat.online('bob');
    block();
    chat.leaves(alice, mallory);
    chat.returns(alice);
    simulation.until('seen again', () => mallory.sees(alice) && bob.sees(alice));
    says('hello', 'delivered', bob);
    expect(alice.role.contacts().find(({ key }) => key === mallory.key)).toMatchObject({
      online: true,
      blocked: true,
    });
    expect(alice.role.contacts().find(({ key }) => key === bob.key)?.blocked).toBeUndefined();
  });

  it('PROTOCOL 6.88: cannot be the own key or the key of the server', () => {
    const refusals = [alice.key, server.identity.key].map((key) =>
      alice.command((client, now) => client.block(now, key)),
    );
    expect(refusals).toMatchObject([{ code: 'cannot-block' }, { code: 'cannot-block' }]);
    expect(alice.role.blockedKeys()).toEqual([]);
  });

  it('PROTOCOL 6.89: has its messages taken from the mailbox unopened, and only their ids stay', () => {
    block();
    chat.leaves(alice, mallory);
    const ids = [says('one', 'stored'), says('two', 'stored')];
    expect(waiting()).toBe(2);
    chat.returns(alice);
    simulation.until('taken', () => waiting() === 0);
    simulation.pass(60_000);
    expect(ids.map((id) => mallory.stateOf(id))).toEqual(['stored', 'stored']);
    expect(alice.messagesWith(mallory)).toEqual([]);
    for (const id of ids) {
      expect(alice.store.messages.find(id)).toBeUndefined();
      expect(alice.store.blocks.hasUnopened(mallory.key, id)).toBe(true);
      expect(alice.timesAnnounced(id)).toBe(0);
    }
  });

  it('PROTOCOL 6.89: does not hold up the mail of others', () => {
    const [bob] = chat.online('bob');
    chat.part(alice, bob);
    block();
    for (let number = 0; number < 100; number++) mallory.say(alice, `flood ${number}`);
    simulation.pass(3_000);
    const start = simulation.network.clock.now().monotonicMs;
    const id = bob.say(alice, 'hello');
    simulation.until('delivered', () => bob.stateOf(id) === 'delivered', 10_000);
    // The dial of the parted path takes 2.5 s, the mail nothing.
    expect(simulation.network.clock.now().monotonicMs - start).toBeLessThan(3_500);
  });

  it('PROTOCOL 6.90: learns after the 5 s of a silent client that its message is stored', () => {
    chat.part(alice, mallory);
    block();
    const id = mallory.say(alice, 'hello?');
    simulation.until('taken', () => alice.store.blocks.hasUnopened(mallory.key, id));
    const start = simulation.network.clock.now().monotonicMs;
    simulation.until('stored', () => mallory.stateOf(id) === 'stored');
    const tookMs = simulation.network.clock.now().monotonicMs - start;
    expect([tookMs >= 4_900, tookMs < 5_100]).toEqual([true, true]);
  });

  it('PROTOCOL 6.90: learns at once what is stored when the recipient goes away', () => {
    chat.part(alice, mallory);
    block();
    const id = mallory.say(alice, 'hello?');
    simulation.until('taken', () => alice.store.blocks.hasUnopened(mallory.key, id));
    expect(mallory.stateOf(id)).not.toBe('stored');
    chat.leaves(alice);
    simulation.until('stored', () => mallory.stateOf(id) === 'stored', 1_000);
  });

  it('PROTOCOL 6.91: is as before after it is unblocked, and what it sent until then stays gone', () => {
    says('before', 'delivered');
    block();
    const gone = says('gone', 'stored');
    unblock();
    says('after', 'delivered');
    expect(alice.textsFrom(mallory)).toEqual(['before', 'after']);
    // The server lost its mail: the sender offers again what was stored there.
    server.kill();
    server.wipe();
    server.start();
    simulation.until('answered', () => mallory.stateOf(gone) === 'failed', 300_000);
    says('afterwards', 'delivered');
    expect(alice.textsFrom(mallory)).toEqual(['before', 'after', 'afterwards']);
    expect(alice.timesAnnounced(gone)).toBe(0);
  });

  it('PROTOCOL 6.91: keeps what the user wrote to it waiting, and gets it after it is unblocked', () => {
    chat.part(alice, mallory);
    chat.leaves(mallory, alice);
    const stored = says('stored before', 'stored', alice, mallory);
    server.kill();
    const waits = alice.say(mallory, 'waits');
    block();
    server.start();
    simulation.until('online', () => alice.isOnline, 60_000);
    chat.returns(mallory);
    simulation.until('it has its mail', () => mallory.textsFrom(alice).length === 1);
    simulation.pass(120_000);
    expect([stored, waits].map((id) => alice.stateOf(id))).toEqual(['stored', 'waiting']);
    expect(mallory.textsFrom(alice)).toEqual(['stored before']);
    unblock();
    simulation.until('all delivered', () => [stored, waits].every((id) => alice.stateOf(id) === 'delivered'));
    expect(mallory.textsFrom(alice)).toEqual(['stored before', 'waits']);
    expect(mallory.timesAnnounced(stored)).toBe(1);
  });

  it('PROTOCOL 6.91: is shown to have read what it read while it was blocked when it reads something later', () => {
    const first = says('read me later', 'delivered', alice, mallory);
    const reads = (id: MessageId) =>
      mallory.command((client, now) => client.markRead(now, directConversation(alice.key), id));
    block();
    reads(first);
    simulation.pass(60_000);
    unblock();
    const second = says('read me, too', 'delivered', alice, mallory);
    expect(alice.stateOf(first)).toBe('delivered');
    reads(second);
    simulation.until(
      'both are read',
      () => alice.stateOf(second) === 'read' && alice.stateOf(first) === 'read',
    );
  });

  it('PROTOCOL 6.92: stays blocked after a restart', () => {
    block();
    alice.kill();
    alice.start();
    simulation.until('online', () => alice.isOnline);
    expect(alice.role.blockedKeys()).toEqual([mallory.key]);
    says('still blocked', 'stored');
    simulation.pass(60_000);
    expect([isConnected(), alice.textsFrom(mallory)]).toEqual([false, []]);
  });

  it('PROTOCOL 6.92: stays blocked in a client that is restored from a backup', () => {
    block();
    const taken = says('taken', 'stored');
    const backup = alice.disk.copy();
    alice.kill();
    alice.restore(backup);
    alice.start();
    simulation.until('online', () => alice.isOnline, 60_000);
    expect(alice.role.blockedKeys()).toEqual([mallory.key]);
    expect(alice.store.blocks.hasUnopened(mallory.key, taken)).toBe(true);
    says('still blocked', 'stored');
    expect(alice.textsFrom(mallory)).toEqual([]);
  });

  it('PROTOCOL 6.92: stays blocked when the user accepts another key of the person, which is not blocked', () => {
    says('before', 'delivered');
    block();
    const another = chat.withAnotherKey(mallory, alice);
    const contactAt = (key: PeerKey) => alice.role.contacts().find((contact) => contact.key === key);
    expect(contactAt(mallory.key)).toMatchObject({ blocked: true, keyConflict: { type: 'changed' } });
    expect(contactAt(another.key)?.blocked).toBeUndefined();
    alice.command((client, now) => client.acceptKey(now, mallory.key, another.key));
    expect(contactAt(another.key)?.blocked).toBeUndefined();
    expect(alice.role.blockedKeys()).toEqual([mallory.key]);
    says('new key', 'delivered', another);
    expect(alice.textsFrom(another)).toEqual(['before', 'new key']);
  });

  it('PROTOCOL 6.92: may be a key that no roster has named yet', () => {
    const later = chat.client('later');
    block(later.key);
    later.start();
    simulation.until('online', () => later.isOnline && later.sees(alice));
    says('hello', 'stored', later);
    expect(alice.role.contacts().find(({ key }) => key === later.key)?.blocked).toBe(true);
    expect(alice.textsFrom(later)).toEqual([]);
  });

  it('PROTOCOL 6.88: that was blocked before it became the key of the server still serves the client', () => {
    const later = chat.client('later');
    server.kill();
    later.start();
    expect(later.command((client, now) => client.block(now, server.identity.key))).toEqual({
      status: 'done',
    });
    server.start();
    simulation.until('online', () => later.isOnline && alice.sees(later), 60_000);
    says('by the server', 'delivered', alice, later);

    server.kill();
    server.wipe({ newKey: true });
    block(server.identity.key);
    server.start();
    simulation.until('refused', () => alice.role.session().phase === 'refused', 60_000);
    alice.command((client, now) => client.acceptServerKey(now, server.identity.key));
    simulation.until('online', () => alice.isOnline, 60_000);
    expect(alice.role.blockedKeys()).toEqual([server.identity.key]);
  });

  it('PROTOCOL 6.90: gets answers at once when more than 1,000 wait, and none about what the envelopes hold', () => {
    const hand = new ManualClientAtServer(simulation, server, '10.0.0.200');
    hand.register(1);
    simulation.until('seen', () => alice.sees(hand));
    block(hand.key);
    const more = 10;
    for (let number = 0; number < unopenedWaitsMax + more; number++) {
      const store = {
        kind: 'store',
        to: alice.key,
        format: envelopeFormat,
        type: 'text',
        id: simulation.newMessageId(),
        keyId: newMailKeyId(alice.installation, Uint8Array.of(0, 0, 0, 1)),
        // Not sealed by anything: a client that opened it would refuse it.
        sealed: new Uint8Array(64),
      } as const;
      hand.say(hand.server, store, 1);
    }
    simulation.pass(500);
    expect(waiting()).toBe(0);
    expect(hand.heardOf('stored')).toHaveLength(more);
    simulation.pass(6_000);
    expect(hand.heardOf('stored')).toHaveLength(unopenedWaitsMax + more);
    expect([hand.heardOf('bounces'), hand.heardOf('reject')]).toEqual([[], []]);
  });
});
