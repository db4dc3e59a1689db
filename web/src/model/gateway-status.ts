/** How this tab stands to its gateway. Times are wall clock milliseconds of the browser. */
export type GatewayStatus =
  /** The page has just been opened; nothing is known yet. */
  | { readonly status: 'connecting' }
  | { readonly status: 'open' }
  /** The gateway is out of reach; the next try is at `nextTryAtMs`, or running when null. */
  | { readonly status: 'down'; readonly sinceMs: number; readonly nextTryAtMs: number | null }
  /** The gateway answers, and does not know this browser: a new link is needed. */
  | { readonly status: 'no-access' }
  /** The gateway speaks another version of the bridge's contract, also after a reload of the page. */
  | { readonly status: 'other-version' };
