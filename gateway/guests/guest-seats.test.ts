import fs from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { Command } from '../../shared/bridge/commands.ts';
import { directConversation } from '../../shared/conversation.ts';
import { parseMessageId, type MessageId } from '../../shared/ids.ts';
import { uuidv7 } from 'uuidv7';
import type { GatewayApi } from '../control/gateway-api.ts';
import { startGateway, type Gateway } from '../gateway.ts';
import { resolveAddress } from '../net/resolve-host.ts';
import { startClient } from '../runtime/running-client.ts';
import { bytesIn, temporaryFolder } from '../system-tests/temporary-folder.ts';
import { eventually } from '../system-tests/eventually.ts';
import { gatewayOptions } from '../system-tests/gateway-options.ts';
import { GuestSeats } from './guest-seats.ts';

/** Guests of a host, with real sockets on loopback. */

const zoe = '01'.repeat(32);
const yan = '02'.repeat(32);

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

/** The timers of the seats, which a test lets pass. */
class Timers {
  readonly #waiting = new Set<() => void>();

  readonly after = (_waitMs: number, callback: () => void): (() => void) => {
    this.#waiting.add(callback);
    return () => this.#waiting.delete(callback);
  };

  pass(): void {
    for (const callback of [...this.#waiting]) {
      this.#waiting.delete(callback);
      callback();
    }
  }
}

async function host(): Promise<Gateway> {
  const gateway = await startGateway(gatewayOptions());
  ends.push(() => gateway.close());
  expect(await execute(gateway.api, { type: 'host', nickname: 'alice' })).toEqual({ status: 'done' });
  return gateway;
}

class SeatsUnderTest {
  readonly timers = new Timers();
  readonly faults: unknown[] = [];
  readonly left: string[] = [];
  readonly joined: string[] = [];
  readonly unknown = new Set<string>();
  readonly presence: string[] = [];
  readonly folder: string;
  readonly seats: GuestSeats;

