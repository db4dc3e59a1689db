import type { BridgeEvent } from '../../../shared/bridge/events.ts';
import { errors } from '../../../shared/errors.ts';
import type { MessageId, PeerKey } from '../../../shared/ids.ts';
import { notedMessagesMax } from '../../../shared/limits.ts';
import type { Delivery, WaitingReason } from '../../../shared/message.ts';
import type { ChatModel } from '../frontend/chat-model.ts';

/**
 * Tells what became of messages that were typed here, without flooding: what happens within a moment is one line
 * for each person and outcome, an outcome that a better one follows at once is not told, and a trouble is told
 * once until it is over.
 */
export class DeliveryNotes {
  readonly #model: ChatModel;
  readonly #awaited = new Map<MessageId, PeerKey>();
  /** Typed here and not read yet; that is told besides what became of their delivery. */
  readonly #unread = new Map<MessageId, PeerKey>();
  readonly #reads = new Map<PeerKey, number>();
  readonly #pending = new Map<MessageId, Note>();
  readonly #problems = new Map<PeerKey, NoteKind>();

  constructor(model: ChatModel) {
    this.#model = model;
  }

  /** A message was typed here. Past `notedMessagesMax` the oldest is no longer told about. */
  add(id: MessageId, peer: PeerKey): void {
    for (const noted of [this.#awaited, this.#unread]) {
      noted.set(id, peer);
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

  /** The lines for everything that happened since the last time; `nowMs` is the wall clock's. */
  takeLines(nowMs: number): string[] {
    const groups = new Map<string, { peer: PeerKey; note: Note; messages: number }>();
    for (const [id, note] of this.#pending) {
      const peer = this.#awaited.get(id);
      if (peer === undefined) continue;
      if (isFinal(note.kind)) this.#awaited.delete(id);
      const key = `${peer} ${note.kind} ${note.kind === 'failed' ? note.sentence : ''}`;
      const group = groups.get(key);
      if (group === undefined) groups.set(key, { peer, note, messages: 1 });
      else group.messages++;
    }
    this.#pending.clear();
    const deliveries = [...groups.values()]
      .filter(({ peer, note }) => this.#isNews(peer, note.kind))
      .map(({ peer, note, messages }) => noteLine(this.#model.nicknameOf(peer), note, messages, nowMs));
    return [...deliveries, ...this.#takeReadLines()];
  }

  #takeReadLines(): string[] {
    const lines = Array.from(this.#reads, ([peer, messages]) => {
      const them = messages === 1 ? 'it' : `${messages} messages`;
      return `${this.#model.nicknameOf(peer)} has read ${them}.`;
    });
    this.#reads.clear();
    return lines;
  }

  #noteRead(id: MessageId): void {
    const peer = this.#unread.get(id);
    if (peer === undefined) return;
    this.#unread.delete(id);
    this.#reads.set(peer, (this.#reads.get(peer) ?? 0) + 1);
  }

  #noteDelivery(id: MessageId, delivery: Delivery): void {
    switch (delivery.state) {
      case 'saved':
        break;
      case 'sending': {
        const peer = this.#awaited.get(id);
        // To somebody known to be away the server is the first way, not the second.
        if (delivery.via === 'server' && peer !== undefined && this.#model.isOnline(peer)) {
          this.#note(id, { kind: 'no-answer' });
        }
        break;
      }
      case 'waiting':
        this.#note(id, { kind: delivery.reason, nextTryAtMs: delivery.nextTryAtMs });
        break;
      case 'stored':
        this.#note(id, { kind: 'stored' });
        break;
      case 'delivered':
        this.#note(id, { kind: delivery.later ? 'has-now' : 'has' });
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
    // That the server delivered it says more than that it is delivered.
    if (this.#pending.get(id)?.kind === 'by-server' && (note.kind === 'has' || note.kind === 'has-now'))
      return;
    this.#pending.delete(id);
    this.#pending.set(id, note);
  }

  #isNews(peer: PeerKey, kind: NoteKind): boolean {
    if (!isProblem(kind)) {
      this.#problems.delete(peer);
      return true;
    }
    const isNews = this.#problems.get(peer) !== kind;
    this.#problems.set(peer, kind);
    return isNews;
  }
}

type Note =
  | { readonly kind: 'has' | 'has-now' | 'by-server' | 'stored' }
  | { readonly kind: 'no-answer' }
  | { readonly kind: WaitingReason; readonly nextTryAtMs: number | null }
  | { readonly kind: 'failed'; readonly sentence: string };
type NoteKind = Note['kind'];

function isProblem(kind: NoteKind): boolean {
  switch (kind) {
    case 'no-answer':
    case 'no-connection':
    case 'mailbox-full':
    case 'sender-quota-full':
    case 'server-disk-full':
    case 'key-changed':
    case 'wrong-key':
      return true;
    case 'has':
    case 'has-now':
    case 'by-server':
    case 'stored':
    case 'failed':
      return false;
    default:
      return kind satisfies never;
  }
}

/** Nothing more is told of the message afterwards. */
function isFinal(kind: NoteKind): boolean {
  return kind === 'has' || kind === 'has-now' || kind === 'by-server';
}

function noteLine(nickname: string, note: Note, messages: number, nowMs: number): string {
  const them = messages === 1 ? 'it' : `${messages} messages`;
  switch (note.kind) {
    case 'has':
      return `${nickname} has ${them}.`;
    case 'has-now':
      return `${nickname} has ${them} now.`;
    case 'by-server':
      return `${nickname} is online: the server delivered ${them}.`;
    case 'stored':
      return `${nickname} is away: ${them} ${messages === 1 ? 'waits' : 'wait'} on the server.`;
    case 'no-answer':
      return `No answer from ${nickname}; the server is asked to deliver or keep ${them}.`;
    case 'no-connection':
      return `No connection to ${nickname} or the server; ${them} ${messages === 1 ? 'is' : 'are'} kept here and tried again${soon(note.nextTryAtMs, nowMs)}.`;
    case 'mailbox-full':
      return `The mailbox of ${nickname} is full; ${them} ${messages === 1 ? 'is' : 'are'} kept here and tried again${soon(note.nextTryAtMs, nowMs)}.`;
    case 'sender-quota-full':
      return `The server keeps as many messages of yours as it may; ${them} to ${nickname} ${messages === 1 ? 'is' : 'are'} kept here and tried again${soon(note.nextTryAtMs, nowMs)}.`;
    case 'server-disk-full':
      return `The disk of the server is full; ${them} to ${nickname} ${messages === 1 ? 'is' : 'are'} kept here and tried again${soon(note.nextTryAtMs, nowMs)}.`;
    case 'key-changed':
      return `${nickname} has another key now; ${them} ${messages === 1 ? 'is' : 'are'} kept here until you accept it, or refuse it.`;
    case 'wrong-key':
      return `${nickname} could not open ${them}; ${messages === 1 ? 'it is' : 'they are'} kept here and tried again${soon(note.nextTryAtMs, nowMs)}.`;
    case 'failed':
      return `Not sent to ${nickname}: ${note.sentence} Write retry ${nickname}, or discard ${nickname}.`;
    default:
      return note satisfies never;
  }
}

/** " in 8 s", where the next try is planned. */
function soon(atMs: number | null, nowMs: number): string {
  const seconds = atMs === null ? 0 : Math.ceil((atMs - nowMs) / 1_000);
  return seconds > 0 ? ` in ${seconds} s` : '';
}
