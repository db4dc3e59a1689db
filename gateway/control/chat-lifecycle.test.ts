import { formatNamedKey, type KnownServer } from '../../shared/join-address.ts';
import type { ServerRef } from '../../shared/join-address-text.ts';
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { Answer, Command } from '../../shared/bridge/commands.ts';
import { UdpSocket } from '../net/udp-socket.ts';
import { clientsFolder, serverDatabaseName, serverFolder } from '../data-dir/data-dir.ts';
import { LocalRuntime } from '../runtime/local-runtime.ts';
import { directConversation } from '../../shared/conversation.ts';
import { idOf } from '../../shared/model/samples.ts';
import { decodeRoomContent } from '../../shared/rooms/content.ts';
import { everyoneRoom } from '../../shared/rooms/room-state.ts';
import { sampleConversation, sampleKey, sampleSigningKeyOf } from '../store/sample.ts';
import { openClientStore } from '../store/sqlite/client/client-store.ts';
import { openServerStore } from '../store/sqlite/server/server-store.ts';
import { temporaryFolder } from '../system-tests/temporary-folder.ts';
import type { Resolver } from '../net/resolve-host.ts';
import { Control } from './control.ts';
import { eventually } from '../system-tests/eventually.ts';

/** Joining, hosting, leaving and ending at the same time, with real sockets on loopback. */

const controls: { readonly control: Control; readonly runtime: LocalRuntime }[] = [];
const sockets: UdpSocket[] = [];

function start(dataRoot = temporaryFolder(), resolver?: Resolver) {
  const onFault = (error: unknown): void => {
    throw error;
  };
  const runtime = new LocalRuntime({
    dataRoot,
    lab: null,
    discovery: false,
    profile: 'normal',
    url: () => null,
    gatewayFolder: () => undefined,
    onServerChange: () => undefined,
    onAddressesChange: () => undefined,
    resolver,
    onFault,
  });
  const control = new Control({
    runtime,
    bridge,
    epoch: '0123456789abcdef',
    onFault,
    onWiped: () => undefined,
  });
  controls.push({ control, runtime });
  return { control, runtime, dataRoot };
}

/** No command here is about browsers. */
function bridge(): never {
  throw new Error('there is no bridge');
}

afterEach(async () => {
  for (const { control, runtime } of controls.splice(0)) {
    await control.close();
    await runtime.stopServer();
  }
  for (const socket of sockets.splice(0)) await socket.close();
});

let commands = 0;
function execute(control: Control, command: Command): Promise<Answer> {
  return control.execute(`moving-${++commands}`, command);
}

function phaseOf(control: Control): string {
  return control.snapshot().snapshot.session.phase;
}

/** The address of a server that never answers. */
async function silentServer(): Promise<ServerRef> {
  const socket = await UdpSocket.open({ port: 0, ipv4Host: '127.0.0.1', ipv6Host: null });
  sockets.push(socket);
  return { address: `127.0.0.1:${socket.port}` };
}

const host: Command = { type: 'host', nickname: 'alice' };

describe('a join that accepts another key of the server', () => {
  it('accepts it only at the address of the refusal', async () => {
    const server = start();
    await execute(server.control, host);
    const address = `127.0.0.1:${server.runtime.hosting()?.port ?? 0}`;
    const key = server.runtime.server()?.key;
    const { control } = start();
    const join = (acceptServer: KnownServer) =>
      execute(control, { type: 'join', nickname: 'bob', server: { address }, acceptServer });

    const refused = await join({ address, key: sampleKey(1) });
    expect(refused).toMatchObject({ code: 'server-key-changed', foundServer: { address, key } });
    expect(await join({ address: '127.0.0.1:1', key: sampleKey(1) })).toEqual({ status: 'done' });
    expect(await execute(control, { type: 'leave' })).toEqual({ status: 'done' });
    expect(await join({ address, key: key! })).toEqual({ status: 'done' });
  });
});

