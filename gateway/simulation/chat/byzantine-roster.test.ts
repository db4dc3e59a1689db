import { peerOfDirect, roomOfConversation } from '../../../shared/conversation.ts';
import { describe, expect, it } from 'vitest';
import type { RosterRow, ProtocolMessage } from '../../../shared/chat/kinds.ts';
import { serverEpochFromBytes, type MessageId, type PeerKey } from '../../../shared/ids.ts';
import { contactsWithoutMessagesMax, rosterChunkRowsMax } from '../../../shared/limits.ts';
import { lookAlikeKeys } from '../../../shared/look-alikes.ts';
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

/** Four connected users, two of them cannot reach each other directly. */
function met(seed: number) {
  const chat = new ChatFixture({}, seed);
  const clients = chat.online('alice', 'bob', 'carol', 'mallory');
  const [alice, bob] = clients;
  chat.part(alice, bob);
  const sent: Sent[] = [];
  /** Sends by nickname, as a frontend does. A nickname means its first owner. */
  const write = (from: SimulatedClient, to: SimulatedClient, text: string): void => {
    const rows = from.role
      .contacts()
      .filter(({ nickname }) => nickname !== null && isSameName(nickname, to.nickname));
    const row = rows.find(({ keyConflict }) => keyConflict?.type !== 'not-pinned') ?? rows[0];
    if (row === undefined) return;
    const id = chat.simulation.newMessageId();
    const result = from.command((client, now) => client.write(now, textMessage(id, row.key, text)));
    if (result.status === 'refused') return expect(result.code).toBe('key-changed');
    // A message to a nickname goes to the key that had it first, or nowhere.
    expect(row.key).toBe(to.key);
    sent.push({ id, from, to, text });
  };
  const check = (): void => {
    for (const viewer of clients) {
      for (const other of clients) {
        const texts = sent.filter(({ from, to }) => from === other && to === viewer).map(({ text }) => text);
        const heard = viewer.textsFrom(other);
        expect(heard).toEqual(texts.filter((text) => heard.includes(text)));
      }
      for (const { key, nickname, keyConflict } of viewer.role.contacts()) {
        const owner = clients.find((one) => nickname !== null && isSameName(nickname, one.nickname));
        if (owner === undefined || owner.key === key || key === viewer.key) continue;
        expect(keyConflict).toMatchObject({ type: 'not-pinned', pinned: owner.key });
      }
      expect(unmarked(viewer)).toEqual([]);
      const keys = new Set(clients.map(({ key }) => key));
      // Only these people have ever written anything.
      const strangers = peersOf(viewer).filter((peer) => peer === undefined || !keys.has(peer));
      expect(strangers).toEqual([]);
    }
    for (const { id, from, to } of sent) {
      expect(to.timesAnnounced(id)).toBeLessThanOrEqual(1);
      if (from.stateOf(id) === 'delivered') expect(to.store.messages.find(id)?.author).toBe(from.key);
    }
  };
  return { chat, clients, sent, write, check };
}

/** The peers of its direct conversations. */
function peersOf(viewer: SimulatedClient): (PeerKey | undefined)[] {
  const ids = viewer.store.conversations.all().map(({ id }) => id);
  return ids.filter((id) => roomOfConversation(id) === undefined).map(peerOfDirect);
}

/** Contacts with a nickname that looks like the one of another contact, without a mark or a conflict that says so. */
function unmarked(viewer: SimulatedClient): string[] {
  const contacts = viewer.role.contacts().filter(({ key }) => key !== viewer.key);
  const nicknames = contacts.map(({ nickname }) => nickname).filter((nickname) => nickname !== null);
  const byKey = new Map<string, Set<string>>();
  for (const nickname of [...nicknames, viewer.nickname])
    for (const key of lookAlikeKeys(nickname))
      byKey.set(key, (byKey.get(key) ?? new Set<string>()).add(nickname));
  return contacts.flatMap(({ nickname, keyConflict, looksLike }) => {
    if (nickname === null || keyConflict !== undefined || looksLike !== undefined) return [];
    const hasOther = [...lookAlikeKeys(nickname)].some((key) => (byKey.get(key)?.size ?? 0) > 1);
    return hasOther ? [nickname] : [];
  });
}

function isSameName(one: string, other: string): boolean {
  return nicknameComparisonKey(one) === nicknameComparisonKey(other);
}

/** Delivers all messages of the storm, and compares all names and keys, after the server has told the truth again. */
function untilAllIsRepaired({ chat, clients, sent, check }: ReturnType<typeof met>): void {
  const { simulation } = chat;
  const isSeenRightly = (viewer: SimulatedClient, other: SimulatedClient): boolean =>
    viewer.role
      .contacts()
      .some(
        ({ key, nickname, online, keyConflict }) =>
          key === other.key && nickname === other.nickname && online && keyConflict === undefined,
      );
  simulation.until(
    'all users see each other under their own names and keys',
    () => clients.every((viewer) => clients.every((other) => isSeenRightly(viewer, other))),
    120_000,
  );
  simulation.until('all delivered', () => isAllDelivered(sent), 900_000);
  check();
  expect(sent.every(({ id, to }) => to.timesAnnounced(id) === 1)).toBe(true);
}