  constructor(gateway: Gateway, folder = temporaryFolder()) {
    this.folder = folder;
    const server = { address: `127.0.0.1:${gateway.api.snapshot().snapshot.hosting?.port ?? 0}` };
    this.seats = new GuestSeats({
      folder,
      startClient: (dataRoot) => (join, listeners) =>
        startClient(join, { dataRoot, lab: null, profile: 'normal', url: () => null, ...listeners }),
      resolveAddress: (typed) => resolveAddress(typed),
      lab: null,
      join: () => ({ server }),
      epoch: '0123456789abcdef',
      onLeave: (key) => this.left.push(key),
      isKnown: (key) => !this.unknown.has(key),
      onJoin: (_key, nickname) => this.joined.push(nickname),
      onPresence: (key, isHere) => this.presence.push(`${key.slice(0, 2)} ${isHere ? 'here' : 'away'}`),
      onFault: (error) => this.faults.push(error),
      nowMs: () => 0,
      after: this.timers.after,
    });
    ends.push(() => this.seats.close());
  }
}

let ids = 0;
function execute(api: GatewayApi, command: Command) {
  return api.execute(`guest-test-${++ids}`, command);
}

function isOnline(api: GatewayApi, nickname: string): boolean | undefined {
  return api.snapshot().snapshot.contacts.find((contact) => contact.nickname === nickname)?.online;
}

async function say(api: GatewayApi, nickname: string, text: string): Promise<MessageId> {
  const key = api.snapshot().snapshot.contacts.find((contact) => contact.nickname === nickname)?.key;
  if (key === undefined) throw new Error(`${nickname} is unknown`);
  const id = parseMessageId(uuidv7());
  if (id === undefined) throw new Error('a UUIDv7 is an id');
  const content = { kind: 'text', text } as const;
  const answer = await execute(api, { type: 'send', id, conversation: directConversation(key), content });
  expect(answer).toEqual({ status: 'done' });
  return id;
}

function texts(api: GatewayApi): readonly string[] {
  return api
    .snapshot()
    .snapshot.conversations.flatMap(({ messages }) => messages)
    .flatMap(({ content }) => ('text' in content ? [content.text] : []));
}

describe('guests of a host', () => {
  it('are people of the chat, each with an own key, and all pages of one guest are one person', async () => {
    const alice = await host();
    const { seats, faults } = new SeatsUnderTest(alice);
    const [one, other, yans] = [await seats.sit(zoe), await seats.sit(zoe), await seats.sit(yan)];
    expect(await execute(one.api, { type: 'join', nickname: 'zoe', server: { address: 'ignored' } })).toEqual(
      {
        status: 'done',
      },
    );
    expect(
      await execute(yans.api, { type: 'join', nickname: 'yan', server: { address: 'ignored' } }),
    ).toEqual({
      status: 'done',
    });
    expect(other.api.snapshot().snapshot.session).toMatchObject({ phase: 'online', nickname: 'zoe' });
    await eventually(() => expect(isOnline(one.api, 'yan')).toBe(true));
    await say(one.api, 'yan', 'from guest to guest');
    await eventually(() => expect(texts(yans.api)).toContain('from guest to guest'));
    expect(texts(other.api)).toContain('from guest to guest');
    expect(texts(alice.api)).not.toContain('from guest to guest');
    await eventually(() => expect(isOnline(alice.api, 'yan')).toBe(true));
    await say(alice.api, 'yan', 'from the host');
    await eventually(() => expect(texts(yans.api)).toContain('from the host'));
    expect(faults).toEqual([]);
  });

  it('stay online while a page is loaded again, are away after it, and are the same person when they return', async () => {
    const alice = await host();
    const { seats, timers, faults } = new SeatsUnderTest(alice);
    const first = await seats.sit(zoe);
    await execute(first.api, { type: 'join', nickname: 'zoe', server: { address: 'ignored' } });
    await eventually(() => expect(isOnline(alice.api, 'zoe')).toBe(true));
    first.end();
    const second = await seats.sit(zoe);
    expect(second.api).toBe(first.api);
    second.end();
    second.end();
    timers.pass();
    await eventually(() => expect(isOnline(alice.api, 'zoe')).toBe(false));
    expect(seats.isHere(zoe)).toBe(false);
    const waits = await say(alice.api, 'zoe', 'while you were away');
    const again = await seats.sit(zoe);
    await eventually(() => expect(texts(again.api)).toEqual(['while you were away']));
    expect(again.api.snapshot().snapshot.conversations[0]?.messages[0]?.id).toBe(waits);
    await eventually(() => expect(isOnline(alice.api, 'zoe')).toBe(true));
    expect(faults).toEqual([]);
  });

  it('who leave are forgotten: the nickname is free, and no byte of them stays', async () => {
    const alice = await host();
    const { seats, left, folder, faults } = new SeatsUnderTest(alice);
    const guest = await seats.sit(zoe);
    await execute(guest.api, { type: 'join', nickname: 'zoe', server: { address: 'ignored' } });
    await eventually(() => expect(isOnline(guest.api, 'alice')).toBe(true));
    await say(guest.api, 'alice', 'zanzibarquux');
    await eventually(() => expect(texts(alice.api)).toEqual(['zanzibarquux']));
    expect(bytesIn(folder).includes('zanzibarquux')).toBe(true);
    await execute(guest.api, { type: 'leave' });
    expect(left).toEqual([zoe]);
    await seats.forget(zoe);
    expect(fs.readdirSync(folder)).toEqual([]);
    const another = await seats.sit(yan);
    expect(await execute(another.api, { type: 'join', nickname: 'zoe', server: { address: 'x' } })).toEqual({
      status: 'done',
    });
    expect(faults).toEqual([]);
  });

  it('have one role at a time, also when a page comes while they are forgotten', async () => {
    const alice = await host();
    const { seats, timers, folder, faults } = new SeatsUnderTest(alice);
    const guest = await seats.sit(zoe);
    await execute(guest.api, { type: 'join', nickname: 'zoe', server: { address: 'ignored' } });
    guest.end();
    timers.pass();
    // The role closes. Both wait for that.
    const forgetting = seats.forget(zoe);
    const again = await seats.sit(zoe);
    expect(await forgetting).toBe(true);
    expect(fs.existsSync(path.join(folder, zoe))).toBe(false);
    const joined = await execute(again.api, { type: 'join', nickname: 'zoe', server: { address: 'x' } });
    expect([joined, faults]).toEqual([{ status: 'done' }, []]);
  });

  it('who are away are forgotten too, and what a crash left of them is erased', async () => {
    const alice = await host();
    const test = new SeatsUnderTest(alice);
    const guest = await test.seats.sit(zoe);
    await execute(guest.api, { type: 'join', nickname: 'zoe', server: { address: 'ignored' } });
    guest.end();
    await test.seats.close();
    const next = new SeatsUnderTest(alice, test.folder);
    await next.seats.forget(zoe);
    const another = await next.seats.sit(yan);
    expect(await execute(another.api, { type: 'join', nickname: 'zoe', server: { address: 'x' } })).toEqual({
      status: 'done',
    });
    await next.seats.close();
    const last = new SeatsUnderTest(alice, test.folder);
    fs.mkdirSync(path.join(test.folder, zoe, 'clients'), { recursive: true });
    last.seats.eraseOthers(new Set([yan]));
    expect(fs.readdirSync(test.folder)).toEqual([yan]);
    expect([...test.faults, ...next.faults, ...last.faults]).toEqual([]);
  });
});
