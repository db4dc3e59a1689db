import type { ErrorCode } from '../../../shared/errors.ts';
import type { KnownServer } from '../../../shared/join-address.ts';
import type { Session } from '../../../shared/bridge/schema.ts';
import type { GatewayStatus } from './gateway-status.ts';

/** The banner above everything else while something cannot be reached (UI 20). Null if all is well. */
export type Banner =
  | { readonly kind: 'gateway'; readonly sinceMs: number; readonly nextAttemptAtMs: number | null }
  | {
      readonly kind: 'server';
      readonly server: string;
      readonly sinceMs: number;
      readonly nextAttemptAtMs: number | null;
    }
  | { readonly kind: 'offline'; readonly server: string }
  | {
      readonly kind: 'refused';
      readonly server: string;
      readonly nickname: string;
      readonly code: ErrorCode;
      readonly suggestion: string | null;
      /** With `server-key-changed`: the server that answers now. */
      readonly foundServer: KnownServer | null;
    };

/** The gateway comes first: without it, the tab knows nothing new about the server. */
export function bannerOf(gateway: GatewayStatus, session: Session): Banner | null {
  if (gateway.status === 'down')
    return { kind: 'gateway', sinceMs: gateway.sinceMs, nextAttemptAtMs: gateway.nextAttemptAtMs };
  switch (session.phase) {
    case 'none':
    case 'joining':
    case 'online':
      return null;
    case 'unreachable':
      return {
        kind: 'server',
        server: session.server.address,
        sinceMs: session.sinceMs,
        nextAttemptAtMs: session.nextAttemptAtMs,
      };
    case 'offline':
      return { kind: 'offline', server: session.server.address };
    case 'refused':
      return {
        kind: 'refused',
        server: session.server.address,
        nickname: session.nickname,
        code: session.code,
        suggestion: session.suggestion,
        foundServer: session.foundServer ?? null,
      };
    default:
      return session satisfies never;
  }
}

/** Returns the whole seconds until `atMs`, at least 0, or null if nothing is planned. The user reads "in 1 s" until it happens. */
export function secondsUntil(atMs: number | null, nowMs: number): number | null {
  return atMs === null ? null : Math.max(0, Math.ceil((atMs - nowMs) / 1_000));
}
