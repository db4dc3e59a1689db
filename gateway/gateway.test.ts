import fs from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { AnswerTo, Command } from '../shared/bridge/commands.ts';
import { resultOf } from '../shared/command-result.ts';
import { directConversation } from '../shared/conversation.ts';
import type { NumberedEvent, Snapshot } from '../shared/bridge/events.ts';
import type { Statistics } from '../shared/bridge/statistics.ts';
import type { MessageId, PeerKey } from '../shared/ids.ts';
import { contentText } from '../shared/content-text.ts';
import type { RoleChoice } from './cli/command-line.ts';
import { startGateway, type Gateway } from './gateway.ts';
import { newIdentity } from './crypto/identity.ts';
import { secureRandom } from './net/random.ts';
import { clientsFolder, serverDatabaseName, serverFolder } from './data-dir/data-dir.ts';
import { StartError } from './runtime/start-error.ts';
import { sampleName } from './store/sample.ts';
import { openServerStore } from './store/sqlite/server/server-store.ts';
import { freeUdpPort } from './system-tests/free-port.ts';
import { gatewayOptions } from './system-tests/gateway-options.ts';
import { temporaryFolder } from './system-tests/temporary-folder.ts';
import { eventually } from './system-tests/eventually.ts';

/** Real sockets on loopback, everything in one process. */

const running = new Set<Gateway>();

async function start(
  dataRoot: string,
  role: RoleChoice,
  profile: 'normal' | 'classic' = 'normal',
): Promise<Gateway> {
  const gateway = await startGateway(gatewayOptions({ role, dataRoot, profile }));
  running.add(gateway);
  return gateway;
}

async function stop(gateway: Gateway): Promise<void> {
  running.delete(gateway);
  await gateway.close();
}

afterEach(async () => {
  await Promise.all([...running].map(stop));
});

function client(nickname: string, port: number, host = '127.0.0.1'): RoleChoice {
  return { type: 'client', nickname, server: { host: { type: 'ip', host }, port }, clientPort: 0 };
}

function now(gateway: Gateway): Snapshot {
  return gateway.api.snapshot().snapshot;
}

async function online(...gateways: Gateway[]): Promise<void> {
  await eventually(() => {
    for (const gateway of gateways) expect(now(gateway).session.phase).toBe('online');
  });
}

async function keyOf(gateway: Gateway, nickname: string): Promise<PeerKey> {
  return eventually(() => {
    const contact = now(gateway).contacts.find((one) => one.nickname === nickname);
    if (contact === undefined) throw new Error(`${nickname} is not in the table`);
    return contact.key;
  });
}

let commands = 0;
function execute<C extends Command>(gateway: Gateway, command: C): Promise<AnswerTo<C>> {
  return gateway.api.execute(`command-${++commands}`, command);
}

async function statisticsOf(gateway: Gateway, peer: PeerKey | null): Promise<Statistics> {
  const statistics = resultOf(await execute(gateway, { type: 'statistics', peer }));
  if (statistics === undefined) throw new Error('no statistics');
  return statistics;
}

let messages = 0;
function newId(): MessageId {
  return `01890a5d-ac96-774b-bcce-${(++messages).toString(16).padStart(12, '0')}` as MessageId;
}

function texts(gateway: Gateway, peer: PeerKey): string[] {
  const conversation = now(gateway).conversations.find(
    (one) => one.conversation === directConversation(peer),
  );
  return conversation?.messages.map(({ content }) => contentText(content)) ?? [];
}

function states(gateway: Gateway, peer: PeerKey): (string | undefined)[] {
  const conversation = now(gateway).conversations.find(
    (one) => one.conversation === directConversation(peer),
  );
  return conversation?.messages.map(({ delivery }) => delivery?.state) ?? [];
}

