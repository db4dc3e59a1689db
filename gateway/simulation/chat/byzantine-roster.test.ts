import { peerOfDirect } from '../../../shared/conversation.ts';
import { describe, expect, it } from 'vitest';
import type { RosterRow, ProtocolMessage } from '../../../shared/chat/kinds.ts';
import { serverEpochFromBytes, type MessageId, type PeerKey } from '../../../shared/ids.ts';
import { peopleUnspokenMax, rosterChunkRowsMax } from '../../../shared/limits.ts';
import { nicknameComparisonKey } from '../../../shared/nickname.ts';
import { SeededRandom } from '../../net/seeded-random.ts';
import { textMessage, type SimulatedClient } from './chat-simulation.ts';
import type { ByzantineReplies } from './byzantine-server.ts';
import { ByzantineRoster } from './byzantine-roster.ts';
import { ChatFixture } from './chat-fixture.ts';

interface Sent {
  readonly id: MessageId;
  readonly from: SimulatedClient;
  readonly to: SimulatedClient;
  readonly text: string;
}

/** Four people who have met, of whom two cannot reach each other directly. */
function met(seed: number) {
  const chat = new ChatFixture({}, seed);
  const people = chat.online('alice', 'bob', 'carol', 'mallory');
  const [alice, bob] = people;
  chat.part(alice, bob);
  const sent: Sent[] = [];
  /** As a face does it, by the nickname. A nickname means whoever it belonged to first. */
  const write = (from: SimulatedClient, to: SimulatedClient, text: string): void => {
    const rows = from.role
      .people()
      .filter(({ nickname }) => nickname !== null && isSameName(nickname, to.nickname));
    const row = rows.find(({ keyConflict }) => keyConflict?.type !== 'not-pinned') ?? rows[0];
    if (row === undefined) return;
    const id = chat.world.newMessageId();
    const verdict = from.command((client, now) => client.send(now, textMessage(id, row.key, text)));
    if (verdict.status === 'refused') return expect(verdict.code).toBe('key-changed');
    // What is written to a name goes to the key that had it first, or nowhere.
    expect(row.key).toBe(to.key);
    sent.push({ id, from, to, text });
  };
  const check = (): void => {
    for (const viewer of people) {
      for (const other of people) {
        const said = sent.filter(({ from, to }) => from === other && to === viewer).map(({ text }) => text);
        const heard = viewer.textsFrom(other);
        expect(heard).toEqual(said.filter((text) => heard.includes(text)));
      }
      for (const { key, nickname, keyConflict } of viewer.role.people()) {
        const owner = people.find((one) => nickname !== null && isSameName(nickname, one.nickname));
        if (owner === undefined || owner.key === key || key === viewer.key) continue;
        expect(keyConflict).toMatchObject({ type: 'not-pinned', pinned: owner.key });
      }
      const keys = new Set(people.map(({ key }) => key));
      // Only these people have ever written anything.
      const peers = viewer.store.conversations.all().map(({ id }) => peerOfDirect(id));
      expect(peers.filter((peer) => peer === undefined || !keys.has(peer))).toEqual([]);
    }
    for (const { id, from, to } of sent) {
      expect(to.timesAnnounced(id)).toBeLessThanOrEqual(1);
      if (from.stateOf(id) === 'delivered') expect(to.store.messages.find(id)?.author).toBe(from.key);
    }
  };
  return { chat, people, sent, write, check };
}

function isSameName(one: string, other: string): boolean {
  return nicknameComparisonKey(one) === nicknameComparisonKey(other);
}

