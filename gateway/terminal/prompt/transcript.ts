import type { BridgeEvent, Snapshot } from '../../../shared/bridge/events.ts';
import type { Contact } from '../../../shared/bridge/schema.ts';
import { peerOfDirect, roomConversation, type ConversationId } from '../../../shared/conversation.ts';
import { errors } from '../../../shared/errors.ts';
import type { MessageId, PeerKey } from '../../../shared/ids.ts';
import { printedIdsMax } from '../../../shared/limits.ts';
import { compareMessages, type ChatMessage, type ChangeSummary } from '../../../shared/message.ts';
import type { ChatModel } from '../frontend/chat-model.ts';
import { KeyChangeLines } from './key-change-lines.ts';
import { changeText, messageText } from './message-lines.ts';
import type { MessageNumbers } from './message-numbers.ts';
import { noticeText, RoomNews } from './room-lines.ts';

export interface ReadMark {
  readonly conversation: ConversationId;
  readonly id: MessageId;
}

/** Returns the lines for what other users do. Prints each message once, as it arrives. */
export class Transcript {
  readonly #model: ChatModel;
  readonly #keyChangeLines = new KeyChangeLines();
  readonly #roomNews = new RoomNews();
  readonly #numbers: MessageNumbers;
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
  constructor(model: ChatModel, clockText: (wallMs: number) => string, numbers: MessageNumbers) {
    this.#model = model;
    this.#numbers = numbers;
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
      ...this.#roomNews.take(snapshot.rooms, this.#memberName),
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
      case 'changed':
        return this.#changeLines(event.message, event.change);
      case 'rooms':
        return this.#roomNews.take(event.rooms, this.#memberName);
      case 'room-refused':
        // The room has told before that the user is no member any longer.
        if (event.id === null && event.code === 'not-a-member') return [];
        return [`${this.#model.nameOf(roomConversation(event.room))}: ${errors[event.code].sentence}`];
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
      this.#missing === 0 &&
      this.#held.every(({ author, content }) => content.kind === 'notice' || this.#model.hasNickname(author));
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

  /** Returns the lines of messages that were not printed yet. */
  show(messages: readonly ChatMessage[]): string[] {
    return inOrder(messages).flatMap((message) => this.#messageLines(message));
  }

  #messageLines(message: ChatMessage): string[] {
    if (this.#printed.has(message.id) || !this.#isWanted(message)) return [];
    this.#remember(message.id);
    const isOwn = message.author === this.#model.me;
    const last = this.#read.get(message.conversation);
    // A read mark covers all earlier messages, also those that the user does not want to see now.
    const { notify } = this.#model.conversation(message.conversation);
    if (!isOwn && notify === 'all' && (last === undefined || compareMessages(last, message) < 0))
      this.#read.set(message.conversation, message);
    const shown = this.#shown(message, isOwn);
    return shown === undefined ? [] : [`[${this.#clockText(message.sentAtMs)}] ${shown}`];
  }

  /** Without numbers, the user has just typed what is their own. An entry of a room is told, because it is in the log only now. */
  #shown(message: ChatMessage, isOwn: boolean): string | undefined {
    const { content, author } = message;
    const room = this.#roomPrefix(message.conversation);
    if (content.kind === 'notice') {
      const text = noticeText(content.entry, this.#nameOf(author), this.#memberName);
      return text === undefined ? undefined : `${room}${text}`;
    }
    if (isOwn && !this.#numbers.areOn) return undefined;
    const number = this.#numbers.areOn ? `${this.#numbers.give(message, this.#model.me)} ` : '';
    const name =
      isOwn && 'nickname' in this.#model.session ? this.#model.session.nickname : this.#nameOf(author);
    const to = isOwn && room === '' ? ` to ${this.#model.nameOf(message.conversation)}` : '';
    return `${number}${room}${name}${to}: ${messageText(message, (id) => this.#numbers.numberOf(id))}`;
  }

  /** What others did to a message. The user knows the rest. */
  #changeLines(message: ChatMessage, change: ChangeSummary): string[] {
    this.#numbers.update(message, this.#model.me);
    if (change.author === this.#model.me || !this.#isWanted(message)) return [];
    const number = this.#numbers.numberOf(message.id);
    const byAuthor =
      message.author === this.#model.me ? 'your message' : `a message of ${this.#nameOf(message.author)}`;
    const which = number === undefined ? byAuthor : `message ${number}`;
    const room = this.#roomPrefix(message.conversation);
    return [`${room}${this.#nameOf(change.author)} ${changeText(message, change, which)}`];
  }

  #roomPrefix(conversation: ConversationId): string {
    return peerOfDirect(conversation) === undefined ? `${this.#model.nameOf(conversation)} ` : '';
  }

  readonly #memberName = (key: PeerKey): string =>
    key === this.#model.me ? 'you' : this.#model.nicknameOf(key);

  readonly #nameOf = (key: PeerKey): string => (key === this.#model.me ? 'You' : this.#model.nicknameOf(key));

  /** The user chooses with `notify` what is printed. What is not stays unread. */
  #isWanted({ conversation, mentionsMe }: ChatMessage): boolean {
    const { notify } = this.#model.conversation(conversation);
    return notify === 'all' || (notify === 'mentions' && mentionsMe === true);
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

const youHaveMessages = 'You Have Messages';
