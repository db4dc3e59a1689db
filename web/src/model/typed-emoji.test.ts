import { describe, expect, it } from 'vitest';
import { typedEmoji } from './typed-emoji.ts';

describe('a code of an emoji that is being typed', () => {
  const codeIn = (text: string, caret = text.length) => {
    const found = typedEmoji(text, caret);
    return found && [found.start, found.query, found.closed];
  };

  it.each([
    [':smi', [0, 'smi', false]],
    ['well :SMI', [5, 'SMI', false]],
    ['(:+1', [1, '+1', false]],
    ['😀:tada', [2, 'tada', false]],
    ['❤️:tada', [2, 'tada', false]],
    [':smile:', [0, 'smile', true]],
    ['one\n:smile', [4, 'smile', false]],
  ])('is found in %j', (text, found) => {
    expect(codeIn(text)).toEqual(found);
  });

  it.each([
    ':s',
    '10:30',
    'http://example',
    'http:ex',
    'std::vector',
    'me@host:name',
    'a:smile:',
    ': smile',
    ':smile: ',
    ':-)',
    ':' + 'x'.repeat(60),
  ])('is not found in %j', (text) => {
    expect(codeIn(text)).toBeUndefined();
  });

  it('is not found inside code, also before the code has its end', () => {
    for (const text of [
      '`:smi',
      '`a :smi',
      '``a `b` :smi',
      '```\n:smi',
      '```ts\nlet `x` = 1\n :smi',
      'so `x` `:smi',
    ])
      expect(codeIn(text), text).toBeUndefined();
    expect(codeIn('`a :smi b` c', 7)).toBeUndefined();
    expect(codeIn('```\na :smi\n```', 10)).toBeUndefined();
  });

  it('is found behind code', () => {
    expect(codeIn('`a` :smi')).toEqual([4, 'smi', false]);
    expect(codeIn('```\na\n```\n:smi')).toEqual([10, 'smi', false]);
  });
});
