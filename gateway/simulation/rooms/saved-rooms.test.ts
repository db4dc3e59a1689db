import { describe, expect, it } from 'vitest';
import { roomConversation } from '../../../shared/conversation.ts';
import { roomIdFromBytes, type MessageId } from '../../../shared/ids.ts';
import { contentText } from '../../../shared/content-text.ts';
import type { RoomContent } from '../../../shared/rooms/content.ts';
import { ChatFixture } from '../chat/chat-fixture.ts';
import type { SimulatedClient } from '../chat/chat-simulation.ts';
import { isMemberOf } from './room-invariants.ts';

const lab = roomIdFromBytes(new Uint8Array(16).fill(0xaa));
const conversation = roomConversation(lab);

/** A room of alice with bob and carol, all online. */
function roomOfThree() {
  const chat = new ChatFixture();
  const [alice, bob, carol] = chat.online('alice', 'bob', 'carol');
  const id = chat.simulation.newMessageId();
  alice.command((client, now) => client.createRoom(now, { id, room: lab, name: 'lab', access: 'open' }));
  chat.simulation.until('the room is there', () => isMemberOf(alice, lab));
  const write = (one: SimulatedClient, content: RoomContent): MessageId => {
    const entry = { id: chat.simulation.newMessageId(), content };
    const result = one.command((client, now) => client.writeRoom(now, lab, entry));
    if (result.status !== 'done') throw new Error(`${content.kind} was refused: ${result.code}`);
    return entry.id;
  };
  const say = (one: SimulatedClient, text: string): MessageId => write(one, { kind: 'text', text });
  for (const one of [bob, carol]) write(one, { kind: 'join' });
  const all = [alice, bob, carol];
  const settle = (what: string, ...members: readonly SimulatedClient[]): void =>
    chat.simulation.until(
      what,
      () =>
        members.every((one) => {
          const { rooms } = one.store;
          const isWhole = rooms.head(lab)?.hash === chat.server.store.rooms.find(lab)?.head.hash;
          return (
            one.isOnline && isWhole && rooms.waiting(lab).length === 0 && rooms.lost(lab, 1, 0).length === 0
          );
        }),
      300_000,
    );
  settle('all are members', ...all);
  return { chat, alice, bob, carol, all, say, write, settle };
}

/** The words in a room, in their order. */
function textsOf(one: SimulatedClient): string[] {
  return one.store.messages
    .page(conversation, null, 1_000)
    .messages.filter(({ content }) => content.kind !== 'notice')
    .map(({ content }) => contentText(content));
}

/** The words of others that were announced more than once. An own message is announced again with its place in the log. */
function announcedTwice(one: SimulatedClient): string[] {
  return one.store.messages
    .page(conversation, null, 1_000)
    .messages.filter(({ id, author }) => author !== one.key && one.timesAnnounced(id) > 1)
    .map(({ content }) => contentText(content));
}

function contentOf(one: SimulatedClient, id: MessageId): string | undefined {
  return one.store.messages.find(id)?.content.kind;
}

/** Whether the log of a client has the words of a message: undefined without the entry. */
function keepsWords(one: SimulatedClient, id: MessageId): boolean | undefined {
  const found = one.store.rooms.entriesFrom(lab, 1, 1_000).find(({ entry }) => entry.header.id === id);
  return found === undefined ? undefined : found.entry.content !== null;
}

