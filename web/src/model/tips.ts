/** The keys that move the focus: from one control to the next, and in grids, menus and lists. */
const movingKeys = new Set([
  'Tab',
  'ArrowUp',
  'ArrowDown',
  'ArrowLeft',
  'ArrowRight',
  'Home',
  'End',
  'PageUp',
  'PageDown',
]);

/** The keys that change what the next key means. A magnifier uses them while its user reads a tip. */
const modifierKeys = new Set(['Alt', 'AltGraph', 'CapsLock', 'Control', 'Meta', 'Shift']);

/** What a key means for the tips: an element that gets the focus next shows its tip, or an open tip stays or goes. */
export type TipKey = 'moves-focus' | 'leaves-tip' | 'other';

/** Esc closes an open tip by the rules of the layers of the page. So it leaves the tip here. */
export function tipKey(key: string): TipKey {
  if (movingKeys.has(key)) return 'moves-focus';
  return modifierKeys.has(key) || key === 'Escape' ? 'leaves-tip' : 'other';
}

/** A finger that stays so long on a control shows its tip and does not press it. */
export const holdMs = 500;

/**
 * Returns how long the pointer rests on an element before the tip comes. A text is read under the pointer, so its tip comes later. A
 * user who has just read the tip of one control reads that of the next one too.
 */
export function hoverDelayMs(element: 'control' | 'text', hasJustRead: boolean): number {
  if (element === 'text') return 1_000;
  return hasJustRead ? 100 : 600;
}

/** A tip that closed no longer ago counts as just read. */
export const justReadMs = 300;

/**
 * Returns whether a screen reader does not say the words of the tip without it: they are neither the label of the element nor, without a
 * label, its whole text.
 */
export function saysMore(tip: string, label: string | null, content: string): boolean {
  return plain(label ?? content) !== plain(tip);
}

function plain(words: string): string {
  return words.replaceAll(/\s+/gu, ' ').trim();
}