describe('a join at an address where no server can be', () => {
  it('says that it is the user’s own address, and offers no key', async () => {
    const { control, dataRoot } = start();
    const socket = await UdpSocket.open({ port: 0, ipv4Host: '127.0.0.1', ipv6Host: null });
    const { port } = socket;
    await socket.close();
    const server = { address: `127.0.0.1:${port}` };
    const join: Command = { type: 'join', nickname: 'bob', server, clientPort: port };
    for (let attempt = 1; attempt <= 2; attempt++) {
      const answer = await execute(control, join);
      expect(answer).toMatchObject({ status: 'refused', code: 'own-address' });
      expect(answer).not.toHaveProperty('foundServer');
    }
    expect(fs.readdirSync(clientsFolder(dataRoot))).toEqual([]);
  });

  it('says that the address sends back what it gets, and offers no key', async () => {
    const { control } = start();
    const echo = await UdpSocket.open({ port: 0, ipv4Host: '127.0.0.1', ipv6Host: null });
    sockets.push(echo);
    echo.onDatagram = (from, bytes) => echo.send(from, Uint8Array.from(bytes));
    const server = { address: `127.0.0.1:${echo.port}` };
    for (const named of [server, { ...server, key: formatNamedKey({ type: 'whole', key: sampleKey(1) }) }]) {
      const answer = await execute(control, { type: 'join', nickname: 'bob', server: named });
      expect(answer).toMatchObject({ status: 'refused', code: 'address-echo' });
      expect(answer).not.toHaveProperty('foundServer');
    }
    const accepting = { address: server.address, key: sampleKey(2) };
    expect(
      await execute(control, { type: 'join', nickname: 'bob', server, acceptServer: accepting }),
    ).toMatchObject({ code: 'address-echo' });
  });
});

describe('a join by the name of a host', () => {
  const resolver: Resolver = {
    lookup: (name) =>
      name === 'alice-pc.local'
        ? Promise.resolve(['127.0.0.1', '::1'])
        : Promise.reject(new Error('ENOTFOUND')),
    interfaces: () => [],
    zoneOf: () => undefined,
    timeout: () => new Promise(() => undefined),
  };

  it('finds the server, shows the addresses, and remembers the name', async () => {
    const server = start();
    await execute(server.control, host);
    const { control, dataRoot } = start(undefined, resolver);
    const name = `alice-pc.local:${server.runtime.hosting()?.port ?? 0}`;
    const shown: unknown[] = [];
    control.subscribe(({ event }) => {
      const session =
        event.type === 'reset' ? event.snapshot.session : event.type === 'session' && event.session;
      if (session && session.phase === 'joining') shown.push(session.hostName);
    });
    expect(
      await execute(control, {
        type: 'join',
        nickname: 'bob',
        server: { address: `Alice-PC.local:${name.split(':')[1]}/` },
      }),
    ).toEqual({ status: 'done' });
    const port = name.split(':')[1];
    expect(shown[0]).toEqual({ name, addresses: [`127.0.0.1:${port}`, `[::1]:${port}`] });
    expect(control.snapshot().snapshot.profiles[0]?.server.address).toBe(name);
    expect(await execute(control, { type: 'leave' })).toEqual({ status: 'done' });
    expect(fs.readdirSync(clientsFolder(dataRoot))).toHaveLength(1);
    expect(await execute(control, { type: 'join', nickname: 'bob', server: { address: name } })).toEqual({
      status: 'done',
    });
    expect(fs.readdirSync(clientsFolder(dataRoot))).toHaveLength(1);
    expect(await execute(control, { type: 'leave' })).toEqual({ status: 'done' });
    const silent = (await silentServer()).address.split(':')[1];
    const elsewhere = { address: `alice-pc.local:${silent}` };
    expect(await execute(control, { type: 'join', nickname: 'bob', server: elsewhere })).toMatchObject({
      code: 'server-silent',
      triedAddresses: [`127.0.0.1:${silent}`, `[::1]:${silent}`],
    });
  });

  it('names the addresses that were tried if none answers, and says if there is no such name', async () => {
    const { control } = start(undefined, resolver);
    const { address } = await silentServer();
    const port = address.split(':')[1];
    const join = (server: ServerRef) => execute(control, { type: 'join', nickname: 'bob', server });
    const answer = await join({ address: `alice-pc.local:${port}` });
    const triedAddresses = [`127.0.0.1:${port}`, `[::1]:${port}`];
    expect(answer).toMatchObject({ status: 'refused', code: 'server-silent', triedAddresses });
    expect('sentence' in answer && answer.sentence).toContain(triedAddresses.join(' or '));
    expect(await join({ address: 'nowhere' })).toMatchObject({ code: 'host-name-unknown' });
    expect(await join({ address: '0.0.0.0' })).toMatchObject({ code: 'address-unspecified' });
    expect(await join({ address: 'fe80::1%nowhere' })).toMatchObject({ code: 'address-zone-unknown' });
  });
});

