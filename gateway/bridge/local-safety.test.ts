import { request as httpRequest } from 'node:http';
import { describe, expect, it } from 'vitest';
import { ask, cookieFor, cookieOf, enter, memoryAuthStore, openAuth, originOf } from './bridge-under-test.ts';
import { secretOf, startTestBridge, temporaryFolder, upgradeStatus } from './bridge-under-test.ts';
import { fileAuthStore } from './browser-auth-store.ts';
import { BridgeListenError } from './listen.ts';

const foreign = 'http://evil.example';

describe('Host, checked on every request', () => {
  it.each(['/', '/healthz', '/api/session', '/assets/index-3f2a.js', '/c/bob', '/nothing.js'])(
    'a rebinding Host gets nothing from %s',
    async (path) => {
      const bridge = await startTestBridge();
      const answer = await ask(bridge, path, { headers: { host: `evil.example:${bridge.port}` } });
      expect(answer.status).toBe(403);
      expect(JSON.parse(answer.body)).toMatchObject({ code: 'host-not-allowed', retry: false });
    },
  );

  it('a rebinding Host cannot bring a secret, even the right one', async () => {
    const bridge = await startTestBridge();
    const secret = secretOf(bridge.newLink());
    expect((await enter(bridge, secret, { host: 'evil.example' })).status).toBe(403);
    expect((await enter(bridge, secret)).status).toBe(200);
  });

  it('a rebinding Host cannot upgrade, even with the cookie and the Origin', async () => {
    const bridge = await startTestBridge();
    const cookie = await cookieFor(bridge);
    const host = `evil.example:${bridge.port}`;
    expect(await upgradeStatus(bridge, { host, cookie, origin: originOf(bridge) })).toBe(403);
    expect(await upgradeStatus(bridge, { host, cookie, origin: `http://${host}` })).toBe(403);
  });

  it('a request without Host is refused', async () => {
    const bridge = await startTestBridge();
    const { promise, resolve } = Promise.withResolvers<number | undefined>();
    httpRequest({ port: bridge.port, host: '127.0.0.1', path: '/healthz', setHost: false, agent: false })
      .on('response', (response) => resolve(response.resume().statusCode))
      .end();
    expect([400, 403]).toContain(await promise);
  });

  it('localhost is this machine', async () => {
    const bridge = await startTestBridge();
    expect((await ask(bridge, '/healthz', { headers: { host: `localhost:${bridge.port}` } })).status).toBe(
      200,
    );
  });
});

describe('Origin, checked on the upgrade and on posts', () => {
  it.each([foreign, 'null', undefined, 'http://127.0.0.1:1', 'https://127.0.0.1'])(
    'an upgrade from %s is refused, cookie or not',
    async (origin) => {
      const bridge = await startTestBridge();
      const cookie = await cookieFor(bridge);
      expect(await upgradeStatus(bridge, origin === undefined ? { cookie } : { cookie, origin })).toBe(403);
    },
  );

  it('a foreign page cannot bring a secret', async () => {
    const bridge = await startTestBridge();
    const secret = secretOf(bridge.newLink());
    const answer = await enter(bridge, secret, { origin: foreign });
    expect(answer.status).toBe(403);
    expect(JSON.parse(answer.body)).toMatchObject({ code: 'origin-not-allowed' });
    expect(answer.headers['set-cookie']).toBeUndefined();
    expect(answer.headers['auth-control-allow-origin']).toBeUndefined();
  });

  it('a post without Origin is refused', async () => {
    const bridge = await startTestBridge();
    const answer = await ask(bridge, '/api/session', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ secret: secretOf(bridge.newLink()) }),
    });
    expect(answer.status).toBe(403);
  });
});

