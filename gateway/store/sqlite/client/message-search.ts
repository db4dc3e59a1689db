import type { MessageId } from '../../../../shared/ids.ts';
import { hasPhrase, phrasesOf, type Phrase } from '../../../../shared/search/query.ts';
import { hasLink, wordsOf } from '../../../../shared/search/words.ts';
import type { FoundMessages, MessageQuery, SearchRange, StoredMessage } from '../../client-store.ts';
import { integerOf, optional, textOf, type Row } from '../rows.ts';
import type { Database } from '../database.ts';
import type { Query, Write } from '../statements.ts';
import { columnsWithConversation, MessageReader, sourceWithConversation } from './message-rows.ts';
import { Peers } from './peers.ts';

/** Tags are words in a column of their own. No text has these characters in a word, because they are no letters. */
const tags = { conversation: 0xe000, author: 0xe001, link: 0xe002, block: 0xe003 } as const;

/** A search looks at one block of rows at a time: 262,144 of them. */
const blockBits = 18;

/**
 * The functions by which SQL makes a row of the index of a row of `message`. `indexed_words` returns the words of a text with a
 * space between them, and `link_tag` its tag if it has a link.
 */
export const searchFunctions = {
  indexed_words: (text: string) =>
    wordsOf(text)
      .map(({ form }) => form)
      .join(' '),
  link_tag: (text: string) => (hasLink(text) ? String.fromCodePoint(tags.link) : ''),
};

const values = `
  number,
  char(${tags.conversation}) || conversation || ' ' || char(${tags.author}) || author || ' ' ||
    char(${tags.block}) || (number >> ${blockBits}) || ' ' || link_tag(text),
  indexed_words(text)`;

/** SQL that puts rows of `message` into the index, or takes them out. A condition follows. A row without words is not in it. */
export const indexMessages = `
  INSERT INTO message_search (rowid, tags, text) SELECT ${values} FROM message WHERE shown = 1 AND text <> '' AND `;
export const unindexMessages = `
  INSERT INTO message_search (message_search, rowid, tags, text)
  SELECT 'delete', ${values} FROM message WHERE shown = 1 AND text <> '' AND `;

/** The number of the newest row of `message` in the index. It has each row up to that one, and none after it. */
const newestIndexed = '(SELECT coalesce(max(id), 0) FROM message_search_docsize)';

/** SQL that puts all rows into the index that wait for it. Code that changes many rows does this first. */
export const indexNewest = `${indexMessages} number > ${newestIndexed}`;

/**
 * The full-text index over messages (docs/decisions/0014-stores.md). It keeps no text, only which words are in which row
 * of `message`. Code that writes or removes a row there does it here too. A removal has to name the words as they were
 * put in: a change of `wordsOf` needs a migration that builds the index again.
 *
 * The newest rows wait to be indexed together, and a search reads them one by one: to index one row by itself takes a tenth of the time
 * in which a message arrives, and half of the pages of its commit.
 */
export class MessageSearch {
  readonly #reader: MessageReader;
  readonly #peers: Peers;
  /** So many rows are indexed together, and almost so many are read by each search before. */
  readonly #waitingRowsMax: number;
  readonly #database: Database;
  readonly #isIndexed: Query;
  readonly #put: Write;
  readonly #putNewest: Write;
  readonly #remove: Write;
  readonly #waitingCount: Query;
  readonly #waiting: Query;
  readonly #newestIndexed: Query;
  readonly #newest: Query;
  readonly #conversation: Query;
  readonly #wordFrom: Query;
  readonly #find: Query;
  readonly #shown: Query;
  /** How many rows wait, as of `database.caches`. Rows without words count too. */
  #rowsWaiting = { count: 0, caches: -1 };

