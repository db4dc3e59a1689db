import { setTimeout as delay } from 'node:timers/promises';
import { uuidv7 } from 'uuidv7';
import type { Answer, Command } from '../../shared/bridge/commands.ts';
import type { BridgeEvent, Snapshot } from '../../shared/bridge/events.ts';
import { directConversation } from '../../shared/conversation.ts';
import { parseMessageId, type MessageId } from '../../shared/ids.ts';
import { applyEvent, applySnapshot, initialState, type ChatState } from '../../shared/model/chat.ts';
import { GatewayProcess } from './gateway-process.ts';

type Line =
  | { readonly snapshot: Snapshot }
  | { readonly event: BridgeEvent }
  | { readonly id: string; readonly answer: Answer }
  | { readonly error: string };

export interface JsonUserOptions {
  readonly nickname: string;
  readonly server: { readonly host: string; readonly port: number };
  readonly dataFolder: string;
  /** More words of the command line. */
  readonly words?: readonly string[];
  /** The words of a command that runs the program elsewhere. */
  readonly within?: readonly string[];
}

/** A user that controls a gateway with JSON lines, and knows the chat as a page does. */
export class JsonUser {
  readonly process: GatewayProcess;
  /** When each message of the user was delivered, by performance.now(). */
  readonly deliveredAtMs = new Map<string, number>();
  chat: ChatState = initialState;
  readonly #answers = new Map<string, (answer: Answer) => void>();

  constructor({ nickname, server, dataFolder, words = [], within = [] }: JsonUserOptions) {
    const { host, port } = server;
    this.process = new GatewayProcess(
      nickname,
      ['-c', nickname, host, String(port), '0', '--json', '--data', dataFolder, ...words],
      (line) => this.#handle(JSON.parse(line) as Line),
      within,
    );
  }

  execute(command: Command): Promise<Answer> {
    const { promise, resolve } = Promise.withResolvers<Answer>();
    const id = uuidv7();
    this.#answers.set(id, resolve);
    this.process.write(JSON.stringify({ id, command }));
    return promise;
  }

  /** Writes to this person. Returns the id of the message. */
  async writeTo(nickname: string, text: string): Promise<MessageId> {
    const person = await this.waitFor(({ contacts }) =>
      [...contacts.values()].find((contact) => contact.nickname === nickname),
    );
    const id = parseMessageId(uuidv7());
    if (id === undefined) throw new Error('a UUIDv7 is a message id');
    void this.execute({
      type: 'send',
      id,
      conversation: directConversation(person.key),
      content: { kind: 'text', text },
    });
    return id;
  }

  /** Waits until the chat has something. */
  async waitFor<Value>(look: (chat: ChatState) => Value | null | undefined): Promise<Value> {
    for (let waits = 0; waits < 12_000; waits++) {
      const value = look(this.chat);
      if (value !== null && value !== undefined) return value;
      await delay(10);
    }
    throw new Error(`${this.process.name} waits in vain: ${this.process.stderr.join(' ')}`);
  }

  #handle(line: Line): void {
    if ('snapshot' in line) this.chat = applySnapshot(this.chat, line.snapshot);
    else if ('event' in line) this.#note(line.event);
    else if ('answer' in line) this.#answers.get(line.id)?.(line.answer);
  }

  #note(event: BridgeEvent): void {
    this.chat = applyEvent(this.chat, event);
    if (event.type === 'delivery' && event.delivery.state === 'delivered')
      this.deliveredAtMs.set(event.id, performance.now());
  }
}
