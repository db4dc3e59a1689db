/** The state of this tab's connection to its gateway. Times are the browser's wall clock in milliseconds. */
export type GatewayStatus =
  /** The page has just been opened, and nothing is known yet. */
  | { readonly status: 'connecting' }
  | { readonly status: 'open' }
  /** The gateway cannot be reached. The next try is at `nextAttemptAtMs`, or running if null. */
  | { readonly status: 'down'; readonly sinceMs: number; readonly nextAttemptAtMs: number | null }
  /** The gateway answers but does not know this browser. The user needs an unused link. */
  | { readonly status: 'no-access'; readonly cause: NoAccessCause }
  /** The gateway uses another version of the bridge, even after a reload of the page. */
  | { readonly status: 'other-version' };

/** Why a browser without a cookie is not let in: the page was opened without a link, or the gateway refused its link. */
export type NoAccessCause = 'no-link' | 'refused-link';
