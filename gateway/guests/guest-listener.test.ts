import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, type OutgoingHttpHeaders } from 'node:http';
import { connect, createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { guestSocketPath } from '../../shared/guests/paths.ts';
import { noiseMessageBytesMax } from '../../shared/guests/parts.ts';
import { guestConnectionRates, guestHandshakeRates, guestRequestRates } from '../../shared/limits.ts';
import { freeTcpPort } from '../system-tests/free-port.ts';
import { ask as askPort, type HttpAnswer, type HttpQuestion } from '../bridge/bridge-under-test.ts';
import type { GuestSocket } from './guest-door.ts';
import {
  guestHosts,
  GuestListener,
  guestPort,
  lastGuestPort,
  type GuestListenerOptions,
} from './guest-listener.ts';

/** The page of a guest as vite builds it, beside a file that must never be served. */
function builtPage(): string {
  const parent = mkdtempSync(path.join(tmpdir(), 'chatagram-guests-'));
  onTestFinished(() => rmSync(parent, { recursive: true, force: true }));
  const folder = path.join(parent, 'web-guest');
  mkdirSync(path.join(folder, 'assets'), { recursive: true });
  writeFileSync(path.join(parent, 'index.html'), 'not for guests');
  writeFileSync(path.join(folder, '.hidden'), 'not for guests');
  writeFileSync(path.join(folder, 'guest.html'), '<!doctype html><title>Guest</title>');
  writeFileSync(path.join(folder, 'guest.html.br'), 'page as brotli');
  writeFileSync(path.join(folder, 'assets', 'guest-3f2a.js'), 'export {};');
  writeFileSync(path.join(folder, 'assets', 'guest-3f2a.js.br'), 'as brotli');
  writeFileSync(path.join(folder, 'assets', 'guest-3f2a.js.gz'), 'as gzip');
  return folder;
}

type Listening = { readonly listener: GuestListener; readonly pages: ArrivedPage[] };
interface ArrivedPage {
  readonly socket: GuestSocket;
  readonly host: string;
}

/** A listener at 127.0.0.1, which is closed when the test ends. */
async function listening(options: Partial<GuestListenerOptions> = {}): Promise<Listening> {
  const pages: ArrivedPage[] = [];
  const port = options.at?.port ?? (await freeTcpPort());
  const listener = await GuestListener.open({
    folder: builtPage(),
    at: { host: '127.0.0.1', port },
    port: null,
    onSocket: (socket, host) => pages.push({ socket, host }),
    onChange: () => undefined,
    onFault: (error) => {
      throw error;
    },
    log: { level: 'silent' },
    ...options,
  });
  if ('error' in listener) throw new Error(listener.error);
  onTestFinished(() => listener.close());
  return { listener, pages };
}

function ask({ listener }: Listening, place: string, options?: HttpQuestion): Promise<HttpAnswer> {
  return askPort(listener, place, options);
}

/** Sends bytes that no client would send, and returns all that comes back. */
function askRaw({ listener }: Listening, bytes: string): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const socket = connect(listener.port, '127.0.0.1');
  let text = '';
  socket.on('data', (chunk) => (text += chunk.toString('latin1')));
  socket.on('error', () => undefined);
  socket.on('close', () => resolve(text));
  socket.write(bytes.replaceAll('PORT', String(listener.port)));
  return promise;
}

interface UpgradeOptions {
  readonly headers?: OutgoingHttpHeaders;
  readonly place?: string;
  readonly from?: string;
}

/** The status with which an upgrade was answered: 101 when it was taken. */
function upgradeStatus(of: Listening, options: UpgradeOptions = {}): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const socket = pageSocket(of, options);
  socket.on('open', () => {
    socket.terminate();
    resolve(101);
  });
  socket.on('unexpected-response', (request, response) => {
    request.destroy();
    resolve(response.statusCode ?? 0);
  });
  socket.on('error', reject);
  return promise;
}