  constructor(database: Database, waitingRowsMax = 32) {
    this.#waitingRowsMax = waitingRowsMax;
    this.#database = database;
    this.#reader = new MessageReader(database);
    this.#peers = new Peers(database);
    this.#isIndexed = database.query(`SELECT 1 FROM message WHERE id = ? AND number <= ${newestIndexed}`);
    this.#put = database.write(`${indexMessages} id = ?`);
    this.#putNewest = database.write(indexNewest);
    this.#remove = database.write(`${unindexMessages} id = ?`);
    this.#waitingCount = database.query(
      `SELECT count(*) AS count FROM message WHERE number > ${newestIndexed} AND shown = 1 AND text <> ''`,
    );
    this.#newestIndexed = database.query(`SELECT ${newestIndexed} AS number`);
    this.#newest = database.query('SELECT max(number) AS number FROM message WHERE number < ?');
    this.#conversation = database.query('SELECT number FROM conversation WHERE id = ?');
    this.#wordFrom = database.query('SELECT term FROM message_search_word WHERE term >= ? LIMIT 1');
    this.#find = database.query(`
      SELECT rowid AS number FROM message_search WHERE message_search MATCH ? AND rowid < ?
      ORDER BY rowid DESC LIMIT ?`);
    // Messages that a moderator has hidden, and messages of blocked people, are not shown.
    const shown = `
      SELECT message.number, ${columnsWithConversation} FROM ${sourceWithConversation}
      WHERE coalesce(message.changes ->> '$.hidden[0]', 0) = 0 AND NOT EXISTS (
        SELECT 1 FROM peer JOIN blocked_key ON blocked_key.key = peer.key WHERE peer.number = message.author)`;
    this.#shown = database.query(`${shown} AND message.number = ?`);
    this.#waiting = database.query(`
      ${shown} AND message.number > ${newestIndexed} AND message.number < ? AND message.shown = 1 AND message.text <> ''
      ORDER BY message.number DESC`);
  }

  /** Call this after the row of the message is written. */
  put(id: MessageId): void {
    if (this.#isIndexed.get(id) !== undefined) {
      this.#put.run(id);
      return;
    }
    const { caches } = this.#database;
    const counted = this.#rowsWaiting.caches === caches ? this.#rowsWaiting.count + 1 : this.#countWaiting();
    this.#rowsWaiting = { count: counted, caches };
    if (counted < this.#waitingRowsMax) return;
    this.#putNewest.run();
    this.#rowsWaiting = { count: 0, caches };
  }

  /** Call this before the row of the message is removed, or its words change. */
  remove(id: MessageId): void {
    if (this.#isIndexed.get(id) !== undefined) this.#remove.run(id);
  }

  #countWaiting(): number {
    const row = this.#waitingCount.get();
    return row === undefined ? 0 : integerOf(row, 'count');
  }

  /**
   * Reads the rows that wait, then the index from its newest row on, until there are enough. It reads at most one block of rows and
   * `candidatesMax` candidates, so that one search never takes long.
   */
  find(query: MessageQuery, { before, limit }: SearchRange): FoundMessages {
    const waiting = this.#findWaiting(query, before ?? Number.MAX_SAFE_INTEGER, limit);
    if (waiting.next !== null || waiting.messages.length === limit) return waiting;
    const row = this.#newestIndexed.get();
    const indexed = row === undefined ? 0 : integerOf(row, 'number');
    const { messages, next } = this.#findIndexed(query, {
      before: Math.min(before ?? Number.MAX_SAFE_INTEGER, indexed + 1),
      limit: limit - waiting.messages.length,
    });
    return { messages: [...waiting.messages, ...messages], next };
  }

  #findWaiting(query: MessageQuery, before: number, limit: number): FoundMessages {
    const { authors, conversations, hasLink: needsLink } = query;
    const phrases = phrasesOf(query.words);
    const messages: StoredMessage[] = [];
    if (phrases.length === 0 && authors === null && conversations === null && !needsLink)
      return { messages, next: null };
    for (const row of this.#waiting.all(before)) {
      if (!hasAll(row, phrases) || (needsLink && !hasLink(textOf(row, 'text')))) continue;
      for (const message of this.#reader.read([row])) {
        if (authors !== null && !authors.includes(message.author)) continue;
        if (conversations !== null && !conversations.includes(message.conversation)) continue;
        messages.push(message);
      }
      if (messages.length === limit) return { messages, next: integerOf(row, 'number') };
    }
    return { messages, next: null };
  }

  #findIndexed(
    query: MessageQuery,
    { before, limit }: SearchRange & { readonly before: number },
  ): FoundMessages {
    const newest = this.#newestBelow(before);
    const wanted = this.#filterOf(query);
    if (newest === undefined || wanted === undefined) return { messages: [], next: null };
    const block = Math.floor(newest / 2 ** blockBits);
    const match = `tags : (${[word(tags.block, block), ...wanted.tags].join(' AND ')})${wanted.text}`;
    const numbers = this.#find.all(match, newest + 1, candidatesMax).map((row) => integerOf(row, 'number'));
    const messages = [];
    for (const number of numbers) {
      const rows = this.#shown.all(number).filter((row) => hasAll(row, wanted.unproved));
      messages.push(...this.#reader.read(rows));
      if (messages.length === limit) return { messages, next: number };
    }
    const below = numbers.length === candidatesMax ? numbers.at(-1) : block * 2 ** blockBits;
    const next = below === undefined || this.#newestBelow(below) === undefined ? null : below;
    return { messages, next };
  }

  #newestBelow(number: number): number | undefined {
    const row = this.#newest.get(number);
    return row === undefined ? undefined : optional(row, 'number', integerOf);
  }

  /** Undefined where nothing can match. */
  #filterOf({ words, authors, conversations, hasLink: needsLink }: MessageQuery): Filter | undefined {
    const filters: string[] = [];
    if (authors !== null) {
      const numbers = authors.flatMap((author) => this.#peers.find(author) ?? []);
      if (numbers.length === 0) return undefined;
      filters.push(anyOf(numbers.map((number) => word(tags.author, number))));
    }
    if (conversations !== null) {
      const numbers = conversations.flatMap((id) => {
        const row = this.#conversation.get(id);
        return row === undefined ? [] : integerOf(row, 'number');
      });
      if (numbers.length === 0) return undefined;
      filters.push(anyOf(numbers.map((number) => word(tags.conversation, number))));
    }
    if (needsLink) filters.push(word(tags.link, ''));
    const phrases = phrasesOf(words);
    if (phrases.length === 0 && filters.length === 0) return undefined;
    const unproved: Phrase[] = [];
    const texts = phrases.map((phrase) => {
      const { match, isProved } = this.#matchOf(phrase);
      if (!isProved) unproved.push(phrase);
      return match;
    });
    if (texts.includes(null)) return undefined;
    return { tags: filters, text: texts.map((match) => ` AND text : ${match ?? ''}`).join(''), unproved };
  }

  /**
   * The index has the beginnings of up to three letters. For a longer one, FTS5 would merge the rows of all words that begin so
   * before it gives the newest. So the words themselves are looked up. If there are too many, the first three letters are
   * searched for, and each candidate is read.
   */
  #matchOf({ words, isBeginning }: Phrase): { readonly match: string | null; readonly isProved: boolean } {
    const last = words.at(-1) ?? '';
    const letters = [...last];
    const earlier = words.slice(0, -1);
    if (!isBeginning) return { match: phraseText(words), isProved: true };
    if (letters.length <= prefixLettersMax) return { match: `${phraseText(words)} *`, isProved: true };
    const endings = this.#wordsFrom(last);
    if (endings === undefined) {
      const start = letters.slice(0, prefixLettersMax).join('');
      return { match: `${phraseText([...earlier, start])} *`, isProved: false };
    }
    if (endings.length === 0) return { match: null, isProved: true };
    return { match: anyOf(endings.map((ending) => phraseText([...earlier, ending]))), isProved: true };
  }

  /** Returns the words that begin so; undefined where there are too many. */
  #wordsFrom(beginning: string): string[] | undefined {
    const found: string[] = [];
    for (let from = beginning; ;) {
      const row = this.#wordFrom.get(from);
      const term = row === undefined ? undefined : textOf(row, 'term');
      if (term === undefined || !term.startsWith(beginning)) return found;
      if (found.push(term) > endingsMax) return undefined;
      // No word has this character, and no word is between the two.
      from = `${term}\u0001`;
    }
  }
}

/** At most so many rows are read in one search, whatever is left out of them. */
const candidatesMax = 500;
/** As in the option `prefix` of the table. */
const prefixLettersMax = 3;
const endingsMax = 256;

interface Filter {
  readonly tags: readonly string[];
  readonly text: string;
  /** The index cannot tell whether a candidate has these. */
  readonly unproved: readonly Phrase[];
}

function hasAll(row: Row, phrases: readonly Phrase[]): boolean {
  return phrases.length === 0 || phrases.every((phrase) => hasPhrase(textOf(row, 'text'), phrase));
}

function word(tag: number, value: number | ''): string {
  return phraseText([`${String.fromCodePoint(tag)}${value}`]);
}

/** A string of FTS5 (https://sqlite.org/fts5.html section 3). No word has a quotation mark. */
function phraseText(words: readonly string[]): string {
  return `"${words.join(' ')}"`;
}

function anyOf(matches: readonly string[]): string {
  return `(${matches.join(' OR ')})`;
}
