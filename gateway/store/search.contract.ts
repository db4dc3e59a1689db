import { describe, expect, it } from 'vitest';
import { contentText } from '../../shared/content-text.ts';
import type { ClientStore, MessageQuery } from './client-store.ts';
import { by, newestTen, sampleConversation, sampleId, sampleKey, sampleMe, sampleMessage } from './sample.ts';
import { sampleOwn, sampleQuery, text } from './sample.ts';

/** Describes how every ClientStore finds messages. `open` gives a new and empty one. */
export function describeSearch(open: () => ClientStore): void {
  function inTurn(use: (store: ClientStore) => void): void {
    const store = open();
    store.begin();
    use(store);
    store.commit();
    store.close();
  }

  const found = (store: ClientStore, words: string, change: Partial<MessageQuery> = {}) =>
    store.messages.search(sampleQuery(words, change), newestTen).messages;
  const texts = (store: ClientStore, words: string, change: Partial<MessageQuery> = {}) =>
    found(store, words, change).map(({ content }) => contentText(content));
  const insertTexts = (store: ClientStore, ...all: string[]) => {
    for (const [index, words] of all.entries()) store.messages.insert(sampleMessage(index + 1, text(words)));
  };

  describe('messages are found', () => {
    it('by all their words in any order, the last of which may be a beginning', () =>
      inTurn((store) => {
        insertTexts(store, 'the boat leaves at six', 'six boats', 'nothing');
        expect(texts(store, 'boat six ')).toEqual(['the boat leaves at six']);
        expect(texts(store, 'six boa')).toEqual(['six boats', 'the boat leaves at six']);
        expect(texts(store, 'boa six')).toEqual([]);
      }));

    it('by the beginning of a word, from one letter on', () =>
      inTurn((store) => {
        insertTexts(store, 'boatswain', 'boats', 'six');
        for (const typed of ['b', 'bo', 'boa', 'boat', 'boats'])
          expect(texts(store, typed), typed).toEqual(['boats', 'boatswain']);
        expect(texts(store, 'boatsw')).toEqual(['boatswain']);
        expect(texts(store, 'boatx')).toEqual([]);
      }));

    it('by a beginning that very many words have', () =>
      inTurn((store) => {
        insertTexts(store, ...Array.from({ length: 300 }, (_, index) => `word${index} of many`), 'worn');
        expect(texts(store, 'word29 ')).toEqual(['word29 of many']);
        const all = store.messages.search(sampleQuery('word'), { before: null, limit: 300 });
        expect(all.messages).toHaveLength(300);
        expect(texts(store, 'many word2').every((each) => each.startsWith('word2'))).toBe(true);
      }));

    it('whatever the case, the accents and the form of the letters', () =>
      inTurn((store) => {
        insertTexts(store, 'Ein Café in Zürich', 'cafe\u0301s', 'ＡＢＣ', 'STRASSE', 'ΟΔΟΣ', 'مُحَمَّد');
        expect(texts(store, 'CAFE')).toEqual(['cafe\u0301s', 'Ein Café in Zürich']);
        expect(texts(store, 'zurich')).toEqual(['Ein Café in Zürich']);
        expect(texts(store, 'abc')).toEqual(['ＡＢＣ']);
        expect(texts(store, 'straße')).toEqual(['STRASSE']);
        expect(texts(store, 'οδός ')).toEqual(['ΟΔΟΣ']);
        expect(texts(store, 'محمد')).toEqual(['مُحَمَّد']);
      }));

    it('by a part of what is written without spaces, and by emoji', () =>
      inTurn((store) => {
        insertTexts(
          store,
          '明日東京で会いましょう',
          'スーパー',
          'ไปทะเลกัน',
          'great👍🏽news',
          'हिन्दी में',
          '안녕하세요',
        );
        expect(texts(store, '東京')).toEqual(['明日東京で会いましょう']);
        expect(texts(store, '東')).toEqual(['明日東京で会いましょう']);
        expect(texts(store, '京で会い')).toEqual(['明日東京で会いましょう']);
        expect(texts(store, '京東')).toEqual([]);
        expect(texts(store, 'う')).toEqual(['明日東京で会いましょう']);
        expect(texts(store, 'パー')).toEqual(['スーパー']);
        expect(texts(store, 'ทะเล')).toEqual(['ไปทะเลกัน']);
        expect(texts(store, '👍')).toEqual(['great👍🏽news']);
        expect(texts(store, 'हिन्दी')).toEqual(['हिन्दी में']);
        // A syllable is found while it is typed.
        for (const typed of ['안', '안녀', '안녕', '녕하', '하세요', 'ㅇ'])
          expect(texts(store, typed), typed).toEqual(['안녕하세요']);
        expect(texts(store, '안하')).toEqual([]);
      }));

    it('and nothing that was typed is a command of the index', () =>
      inTurn((store) => {
        insertTexts(store, 'NOT a "quote" OR (column: text)*', 'c1');
        const typed = [
          '"',
          '""',
          '*',
          '(',
          'text :',
          '',
          ' ',
          '\0',
          '-',
          '^',
          '"quote',
          'c1" OR "',
          '\uE000',
          '\uD800',
        ];
        for (const each of typed) expect(() => texts(store, each), each).not.toThrow();
        expect(texts(store, '"quote" NOT OR')).toHaveLength(1);
        expect(texts(store, '... !')).toEqual([]);
        expect(texts(store, '\uE0001')).toEqual([]);
        expect(texts(store, 'c1')).toEqual(['c1']);
      }));

    it('by their author, their conversation and whether they have a link', () =>
      inTurn((store) => {
        store.messages.insert(sampleMessage(1, text('see https://example.org')));
        store.messages.insert(sampleMessage(2, { ...by(2), ...text('see nothing') }));
        store.messages.insert(sampleOwn(3, text('see http://10.0.0.1/ too')));
        const one = { conversations: [sampleConversation(1)] };
        expect(texts(store, 'see', one)).toEqual(['see http://10.0.0.1/ too', 'see https://example.org']);
        expect(texts(store, '', { authors: [sampleMe] })).toEqual(['see http://10.0.0.1/ too']);
        expect(texts(store, 'see', { authors: [sampleMe, sampleKey(2)] })).toHaveLength(2);
        expect(texts(store, '', { hasLink: true, authors: [sampleKey(1)] })).toEqual([
          'see https://example.org',
        ]);
        expect(texts(store, 'see', { conversations: [sampleConversation(7)] })).toEqual([]);
        expect(texts(store, 'see', { authors: [] })).toEqual([]);
        expect(texts(store, '')).toEqual([]);
      }));

    it('the latest first, some at a time', () =>
      inTurn((store) => {
        insertTexts(store, ...Array.from({ length: 6 }, (_, index) => `word ${index + 1}`));
        const page = (before: number | null) =>
          store.messages.search(sampleQuery('word'), { before, limit: 4 });
        const first = page(null);
        expect(first.messages.map(({ id }) => id)).toEqual([6, 5, 4, 3].map(sampleId));
        store.messages.remove(sampleId(3));
        const next = page(first.next);
        expect(next.messages.map(({ id }) => id)).toEqual([2, 1].map(sampleId));
        expect(next.next).toBeNull();
      }));

    it('as they are: with their position and dispatches, and not when they were removed or deleted', () =>
      inTurn((store) => {
        insertTexts(store, 'kept', 'kept not', 'kept no longer');
        store.messages.remove(sampleId(2));
        store.messages.insertChange({ ...sampleMessage(4), content: { kind: 'delete', of: sampleId(3) } });
        expect(found(store, 'kept')).toEqual([store.messages.find(sampleId(1))]);
        expect(found(store, '', { authors: [sampleKey(1)] })).toHaveLength(1);
      }));

    it('but not while a moderator hides them, or their author is blocked', () =>
      inTurn((store) => {
        insertTexts(store, 'one word', 'another word');
        const change = (kind: 'hide' | 'unhide', minor: number) =>
          store.messages.change(sampleConversation(1), {
            author: sampleKey(2),
            position: { major: 9, minor },
            content: { kind, of: sampleId(2) },
          });
        change('hide', 1);
        expect(texts(store, 'word')).toEqual(['one word']);
        change('unhide', 2);
        expect(texts(store, 'word')).toHaveLength(2);
        store.blocks.put(sampleKey(1));
        store.messages.insert(sampleOwn(3, text('my word')));
        expect(texts(store, 'word')).toEqual(['my word']);
        store.blocks.remove(sampleKey(1));
        expect(texts(store, 'word')).toHaveLength(3);
      }));

    it('a bounded part at a time, however many are left out of them', () =>
      inTurn((store) => {
        store.messages.insert(sampleOwn(1, text('my word')));
        for (let number = 2; number <= 700; number++)
          store.messages.insert(sampleMessage(number, text('word')));
        store.blocks.put(sampleKey(1));
        const first = store.messages.search(sampleQuery('word'), newestTen);
        expect(first.messages).toEqual([]);
        const next = store.messages.search(sampleQuery('word'), { before: first.next, limit: 10 });
        expect(next.messages.map(({ id }) => id)).toEqual([sampleId(1)]);
        expect(next.next).toBeNull();
      }));
  });
}
