import { nameContains } from '../../../shared/case-folding.ts';
import type { AnswerOf, CommandOf } from '../../../shared/bridge/commands.ts';
import type { ConversationId } from '../../../shared/conversation.ts';
import type { ErrorCode } from '../../../shared/errors.ts';
import type { ChatMessage } from '../../../shared/message.ts';
import { foundRanges, parseSearch, type Phrase } from '../../../shared/search/query.ts';
import { plainTextOf } from './drawn-text.ts';

/** What the search panel shows. */
export interface SearchState {
  /** What the results are for. */
  readonly text: string;
  /** The latest arrival first. */
  readonly results: readonly ChatMessage[];
  readonly isSearching: boolean;
  /** Whether there may be earlier results. */
  readonly hasMore: boolean;
  readonly refusal: ErrorCode | null;
}

export const noSearch: SearchState = {
  text: '',
  results: [],
  isSearching: false,
  hasMore: false,
  refusal: null,
};

/** Results that the panel shows at once, and more by each click. */
export const resultsShown = 20;

type Ask = (command: CommandOf<'search'>) => Promise<AnswerOf<'search'>>;

/**
 * A search while the user types. One question is underway at a time. What was typed since replaces it, so that an answer is shown
 * only for the newest text. An answer may have few results and say where to go on: then it goes on.
 */
export class SearchAsTyped {
  readonly #ask: Ask;
  readonly #changed: (state: SearchState) => void;
  #state = noSearch;
  #wanted = { text: '', count: 0 };
  #next: number | null = null;
  #isAsking = false;

  constructor(ask: Ask, changed: (state: SearchState) => void) {
    this.#ask = ask;
    this.#changed = changed;
  }

  type(text: string): void {
    this.#wanted = { text, count: resultsShown };
    void this.#run();
  }

  more(): void {
    if (!this.#state.hasMore) return;
    this.#wanted = { text: this.#state.text, count: this.#state.results.length + resultsShown };
    void this.#run();
  }

  async #run(): Promise<void> {
    if (this.#isAsking) return;
    this.#isAsking = true;
    while (!this.#isDone()) await this.#askOnce();
    this.#isAsking = false;
  }

  #isDone(): boolean {
    const { text, results, hasMore, refusal } = this.#state;
    const wanted = this.#wanted;
    if (wanted.text.trim() === '') {
      this.#show(noSearch);
      return true;
    }
    return text === wanted.text && (refusal !== null || !hasMore || results.length >= wanted.count);
  }

  async #askOnce(): Promise<void> {
    const { text, count } = this.#wanted;
    const goesOn = text === this.#state.text && this.#state.hasMore;
    const before = goesOn ? this.#next : null;
    const results = goesOn ? this.#state.results : [];
    this.#show({ ...this.#state, isSearching: true });
    const limit = Math.min(resultsShown, Math.max(1, count - results.length));
    const answer = await this.#ask({ type: 'search', text, before, limit });
    if (text !== this.#wanted.text) return;
    if (answer.status === 'refused') {
      this.#show({ ...noSearch, text, refusal: answer.code });
      return;
    }
    const { messages, next } = answer.result;
    this.#next = next;
    const all = [...results, ...messages];
    const isSearching = next !== null && all.length < this.#wanted.count;
    this.#show({ text, results: all, isSearching, hasMore: next !== null, refusal: null });
  }

  #show(state: SearchState): void {
    this.#state = state;
    this.#changed(state);
  }
}

export interface ResultGroup {
  readonly conversation: ConversationId;
  readonly results: readonly ChatMessage[];
}

/** Returns the results by conversation. The conversation with the latest result is first. */
export function groupedResults(results: readonly ChatMessage[]): ResultGroup[] {
  const groups = new Map<ConversationId, ChatMessage[]>();
  for (const result of results) {
    const group = groups.get(result.conversation) ?? [];
    group.push(result);
    groups.set(result.conversation, group);
  }
  return Array.from(groups, ([conversation, found]) => ({ conversation, results: found }));
}

/** A part of a result, which is one of the found words or stands between them. */
export interface ExcerptPart {
  readonly text: string;
  readonly isFound: boolean;
}

const lettersBefore = 40;
const lettersMax = 240;

/** Returns the author that a search names first, if it names no known one. Then there can be no results. */
export function unknownAuthorOf(typed: string, nicknames: readonly string[]): string | null {
  const authors = parseSearch(typed).from.map((name) => name.replace(/^@/u, ''));
  const isKnown = (name: string) =>
    name.toLowerCase() === 'me' || nicknames.some((nickname) => nameContains(nickname, name));
  return authors.some(isKnown) ? null : (authors[0] ?? null);
}

/** Returns a place that no conversation has, if the search names only such places. `names`: of people, and of rooms with their `#`. */
export function unknownPlaceOf(typed: string, names: readonly string[]): string | null {
  const places = parseSearch(typed).in;
  const isKnown = (place: string) =>
    place.startsWith('#')
      ? names.some((name) => name.startsWith('#') && nameContains(name.slice(1), place.slice(1)))
      : names.some((name) => nameContains(name, place.replace(/^@/u, '')));
  return places.some(isKnown) ? null : (places[0] ?? null);
}

/** Returns the part of a text around the first found word, without its marks. `…` stands for what is left out. */
export function excerptOf(typedText: string, phrases: readonly Phrase[]): ExcerptPart[] {
  const text = plainTextOf(typedText);
  const ranges = foundRanges(text, phrases);
  const first = ranges[0]?.start ?? 0;
  const start = first > 2 * lettersBefore ? edgeNear(text, first - lettersBefore) : 0;
  const end = text.length > start + lettersMax ? edgeNear(text, start + lettersMax) : text.length;
  const parts: ExcerptPart[] = start > 0 ? [{ text: '…', isFound: false }] : [];
  let at = start;
  const push = (to: number, isFound: boolean) => {
    if (to > at) parts.push({ text: text.slice(at, to), isFound });
    at = Math.max(at, to);
  };
  for (const range of ranges) {
    if (range.start >= end) break;
    push(range.start, false);
    push(Math.min(range.end, end), true);
  }
  push(end, false);
  if (end < text.length) parts.push({ text: '…', isFound: false });
  return parts;
}

/** Cuts neither a character of two units nor its marks. */
function edgeNear(text: string, at: number): number {
  let edge = at;
  while (edge > 0 && edge > at - 16 && /^[\p{M}\p{Cf}\uDC00-\uDFFF]/u.test(text.slice(edge, edge + 2)))
    edge--;
  return edge;
}
