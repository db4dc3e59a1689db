import type { RoomView } from '../../../shared/bridge/rooms.ts';
import type { PeerKey } from '../../../shared/ids.ts';
import type { ChatMessage } from '../../../shared/message.ts';
import { editableText, isPost } from './changes.ts';
import { may } from './rooms.ts';
import type { TimelineEntry } from './timeline.ts';

/** What the menu of a message offers. */
export interface MessageActions {
  readonly reply: boolean;
  readonly react: boolean;
  readonly copy: boolean;
  readonly edit: boolean;
  readonly delete: boolean;
  readonly readers: boolean;
  readonly acknowledged: boolean;
  readonly closePoll: boolean;
  readonly pin: boolean;
  readonly unpin: boolean;
  readonly hide: boolean;
  readonly unhide: boolean;
}

/**
 * `message`: as the gateway has it now; null: it is still on its way from this tab. `room`: null in a direct conversation, where
 * both may do everything to their own messages.
 */
export function messageActions(
  entry: TimelineEntry,
  message: ChatMessage | null,
  room: RoomView | null,
  me: PeerKey | null,
  canWrite: boolean,
): MessageActions {
  const { content } = entry.message;
  const isHidden = message?.hidden === true;
  const hasWords = (message === null ? isPost(content) : isPost(message.content)) && !isHidden;
  const isThere = message !== null && hasWords && message.delivery?.state !== 'failed';
  const isMine = message?.author === me;
  const mayHere = (kind: Parameters<typeof may>[1]) => room === null || may(room, kind);
  const isPinned = message !== null && room?.pins.includes(message.id) === true;
  return {
    reply: isThere && canWrite && mayHere('reply'),
    react: isThere && canWriteOrPress(room, canWrite) && mayHere('reaction'),
    copy: (hasWords || content.kind === 'unknown') && !isHidden,
    edit: isThere && isMine && canWrite && editableText(message.content) !== null && mayHere('edit'),
    delete: message !== null && isPost(message.content) && isMine && mayHere('delete'),
    readers: isThere && isMine && room !== null && message.delivery?.state === 'in-room',
    acknowledged: isThere && message.content.kind === 'announcement',
    closePoll:
      isThere &&
      isMine &&
      message.content.kind === 'poll' &&
      message.closed !== true &&
      mayHere('close-poll'),
    pin: isThere && room !== null && !isPinned && may(room, 'pin'),
    unpin: room !== null && isPinned && may(room, 'unpin'),
    hide: isThere && room !== null && may(room, 'hide'),
    unhide: room !== null && isHidden && may(room, 'unhide'),
  };
}

/** Whether the menu of a message has anything in it. */
export function offersAnything(actions: MessageActions): boolean {
  return Object.values(actions).includes(true);
}

/** In a moderated room a member reacts, although it cannot write. */
function canWriteOrPress(room: RoomView | null, canWrite: boolean): boolean {
  return room === null ? canWrite : may(room, 'reaction');
}
