import type { ConversationId } from '../../../shared/conversation.ts';
import type { ChatState } from '../../../shared/model/chat.ts';
import { Notifier } from '../browser/notifier.ts';
import { playTone } from '../browser/tone.ts';
import { notificationWords } from '../i18n/notification-words.ts';
import type { Notice } from '../model/notifications.ts';

/** What a tab needs with its first notification. It is loaded then. */
export class ShownNotifications {
  readonly #notifier = new Notifier();

  /** Returns whether the browser could show it. Without permission, there is only the sound. */
  show(notice: Notice, chat: ChatState, mayShow: boolean, open: () => void): boolean {
    if (notice.hasSound) playTone();
    return (
      !mayShow ||
      this.#notifier.show(notice.conversation, { ...notificationWords(notice, chat), onclick: open })
    );
  }

  close(conversation: ConversationId): void {
    this.#notifier.close(conversation);
  }

  closeAll(): void {
    this.#notifier.closeAll();
  }
}
