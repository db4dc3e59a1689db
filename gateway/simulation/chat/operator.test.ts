import { describe, expect, it } from 'vitest';
import { peopleRows, type PeopleOrder } from '../../../shared/bridge/administration.ts';
import { peopleToldMax } from '../../../shared/limits.ts';
import { sampleName } from '../../store/sample.ts';
import { peerKeyFromBytes } from '../../../shared/ids.ts';
import { ChatFixture } from './chat-fixture.ts';
import { writeNow } from '../../turn/role.ts';

/** What the operator sees of the people of a server. */

const all = { part: '', by: 'nickname', descending: false, limit: peopleToldMax } as const;

/** A server with so many registered names, which are offline. */
function serverOf(count: number, nicknameOf: (number: number) => string): ChatFixture {
  const chat = new ChatFixture();
  const { server } = chat;
  server.kill();
  const { store } = server;
  writeNow(store, () => {
    for (let number = 0; number < count; number++) {
      const key = peerKeyFromBytes(
        Uint8Array.from({ length: 32 }, (_, index) => number >> (8 * (index % 2))),
      );
      store.names.put({
        ...sampleName(1),
        key,
        nickname: nicknameOf(number),
        candidates: [`192.168.${100 + (number % 100)}.${100 + (number % 150)}:${50_000 + number}`],
        online: false,
        lastSeenMs: 1_764_500_000_000 + number,
      });
    }
  });
  server.start();
  return chat;
}

describe('the people of a server', () => {
  it('show their address, and when they were online last although they do not let others see it', () => {
    const chat = new ChatFixture();
    const [alice, bob] = chat.online('alice', 'bob');
    chat.leaves(bob, alice);
    const leftAtMs = chat.simulation.network.clock.now().wallMs;
    const [ofAlice, ofBob] = chat.server.people();
    expect(ofAlice).toMatchObject({ nickname: 'alice', online: true, lastSeenMs: null });
    expect(ofAlice?.address).toMatch(/^10\.0\.0\.\d+:\d+$/u);
    expect(ofBob).toMatchObject({ key: bob.key.slice(0, 16), online: false });
    expect(Math.abs((ofBob?.lastSeenMs ?? 0) - leftAtMs)).toBeLessThan(1_000);
    expect(alice.role.contacts().find(({ key }) => key === bob.key)?.lastSeenMs).toBeUndefined();
  });

  it('show how many messages and bytes wait for them, also after a delivery and a restart, and no content', () => {
    const chat = new ChatFixture();
    const { simulation, server } = chat;
    const [alice, bob] = chat.online('alice', 'bob');
    chat.leaves(bob, alice);
    expect(server.operate((admin) => admin.mailboxes())).toMatchObject({ mailboxes: 0, bytes: 0 });
    const ids = ['one secret', 'another secret'].map((text) => alice.say(bob, text));
    simulation.until('stored', () => ids.every((id) => alice.stateOf(id) === 'stored'));
    const waiting = server.people()[1]!;
    expect(waiting).toMatchObject({ nickname: 'bob', waiting: 2 });
    expect(waiting.waitingBytes).toBeGreaterThan(500);
    const mailboxes = server.operate((admin) => admin.mailboxes());
    expect(mailboxes).toEqual({
      mailboxes: 1,
      messages: 2,
      bytes: waiting.waitingBytes,
      largest: [{ nickname: 'bob', messages: 2, bytes: waiting.waitingBytes }],
    });
    expect(JSON.stringify([server.people(), mailboxes])).not.toContain('secret');
    server.kill();
    server.start();
    expect(server.people()[1]).toMatchObject({ waiting: 2, waitingBytes: waiting.waitingBytes });
    chat.returns(bob);
    simulation.until('delivered', () => ids.every((id) => alice.stateOf(id) === 'delivered'), 60_000);
    simulation.pass(5_000);
    expect(server.people()[1]).toMatchObject({ waiting: 0, waitingBytes: 0 });
  });

  it('are found by a part of the nickname, the address or the key, and come in the order that is asked for', () => {
    const { server } = serverOf(30, (number) => `person${number}`);
    const ask = (part: string, by: PeopleOrder, descending: boolean): string[] =>
      server.operate((admin) => admin.people({ part, by, descending, limit: 3 }, new Map())).nicknames;
    expect(ask('PERSON2', 'nickname', false)).toEqual(['person2', 'person20', 'person21']);
    expect(ask('', 'nickname', true)).toEqual(['person9', 'person8', 'person7']);
    expect(ask('', 'seen', true)).toEqual(['person29', 'person28', 'person27']);
    expect(ask('', 'traffic', true)).toEqual(['person0', 'person1', 'person10']);
    expect(ask('192.168.107.107', 'address', false)).toEqual(['person7']);
    expect(ask('1d00', 'mailbox', false)).toEqual(['person29']);
  });

  it('fit into 300 kB when they are 2,000, in one answer that also counts those that it leaves out', () => {
    const { server } = serverOf(2_005, (number) => `a person ${number}`.replaceAll(' ', '-'));
    const found = server.operate((admin) => admin.people(all, new Map()));
    expect(peopleRows(found)).toHaveLength(2_000);
    expect(found).toMatchObject({ matching: 2_005, matchingOnline: 0 });
    expect(new TextEncoder().encode(JSON.stringify(found)).length).toBeLessThan(300_000);
  });
});
