import { effectsOf, isPostKind, type ChangeContent } from '../../../shared/chat/timeline.ts';
import type { ConversationContent, ConversationContentOf } from '../../../shared/chat/content-kinds.ts';
import type { ConversationId } from '../../../shared/conversation.ts';
import type { ErrorCode } from '../../../shared/errors.ts';
import { checkFileName } from '../../../shared/files/names.ts';
import type { MessageId, PeerKey } from '../../../shared/ids.ts';
import {
  batchItemsMax,
  emojiCodePointsMax,
  mentionsMax,
  messageTextBytesMax,
  pollChoiceCodePointsMax,
  pollChoicesMax,
  reactionEmojisMax,
  reactionsOfAuthorMax,
} from '../../../shared/limits.ts';
import { hasWords, textBytes, type ChatMessage, type PostContent } from '../../../shared/message.ts';
import { isBlank } from '../../../shared/text/characters.ts';

/** Returns what the user typed as it is sent: half a surrogate pair has no UTF-8. The stored text is the one that arrives. */
export function wellFormed(content: ConversationContent): ConversationContent {
  if (content.kind === 'poll') {
    const choices = content.choices.map((choice) => choice.toWellFormed());
    return { ...content, question: content.question.toWellFormed(), choices };
  }
  return 'text' in content ? { ...content, text: content.text.toWellFormed() } : content;
}

/** Returns why a content cannot be sent, whatever it is about. */
export function refusalOfContent(content: ConversationContent): ErrorCode | undefined {
  switch (content.kind) {
    case 'text':
    case 'reply':
    case 'edit':
    case 'announcement':
      if ((content.mentions?.length ?? 0) > mentionsMax) return 'too-many-mentions';
      return refusalOfText(content.text);
    case 'poll': {
      const { question, choices } = content;
      const isChoice = (choice: string) => !isBlank(choice) && [...choice].length <= pollChoiceCodePointsMax;
      if (choices.length < 2 || choices.length > pollChoicesMax || !choices.every(isChoice))
        return 'poll-invalid';
      return refusalOfText(question);
    }
    case 'reaction':
      if (content.items.some(({ emoji }) => !isEmoji(emoji))) return 'not-an-emoji';
      return refusalOfBatch(content.items);
    case 'vote':
    case 'acknowledge':
      return refusalOfBatch(content.items);
    case 'file':
      return refusalOfFile(content);
    case 'delete':
    case 'close-poll':
      return undefined;
    default:
      return content satisfies never;
  }
}

function refusalOfFile({ name, text }: ConversationContentOf<'file'>): ErrorCode | undefined {
  const refusal = checkFileName(name);
  if (refusal !== 'ok') return refusal;
  return text === undefined ? undefined : refusalOfText(text);
}

function refusalOfText(text: string): ErrorCode | undefined {
  if (isBlank(text)) return 'message-empty';
  return textBytes(text) > messageTextBytesMax ? 'message-too-long' : undefined;
}

function refusalOfBatch(items: readonly unknown[]): ErrorCode | undefined {
  return items.length === 0 || items.length > batchItemsMax ? 'cannot-change' : undefined;
}

/** UTS #51: one emoji, as frontends show it. */
function isEmoji(text: string): boolean {
  return /^\p{RGI_Emoji}$/v.test(text) && [...text].length <= emojiCodePointsMax;
}

type Changeable = Omit<ChatMessage, 'delivery' | 'mentionsMe'>;

/** Whether the message is already as this change by `me` would make it. Then there is nothing to send. */
export function isAlreadySo(change: ChangeContent, message: Changeable, me: PeerKey): boolean {
  const { content, reactions = [], votes = [], acknowledgedBy = [] } = message;
  switch (change.kind) {
    case 'delete':
      return content.kind === 'deleted';
    case 'edit':
      return hasWords(content) && wordsOf(content) === wordsOf(change);
    case 'close-poll':
      return message.closed === true;
    case 'acknowledge':
      return acknowledgedBy.includes(me);
    case 'reaction': {
      const keys = reactions.find(({ emoji }) => emoji === change.emoji)?.keys ?? [];
      return keys.includes(me) === change.on;
    }
    case 'vote': {
      const choice = votes.findIndex((keys) => keys.includes(me));
      return (choice === -1 ? null : choice) === change.choice;
    }
    case 'hide':
      return message.hidden === true;
    case 'unhide':
      return message.hidden !== true;
    default:
      return change satisfies never;
  }
}

/** Whether the content is a message, and no change of messages. */
export function isPost(content: ConversationContent): content is PostContent {
  return isPostKind(content.kind);
}

/** Returns the changes of a content, one for each item of a batch; empty for a message. */
export function changesIn(content: ConversationContent): readonly ChangeContent[] {
  const effects = effectsOf(content);
  return 'changes' in effects ? effects.changes : [];
}

/** Returns why `me` may not make the changes of this content in this conversation. `find`: a message with what became of it. */
export function refusalOfChanges(
  content: ConversationContent,
  conversation: ConversationId,
  me: PeerKey,
  find: (id: MessageId) => Changeable | undefined,
): ErrorCode | undefined {
  for (const change of changesIn(content)) {
    const message = find(change.of);
    if (message?.conversation !== conversation) return 'unknown-message';
    if (isAlreadySo(change, message, me)) continue;
    const refusal = refusalOfChange(change, message, me);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

function wordsOf({ text, mentions, mentionsRoom }: Words): string {
  return JSON.stringify([text, mentions ?? [], mentionsRoom ?? false]);
}

interface Words {
  readonly text: string;
  readonly mentions?: readonly PeerKey[];
  readonly mentionsRoom?: true;
}

/** PROTOCOL 10.34. */
function isFullOfReactions(emoji: string, { reactions = [] }: Changeable, me: PeerKey): boolean {
  const own = reactions.filter(({ keys }) => keys.includes(me));
  if (own.length >= reactionsOfAuthorMax) return true;
  return reactions.length >= reactionEmojisMax && reactions.every((each) => each.emoji !== emoji);
}

/** Returns why `me` may not make this change of a message. */
function refusalOfChange(change: ChangeContent, message: Changeable, me: PeerKey): ErrorCode | undefined {
  const { content, author, closed } = message;
  if (content.kind === 'deleted') return 'message-deleted';
  switch (change.kind) {
    case 'edit':
    case 'delete':
    case 'close-poll':
      if (author !== me) return 'not-the-author';
      if (change.kind === 'close-poll') return content.kind === 'poll' ? undefined : 'cannot-change';
      return change.kind === 'edit' && !hasWords(content) ? 'cannot-change' : undefined;
    case 'vote':
      if (content.kind !== 'poll') return 'cannot-change';
      if (closed === true) return 'poll-closed';
      return change.choice !== null && change.choice >= content.choices.length ? 'cannot-change' : undefined;
    case 'acknowledge':
      return content.kind === 'announcement' && author !== me ? undefined : 'cannot-change';
    case 'reaction':
      return change.on && isFullOfReactions(change.emoji, message, me) ? 'too-many-reactions' : undefined;
    case 'hide':
    case 'unhide':
      return undefined;
    default:
      return change satisfies never;
  }
}