function pageSocket(
  { listener }: Listening,
  { headers, place = guestSocketPath, from = '127.0.0.1' }: UpgradeOptions = {},
): WebSocket {
  const origin = `http://127.0.0.1:${listener.port}`;
  const socket = new WebSocket(`ws://127.0.0.1:${listener.port}${place}`, {
    headers: headers ?? { origin },
    localAddress: from,
  });
  onTestFinished(() => socket.terminate());
  return socket;
}

/** A page that has connected, and the gateway's end of it. */
async function connected(to: Listening): Promise<{ page: WebSocket; socket: GuestSocket }> {
  const page = pageSocket(to);
  await once(page, 'open');
  const arrived = to.pages.at(-1);
  if (arrived === undefined) throw new Error('no page has arrived');
  return { page, socket: arrived.socket };
}

describe('the page of a guest', () => {
  it('is served at the root, and is not stored', async () => {
    const guests = await listening();
    const answer = await ask(guests, '/');
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(answer.body).toContain('<title>Guest</title>');
    expect((await ask(guests, '/guest.html')).status).toBe(200);
    expect((await ask(guests, '/', { method: 'HEAD' })).status).toBe(200);
  });

  it.each([
    ['gzip, deflate, br', 'br', 'as brotli'],
    ['gzip', 'gzip', 'as gzip'],
    [undefined, undefined, 'export {};'],
  ])('has scripts that are compressed for a browser that accepts %s', async (accepted, encoding, body) => {
    const guests = await listening();
    const headers = accepted === undefined ? {} : { 'accept-encoding': accepted };
    const answer = await ask(guests, '/assets/guest-3f2a.js', { headers });
    expect(answer).toMatchObject({ status: 200, body });
    expect(answer.headers['content-encoding']).toBe(encoding);
    expect(answer.headers['cache-control']).toBe('public, max-age=31536000, immutable');
  });

  it('may talk to its own origin only, and takes and gets no cookie', async () => {
    const guests = await listening();
    const answer = await ask(guests, '/', { headers: { cookie: 'chatagram-1=secret' } });
    const { headers } = answer;
    expect(headers['content-security-policy']).toBe(
      "default-src 'none';script-src 'self';style-src 'self';img-src 'self' data: blob:;font-src 'self';" +
        `connect-src 'self' ws://127.0.0.1:${guests.listener.port};frame-ancestors 'none';base-uri 'none';form-action 'none';` +
        "require-trusted-types-for 'script';trusted-types svelte-trusted-html",
    );
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'x-frame-options': 'DENY',
    });
    expect(headers['strict-transport-security']).toBeUndefined();
    expect(headers['set-cookie']).toBeUndefined();
  });

  it('names no IPv6 address in its policy, because browsers refuse that as a source', async () => {
    const at = { host: '::1', port: await freeTcpPort() };
    const { listener } = await listening({ at });
    const answer = await fetch(listener.origins()[0] ?? '');
    expect(answer.headers.get('content-security-policy')).toContain("connect-src 'self';");
  });

  it('is not there before it is built', async () => {
    const guests = await listening({ folder: path.join(tmpdir(), 'chatagram-no-such-folder') });
    const answer = await ask(guests, '/');
    expect(answer.status).toBe(404);
    expect(JSON.parse(answer.body)).toMatchObject({ code: 'app-not-built' });
  });
});

