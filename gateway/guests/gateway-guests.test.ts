import fs from 'node:fs';
import path from 'node:path';
import { uuidv7 } from 'uuidv7';
import { afterEach, describe, expect, it } from 'vitest';
import type { Command } from '../../shared/bridge/commands.ts';
import type { Guests } from '../../shared/bridge/guests.ts';
import type { Contact } from '../../shared/bridge/schema.ts';
import { directConversation } from '../../shared/conversation.ts';
import { parseMessageId, type PeerKey } from '../../shared/ids.ts';
import { ownKey, type ChatState } from '../../shared/model/chat.ts';
import { backUp, restore } from '../data-dir/backup.ts';
import { startGateway, type Gateway, type GatewayOptions } from '../gateway.ts';
import { eventually } from '../system-tests/eventually.ts';
import { freeTcpPort, freeUdpPort } from '../system-tests/free-port.ts';
import { gatewayOptions } from '../system-tests/gateway-options.ts';
import { ScriptedGuest } from '../system-tests/scripted-guest.ts';
import { bytesIn, temporaryFolder } from '../system-tests/temporary-folder.ts';

/** A real gateway that takes guests, and pages of guests without a browser, on loopback. */

const closings: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closings.splice(0).toReversed()) await close();
});

async function start(options: Partial<GatewayOptions>): Promise<Gateway> {
  const guestsAt = { host: '127.0.0.1', port: await freeTcpPort() };
  const gateway = await startGateway(gatewayOptions({ guestsAt, ...options }));
  closings.push(() => gateway.close());
  return gateway;
}

function run(gateway: Gateway, command: Command) {
  return gateway.api.execute(uuidv7(), command);
}

async function done(gateway: Gateway, ...commands: readonly Command[]): Promise<void> {
  for (const command of commands) expect(await run(gateway, command)).toEqual({ status: 'done' });
}

/** A gateway with a user that hosts a chat, and takes guests. */
async function host(options: Partial<GatewayOptions> = {}): Promise<Gateway> {
  const gateway = await start(options);
  await done(gateway, { type: 'host', nickname: 'alice' }, { type: 'take-guests', on: true });
  return gateway;
}

function guestsOf(gateway: Gateway): Guests {
  const { guests } = gateway.api.snapshot().snapshot;
  if (guests === null) throw new Error('no chat is open');
  return guests;
}

function linkOf(gateway: Gateway): string {
  const { link } = guestsOf(gateway);
  if (link === null) throw new Error('no guest can come');
  return link;
}

/** A page that opens the link, and joins under the same nickname once it is let in. */
async function comes(link: string, name: string, keys?: ScriptedGuest['keys']): Promise<ScriptedGuest> {
  const guest = page(link, name, keys);
  await eventually(() => expect(guest.isAdmitted).toBe(true));
  if (keys === undefined)
    expect(await guest.execute({ type: 'join', nickname: name, server: { address: 'any' } })).toEqual({
      status: 'done',
    });
  await eventually(() => expect(guest.chat.session.phase).toBe('online'));
  return guest;
}

function page(link: string, name: string, keys?: ScriptedGuest['keys']): ScriptedGuest {
  const guest = new ScriptedGuest(link, name, keys);
  closings.push(() => guest.close());
  return guest;
}

function contactIn(contacts: Iterable<Contact>, nickname: string): Contact | undefined {
  return [...contacts].find((contact) => contact.nickname === nickname);
}

function contactsOf(gateway: Gateway): readonly Contact[] {
  return gateway.api.snapshot().snapshot.contacts;
}

function textsOf({ conversations }: ChatState): readonly string[] {
  return [...conversations.values()]
    .flatMap(({ messages }) => messages)
    .flatMap(({ content }) => ('text' in content ? [content.text] : []));
}

function message(to: PeerKey, text: string): Command {
  const id = parseMessageId(uuidv7());
  if (id === undefined) throw new Error('a UUIDv7 is an id');
  return { type: 'send', id, conversation: directConversation(to), content: { kind: 'text', text } };
}