describe('a chat of gateways', () => {
  it('begins with one button and is joined by others', async () => {
    const root = temporaryFolder();
    const host = await start(root, { type: 'app' });
    expect(await execute(host, { type: 'host', nickname: 'alice' })).toEqual({ status: 'done' });
    const hosting = now(host).hosting;
    expect(hosting?.port).toBeGreaterThanOrEqual(50_000);
    const guest = await start(root, { type: 'app' });
    const join = {
      type: 'join',
      nickname: 'bob',
      server: { address: `127.0.0.1:${hosting?.port ?? 0}` },
    } as const;
    expect(await execute(guest, join)).toEqual({ status: 'done' });
    const bob = await keyOf(host, 'bob');
    const alice = await keyOf(guest, 'alice');
    expect(
      await execute(host, {
        type: 'send',
        id: newId(),
        conversation: directConversation(bob),
        content: { kind: 'text', text: 'hello' },
      }),
    ).toEqual({
      status: 'done',
    });
    await eventually(() => expect(states(host, bob)).toEqual(['delivered']));
    expect(texts(guest, alice)).toEqual(['hello']);
    expect(
      now(guest)
        .profiles.map(({ nickname }) => nickname)
        .sort(),
    ).toEqual(['alice', 'bob']);
  });

  it('begins again on the port where this person hosted before, with the same names', async () => {
    const firstRoot = temporaryFolder();
    const secondRoot = temporaryFolder();
    const first = await start(firstRoot, { type: 'app' });
    const second = await start(secondRoot, { type: 'app' });
    await execute(first, { type: 'host', nickname: 'alice' });
    await execute(second, { type: 'host', nickname: 'alice' });
    const port = now(second).hosting?.port;
    const key = await keyOf(second, 'alice');
    await stop(first);
    await stop(second);
    const again = await start(secondRoot, { type: 'app' });
    await execute(again, { type: 'host', nickname: 'Alice' });
    expect(now(again).hosting?.port).toBe(port);
    expect(await keyOf(again, 'Alice')).toBe(key);
  });

  it.each([
    ['classic', 'classic'],
    ['classic', 'normal'],
  ] as const)('talks by the rules %s and %s', async (ofAlice, ofBob) => {
    const root = temporaryFolder();
    const port = await freeUdpPort();
    await start(root, { type: 'server', port });
    const alice = await start(root, client('alice', port), ofAlice);
    const bob = await start(root, client('bob', port), ofBob);
    await online(alice, bob);
    const bobKey = await keyOf(alice, 'bob');
    const aliceKey = await keyOf(bob, 'alice');
    for (const text of ['one', 'two', 'x'.repeat(5_000)]) {
      await execute(alice, {
        type: 'send',
        id: newId(),
        conversation: directConversation(bobKey),
        content: { kind: 'text', text },
      });
      await execute(bob, {
        type: 'send',
        id: newId(),
        conversation: directConversation(aliceKey),
        content: { kind: 'text', text },
      });
    }
    const delivered = (gateway: Gateway, peer: PeerKey): number =>
      states(gateway, peer).filter((state) => state === 'delivered').length;
    await eventually(() => expect([delivered(alice, bobKey), delivered(bob, aliceKey)]).toEqual([3, 3]));
  });

  it('keeps to the original’s rule with one person, also after a restart, and counts what the socket saw', async () => {
    const root = temporaryFolder();
    const port = await freeUdpPort();
    const server = await start(root, { type: 'server', port });
    const aliceRoot = temporaryFolder();
    const alice = await start(aliceRoot, client('alice', port));
    const bob = await start(root, client('bob', port));
    await online(alice, bob);
    const peer = await keyOf(alice, 'bob');
    expect(await statisticsOf(alice, peer)).toMatchObject({ connections: [], classicWanted: false });
    await execute(alice, {
      type: 'send',
      id: newId(),
      conversation: directConversation(peer),
      content: { kind: 'text', text: 'before' },
    });
    await execute(alice, { type: 'set-classic', peer, classic: true });
    await execute(alice, {
      type: 'send',
      id: newId(),
      conversation: directConversation(peer),
      content: { kind: 'text', text: 'after' },
    });
    await eventually(async () => {
      expect(states(alice, peer)).toEqual(['delivered', 'delivered']);
      expect(await statisticsOf(alice, peer)).toMatchObject({
        connections: [{ peer, isServer: false, classic: true, packetsLost: 0 }],
        classicWanted: true,
        server: null,
      });
    });
    const { client: counted, connections } = await statisticsOf(alice, null);
    expect(connections.map(({ isServer, classic }) => [isServer, classic])).toEqual([
      [true, false],
      [false, true],
    ]);
    expect(counted?.datagramsSent).toBeGreaterThan(8);
    expect(counted?.bytesReceived).toBeGreaterThan(counted!.datagramsReceived * 40);
    const ofServer = await statisticsOf(server, null);
    expect(ofServer).toMatchObject({ client: null, connections: [], server: { connections: 2 } });
    await stop(alice);
    const again = await start(aliceRoot, client('alice', port));
    expect(await statisticsOf(again, peer)).toMatchObject({ classicWanted: true });
    const refused = await again.api.execute(newId(), {
      type: 'set-classic',
      classic: true,
      peer: '99'.repeat(32) as PeerKey,
    });
    expect(refused).toMatchObject({ status: 'refused', code: 'unknown-recipient' });
  });

  it('refuses a nickname that is taken with a suggestion, and leaves no folder behind', async () => {
    const root = temporaryFolder();
    const port = await freeUdpPort();
    await start(root, { type: 'server', port });
    await online(await start(root, client('bob', port)));
    const other = temporaryFolder();
    const guest = await start(other, { type: 'app' });
    expect(
      await execute(guest, { type: 'join', nickname: 'Bob', server: { address: `127.0.0.1:${port}` } }),
    ).toMatchObject({
      status: 'refused',
      code: 'nickname-taken',
      suggestion: 'Bob2',
    });
    expect(now(guest).session).toEqual({ phase: 'none' });
    expect(fs.readdirSync(clientsFolder(other))).toEqual([]);
    expect(
      await execute(guest, { type: 'join', nickname: 'Bob2', server: { address: `127.0.0.1:${port}` } }),
    ).toEqual({
      status: 'done',
    });
  });

  it('says that a server is silent, and is at the form again', async () => {
    const guest = await start(temporaryFolder(), { type: 'app' });
    const join = {
      type: 'join',
      nickname: 'bob',
      server: { address: `127.0.0.1:${await freeUdpPort()}` },
    } as const;
    const phases = new Set<string>();
    guest.api.subscribe(({ event }) => {
      if (event.type === 'session') phases.add(event.session.phase);
      if (event.type === 'reset') phases.add(event.snapshot.session.phase);
    });
    expect(await execute(guest, join)).toMatchObject({ status: 'refused', code: 'server-silent' });
    expect(now(guest).session).toEqual({ phase: 'none' });
    // The person is at the form all the time.
    expect(phases).toEqual(new Set(['none', 'joining']));
  });

  it('survives restarts of everybody: names, history, and what waits on the server', async () => {
    const root = temporaryFolder();
    const port = await freeUdpPort();
    const server = await start(root, { type: 'server', port });
    let alice = await start(root, client('alice', port));
    let bob = await start(root, client('bob', port));
    await online(alice, bob);
    const bobKey = await keyOf(alice, 'bob');
    const aliceKey = await keyOf(bob, 'alice');
    const id = newId();
    await execute(alice, {
      type: 'send',
      id,
      conversation: directConversation(bobKey),
      content: { kind: 'text', text: 'one' },
    });
    await eventually(() => expect(states(alice, bobKey)).toEqual(['delivered']));
    await stop(bob);
    await execute(alice, {
      type: 'send',
      id: newId(),
      conversation: directConversation(bobKey),
      content: { kind: 'text', text: 'two' },
    });
    await eventually(() => expect(states(alice, bobKey)).toEqual(['delivered', 'stored']));
    await stop(alice);
    await stop(server);
    await start(root, { type: 'server', port });
    alice = await start(root, client('alice', port));
    bob = await start(root, client('bob', port));
    await eventually(() => expect(states(alice, bobKey)).toEqual(['delivered', 'delivered']));
    expect(texts(bob, aliceKey)).toEqual(['one', 'two']);
    // Repeats a command from before the restart: it gets its first answer, and sends no second message.
    expect(
      await alice.api.execute('another', {
        type: 'send',
        id,
        conversation: directConversation(bobKey),
        content: { kind: 'text', text: 'one' },
      }),
    ).toEqual({
      status: 'done',
    });
    expect(texts(alice, bobKey)).toEqual(['one', 'two']);
  });

  it('gives the first answer to a repeated command, also after a restart', async () => {
    const root = temporaryFolder();
    const port = await freeUdpPort();
    await start(root, { type: 'server', port });
    let alice = await start(root, client('alice', port));
    await online(alice);
    const me = await keyOf(alice, 'alice');
    const tooLong = {
      type: 'send',
      id: newId(),
      conversation: directConversation(me),
      content: { kind: 'text', text: 'x'.repeat(16 * 1024 + 1) },
    } as const;
    const first = await alice.api.execute('the-command', tooLong);
    expect(first).toMatchObject({ status: 'refused', code: 'message-too-long' });
    await stop(alice);
    alice = await start(root, client('alice', port));
    const repeated = await alice.api.execute('the-command', {
      ...tooLong,
      content: { kind: 'text', text: 'short enough now' },
    });
    expect(repeated).toEqual(first);
    expect(texts(alice, me)).toEqual([]);
  });

  it('finds name and history again when the same server has another address', async () => {
    const root = temporaryFolder();
    const port = await freeUdpPort();
    await start(root, { type: 'server', port });
    const yesterday = await start(root, client('bob', port));
    await online(yesterday);
    const me = await keyOf(yesterday, 'bob');
    await execute(yesterday, {
      type: 'send',
      id: newId(),
      conversation: directConversation(me),
      content: { kind: 'text', text: 'note to self' },
    });
    await stop(yesterday);
    const today = await start(root, { type: 'app' });
    expect(
      await execute(today, { type: 'join', nickname: 'bob', server: { address: `[::1]:${port}` } }),
    ).toEqual({
      status: 'done',
    });
    expect(texts(today, me)).toEqual(['note to self']);
  });

  it('tells a second process on one data folder where the first one runs', async () => {
    const root = temporaryFolder();
    const port = await freeUdpPort();
    await start(root, { type: 'server', port });
    const first = await start(root, client('alice', port));
    const refusal = await start(root, client('Alice', port)).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(StartError);
    expect((refusal as StartError).sentence).toContain(first.url());
  });

  it('names a port that cannot be had, and the dynamic range', async () => {
    const root = temporaryFolder();
    const port = await freeUdpPort();
    await start(root, { type: 'server', port });
    const refusal = await start(temporaryFolder(), { type: 'server', port }).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(StartError);
    expect((refusal as StartError).sentence).toBe(
      `UDP port ${port} is in use or restricted; choose another one, preferably from the dynamic range 49152 to 65535.`,
    );
  });

  it.each(['server', 'app'] as const)('says that the data folder of a %s cannot be used', async (type) => {
    const file = path.join(temporaryFolder(), 'a-file');
    fs.writeFileSync(file, 'no folder');
    const role: RoleChoice = type === 'server' ? { type, port: await freeUdpPort() } : { type };
    const refusal = await start(file, role).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(StartError);
    expect((refusal as StartError).sentence).toContain(file);
  });

  it('says that a database is damaged, and leaves it as it is', async () => {
    const root = temporaryFolder();
    const port = await freeUdpPort();
    const folder = serverFolder(root, port);
    fs.mkdirSync(folder, { recursive: true });
    const file = path.join(folder, serverDatabaseName);
    fs.writeFileSync(file, 'not a database, but a user’s text');
    const refusal = await start(root, { type: 'server', port }).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(StartError);
    expect(fs.readFileSync(file, 'utf8')).toContain('a user’s text');
  });

  it('shows a table of 300 people over real UDP', async () => {
    const root = temporaryFolder();
    const port = await freeUdpPort();
    const folder = serverFolder(root, port);
    fs.mkdirSync(folder, { recursive: true });
    const store = openServerStore(path.join(folder, serverDatabaseName));
    store.begin();
    store.savepoint(() => {
      for (let index = 0; index < 299; index++) {
        const { key, signingKey } = newIdentity(secureRandom);
        store.names.put(sampleName(index, { online: false, key, signingKey }));
      }
    });
    store.commit();
    store.close();
    await start(root, { type: 'server', port });
    const alice = await start(root, client('alice', port));
    await online(alice);
    await eventually(() => expect(now(alice).contacts.length).toBe(300));
  });
});

describe('events', () => {
  it('are numbered without a gap, and a reset carries everything when a chat is joined or left', async () => {
    const root = temporaryFolder();
    const app = await start(root, { type: 'app' });
    const heard: NumberedEvent[] = [];
    app.api.subscribe((event) => heard.push(event));
    await execute(app, { type: 'host', nickname: 'alice' });
    await execute(app, { type: 'leave' });
    expect(heard.map(({ number }) => number)).toEqual(heard.map((_, index) => index + 1));
    expect(heard.at(-1)?.event).toMatchObject({
      type: 'reset',
      snapshot: { session: { phase: 'none' }, hosting: null },
    });
    expect(await execute(app, { type: 'register' })).toMatchObject({ status: 'refused', code: 'not-joined' });
  });
});
