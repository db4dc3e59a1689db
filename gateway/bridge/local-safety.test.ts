import { request as httpRequest } from 'node:http';
import { describe, expect, it } from 'vitest';
import {
  ask,
  browserFor,
  BrowserKey,
  cookieFor,
  cookieOf,
  enter,
  memoryAuthStore,
  openAuth,
  originOf,
  post,
  RecordingGateway,
  secretOf,
  startTestBridge,
  tabNonce,
  temporaryFolder,
  TestTab,
  upgradeStatus,
} from './bridge-under-test.ts';
import { proofText } from '../../shared/bridge/browser-proof.ts';
import { isSignature } from './proof-key.ts';
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

it('a page at localhost is sent on to 127.0.0.1, because another program can have the same port of ::1', async () => {
  const bridge = await startTestBridge();
  const headers = { host: `localhost:${bridge.port}`, accept: 'text/html' };
  const answer = await ask(bridge, '/c/bob?x=1', { headers });
  expect(answer.status).toBe(302);
  expect(answer.headers.location).toBe(`http://127.0.0.1:${bridge.port}/c/bob?x=1`);
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
      body: JSON.stringify({ secret: secretOf(bridge.newLink()), publicKey: new BrowserKey().publicKey }),
    });
    expect(answer.status).toBe(403);
  });
});

describe('a secret, exchanged once for a cookie', () => {
  it('the link has the secret in its fragment, which never travels', async () => {
    const bridge = await startTestBridge();
    expect(bridge.url()).toBe(`http://127.0.0.1:${bridge.port}/`);
    expect(bridge.newLink().link).toMatch(
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

  it('a used link is refused, also with a valid cookie', async () => {
    const bridge = await startTestBridge();
    const secret = secretOf(bridge.newLink());
    const cookie = cookieOf(await enter(bridge, secret));
    for (const headers of [{}, { cookie }]) {
      const second = await enter(bridge, secret, headers);
      expect(second.status).toBe(401);
      expect(JSON.parse(second.body)).toMatchObject({ code: 'link-not-valid' });
    }
  });

  it('the code does the same as the link, however the user types it, and ends with it', async () => {
    const bridge = await startTestBridge();
    const { code, link } = bridge.newLink();
    const { publicKey } = new BrowserKey();
    const typed = code.toUpperCase().replace('-', ' ');
    const answer = await post(bridge, { code: typed, publicKey });
    expect(answer.status).toBe(200);
    expect(cookieOf(answer)).not.toBe('');
    expect((await post(bridge, { code, publicKey })).status).toBe(401);
    expect((await enter(bridge, secretOf({ link }))).status).toBe(401);
    expect(JSON.parse((await post(bridge, { code, publicKey })).body)).toMatchObject({
      code: 'code-not-valid',
    });
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
    ['a number', '{"secret":1,"publicKey":null}', 'application/json', 400],
    ['no key', '{"secret":"x"}', 'application/json', 400],
    ['a browser of this computer without a key', '{"secret":"x","publicKey":null}', 'application/json', 400],
    [
      'no point of the curve',
      JSON.stringify({ secret: 'x', publicKey: 'B'.repeat(87) }),
      'application/json',
      400,
    ],
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

describe('a key beside the cookie', () => {
  it('a cookie alone begins a tab, and gets neither the chat nor a command through', async () => {
    const api = new RecordingGateway();
    const bridge = await startTestBridge({ api });
    const { cookie } = await browserFor(bridge);
    const thief = await TestTab.open(bridge, {}, { cookie, key: new BrowserKey() });
    thief.hello();
    thief.send({ type: 'command', id: 'a', command: { type: 'leave' } });
    expect(await thief.next()).toEqual({ type: 'not-admitted' });
    expect((await thief.closed).code).toBe(1008);
    expect(api.executed).toEqual([]);
    expect(api.listenerCount).toBe(0);
  });

  it('the gateway proves its key first, over both nonces and the origin', async () => {
    const bridge = await startTestBridge();
    const browser = await browserFor(bridge);
    const entered = await enter(bridge, secretOf(bridge.newLink()));
    const { gatewayKey } = JSON.parse(entered.body) as { gatewayKey: string };
    const tab = await TestTab.open(bridge, {}, browser);
    tab.send({ type: 'hello', version: 1, nonce: tabNonce });
    const proof = await tab.next();
    if (proof.type !== 'proof') throw new Error(`expected a proof, got ${proof.type}`);
    expect(proof.gatewayKey).toBe(gatewayKey);
    const terms = { origin: originOf(bridge), gatewayKey, tabNonce, gatewayNonce: proof.nonce };
    const holds = (changed: Partial<typeof terms>, prover: 'gateway' | 'browser' = 'gateway') =>
      isSignature(gatewayKey, proofText(prover, { ...terms, ...changed }), proof.signature);
    expect(holds({})).toBe(true);
    expect(holds({ origin: 'http://localhost:1' })).toBe(false);
    expect(holds({ tabNonce: 'M'.repeat(43) })).toBe(false);
    expect(holds({ gatewayNonce: 'M'.repeat(43) })).toBe(false);
    expect(holds({}, 'browser')).toBe(false);
  });

  it('a recorded proof of the browser does not open another connection', async () => {
    const bridge = await startTestBridge();
    const browser = await browserFor(bridge);
    let recorded = '';
    const key = new BrowserKey();
    key.prove = (terms) => (recorded = browser.key.prove(terms));
    const tab = await TestTab.open(bridge, {}, { cookie: browser.cookie, key });
    tab.hello();
    expect((await tab.next()).type).toBe('snapshot');
    key.prove = () => recorded;
    const second = await TestTab.open(bridge, {}, { cookie: browser.cookie, key });
    second.hello();
    expect((await second.next()).type).toBe('not-admitted');
  });

  it('a browser that is signed out loses its tabs at once, and its cookie opens nothing', async () => {
    const bridge = await startTestBridge();
    const [browser, other] = [await browserFor(bridge), await browserFor(bridge)];
    const tabs = [await TestTab.open(bridge, {}, browser), await TestTab.open(bridge, {}, other)] as const;
    for (const tab of tabs) {
      tab.hello();
      await tab.next();
    }
    const [first] = bridge.browsers();
    expect(first).toMatchObject({ name: 'Unknown browser', tabs: 1 });
    expect(bridge.signOut(first?.id ?? '')).toBe(true);
    expect(await tabs[0].next()).toEqual({ type: 'not-admitted' });
    expect((await tabs[0].closed).code).toBe(1008);
    expect(await upgradeStatus(bridge, { origin: originOf(bridge), cookie: browser.cookie })).toBe(401);
    expect(bridge.signOut(first?.id ?? '')).toBe(false);
    expect(bridge.browsers()).toHaveLength(1);
    tabs[1].send({ type: 'command', id: 'a', command: { type: 'leave' } });
    expect((await tabs[1].next()).type).toBe('answer');
  });

  it('tells how each browser calls itself', async () => {
    const bridge = await startTestBridge();
    const agent = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
    await enter(bridge, secretOf(bridge.newLink()), { 'user-agent': agent });
    expect(bridge.browsers().map(({ name }) => name)).toEqual(['Firefox on Linux']);
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
