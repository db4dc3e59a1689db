import { createContext } from 'svelte';
import type { RoomView } from '../../../../shared/bridge/rooms.ts';
import type { ConversationId } from '../../../../shared/conversation.ts';
import type { MessageId, PeerKey } from '../../../../shared/ids.ts';
import type { ChatMessage } from '../../../../shared/message.ts';
import type { WaitsFor } from '../../i18n/delivery-note.ts';
import type { MessageAction } from '../../model/app-view.ts';
import type { TimelineEntry } from '../../model/timeline.ts';

/** A place in the window, in pixels. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** What the rows of a conversation know of it, and what they can do in it. Reading it is reactive. */
export interface Scope {
  readonly conversation: ConversationId;
  /** Null: it is a direct conversation. */
  readonly room: RoomView | null;
  readonly me: PeerKey | null;
  /** Whether the user can write in it now. */
  readonly canWrite: boolean;
  /** What has to come back before a message can be sent. */
  readonly waitsFor: WaitsFor;
  /** Changes a message. */
  act(action: MessageAction): void;
  /** The person’s nickname, and a word for the user. */
  nameOf(key: PeerKey): string;
  /** The names of several people in one phrase. The user comes last. */
  namesOf(keys: readonly PeerKey[]): string;
  /** Returns a message that is loaded. */
  messageOf(id: MessageId): ChatMessage | undefined;
  jumpTo(id: MessageId): void;
  /** Opens the menu of a message at a point of the window, or beside its button. The focus returns to the button. */
  openMenu(entry: TimelineEntry, button: HTMLElement, at?: Point): void;
  /** Shows the people that have read an announcement, and gives the focus back to `from` afterwards. */
  showAcknowledged(message: ChatMessage, from: HTMLElement | null): void;
}

export const [getScope, setScope] = createContext<Scope>();
