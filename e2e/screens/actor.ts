import { setTimeout as delay } from 'node:timers/promises';
import type { Answer, Command } from '../../shared/bridge/commands.ts';
import type { BridgeEvent, Snapshot } from '../../shared/bridge/events.ts';
import { directConversation, roomOfConversation, type ConversationId } from '../../shared/conversation.ts';
import type { MessageId, PeerKey, RoomId } from '../../shared/ids.ts';
import { applyEvent, applySnapshot, initialState, type ChatState } from '../../shared/model/chat.ts';
import { newRoomId } from '../../gateway/terminal/frontend/new-id.ts';
import { idSource } from '../../shared/new-id.ts';
import type { Gateway, Gateways } from '../gateways.ts';
import type { StoryClock } from './story-clock.ts';

/** A line of `--json` (docs/BRIDGE.md), written by the program itself. */
type Line =
  | { readonly snapshot: Snapshot }
  | { readonly event: BridgeEvent }
  | { readonly id: string; readonly answer: Answer }
  | { readonly error: string };

/** Only against hanging. */
const waitMaxMs = 60_000;
const lookEveryMs = 20;

interface Said {
  /** Nicknames that the text mentions. */
  readonly mentions?: readonly string[];
  readonly replyTo?: MessageId;
}

/** A person of the story: a real gateway without a browser, which is told in JSON lines what to do. */
export class Actor {
  readonly nickname: string;
  readonly gateway: Gateway;
  #state: ChatState = initialState;
  readonly #answers = new Map<string, Answer>();
  readonly #ids: () => string;
  #linesRead = 0;

  private constructor(nickname: string, gateway: Gateway, clock: StoryClock) {
    this.nickname = nickname;
    this.gateway = gateway;
    this.#ids = idSource(() => clock.nowMs);
  }

  static async join(
    gateways: Gateways,
    nickname: string,
    server: { readonly port: number; readonly host?: string },
    clock: StoryClock,
    options: { readonly lab?: string; readonly environment?: Readonly<Record<string, string>> } = {},
  ): Promise<Actor> {
    const gateway = await gateways.script(nickname, server, { environment: clock.environment(), ...options });
    const actor = new Actor(nickname, gateway, clock);
    await actor.#until('to be online', () => actor.#state.session.phase === 'online');
    return actor;
  }

  async keyOf(nickname: string): Promise<PeerKey> {
    const known = () => [...this.#state.contacts.values()].find((contact) => contact.nickname === nickname);
    return this.#until(`to know ${nickname}`, () => known()?.key);
  }

  /** `to`: a nickname, or the name of a room with `#`. */
  async say(to: string, text: string, { mentions = [], replyTo }: Said = {}): Promise<MessageId> {
    const keys = await Promise.all(mentions.map((nickname) => this.keyOf(nickname)));
    const words = keys.length === 0 ? { text } : { text, mentions: keys };
    const id = this.#newId();
    const conversation = await this.#conversation(to);
    const content =
      replyTo === undefined
        ? { kind: 'text' as const, ...words }
        : { kind: 'reply' as const, to: replyTo, ...words };
    await this.#execute({ type: 'send', id, conversation, content });
    return id;
  }

  async announce(to: string, text: string): Promise<MessageId> {
    const id = this.#newId();
    const conversation = await this.#conversation(to);
    await this.#execute({ type: 'send', id, conversation, content: { kind: 'announcement', text } });
    return id;
  }

  async poll(to: string, question: string, choices: string[]): Promise<MessageId> {
    const id = this.#newId();
    const conversation = await this.#conversation(to);
    await this.#execute({ type: 'send', id, conversation, content: { kind: 'poll', question, choices } });
    return id;
  }

  async vote(to: string, of: MessageId, choice: number): Promise<void> {
    const conversation = await this.#conversation(to);
    await this.#execute({ type: 'vote', id: this.#newId(), conversation, of, choice });
  }

  async react(to: string, of: MessageId, emoji: string): Promise<void> {
    const conversation = await this.#conversation(to);
    await this.#execute({ type: 'react', id: this.#newId(), conversation, of, emoji, on: true });
  }

  async acknowledge(to: string, of: MessageId): Promise<void> {
    const conversation = await this.#conversation(to);
    await this.#execute({ type: 'acknowledge', id: this.#newId(), conversation, of });
  }

  async read(to: string): Promise<void> {
    const conversation = await this.#conversation(to);
    const id = await this.#until(
      `to have a message in ${to}`,
      () => this.#state.conversations.get(conversation)?.messages.at(-1)?.id,
    );
    await this.#execute({ type: 'mark-read', conversation, id });
  }