describe('two tabs at once', () => {
  it('start one chat, not two servers', async () => {
    const { control, runtime, dataRoot } = start();
    const outcomes = await Promise.all([execute(control, host), execute(control, host)]);
    expect(outcomes.map((outcome) => (outcome.status === 'done' ? 'done' : outcome.code))).toEqual([
      'done',
      'already-joined',
    ]);
    const port = runtime.hosting()?.port ?? 0;
    expect(await execute(control, { type: 'leave' })).toEqual({ status: 'done' });
    expect(runtime.hosting()).toBeNull();
    expect(fs.readdirSync(path.join(dataRoot, 'servers'))).toEqual([String(port)]);
    expect(fs.existsSync(path.join(serverFolder(dataRoot, port), 'running.json'))).toBe(false);
  });

  it('leave once, and the chat can be joined again at once', async () => {
    const server = start();
    await execute(server.control, host);
    const address = `127.0.0.1:${server.runtime.hosting()?.port ?? 0}`;
    const { control } = start();
    const join: Command = { type: 'join', nickname: 'bob', server: { address } };
    expect(await execute(control, join)).toEqual({ status: 'done' });
    const left = await Promise.all([
      execute(control, { type: 'leave' }),
      execute(control, { type: 'leave' }),
    ]);
    expect(left).toEqual([{ status: 'done' }, { status: 'done' }]);
    expect(await execute(control, join)).toEqual({ status: 'done' });
  });
});

describe('a chat that could not be opened', () => {
  it('makes the hosting user the owner of #everyone, once', async () => {
    const { control, runtime, dataRoot } = start();
    await execute(control, host);
    const port = runtime.hosting()?.port ?? 0;
    await execute(control, { type: 'leave' });
    await execute(control, host);
    await execute(control, { type: 'leave' });
    const store = openServerStore(path.join(serverFolder(dataRoot, port), serverDatabaseName));
    const entries = store.rooms.entriesAfter(everyoneRoom, 0, 9).map(({ entry }) => entry);
    const [alice] = store.names.all();
    store.close();
    expect(entries.map(({ header }) => header.kind)).toEqual(['create', 'name-owner']);
    const [, named] = entries;
    expect(decodeRoomContent('name-owner', named!.content!)).toMatchObject({
      content: { member: alice?.key },
    });
  });

  it('leaves no server behind when the data folder cannot be made', async () => {
    const { control, runtime, dataRoot } = start();
    fs.writeFileSync(clientsFolder(dataRoot), 'in the way');
    expect(await execute(control, host)).toMatchObject({ status: 'refused' });
    expect(runtime.hosting()).toBeNull();
    expect(control.snapshot().snapshot).toMatchObject({ hosting: null, session: { phase: 'none' } });
  });

  it('is given up by leaving, before the server has answered', async () => {
    const { control, dataRoot } = start();
    const joined = execute(control, { type: 'join', nickname: 'bob', server: await silentServer() });
    await eventually(() => expect(fs.existsSync(clientsFolder(dataRoot))).toBe(true));
    await eventually(() => expect(phaseOf(control)).toBe('joining'));
    await new Promise(setImmediate);
    expect(await execute(control, { type: 'leave' })).toEqual({ status: 'done' });
    expect(await joined).toMatchObject({ status: 'refused' });
    expect(phaseOf(control)).toBe('none');
    expect(fs.readdirSync(clientsFolder(dataRoot))).toEqual([]);
  });

  it('does not outlive a gateway that stops during the attempt', async () => {
    const { control, dataRoot } = start();
    const joined = execute(control, { type: 'join', nickname: 'bob', server: await silentServer() });
    await eventually(() => expect(phaseOf(control)).toBe('joining'));
    await control.close();
    expect(await joined).toMatchObject({ status: 'refused' });
    expect(fs.readdirSync(clientsFolder(dataRoot))).toEqual([]);
    expect(await execute(control, host)).toMatchObject({ status: 'refused' });
  });
});

