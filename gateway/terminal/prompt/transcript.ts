import type { BridgeEvent, Snapshot } from '../../../shared/bridge/events.ts';
import type { Contact } from '../../../shared/bridge/schema.ts';
import { peerOfDirect, roomConversation, type ConversationId } from '../../../shared/conversation.ts';
import { errors } from '../../../shared/errors.ts';
import type { MessageId, PeerKey } from '../../../shared/ids.ts';
import { printedIdsMax } from '../../../shared/limits.ts';
import {
  compareMessages,
  hasWords,
  type ChangeKind,
  type ChangeSummary,
  type ChatMessage,
  type Content,
} from '../../../shared/message.ts';
import type { ChatModel } from '../frontend/chat-model.ts';
import { WaitingGuests } from '../frontend/guest-lines.ts';
import { KeyChangeLines } from './key-change-lines.ts';
import { safeLine } from '../text/safe-text.ts';
import { changeText, messageText } from './message-lines.ts';
import type { MessageNumbers } from './message-numbers.ts';
import { noticeText, RoomNews } from './room-lines.ts';

export interface ReadMark {
  readonly conversation: ConversationId;
  readonly id: MessageId;
}

/** A message that was printed, as lines about it name it. */
interface PrintedMessage {
  readonly author: PeerKey;
  /** How its words begin. Empty where it has none, or no longer. */
  readonly excerpt: string;
}

/** The earlier messages of a room that is new to this client: the newest ones, and how many came before them. */
interface RoomPast {
  readonly messages: ChatMessage[];
  skipped: number;
}

/** Of the past of a room that is new, so many messages are printed. The command `earlier` prints the others. */
export const pastMessagesMax = 20;
/** Letters of a message with which a line names it. */
const excerptLength = 40;

