import type { PeerKey } from '../../../shared/ids.ts';
import { hasWords, type ChatMessage, type Content, type PostContent } from '../../../shared/message.ts';
import { isEmoji } from './emojis.ts';

/** What the app shows of the changes of a message, and what its user may do to it. */

/** A reaction as its button shows it. */
export interface ReactionView {
  readonly emoji: string;
  readonly keys: readonly PeerKey[];
  readonly isMine: boolean;
}

export function reactionViews({ reactions = [] }: ChatMessage, me: PeerKey | null): readonly ReactionView[] {
  return reactions
    .filter(({ emoji }) => isEmoji(emoji))
    .map(({ emoji, keys }) => ({ emoji, keys, isMine: me !== null && keys.includes(me) }));
}

/** A choice of a poll as its button shows it. */
export interface ChoiceView {
  readonly choice: string;
  readonly voters: readonly PeerKey[];
  readonly isMine: boolean;
  /** Of all votes, from 0 to 1. */
  readonly share: number;
}

export function choiceViews(
  choices: readonly string[],
  { votes = [] }: Pick<ChatMessage, 'votes'>,
  me: PeerKey | null,
): readonly ChoiceView[] {
  const total = votes.reduce((sum, voters) => sum + voters.length, 0);
  return choices.map((choice, index) => {
    const voters = votes[index] ?? [];
    return {
      choice,
      voters,
      isMine: me !== null && voters.includes(me),
      share: total === 0 ? 0 : voters.length / total,
    };
  });
}

/** The words of a content that its author can change, else null. */
export function editableText(content: Content): string | null {
  return hasWords(content) ? content.text : null;
}

/** Whether the message says something that can be quoted, pinned or reacted to. */
export function isPost(content: Content): content is PostContent {
  return hasWords(content) || content.kind === 'poll' || content.kind === 'file';
}

/** The newest message of the user that can be edited: Arrow up in an empty box begins with it. */
export function lastEditable(messages: readonly ChatMessage[], me: PeerKey | null): ChatMessage | undefined {
  return messages.findLast(
    ({ author, content, delivery }) =>
      author === me && editableText(content) !== null && delivery?.state !== 'failed',
  );
}

/** What a reply shows of the message that it answers. Never the words of a deleted or a hidden one. */
export type Quote =
  | { readonly kind: 'words'; readonly author: PeerKey; readonly content: PostContent }
  | { readonly kind: 'deleted' | 'hidden'; readonly author: PeerKey }
  /** It is further up than what is loaded, or gone. */
  | { readonly kind: 'missing' };

export function quoteOf(message: ChatMessage | undefined): Quote {
  if (message === undefined) return { kind: 'missing' };
  const { author, content } = message;
  if (message.hidden === true) return { kind: 'hidden', author };
  return isPost(content) ? { kind: 'words', author, content } : { kind: 'deleted', author };
}
