import os from 'node:os';
import { syncBuiltinESMExports } from 'node:module';
import { afterEach, describe, expect, it } from 'vitest';
import type { AnswerTo, Command } from '../shared/bridge/commands.ts';
import { resultOf } from '../shared/command-result.ts';
import { defaultQuotas } from '../shared/quotas.ts';
import { startGateway, type Gateway } from './gateway.ts';
import { UdpSocket } from './net/udp-socket.ts';
import { eventually } from './system-tests/eventually.ts';
import { gatewayOptions } from './system-tests/gateway-options.ts';
import { temporaryFolder } from './system-tests/temporary-folder.ts';

/** A user who hosts a chat from the app, with real sockets on loopback. */

const running: Gateway[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((gateway) => gateway.close()));
});

async function start(dataRoot = temporaryFolder()): Promise<Gateway> {
  const gateway = await startGateway(gatewayOptions({ dataRoot }));
  running.push(gateway);
  return gateway;
}

const byNickname = { by: 'nickname', descending: false, limit: 200 } as const;

let commands = 0;
function execute<C extends Command>(gateway: Gateway, command: C): Promise<AnswerTo<C>> {
  return gateway.api.execute(`operator-${++commands}`, command);
}

async function chatOfTwo() {
  const dataRoot = temporaryFolder();
  const host = await start(dataRoot);
  expect(await execute(host, { type: 'host', nickname: 'alice' })).toEqual({ status: 'done' });
  const guest = await start();
  const server = { address: `127.0.0.1:${host.api.snapshot().snapshot.hosting?.port ?? 0}` };
  expect(await execute(guest, { type: 'join', nickname: 'bob', server })).toEqual({ status: 'done' });
  return { host, guest, dataRoot };
}

/** The system says that this machine has these interfaces, until the test ends. */
function pretendInterfaces(interfaces: Readonly<Record<string, string>>): void {
  const found: ReturnType<typeof realInterfaces> = {};
  for (const [name, address] of Object.entries(interfaces)) {
    const rest = { family: 'IPv4', netmask: '255.255.255.0', mac: '', internal: false } as const;
    found[name] = [{ address, cidr: `${address}/24`, ...rest }];
  }
  os.networkInterfaces = () => found;
  syncBuiltinESMExports();
}

const realInterfaces = os.networkInterfaces;
afterEach(() => {
  os.networkInterfaces = realInterfaces;
  syncBuiltinESMExports();
});

