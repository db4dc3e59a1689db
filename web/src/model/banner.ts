import type { ErrorCode } from '../../../shared/errors.ts';
import type { PeerKey } from '../../../shared/ids.ts';
import type { Session } from '../../../shared/bridge/schema.ts';
import type { GatewayStatus } from './gateway-status.ts';

/** What stands above everything else while something is out of reach (UI 20); null when all is well. */
export type Banner =
  | { readonly kind: 'gateway'; readonly sinceMs: number; readonly nextTryAtMs: number | null }
  | {
      readonly kind: 'server';
      readonly server: string;
      readonly sinceMs: number;
      readonly nextTryAtMs: number | null;
    }
  | { readonly kind: 'offline'; readonly server: string }
  | {
      readonly kind: 'refused';
      readonly server: string;
      readonly nickname: string;
      readonly code: ErrorCode;
      readonly suggestion: string | null;
      /** With `server-key-changed`: the key that answers there now. */
      readonly serverKey: PeerKey | null;
    };

/** The gateway comes first: while it is out of reach, nothing newer is known of the server. */
export function bannerOf(gateway: GatewayStatus, session: Session): Banner | null {
  if (gateway.status === 'down')
    return { kind: 'gateway', sinceMs: gateway.sinceMs, nextTryAtMs: gateway.nextTryAtMs };
  switch (session.phase) {
    case 'none':
    case 'joining':
    case 'online':
      return null;
    case 'unreachable':
      return {
        kind: 'server',
        server: session.server,
        sinceMs: session.sinceMs,
        nextTryAtMs: session.nextTryAtMs,
      };
    case 'offline':
      return { kind: 'offline', server: session.server };
    case 'refused':
      return {
        kind: 'refused',
        server: session.server,
        nickname: session.nickname,
        code: session.code,
        suggestion: session.suggestion,
        serverKey: session.serverKey ?? null,
      };
    default:
      return session satisfies never;
  }
}

/** Whole seconds until then, at least 0; null when nothing is planned. A person reads "in 1 s" until it happens. */
export function secondsUntil(atMs: number | null, nowMs: number): number | null {
  return atMs === null ? null : Math.max(0, Math.ceil((atMs - nowMs) / 1_000));
}
