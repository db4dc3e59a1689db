import { parseMessageText } from '../../../shared/text/message-text.ts';
import type { TypedEmoji } from './completion.ts';

const emojiCode = /:([a-z0-9_+-]{2,40})(:?)$/iu;
const emojiCodeUnitsMax = 42;
/** A `:` inside `10:30`, `http://` or `std::vector` does not begin a code. It stands behind nothing, a space, an opening character or an emoji. */
const beginsEmojiCode = /^(?:[\s\p{Ps}\p{Pi}"'*_~\uDC00-\uDFFF]|\uFE0F)?$/u;

/** Returns the code of an emoji that the user is typing, from two letters on. It returns undefined inside code, and without such a code. */
export function typedEmoji(text: string, caret: number): TypedEmoji | undefined {
  const found = emojiCode.exec(text.slice(Math.max(0, caret - emojiCodeUnitsMax), caret));
  if (found === null) return undefined;
  const [whole, query = '', closing] = found;
  const start = caret - whole.length;
  if (!beginsEmojiCode.test(text.slice(Math.max(0, start - 1), start)) || isInCode(text, start))
    return undefined;
  return { kind: 'emoji', start, end: caret, query, closed: closing !== '' };
}

/** Code counts from its first backticks on: the user may not have typed its end yet. */
function isInCode(text: string, at: number): boolean {
  const fences = text.slice(0, at).match(/`+/gu);
  if (fences === null) return false;
  // Backticks with nothing between them do not make code.
  const begun = `${text.slice(0, at)}:`;
  const last = fences.at(-1) ?? '';
  const longest = fences.reduce((one, other) => (other.length > one.length ? other : one));
  return [text, begun + last, `${begun}\n${longest}`].some((each) => isCodeAt(each, at));
}

function isCodeAt(text: string, at: number): boolean {
  const spans = parseMessageText(text).blocks.flatMap(({ lines }) => lines.flat());
  let end = 0;
  return spans.find((span) => (end += span.text.length) > at)?.kind === 'code';
}
