import type { ConversationId } from '../../shared/conversation.ts';
import type { PeerKey } from '../../shared/ids.ts';
import { safeLine } from '../terminal/text/safe-text.ts';

/** What a browser or the desktop shows. */
export interface Notification {
  readonly conversation: ConversationId;
  readonly author: PeerKey;
  /** How many messages have come since the user last looked. */
  readonly count: number;
  readonly mentionsMe: boolean;
  /** The beginning of the newest message, on one line; null: the user does not want it shown. */
  readonly text: string | null;
  readonly hasSound: boolean;
}

/** Names what a notification is about. Harmless on a screen. */
export interface NotificationNames {
  /** `#lab`, or a nickname. */
  readonly conversation: string;
  readonly author: string;
  readonly isRoom: boolean;
}

/** The desktop's own notifications. */
export interface DesktopNotifier {
  /** False while the last try has failed a short time ago. */
  isAvailable(): boolean;
  /** Replaces the one of the same conversation. Never fails. */
  show(notification: Notification, names: NotificationNames): void;
  withdraw(conversation: ConversationId): void;
  close(): void;
}

const textCodePointsMax = 200;

/** Returns the beginning of a text of another user, on one line, without controls and overrides of the direction. */
export function shortText(text: string): string {
  // Cut before anything else looks at it: a code point has at most two units.
  const begin = text.slice(0, 2 * textCodePointsMax).toWellFormed();
  const points = [...safeLine(begin.replaceAll(/\s+/gu, ' ').trim())];
  const isWhole = points.length <= textCodePointsMax && begin.length === text.length;
  return isWhole ? points.join('') : `${points.slice(0, textCodePointsMax - 1).join('')}…`;
}
