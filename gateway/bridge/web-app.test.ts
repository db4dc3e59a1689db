import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { ask, startTestBridge, temporaryFolder } from './bridge-under-test.ts';
import type { Bridge } from './bridge.ts';

const html = { accept: 'text/html,application/xhtml+xml' };

describe('the app, as built', () => {
  it('is served without a cookie, for it holds nothing', async () => {
    const bridge = await startTestBridge();
    const answer = await ask(bridge, '/', { headers: html });
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(answer.body).toContain('<title>Chatagram</title>');
  });

  it('may talk to its own origin, and to nothing else', async () => {
    const bridge = await startTestBridge();
    const { headers } = await ask(bridge, '/');
    expect(headers['content-security-policy']).toBe(
      "default-src 'none';script-src 'self';style-src 'self';img-src 'self' data: blob:;font-src 'self';" +
        "connect-src 'self';frame-ancestors 'none';base-uri 'none';form-action 'none';" +
        "require-trusted-types-for 'script';trusted-types svelte-trusted-html",
    );
    expect(headers['referrer-policy']).toBe('no-referrer');
    expect(headers['cross-origin-resource-policy']).toBe('same-origin');
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['strict-transport-security']).toBeUndefined();
  });

  it('is kept by browsers only where the name tells the content', async () => {
    const bridge = await startTestBridge();
    const caching = async (path: string): Promise<unknown> =>
      (await ask(bridge, path)).headers['cache-control'];
    expect(await caching('/assets/index-3f2a.js')).toBe('public, max-age=31536000, immutable');
    expect(await caching('/')).toBe('no-store');
    expect(await caching('/index.html')).toBe('no-store');
    expect(await caching('/favicon.svg')).toBe('no-store');
    expect(await caching('/c/bob')).toBe('no-store');
  });

  it.each([
    ['gzip, deflate, br, zstd', 'br', 'as brotli'],
    ['gzip', 'gzip', 'as gzip'],
    [undefined, undefined, 'export {};'],
  ])('is sent compressed to a browser that accepts %s', async (accepted, encoding, body) => {
    const bridge = await startTestBridge();
    const headers = accepted === undefined ? {} : { 'accept-encoding': accepted };
    const answer = await ask(bridge, '/assets/index-3f2a.js', { headers });
    expect(answer).toMatchObject({ status: 200, body });
    expect(answer.headers['content-encoding']).toBe(encoding);
    expect(answer.headers['content-type']).toContain('javascript');
    expect(answer.headers['cache-control']).toBe('public, max-age=31536000, immutable');
    expect(answer.headers.vary).toContain('accept-encoding');
  });

  it.each([
    '/c/bob',
    '/c/bob?x=1',
    '/c/bob.smith',
    '/c/%F0%9F%90%99',
    `/c/${'%F0%9F%90%99'.repeat(32)}`,
    '/rooms/',
  ])('is what a browser gets that navigates to %s', async (path) => {
    const bridge = await startTestBridge();
    const answer = await ask(bridge, path, { headers: html });
    expect(answer.status).toBe(200);
    expect(answer.body).toContain('<title>Chatagram</title>');
  });

  it.each(['/nothing.js', '/assets/nothing', '/api/nothing', '/assets/'])('is not %s', async (path) => {
    const bridge = await startTestBridge();
    const answer = await ask(bridge, path);
    expect(answer.status).toBe(404);
    expect(JSON.parse(answer.body)).toMatchObject({ code: 'not-found' });
  });

  it.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('is not posted to: %s', async (method) => {
    const bridge = await startTestBridge();
    expect((await ask(bridge, '/c/bob', { method, headers: html })).status).toBe(404);
  });

  it('says how to build it when it is not', async () => {
    const bridge = await startTestBridge({ app: { type: 'static', folder: temporaryFolder() } });
    const answer = await ask(bridge, '/', { headers: html });
    expect(answer.status).toBe(404);
    expect(JSON.parse(answer.body)).toMatchObject({ code: 'app-not-built' });
  });
});

describe('files outside of the app', () => {
  it.each([
    '/../secret.txt',
    '/..%2fsecret.txt',
    '/%2e%2e/secret.txt',
    '/%2e%2e%2fsecret.txt',
    '/assets/../../secret.txt',
    '/assets/..%2f..%2fsecret.txt',
    '/..%5csecret.txt',
    '/..\\secret.txt',
    '//secret.txt',
    '/%00/../secret.txt',
    '/.hidden',
    '/assets/../.hidden',
    '/%',
    '/%c0%ae%c0%ae/secret.txt',
  ])('are not reached by %s', async (path) => {
    const bridge = await startTestBridge();
    const answer = await askRaw(bridge, path);
    expect(answer).toMatch(/^HTTP\/1\.1 (4\d\d|200)/);
    expect(answer).not.toContain('not for browsers');
  });
});

describe('the app in development', () => {
  it('comes from the middleware, with the headers of the bridge and room for hot reload', async () => {
    const bridge = await startTestBridge({
      app: {
        type: 'middleware',
        handler: (request, response, next) => {
          if (request.url === '/@vite/client') response.end('from vite');
          else next();
        },
      },
    });
    const served = await ask(bridge, '/@vite/client');
    expect(served.body).toBe('from vite');
    expect(served.headers['content-security-policy']).toContain("style-src 'self' 'unsafe-inline'");
    expect(served.headers['content-security-policy']).toContain("script-src 'self';");
    expect((await ask(bridge, '/nothing')).status).toBe(404);
    expect((await ask(bridge, '/@vite/client', { headers: { host: 'evil.example' } })).status).toBe(403);
    expect((await ask(bridge, '/api/session')).status).toBe(401);
  });
});

it('GET /healthz says that it is well, without a cookie', async () => {
  const bridge = await startTestBridge();
  const answer = await ask(bridge, '/healthz');
  expect(answer.status).toBe(200);
  expect(JSON.parse(answer.body)).toEqual({ status: 'ok', version: '1.2.3' });
});

/** Sends the path as it stands: HTTP clients tidy it up. */
function askRaw(bridge: Bridge, path: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const socket = connect(bridge.port, '127.0.0.1');
  let text = '';
  socket.on('data', (chunk) => (text += chunk.toString('latin1')));
  socket.on('end', () => resolve(text));
  socket.on('error', reject);
  socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${bridge.port}\r\nConnection: close\r\n\r\n`);
  return promise;
}
