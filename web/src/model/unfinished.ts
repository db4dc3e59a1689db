import type { ConversationId } from '../../../shared/conversation.ts';
import type { PeerKey } from '../../../shared/ids.ts';
import { editableText } from './changes.ts';
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

/** The draft when an edit cannot go on: the words that the user has typed in it are not lost. */
export function draftAfter(writing: Writing, draft: string): string {
  if (writing.kind !== 'edit' || writing.text === editableText(writing.of.content)) return draft;
  return draft === '' ? writing.text : `${draft}\n${writing.text}`;
}