describe('a server that was restored from an older backup', () => {
  it('gets from the members what it lacks: nothing is lost, doubled, or said again after its deletion', () => {
    const { chat, alice, bob, carol, all, say, write, settle } = roomOfThree();
    const { server, simulation } = chat;
    const early = say(alice, 'in the backup');
    const deleted = say(bob, 'deleted later');
    settle('all have it', ...all);
    const backup = server.disk.copy();
    const late = [say(alice, 'alice after the backup'), say(bob, 'bob after the backup')];
    write(bob, { kind: 'delete', of: deleted });
    write(alice, { kind: 'topic', topic: 'atoms' });
    settle('all have what came later', ...all);
    // The backup and the other members do not have the texts that carol writes without a connection.
    chat.leaves(carol, alice);
    const offline = say(carol, 'carol offline');
    const before = textsOf(alice);
    server.kill();
    server.restore(backup);
    server.start();
    chat.returns(carol);
    simulation.until('all are online', () => all.every((one) => one.isOnline), 300_000);
    settle('all have the whole log again', ...all);
    late.push(offline, say(bob, 'bob after the restore'));
    settle('all have the last words', ...all);
    for (const one of all) {
      expect(textsOf(one)).toEqual([...before, 'carol offline', 'bob after the restore']);
      expect(contentOf(one, deleted)).toBe('deleted');
      expect(announcedTwice(one)).toEqual([]);
      expect(one.role.rooms().find(({ room }) => room === lab)?.topic).toBe('atoms');
    }
    for (const id of [early, ...late])
      expect(server.store.rooms.entry(lab, id)?.entry.content).not.toBeNull();
    expect(server.store.rooms.entry(lab, deleted)?.entry.content).toBeNull();
  });

  it('takes what members wrote on both sides of the restore: all of it once, in one order for all', () => {
    const { chat, alice, bob, carol, all, say, settle } = roomOfThree();
    const { server } = chat;
    say(alice, 'in the backup');
    settle('all have it', ...all);
    const backup = server.disk.copy();
    say(bob, 'lost by the server');
    settle('all have what the server loses', ...all);
    // Only carol is there when the server returns, so her words take the place of those that it has lost.
    for (const one of [alice, bob]) one.kill();
    carol.restore(carol.disk.copy());
    server.kill();
    server.restore(backup);
    server.start();
    for (const one of [alice, bob]) one.start();
    settle('all have one log', ...all);
    expect(textsOf(bob).toSorted()).toEqual(['in the backup', 'lost by the server']);
    for (const one of all) expect(textsOf(one)).toEqual(textsOf(bob));
  });
});

