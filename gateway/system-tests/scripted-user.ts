import { uuidv7 } from 'uuidv7';
import type { Answer, AnswerTo, Command, HistoryResult } from '../../shared/bridge/commands.ts';
import type { Refused } from '../../shared/command-result.ts';
import { directConversation, roomOfConversation, type ConversationId } from '../../shared/conversation.ts';
import type { BridgeEvent, Snapshot } from '../../shared/bridge/events.ts';
import type { RoomView } from '../../shared/bridge/rooms.ts';
import type { ErrorCode } from '../../shared/errors.ts';
import type { MessageId, PeerKey, RoomId } from '../../shared/ids.ts';
import { historyMessagesMax } from '../../shared/limits.ts';
import type { ChatMessage } from '../../shared/message.ts';
import { GatewayProcess } from './gateway-process.ts';

/** A line of `--json` (docs/BRIDGE.md), written by the program under test. */
type Line =
  | { readonly snapshot: Snapshot }
  | { readonly number: number; readonly event: BridgeEvent }
  | { readonly id: string; readonly answer: Answer }
  | { readonly error: string };

/** A command was refused, and would be again. */
export class RefusedError extends Error {
  readonly code: ErrorCode;

  constructor(nickname: string, command: Command['type'], code: ErrorCode) {
    super(`${nickname}: ${command} was refused: ${code}`);
    this.code = code;
  }
}

/**
 * A user that controls a gateway with JSON lines, as docs/BRIDGE.md says. It repeats a command without an answer under the
 * same id, even to the next process after a kill.
 */
export class ScriptedUser {
  readonly nickname: string;
  readonly process: GatewayProcess;
  /** How many events announced each direct message, over all processes. More than one is a message shown twice. */
  readonly shown = new Map<MessageId, number>();
  /** The same for each message of a room at each of its places. It comes again when its place has changed. */
  readonly shownInRooms = new Map<string, number>();
  readonly rooms = new Map<RoomId, RoomView>();
  /** The last state shown of each sent message that has left the outbox. */
  readonly shownStates = new Map<MessageId, 'stored' | 'delivered'>();
  me: PeerKey | undefined;
  readonly #keys = new Map<string, PeerKey>();
  readonly #unanswered = new Map<string, { readonly line: string; answer(answer: Answer): void }>();

  constructor(
    nickname: string,
    server: { readonly host: string; readonly port: number },
    dataFolder: string,
    within: readonly string[] = [],
  ) {
    this.nickname = nickname;
    const words = ['-c', nickname, server.host, String(server.port), '0', '--json', '--data', dataFolder];
    const handleLine = (line: string): void => this.#handleLine(JSON.parse(line) as Line);
    this.process = new GatewayProcess(nickname, words, handleLine, within);
  }

