import type { ConversationId } from '../../../shared/conversation.ts';
import type { PeerKey } from '../../../shared/ids.ts';
import type { KeyValueStorage } from '../bridge/command-storage.ts';

/** The texts that the user has typed and not sent, one for each conversation (UI 3). Reading is reactive. */
export class Drafts {
  readonly #storage: KeyValueStorage;
  /** Changes with each write: the storage itself is not reactive. */
  #version = $state(0);

  constructor(storage: KeyValueStorage) {
    this.#storage = storage;
  }

  read(owner: PeerKey | null, conversation: ConversationId): string {
    if (owner === null || this.#version < 0) return '';
    return this.#storage.getItem(keyOf(owner, conversation)) ?? '';
  }

  write(owner: PeerKey | null, conversation: ConversationId, text: string): void {
    if (owner === null) return;
    if (text === '') this.#storage.removeItem(keyOf(owner, conversation));
    else this.#storage.setItem(keyOf(owner, conversation), text);
    this.#version += 1;
  }

  /** Appends a draft to that of another conversation, so that neither text is lost. */
  move(owner: PeerKey | null, from: ConversationId, to: ConversationId): void {
    const moving = this.read(owner, from);
    if (moving === '') return;
    const text = this.read(owner, to);
    this.write(owner, to, text === '' ? moving : `${text}\n${moving}`);
    this.write(owner, from, '');
  }
}

function keyOf(owner: PeerKey, conversation: ConversationId): string {
  return `chatagram:draft:${owner}:${conversation}`;
}
