import type { ConversationId } from '../../../shared/conversation.ts';
import { parseMessageId, type PeerKey } from '../../../shared/ids.ts';
import type { ChatMessage, Content } from '../../../shared/message.ts';
import { editableText, isPost } from './changes.ts';
import type { Writing } from './party.ts';

/** The edits and answers that users of this page began, one for each conversation. The words of an answer are the draft. */
export class UnfinishedWriting {
  readonly #writing = new Map<string, Writing>();

  keep(me: PeerKey | null, conversation: ConversationId, writing: Writing): void {
    const key = `${me} ${conversation}`;
    if (writing.kind === 'new') this.#writing.delete(key);
    else this.#writing.set(key, writing);
  }

  /** Returns what the user goes on with. */
  of(me: PeerKey | null, conversation: ConversationId): Writing {
    return this.#writing.get(`${me} ${conversation}`) ?? { kind: 'new' };
  }
}

/** What the browser keeps of an edit or an answer across a reload. Empty: the user began neither. */
export function storedWriting(writing: Writing): string {
  if (writing.kind === 'new') return '';
  if (writing.kind === 'reply') return JSON.stringify([writing.to.id]);
  return JSON.stringify([writing.of.id, editableText(writing.of.content), writing.text]);
}

/** Returns what the user goes on with after a reload: an edit of any message, or an answer to one that is loaded. */
export function writingFrom(stored: string, loaded: readonly ChatMessage[]): Writing {
  const [id, original, text] = parsed(stored);
  const of = typeof id === 'string' ? parseMessageId(id) : undefined;
  if (of !== undefined && typeof original === 'string' && typeof text === 'string')
    return { kind: 'edit', of: { id: of, content: { kind: 'text', text: original } }, text };
  const to = loaded.find((message) => message.id === of);
  return to !== undefined && isPost(to.content) ? { kind: 'reply', to } : { kind: 'new' };
}

/**
 * Returns what the user goes on with when the browser keeps this: another tab may have gone on with it, or ended it. An answer to a message
 * that is not loaded here goes on in the other tab alone.
 */
export function sharedWriting(own: Writing, stored: string, loaded: readonly ChatMessage[]): Writing {
  if (stored === storedWriting(own)) return own;
  const shared = writingFrom(stored, loaded);
  return stored === '' || shared.kind !== 'new' ? shared : own;
}

/**
 * Decides about an edit of a message that got other words elsewhere, as at the prompt: the edit ends, or it goes on and says so if the
 * user has typed in it.
 */
export function overtakenEdit(writing: Writing, now: Content | undefined): 'no' | 'ends' | 'goes-on' {
  const words = now === undefined ? null : editableText(now);
  if (writing.kind !== 'edit' || words === null) return 'no';
  const original = editableText(writing.of.content);
  if (words === original) return 'no';
  return writing.text === original || writing.text === words ? 'ends' : 'goes-on';
}

/** Ignores what an older version left. */
function parsed(stored: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(stored);
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}

/** The draft when an edit cannot go on: the words that the user has typed in it are not lost. */
export function draftAfter(writing: Writing, draft: string): string {
  if (writing.kind !== 'edit' || writing.text === editableText(writing.of.content)) return draft;
  // Another tab has put them there.
  if (draft === writing.text || draft.endsWith(`\n${writing.text}`)) return draft;
  return draft === '' ? writing.text : `${draft}\n${writing.text}`;
}
