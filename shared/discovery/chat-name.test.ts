import { describe, expect, it } from 'vitest';
import { isChatName, tellsNickname, toChatName } from './chat-name.ts';

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

describe('tellsNickname', () => {
  it.each([
    ['alices-laptop', 'Alice', true],
    ['ALICE', 'alice', true],
    ['zoes-pc', 'Zoë', true],
    ['Zoës-pc', 'zoë', true],
    ['alices-laptop', 'bob', false],
    ['al-laptop', 'Al', true],
    ['alices-laptop', 'al', false],
    ['', 'alice', false],
  ])('PROTOCOL 11.12: the name %j and the nickname %j: %s', (name, nickname, told) => {
    expect(tellsNickname(name, nickname)).toBe(told);
  });
});
