import { describe, expect, it } from 'vitest';
import { checkAccess, exchange, secretIn, type Fetch } from './access.ts';

const answering =
  (status: number, body: unknown = {}): Fetch =>
  () =>
    Promise.resolve({ ok: status === 200, status, json: () => Promise.resolve(body) });

const entered = { gatewayKey: 'G'.repeat(87), browser: '3f7a0c1b' };

describe('the secret of a link', () => {
  it('is read from the URL’s fragment', () => {
    expect(secretIn('#s=Ab-9_z')).toBe('Ab-9_z');
    for (const hash of ['', '#', '#s=', '#x=1', '#s=a&b', '#s=<b>']) expect(secretIn(hash)).toBeUndefined();
  });

  it('travels in the body of a POST with the key of the browser, never in a URL', async () => {
    const calls: [string, RequestInit | undefined][] = [];
    const fetch: Fetch = (path, init) => {
      calls.push([path, init]);
      return answering(200, entered)(path);
    };
    expect(await exchange(fetch, { secret: 'abc' }, 'K')).toEqual({ type: 'entered', ...entered });
    await exchange(fetch, { code: 'k7q2-m4xd' }, null);
    expect(calls.map(([path]) => path)).toEqual(['/api/session', '/api/session']);
    expect(calls[0]?.[1]).toMatchObject({ method: 'POST', body: '{"secret":"abc","publicKey":"K"}' });
    expect(calls[1]?.[1]).toMatchObject({ body: '{"code":"k7q2-m4xd","publicKey":null}' });
  });
});

describe('access', () => {
  it('is valid, missing, or unknown while the gateway does not answer', async () => {
    expect(await checkAccess(answering(200))).toBe('valid');
    expect(await checkAccess(answering(401))).toBe('missing');
    expect(await checkAccess(answering(502))).toBe('unknown');
    expect(await checkAccess(() => Promise.reject(new TypeError('refused')))).toBe('unknown');
  });

  it.each([
    [answering(401), 'refused'],
    [answering(400), 'refused'],
    [answering(503), 'unknown'],
    [answering(200, { gatewayKey: 1 }), 'unknown'],
    [answering(200, entered), 'entered'],
  ] as const)('is exchanged for a credential only by the gateway: %#', async (fetch, type) => {
    expect((await exchange(fetch, { secret: 'used' }, null)).type).toBe(type);
  });
});
