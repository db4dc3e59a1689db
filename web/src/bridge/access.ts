/** Whether this browser has the cookie that opens the gateway. The secret of a fresh link is exchanged for the cookie once. */
export type Access = 'valid' | 'missing' | 'unknown';

export type Fetch = (path: string, init?: RequestInit) => Promise<Pick<Response, 'ok' | 'status'>>;

/** Returns the secret of `#s=...`, or undefined if the link has none. */
export function secretIn(hash: string): string | undefined {
  return /^#s=([\w-]{1,256})$/.exec(hash)?.[1];
}

/** Returns `missing` also for a used secret. The cookie may still be valid, which `checkAccess` tells. */
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