/** Returns the lines for what other users do. Prints each message once, as it arrives. */
export class Transcript {
  readonly #model: ChatModel;
  readonly #keyChangeLines = new KeyChangeLines();
  readonly #roomNews = new RoomNews();
  readonly #waitingGuests = new WaitingGuests();
  readonly #numbers: MessageNumbers;
  /** People that have more messages for the user than are taken before an answer. A line has told that. */
  readonly #moreWaiting = new Set<PeerKey>();
  /** Guests about which a line has told what their host can do. */
  readonly #guests = new Set<PeerKey>();
  readonly #clockText: (wallMs: number) => string;
  /** The ids of printed messages, because an event may repeat a message. A Map iterates its oldest element first. */
  readonly #printed = new Map<MessageId, PrintedMessage>();
  /** The oldest printed message of each conversation. */
  readonly #oldest = new Map<ConversationId, ChatMessage>();
  /** Conversations with a message that was printed, or that an earlier frontend has shown. */
  readonly #begun = new Set<ConversationId>();
  readonly #pasts = new Map<ConversationId, RoomPast>();
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
    for (const { conversation, messages } of snapshot.conversations) {
      if (messages.length > 0) this.#begun.add(conversation);
      for (const message of messages) this.#remember(message);
    }
    const keyLines = [
      ...this.#keyChangeLines.take(snapshot.contacts),
      ...this.#moreWaitingLines(snapshot.contacts),
      ...this.#roomNews.take(snapshot.rooms, this.#memberName),
      ...this.#waitingGuests.take(snapshot.guests, performance.now()),
    ];
    return lines.length === 0 ? keyLines : [...keyLines, youHaveMessages, ...lines];
  }

  handle(event: BridgeEvent): string[] {
    switch (event.type) {
      case 'waiting-messages':
        this.#missing = event.count;
        return [youHaveMessages];
      case 'message':
        return this.#handleMessage(event.message, event.backlog);
      case 'contacts':
        return [
          ...this.#keyChangeLines.take(event.contacts),
          ...this.#moreWaitingLines(event.contacts),
          ...this.#takeIfComplete(),
        ];
      case 'changed':
        return this.#changeLines(event.message, event.change);
      case 'change-failed':
        return [this.#failedChangeLine(event)];
      case 'guests':
        return this.#waitingGuests.take(event.guests, performance.now());
      case 'rooms':
        return this.#roomNews.take(event.rooms, this.#memberName);
      case 'room-refused':
        // The room has told before that the user is no member any longer.
        if (event.id === null && event.code === 'not-a-member') return [];
        return [`${this.#model.nameOf(roomConversation(event.room))}: ${errors[event.code].sentence}`];
      case 'contacts-removed':
        this.#keyChangeLines.forget(event.keys);
        for (const key of event.keys) {
          this.#moreWaiting.delete(key);
          this.#guests.delete(key);
        }
        return [];
      default:
        // Other events have no line. The shared model (shared/model) handles every event.
        return [];
    }
  }

  /** True while messages wait. Not all that is announced need arrive, and a stranger need not have a nickname. */
  get isHolding(): boolean {
    return this.#held.length > 0 || this.#missing > 0 || this.#pasts.size > 0;
  }

  /**
   * Stops waiting. Returns the lines of the held messages, each conversation in order: one part of a backlog can come from
   * the server, and another at the same time from the sender.
   */
  takeHeld(): string[] {
    const lines = [...this.#pasts.keys()].flatMap((conversation) => this.#releasePast(conversation));
    const held = this.#held;
    this.#held = [];
    this.#missing = 0;
    return [...lines, ...inOrder(held).flatMap((message) => this.#messageLines(message))];
  }

  #handleMessage(message: ChatMessage, isBacklog: boolean): string[] {
    const { conversation } = message;
    const isOfRoom = peerOfDirect(conversation) === undefined;
    if (!isOfRoom && isBacklog && this.#missing > 0) this.#missing--;
    if (isOfRoom && isBacklog && !this.#begun.has(conversation)) {
      this.#keepPast(message);
      // The past of a room ends where the user came into it. #everyone has no such entry.
      if (!this.#isOwnEntry(message)) return [];
      return [...this.#releasePast(conversation), ...this.#takeIfComplete()];
    }
    const lines = this.#releasePast(conversation);
    this.#held.push(message);
    return [...lines, ...this.#takeIfComplete()];
  }

  /** A room can have any number of messages, so only the newest are kept. */
  #keepPast(message: ChatMessage): void {
    const past = this.#pasts.get(message.conversation) ?? { messages: [], skipped: 0 };
    this.#pasts.set(message.conversation, past);
    past.messages.push(message);
    if (past.messages.length <= pastMessagesMax) return;
    past.messages.shift();
    past.skipped++;
  }

  /** Hands the newest messages of the past over to be printed. Returns a line about the others. */
  #releasePast(conversation: ConversationId): string[] {
    this.#begun.add(conversation);
    const past = this.#pasts.get(conversation);
    if (past === undefined) return [];
    this.#pasts.delete(conversation);
    this.#held.push(...past.messages);
    if (past.skipped === 0) return [];
    const name = this.#model.nameOf(conversation);
    const messages = past.skipped === 1 ? '1 earlier message' : `${past.skipped} earlier messages`;
    return [`${name} has ${messages}. To see them, type earlier ${name}.`];
  }

  /** Whether the user came into the room by this entry. */
  #isOwnEntry({ author, content }: ChatMessage): boolean {
    if (author !== this.#model.me || content.kind !== 'notice') return false;
    return content.entry.kind === 'join' || content.entry.kind === 'create';
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

  /** The id of the oldest message of this conversation that was printed; null before the first one. */
  oldestOf(conversation: ConversationId): MessageId | null {
    return this.#oldest.get(conversation)?.id ?? null;
  }

  /** Returns the lines of messages before the oldest printed one, also those that another frontend has shown, and own ones. */
  showEarlier(conversation: ConversationId, messages: readonly ChatMessage[]): string[] {
    this.#begun.add(conversation);
    return messages.toSorted(compareMessages).flatMap((message) => {
      this.#remember(message);
      this.#noteOldest(message);
      const shown = this.#shown(message, message.author === this.#model.me, true);
      return shown === undefined ? [] : [`[${this.#clockText(message.sentAtMs)}] ${shown}`];
    });
  }

  #noteOldest(message: ChatMessage): void {
    const oldest = this.#oldest.get(message.conversation);
    if (oldest === undefined || compareMessages(message, oldest) < 0)
      this.#oldest.set(message.conversation, message);
  }

  #messageLines(message: ChatMessage): string[] {
    if (this.#printed.has(message.id) || !this.#isWanted(message)) return [];
    this.#remember(message);
    this.#noteOldest(message);
    const isOwn = message.author === this.#model.me;
    const last = this.#read.get(message.conversation);
    // A read mark covers all earlier messages, also those that the user does not want to see now.
    const { notify } = this.#model.conversation(message.conversation);
    if (!isOwn && notify === 'all' && (last === undefined || compareMessages(last, message) < 0))
      this.#read.set(message.conversation, message);
    const shown = this.#shown(message, isOwn, this.#numbers.areOn);
    const lines = shown === undefined ? [] : [`[${this.#clockText(message.sentAtMs)}] ${shown}`];
    return [...this.#guestLines(message.conversation), ...lines];
  }

  /** At the first message of a conversation with a guest. */
  #guestLines(conversation: ConversationId): string[] {
    const peer = peerOfDirect(conversation);
    const notice = peer === undefined ? undefined : this.#model.guestNoticeOf(peer);
    if (peer === undefined || notice === undefined || this.#guests.has(peer)) return [];
    this.#guests.add(peer);
    return [notice];
  }

  /** Without numbers, the user has just typed what is their own. An entry of a room is told, because it is in the log only now. */
  #shown(message: ChatMessage, isOwn: boolean, withOwn: boolean): string | undefined {
    const { content, author } = message;
    const room = this.#roomPrefix(message.conversation);
    if (content.kind === 'notice') {
      const text = noticeText(content.entry, this.#nameOf(author), this.#memberName, this.#messageName, {
        me: this.#model.me,
        runsServer: this.#model.isHosting,
      });
      return text === undefined ? undefined : `${room}${text}`;
    }
    if (isOwn && !withOwn) return undefined;
    return this.#line(message);
  }

  /** Returns the line of a message that a search has found. `when` is when it was sent. */
  resultLine(message: ChatMessage, when: string): string {
    return `[${when === '' ? this.#clockText(message.sentAtMs) : when}] ${this.#line(message)}`;
  }

  #line(message: ChatMessage): string {
    const { author, conversation } = message;
    const isOwn = author === this.#model.me;
    const room = this.#roomPrefix(conversation);
    const number = this.#numbers.areOn ? `${this.#numbers.give(message, this.#model.me)} ` : '';
    const name =
      isOwn && 'nickname' in this.#model.session ? this.#model.session.nickname : this.#nameOf(author);
    const to = isOwn && room === '' ? ` to ${this.#model.nameOf(conversation)}` : '';
    return `${number}${room}${name}${to}: ${messageText(message, (id) => this.#numbers.numberOf(id))}`;
  }

  /** What others did to a message. The user knows the rest. */
  #changeLines(message: ChatMessage, change: ChangeSummary): string[] {
    this.#numbers.update(message, this.#model.me);
    if (this.#printed.has(message.id)) this.#printed.set(message.id, printedOf(message));
    if (change.author === this.#model.me || !this.#isWanted(message)) return [];
    const number = this.#numbers.numberOf(message.id);
    const byAuthor =
      message.author === this.#model.me ? 'your message' : `a message of ${this.#nameOf(message.author)}`;
    const which = number === undefined ? byAuthor : `message ${number}`;
    const room = this.#roomPrefix(message.conversation);
    return [`${room}${this.#nameOf(change.author)} ${changeText(message, change, which)}`];
  }

  /** The change is made here, and the other person goes on without it. */
  #failedChangeLine({
    conversation,
    kind,
    of,
    code,
  }: Extract<BridgeEvent, { type: 'change-failed' }>): string {
    const name = this.#model.nameOf(conversation);
    const [first] = of;
    const number = of.length === 1 && first !== undefined ? this.#numbers.numberOf(first) : undefined;
    const what = `${changeNames[kind]} ${number === undefined ? 'a message' : `message ${number}`}`;
    return `${name} did not get ${what}: ${errors[code].sentence} Type retry ${name} or discard ${name}.`;
  }

  /** `message 12.`, or how the message begins. */
  readonly #messageName = (id: MessageId): string => {
    const number = this.#numbers.numberOf(id);
    if (number !== undefined) return `message ${number}.`;
    const printed = this.#printed.get(id);
    if (printed === undefined) return 'an earlier message.';
    const of =
      printed.author === this.#model.me ? 'your message' : `a message of ${this.#nameOf(printed.author)}`;
    return printed.excerpt === '' ? `${of}.` : `${of}: ${printed.excerpt}`;
  };

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

  #remember(message: ChatMessage): void {
    this.#printed.set(message.id, printedOf(message));
    if (this.#printed.size <= printedIdsMax) return;
    for (const oldest of this.#printed.keys()) {
      this.#printed.delete(oldest);
      break;
    }
  }
}