describe('a client that was restored from a backup', () => {
  it('goes on in its rooms as another installation: it gets what it missed once, and sends no entry twice', () => {
    const { chat, alice, bob, carol, all, say, settle } = roomOfThree();
    say(alice, 'in the backup');
    say(bob, 'bob in the backup');
    settle('all have it', ...all);
    chat.leaves(bob, alice, carol);
    const waiting = say(bob, 'waits in the backup');
    const backup = bob.disk.copy();
    const { installation } = bob;
    chat.returns(bob);
    settle('it does not wait any longer', ...all);
    const later = [say(bob, 'bob after the backup'), say(carol, 'carol after the backup')];
    settle('all have what the backup lacks', ...all);
    const before = textsOf(alice);
    bob.kill();
    bob.restore(backup);
    expect(bob.installation).not.toBe(installation);
    bob.start();
    settle('bob has the whole log', ...all);
    const last = say(bob, 'bob goes on');
    settle('all have the last words', ...all);
    for (const one of all) {
      expect(textsOf(one)).toEqual([...before, 'bob goes on']);
      expect(one.role.rooms().find(({ room }) => room === lab)?.findings).toEqual([]);
    }
    for (const id of [waiting, ...later, last]) expect(alice.timesAnnounced(id)).toBe(1);
    expect(announcedTwice(carol)).toEqual([]);
    const ids = chat.server.store.rooms.entriesAfter(lab, 0, 1_000).map(({ entry }) => entry.header.id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('a blocked author', () => {
  it('leaves entries with a header and a hash and no words, which stay away after the user unblocks', () => {
    const { alice, bob, carol, all, say, write, settle } = roomOfThree();
    const before = say(bob, 'before the block');
    settle('all have it', ...all);
    alice.command((client, now) => client.block(now, bob.key));
    const blocked = say(bob, 'unwanted');
    const edit = write(bob, { kind: 'edit', of: before, text: 'unwanted too' });
    const answer = say(carol, 'carol answers');
    write(alice, { kind: 'topic', topic: 'the room works on' });
    settle('all have the log', ...all);
    expect(textsOf(alice)).toEqual(['before the block', 'carol answers']);
    expect(textsOf(carol)).toEqual(['unwanted too', 'unwanted', 'carol answers']);
    expect([blocked, edit, answer].map((id) => keepsWords(alice, id))).toEqual([false, false, true]);
    expect(alice.store.rooms.head(lab)).toEqual(carol.store.rooms.head(lab));
    alice.command((client, now) => client.unblock(now, bob.key));
    alice.kill();
    alice.start();
    const after = say(bob, 'after the block');
    settle('all have the last words', ...all);
    expect(textsOf(alice)).toEqual(['before the block', 'carol answers', 'after the block']);
    expect(alice.timesAnnounced(blocked)).toBe(0);
    expect([blocked, edit, after].map((id) => keepsWords(alice, id))).toEqual([false, false, true]);
    for (const one of all) expect(one.role.rooms().find(({ room }) => room === lab)?.findings).toEqual([]);
  });
});

/** Whether the log of a client begins, also without an entry, from a state of the server. */
function hasStarted(one: SimulatedClient): boolean {
  return isMemberOf(one, lab) && one.store.rooms.checkpointAt(lab, Number.MAX_SAFE_INTEGER) !== undefined;
}

/** A room that shows new members nothing from before. Its server returns to a backup from before bob joined, while alice is away. */
function roomThatForgetsBob() {
  const chat = new ChatFixture();
  const { simulation, server } = chat;
  const [alice, bob] = chat.online('alice', 'bob');
  const id = simulation.newMessageId();
  alice.command((client, now) => client.createRoom(now, { id, room: lab, name: 'lab', access: 'open' }));
  simulation.until('the room is there', () => isMemberOf(alice, lab));
  const write = (one: SimulatedClient, content: RoomContent): MessageId => {
    const entry = { id: simulation.newMessageId(), content };
    const result = one.command((client, now) => client.writeRoom(now, lab, entry));
    if (result.status !== 'done') throw new Error(`${content.kind} was refused: ${result.code}`);
    return entry.id;
  };
  const settle = (what: string, ...members: readonly SimulatedClient[]): void =>
    simulation.until(
      what,
      () => {
        const hash = server.store.rooms.find(lab)?.head.hash;
        return members.every(
          (one) =>
            one.isOnline &&
            isMemberOf(one, lab) &&
            one.store.rooms.head(lab)?.hash === hash &&
            one.store.rooms.waiting(lab).length === 0,
        );
      },
      120_000,
    );
  write(alice, { kind: 'history', history: 'none' });
  settle('the history is hidden', alice);
  const backup = server.disk.copy();
  const loseBob = (): void => {
    chat.leaves(bob);
    server.kill();
    server.restore(backup);
    server.start();
  };
  return { chat, simulation, alice, bob, write, settle, loseBob };
}

describe('a server that was restored to a time before a member joined, who has no log to give back', () => {
  it('says so to the member: what waits has failed, and the member can join again', () => {
    const { chat, simulation, alice, bob, write, settle, loseBob } = roomThatForgetsBob();
    chat.leaves(alice, bob);
    write(bob, { kind: 'join' });
    simulation.until('bob is a member', () => hasStarted(bob));
    loseBob();
    const waiting = write(bob, { kind: 'text', text: 'to a room of the past' });
    chat.returns(bob);
    simulation.until('bob is told', () => !isMemberOf(bob, lab), 120_000);
    simulation.pass(30_000);
    expect(bob.store.rooms.waiting(lab)).toMatchObject([{ id: waiting, refusedWith: 'not-a-member' }]);
    expect(bob.role.rooms().find(({ room }) => room === lab)?.standing).toBe('left');
    const text = { id: simulation.newMessageId(), content: { kind: 'text', text: 'refused' } } as const;
    expect(bob.command((client, now) => client.writeRoom(now, lab, text))).toMatchObject({
      code: 'not-a-member',
    });
    write(bob, { kind: 'join' });
    simulation.until('bob is back', () => isMemberOf(bob, lab), 120_000);
    expect(bob.command((client, now) => client.retry(now, waiting)).status).toBe('done');
    chat.returns(alice);
    settle('all have the log', alice, bob);
    expect(textsOf(alice)).toEqual(['to a room of the past']);
  });

  it('sends the member the log again when another member has given it back', () => {
    const { chat, simulation, alice, bob, write, settle, loseBob } = roomThatForgetsBob();
    write(bob, { kind: 'join' });
    simulation.until('bob is a member', () => hasStarted(bob));
    write(alice, { kind: 'text', text: 'after the backup' });
    settle('both have it', alice, bob);
    chat.leaves(alice, bob);
    loseBob();
    chat.returns(bob);
    simulation.until('bob is online', () => bob.isOnline, 120_000);
    simulation.pass(30_000);
    chat.returns(alice);
    simulation.until('bob is a member again', () => isMemberOf(bob, lab), 120_000);
    write(alice, { kind: 'text', text: 'after the restore' });
    settle('both have the next entry', alice, bob);
    expect(textsOf(bob).at(-1)).toBe('after the restore');
  });
});
