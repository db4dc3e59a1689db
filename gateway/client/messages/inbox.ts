import { decodeContent, decodeReceipt, type DecodedContent } from '../../../shared/chat/codec.ts';
import { rejectionOf, type ProtocolCode } from '../../../shared/chat/codes.ts';
import { envelopeFormat, unpadContent } from '../../../shared/chat/envelope.ts';
import type { ProtocolMessageOf } from '../../../shared/chat/kinds.ts';
import { directConversation } from '../../../shared/conversation.ts';
import type { MailKeyId, MessageId, PeerKey } from '../../../shared/ids.ts';
import { opensWaitingMax } from '../../../shared/limits.ts';
import { isConversationKind } from '../../../shared/chat/content-kinds.ts';
import { isPostKind } from '../../../shared/chat/timeline.ts';
import { contentText } from '../../../shared/content-text.ts';
import { textBytes, type Content } from '../../../shared/message.ts';
import type { Moment } from '../../../shared/moment.ts';
import type { ChangeMessageContent, ClientStore, NewChange, NewMessage } from '../../store/client-store.ts';
import type { EndpointEvent } from '../../transport/events.ts';
import type { ServerClock } from '../connections/server-clock.ts';
import type { Session } from '../connections/session.ts';
import type { ClientContext } from '../context.ts';
import type { Eraser } from '../../turn/eraser.ts';
import type { OwnMailKeys } from '../mail/own-mail-keys.ts';
import type { Blocks } from '../contacts/blocks.ts';
import type { Contacts } from '../contacts/contacts.ts';
import { AckBatcher } from './ack-batcher.ts';
import type { Conversations } from './conversations.ts';
import type { DeliveryReceipts } from './delivery-receipts.ts';
import { HeldSenders } from './held-senders.ts';
import type { MessageViews } from './message-views.ts';
import type { ReadReceipts } from './read-receipts.ts';
import type { SenderLimits } from './sender-limits.ts';

export interface InboxOptions {
  readonly store: ClientStore;
  readonly context: ClientContext;
  readonly me: PeerKey;
  readonly contacts: Contacts;
  readonly blocks: Pick<Blocks, 'has' | 'takeUnopened' | 'hasTakenUnopened'>;
  readonly conversations: Conversations;
  readonly receipts: DeliveryReceipts;
  readonly views: MessageViews;
  readonly reads: Pick<ReadReceipts, 'handleReceipt'>;
  readonly limits: Pick<SenderLimits, 'take'>;
  readonly mailKeys: Pick<OwnMailKeys, 'secretKeyOf' | 'deleteUsed'>;
  readonly clock: Pick<ServerClock, 'toLocalMs'>;
  readonly session: Pick<Session, 'expectsRoster'>;
  readonly eraser: Pick<Eraser, 'eraseSoon'>;
}

/** An envelope from the server that is being opened. */
interface PendingOpen {
  readonly server: PeerKey;
  readonly message: ProtocolMessageOf<'deliver'>;
  /** The message waited on the server before this client registered. */
  readonly backlog: boolean;
  outcome: { readonly content: Uint8Array | undefined } | undefined;
  /** Mail keys of further envelopes with the same message, which its sender sealed again. */
  readonly otherKeys: Set<MailKeyId>;
}

/** Accepts messages: puts each on disk once, at its position, and answers each copy with the same receipt. */
export class Inbox {
  readonly #options: InboxOptions;
  /** In the order of their arrival, in which they are also accepted. */
  readonly #pendingOpens: PendingOpen[] = [];
  /** Acknowledgements to the server for what it delivered. */
  readonly #acks = new Map<PeerKey, AckBatcher<ProtocolMessageOf<'deliver-ack'>['items'][number]>>();
  readonly #held = new HeldSenders();
  #backlog = 0;

  constructor(options: InboxOptions) {
    this.#options = options;
  }

  /** This many messages wait on the server: the next ones that it delivers are not announced one by one. */
  expectBacklog(count: number): void {
    this.#backlog = count;
    if (count > 0) this.#options.context.emit({ type: 'waiting-messages', count });
  }

