import {
  isConversationKind,
  type ConversationContent,
  type ConversationContentOf,
} from '../../../shared/chat/content-kinds.ts';
import { done, refused, type CommandResult } from '../../../shared/command-result.ts';
import { peerOfDirect, type ConversationId } from '../../../shared/conversation.ts';
import type { ErrorCode } from '../../../shared/errors.ts';
import type { InstallationId, MessageId, PeerKey } from '../../../shared/ids.ts';
import { furthestBehind, type PostContent } from '../../../shared/message.ts';
import type { Moment } from '../../../shared/moment.ts';
import type {
  ChangeMessageContent,
  ClientStore,
  NewMessage,
  OutgoingMessage,
} from '../../store/client-store.ts';
import { wallMinusMonotonicMs, type ServerClock } from '../connections/server-clock.ts';
import type { ClientContext } from '../context.ts';
import type { Eraser } from '../../turn/eraser.ts';
import type { Blocks } from '../contacts/blocks.ts';
import type { Contacts } from '../contacts/contacts.ts';
import { Batches } from './batches.ts';
import {
  changesIn,
  isAlreadySo,
  isPost,
  refusalOfChanges,
  refusalOfContent,
  wellFormed,
} from './content-rules.ts';
import type { Conversations } from './conversations.ts';
import type { MessageViews } from './message-views.ts';
import type { Outbox } from './outbox.ts';
import type { SenderLimits } from './sender-limits.ts';
import type { Withdrawals } from './withdrawals.ts';

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
  readonly views: MessageViews;
  readonly withdrawals: Pick<Withdrawals, 'add'>;
  readonly clock: Pick<ServerClock, 'offsetMs'>;
  readonly eraser: Pick<Eraser, 'eraseSoon'>;
}

/** Something that the user writes: a message, or a change of messages. */
export interface Writing {
  readonly id: MessageId;
  readonly conversation: ConversationId;
  readonly content: ConversationContent;
}

/** A message that offers a file. */
export interface FileWriting extends Writing {
  readonly content: ConversationContentOf<'file'>;
}

/** What the user does with messages of their own: sends and changes them, tries them again, discards them. */
export class OwnMessages {
  readonly #options: OwnMessagesOptions;
  readonly #batches = new Batches();

  constructor(options: OwnMessagesOptions) {
    this.#options = options;
  }

  /**
   * Saves a content of a direct conversation in the outbox, and makes its change at once. The same id and content again change
   * nothing.
   */
  write(now: Moment, { id, conversation, content: typed }: Writing): CommandResult {
    const content = wellFormed(typed);
    const refusal = refusalOfContent(content);
    if (refusal !== undefined) return refused(refusal);
    const known = this.#known(id, conversation, content);
    if (known !== undefined) return known;
    const peer = peerOfDirect(conversation);
    // As in the original ("No Record of that Client"), nothing is kept for an unknown recipient.
    if (peer === undefined) return refused('unknown-recipient');
    const refusalOfPeer = this.#refusalOf(peer);
    if (refusalOfPeer !== undefined) return refused(refusalOfPeer);
    if (isPost(content)) return this.#post(now, peer, { id, conversation, content });
    const { store, me } = this.#options;
    const refusalOfTarget = refusalOfChanges(content, conversation, me, (each) => store.messages.find(each));
    if (refusalOfTarget !== undefined) return refused(refusalOfTarget);
    const rest = this.#withoutNoOps(content);
    if (rest !== undefined) this.#change(now, peer, { id, conversation, content: this.#withResult(rest) });
    // Nothing is on its way: all is so already, or it is a note of the user.
    if (rest === undefined || peer === me)
      this.#options.context.emit({ type: 'delivery', conversation, id, delivery: furthestBehind([]) });
    return done;
  }

