import { fallbackBytesMax } from '../limits.ts';
import { fileText, textBytes } from '../message.ts';
import type { ConversationContent } from './content-kinds.ts';

/**
 * Returns the content as it is sent, with the text that a program shows which does not know its kind (PROTOCOL 6.60). It names
 * no words of another message.
 */
export function withFallback(content: ConversationContent): ConversationContent {
  return content.kind === 'text' ? content : { ...content, fallback: shortened(fallbackOf(content)) };
}

function fallbackOf(content: Exclude<ConversationContent, { kind: 'text' }>): string {
  switch (content.kind) {
    case 'reply':
    case 'announcement':
      return content.text;
    case 'edit':
      return `Edited a message: ${content.text}`;
    case 'delete':
      return 'Deleted a message.';
    case 'reaction':
      return `Reacted with ${content.items.map(({ emoji }) => emoji).join(' ')}`;
    case 'acknowledge':
      return 'Has read an announcement.';
    case 'poll':
      return [content.question, ...content.choices.map((choice, index) => `${index + 1}. ${choice}`)].join(
        '\n',
      );
    case 'vote':
      return 'Voted in a poll.';
    case 'close-poll':
      return 'Closed a poll.';
    case 'file':
      return fileText(content);
    default:
      return content satisfies never;
  }
}

/** A content with its longest text has no room for all of it again. */
function shortened(text: string): string {
  if (textBytes(text) <= fallbackBytesMax) return text;
  const kept: string[] = [];
  let bytes = textBytes(ellipsis);
  for (const character of text) {
    bytes += textBytes(character);
    if (bytes > fallbackBytesMax) break;
    kept.push(character);
  }
  return kept.join('') + ellipsis;
}

const ellipsis = '…';
