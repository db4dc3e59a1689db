import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { bridgeRequestConnectionsMax } from '../../shared/limits.ts';
import { ask, originOf, startTestBridge, TestTab, upgradeStatus } from './bridge-under-test.ts';
import type { Bridge } from './bridge.ts';
import { PeerAccounts } from './peer-accounts.ts';

const headerNames = [
  'content-security-policy',
  'cross-origin-opener-policy',
  'cross-origin-resource-policy',
  'origin-agent-cluster',
  'referrer-policy',
  'x-content-type-options',
  'x-frame-options',
];

describe('every answer', () => {
  it.each([
    ['the app', 'GET / HTTP/1.1\r\nHost: HOST', 200],
    ['no cookie', 'GET /api/session HTTP/1.1\r\nHost: HOST', 401],
    ['no such path', 'GET /nothing.js HTTP/1.1\r\nHost: HOST', 404],
    ['another Host', 'GET / HTTP/1.1\r\nHost: evil.example', 403],
    ['no Host', 'GET / HTTP/1.1', 403],
    ['two Hosts', 'GET / HTTP/1.1\r\nHost: HOST\r\nHost: evil.example', 400],
    ['an Origin that is not the Host', post('http://localhost:PORT'), 403],
    ['an URL that is not encoded well', 'GET /% HTTP/1.1\r\nHost: HOST', 400],
    ['the same with another Host', 'GET /% HTTP/1.1\r\nHost: evil.example', 403],
    ['no HTTP', 'hello', 400],
    ['another version of HTTP', 'GET / HTTP/9.9\r\nHost: HOST', 400],
    ['too long a header', `GET / HTTP/1.1\r\nHost: HOST\r\nX-Long: ${'x'.repeat(20_000)}`, 431],
    ['an expectation', 'GET / HTTP/1.1\r\nHost: HOST\r\nExpect: the-unexpected', 417],
    ['an upgrade elsewhere', `GET /healthz HTTP/1.1\r\nHost: HOST\r\n${upgrade()}`, 404],
    ['an upgrade without a cookie', `GET /api/ws HTTP/1.1\r\nHost: HOST\r\n${upgrade()}`, 403],
    [
      'an upgrade to another protocol',
      'GET / HTTP/1.1\r\nHost: HOST\r\nUpgrade: h2c\r\nConnection: upgrade',
      404,
    ],
  ])('has all headers and the guards: %s', async (_what, head, status) => {
    const bridge = await startTestBridge();
    const text = await exchange(bridge, head);
    expect(text).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `, 'u'));
    const names = text.split('\r\n').map((line) => line.split(':', 1)[0]?.toLowerCase());
    for (const name of headerNames) expect(names).toContain(name);
    if (status >= 400) expect(text).toMatch(/\{"code":"[a-z-]+","sentence":".+","retry":(true|false)\}/u);
  });
});

describe('a program of another account', () => {
  it('gets nothing: no page, no session, no WebSocket', async () => {
    const peerAccounts = new PeerAccounts({ ownUid: 1000, unmappedUid: null, read: async () => '' });
    peerAccounts.accountOf = () => Promise.resolve('other');
    const bridge = await startTestBridge({ peerAccounts });
    for (const path of ['/', '/healthz', '/api/session', '/nothing', '/%']) {
      const answer = await ask(bridge, path);
      expect(answer.status).toBe(403);
      expect(JSON.parse(answer.body)).toMatchObject({ code: 'other-account' });
    }
    expect(await upgradeStatus(bridge, { origin: originOf(bridge) })).toBe(403);
  });
});

describe('connections that send nothing', () => {
  it('are closed when their headers do not come in time, with an answer', async () => {
    const requestTiming = { headersTimeoutMs: 20, checkIntervalMs: 5 };
    const bridge = await startTestBridge({ requestTiming });
    const { promise, resolve } = Promise.withResolvers<string>();
    const socket = idleSocket(bridge);
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
    socket.on('close', () => resolve(text));
    expect(await promise).toMatch(/^HTTP\/1\.1 408 .*nosniff/su);
  });

  it('keep out neither tabs that are connected nor newcomers, however many they are', async () => {
    const bridge = await startTestBridge({
      requestTiming: { headersTimeoutMs: 60_000, checkIntervalMs: 60_000 },
    });
    const tab = await TestTab.open(bridge);
    tab.hello();
    expect((await tab.next()).type).toBe('snapshot');
    const idle = Array.from({ length: bridgeRequestConnectionsMax + 40 }, () => idleSocket(bridge));
    const closed = idle.slice(0, 40).map((socket) => once(socket, 'close'));
    await Promise.all(closed);
    expect((await ask(bridge, '/healthz')).status).toBe(200);
    tab.send({ type: 'command', id: 'a', command: { type: 'leave' } });
    expect((await tab.next()).type).toBe('answer');
  });
});

function post(origin: string): string {
  return `POST /api/session HTTP/1.1\r\nHost: HOST\r\nOrigin: ${origin}\r\nContent-Type: application/json\r\nContent-Length: 0`;
}

function upgrade(): string {
  return 'Upgrade: websocket\r\nConnection: upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==';
}

function idleSocket(bridge: Bridge): Socket {
  const socket = connect(bridge.port, '127.0.0.1');
  socket.on('error', () => undefined);
  onTestFinished(() => void socket.destroy());
  return socket;
}

/** Sends these lines as they are, and returns everything that comes until the connection ends. */
async function exchange(bridge: Bridge, head: string): Promise<string> {
  const socket = connect(bridge.port, '127.0.0.1');
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
  // An upgrade keeps its connection by itself.
  const close = /upgrade/iu.test(head) ? '' : 'Connection: close\r\n';
  const lines = head.replaceAll('HOST', `127.0.0.1:${bridge.port}`).replaceAll('PORT', String(bridge.port));
  socket.write(`${lines}\r\n${close}\r\n`);
  const ended = once(socket, 'close');
  socket.on('data', () => {
    if (close === '') socket.end();
  });
  await ended;
  return text;
}