describe('the guests of a host', () => {
  it('come by the link, talk, and are shown as guests of the host', async () => {
    const alice = await host();
    const zoe = await comes(linkOf(alice), 'zoe');
    const me = contactIn(contactsOf(alice), 'alice')?.key;
    await eventually(() =>
      expect(contactIn(contactsOf(alice), 'zoe')).toMatchObject({ online: true, guestOf: me }),
    );
    expect(guestsOf(alice)).toMatchObject({
      isOn: true,
      fault: null,
      guests: [{ number: 1, name: 'zoe', state: 'here', host: '127.0.0.1' }],
      waiting: [],
    });
    expect(await run(alice, message(contactIn(contactsOf(alice), 'zoe')!.key, 'hello, guest'))).toEqual({
      status: 'done',
    });
    await eventually(() => expect(textsOf(zoe.chat)).toEqual(['hello, guest']));
    expect(zoe.chat.guests).toBe(null);
    expect(await zoe.execute({ type: 'take-guests', on: false })).toMatchObject({ code: 'not-for-guests' });
  });

  it('without the link wait for the host, who sees the same number, name and words', async () => {
    const alice = await host();
    const [origin = ''] = guestsOf(alice).origins;
    const yan = page(origin, 'yan');
    await eventually(() => expect(guestsOf(alice).waiting).toHaveLength(1));
    const [visitor] = guestsOf(alice).waiting;
    expect(visitor).toMatchObject({ number: 1, name: 'yan', host: '127.0.0.1', hasLink: false });
    expect(visitor?.words).toMatch(/^[a-z]+ [a-z]+ [a-z]+ [a-z]+$/u);
    expect(await run(alice, { type: 'admit-guest', number: 9 })).toMatchObject({ code: 'unknown-guest' });
    await done(alice, { type: 'admit-guest', number: 1 });
    await eventually(() => expect(yan.isAdmitted).toBe(true));
    await done(alice, { type: 'bar-guest', number: 1 });
    await eventually(() => expect(yan.ended).toBe('barred'));
    expect(guestsOf(alice)).toMatchObject({ guests: [], waiting: [] });
  });

  it('are the same people after a restart of the gateway, at the same port and by the same link', async () => {
    const dataRoot = temporaryFolder();
    const guestsAt = { host: '127.0.0.1', port: await freeTcpPort() };
    const alice = await host({ dataRoot, guestsAt });
    const link = linkOf(alice);
    const zoe = await comes(link, 'zoe');
    const key = ownKey(zoe.chat.session);
    await alice.close();
    expect(zoe.ended).toBe('chat-closed');
    const again = await start({ dataRoot, guestsAt });
    expect(again.api.snapshot().snapshot.guests).toBe(null);
    await done(again, { type: 'host', nickname: 'alice' });
    await eventually(() => expect(guestsOf(again).link).toBe(link));
    expect(guestsOf(again).guests).toMatchObject([{ name: 'zoe', state: 'away', host: null }]);
    const back = await comes(link, 'zoe', zoe.keys);
    expect(back.chat.session).toMatchObject({ phase: 'online', nickname: 'zoe', me: key });
  });

  it('are told when the host closes the chat, and come into no other chat of that computer', async () => {
    const alice = await host();
    const link = linkOf(alice);
    const zoe = await comes(link, 'zoe');
    await done(alice, { type: 'leave' });
    await eventually(() => expect(zoe.ended).toBe('chat-closed'));
    expect(await run(alice, { type: 'take-guests', on: true })).toMatchObject({ code: 'not-joined' });
    await done(alice, { type: 'host', nickname: 'bob' });
    expect(guestsOf(alice)).toMatchObject({ isOn: false, link: null, guests: [] });
    await done(alice, { type: 'take-guests', on: true });
    expect(linkOf(alice)).not.toBe(link);
    const early = page(link, 'zoe', zoe.keys);
    await eventually(() => expect(early.ended).toBe('secret-wrong'));
  });

  it('end when guests are switched off, and may come back by another link', async () => {
    const alice = await host();
    const link = linkOf(alice);
    const zoe = await comes(link, 'zoe');
    await done(alice, { type: 'take-guests', on: false });
    await eventually(() => expect(zoe.ended).toBe('switched-off'));
    await eventually(() => expect(contactIn(contactsOf(alice), 'zoe')?.online).toBe(false));
    expect(guestsOf(alice)).toMatchObject({
      isOn: false,
      link: null,
      origins: [],
      guests: [{ name: 'zoe' }],
    });
    expect(await run(alice, { type: 'new-guest-link' })).toMatchObject({ code: 'guests-off' });
    await done(alice, { type: 'take-guests', on: true });
    const back = await comes(linkOf(alice), 'zoe', zoe.keys);
    expect(back.chat.session).toMatchObject({ nickname: 'zoe' });
  });

  it('who are removed leave no byte behind, and their nickname is free', async () => {
    const dataRoot = temporaryFolder();
    const alice = await host({ dataRoot });
    const zoe = await comes(linkOf(alice), 'zoe');
    await eventually(() => expect(contactIn(contactsOf(alice), 'zoe')?.online).toBe(true));
    const me = contactIn(zoe.chat.contacts.values(), 'alice');
    expect(await zoe.execute(message(me!.key, 'zanzibarquux'))).toEqual({ status: 'done' });
    const [chat = ''] = fs.readdirSync(path.join(dataRoot, 'clients'));
    const stores = path.join(dataRoot, 'clients', chat, 'guests');
    expect(bytesIn(stores).includes('zanzibarquux')).toBe(true);
    await done(alice, { type: 'remove-guest', number: 1 });
    await eventually(() => expect(zoe.ended).toBe('removed'));
    await eventually(() => expect(fs.readdirSync(stores)).toEqual(['guests.json']));
    const another = await comes(linkOf(alice), 'zoe');
    expect(another.chat.session).toMatchObject({ nickname: 'zoe' });
  });

  it('are no guests while the chat refuses their nickname, and have the one on the list that it takes', async () => {
    const alice = await host();
    const zoe = page(linkOf(alice), 'alice');
    await eventually(() => expect(zoe.isAdmitted).toBe(true));
    const join = (nickname: string) => zoe.execute({ type: 'join', nickname, server: { address: 'any' } });
    expect(await join('alice')).toMatchObject({ status: 'refused', code: 'nickname-taken' });
    expect(guestsOf(alice).guests).toMatchObject([{ number: 1, name: '', state: 'choosing' }]);
    expect(await join('zoe')).toEqual({ status: 'done' });
    await eventually(() => expect(guestsOf(alice).guests).toMatchObject([{ name: 'zoe', state: 'here' }]));
  });

  it('may be as many as the host chooses, and each may have to be let in', async () => {
    const alice = await host();
    await done(alice, { type: 'limit-guests', limit: 1 }, { type: 'ask-for-guests', asks: true });
    const [zoe, yan] = [page(linkOf(alice), 'zoe'), page(linkOf(alice), 'yan')];
    await eventually(() => expect(guestsOf(alice).waiting).toHaveLength(2));
    await done(alice, { type: 'admit-guest', number: 1 });
    expect(await run(alice, { type: 'admit-guest', number: 2 })).toMatchObject({
      code: 'guest-places-taken',
    });
    await eventually(() => expect([zoe.isAdmitted, yan.isAdmitted].toSorted()).toEqual([false, true]));
    expect(guestsOf(alice)).toMatchObject({ limit: 1, asks: true });
  });

  it('are refused with a sentence while another program has the port, and the chat goes on', async () => {
    const alice = await host();
    const [origin = ''] = guestsOf(alice).origins;
    const at = { host: '127.0.0.1', port: Number(new URL(origin).port) };
    const bob = await start({ guestsAt: at, guests: true });
    await done(bob, { type: 'host', nickname: 'bob' });
    await eventually(() =>
      expect(guestsOf(bob)).toMatchObject({ isOn: true, link: null, fault: 'guest-port-taken' }),
    );
    expect(await run(bob, { type: 'take-guests', on: true })).toMatchObject({ code: 'guest-port-taken' });
    await done(alice, { type: 'take-guests', on: false });
    await done(bob, { type: 'take-guests', on: true });
    expect(guestsOf(bob)).toMatchObject({ fault: null, origins: [origin] });
  });
});