  /** The author of a poll says with its end which votes there were: one may be on its way. */
  #withResult(content: ChangeMessageContent): ChangeMessageContent {
    if (content.kind !== 'close-poll') return content;
    const { votes = [] } = this.#options.store.messages.find(content.of) ?? {};
    return {
      ...content,
      votes: votes.flatMap((voters, choice) => voters.map((voter) => ({ voter, choice }))),
    };
  }

  retry(id: MessageId): CommandResult {
    if (this.#findFailed(id) === undefined) return refused('unknown-message');
    const message = this.#options.store.messages.findOutgoing(id);
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

  #post(now: Moment, peer: PeerKey, writing: Writing & { readonly content: PostContent }): CommandResult {
    const { store, outbox, views } = this.#options;
    const { content } = writing;
    const inserted = store.messages.insert({ ...this.#row(now, peer, writing), content });
    // The id is known but its message is gone: the user discarded it.
    if (inserted === undefined) return refused('message-id-used');
    this.#handleWritten(peer, writing.conversation);
    views.tellNew(inserted);
    // No other message waited for one that the user has just made: its words are those of the user.
    if (peer !== this.#options.me) outbox.add({ ...inserted, content }, wallMinusMonotonicMs(now));
    return done;
  }

  #change(
    now: Moment,
    peer: PeerKey,
    { id, conversation, content }: Writing & { readonly content: ChangeMessageContent },
  ): void {
    const { store, me, outbox, views } = this.#options;
    const { messages } = store;
    const isBatch = content.kind === 'reaction' || content.kind === 'vote' || content.kind === 'acknowledge';
    if (isBatch) {
      const open = this.#batches.openFor(now.monotonicMs, conversation, content);
      const isHeld = open !== undefined && outbox.isHeld(open);
      const extended = isHeld ? messages.extendChange(open, content) : undefined;
      if (extended !== undefined) {
        views.tellChanged(extended.changed);
        return outbox.replace(extended.message);
      }
    }
    if (content.kind === 'delete') this.#withdraw(now, content.of);
    const inserted = messages.insertChange({ ...this.#row(now, peer, { id, conversation }), content });
    if (inserted === undefined) return;
    this.#handleWritten(peer, conversation);
    views.tellChanged(inserted.changed);
    if (peer === me) return;
    const leavesAtMs = isBatch ? this.#batches.add(now.monotonicMs, conversation, id, content) : undefined;
    outbox.add(inserted.message, wallMinusMonotonicMs(now));
    if (leavesAtMs !== undefined && leavesAtMs > now.monotonicMs) outbox.hold(id, leavesAtMs);
  }

  /** The message and its edits are sent no more, and leave the server where they wait there. */
  #withdraw(now: Moment, id: MessageId): void {
    const { store, outbox, withdrawals, eraser } = this.#options;
    const edits = store.messages.undeliveredEdits(id);
    for (const each of [id, ...edits])
      for (const recipient of outbox.withdraw(each)) withdrawals.add(now, { recipient, id: each });
    store.dispatches.removeAll(id);
    for (const edit of edits) store.messages.remove(edit);
    eraser.eraseSoon(now);
  }

  #row(
    now: Moment,
    peer: PeerKey,
    { id, conversation }: Pick<Writing, 'id' | 'conversation'>,
  ): Omit<NewMessage, 'content' | 'position'> {
    const { store, me, installation, clock } = this.#options;
    return {
      id,
      conversation,
      author: me,
      sentAtMs: now.wallMs,
      clockOffsetMs: clock.offsetMs(now) ?? null,
      installation,
      sequence: store.conversations.nextSequence(conversation),
      recipients: peer === me ? [] : [peer],
    };
  }

  #handleWritten(peer: PeerKey, conversation: ConversationId): void {
    const { me, contacts, limits, conversations } = this.#options;
    conversations.begin(conversation);
    contacts.speakWith(peer);
    if (peer !== me) limits.allow(peer);
  }

  /** The answer to a command with an id that is there already. */
  #known(
    id: MessageId,
    conversation: ConversationId,
    content: ConversationContent,
  ): CommandResult | undefined {
    const { store, me } = this.#options;
    const origin = store.messages.origin(id);
    if (origin === undefined) return undefined;
    if (origin.author !== me || origin.conversation !== conversation) return refused('message-id-used');
    const known = store.messages.findOutgoing(id)?.content;
    // A change that has arrived keeps its id, and nothing of what it said.
    const isOver = known === undefined && store.messages.find(id) === undefined && !isPost(content);
    return isOver || isSame(known, content) ? done : refused('message-id-used');
  }

  #refusalOf(peer: PeerKey): ErrorCode | undefined {
    const { me, contacts, blocks } = this.#options;
    if (peer === me) return undefined;
    if (contacts.find(peer) === undefined) return 'unknown-recipient';
    if (blocks.has(peer)) return 'blocked';
    return contacts.awaitsKeyDecision(peer) ? 'key-changed' : undefined;
  }

  /** Returns the content without what is so already; undefined if nothing is left. */
  #withoutNoOps(content: ChangeMessageContent): ChangeMessageContent | undefined {
    const { store, me } = this.#options;
    const news = changesIn(content).map((change) => {
      const message = store.messages.find(change.of);
      return message === undefined || !isAlreadySo(change, message, me);
    });
    if (!news.includes(true)) return undefined;
    const isNews = (_: unknown, index: number) => news[index] === true;
    switch (content.kind) {
      case 'reaction':
        return { ...content, items: content.items.filter(isNews) };
      case 'vote':
        return { ...content, items: content.items.filter(isNews) };
      case 'acknowledge':
        return { ...content, items: content.items.filter(isNews) };
      default:
        return content;
    }
  }

  #findFailed(id: MessageId) {
    const { messages } = this.#options.store;
    // A change is no message that the user sees, and can fail like one.
    const message = messages.find(id) ?? messages.findOutgoing(id);
    if (message?.author !== this.#options.me) return undefined;
    return this.#options.outbox.deliveryOf(message).state === 'failed' ? message : undefined;
  }
}

/** Whether both are the same content, whatever the order of their fields. */
function isSame(known: OutgoingMessage['content'] | undefined, content: ConversationContent): boolean {
  if (known === undefined || known.kind !== content.kind || !isConversationKind(known.kind)) return false;
  return canonical(known) === canonical(content);
}

/** The client adds the votes to the end of a poll. */
function canonical(content: ConversationContent): string {
  const { votes: _votes, ...given } = content.kind === 'close-poll' ? content : { ...content, votes: null };
  return JSON.stringify(Object.entries(given).toSorted(([one], [other]) => (one < other ? -1 : 1)));
}