function isAllDelivered(sent: readonly Sent[]): boolean {
  return sent.every(({ id, from }) => from.stateOf(id) === 'delivered');
}

/** A server that invents users without end: ten chunks of them before each message to `victim`. */
class InventingServer {
  readonly #byzantine: ByzantineRoster;
  readonly #epoch = serverEpochFromBytes(new Uint8Array(8).fill(1));
  readonly #victim: SimulatedClient;
  #version = 0;

  constructor(byzantine: ByzantineRoster, victim: SimulatedClient) {
    this.#byzantine = byzantine;
    this.#victim = victim;
  }

  /** Invents users for the victim. */
  readonly invents: ByzantineReplies = (to, message) => {
    if (message.kind === 'roster') return [];
    if (to !== this.#victim.key) return [[to, message]];
    const chunks = Array.from({ length: 10 }, () =>
      this.#roster(this.#byzantine.invent(rosterChunkRowsMax), rosterChunkRowsMax),
    );
    return [...chunks.map((chunk) => [to, chunk] as const), [to, message]];
  };

  /** Tells the victim that this client is called `bob`. */
  readonly callsBob =
    ({ key, signingKey }: SimulatedClient): ByzantineReplies =>
    (to, message) => {
      // The others would take versions that the victim then misses.
      if (to !== this.#victim.key) return [[to, message]];
      const row: RosterRow = {
        key,
        signingKey,
        nickname: 'bob',
        online: true,
        addressRevision: 0,
        lastSeenMs: null,
        features: [],
      };
      const next = this.#roster([row], 1);
      if (message.kind === 'roster') return [];
      return [
        [to, next],
        [to, message],
      ];
    };

  #roster(rows: RosterRow[], versions: number): ProtocolMessage {
    const from = this.#version;
    this.#version += versions;
    return { kind: 'roster', epoch: this.#epoch, from, to: this.#version, last: true, rows };
  }
}

describe('a byzantine server with a false roster', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'seed %i: messages reach only their intended recipients, and an honest roster repairs everything',
    (seed) => {
      const chance = new SeededRandom(seed);
      const users = met(seed);
      const { chat, clients, sent, write, check } = users;
      const { simulation, server } = chat;
      // A nickname with messages stays (PROTOCOL 6.43).
      for (const one of clients) for (const other of clients) if (one !== other) write(one, other, 'hello');
      simulation.until('all delivered', () => isAllDelivered(sent));
      const byzantine = new ByzantineRoster(chance, simulation.keys, clients);
      server.byzantineReplies = byzantine.tell;
      for (let step = 0; step < 60; step++) {
        const [one, other] = [clients[chance.below(4)]!, clients[chance.below(4)]!];
        const happens = chance.below(10);
        if (happens === 0) {
          one.kill();
          one.start();
        } else if (happens === 1) one.command((client, now) => client.deregister(now));
        else if (one !== other) write(one, other, `${one.nickname} ${step}`);
        if (happens > 1 && happens < 4) one.command((client, now) => client.register(now));
        simulation.pass(chance.below(3_000));
        check();
      }
      expect(byzantine.invented.length).toBeGreaterThan(20);
      expect(byzantine.invented.reduce((sum, key) => sum + server.store.mailboxes.count(key), 0)).toBe(0);
      server.byzantineReplies = undefined;
      server.kill();
      server.wipe();
      server.start();
      for (const one of clients) one.command((client, now) => client.register(now));
      untilAllIsRepaired(users);
    },
  );

  it('that invents users without end does not fill a client’s disk, and takes no nickname that has messages', () => {
    const { chat, clients, sent, write, check } = met(1);
    const { simulation, server } = chat;
    const [alice, bob, carol] = clients;
    for (const one of [alice, bob]) write(one, one === alice ? bob : alice, 'hello');
    simulation.until('delivered', () => isAllDelivered(sent));
    const byzantine = new ByzantineRoster(new SeededRandom(1), simulation.keys, clients);
    const inventing = new InventingServer(byzantine, alice);
    server.byzantineReplies = inventing.invents;
    const rowCount = (): number => alice.store.contacts.all().length + alice.store.pins.all().length;
    for (let round = 0; byzantine.invented.length < 1.3 * contactsWithoutMessagesMax; round++) {
      write(alice, bob, `word ${round}`);
      simulation.until('delivered', () => isAllDelivered(sent), 120_000);
      expect(rowCount()).toBeLessThanOrEqual(2 * contactsWithoutMessagesMax + 20);
    }
    expect(alice.events.some(({ type }) => type === 'contacts-removed')).toBe(true);
    // Alice forgets contacts without messages that the server no longer lists. She keeps Bob.
    expect(alice.role.contacts().find(({ key }) => key === carol.key)).toBeUndefined();
    server.byzantineReplies = inventing.callsBob(carol);
    write(bob, alice, 'the last');
    simulation.until('carol is called bob', () => alice.role.contacts().some(({ key }) => key === carol.key));
    check();
    const id = simulation.newMessageId();
    const result = alice.command((client, now) => client.write(now, textMessage(id, carol.key, 'to bob')));
    expect(result).toMatchObject({ status: 'refused', code: 'key-changed' });
  });
});