describe('a server that lies about who is who', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'seed %i: whatever its table says, words go to whom they are for or nowhere, and all of it comes right with an honest one',
    (seed) => {
      const chance = new SeededRandom(seed);
      const { chat, people, sent, write, check } = met(seed);
      const { world, server } = chat;
      // Words make a name last (PROTOCOL 6.43).
      for (const one of people) for (const other of people) if (one !== other) write(one, other, 'hello');
      world.until('all delivered', () => sent.every(({ id, from }) => from.stateOf(id) === 'delivered'));
      const lies = new ByzantineRoster(chance, world.keys, people);
      server.lies = lies.tell;
      for (let step = 0; step < 60; step++) {
        const [one, other] = [people[chance.below(4)]!, people[chance.below(4)]!];
        const happens = chance.below(10);
        if (happens === 0) {
          one.kill();
          one.start();
        } else if (happens === 1) one.command((client, now) => client.deregister(now));
        else if (one !== other) write(one, other, `${one.nickname} ${step}`);
        if (happens > 1 && happens < 4) one.command((client, now) => client.register(now));
        world.pass(chance.below(3_000));
        check();
      }
      expect(lies.invented.length).toBeGreaterThan(20);
      expect(lies.invented.reduce((sum, key) => sum + server.store.mailboxes.count(key), 0)).toBe(0);
      server.lies = undefined;
      server.kill();
      server.wipe();
      server.start();
      for (const one of people) one.command((client, now) => client.register(now));
      world.until(
        'everybody is who they are',
        () =>
          people.every((viewer) =>
            people.every((other) =>
              viewer.role
                .people()
                .some(
                  ({ key, nickname, online, keyConflict }) =>
                    key === other.key && nickname === other.nickname && online && keyConflict === undefined,
                ),
            ),
          ),
        120_000,
      );
      world.until(
        'all delivered',
        () => sent.every(({ id, from }) => from.stateOf(id) === 'delivered'),
        900_000,
      );
      check();
      expect(sent.every(({ id, to }) => to.timesAnnounced(id) === 1)).toBe(true);
    },
  );

  it('and invents people without end fills nobody’s disk, and takes from nobody the name that words went under', () => {
    const { chat, people, sent, write, check } = met(1);
    const { world, server } = chat;
    const [alice, bob, carol] = people;
    const isAllDelivered = () => sent.every(({ id, from }) => from.stateOf(id) === 'delivered');
    for (const one of [alice, bob]) write(one, one === alice ? bob : alice, 'hello');
    world.until('delivered', isAllDelivered);
    const lies = new ByzantineRoster(new SeededRandom(1), world.keys, people);
    const epoch = serverEpochFromBytes(new Uint8Array(8).fill(1));
    let version = 0;
    const piece = (to: SimulatedClient): readonly [PeerKey, ProtocolMessage] => {
      const from = version;
      version += rosterChunkRowsMax;
      return [
        to.key,
        { kind: 'roster', epoch, from, to: version, last: true, people: lies.invent(rosterChunkRowsMax) },
      ];
    };
    server.lies = (to, said) => {
      if (said.kind === 'roster') return [];
      return to === alice.key
        ? [...Array.from({ length: 10 }, () => piece(alice)), [to, said]]
        : [[to, said]];
    };
    const kept = (): number => alice.store.contacts.all().length + alice.store.pins.all().length;
    for (let round = 0; lies.invented.length < 1.3 * peopleUnspokenMax; round++) {
      write(alice, bob, `word ${round}`);
      world.until('delivered', isAllDelivered, 120_000);
      expect(kept()).toBeLessThanOrEqual(2 * peopleUnspokenMax + 20);
    }
    expect(alice.events.some(({ type }) => type === 'people-gone')).toBe(true);
    // Whom alice never spoke with, and who was not named any more, is forgotten with all others; bob is not.
    expect(alice.role.people().find(({ key }) => key === carol.key)).toBeUndefined();
    const callCarolBob: ByzantineReplies = (to, said) => {
      const row: RosterRow = {
        key: carol.key,
        signingKey: carol.signingKey,
        nickname: 'bob',
        online: true,
        addressRevision: 0,
        lastSeenMs: null,
      };
      const next: ProtocolMessage = {
        kind: 'roster',
        epoch,
        from: version,
        to: ++version,
        last: true,
        people: [row],
      } as const;
      return said.kind === 'roster'
        ? []
        : [
            [to, next],
            [to, said],
          ];
    };
    server.lies = callCarolBob;
    write(bob, alice, 'the last');
    world.until('carol is called bob', () => alice.role.people().some(({ key }) => key === carol.key));
    check();
    const id = world.newMessageId();
    const verdict = alice.command((client, now) => client.send(now, textMessage(id, carol.key, 'to bob')));
    expect(verdict).toMatchObject({ status: 'refused', code: 'key-changed' });
  });
});
