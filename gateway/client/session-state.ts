import { isErrorCode } from '../../shared/errors.ts';
import type { PeerKey } from '../../shared/ids.ts';
import type { SessionView } from './client-event.ts';

/** Where a client stands with its server. Deadlines are monotonic, `...WallMs` is for people. */
export type SessionState =
  | { readonly phase: 'idle' }
  | { readonly phase: 'dialing'; readonly dial: string }
  | { readonly phase: 'registering'; readonly deadlineMs: number }
  | { readonly phase: 'online'; readonly sinceMs: number; readonly sinceWallMs: number }
  | { readonly phase: 'waiting'; readonly untilMs: number; readonly untilWallMs: number }
  | { readonly phase: 'deregistering'; readonly deadlineMs: number; readonly sinceWallMs: number }
  | { readonly phase: 'offline' }
  | {
      readonly phase: 'refused';
      readonly code: string;
      readonly suggestion: string | null;
      /** The key of another server that answered in place of the pinned one. */
      readonly found?: PeerKey;
    };

/** What faces are shown of it. `unreachableSinceWallMs` is 0 while the server is, or before it was ever met. */
export function sessionView(
  state: SessionState,
  {
    nickname,
    me,
    server,
    unreachableSinceWallMs,
  }: {
    readonly nickname: string;
    readonly me: PeerKey;
    readonly server: string;
    readonly unreachableSinceWallMs: number;
  },
): SessionView {
  switch (state.phase) {
    case 'idle':
      return { phase: 'none' };
    // Offline is said when the server has confirmed it, or is out of reach.
    case 'deregistering':
    case 'online':
      return { phase: 'online', me, nickname, server, sinceMs: state.sinceWallMs };
    case 'dialing':
    case 'registering':
    case 'waiting':
      if (unreachableSinceWallMs === 0) return { phase: 'joining', nickname, server };
      return {
        phase: 'unreachable',
        me,
        nickname,
        server,
        sinceMs: unreachableSinceWallMs,
        nextTryAtMs: state.phase === 'waiting' ? state.untilWallMs : null,
      };
    case 'offline':
      return { phase: 'offline', me, nickname, server };
    case 'refused': {
      const { code, suggestion, found } = state;
      return {
        phase: 'refused',
        me,
        nickname,
        server,
        code: isErrorCode(code) ? code : 'refused',
        suggestion,
        ...(found === undefined ? {} : { serverKey: found }),
      };
    }
    default:
      return state satisfies never;
  }
}