describe('a user who hosts a chat from the app', () => {
  it('sees the addresses of its networks, the best one first, and the new ones when they change', async () => {
    pretendInterfaces({ docker0: '172.17.0.1', eth7: '192.168.1.7' });
    const host = await start();
    const told: string[][] = [];
    host.api.subscribe(({ event }) => {
      if (event.type !== 'hosting' || event.hosting === null) return;
      told.push(event.hosting.addresses.map(({ address, network }) => `${address.split(':')[0]} ${network}`));
    });
    await execute(host, { type: 'host', nickname: 'alice' });
    expect(told.at(-1)).toEqual(['192.168.1.7 lan', '172.17.0.1 docker']);
    pretendInterfaces({ docker0: '172.17.0.1', wlan7: '10.9.8.7' });
    await eventually(() => expect(told.at(-1)).toEqual(['10.9.8.7 lan', '172.17.0.1 docker']));
    expect(host.api.snapshot().snapshot.hosting?.addresses[0]?.network).toBe('lan');
  });

  it('sees the names and releases one, and its owner is informed', async () => {
    const { host, guest } = await chatOfTwo();
    const people = resultOf(await execute(host, { type: 'people', part: '', ...byNickname }));
    expect(people).toMatchObject({ nicknames: ['alice', 'bob'], online: [true, true], matching: 2 });
    for (const address of people!.addresses) expect(address).toMatch(/^127\.0\.0\.1:\d+$/u);
    for (const packets of people!.packetsReceived) expect(packets).toBeGreaterThan(0);
    expect(resultOf(await execute(host, { type: 'people', part: 'BO', ...byNickname }))?.matching).toBe(1);
    expect(await execute(host, { type: 'release-name', nickname: 'Bob' })).toEqual({ status: 'done' });
    await eventually(() =>
      expect(guest.api.snapshot().snapshot.session).toMatchObject({
        phase: 'refused',
        code: 'name-released',
      }),
    );
    expect(await execute(host, { type: 'release-name', nickname: 'bob' })).toMatchObject({
      code: 'unknown-name',
    });
  });

  it('bans a user and lifts the ban, and cannot ban itself or this computer', async () => {
    const { host, guest } = await chatOfTwo();
    const bob = { type: 'nickname', nickname: 'bob' } as const;
    const answer = await execute(host, { type: 'ban', subject: bob, days: 7 });
    expect(answer).toMatchObject({ status: 'done', result: { ban: { banned: { nickname: 'bob' } } } });
    await eventually(() =>
      expect(guest.api.snapshot().snapshot.session).toMatchObject({ phase: 'refused', code: 'banned' }),
    );
    expect(resultOf(await execute(host, { type: 'bans' }))?.bans).toHaveLength(1);
    for (const subject of [
      { type: 'nickname', nickname: 'alice' },
      { type: 'address', address: '127.0.0.1' },
    ] as const)
      expect(await execute(host, { type: 'ban', subject })).toMatchObject({ code: 'ban-not-allowed' });
    expect(await execute(host, { type: 'unban', subject: bob })).toEqual({ status: 'done' });
    expect(await execute(host, { type: 'unban', subject: bob })).toMatchObject({ code: 'not-banned' });
    await execute(guest, { type: 'register' });
    await eventually(() => expect(guest.api.snapshot().snapshot.session.phase).toBe('online'));
  });

  it('requires a join code: new users need it, and the host and earlier users do not', async () => {
    const { host, guest, dataRoot } = await chatOfTwo();
    expect(resultOf(await execute(host, { type: 'join-code' }))).toEqual({ joinCode: null });
    const answer = await execute(host, { type: 'require-join-code', required: true });
    const joinCode = resultOf(answer)?.joinCode ?? '';
    expect(joinCode).toMatch(/^[0-9a-z]{4}(-[0-9a-z]{4}){3}$/u);
    const { hosting } = host.api.snapshot().snapshot;
    expect(hosting?.joinCode).toBe(joinCode);
    expect(JSON.stringify(hosting?.addresses)).not.toContain(joinCode);

    const server = { address: `127.0.0.1:${hosting?.port ?? 0}` };
    const newcomer = await start();
    const join = { type: 'join', nickname: 'carol', server } as const;
    expect(await execute(newcomer, join)).toMatchObject({ code: 'join-code-required' });
    for (const [wrong, code] of [
      ['0000-0000-0000-0000', 'join-code-wrong'],
      ['0000', 'join-code-invalid'],
    ] as const)
      expect(await execute(newcomer, { ...join, joinCode: wrong })).toMatchObject({ code });
    const typed = joinCode.toUpperCase().replaceAll('-', ' ');
    expect(await execute(newcomer, { ...join, joinCode: typed })).toEqual({ status: 'done' });
    expect(JSON.stringify(newcomer.api.snapshot())).not.toContain(joinCode);

    await execute(guest, { type: 'deregister' });
    expect(await execute(guest, { type: 'register', joinCode: 'short' })).toMatchObject({
      code: 'join-code-invalid',
    });
    await execute(guest, { type: 'register' });
    await eventually(() => expect(guest.api.snapshot().snapshot.session.phase).toBe('online'));

    await running.splice(running.indexOf(host), 1)[0]!.close();
    const again = await start(dataRoot);
    expect(await execute(again, { type: 'host', nickname: 'alice' })).toEqual({ status: 'done' });
    expect(again.api.snapshot().snapshot.hosting?.joinCode).toBe(joinCode);
  });

  it('continues the same chat on another port while another program has its port, and says so', async () => {
    const { host, guest, dataRoot } = await chatOfTwo();
    const { hosting, session } = host.api.snapshot().snapshot;
    const port = hosting!.port;
    expect(hosting).toMatchObject({ movedFrom: null });
    const stop = (gateway: Gateway) => running.splice(running.indexOf(gateway), 1)[0]!.close();
    await stop(host);
    const otherProgram = await UdpSocket.open({ port });

    const moved = await start(dataRoot);
    expect(await execute(moved, { type: 'host', nickname: 'alice' })).toEqual({ status: 'done' });
    const { snapshot } = moved.api.snapshot();
    expect(snapshot.hosting).toMatchObject({ movedFrom: port });
    const movedPort = snapshot.hosting!.port;
    expect(movedPort).not.toBe(port);
    expect(snapshot.session).toMatchObject({ me: (session as { me?: unknown }).me });
    const people = resultOf(await execute(moved, { type: 'people', part: 'bob', ...byNickname }));
    expect(people?.nicknames).toEqual(['bob']);

    // The guest finds the chat at the new address by its key, with the same data folder.
    const me = (guest.api.snapshot().snapshot.session as { me?: unknown }).me;
    await execute(guest, { type: 'leave' });
    const server = { address: `127.0.0.1:${movedPort}` };
    expect(await execute(guest, { type: 'join', nickname: 'bob', server })).toEqual({ status: 'done' });
    expect(guest.api.snapshot().snapshot.session).toMatchObject({ phase: 'online', me });

    // The others were told the new port, so the chat keeps it.
    await stop(moved);
    await otherProgram.close();
    const again = await start(dataRoot);
    await execute(again, { type: 'host', nickname: 'alice' });
    expect(again.api.snapshot().snapshot.hosting).toMatchObject({ port: movedPort, movedFrom: null });
  });

  it('cannot continue a chat that already runs in another gateway of this computer', async () => {
    const { dataRoot } = await chatOfTwo();
    const second = await start(dataRoot);
    expect(await execute(second, { type: 'host', nickname: 'alice' })).toMatchObject({
      code: 'data-folder-in-use',
    });
    expect(second.api.snapshot().snapshot.hosting).toBeNull();
  });

  it('sets quotas that stay for the next start', async () => {
    const { host, dataRoot } = await chatOfTwo();
    expect(resultOf(await execute(host, { type: 'quotas' }))?.quotas).toEqual(defaultQuotas);
    const quotas = { ...defaultQuotas, senderMessagesMax: 7 };
    expect(await execute(host, { type: 'set-quotas', quotas })).toEqual({ status: 'done' });
    expect(resultOf(await execute(host, { type: 'quotas' }))?.quotas).toEqual(quotas);
    await running.splice(running.indexOf(host), 1)[0]!.close();
    const again = await start(dataRoot);
    await execute(again, { type: 'host', nickname: 'alice' });
    expect(resultOf(await execute(again, { type: 'quotas' }))?.quotas).toEqual(quotas);
  });

  it('sees the traffic, what is refused, and a log without nicknames', async () => {
    const { host } = await chatOfTwo();
    const server = { address: `127.0.0.1:${host.api.snapshot().snapshot.hosting?.port ?? 0}` };
    const newcomer = await start();
    expect(await execute(newcomer, { type: 'join', nickname: 'bob', server })).toMatchObject({
      code: 'nickname-taken',
    });
    await eventually(async () => {
      const traffic = resultOf(await execute(host, { type: 'traffic' }));
      expect(traffic?.refused.map(({ code }) => code)).toEqual(['nickname-taken']);
      expect(Math.max(...traffic!.datagramsReceived)).toBeGreaterThan(0);
      expect(traffic!.bytesSent).toHaveLength(traffic!.datagramsReceived.length);
    });
    const { lines } = resultOf(await execute(host, { type: 'log', after: 0 }))!;
    const text = lines.map((line) => `${line.layer}: ${line.text}`).join('\n');
    expect(text).toMatch(/^server: registered from 127\.0\.0\.1:\d+$/mu);
    expect(text).toMatch(/^server: refused 127\.0\.0\.1:\d+: nickname-taken$/mu);
    expect(text).not.toMatch(/alice|bob/u);
  });

  it('is the only one: a gateway without a server refuses these commands', async () => {
    const { guest } = await chatOfTwo();
    const refused: Command[] = [
      { type: 'people', part: '', ...byNickname },
      { type: 'mailboxes' },
      { type: 'traffic' },
      { type: 'log', after: 0 },
      { type: 'quotas' },
      { type: 'set-quotas', quotas: defaultQuotas },
      { type: 'release-name', nickname: 'alice' },
      { type: 'ban', subject: { type: 'nickname', nickname: 'alice' } },
      { type: 'unban', subject: { type: 'nickname', nickname: 'alice' } },
      { type: 'bans' },
      { type: 'join-code' },
      { type: 'require-join-code', required: true },
    ];
    for (const command of refused)
      expect(await execute(guest, command)).toMatchObject({ status: 'refused', code: 'not-hosting' });
  });
});
