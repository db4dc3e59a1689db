/** The cookie that opens the gateway (DESIGN 8), and the secret of a fresh link that it is exchanged for. */
export type Access = 'valid' | 'missing' | 'unknown';

export type Fetch = (path: string, init?: RequestInit) => Promise<Pick<Response, 'ok' | 'status'>>;

/** The secret of `#s=...`; undefined when the link has none. */
export function secretIn(hash: string): string | undefined {
  return /^#s=([\w-]{1,256})$/.exec(hash)?.[1];
}

/** `missing` also for a secret that was used before; the cookie may be valid all the same: ask `checkAccess`. */
export async function exchangeSecret(fetch: Fetch, secret: string): Promise<Access> {
  return ask(fetch, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ secret }),
  });
}

/** `unknown`: the gateway does not answer. */
export async function checkAccess(fetch: Fetch): Promise<Access> {
  return ask(fetch, { method: 'GET' });
}

async function ask(fetch: Fetch, init: RequestInit): Promise<Access> {
  try {
    const response = await fetch('/api/session', { ...init, cache: 'no-store', credentials: 'same-origin' });
    if (response.ok) return 'valid';
    return response.status === 401 || response.status === 403 || response.status === 400
      ? 'missing'
      : 'unknown';
  } catch {
    return 'unknown';
  }
}
