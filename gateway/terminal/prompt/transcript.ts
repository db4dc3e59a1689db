import type { BridgeEvent, Snapshot } from '../../../shared/bridge/events.ts';
import type { Contact } from '../../../shared/bridge/schema.ts';
import type { ConversationId } from '../../../shared/conversation.ts';
import type { MessageId, PeerKey } from '../../../shared/ids.ts';
import { printedIdsMax } from '../../../shared/limits.ts';
import { compareMessages, contentText, type ChatMessage } from '../../../shared/message.ts';
import { isBlank } from '../../../shared/text/characters.ts';
import type { ChatModel } from '../frontend/chat-model.ts';
import { KeyChangeLines } from './key-change-lines.ts';
import { safeMessage } from '../text/safe-text.ts';

export interface ReadMark {
  readonly conversation: ConversationId;
  readonly id: MessageId;
}

/** Returns the lines for what other users do. Prints each message once, as it arrives. */
export class Transcript {
  readonly #model: ChatModel;
  readonly #keyChangeLines = new KeyChangeLines();
  /** People that have more messages for the user than are taken before an answer. A line has told that. */
  readonly #moreWaiting = new Set<PeerKey>();
  readonly #clockText: (wallMs: number) => string;
  /** The ids of printed messages, because an event may repeat a message. A Set iterates its oldest element first. */
  readonly #printed = new Set<MessageId>();
  readonly #read = new Map<ConversationId, ChatMessage>();
  /** Messages that wait for mail before them, or for the nickname of their author. */
  #held: ChatMessage[] = [];
  /** How much of the announced mail of the server has not arrived yet. */
  #missing = 0;

  /** `clockText` formats wall clock time as `14:03`. */
  constructor(model: ChatModel, clockText: (wallMs: number) => string) {
    this.#model = model;
    this.#clockText = clockText;
  }

  /** `unread` are the messages that arrived while no frontend was open, oldest first in each conversation. */
  begin(snapshot: Snapshot, unread: readonly ChatMessage[]): string[] {
    const news = unread.filter(({ id }) => !this.#printed.has(id));
    const lines = news.flatMap((message) => this.#messageLines(message));
    for (const { messages } of snapshot.conversations) for (const { id } of messages) this.#remember(id);
    const keyLines = [
      ...this.#keyChangeLines.take(snapshot.contacts),
      ...this.#moreWaitingLines(snapshot.contacts),
    ];
    return lines.length === 0 ? keyLines : [...keyLines, youHaveMessages, ...lines];
  }

  handle(event: BridgeEvent): string[] {
    switch (event.type) {
      case 'waiting-messages':
        this.#missing = event.count;
        return [youHaveMessages];
      case 'message':
        this.#held.push(event.message);
        if (event.backlog && this.#missing > 0) this.#missing--;
        return this.#takeIfComplete();
      case 'contacts':
        return [
          ...this.#keyChangeLines.take(event.contacts),
          ...this.#moreWaitingLines(event.contacts),
          ...this.#takeIfComplete(),
        ];
      case 'contacts-removed':
        this.#keyChangeLines.forget(event.keys);
        for (const key of event.keys) this.#moreWaiting.delete(key);
        return [];
      default:
        // Other events have no line. The shared model (shared/model) handles every event.
        return [];
    }
  }

  /** True while messages wait. Not all that is announced need arrive, and a stranger need not have a nickname. */
  get isHolding(): boolean {
    return this.#held.length > 0 || this.#missing > 0;
  }

  /**
   * Stops waiting. Returns the lines of the held messages, each conversation in order: one part of a backlog can come from
   * the server, and another at the same time from the sender.
   */
  takeHeld(): string[] {
    const held = this.#held;
    this.#held = [];
    this.#missing = 0;
    return inOrder(held).flatMap((message) => this.#messageLines(message));
  }

  /** Just after the registration, a message can arrive before the client table that has the nickname of its author. */
  #takeIfComplete(): string[] {
    const isComplete =
      this.#missing === 0 && this.#held.every(({ author }) => this.#model.hasNickname(author));
    return isComplete ? this.takeHeld() : [];
  }

  /** Returns how far each conversation was printed since the previous call. */
  takeReadMarks(): ReadMark[] {
    const marks = [...this.#read.values()].map(({ conversation, id }) => ({ conversation, id }));
    this.#read.clear();
    return marks;
  }

  #moreWaitingLines(contacts: readonly Contact[]): string[] {
    return contacts.flatMap(({ key, moreWaiting }) => {
      if (moreWaiting !== true) this.#moreWaiting.delete(key);
      else if (!this.#moreWaiting.has(key)) {
        this.#moreWaiting.add(key);
        const nickname = this.#model.nicknameOf(key);
        const typed = this.#model.isNamed(key) ? nickname : key;
        return [
          `${nickname} has more messages for you. They wait, because you never wrote to ${nickname}. ` +
            `To get them, answer or type allow ${typed}.`,
        ];
      }
      return [];
    });
  }

  #messageLines(message: ChatMessage): string[] {
    if (message.author === this.#model.me || this.#printed.has(message.id)) return [];
    this.#remember(message.id);
    const last = this.#read.get(message.conversation);
    if (last === undefined || compareMessages(last, message) < 0)
      this.#read.set(message.conversation, message);
    const nickname = this.#model.nicknameOf(message.author);
    const mark = message.content.kind === 'unknown' ? newerKindMark : '';
    const text = contentText(message.content);
    const shown = isBlank(text) ? blankMessage : safeMessage(text);
    return [`[${this.#clockText(message.sentAtMs)}] ${nickname}: ${mark}${shown}`];
  }

  #remember(id: MessageId): void {
    this.#printed.add(id);
    if (this.#printed.size <= printedIdsMax) return;
    for (const oldest of this.#printed) {
      this.#printed.delete(oldest);
      break;
    }
  }
}

/** Sorts the messages of each conversation among the places that this conversation has in the list. */
function inOrder(messages: readonly ChatMessage[]): ChatMessage[] {
  const waiting = new Map<ConversationId, ChatMessage[]>();
  for (const message of messages)
    waiting.set(message.conversation, [...(waiting.get(message.conversation) ?? []), message]);
  for (const ofOne of waiting.values()) ofOne.sort(compareMessages);
  return messages.flatMap(({ conversation }) => waiting.get(conversation)?.shift() ?? []);
}

/** Before the fallback text of a content of an unknown kind. */
const newerKindMark = '(sent by a newer Chatagram, shown as text) ';
/** Instead of a text of which nothing can be seen. Chatagram refuses to send one, other programs may not. */
const blankMessage = '(blank message)';
const youHaveMessages = 'You Have Messages';
