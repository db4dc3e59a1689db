import { describe, expect, it } from 'vitest';
import { isChatName, toChatName } from './chat-name.ts';

describe('toChatName', () => {
  it.each([
    ['alices-laptop', 'alices-laptop'],
    ['  Room\t 12 \n', 'Room 12'],
    ['a\u202Eb\u200Bc', 'abc'],
    ['\u0000', ''],
    ['x'.repeat(40), 'x'.repeat(32)],
    ['\u{1F98A}'.repeat(40), '\u{1F98A}'.repeat(24)],
    ['e\u0301', '\u00E9'],
    ['a\uD800', 'a'],
  ])('makes a name of %j', (text, name) => {
    expect(toChatName(text)).toBe(name);
    expect(isChatName(name)).toBe(true);
  });
});