  handleMessage(now: Moment, from: PeerKey, { id, body }: ProtocolMessageOf<'message'>): void {
    this.#onceNamed(now, from, () => {
      // The user blocked the sender while the message waited.
      if (this.#options.blocks.has(from)) return;
      const code = this.#accept(now, from, id, decodeContent(body), false);
      if (code !== null)
        this.#options.context.send(from, { kind: 'reject', id, ...rejectionOf(code) }, 'reject');
    });
  }

  /** The roster may have named senders of held messages. */
  handleRoster(): void {
    this.#held.releaseIf((sender) => this.#options.contacts.find(sender) !== undefined);
  }

  handleTimeout(now: Moment): void {
    this.#held.handleTimeout(now.monotonicMs);
  }

  pollTimeout(): number | undefined {
    return this.#held.pollTimeout();
  }

  handleDeliver(now: Moment, server: PeerKey, message: ProtocolMessageOf<'deliver'>): void {
    const { context, me, mailKeys, blocks } = this.#options;
    const { format, from, to, type, id, keyId, sealed } = message;
    if (blocks.has(from)) {
      if (type === 'text' && this.#backlog > 0) this.#backlog--;
      return this.#takeUnopened(now, server, message);
    }
    // PROTOCOL 9.5: an envelope names the key that it is for.
    if (to !== me) return this.#reject(server, message, 'wrong-key');
    if (format !== envelopeFormat) return this.#reject(server, message, 'unknown-format');
    if (type !== 'text' && type !== 'receipt') return this.#reject(server, message, 'unknown-kind');
    if (type === 'text' && this.#isCopy(from, id)) {
      this.#options.receipts.due(from, id);
      // The message is here by another way: its envelope's key has no other use.
      mailKeys.deleteUsed(now, keyId);
      return this.#acknowledge(server, message);
    }
    if (type === 'text' && blocks.hasTakenUnopened(from, id)) {
      mailKeys.deleteUsed(now, keyId);
      return this.#reject(server, message, 'message-id-used');
    }
    const same = this.#pendingOpens.find((other) => other.message.from === from && other.message.id === id);
    if (same !== undefined) {
      // One answer is for both envelopes: the server does not deliver this one again.
      if (same.message.keyId !== keyId && mailKeys.secretKeyOf(keyId) !== undefined)
        same.otherKeys.add(keyId);
      return;
    }
    // The server offers it again.
    if (this.#pendingOpens.length >= opensWaitingMax) return;
    // PROTOCOL 9.26.
    const secretKey = mailKeys.secretKeyOf(keyId);
    if (secretKey === undefined) return this.#reject(server, message, 'unknown-mail-key');
    const backlog = type === 'text' && this.#backlog > 0;
    if (backlog) this.#backlog--;
    const pending: PendingOpen = { server, message, backlog, outcome: undefined, otherKeys: new Set() };
    this.#pendingOpens.push(pending);
    context.runJob(
      { type: 'open', head: { format, from, to, type, id, keyId }, secretKey, sealed },
      (later, content) => {
        pending.outcome = { content };
        this.#acceptOpened(later);
      },
    );
  }

  handleEvent(event: EndpointEvent): void {
    switch (event.type) {
      case 'acknowledged':
      case 'undelivered':
        if (event.token !== ackToken) return;
        this.#acks.get(event.peer)?.handleSettled();
        if (event.type === 'acknowledged') this.#sendAcks(event.peer);
        return;
      case 'connected':
      case 'disconnected':
        this.#acks.delete(event.peer);
        return;
      default:
        return;
    }
  }

  /** The user is offline: nothing is accepted, and the server offers it all again. */
  forgetUnaccepted(): void {
    this.#pendingOpens.length = 0;
    this.#held.clear();
  }

  /** PROTOCOL 6.64: a message from a sender that no roster has named yet waits for that for a moment. */
  #onceNamed(now: Moment, from: PeerKey, accept: () => void): void {
    const { contacts, session } = this.#options;
    if (session.expectsRoster && contacts.find(from) === undefined)
      this.#held.hold(now.monotonicMs, from, accept);
    else accept();
  }

  #acceptOpened(now: Moment): void {
    for (
      let pending = this.#pendingOpens[0];
      pending?.outcome !== undefined;
      pending = this.#pendingOpens[0]
    ) {
      this.#pendingOpens.shift();
      const { server, message, backlog, otherKeys } = pending;
      const { content } = pending.outcome;
      this.#onceNamed(now, message.from, () => {
        // The user blocked the sender while the envelope was being opened.
        if (this.#options.blocks.has(message.from)) {
          for (const keyId of otherKeys) this.#options.mailKeys.deleteUsed(now, keyId);
          return this.#takeUnopened(now, server, message);
        }
        const code = this.#acceptContent(now, message, content, backlog);
        // PROTOCOL 9.27: what was opened is never opened again.
        if (content !== undefined) this.#options.mailKeys.deleteUsed(now, message.keyId);
        if (code === null) {
          for (const keyId of otherKeys) this.#options.mailKeys.deleteUsed(now, keyId);
          this.#acknowledge(server, message);
        } else this.#reject(server, message, code);
      });
    }
  }

  #acceptContent(
    now: Moment,
    { from, type, id }: ProtocolMessageOf<'deliver'>,
    padded: Uint8Array | undefined,
    backlog: boolean,
  ): ProtocolCode | null {
    if (padded === undefined) return 'wrong-key';
    const bytes = unpadContent(padded);
    if (bytes === undefined) return 'malformed';
    if (type === 'receipt') {
      const receipt = decodeReceipt(bytes);
      if (receipt === undefined) return 'malformed';
      this.#options.reads.handleReceipt(now, from, receipt, 'server');
      return null;
    }
    return this.#accept(now, from, id, decodeContent(bytes), backlog);
  }

  /** Returns null when the message is on disk, now or since its first copy; else why it is rejected. */
  #accept(
    now: Moment,
    from: PeerKey,
    id: MessageId,
    decoded: DecodedContent,
    backlog: boolean,
  ): ProtocolCode | null {
    const { store, contacts, blocks, limits, conversations, receipts, clock, eraser } = this.#options;
    if (decoded.type !== 'content') return decoded.type;
    const { content, sentAtMs, clockOffsetMs, installation, sequence } = decoded.content;
    if (store.messages.origin(id) !== undefined) {
      // Never acknowledge another author's message.
      if (!this.#isCopy(from, id)) return 'message-id-used';
      receipts.due(from, id);
      return null;
    }
    // PROTOCOL 6.91: what was taken unopened stays gone. A receipt would tell the sender something else.
    if (blocks.hasTakenUnopened(from, id)) return 'message-id-used';
    const amount = { textBytes: textBytes(wordsIn(content)), isOffer: content.kind === 'file' };
    if (!limits.take(from, amount)) return 'not-accepted';
    const forgotten = contacts.ensure(from);
    if (forgotten !== undefined) {
      conversations.forget(forgotten);
      receipts.forget(forgotten);
      eraser.eraseSoon(now);
    }
    const message = {
      id,
      conversation: directConversation(from),
      author: from,
      sentAtMs: clock.toLocalMs(sentAtMs, clockOffsetMs),
      clockOffsetMs: null,
      installation,
      sequence,
      recipients: [],
    };
    receipts.due(from, id);
    if (isChange(content)) this.#insertChange(now, { ...message, content });
    else this.#insert({ ...message, content }, backlog);
    return null;
  }

  #insert(received: NewMessage, backlog: boolean): void {
    const { store, contacts, conversations, receipts, views } = this.#options;
    const message = store.messages.insert(received);
    // A copy of a message that was removed since.
    if (message === undefined) return;
    contacts.speakWith(message.author);
    // The user has no longer read everything up to the read mark, so the sender must not be told so.
    if (conversations.handleArrived(message)) receipts.withdrawRead(message.author);
    views.tellNew(message, backlog);
  }

  #insertChange(now: Moment, received: NewChange): void {
    const { store, contacts, conversations, views, eraser } = this.#options;
    const inserted = store.messages.insertChange(received);
    if (inserted === undefined) return;
    contacts.speakWith(received.author);
    conversations.begin(received.conversation);
    // Also where the message is not here yet: its edits may wait for it.
    if (received.content.kind === 'delete') eraser.eraseSoon(now);
    views.tellChanged(inserted.changed);
  }

  /** PROTOCOL 6.89: an envelope of a blocked key leaves the mailbox, and its sender learns nothing. */
  #takeUnopened(now: Moment, server: PeerKey, message: ProtocolMessageOf<'deliver'>): void {
    const { store, blocks, mailKeys } = this.#options;
    const { from, id, type, keyId } = message;
    if (type === 'text' && store.messages.origin(id) === undefined) blocks.takeUnopened(from, id);
    mailKeys.deleteUsed(now, keyId);
    this.#acknowledge(server, message, true);
  }

  /** A copy of a message that is here already gets the same answer as the first one. */
  #isCopy(from: PeerKey, id: MessageId): boolean {
    const known = this.#options.store.messages.origin(id);
    return known?.author === from && known.conversation === directConversation(from);
  }

  #acknowledge(server: PeerKey, { from, id }: ProtocolMessageOf<'deliver'>, unopened = false): void {
    let acks = this.#acks.get(server);
    if (acks === undefined) this.#acks.set(server, (acks = new AckBatcher()));
    acks.add(`${from}${id}`, { sender: from, id, ...(unopened ? { unopened } : {}) });
    this.#sendAcks(server);
  }

  #reject(server: PeerKey, { from, id }: ProtocolMessageOf<'deliver'>, code: ProtocolCode): void {
    this.#options.context.send(
      server,
      { kind: 'deliver-reject', sender: from, id, ...rejectionOf(code) },
      'deliver-reject',
    );
  }

  #sendAcks(server: PeerKey): void {
    const items = this.#acks.get(server)?.take();
    if (items !== undefined) this.#options.context.send(server, { kind: 'deliver-ack', items }, ackToken);
  }
}

const ackToken = 'deliver-ack';

function isChange(content: Content | ChangeMessageContent): content is ChangeMessageContent {
  return isConversationKind(content.kind) && !isPostKind(content.kind);
}

/** The words that the store keeps of it. */
function wordsIn(content: Content | ChangeMessageContent): string {
  if (isChange(content)) return content.kind === 'edit' ? content.text : '';
  return contentText(content);
}