describe('a backup of a chat with guests', () => {
  it('brings them back elsewhere: the link, the people, their keys and their messages', async () => {
    const [dataRoot, elsewhere] = [temporaryFolder(), temporaryFolder()];
    const file = path.join(temporaryFolder(), 'chats.backup');
    const guestsAt = { host: '127.0.0.1', port: await freeTcpPort() };
    const alice = await host({ dataRoot, guestsAt });
    const link = linkOf(alice);
    const zoe = await comes(link, 'zoe');
    const me = contactIn(zoe.chat.contacts.values(), 'alice');
    expect(await zoe.execute(message(me!.key, 'before the fire'))).toEqual({ status: 'done' });
    expect(backUp(dataRoot, file)[0]).toMatch(/holds clients\/alice@\S+ with its guests, servers\/\d+\.$/u);
    await alice.close();
    const sentences = restore(elsewhere, file);
    expect(sentences).toContainEqual(expect.stringMatching(/^clients\/alice@\S+\/guests is restored\.$/u));
    expect(sentences).toHaveLength(3);
    const again = await start({ dataRoot: elsewhere, guestsAt });
    await done(again, { type: 'host', nickname: 'alice' });
    await eventually(() => expect(guestsOf(again)).toMatchObject({ link, guests: [{ name: 'zoe' }] }));
    const back = await comes(link, 'zoe', zoe.keys);
    expect(ownKey(back.chat.session)).toBe(ownKey(zoe.chat.session));
    expect(textsOf(back.chat)).toEqual(['before the fire']);
  });

  it('waits while the chat is open, and is there when it opens again', async () => {
    const dataRoot = temporaryFolder();
    const file = path.join(temporaryFolder(), 'chats.backup');
    const alice = await host({ dataRoot });
    const link = linkOf(alice);
    backUp(dataRoot, file);
    await done(alice, { type: 'new-guest-link' });
    expect(restore(dataRoot, file).join(' ')).toMatch(/guests is in use \(process \d+\)/u);
    await done(alice, { type: 'leave' }, { type: 'host', nickname: 'alice' });
    await eventually(() => expect(linkOf(alice)).toBe(link));
  });
});

