import type { Said } from '../../shared/chat/kinds.ts';
import type { PeerKey } from '../../shared/ids.ts';

/** What a server tells the outside, as plain data: readable lines in the terminal are made of it. */
export type ServerChange =
  | { readonly type: 'registered'; readonly nickname: string; readonly address: string }
  | {
      readonly type: 'departed';
      readonly nickname: string;
      readonly cause: 'deregistered' | 'silent' | 'unreachable';
    }
  | { readonly type: 'refused'; readonly nickname: string; readonly address: string; readonly code: string }
  | { readonly type: 'stored'; readonly sender: string; readonly recipient: string; readonly waiting: number }
  | { readonly type: 'delivered'; readonly recipient: string; readonly count: number }
  | { readonly type: 'other-version'; readonly from: string; readonly version: number };

/** What every part of the server has at hand. */
export interface ServerDesk {
  /** Queues a message to a client; `token` comes back in the endpoint's events. */
  say(to: PeerKey, channel: 'control' | 'chat', said: Said, token: string): void;
  tell(change: ServerChange): void;
}
