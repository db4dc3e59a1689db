import { beforeEach, describe, expect, it } from 'vitest';
import { contentText } from '../../../shared/content-text.ts';
import { StoreError } from '../../store/errors.ts';
import { ChatFixture } from './chat-fixture.ts';
import type { SimulatedClient } from './chat-simulation.ts';

let chat: ChatFixture;
beforeEach(() => {
  chat = new ChatFixture();
});

describe('a full disk', () => {
  it('of the sender refuses the command, loses nothing earlier, and the chat continues when there is room', () => {
    const [alice, bob] = chat.online('alice', 'bob');
    const before = alice.say(bob, 'before');
    chat.simulation.until('delivered', () => alice.stateOf(before) === 'delivered');
    alice.isDiskFull = true;
    expect(() => alice.say(bob, 'not saved')).toThrow(StoreError);
    bob.say(alice, 'while the disk is full');
    const faultsAtFirst = chat.simulation.faults.length;
    chat.simulation.pass(60_000);
    expect(alice.textsFrom(bob)).toEqual([]);
    // It retries with growing waits, and not as fast as the network allows.
    expect(chat.simulation.faults.length - faultsAtFirst).toBeLessThan(100);
    alice.isDiskFull = false;
    chat.simulation.faults.length = 0;
    chat.simulation.until(
      'the messages sent until then arrive',
      () => alice.textsFrom(bob).length === 1,
      120_000,
    );
    const after = alice.say(bob, 'after');
    chat.simulation.until('delivered', () => alice.stateOf(after) === 'delivered');
    expect(alice.messagesWith(bob).map(({ content }) => contentText(content))).toEqual([
      'before',
      'while the disk is full',
      'after',
    ]);
    expect(bob.textsFrom(alice)).toEqual(['before', 'after']);
  });

  it('PROTOCOL 6.20: of the server makes it reject the envelope, and it stores the envelope when there is room', () => {
    const [alice, bob] = chat.online('alice', 'bob');
    bob.command((client, now) => client.deregister(now));
    chat.simulation.until('bob away', () => !alice.sees(bob));
    chat.server.isDiskFull = true;
    const id = alice.say(bob, 'kept by alice');
    chat.simulation.pass(1_000);
    expect(alice.messagesWith(bob).at(-1)?.delivery).toMatchObject({
      state: 'waiting',
      reason: 'server-disk-full',
    });
    chat.simulation.pass(60_000);
    expect(alice.stateOf(id)).not.toBe('stored');
    expect(chat.simulation.faults.length).toBeLessThan(200);
    chat.server.isDiskFull = false;
    chat.simulation.faults.length = 0;
    chat.simulation.until('stored', () => alice.stateOf(id) === 'stored', 60_000);
    bob.command((client, now) => client.register(now));
    chat.simulation.until('delivered', () => alice.stateOf(id) === 'delivered');
  });

  it('PROTOCOL 10.42: of a member delays its acknowledgement, so its author counts no copy that is not stored', () => {
    const [alice, bob] = chat.online('alice', 'bob');
    const entries = (one: SimulatedClient) => {
      const [everyone] = one.role.rooms();
      if (everyone === undefined) return [];
      const { messages } = one.role.history(everyone.conversation, null, 100);
      return messages.filter(({ content }) => content.kind === 'text');
    };
    chat.simulation.until('both are in #everyone', () =>
      [alice, bob].every((one) => one.role.rooms().length > 0),
    );
    const [everyone] = alice.role.rooms();
    if (everyone === undefined) throw new Error('there is no #everyone');
    bob.isDiskFull = true;
    const id = chat.simulation.newMessageId();
    const content = { kind: 'text', text: 'to all' } as const;
    alice.command((role, now) => role.write(now, { id, conversation: everyone.conversation, content }));
    chat.simulation.pass(60_000);
    expect(entries(alice).at(-1)?.delivery).toMatchObject({ state: 'in-room', delivered: 0, of: 1 });
    expect(entries(bob)).toEqual([]);
    bob.isDiskFull = false;
    chat.simulation.faults.length = 0;
    chat.simulation.until('bob has it', () => entries(bob).length === 1, 120_000);
    chat.simulation.pass(2_000);
    expect(entries(alice).at(-1)?.delivery).toMatchObject({ state: 'in-room', delivered: 1, of: 1 });
  });

  it('of a server with mail for all clients does not make it offer all mail again at each fault', () => {
    const clients = chat.online('alice', 'bob', 'carol', 'dave');
    for (const one of clients) for (const other of clients) if (one !== other) chat.part(one, other);
    let offered = 0;
    chat.simulation.network.onDatagramSent = ({ from }) => {
      if (from.host === chat.server.address.host) offered++;
    };
    for (let round = 0; round < 30; round++)
      for (const one of clients) for (const other of clients) if (one !== other) one.say(other, `${round}`);
    chat.simulation.until('some are delivered', () => clients[0].textsFrom(clients[1]).length > 0);
    chat.server.isDiskFull = true;
    offered = 0;
    chat.simulation.pass(10_000);
    expect(chat.simulation.faults.length).toBeGreaterThan(0);
    expect(offered).toBeLessThan(1_000);
    chat.server.isDiskFull = false;
    chat.simulation.faults.length = 0;
    const hasAll = (one: (typeof clients)[number]) =>
      clients.every((other) => one === other || one.textsFrom(other).length === 30);
    chat.simulation.until('all is delivered', () => clients.every(hasAll), 120_000);
  });
});
