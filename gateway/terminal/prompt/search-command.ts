import type { ChatMessage } from '../../../shared/message.ts';
import type { CommandArguments, Lines, PromptContext } from './prompt-command.ts';

/** Results that fit on a screen. */
const resultsShown = 15;

/** Prints messages that have these words, the latest last, so that it stands right above the prompt. */
export async function search(context: PromptContext, { text }: CommandArguments): Promise<Lines> {
  const last = context.lastSearch;
  if (text === '' && last === null)
    return ['Type search and what you look for, such as search boat from:anna.'];
  if (text === '' && last?.next === null) return ['There are no more results.'];
  const searched = text === '' ? (last?.text ?? '') : text;
  const found: ChatMessage[] = [];
  let next = text === '' ? (last?.next ?? null) : null;
  do {
    const limit = resultsShown - found.length;
    const answer = await context.execute({ type: 'search', text: searched, before: next, limit });
    if (answer.status === 'refused') return [answer.sentence];
    found.push(...answer.result.messages);
    next = answer.result.next;
  } while (next !== null && found.length < resultsShown);
  context.lastSearch = { text: searched, next };
  if (found.length === 0) return [text === '' ? 'There are no more results.' : 'No message was found.'];
  const lines = found.toReversed().map((message) => context.messageLine(message));
  return next === null ? lines : ['Type search alone for earlier ones.', ...lines];
}
