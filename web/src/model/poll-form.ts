import { messageTextBytesMax, pollChoiceCodePointsMax } from '../../../shared/limits.ts';
import { textBytes, type TypedContent } from '../../../shared/message.ts';
import { isBlank } from '../../../shared/text/characters.ts';

export type PollContent = Extract<TypedContent, { kind: 'poll' }>;

/** What is missing or wrong in the form of a poll. */
export type PollProblem = 'no-question' | 'few-choices' | 'same-choices' | 'long-choice' | 'long-question';

/** Returns the poll of the form, without its empty choices, or what is wrong with it. */
export function pollOf(question: string, typed: readonly string[]): PollContent | PollProblem {
  const asked = question.trim();
  const choices = typed.map((choice) => choice.trim()).filter((choice) => !isBlank(choice));
  if (isBlank(asked)) return 'no-question';
  if (textBytes(asked) > messageTextBytesMax) return 'long-question';
  if (choices.length < 2) return 'few-choices';
  if (new Set(choices).size < choices.length) return 'same-choices';
  if (choices.some((choice) => Array.from(choice).length > pollChoiceCodePointsMax)) return 'long-choice';
  return { kind: 'poll', question: asked, choices };
}
