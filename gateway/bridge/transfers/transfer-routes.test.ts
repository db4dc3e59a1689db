import { describe, expect, it } from 'vitest';
import { get } from 'node:http';
import { ask, cookieFor, startTestBridge } from '../bridge-under-test.ts';
import type { Bridge } from '../bridge.ts';

const download = {
  direction: 'download',
  fileName: 'chatagram-bob-2026-11-30.md',
  mediaType: 'text/markdown; charset=utf-8',
} as const;

function ticketFor(bridge: Bridge, ...parts: readonly string[]): string {
  const make = async function* () {
    yield* parts;
  };
  return bridge.issueTicket({}, { ...download, parts: make });
}

describe('a download', () => {
  it('is a file that no browser shows, keeps or guesses the type of, once', async () => {
    const bridge = await startTestBridge();
    const cookie = await cookieFor(bridge);
    const path = `/transfer/${ticketFor(bridge, 'one ', 'two')}`;
    const { status, headers, body } = await ask(bridge, path, { headers: { cookie } });
    expect([status, body]).toEqual([200, 'one two']);
    expect(headers).toMatchObject({
      'content-type': download.mediaType,
      'content-disposition': 'attachment; filename="chatagram-bob-2026-11-30.md"',
      'content-security-policy': "default-src 'none'; sandbox",
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    });
    const again = await ask(bridge, path, { headers: { cookie } });
    expect(again.status).toBe(404);
    expect(JSON.parse(again.body)).toMatchObject({ code: 'ticket-not-valid' });
  });

  it('needs the cookie and an allowed Host, and a request without them does not use up the ticket', async () => {
    const bridge = await startTestBridge();
    const cookie = await cookieFor(bridge);
    const path = `/transfer/${ticketFor(bridge, 'text')}`;
    expect((await ask(bridge, path)).status).toBe(401);
    expect((await ask(bridge, path, { headers: { cookie, host: 'evil.example' } })).status).toBe(403);
    expect((await ask(bridge, path, { method: 'HEAD', headers: { cookie } })).status).toBe(404);
    expect((await ask(bridge, path, { method: 'POST', headers: { cookie } })).status).toBe(404);
    expect((await ask(bridge, path, { headers: { cookie } })).body).toBe('text');
  });

  it('is made no faster than its reader takes it', async () => {
    const bridge = await startTestBridge();
    const cookie = await cookieFor(bridge);
    const partsAll = 2_000;
    let made = 0;
    const parts = async function* () {
      for (; made < partsAll; made++) yield 'x'.repeat(100_000);
    };
    const ticket = bridge.issueTicket({}, { ...download, parts });
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const request = get(
      {
        host: '127.0.0.1',
        port: bridge.port,
        path: `/transfer/${ticket}`,
        headers: { cookie },
        agent: false,
      },
      (response) => response.once('readable', resolve),
    );
    await promise;
    // Each answer to these takes longer than a part: a stream that waits for no reader would have made all.
    for (let round = 0; round < 50; round++) await ask(bridge, '/healthz');
    expect(made).toBeLessThan(partsAll);
    request.destroy();
  });

  it('that fails in the middle is not taken for a complete one', async () => {
    const bridge = await startTestBridge();
    const cookie = await cookieFor(bridge);
    const parts = async function* () {
      yield 'a part';
      throw new Error('the chat was left');
    };
    const ticket = bridge.issueTicket({}, { ...download, parts });
    const { promise, resolve } = Promise.withResolvers<boolean>();
    get(
      {
        host: '127.0.0.1',
        port: bridge.port,
        path: `/transfer/${ticket}`,
        headers: { cookie },
        agent: false,
      },
      (response) => {
        response.on('error', () => undefined);
        response.on('close', () => resolve(response.complete));
        response.resume();
      },
    ).on('error', () => resolve(false));
    expect(await promise).toBe(false);
  });
});
