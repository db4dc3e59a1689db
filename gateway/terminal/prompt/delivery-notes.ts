import type { BridgeEvent } from '../../../shared/bridge/events.ts';
import { errors } from '../../../shared/errors.ts';
import { peerOfDirect, type ConversationId } from '../../../shared/conversation.ts';
import type { MessageId } from '../../../shared/ids.ts';
import { notedMessagesMax } from '../../../shared/limits.ts';
import type { Delivery, WaitingReason } from '../../../shared/message.ts';
import type { ChatModel } from '../frontend/chat-model.ts';

/**
 * Tells the user what becomes of the messages typed at this prompt, without a flood of lines. Outcomes of one moment
 * share a line per recipient. An outcome that a better one follows at once is left out. A problem is printed once until
 * it is over.
 */
export class DeliveryNotes {
  readonly #model: ChatModel;
  readonly #awaited = new Map<MessageId, ConversationId>();
  /** Messages that the recipient has not read yet. Reading is printed separately from delivery. */
  readonly #unread = new Map<MessageId, ConversationId>();
  readonly #reads = new Map<ConversationId, number>();
  readonly #pending = new Map<MessageId, Note>();
  readonly #problems = new Map<ConversationId, NoteKind>();

  constructor(model: ChatModel) {
    this.#model = model;
  }

  /** Follows a message typed at this prompt. Beyond `notedMessagesMax` messages, forgets the oldest. */
  add(id: MessageId, conversation: ConversationId): void {
    for (const noted of [this.#awaited, this.#unread]) {
      noted.set(id, conversation);
      if (noted.size > notedMessagesMax) noted.delete(noted.keys().next().value ?? id);
    }
  }

  handle(event: BridgeEvent): void {
    if (event.type === 'delivered-by-server') this.#note(event.id, { kind: 'by-server' });
    else if (event.type === 'delivery') this.#noteDelivery(event.id, event.delivery);
    else if (event.type === 'message' && event.message.delivery !== undefined) {
      this.#noteDelivery(event.message.id, event.message.delivery);
    } else if (event.type === 'discarded') {
      this.#awaited.delete(event.id);
      this.#unread.delete(event.id);
    }
  }

  get areWaiting(): boolean {
    return this.#pending.size > 0 || this.#reads.size > 0;
  }

  /** Returns the lines for everything since the previous call. `nowMs` is wall clock time. */
  takeLines(nowMs: number): string[] {
    const groups = new Map<string, { conversation: ConversationId; note: Note; messages: number }>();
    for (const [id, note] of this.#pending) {
      const conversation = this.#awaited.get(id);
      if (conversation === undefined) continue;
      if (isFinal(note.kind)) this.#awaited.delete(id);
      const key = `${conversation} ${note.kind} ${note.kind === 'failed' ? note.sentence : ''}`;
      const group = groups.get(key);
      if (group === undefined) groups.set(key, { conversation, note, messages: 1 });
      else group.messages++;
    }
    this.#pending.clear();
    const deliveries = [...groups.values()]
      .filter(({ conversation, note }) => this.#isNews(conversation, note.kind))
      .map(({ conversation, note, messages }) => {
        const name = this.#model.nameOf(conversation);
        const isRoom = peerOfDirect(conversation) === undefined;
        const inRoom = isRoom ? roomNoteLine(name, note, messages, nowMs) : undefined;
        return inRoom ?? noteLine(name, note, messages, nowMs);
      });
    return [...deliveries, ...this.#takeReadLines()];
  }

  #takeReadLines(): string[] {
    const lines = Array.from(this.#reads, ([conversation, messages]) => {
      const yours = messages === 1 ? 'your message' : `${messages} messages`;
      return `${this.#model.nameOf(conversation)} has read ${yours}.`;
    });
    this.#reads.clear();
    return lines;
  }

  #noteRead(id: MessageId): void {
    const conversation = this.#unread.get(id);
    if (conversation === undefined) return;
    this.#unread.delete(id);
    this.#reads.set(conversation, (this.#reads.get(conversation) ?? 0) + 1);
  }

  #noteDelivery(id: MessageId, delivery: Delivery): void {
    switch (delivery.state) {
      case 'saved':
        break;
      case 'in-room':
        // `readers` tells which members have it.
        this.#note(id, { kind: 'in-room' });
        break;
      case 'sending': {
        const conversation = this.#awaited.get(id);
        const peer = conversation === undefined ? undefined : peerOfDirect(conversation);
        // For a recipient who is away, the server is the first choice and not a fallback.
        if (delivery.via === 'server' && peer !== undefined && this.#model.isOnline(peer)) {
          this.#note(id, { kind: 'no-answer' });
        }
        break;
      }
      case 'waiting':
        this.#note(id, { kind: delivery.reason, nextAttemptAtMs: delivery.nextAttemptAtMs });
        break;
      case 'stored':
        this.#note(id, { kind: 'stored' });
        break;
      case 'delivered':
        this.#note(id, { kind: delivery.later ? 'received-later' : 'received' });
        break;
      case 'read':
        this.#noteRead(id);
        break;
      case 'failed':
        this.#note(id, { kind: 'failed', sentence: errors[delivery.code].sentence });
        break;
      default:
        delivery satisfies never;
    }
  }

  #note(id: MessageId, note: Note): void {
    if (!this.#awaited.has(id)) return;
    // "The server delivered it" says more than "it is delivered".
    if (
      this.#pending.get(id)?.kind === 'by-server' &&
      (note.kind === 'received' || note.kind === 'received-later')
    )
      return;
    this.#pending.delete(id);
    this.#pending.set(id, note);
  }

  #isNews(conversation: ConversationId, kind: NoteKind): boolean {
    if (!isProblem(kind)) {
      this.#problems.delete(conversation);
      return true;
    }
    const isNews = this.#problems.get(conversation) !== kind;
    this.#problems.set(conversation, kind);
    return isNews;
  }
}

