import type { ConversationId } from '../../../shared/conversation.ts';
import type { PeerKey } from '../../../shared/ids.ts';
import type { KeyValueStorage } from '../bridge/command-storage.ts';

/** Longer drafts reach the storage later: to write 1 MB at each key would make typing slow. */
const charactersAtOnce = 8_192;

const nothing = { key: '', text: '' };

/** A text that the user has not sent, or the edit or answer that the user began. */
export type DraftKind = 'draft' | 'writing';

/** What the user has typed and not sent, for each conversation (UI 3). Reading is reactive. */
export class Drafts {
  readonly #storage: KeyValueStorage;
  readonly #later: (save: () => void) => void;
  /** Long drafts that the storage does not have yet, by their keys in it. */
  // Plain: `#version` makes reading reactive.
  // eslint-disable-next-line svelte/prefer-svelte-reactivity
  readonly #unsaved = new Map<string, string>();
  readonly #isTyping: () => boolean;
  /** What this tab wrote last, unless another tab has written there since then. */
  #written = nothing;
  /** Changes with each write: the storage itself is not reactive. */
  #version = $state(0);
  /** Changes when a draft changes that the user is not typing here. */
  #others = $state(0);

  /**
   * `later` calls back soon, and in any case before the page goes away. `isTyping`: the user looks at this tab, with the focus in a
   * message box.
   */
  constructor(storage: KeyValueStorage, later: (save: () => void) => void, isTyping: () => boolean) {
    this.#storage = storage;
    this.#later = later;
    this.#isTyping = isTyping;
  }

  read(owner: PeerKey | null, conversation: ConversationId, kind: DraftKind = 'draft'): string {
    return owner === null || this.#version < 0 ? '' : this.#text(keyOf(owner, conversation, kind));
  }

  /** The draft of a conversation that is not open. A row of the list reads it, and not again at each key that the user types elsewhere. */
  peek(owner: PeerKey | null, conversation: ConversationId): string {
    return owner === null || this.#others < 0 ? '' : this.#text(keyOf(owner, conversation, 'draft'));
  }

  #text(key: string): string {
    return this.#unsaved.get(key) ?? this.#storage.getItem(key) ?? '';
  }

  write(owner: PeerKey | null, conversation: ConversationId, text: string, kind: DraftKind = 'draft'): void {
    if (owner === null) return;
    const key = keyOf(owner, conversation, kind);
    this.#written = { key, text };
    if (text.length > charactersAtOnce) {
      this.#saveLater(key, text);
    } else {
      this.#unsaved.delete(key);
      if (text === '') this.#storage.removeItem(key);
      else this.#storage.setItem(key, text);
    }
    this.#version += 1;
  }

  /** Appends a draft to that of another conversation, so that neither text is lost. What the user began goes along. */
  move(owner: PeerKey | null, from: ConversationId, to: ConversationId): void {
    const begun = this.read(owner, from, 'writing');
    if (begun !== '') this.write(owner, to, begun, 'writing');
    this.write(owner, from, '', 'writing');
    const moving = this.read(owner, from);
    if (moving === '') return;
    const text = this.read(owner, to);
    this.write(owner, to, text === '' ? moving : `${text}\n${moving}`);
    this.write(owner, from, '');
    this.#others += 1;
  }

  /**
   * Another tab of this browser wrote the value of this key (null: several). Each box shows it, but the one in which the user is
   * typing: no letter changes under the caret, and its text goes to the other tab.
   */
  hear(changed: string | null): void {
    const { key, text } = this.#written;
    if (changed === key) {
      if (text !== '' && this.#isTyping()) this.#saveLater(key, text);
      else this.#written = nothing;
    }
    this.#version += 1;
    this.#others += 1;
  }

  #saveLater(key: string, text: string): void {
    if (this.#unsaved.size === 0) this.#later(() => this.#save());
    this.#unsaved.set(key, text);
  }

  #save(): void {
    for (const [key, text] of this.#unsaved) this.#storage.setItem(key, text);
    this.#unsaved.clear();
  }
}

function keyOf(owner: PeerKey, conversation: ConversationId, kind: DraftKind): string {
  return `chatagram:${kind}:${owner}:${conversation}`;
}

/** Whether the user looks at this page, with the focus in its message box. */
export function isTyping(): boolean {
  return document.hasFocus() && document.activeElement?.matches('[data-message-box]') === true;
}