it('a gateway that stops does not say that its user is offline, so that tabs go on with the chat later', async () => {
  const { control } = start();
  await execute(control, host);
  const phases: string[] = [];
  control.subscribe(({ event }) => {
    if (event.type === 'session') phases.push(event.session.phase);
  });
  await control.close();
  expect(phases).toEqual([]);
});

describe('a chat that is joined again', () => {
  it('tells where a conversation went when the user accepted a new key', async () => {
    const server = start();
    await execute(server.control, host);
    const { control, dataRoot } = start();
    const address = `127.0.0.1:${server.runtime.hosting()?.port ?? 0}`;
    const join: Command = { type: 'join', nickname: 'bob', server: { address } };
    await execute(control, join);
    expect(control.snapshot().snapshot.movedConversations).toEqual([]);
    await execute(control, { type: 'leave' });
    const [folder] = fs.readdirSync(clientsFolder(dataRoot));
    const store = openClientStore(path.join(clientsFolder(dataRoot), folder!, 'client.sqlite'));
    store.begin();
    store.savepoint(() => {
      const key = sampleKey(1);
      const signingKey = sampleSigningKeyOf(key);
      store.contacts.put({
        key,
        signingKey,
        nickname: 'carol',
        candidates: [],
        classic: null,
        verified: false,
        acceptance: 'limited',
        guestOf: null,
        features: [],
      });
      store.rekey(key, sampleKey(2));
    });
    store.commit();
    store.close();
    expect(await execute(control, join)).toEqual({ status: 'done' });
    expect(control.snapshot().snapshot.movedConversations).toEqual([
      { from: sampleConversation(1), to: sampleConversation(2) },
    ]);
  });
});

describe('going offline', () => {
  it('is done when the server has confirmed it', async () => {
    const { control, runtime } = start();
    await execute(control, host);
    const phases: string[] = [];
    control.subscribe(({ event }) => {
      if (event.type === 'session') phases.push(event.session.phase);
    });
    expect(await execute(control, { type: 'deregister' })).toEqual({ status: 'done' });
    expect([phases, phaseOf(control)]).toEqual([['offline'], 'offline']);
    expect(runtime.hosting()).not.toBeNull();
  });
});

