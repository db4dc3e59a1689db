import type { CommandOf } from '../../../shared/bridge/commands.ts';
import type { ConversationId } from '../../../shared/conversation.ts';
import type { ChatState } from '../../../shared/model/chat.ts';
import { BrowserNotificationAccess } from '../browser/notification-access.svelte.ts';
import type { NotificationAccess, Notice } from '../model/notifications.ts';
import type { ShownNotifications } from './shown-notifications.ts';

export interface UserNotificationsOptions {
  readonly chat: () => ChatState;
  /** The conversation that the user is looking at. */
  readonly shown: () => ConversationId | null;
  readonly isConnected: () => boolean;
  readonly tell: (command: CommandOf<'set-attention'>) => void;
  readonly open: (conversation: ConversationId) => void;
}

/** Tells the gateway what the user sees of this tab, and notifies the user when the gateway says so. */
export class UserNotifications {
  readonly #options: UserNotificationsOptions;
  readonly #access = new BrowserNotificationAccess();
  #shown: ShownNotifications | undefined;

  constructor(options: UserNotificationsOptions) {
    this.#options = options;
    // As long as the page.
    $effect.root(() => {
      $effect(() => {
        const { conversation } = this.#attention();
        if (options.isConnected()) this.tellAttention();
        if (conversation !== null) this.#shown?.close(conversation);
      });
    });
  }

  get access(): NotificationAccess {
    return this.#access.now;
  }

  ask(): void {
    void this.#access.ask();
  }

  /** The gateway forgets it with each connection. */
  tellAttention(): void {
    this.#options.tell(this.#attention());
  }

  async handle(notice: Notice): Promise<void> {
    if (this.#shown === undefined) {
      const { ShownNotifications } = await import('./shown-notifications.ts');
      this.#shown ??= new ShownNotifications();
    }
    const { chat, shown, open } = this.#options;
    const { conversation } = notice;
    // The user can have opened it since.
    if (shown() === conversation) return;
    const mayShow = this.access === 'granted';
    if (!this.#shown.show(notice, chat(), mayShow, () => open(conversation))) this.#access.lose();
  }

  /** The user has read the conversation, here or elsewhere. */
  handleRead(conversation: ConversationId): void {
    this.#shown?.close(conversation);
  }

  /** The chat is another one. */
  handleReset(): void {
    this.#shown?.closeAll();
  }

  #attention(): CommandOf<'set-attention'> {
    const canNotify = this.access === 'granted';
    return { type: 'set-attention', conversation: this.#options.shown(), canNotify };
  }
}