  start(): void {
    this.process.start();
    for (const { line } of this.#unanswered.values()) this.process.write(line);
  }

  keyOf(nickname: string): PeerKey | undefined {
    return this.#keys.get(nickname);
  }

  /** Repeats the command until the message is saved. Throws on a permanent refusal. */
  async send(id: MessageId, to: PeerKey, text: string): Promise<void> {
    await this.say(id, directConversation(to), text);
  }

  /** As `send`, into any conversation. */
  async say(id: MessageId, conversation: ConversationId, text: string): Promise<void> {
    await this.#execute({ type: 'send', id, conversation, content: { kind: 'text', text } });
  }

  async createRoom(id: MessageId, room: RoomId, name: string): Promise<void> {
    await this.#execute({ type: 'room-create', id, room, name, access: 'open' });
  }

  async joinRoom(id: MessageId, room: RoomId): Promise<void> {
    await this.#execute({ type: 'room-join', id, room });
  }

  /** Returns how many members the log of the room has, as far as this user has it; 0 without any of it. */
  async roomMembers(room: RoomId): Promise<number> {
    try {
      const { result } = await this.#execute({ type: 'room-members', room });
      return result.members.length;
    } catch (error) {
      if (error instanceof RefusedError && error.code === 'no-such-room') return 0;
      throw error;
    }
  }

  /** Returns the messages after `until`, or the whole conversation, in order. */
  async historySince(peer: PeerKey, until: MessageId | undefined): Promise<ChatMessage[]> {
    return this.historyOf(directConversation(peer), until);
  }

  async historyOf(conversation: ConversationId, until?: MessageId): Promise<ChatMessage[]> {
    const found: ChatMessage[] = [];
    for (let before: MessageId | null = null; ;) {
      const page: HistoryResult = await this.#history(conversation, before);
      const cut = page.messages.findIndex(({ id }) => id === until);
      found.unshift(...page.messages.slice(cut + 1));
      const first = page.messages[0];
      if (cut >= 0 || !page.hasMore || first === undefined) return found;
      before = first.id;
    }
  }

  /** Returns the largest datagram that the path to the peer carries; undefined without a connection. */
  async datagramBytesTo(peer: PeerKey): Promise<number | undefined> {
    const statistics = await this.#execute({ type: 'statistics', peer });
    return statistics.result.connections[0]?.datagramBytes;
  }

  async #history(conversation: ConversationId, before: MessageId | null): Promise<HistoryResult> {
    const limit = historyMessagesMax;
    const answer = await this.#execute({ type: 'history', conversation, before, limit });
    return answer.result;
  }

  async #execute<C extends Command>(command: C): Promise<Exclude<AnswerTo<C>, Refused>> {
    const id = uuidv7();
    for (;;) {
      const answer = await this.#ask(id, command);
      if (answer.status === 'done') return answer as Exclude<AnswerTo<C>, Refused>;
      if (!answer.retry) throw new RefusedError(this.nickname, command.type, answer.code);
    }
  }

  #ask(id: string, command: Command): Promise<Answer> {
    const line = JSON.stringify({ id, command });
    this.process.write(line);
    return new Promise((resolve) => this.#unanswered.set(id, { line, answer: resolve }));
  }

  #handleLine(line: Line): void {
    if ('snapshot' in line) this.#begin(line.snapshot);
    else if ('event' in line) this.#handle(line.event);
    else if ('answer' in line) {
      this.#unanswered.get(line.id)?.answer(line.answer);
      this.#unanswered.delete(line.id);
    } else throw new Error(`${this.nickname}: ${line.error}`);
  }

  #begin({ session, contacts, rooms }: Snapshot): void {
    this.#learnSession(session);
    this.#learn(contacts);
    this.#learnRooms(rooms);
  }

  #handle(event: BridgeEvent): void {
    if (event.type === 'reset') this.#begin(event.snapshot);
    else if (event.type === 'session') this.#learnSession(event.session);
    else if (event.type === 'contacts') this.#learn(event.contacts);
    else if (event.type === 'rooms') this.#learnRooms(event.rooms);
    else if (event.type === 'message') {
      const { id, conversation, position } = event.message;
      const place = `${id} ${position.major}.${position.minor}`;
      if (roomOfConversation(conversation) === undefined) this.shown.set(id, (this.shown.get(id) ?? 0) + 1);
      else this.shownInRooms.set(place, (this.shownInRooms.get(place) ?? 0) + 1);
    } else if (event.type === 'delivery') {
      const { state } = event.delivery;
      if (state === 'stored' || state === 'delivered') this.shownStates.set(event.id, state);
    }
  }

  /** Accepts any new server key: the test itself wiped the server. */
  #learnSession(session: Snapshot['session']): void {
    if ('me' in session) this.me = session.me;
    const key = session.phase === 'refused' ? session.foundServer?.key : undefined;
    if (key !== undefined) void this.#execute({ type: 'accept-server-key', key });
  }

  #learn(contacts: Snapshot['contacts']): void {
    for (const { key, nickname } of contacts) if (nickname !== null) this.#keys.set(nickname, key);
  }

  #learnRooms(rooms: Snapshot['rooms']): void {
    for (const view of rooms) this.rooms.set(view.room, view);
  }
}
