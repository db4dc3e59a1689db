import type { Session } from '../../../shared/bridge/schema.ts';

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

/** Whether the server can get now what the user writes: this tab has its gateway, and the gateway has the server. */
export function reachesServer(gateway: GatewayStatus, session: Session): boolean {
  return gateway.status === 'open' && session.phase === 'online';
}

/** Why this browser has no access to the gateway. */
export type NoAccessCause =
  /** The page was opened without a link. */
  | 'no-link'
  /** The gateway refused the link. */
  | 'refused-link'
  /** This browser had access before. */
  | 'signed-out'
  /** This browser keeps no cookies of the app. */
  | 'cookies-blocked'
  /** This browser keeps no keys of the app. */
  | 'storage-blocked'
  /** Another program answers at this address. The tab has told it nothing. */
  | 'other-program';

/** Why a typed code did not help: the gateway refused it, or does not answer. */
export type CodeProblem = 'wrong' | 'unreachable';
