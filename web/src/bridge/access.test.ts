import { describe, expect, it } from 'vitest';
import { checkAccess, exchangeSecret, secretIn, type Fetch } from './access.ts';

const answering =
  (status: number): Fetch =>
  () =>
    Promise.resolve({ ok: status === 200, status });

describe('the secret of a link', () => {
  it('is read from the URL’s fragment', () => {
    expect(secretIn('#s=Ab-9_z')).toBe('Ab-9_z');
    for (const hash of ['', '#', '#s=', '#x=1', '#s=a&b', '#s=<b>']) expect(secretIn(hash)).toBeUndefined();
  });

  it('travels in the body of a POST, never in a URL', async () => {
    const calls: [string, RequestInit | undefined][] = [];
    await exchangeSecret((path, init) => {
      calls.push([path, init]);
      return Promise.resolve({ ok: true, status: 200 });
    }, 'abc');
    expect(calls[0]?.[0]).toBe('/api/session');
    expect(calls[0]?.[1]).toMatchObject({ method: 'POST', body: '{"secret":"abc"}' });
  });
});

describe('access', () => {
  it('is valid, missing, or unknown while the gateway does not answer', async () => {
    expect(await checkAccess(answering(200))).toBe('valid');
    expect(await checkAccess(answering(401))).toBe('missing');
    expect(await checkAccess(answering(502))).toBe('unknown');
    expect(await checkAccess(() => Promise.reject(new TypeError('refused')))).toBe('unknown');
    expect(await exchangeSecret(answering(401), 'used')).toBe('missing');
  });
});
