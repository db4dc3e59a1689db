import type { Command } from '../../../shared/bridge/commands.ts';
import type { ConversationId } from '../../../shared/conversation.ts';
import type { PeerKey } from '../../../shared/ids.ts';

/** PROTOCOL 6.102: the gateway sends no more. */
const toldEveryMs = 3_000;

/** Tells the gateway where the user types, and knows where others do. */
export class Typing {
  readonly #execute: (command: Command) => void;
  readonly #nowMs: () => number;
  #people = $state.raw<Readonly<Partial<Record<ConversationId, readonly PeerKey[]>>>>({});
  #told: { readonly conversation: ConversationId; readonly atMs: number } | null = null;

  constructor(execute: (command: Command) => void, nowMs: () => number) {
    this.#execute = execute;
    this.#nowMs = nowMs;
  }

  /** The people that type in this conversation now. */
  in(conversation: ConversationId): readonly PeerKey[] {
    return this.#people[conversation] ?? [];
  }

  hear(conversation: ConversationId, people: readonly PeerKey[]): void {
    const { [conversation]: _, ...others } = this.#people;
    this.#people = people.length === 0 ? others : { ...others, [conversation]: people };
  }

  tell(conversation: ConversationId): void {
    const atMs = this.#nowMs();
    if (this.#told?.conversation === conversation && atMs - this.#told.atMs < toldEveryMs) return;
    this.#told = { conversation, atMs };
    this.#execute({ type: 'typing', conversation });
  }

  /** The gateway cannot be heard, or the chat is another one. */
  forget(): void {
    this.#told = null;
    this.#people = {};
  }
}