describe('a secret, exchanged once for a cookie', () => {
  it('the link has the secret in its fragment, which never travels', async () => {
    const bridge = await startTestBridge();
    expect(bridge.url()).toBe(`http://127.0.0.1:${bridge.port}/`);
    expect(bridge.newLink()).toMatch(
      new RegExp(`^http://127\\.0\\.0\\.1:${bridge.port}/#s=[A-Za-z0-9_-]{43}$`),
    );
  });

  it('the cookie is HttpOnly, SameSite=Strict, Path=/, and carries the gateway id', async () => {
    const auth = openAuth();
    const bridge = await startTestBridge({ auth: () => auth });
    const answer = await enter(bridge, secretOf(bridge.newLink()));
    expect(answer.status).toBe(200);
    expect(answer.headers['cache-control']).toBe('no-store');
    const [cookie = ''] = answer.headers['set-cookie'] ?? [];
    expect(cookie.startsWith(`chatagram-${auth.gatewayId}=`)).toBe(true);
    const attributes = cookie.split('; ').slice(1);
    expect(attributes.sort()).toEqual(['HttpOnly', 'Max-Age=34560000', 'Path=/', 'SameSite=Strict']);
  });

  it('without a cookie there is no session and no WebSocket', async () => {
    const bridge = await startTestBridge();
    const answer = await ask(bridge, '/api/session');
    expect(answer.status).toBe(401);
    expect(JSON.parse(answer.body)).toMatchObject({ code: 'session-required' });
    expect(await upgradeStatus(bridge, { origin: originOf(bridge) })).toBe(401);
  });

  it('a made-up cookie opens nothing', async () => {
    const auth = openAuth();
    const bridge = await startTestBridge({ auth: () => auth });
    const cookie = `${auth.cookieName}=${'A'.repeat(43)}`;
    expect((await ask(bridge, '/api/session', { headers: { cookie } })).status).toBe(401);
    expect(await upgradeStatus(bridge, { origin: originOf(bridge), cookie })).toBe(401);
  });

  it('with the cookie there are both', async () => {
    const bridge = await startTestBridge();
    const cookie = await cookieFor(bridge);
    expect((await ask(bridge, '/api/session', { headers: { cookie } })).status).toBe(200);
    expect(await upgradeStatus(bridge, { origin: originOf(bridge), cookie })).toBe(101);
  });

  it('a wrong secret is refused with a code', async () => {
    const bridge = await startTestBridge();
    const answer = await enter(bridge, 'wrong');
    expect(answer.status).toBe(401);
    expect(JSON.parse(answer.body)).toMatchObject({ code: 'link-not-valid', retry: false });
    expect(answer.headers['set-cookie']).toBeUndefined();
  });

  it('a used link opens the app with a valid cookie, and is refused without one', async () => {
    const bridge = await startTestBridge();
    const secret = secretOf(bridge.newLink());
    const cookie = cookieOf(await enter(bridge, secret));
    expect((await enter(bridge, secret, { cookie })).status).toBe(200);
    const second = await enter(bridge, secret);
    expect(second.status).toBe(401);
    expect(JSON.parse(second.body)).toMatchObject({ code: 'link-not-valid' });
  });

  it('the cookie outlives a restart, from the file', async () => {
    const folder = temporaryFolder();
    const first = await startTestBridge({ auth: () => openAuth(fileAuthStore(folder)) });
    const cookie = await cookieFor(first);
    await first.close();
    const second = await startTestBridge({ auth: () => openAuth(fileAuthStore(folder)) });
    expect((await ask(second, '/api/session', { headers: { cookie } })).status).toBe(200);
    expect(await upgradeStatus(second, { origin: originOf(second), cookie })).toBe(101);
  });

  it('the cookie of one gateway opens no other', async () => {
    const first = await startTestBridge();
    const second = await startTestBridge({ auth: () => openAuth(memoryAuthStore()) });
    const cookie = await cookieFor(first);
    expect((await ask(second, '/api/session', { headers: { cookie } })).status).toBe(401);
  });

  it.each([
    ['no JSON', '{', 'application/json', 400],
    ['no secret', '{}', 'application/json', 400],
    ['a number', '{"secret":1}', 'application/json', 400],
    ['too much', JSON.stringify({ secret: 'x'.repeat(10_000) }), 'application/json', 413],
    ['a form', 'secret=x', 'application/x-www-form-urlencoded', 415],
    ['plain text', '{"secret":"x"}', 'text/plain', 415],
  ])('%s instead of a secret is refused', async (_what, body, type, status) => {
    const bridge = await startTestBridge();
    const answer = await ask(bridge, '/api/session', {
      method: 'POST',
      headers: { 'content-type': type, origin: originOf(bridge) },
      body,
    });
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.body)).toMatchObject({ code: 'malformed-request' });
  });
});

describe('showing the bridge on the network, an explicit flag', () => {
  it('is refused without the flag', async () => {
    const listen = { host: '0.0.0.0', port: 0, portMayMove: false };
    await expect(startTestBridge({ listen })).rejects.toThrow(BridgeListenError);
  });

  it('still needs the secret with it', async () => {
    const listen = { host: '0.0.0.0', port: 0, portMayMove: false };
    const bridge = await startTestBridge({ listen, exposed: true });
    expect(bridge.url()).toBe(`http://127.0.0.1:${bridge.port}/`);
    expect((await ask(bridge, '/api/session')).status).toBe(401);
    expect(await upgradeStatus(bridge, { origin: originOf(bridge) })).toBe(401);
    expect((await ask(bridge, '/', { headers: { host: 'evil.example' } })).status).toBe(403);
  });
});

it('the WebSocket is at its one path', async () => {
  const bridge = await startTestBridge();
  const cookie = await cookieFor(bridge);
  for (const path of ['/', '/healthz', '/api/session', '/c/bob', '/api/ws/']) {
    expect(await upgradeStatus(bridge, { origin: originOf(bridge), cookie }, path)).toBe(404);
  }
});
