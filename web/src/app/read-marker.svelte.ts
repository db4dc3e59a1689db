import type { Command } from '../../../shared/bridge/commands.ts';
import type { ConversationId } from '../../../shared/conversation.ts';
import type { MessageId } from '../../../shared/ids.ts';
import { conversationOf, ownKey, type ChatState } from '../../../shared/model/chat.ts';
import { newestToRead } from '../../../shared/model/conversation.ts';

/** Tells the gateway what the user has read: the newest message of the conversation that the user is looking at. */
export class ReadMarker {
  readonly #execute: (command: Command) => void;
  readonly #afterPaint: (callback: () => void) => void;
  // A plain collection: no component draws it.
  // eslint-disable-next-line svelte/prefer-svelte-reactivity
  readonly #marked = new Map<ConversationId, MessageId>();
  #reading = $state.raw<ConversationId | null>(null);
  #waitsForPaint = false;

  constructor(execute: (command: Command) => void, afterPaint: (callback: () => void) => void) {
    this.#execute = execute;
    this.#afterPaint = afterPaint;
  }

  /** The conversation that the user is looking at, or null. */
  get reading(): ConversationId | null {
    return this.#reading;
  }

  look(conversation: ConversationId | null, chat: ChatState): void {
    this.#reading = conversation;
    this.mark(chat);
  }

  /**
   * A message that has just arrived is read when it is on the screen. Until then, the gateway would work for the mark, and the browser
   * wait for it.
   */
  markWhenShown(chat: () => ChatState): void {
    if (this.#waitsForPaint || this.#reading === null) return;
    this.#waitsForPaint = true;
    this.#afterPaint(() => {
      this.#waitsForPaint = false;
      this.mark(chat());
    });
  }

  /** Marks each newest message once. */
  mark(chat: ChatState): void {
    if (this.#reading === null) return;
    const loaded = conversationOf(chat, this.#reading);
    const { conversation, unread } = loaded;
    const newest = newestToRead(loaded, ownKey(chat.session));
    // A late message can make a conversation unread again although its newest message was read.
    if (unread === 0) this.#marked.delete(conversation);
    if (unread === 0 || newest === undefined || this.#marked.get(conversation) === newest.id) return;
    this.#marked.set(conversation, newest.id);
    this.#execute({ type: 'mark-read', conversation, id: newest.id });
  }

  /** Another user's marks do not count. */
  forget(): void {
    this.#marked.clear();
  }
}