describe('everything else', () => {
  it.each([
    '/index.html',
    '/../index.html',
    '/..%2findex.html',
    '/%2e%2e/index.html',
    '/assets/../../index.html',
    '/..%5cindex.html',
    '//index.html',
    '/.hidden',
    '/assets/../.hidden',
    '/guest.html.br',
    '/assets/',
    '/assets',
    '/api/ws',
    '/api/session',
    '/healthz',
    '/wiped',
    '/c/bob',
    '/guest',
    '/%',
    '/%00',
  ])('is not there: %s', async (place) => {
    const guests = await listening();
    const answer = await askRaw(
      guests,
      `GET ${place} HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nConnection: close\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /u);
    expect(answer).not.toContain('not for guests');
    expect(answer.toLowerCase()).toContain('x-content-type-options: nosniff');
  });

  it.each(['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'])('takes no %s', async (method) => {
    const guests = await listening();
    const body = method === 'POST' ? '{"secret":"x"}' : '';
    expect(
      (await ask(guests, '/', { method, body, headers: { 'content-type': 'application/json' } })).status,
    ).toBe(404);
  });

  it('has no other WebSocket', async () => {
    const guests = await listening();
    expect(await upgradeStatus(guests, { place: '/' })).toBe(404);
    expect(await upgradeStatus(guests, { place: '/api/ws' })).toBe(404);
    expect(await upgradeStatus(guests, { place: '/assets/guest-3f2a.js' })).toBe(404);
    expect(guests.pages).toEqual([]);
  });

  it.each([
    ['garbage', '\x16\x03\x01\x00\xff\x01'],
    ['a request that never was one', 'HELLO\r\n\r\n'],
    ['very long headers', `GET / HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nX: ${'x'.repeat(70_000)}\r\n\r\n`],
    ['a request without Host', 'GET / HTTP/1.1\r\nConnection: close\r\n\r\n'],
    [
      'two Hosts',
      'GET / HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nHost: evil.example\r\nConnection: close\r\n\r\n',
    ],
    [
      'a body that is awaited',
      'POST / HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nContent-Length: 9\r\nExpect: 1\r\n\r\n',
    ],
  ])('is refused: %s', async (_what, bytes) => {
    const guests = await listening();
    expect(await askRaw(guests, bytes)).toMatch(/^HTTP\/1\.1 4\d\d /u);
    expect((await ask(guests, '/')).status).toBe(200);
  });
});

it('several requests in one packet are not answered, and their connection is cut off', async () => {
  const guests = await listening();
  const request = 'GET / HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n\r\n';
  expect(await askRaw(guests, request.repeat(1_000))).toBe('');
  const upgrade = request
    .replace('GET /', 'GET /guest')
    .replace('\r\n\r\n', '\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n');
  expect(await askRaw(guests, upgrade.repeat(2))).toBe('');
  expect((await ask(guests, '/')).status).toBe(200);
});

describe('Host and Origin', () => {
  it.each(['evil.example', 'evil.example:5080', '10.0.0.1', '127.0.0.1', '127.0.0.1:1'])(
    'a page of a foreign name cannot read the page by rebinding: %s',
    async (host) => {
      const guests = await listening();
      const answer = await ask(guests, '/', { headers: { host } });
      expect(answer.status).toBe(403);
      expect(JSON.parse(answer.body)).toMatchObject({ code: 'host-not-allowed' });
      expect(await upgradeStatus(guests, { headers: { host, origin: `http://${host}` } })).toBe(403);
    },
  );

  it.each(['http://evil.example', 'null', 'http://127.0.0.1:1', 'https://127.0.0.1', undefined])(
    'a page of %s opens no WebSocket',
    async (origin) => {
      const guests = await listening();
      expect(await upgradeStatus(guests, { headers: origin === undefined ? {} : { origin } })).toBe(403);
      expect(guests.pages).toEqual([]);
    },
  );

  it('its own page opens one, and the listener says from which address', async () => {
    const guests = await listening();
    await connected(guests);
    expect(guests.pages.map(({ host }) => host)).toEqual(['127.0.0.1']);
  });
});

describe('the WebSocket of a page', () => {
  it('carries binary messages both ways, uncompressed', async () => {
    const guests = await listening();
    const { page, socket } = await connected(guests);
    expect(page.extensions).toBe('');
    socket.on('message', (data, isBinary) => {
      expect(isBinary).toBe(true);
      socket.send(data as Buffer, () => undefined);
    });
    const sent = Buffer.alloc(noiseMessageBytesMax, 7);
    page.send(sent);
    const [echo] = (await once(page, 'message')) as [Buffer];
    expect(echo.equals(sent)).toBe(true);
  });

  it('is closed by a message that is longer than one of the channel', async () => {
    const guests = await listening();
    const { page } = await connected(guests);
    page.send(Buffer.alloc(noiseMessageBytesMax + 1));
    const [code] = (await once(page, 'close')) as [number];
    expect(code).toBe(1009);
  });

  it('is closed by a message of very many pieces', async () => {
    const guests = await listening();
    const { page } = await connected(guests);
    for (let count = 0; count < 20; count++) page.send(Buffer.of(1), { fin: false });
    const [code] = (await once(page, 'close')) as [number];
    expect(code).toBe(1008);
  });

  it('says goodbye when the listener closes, and the port is free again', async () => {
    const guests = await listening();
    const { page } = await connected(guests);
    const closed = once(page, 'close') as Promise<[number]>;
    await guests.listener.close();
    expect((await closed)[0]).toBe(1001);
    expect(guests.listener.origins()).toEqual([]);
    const at = { host: '127.0.0.1', port: guests.listener.port };
    expect((await listening({ at })).listener.port).toBe(at.port);
  });
});

describe('a flood', () => {
  it('of WebSockets of one address is refused, and another address still gets in', async () => {
    const guests = await listening({ nowMs: () => 0 });
    let taken = 0;
    while ((await upgradeStatus(guests)) === 101 && taken < 2 * guestHandshakeRates.all.burst) taken++;
    expect(taken).toBeGreaterThanOrEqual(guestHandshakeRates.group.burst);
    expect(taken).toBeLessThan(guestHandshakeRates.all.burst);
    expect(await upgradeStatus(guests, { from: '127.0.0.2' })).toBe(101);
  });

  it('of requests of one address is refused, and another address is still answered', async () => {
    const guests = await listening({ nowMs: () => 0 });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    onTestFinished(() => agent.destroy());
    let answered = 0;
    while ((await ask(guests, '/nothing', { agent })).status === 404) answered++;
    expect(answered).toBeGreaterThanOrEqual(guestRequestRates.group.burst);
    expect(answered).toBeLessThan(guestRequestRates.all.burst);
    expect((await ask(guests, '/', { from: '127.0.0.2' })).status).toBe(200);
  });

  it('of connections of one address is closed, and another address still gets in', async () => {
    const guests = await listening({ nowMs: () => 0 });
    const { all } = guestConnectionRates;
    const closed = Promise.withResolvers<undefined>();
    for (let count = 0; count < all.burst; count++) {
      const socket = connect(guests.listener.port, '127.0.0.1');
      socket.on('error', () => undefined);
      socket.on('close', () => closed.resolve(undefined));
      onTestFinished(() => void socket.destroy());
    }
    await closed.promise;
    expect((await ask(guests, '/', { from: '127.0.0.2' })).status).toBe(200);
  });
});

describe('the port', () => {
  it('of an earlier start is used again, and is refused if another program has it', async () => {
    const port = await freeTcpPort();
    const hosts = (): string[] => ['127.0.0.1'];
    const { listener } = await listening({ at: null, port, hosts });
    expect(listener.port).toBe(port);
    expect(listener.origins()).toEqual([`http://127.0.0.1:${port}`]);
    const second = await GuestListener.open(optionsOf({ at: null, port, hosts }));
    expect(second).toEqual({ error: 'guest-port-taken', port });
  });

  it('is the first free one of the range without an earlier start', async () => {
    const hosts = (): string[] => ['127.0.0.1'];
    const first = await listening({ at: null, hosts });
    const second = await listening({ at: null, hosts });
    expect(first.listener.port).toBeGreaterThanOrEqual(guestPort);
    expect(second.listener.port).toBeGreaterThan(first.listener.port);
    expect(second.listener.port).toBeLessThanOrEqual(lastGuestPort);
  });

  it('at an address of the command line is refused if it is taken, not on this computer, or closed to browsers', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const openAt = (host: string, at: number) => GuestListener.open(optionsOf({ at: { host, port: at } }));
    expect(await openAt('127.0.0.1', port)).toMatchObject({ error: 'guest-port-taken', port });
    expect(await openAt('192.0.2.1', port)).toMatchObject({ error: 'guest-address-missing' });
    expect(await openAt('127.0.0.1', 6_665)).toMatchObject({ error: 'port-refused-by-browsers' });
  });
});

