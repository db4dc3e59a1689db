import Type from 'typebox';
import type { ServerRef } from '../join-address-text.ts';

export const ChatIdSchema = Type.String({ pattern: '^[0-9a-f]{16}$' });

/** A chat that this computer knows: one nickname at one server. */
export interface KnownChat {
  readonly chat: string;
  readonly nickname: string;
  readonly server: ServerRef;
  /** Whether this computer runs the server while the chat is open. */
  readonly hosted: boolean;
  readonly lastOpenedMs: number;
  /** Messages and changes of the user that have not left yet; null: they cannot be counted. */
  readonly waiting: number | null;
  /** It is open in this gateway. */
  readonly open: boolean;
}

/** The schema says little of a chat: each page loads it before it shows anything. */
export const ChatsResultSchema = Type.Object({
  /** The open one first, then the last opened. */
  chats: Type.Array(Type.Unsafe<KnownChat>(Type.Object({ chat: Type.String() }))),
  /** The server in this gateway ends with the open chat. */
  endsHosting: Type.Boolean(),
});
