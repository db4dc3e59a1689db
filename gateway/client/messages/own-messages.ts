import { done, refused, type CommandResult } from '../../../shared/command-result.ts';
import { peerOfDirect, type ConversationId } from '../../../shared/conversation.ts';
import type { InstallationId, MessageId, PeerKey } from '../../../shared/ids.ts';
import { messageTextBytesMax } from '../../../shared/limits.ts';
import { textBytes, type TextContent } from '../../../shared/message.ts';
import type { Moment } from '../../../shared/moment.ts';
import { isBlank } from '../../../shared/text/characters.ts';
import type { ClientStore } from '../../store/client-store.ts';
import { wallMinusMonotonicMs, type ServerClock } from '../connections/server-clock.ts';
import type { ClientContext } from '../context.ts';
import type { Eraser } from '../../turn/eraser.ts';
import type { Blocks } from '../contacts/blocks.ts';
import type { Contacts } from '../contacts/contacts.ts';
import type { Conversations } from './conversations.ts';
import type { Outbox } from './outbox.ts';
import type { SenderLimits } from './sender-limits.ts';

export interface OwnMessagesOptions {
  readonly store: ClientStore;
  readonly context: ClientContext;
  readonly me: PeerKey;
  readonly installation: InstallationId;
  readonly contacts: Contacts;
  readonly blocks: Pick<Blocks, 'has'>;
  readonly limits: Pick<SenderLimits, 'allow'>;
  readonly conversations: Conversations;
  readonly outbox: Outbox;
  readonly clock: Pick<ServerClock, 'offsetMs'>;
  readonly eraser: Pick<Eraser, 'eraseSoon'>;
}

export interface NewOwnMessage {
  readonly id: MessageId;
  readonly conversation: ConversationId;
  readonly content: TextContent;
}

/** What the user does with messages of their own: sends them, tries them again, discards them. */
export class OwnMessages {
  readonly #options: OwnMessagesOptions;

  constructor(options: OwnMessagesOptions) {
    this.#options = options;
  }

  /** Saves a message in the outbox. The same id and content again change nothing. */
  send(now: Moment, { id, conversation, content: typed }: NewOwnMessage): CommandResult {
    const { store, context, me, installation, contacts, blocks, limits, conversations, outbox, clock } =
      this.#options;
    // Half a surrogate pair has no UTF-8. The stored text is the one that arrives.
    const content: TextContent = { kind: 'text', text: typed.text.toWellFormed() };
    if (isBlank(content.text)) return refused('message-empty');
    if (textBytes(content.text) > messageTextBytesMax) return refused('message-too-long');
    const known = store.messages.find(id);
    if (known !== undefined) {
      const isSameText = known.content.kind === 'text' && known.content.text === content.text;
      const isSame = known.author === me && known.conversation === conversation && isSameText;
      return isSame ? done : refused('message-id-used');
    }
    const peer = peerOfDirect(conversation);
    // As in the original ("No Record of that Client"), nothing is kept for an unknown recipient.
    if (peer === undefined) return refused('unknown-recipient');
    const isNote = peer === me;
    if (!isNote && contacts.find(peer) === undefined) return refused('unknown-recipient');
    if (blocks.has(peer)) return refused('blocked');
    if (!isNote && contacts.awaitsKeyDecision(peer)) return refused('key-changed');
    const message = store.messages.insert({
      id,
      conversation,
      author: me,
      content,
      sentAtMs: now.wallMs,
      clockOffsetMs: clock.offsetMs(now) ?? null,
      installation,
      sequence: store.conversations.nextSequence(conversation),
      recipients: isNote ? [] : [peer],
    });
    // The id is known but its message is gone: the user discarded it.
    if (message === undefined) return refused('message-id-used');
    conversations.handleSent(message);
    contacts.speakWith(peer);
    if (!isNote) limits.allow(peer);
    context.emit({
      type: 'message',
      message: {
        id,
        conversation,
        author: me,
        content,
        sentAtMs: message.sentAtMs,
        position: message.position,
        delivery: outbox.deliveryOf(message),
      },
      unread: conversations.unreadCount(conversation),
      mentions: 0,
      backlog: false,
    });
    if (!isNote) outbox.add(message, wallMinusMonotonicMs(now));
    return done;
  }

  retry(id: MessageId): CommandResult {
    const message = this.#findFailed(id);
    if (message === undefined) return refused('unknown-message');
    this.#options.outbox.retry(message);
    return done;
  }

  discard(now: Moment, id: MessageId): CommandResult {
    const { store, context, eraser } = this.#options;
    const message = this.#findFailed(id);
    if (message === undefined) return refused('unknown-message');
    store.messages.remove(id);
    eraser.eraseSoon(now);
    context.emit({ type: 'discarded', conversation: message.conversation, id });
    return done;
  }

  #findFailed(id: MessageId) {
    const message = this.#options.store.messages.find(id);
    if (message?.author !== this.#options.me) return undefined;
    return this.#options.outbox.deliveryOf(message).state === 'failed' ? message : undefined;
  }
}
