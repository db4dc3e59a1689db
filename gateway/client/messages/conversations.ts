import { directConversation, type ConversationId } from '../../../shared/conversation.ts';
import type { PeerKey } from '../../../shared/ids.ts';
import {
  comparePositions,
  type ChatMessage,
  type MessagePosition,
  type NotifyLevel,
} from '../../../shared/message.ts';
import type { ClientStore, MovedConversation } from '../../store/client-store.ts';

const nothingRead: MessagePosition = { major: 0, minor: 0 };

/** How far the user has read each conversation, and where conversations went when their peer got another key. */
export class Conversations {
  readonly #store: ClientStore;
  readonly #readPositions = new Map<ConversationId, MessagePosition>();
  /** Read from the store once, and then kept up to date. */
  readonly #unreadCounts = new Map<ConversationId, number>();
  readonly #mentionCounts = new Map<ConversationId, number>();
  readonly #notifyLevels = new Map<ConversationId, NotifyLevel>();
  #moved: ReadonlyMap<ConversationId, ConversationId> = new Map();

  constructor(store: ClientStore) {
    this.#store = store;
    this.#read();
  }

  /** Conversations that have had a message. */
  ids(): Iterable<ConversationId> {
    return this.#readPositions.keys();
  }

  moved(): MovedConversation[] {
    return Array.from(this.#moved, ([from, to]) => ({ from, to }));
  }

  /** Returns the id that this conversation has now, which is another one after its peer got another key. */
  newestId(id: ConversationId): ConversationId {
    return this.#moved.get(id) ?? id;
  }

  /** Returns how many messages of others are after the read mark. */
  unreadCount(id: ConversationId): number {
    let count = this.#unreadCounts.get(id);
    if (count === undefined) {
      count = this.#store.conversations.unreadCount(id);
      this.#unreadCounts.set(id, count);
    }
    return count;
  }

  /** Returns how many of the unread messages mention the user. */
  mentionCount(id: ConversationId): number {
    let count = this.#mentionCounts.get(id);
    if (count === undefined) {
      count = this.#store.conversations.mentionCount(id);
      this.#mentionCounts.set(id, count);
    }
    return count;
  }

  /** A message got other words, or none. */
  recountMentions(id: ConversationId): void {
    this.#mentionCounts.delete(id);
  }

  /** Messages have other places in the store. */
  recount(id: ConversationId): void {
    this.#unreadCounts.delete(id);
    this.#mentionCounts.delete(id);
  }

  notifyOf(id: ConversationId): NotifyLevel {
    return this.#notifyLevels.get(id) ?? 'all';
  }

  setNotify(id: ConversationId, notify: NotifyLevel): void {
    this.#notifyLevels.set(id, notify);
    this.#store.conversations.setNotify(id, notify);
    this.begin(id);
  }

  /** Returns how far the user has read. Nothing read: major 0. */
  readPosition(id: ConversationId): MessagePosition {
    return this.#readPositions.get(id) ?? nothingRead;
  }

  /** Moves the read mark forward to this message. Returns false if the mark is already there or further on. */
  markRead({ conversation, position }: Pick<ChatMessage, 'conversation' | 'position'>): boolean {
    if (comparePositions(position, this.readPosition(conversation)) <= 0) return false;
    this.#setReadPosition(conversation, position);
    return true;
  }

  /** Whether the user has read the conversation up to this message. */
  isRead({ conversation, position }: Pick<ChatMessage, 'conversation' | 'position'>): boolean {
    return comparePositions(position, this.readPosition(conversation)) <= 0;
  }

  /** The store has the conversation: a message of the user, or one that changes others. */
  begin(conversation: ConversationId): void {
    this.#readPositions.set(conversation, this.readPosition(conversation));
  }

  /**
   * A message of another author is in the store, unread. If it came late and stands above the read mark, the mark goes back
   * to just before it, so that the user does not miss it. Returns true then.
   */
  handleArrived({
    conversation,
    position,
    content,
  }: Pick<ChatMessage, 'conversation' | 'position' | 'content'>): boolean {
    const readPosition = this.readPosition(conversation);
    if (comparePositions(position, readPosition) <= 0) {
      this.#setReadPosition(conversation, { major: position.major, minor: position.minor - 1 });
      return true;
    }
    this.#readPositions.set(conversation, readPosition);
    const known = this.#unreadCounts.get(conversation);
    if (known !== undefined) this.#unreadCounts.set(conversation, known + 1);
    if ('mentions' in content || 'mentionsRoom' in content) this.#mentionCounts.delete(conversation);
    return false;
  }

  /** The store has forgotten this key, with the direct conversation. */
  forget(key: PeerKey): void {
    this.#readPositions.delete(directConversation(key));
    this.#unreadCounts.delete(directConversation(key));
    this.#mentionCounts.delete(directConversation(key));
    this.#notifyLevels.delete(directConversation(key));
  }

  /** The store gave the direct conversation with `from` to `to`. */
  handleRekey(from: PeerKey, to: PeerKey): void {
    for (const peer of [from, to]) this.forget(peer);
    this.#read();
  }

  /** The store gave the conversation another id. */
  handleRename(from: ConversationId, to: ConversationId): void {
    const readPosition = this.#readPositions.get(from);
    const notify = this.#notifyLevels.get(from);
    this.#readPositions.delete(from);
    this.#notifyLevels.delete(from);
    this.#unreadCounts.delete(from);
    this.#mentionCounts.delete(from);
    if (readPosition !== undefined) this.#readPositions.set(to, readPosition);
    if (notify !== undefined) this.#notifyLevels.set(to, notify);
  }

  #read(): void {
    for (const { id, readPosition, notify } of this.#store.conversations.all()) {
      this.#readPositions.set(id, readPosition);
      this.#notifyLevels.set(id, notify);
    }
    this.#moved = new Map(this.#store.conversations.moved().map(({ from, to }) => [from, to]));
  }

  #setReadPosition(id: ConversationId, position: MessagePosition): void {
    this.#readPositions.set(id, position);
    this.#unreadCounts.delete(id);
    this.#mentionCounts.delete(id);
    this.#store.conversations.setReadPosition(id, position);
  }
}
