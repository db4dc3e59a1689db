import type { MessageId } from '../../../shared/ids.ts';
import type { PendingMessage } from './pending.ts';

/** Holds the messages that are still on their way from this tab to the gateway, in the order of typing. */
export class PendingStore {
  #messages = $state.raw<readonly PendingMessage[]>([]);

  get all(): readonly PendingMessage[] {
    return this.#messages;
  }

  /** Adds it at the end, or replaces the one with this id where it stands. */
  put(message: PendingMessage): void {
    const index = this.#messages.findIndex((other) => other.id === message.id);
    this.#messages = index === -1 ? [...this.#messages, message] : this.#messages.with(index, message);
  }

  find(id: MessageId): PendingMessage | undefined {
    return this.#messages.find((message) => message.id === id);
  }

  remove(id: MessageId): void {
    if (this.find(id) !== undefined) this.#messages = this.#messages.filter((message) => message.id !== id);
  }

  clear(): void {
    this.#messages = [];
  }
}
