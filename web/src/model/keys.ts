/** The used part of a KeyboardEvent. */
export interface PressedKey {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly shiftKey: boolean;
  /** AltGr types letters of many keyboards. Windows reports it as Ctrl and Alt. */
  readonly altGraph: boolean;
  /** There, Ctrl with a letter edits a text. The commands have Cmd. */
  readonly isMac: boolean;
}

/** Where the key was pressed: in a field, in an open menu or dialog, or elsewhere on the page. */
export type KeyPlace = 'field' | 'overlay' | 'page';

/**
 * The work of a key everywhere in the chat (UI 4, UI 7, UI 11, UI 22). `type`: its letter goes to the message box. `search-here`: only in the
 * open conversation.
 */
export type KeyAction =
  | { readonly type: 'switcher' | 'search' | 'search-here' | 'keys' | 'type' | 'escape' }
  | { readonly type: 'move'; readonly by: 1 | -1; readonly unreadOnly: boolean };

export function keyAction(pressed: PressedKey, place: KeyPlace): KeyAction | null {
  const { key, altKey, shiftKey, altGraph } = pressed;
  const command = (pressed.ctrlKey || pressed.metaKey) && !altGraph;
  // A menu or a dialog has all keys for itself. So a second Ctrl+F is the search of the browser.
  if (place === 'overlay') return null;
  if (command && !altKey && !shiftKey && key.toLowerCase() === 'k') return { type: 'switcher' };
  if (command && !altKey && key.toLowerCase() === 'f') return find(pressed);
  if (altKey && !command && !altGraph) return moveBy(key, shiftKey);
  if (command) return null;
  if (key === 'Escape') return { type: 'escape' };
  if (place === 'field') return null;
  if (key === '?') return { type: 'keys' };
  // Space presses a button and scrolls the log.
  return isLetter(key) && key !== ' ' ? { type: 'type' } : null;
}

function find({ shiftKey, metaKey, isMac }: PressedKey): KeyAction | null {
  if (shiftKey) return { type: 'search' };
  return isMac && !metaKey ? null : { type: 'search-here' };
}

function moveBy(key: string, unreadOnly: boolean): KeyAction | null {
  if (key === 'ArrowUp') return { type: 'move', by: -1, unreadOnly };
  if (key === 'ArrowDown') return { type: 'move', by: 1, unreadOnly };
  return null;
}

/** Keys without a letter have names of several letters, such as `Enter`. */
function isLetter(key: string): boolean {
  return [...key].length === 1;
}