function printedOf({ author, content, hidden }: ChatMessage): PrintedMessage {
  const words = hidden === true ? [] : [...safeLine(excerptOf(content))];
  const excerpt = words.slice(0, excerptLength).join('');
  return { author, excerpt: words.length > excerptLength ? `${excerpt} ...` : excerpt };
}

function excerptOf(content: Content): string {
  if (hasWords(content)) return content.text;
  if (content.kind === 'poll') return content.question;
  return content.kind === 'file' ? content.name : '';
}

const changeNames: Readonly<Record<ChangeKind, string>> = {
  edit: 'your change of',
  delete: 'your deletion of',
  reaction: 'your reaction to',
  vote: 'your vote in',
  acknowledge: 'your confirmation of',
  'close-poll': 'the end of your poll in',
};

/** Sorts the messages of each conversation among the places that this conversation has in the list. */
function inOrder(messages: readonly ChatMessage[]): ChatMessage[] {
  const waiting = new Map<ConversationId, ChatMessage[]>();
  for (const message of messages)
    waiting.set(message.conversation, [...(waiting.get(message.conversation) ?? []), message]);
  for (const ofOne of waiting.values()) ofOne.sort(compareMessages);
  return messages.flatMap(({ conversation }) => waiting.get(conversation)?.shift() ?? []);
}

const youHaveMessages = 'You Have Messages';
