import type { MessageId } from '../../../shared/ids.ts';
import { contentText } from '../../../shared/content-text.ts';
import type { ChangeSummary, ChatMessage } from '../../../shared/message.ts';
import { isBlank } from '../../../shared/text/characters.ts';
import { safeLine, safeMessage } from '../text/safe-text.ts';

/** What the prompt prints of a message, behind the name of its author. */

/** Returns the text of a message with its marks. `numberOf`: the number of a message that the user can see. */
export function messageText(message: ChatMessage, numberOf: (id: MessageId) => number | undefined): string {
  const { content, mentionsMe } = message;
  if (message.hidden === true) return '(hidden by a moderator)';
  const mark = mentionsMe === true ? '(mentions you) ' : '';
  switch (content.kind) {
    case 'text':
      return mark + visible(content.text);
    case 'reply': {
      const to = numberOf(content.to);
      return `${mark}(reply${to === undefined ? '' : ` to ${to}`}) ${visible(content.text)}`;
    }
    case 'announcement':
      return `${mark}(announcement) ${visible(content.text)}`;
    case 'poll': {
      const choices = content.choices.map((choice, index) => `\n${index + 1}. ${choice}`);
      return `(poll) ${safeMessage(content.question + choices.join(''))}`;
    }
    case 'file':
      return `(file) ${safeMessage(contentText(content))}`;
    case 'unknown':
      return newerKindMark + visible(content.fallback);
    case 'deleted':
      return '(deleted)';
    case 'erased':
      return '(the text is no longer kept)';
    case 'notice':
      return visible(contentText(content));
    default:
      return content satisfies never;
  }
}

/** Returns what another user did to a message: `reacted with 👍 to message 12.` */
export function changeText(message: ChatMessage, change: ChangeSummary, which: string): string {
  switch (change.kind) {
    case 'edit':
      return `changed ${which}: ${messageText(message, () => undefined)}`;
    case 'delete':
      return `deleted ${which}.`;
    case 'reaction':
      return change.on
        ? `reacted with ${emojiText(change.emoji)} to ${which}.`
        : `took ${emojiText(change.emoji)} back from ${which}.`;
    case 'vote':
      return voteText(message, change.choice, which);
    case 'close-poll':
      return `closed the poll in ${which}: ${resultText(message)}`;
    case 'acknowledge':
      return `has read the announcement in ${which}.`;
    case 'hide':
      return `hid ${which} for all.`;
    case 'unhide':
      return `shows ${which} again.`;
    default:
      return change satisfies never;
  }
}

/** Another program may send any text as an emoji. */
function emojiText(emoji: string): string {
  return /^\p{RGI_Emoji}$/v.test(emoji) ? emoji : 'an unknown sign';
}

function voteText({ content }: ChatMessage, choice: number | null, which: string): string {
  if (choice === null) return `took the vote in ${which} back.`;
  const text = content.kind === 'poll' ? content.choices[choice] : undefined;
  return `voted for ${text === undefined ? `choice ${choice + 1}` : safeLine(text)} in ${which}.`;
}

function resultText({ content, votes = [] }: ChatMessage): string {
  if (content.kind !== 'poll') return '';
  return content.choices
    .map((choice, index) => `${safeLine(choice)} ${votes[index]?.length ?? 0}`)
    .join(', ');
}

function visible(text: string): string {
  return isBlank(text) ? blankMessage : safeMessage(text);
}

/** Before the fallback text of a content of an unknown kind. */
const newerKindMark = '(sent by a newer Chatagram, shown as text) ';
/** Instead of a text of which nothing can be seen. Chatagram refuses to send one, other programs may not. */
const blankMessage = '(blank message)';
