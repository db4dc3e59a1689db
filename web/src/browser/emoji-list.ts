import emojiDataUrl from 'emoji-picker-element-data/en/emojibase/data.json?url';
import { readEmojis, type ListedEmoji } from '../model/emoji-list.ts';

export { emojiSuggestions } from '../model/emoji-list.ts';
export { typedEmoji } from '../model/typed-emoji.ts';

let loading: Promise<readonly ListedEmoji[]> | undefined;

/**
 * Loads the emojis with their names, once. They are as large as the rest of the app, so they come when the user first looks for one.
 * After a failure, the next call is a new try.
 */
export function loadEmojis(): Promise<readonly ListedEmoji[]> {
  loading ??= fetchEmojis().catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

async function fetchEmojis(): Promise<readonly ListedEmoji[]> {
  const answer = await fetch(emojiDataUrl);
  if (!answer.ok) throw new Error(`The emojis could not be loaded: ${answer.status}`);
  return readEmojis(await answer.json(), isDrawnInColour());
}

/** Tells whether the fonts of this computer have an emoji. A missing one is nothing, or a box in the colour of the text. */
function isDrawnInColour(): (emoji: string) => boolean {
  const sizePx = 16;
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = sizePx;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (context === null) return () => true;
  context.font = `${sizePx}px ${getComputedStyle(document.body).fontFamily}`;
  context.textBaseline = 'top';
  context.fillStyle = '#f00';
  return (emoji) => {
    context.clearRect(0, 0, sizePx, sizePx);
    context.fillText(emoji, 0, 0);
    const { data } = context.getImageData(0, 0, sizePx, sizePx);
    // Each pixel is red, green, blue and opacity.
    return data.some((value, index) => (index % 4 === 1 || index % 4 === 2) && value > 0);
  };
}