  /** Finds the message with this text, which another person wrote. */
  async find(to: string, text: string): Promise<MessageId> {
    const conversation = await this.#conversation(to);
    const messages = () => this.#state.conversations.get(conversation)?.messages ?? [];
    return this.#until(`to have "${text}"`, () => {
      const found = messages().find(({ content }) => 'text' in content && content.text === text);
      return found?.id;
    });
  }

  async createRoom(name: string, topic: string): Promise<RoomId> {
    const room = newRoomId();
    await this.#execute({ type: 'room-create', id: this.#newId(), room, name, access: 'open' });
    if (topic !== '') await this.#execute({ type: 'room-topic', id: this.#newId(), room, topic });
    return room;
  }

  async joinRoom(room: RoomId): Promise<void> {
    await this.#execute({ type: 'room-join', id: this.#newId(), room });
    await this.#until('to be in the room', () => this.#state.rooms.has(room));
  }

  async pin(to: string, of: MessageId): Promise<void> {
    const room = roomOfConversation(await this.#conversation(to));
    if (room === undefined) throw new Error(`${to} is not a room`);
    await this.#execute({ type: 'room-pin', id: this.#newId(), room, of });
  }

  /** Goes away, as with a closed laptop after a proper end. */
  async leave(): Promise<void> {
    await this.gateway.kill('SIGTERM');
  }

  #newId(): MessageId {
    return this.#ids() as MessageId;
  }

  async #conversation(to: string): Promise<ConversationId> {
    if (!to.startsWith('#')) return directConversation(await this.keyOf(to));
    const named = () => [...this.#state.rooms.values()].find(({ name }) => `#${name}` === to);
    return this.#until(`to be in ${to}`, () => named()?.conversation);
  }

  /** Repeats the command while it is refused: the message that it is about may still be on its way. */
  async #execute(command: Command): Promise<void> {
    const deadlineMs = Date.now() + waitMaxMs;
    for (;;) {
      const id = this.#newId();
      this.gateway.write(JSON.stringify({ id, command }));
      const answer = await this.#until(`an answer to ${command.type}`, () => this.#answers.get(id));
      if (answer.status === 'done') return;
      if (Date.now() > deadlineMs)
        throw new Error(`${this.nickname}: ${command.type} was refused: ${JSON.stringify(answer)}`);
      await delay(lookEveryMs);
    }
  }

  async #until<Value>(what: string, look: () => Value | undefined | false): Promise<Value> {
    const deadlineMs = Date.now() + waitMaxMs;
    for (;;) {
      this.#readLines();
      const value = look();
      if (value !== undefined && value !== false) return value;
      if (Date.now() > deadlineMs)
        throw new Error(`${this.nickname} waits ${what}\n${this.gateway.stderr.join('\n')}`);
      await delay(lookEveryMs);
    }
  }

  #readLines(): void {
    for (const text of this.gateway.stdout.slice(this.#linesRead)) {
      const line = JSON.parse(text) as Line;
      if ('snapshot' in line) this.#state = applySnapshot(this.#state, line.snapshot);
      else if ('event' in line) this.#state = applyEvent(this.#state, line.event);
      else if ('answer' in line) this.#answers.set(line.id, line.answer);
    }
    this.#linesRead = this.gateway.stdout.length;
  }
}
