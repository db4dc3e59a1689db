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
  return readEmojis(await answer.json());
}