describe('the addresses', () => {
  it('are followed as networks come and go', async () => {
    let hosts = ['127.0.0.1'];
    let changes = 0;
    const port = await freeTcpPort();
    const guests = await listening({ at: null, port, hosts: () => hosts, onChange: () => changes++ });
    const { listener } = guests;
    const { page } = await connected(guests);
    const before = changes;
    hosts = ['127.0.0.2', '127.0.0.1'];
    await listener.look();
    expect(listener.origins()).toEqual([`http://127.0.0.2:${port}`, `http://127.0.0.1:${port}`]);
    expect(changes).toBe(before + 1);
    const closed = once(page, 'close');
    hosts = ['127.0.0.2'];
    await listener.look();
    await closed;
    expect(listener.origins()).toEqual([`http://127.0.0.2:${port}`]);
    hosts = [];
    await listener.look();
    expect(listener.origins()).toEqual([]);
    await listener.look();
    expect(changes).toBe(before + 3);
  });

  it('are looked at again after the system has not told them', async () => {
    const port = await freeTcpPort();
    const faults: unknown[] = [];
    let hosts = (): string[] => ['127.0.0.1'];
    const { listener } = await listening({
      at: null,
      port,
      hosts: () => hosts(),
      onFault: (error) => faults.push(error),
    });
    const failure = new Error('the system does not tell its addresses');
    hosts = () => {
      throw failure;
    };
    await listener.look();
    expect(faults).toContain(failure);
    hosts = () => [];
    await listener.look();
    expect(listener.origins()).toEqual([]);
  });

  it('without the port are left out until it is free', async () => {
    const port = await freeTcpPort();
    let hosts = ['127.0.0.1'];
    const { listener } = await listening({ at: null, port, hosts: () => hosts });
    const other = createServer().listen(port, '127.0.0.2');
    await once(other, 'listening');
    hosts = ['127.0.0.2', '127.0.0.1'];
    await listener.look();
    expect(listener.origins()).toEqual([`http://127.0.0.1:${port}`]);
    other.close();
    await once(other, 'close');
    await listener.look();
    expect(listener.origins()).toEqual([`http://127.0.0.2:${port}`, `http://127.0.0.1:${port}`]);
  });

  it('are those of local networks, without those of a VPN, of Docker and of the internet', () => {
    const lan = { prefixBits: 24, network: 'lan' } as const;
    expect(
      guestHosts([
        { host: '192.168.1.7', ...lan },
        { host: '10.1.2.3', ...lan },
        { host: '203.0.113.5', ...lan },
        { host: '100.64.0.1', ...lan },
        { host: '169.254.7.7', ...lan },
        { host: 'fd00::7', ...lan },
        { host: '2001:db8::7', ...lan },
        { host: '10.8.0.2', prefixBits: 24, network: 'vpn' },
        { host: '172.17.0.1', prefixBits: 16, network: 'docker' },
        { host: '192.168.56.1', prefixBits: 24, network: 'virtual' },
        { host: '127.0.0.1', ...lan },
      ]),
    ).toEqual(['192.168.1.7', '10.1.2.3', '169.254.7.7', 'fd00::7', '192.168.56.1']);
  });
});

function optionsOf(options: Partial<GuestListenerOptions>): GuestListenerOptions {
  return {
    folder: builtPage(),
    at: null,
    port: null,
    onSocket: () => undefined,
    onChange: () => undefined,
    onFault: () => undefined,
    log: { level: 'silent' },
    ...options,
  };
}