describe('several chats of one computer', () => {
  async function chatsOf(control: Control) {
    const answer = await control.execute(`chats-${++commands}`, { type: 'chats' });
    if (answer.status !== 'done') throw new Error(answer.sentence);
    return answer.result;
  }

  async function hostedChat(nickname: string): Promise<ServerRef> {
    const { control, runtime } = start();
    await execute(control, { type: 'host', nickname });
    return { address: `127.0.0.1:${runtime.hosting()?.port ?? 0}` };
  }

  it('are listed, and a switch opens another one, in which the outbox of the first one waits', async () => {
    const [first, second] = [await hostedChat('alice'), await hostedChat('carol')];
    const { control } = start();
    await execute(control, { type: 'join', nickname: 'bob', server: second });
    await execute(control, { type: 'leave' });
    await execute(control, { type: 'join', nickname: 'bob', server: first });
    const { chats, endsHosting } = await chatsOf(control);
    expect(chats.map(({ open, server }) => [open, server.address])).toEqual([
      [true, first.address],
      [false, second.address],
    ]);
    expect([endsHosting, chats[0]?.waiting]).toEqual([false, 0]);
    const chat = chats[1]?.chat ?? '';
    expect(await execute(control, { type: 'switch-chat', chat })).toEqual({ status: 'done' });
    await eventually(() => expect(phaseOf(control)).toBe('online'));
    expect((await chatsOf(control)).chats[0]).toMatchObject({ chat, open: true });
    expect(await execute(control, { type: 'switch-chat', chat })).toEqual({ status: 'done' });
  });

  it('keep what was not sent, and show the user as offline there, until it is opened again', async () => {
    const { control: alice, runtime } = start();
    await execute(alice, { type: 'host', nickname: 'alice' });
    const other = await hostedChat('carol');
    const { control: bob } = start();
    await execute(bob, { type: 'join', nickname: 'bob', server: other });
    await execute(bob, { type: 'leave' });
    const server = { address: `127.0.0.1:${runtime.hosting()?.port ?? 0}` };
    await execute(bob, { type: 'join', nickname: 'bob', server });
    const aliceAsBobKnows = await eventually(() => contactOf(bob, 'alice'));
    await execute(bob, { type: 'deregister' });
    const id = idOf(1);
    const conversation = directConversation(aliceAsBobKnows.key);
    const content = { kind: 'text', text: 'later' } as const;
    expect(await execute(bob, { type: 'send', id, conversation, content })).toEqual({ status: 'done' });
    const [open, elsewhere] = (await chatsOf(bob)).chats;
    expect([open?.waiting, elsewhere?.waiting]).toEqual([1, 0]);

    await execute(bob, { type: 'switch-chat', chat: elsewhere?.chat ?? '' });
    expect((await chatsOf(bob)).chats.find(({ chat }) => chat === open?.chat)).toMatchObject({
      open: false,
      waiting: 1,
    });
    await eventually(() => expect(contactOf(alice, 'bob').online).toBe(false));

    await execute(bob, { type: 'switch-chat', chat: open?.chat ?? '' });
    await eventually(() => expect(textsOf(alice)).toEqual(['later']));
    await eventually(() => expect(contactOf(alice, 'bob').online).toBe(true));
    await eventually(async () => expect((await chatsOf(bob)).chats[0]?.waiting).toBe(0));
  });

  function contactOf(control: Control, nickname: string) {
    const found = control.snapshot().snapshot.contacts.find((each) => each.nickname === nickname);
    if (found === undefined) throw new Error(`${nickname} is not known yet`);
    return found;
  }

  function textsOf(control: Control): string[] {
    return control
      .snapshot()
      .snapshot.conversations.flatMap(({ messages }) => messages)
      .flatMap(({ content }) => (content.kind === 'text' ? [content.text] : []));
  }

  it('refuse a switch to an unknown chat, and one that would end a server without a word', async () => {
    const other = await hostedChat('carol');
    const { control, runtime } = start();
    await execute(control, { type: 'join', nickname: 'bob', server: other });
    await execute(control, { type: 'leave' });
    await execute(control, { type: 'host', nickname: 'bob' });
    const unknown = { type: 'switch-chat', chat: '0000000000000000' } as const;
    expect(await execute(control, unknown)).toMatchObject({ code: 'unknown-chat' });
    const { chats, endsHosting } = await chatsOf(control);
    const chat = chats.find(({ open }) => !open)?.chat ?? '';
    expect(endsHosting).toBe(true);
    expect(await execute(control, { type: 'switch-chat', chat })).toMatchObject({ code: 'still-hosting' });
    expect(phaseOf(control)).toBe('online');
    expect(await execute(control, { type: 'switch-chat', chat, endHosting: true })).toEqual({
      status: 'done',
    });
    expect(runtime.hosting()).toBeNull();
    await eventually(() => expect(phaseOf(control)).toBe('online'));
    const hosted = chats.find(({ open }) => open)?.chat ?? '';
    expect(await execute(control, { type: 'switch-chat', chat: hosted })).toEqual({ status: 'done' });
    expect(runtime.hosting()).not.toBeNull();
  });
});