describe('a record of guests that cannot be read', () => {
  it('erases no guest: the chat goes on without guests, and the host is told why', async () => {
    const dataRoot = temporaryFolder();
    const alice = await host({ dataRoot });
    const zoe = await comes(linkOf(alice), 'zoe');
    await done(alice, { type: 'leave' });
    await eventually(() => expect(zoe.ended).toBe('chat-closed'));
    const [chat = ''] = fs.readdirSync(path.join(dataRoot, 'clients'));
    const guests = path.join(dataRoot, 'clients', chat, 'guests');
    const stores = fs.readdirSync(guests).filter((name) => name !== 'guests.json');
    fs.writeFileSync(path.join(guests, 'guests.json'), '{"privateKey":');
    await done(alice, { type: 'host', nickname: 'alice' });
    expect(alice.api.snapshot().snapshot).toMatchObject({ guests: null, session: { phase: 'online' } });
    const answer = await run(alice, { type: 'take-guests', on: true });
    expect(answer).toMatchObject({ status: 'refused', code: 'storage-damaged' });
    expect(stores).toHaveLength(1);
    expect(fs.readdirSync(guests)).toEqual(expect.arrayContaining(stores));
  });
});

describe('a wipe of a chat with guests', () => {
  it('leaves nothing of them, and their nicknames are free', async () => {
    const bob = await start({});
    await done(bob, { type: 'host', nickname: 'bob' });
    const { hosting } = bob.api.snapshot().snapshot;
    const dataRoot = temporaryFolder();
    const alice = await start({ dataRoot, guests: true });
    const server = { address: `127.0.0.1:${hosting?.port ?? 0}` };
    await done(alice, { type: 'join', nickname: 'alice', server });
    await eventually(() => expect(guestsOf(alice).link).toMatch(/^http:/u));
    const zoe = await comes(linkOf(alice), 'zoe');
    await eventually(() => expect(contactIn(contactsOf(bob), 'zoe')?.online).toBe(true));
    await done(alice, { type: 'wipe', nickname: 'alice' });
    await eventually(() => expect(zoe.ended).toBe('chat-closed'));
    await alice.close();
    expect(fs.readdirSync(dataRoot)).toEqual([]);
    const carol = await start({});
    await done(carol, { type: 'join', nickname: 'zoe', server });
  });
});

describe('the guests of a server without a user', () => {
  it('come by the link, also past its join code, and have the host of that computer', async () => {
    const dataRoot = temporaryFolder();
    const guestsAt = { host: '127.0.0.1', port: await freeTcpPort() };
    const port = await freeUdpPort();
    const role = { type: 'server', port, joinCode: true } as const;
    const server = await start({ dataRoot, role, guestsAt, guests: true });
    await eventually(() => expect(guestsOf(server).link).toMatch(/^http:/u));
    const link = linkOf(server);
    const zoe = await comes(link, 'zoe');
    const yan = await comes(link, 'yan');
    const hostKey = contactIn(zoe.chat.contacts.values(), 'host')?.key;
    await eventually(() =>
      expect(contactIn(zoe.chat.contacts.values(), 'yan')).toMatchObject({ online: true, guestOf: hostKey }),
    );
    const toYan = message(contactIn(zoe.chat.contacts.values(), 'yan')!.key, 'between guests');
    expect(await zoe.execute(toYan)).toEqual({ status: 'done' });
    await eventually(() => expect(textsOf(yan.chat)).toEqual(['between guests']));
    await server.close();
    const again = await start({ dataRoot, role, guestsAt });
    await eventually(() => expect(guestsOf(again)).toMatchObject({ link, guests: [{}, {}] }));
    const back = await comes(link, 'zoe', zoe.keys);
    expect(contactIn(back.chat.contacts.values(), 'host')?.key).toBe(hostKey);
  });
});
