/** Whether this browser has the cookie of the gateway. `unknown`: the gateway does not answer. */
export type CookieState = 'valid' | 'missing' | 'unknown';

export type Fetch = (path: string, init?: RequestInit) => Promise<Pick<Response, 'ok' | 'status' | 'json'>>;

/** What opens the gateway once: the secret of a link, or the code that the terminal shows beside it. */
export type Credential = { readonly secret: string } | { readonly code: string };

export type EntryResult =
  /** The gateway knows the key of this browser now. */
  | { readonly type: 'entered'; readonly gatewayKey: string; readonly browser: string }
  | { readonly type: 'refused' }
  /** The gateway does not answer. */
  | { readonly type: 'unknown' };

/** Returns the secret of `#s=...`, or undefined if the link has none. */
export function secretIn(hash: string): string | undefined {
  return /^#s=([\w-]{1,256})$/.exec(hash)?.[1];
}

/** Exchanges a credential for the cookie. `publicKey` is null where the browser has no keys for pages. */
export async function exchange(
  fetch: Fetch,
  credential: Credential,
  publicKey: string | null,
): Promise<EntryResult> {
  try {
    const response = await fetch('/api/session', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...credential, publicKey }),
      cache: 'no-store',
      credentials: 'same-origin',
    });
    if (!response.ok) return { type: isRefusal(response.status) ? 'refused' : 'unknown' };
    const { gatewayKey, browser } = (await response.json()) as { gatewayKey?: unknown; browser?: unknown };
    if (typeof gatewayKey !== 'string' || typeof browser !== 'string') return { type: 'unknown' };
    return { type: 'entered', gatewayKey, browser };
  } catch {
    return { type: 'unknown' };
  }
}

export async function checkAccess(fetch: Fetch): Promise<CookieState> {
  try {
    const response = await fetch('/api/session', {
      method: 'GET',
      cache: 'no-store',
      credentials: 'same-origin',
    });
    if (response.ok) return 'valid';
    return isRefusal(response.status) ? 'missing' : 'unknown';
  } catch {
    return 'unknown';
  }
}

function isRefusal(status: number): boolean {
  return status === 400 || status === 401 || status === 403;
}
