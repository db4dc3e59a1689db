import { describe, expect, it } from 'vitest';
import { hostileTexts } from '../text/hostile-texts.ts';
import { foundRanges, parseSearch, phrasesOf } from './query.ts';
import { hasLink, wordsOf } from './words.ts';

describe('a typed search', () => {
  it('has words and filters in any order', () => {
    expect(parseSearch('the boat from:anna in:#trips has:link ')).toEqual({
      words: 'the boat    ',
      from: ['anna'],
      in: ['#trips'],
      hasLink: true,
    });
    expect(parseSearch('From:"Anna Maria" from:me tea').from).toEqual(['Anna Maria', 'me']);
  });

  it('has no filter where its name is still missing, or where it stands inside of a word', () => {
    expect(parseSearch('from: in:"" x')).toMatchObject({ from: [], in: [] });
    expect(parseSearch('xfrom:anna has:wheels')).toEqual({
      words: 'xfrom:anna has:wheels',
      from: [],
      in: [],
      hasLink: false,
    });
  });

  it('is read without throwing, whatever it is', () => {
    for (const [name, text] of hostileTexts)
      expect(() => foundRanges(text, phrasesOf(parseSearch(text).words)), name).not.toThrow();
  });
});

describe('the words of a text', () => {
  it('never have a space, a quotation mark or a control character in them', () => {
    for (const [name, text] of hostileTexts)
      for (const { form, start, end } of wordsOf(text)) {
        expect(form, name).toMatch(/^[^\s"\p{Cc}]+$/u);
        expect(start).toBeLessThan(end);
      }
  });

  it('have places in the text as it is written', () => {
    const text = 'Die Straße, ﬁn: 東京で';
    expect(wordsOf(text).map(({ form, start, end }) => [form, text.slice(start, end)])).toEqual([
      ['die', 'Die'],
      ['strasse', 'Straße'],
      ['fin', 'ﬁn'],
      ['東京', '東京'],
      ['京で', '京で'],
      ['で', 'で'],
    ]);
  });

  it('are the same for composed and decomposed text, and for marks that people leave out', () => {
    const forms = (text: string) => wordsOf(text).map(({ form }) => form);
    for (const text of ['Zürich', 'が', '안녕', 'ΐ', 'İstanbul', 'हिन्दी'])
      expect(forms(text.normalize('NFD')), text).toEqual(forms(text.normalize('NFC')));
    expect(forms('کتاب‌ها')).toEqual(forms('کتابها'));
    expect(forms('ｶﾞｽ')).toEqual(forms('ガス'));
    expect(forms('か')).not.toEqual(forms('が'));
  });
});

describe('the marks of a result', () => {
  const marked = (text: string, typed: string) =>
    foundRanges(text, phrasesOf(parseSearch(typed).words)).map(({ start, end }) => text.slice(start, end));

  it('stand at each word that was found', () => {
    expect(marked('The boat and the Boats', 'the boat')).toEqual(['The', 'boat', 'the', 'Boats']);
    expect(marked('The boat and the Boats', 'boat ')).toEqual(['boat']);
    expect(marked('Große Straße', 'strasse')).toEqual(['Straße']);
    expect(marked('a don’t b', 'don’t')).toEqual(['don’t']);
    expect(marked('nothing', 'from:anna')).toEqual([]);
  });

  it('stand at parts of a line without spaces', () => {
    expect(marked('明日東京で会いましょう', '東京で')).toEqual(['東京で']);
    expect(marked('明日東京で会いましょう', '東')).toEqual(['東']);
    expect(marked('안녕하세요', '녕하')).toEqual(['녕하']);
    expect(marked('안녕하세요', '안녀')).toEqual(['안녕']);
  });
});

it('a link is an address that begins with http:// or https://', () => {
  expect(['see HTTPS://a.example', 'http://[::1]:1'].map(hasLink)).toEqual([true, true]);
  expect(['xhttp://a', 'http:// a', 'www.a.example', 'ftp://a'].map(hasLink)).toEqual([
    false,
    false,
    false,
    false,
  ]);
});
