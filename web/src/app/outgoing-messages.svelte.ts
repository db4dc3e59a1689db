import type { Answer, Command } from '../../../shared/bridge/commands.ts';
import type { ConversationId } from '../../../shared/conversation.ts';
import type { MessageId, PeerKey } from '../../../shared/ids.ts';
import type { TypedContent } from '../../../shared/message.ts';
import type { StoredCommand } from '../bridge/checked-schemas.ts';
import type { BrowserCommandStorage } from '../bridge/command-storage.ts';
import type { PendingMessage, PendingState } from '../model/pending.ts';

export interface OutgoingPorts {
  /** Gives a command to the gateway, now or as soon as it can be reached. */
  execute(command: Command): void;
  readonly storage: Pick<BrowserCommandStorage, 'put' | 'remove' | 'refused'>;
  newMessageId(): MessageId;
  nowMs(): number;
}

/** The messages on their way from this tab to the gateway, in the order of typing. */
export class OutgoingMessages {
  readonly #ports: OutgoingPorts;
  #messages = $state.raw<readonly PendingMessage[]>([]);
  #owner: PeerKey | null = null;

  constructor(ports: OutgoingPorts) {
    this.#ports = ports;
  }

  get all(): readonly PendingMessage[] {
    return this.#messages;
  }

  send(conversation: ConversationId, content: TypedContent): void {
    this.#submit({
      id: this.#ports.newMessageId(),
      conversation,
      content,
      typedAtMs: this.#ports.nowMs(),
      state: { kind: 'in-tab' },
    });
  }

  /** Sends a refused message again. Every other failed message is the gateway's. */
  retry(id: MessageId): void {
    const refused = this.#takeRefused(id);
    if (refused === undefined) this.#ports.execute({ type: 'retry', id });
    else this.#submit({ ...refused, state: { kind: 'in-tab' } });
  }

  discard(id: MessageId): void {
    if (this.#takeRefused(id) === undefined) this.#ports.execute({ type: 'discard', id });
    else this.remove(id);
  }

  /** Shows what this user's earlier tabs left: the commands that are sent again, and the refused messages. */
  setOwner(owner: PeerKey | null, revived: readonly StoredCommand[]): void {
    this.#owner = owner;
    this.#messages = [];
    for (const stored of revived) this.#show(stored, { kind: 'in-tab' });
    if (owner === null) return;
    for (const stored of this.#ports.storage.refused(owner)) {
      if (stored.refusal !== undefined) this.#show(stored, { kind: 'refused', ...stored.refusal });
    }
  }

  /** `sentBefore`: the command also left earlier, so the gateway may have executed it long ago. */
  answered(stored: StoredCommand, answer: Answer, sentBefore: boolean): void {
    const { command } = stored;
    if (command.type !== 'send') return;
    if (answer.status === 'refused') {
      const refusal = { code: answer.code, retry: answer.retry };
      this.#ports.storage.put({ ...stored, refusal });
      this.#show(stored, { kind: 'refused', ...refusal });
    } else if (sentBefore) {
      // The message came with the snapshot, or it is older than the loaded part.
      this.remove(command.id);
    } else if (this.#find(command.id) !== undefined) this.#show(stored, { kind: 'saved' });
  }

  /** Removes a message, because the gateway shows it as its own or the user discarded it. */
  remove(id: MessageId): void {
    if (this.#find(id) !== undefined) this.#messages = this.#messages.filter((message) => message.id !== id);
  }

  /** The user accepted a new key: what is pending in the old conversation goes on in the new one. */
  moveConversation(from: ConversationId, to: ConversationId): void {
    if (!this.#messages.some((message) => message.conversation === from)) return;
    this.#messages = this.#messages.map((message) =>
      message.conversation === from ? { ...message, conversation: to } : message,
    );
  }

  #submit(message: PendingMessage): void {
    this.#put(message);
    const { id, conversation, content } = message;
    this.#ports.execute({ type: 'send', id, conversation, content });
  }

  #show({ command, typedAtMs }: StoredCommand, state: PendingState): void {
    if (command.type !== 'send') return;
    const { id, content } = command;
    // The conversation may have moved since the command was given.
    const conversation = this.#find(id)?.conversation ?? command.conversation;
    this.#put({ id, conversation, content, typedAtMs, state });
  }

  /** Takes a refused message out of the storage. Returns undefined if the gateway already has the message. */
  #takeRefused(id: MessageId): PendingMessage | undefined {
    const message = this.#find(id);
    if (message?.state.kind !== 'refused' || this.#owner === null) return undefined;
    for (const stored of this.#ports.storage.refused(this.#owner)) {
      if (stored.command.type === 'send' && stored.command.id === id) this.#ports.storage.remove(stored);
    }
    return message;
  }

  #find(id: MessageId): PendingMessage | undefined {
    return this.#messages.find((message) => message.id === id);
  }

  /** Adds a message at the end, or replaces the one with this id in its place. */
  #put(message: PendingMessage): void {
    const index = this.#messages.findIndex((other) => other.id === message.id);
    this.#messages = index === -1 ? [...this.#messages, message] : this.#messages.with(index, message);
  }
}
