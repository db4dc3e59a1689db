import type { AnswerTo, CommandOf, HistoryResult } from '../../../shared/bridge/commands.ts';
import { resultOf } from '../../../shared/command-result.ts';
import type { ConversationId } from '../../../shared/conversation.ts';
import type { MessageId } from '../../../shared/ids.ts';
import { historyMessagesMax } from '../../../shared/limits.ts';
import { conversationOf } from '../../../shared/model/chat.ts';
import type { ConversationState } from '../../../shared/model/conversation.ts';
import { withHistory, withLater, withoutPast, withPast } from '../../../shared/model/history.ts';
import type { AppView } from './app-view.ts';

type HistoryQuery = CommandOf<'history' | 'history-from'>;

/** The part of the app that a loader uses. */
interface HistoryPorts extends Pick<AppView, 'changeLoaded' | 'chat'> {
  ask(query: HistoryQuery): Promise<AnswerTo<HistoryQuery>>;
}

const pageMessages = historyMessagesMax / 4;

/** Loads messages of one conversation that only the gateway has. */
export class HistoryLoader {
  readonly #app: HistoryPorts;
  readonly #conversation: ConversationId;
  #isLoading = false;
  /** Counts the places to which the reader went. An answer for an earlier one changes nothing. */
  #visits = 0;

  constructor(app: HistoryPorts, conversation: ConversationId) {
    this.#app = app;
    this.#conversation = conversation;
  }

  /** Loads the next `limit` older messages; without a limit, as many as scrolling needs. */
  async loadOlder(limit = pageMessages): Promise<void> {
    const { past, ...newest } = this.#loaded;
    const { messages, hasMore } = past ?? newest;
    const before = messages[0]?.id;
    if (!hasMore || before === undefined) return;
    await this.#once(
      () => this.#earlier(before, limit),
      (loaded, page) => withHistory(loaded, before, page),
    );
  }

  /** While the reader is in the past: loads what comes after it. */
  async loadLater(): Promise<void> {
    const from = this.#loaded.past?.messages.at(-1)?.id;
    if (from !== undefined) await this.#once(() => this.#from(from), withLater);
  }

  /**
   * Loads the messages around a message, or around the first one of a time (milliseconds since 1970), however far up. Returns the id
   * of the message; null without such a message, and where the reader went elsewhere in the meantime.
   */
  async loadAround(place: MessageId | number): Promise<MessageId | null> {
    const visit = ++this.#visits;
    const later = await this.#from(place);
    const found = later?.messages[0]?.id;
    if (visit !== this.#visits || later === undefined || found === undefined) return null;
    const { messages, past } = this.#loaded;
    if ((past?.messages ?? messages).some(({ id }) => id === found)) return found;
    // At once: events that come while more is loaded, such as a deletion, have to change these messages.
    this.#change((loaded) => withPast(loaded, { messages: [], hasMore: true }, later));
    const earlier = await this.#earlier(found, pageMessages);
    if (earlier !== undefined) this.#change((loaded) => withHistory(loaded, found, earlier));
    return found;
  }

  /** The reader does not wait for a place that is still being loaded. */
  stay(): void {
    this.#visits += 1;
  }

  /** Goes from the past back to the newest messages, also where the past is still being loaded. */
  leavePast(): void {
    this.stay();
    this.#change(withoutPast);
  }

  get #loaded(): ConversationState {
    return conversationOf(this.#app.chat, this.#conversation);
  }

  #change(change: (loaded: ConversationState) => ConversationState): void {
    this.#app.changeLoaded(this.#conversation, change);
  }

  /** Loads one page at a time. */
  async #once(
    load: () => Promise<HistoryResult | undefined>,
    add: (loaded: ConversationState, page: HistoryResult) => ConversationState,
  ): Promise<void> {
    if (this.#isLoading) return;
    this.#isLoading = true;
    const page = await load();
    this.#isLoading = false;
    if (page !== undefined) this.#change((loaded) => add(loaded, page));
  }

  #earlier(before: MessageId, limit: number): Promise<HistoryResult | undefined> {
    return this.#page({ type: 'history', conversation: this.#conversation, before, limit });
  }

  #from(from: MessageId | number): Promise<HistoryResult | undefined> {
    const conversation = this.#conversation;
    return this.#page({ type: 'history-from', conversation, from, limit: pageMessages });
  }

  async #page(query: HistoryQuery): Promise<HistoryResult | undefined> {
    return resultOf(await this.#app.ask(query));
  }
}
