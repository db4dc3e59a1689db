/** The emojis that a menu offers at once. */
export const quickEmojis: readonly string[] = ['👍', '❤️', '😂', '🎉', '😮', '🙏'];

const oneEmoji = /^\p{RGI_Emoji}$/v;

/** Others can send any text as a reaction. The app shows only what is one emoji. */
export function isEmoji(text: string): boolean {
  return oneEmoji.test(text);
}