type Note =
  | { readonly kind: 'received' | 'received-later' | 'by-server' | 'stored' | 'in-room' }
  | { readonly kind: 'no-answer' }
  | { readonly kind: WaitingReason; readonly nextAttemptAtMs: number | null }
  | { readonly kind: 'failed'; readonly sentence: string };
type NoteKind = Note['kind'];

function isProblem(kind: NoteKind): boolean {
  switch (kind) {
    case 'no-answer':
    case 'no-connection':
    case 'mailbox-full':
    case 'sender-quota-full':
    case 'server-disk-full':
    case 'unknown-recipient':
    case 'key-changed':
    case 'blocked':
    case 'not-accepted':
    case 'wrong-key':
    case 'refused-for-now':
      return true;
    case 'received':
    case 'received-later':
    case 'by-server':
    case 'stored':
    case 'in-room':
    case 'failed':
      return false;
    default:
      return kind satisfies never;
  }
}

/** Returns whether this is the last line about the delivery of a message. */
function isFinal(kind: NoteKind): boolean {
  return kind === 'received' || kind === 'received-later' || kind === 'by-server' || kind === 'in-room';
}

/** Where a room needs other words than a person. */
function roomNoteLine(name: string, note: Note, messages: number, nowMs: number): string | undefined {
  switch (note.kind) {
    case 'no-connection':
      return `No connection to the server. ${savedHere(messages, note.nextAttemptAtMs, nowMs)}`;
    case 'refused-for-now':
      return `The server does not take more for ${name} right now. ${savedHere(messages, note.nextAttemptAtMs, nowMs)}`;
    default:
      return undefined;
  }
}

function noteLine(nickname: string, note: Note, messages: number, nowMs: number): string {
  const yours = messages === 1 ? 'your message' : `${messages} messages`;
  switch (note.kind) {
    case 'received':
      return `${nickname} received ${yours}.`;
    case 'received-later':
      return `${nickname} has now received ${yours}.`;
    case 'by-server':
      return `${nickname} is online: the server delivered ${yours}.`;
    case 'stored':
      return messages === 1
        ? `${nickname} is away. Your message waits on the server.`
        : `${nickname} is away. ${messages} messages wait on the server.`;
    case 'in-room':
      return messages === 1
        ? `Your message is in ${nickname}.`
        : `${messages} messages of yours are in ${nickname}.`;
    case 'no-answer':
      return `${nickname} does not answer. The server will deliver or keep ${yours}.`;
    case 'no-connection':
      return `No connection to ${nickname} or the server. ${savedHere(messages, note.nextAttemptAtMs, nowMs)}`;
    case 'mailbox-full':
      return `The mailbox of ${nickname} is full. ${savedHere(messages, note.nextAttemptAtMs, nowMs)}`;
    case 'sender-quota-full':
      return `You have too many undelivered messages on the server. ${savedHere(messages, note.nextAttemptAtMs, nowMs)}`;
    case 'server-disk-full':
      return `The server's disk is full. ${savedHere(messages, note.nextAttemptAtMs, nowMs)}`;
    case 'unknown-recipient':
      return `The server does not know ${nickname} right now. ${savedHere(messages, note.nextAttemptAtMs, nowMs)}`;
    case 'key-changed':
      return `${nickname} has a new key. ${isSavedHere(messages)} until you accept or refuse it.`;
    case 'blocked':
      return `You have blocked ${nickname}. ${isSavedHere(messages)} until you type unblock ${nickname}.`;
    case 'not-accepted':
      return `You have sent ${nickname} as much as they take before they answer. ${isSavedHere(messages)} until ${nickname} answers.`;
    case 'wrong-key':
      return `${nickname} could not decrypt ${yours}. ${savedHere(messages, note.nextAttemptAtMs, nowMs)}`;
    case 'refused-for-now':
      return `${nickname} cannot get ${yours} right now. ${savedHere(messages, note.nextAttemptAtMs, nowMs)}`;
    case 'failed':
      return `Not sent to ${nickname}: ${note.sentence} Type retry ${nickname} or discard ${nickname}.`;
    default:
      return note satisfies never;
  }
}

/** "Your message is saved here and will be sent again in 8 s.", with the time of the next attempt if it is known. */
function savedHere(messages: number, nextAttemptAtMs: number | null, nowMs: number): string {
  const seconds = nextAttemptAtMs === null ? 0 : Math.ceil((nextAttemptAtMs - nowMs) / 1_000);
  return `${isSavedHere(messages)} and will be sent again${seconds > 0 ? ` in ${seconds} s` : ''}.`;
}

function isSavedHere(messages: number): string {
  return messages === 1 ? 'Your message is saved here' : `${messages} messages are saved here`;
}
