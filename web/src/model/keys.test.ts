import { describe, expect, it } from 'vitest';
import { keyAction, type PressedKey } from './keys.ts';

function pressed(key: string, change: Partial<PressedKey> = {}): PressedKey {
  const none = { ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, altGraph: false };
  return { key, ...none, isMac: false, ...change };
}

describe('UI 4: a key outside any field', () => {
  it.each(['a', 'Ä', '7', '字', '😀'])('goes to the message box: %s', (key) => {
    expect(keyAction(pressed(key), 'page')).toEqual({ type: 'type' });
  });

  it('goes there with AltGr, which Windows reports as Ctrl and Alt', () => {
    const at = pressed('@', { ctrlKey: true, altKey: true, altGraph: true });
    expect(keyAction(at, 'page')).toEqual({ type: 'type' });
  });

  it.each([
    ['with Ctrl', pressed('a', { ctrlKey: true })],
    ['with Cmd', pressed('a', { metaKey: true })],
    ['with Alt', pressed('a', { altKey: true })],
    ['without a letter', pressed('Enter')],
    ['that is a dead key', pressed('Dead')],
    ['that is Space', pressed(' ')],
  ])('stays where it is %s', (_, key) => {
    expect(keyAction(key, 'page')).toBeNull();
  });

  it.each(['field', 'overlay'] as const)('means nothing in a %s', (place) => {
    expect(keyAction(pressed('a'), place)).toBeNull();
    expect(keyAction(pressed('?'), place)).toBeNull();
  });
});

describe('UI 7: the keys of the chat', () => {
  it.each([{ ctrlKey: true }, { metaKey: true }])('open the switcher, also from a field', (change) => {
    expect(keyAction(pressed('k', change), 'field')).toEqual({ type: 'switcher' });
    expect(keyAction(pressed('K', change), 'page')).toEqual({ type: 'switcher' });
  });

  it('search, also from a field: all messages with Shift, and else the open conversation', () => {
    for (const change of [{ ctrlKey: true }, { metaKey: true, isMac: true }]) {
      expect(keyAction(pressed('f', change), 'field')).toEqual({ type: 'search-here' });
      expect(keyAction(pressed('F', { ...change, shiftKey: true }), 'page')).toEqual({ type: 'search' });
      expect(keyAction(pressed('f', { ...change, altKey: true }), 'page')).toBeNull();
    }
    // On a Mac, it moves the caret.
    expect(keyAction(pressed('f', { ctrlKey: true, isMac: true }), 'field')).toBeNull();
  });

  it('move between conversations, with Shift to the next unread one', () => {
    expect(keyAction(pressed('ArrowUp', { altKey: true }), 'field')).toEqual({
      type: 'move',
      by: -1,
      unreadOnly: false,
    });
    expect(keyAction(pressed('ArrowDown', { altKey: true, shiftKey: true }), 'page')).toEqual({
      type: 'move',
      by: 1,
      unreadOnly: true,
    });
  });

  it('list the keys outside a field', () => {
    expect(keyAction(pressed('?', { shiftKey: true }), 'page')).toEqual({ type: 'keys' });
  });

  it('leave an open menu or dialog its own keys', () => {
    expect(keyAction(pressed('k', { ctrlKey: true }), 'overlay')).toBeNull();
    expect(keyAction(pressed('f', { ctrlKey: true }), 'overlay')).toBeNull();
    expect(keyAction(pressed('Escape'), 'overlay')).toBeNull();
  });
});
