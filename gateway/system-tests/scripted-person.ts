import { uuidv7 } from 'uuidv7';
import type { Answer, AnswerTo, Command, HistoryResult } from '../../shared/bridge/commands.ts';
import type { Refused } from '../../shared/command-result.ts';
import { directConversation } from '../../shared/conversation.ts';
import type { BridgeEvent, Snapshot } from '../../shared/bridge/events.ts';
import type { MessageId, PeerKey } from '../../shared/ids.ts';
import { historyMessagesMax } from '../../shared/limits.ts';
import type { ChatMessage } from '../../shared/message.ts';
import { GatewayProcess } from './gateway-process.ts';

/** A line of `--json` (docs/BRIDGE.md), written by the program under test. */
type Line =
  | { readonly snapshot: Snapshot }
  | { readonly number: number; readonly event: BridgeEvent }
  | { readonly id: string; readonly answer: Answer }
  | { readonly error: string };

/**
 * Somebody who speaks JSON lines to a gateway of their own and follows docs/BRIDGE.md: a command without an answer is
 * sent again under its id, to the next life of a gateway that was killed too.
 */
export class ScriptedUser {
  readonly nickname: string;
  readonly process: GatewayProcess;
  /** How often each message was told by an event, over all lives: more than once is a message shown twice. */
  readonly shown = new Map<MessageId, number>();
  /** What each message of this person was last shown to be, once somebody else has it. */
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
    const hear = (line: string): void => this.#hear(JSON.parse(line) as Line);
    this.process = new GatewayProcess(nickname, words, hear, within);
  }

  start(): void {
    this.process.start();
    for (const { line } of this.#unanswered.values()) this.process.write(line);
  }

  keyOf(nickname: string): PeerKey | undefined {
    return this.#keys.get(nickname);
  }

  /** Says so until it is saved; throws on a refusal that no retry can help. */
  async send(id: MessageId, to: PeerKey, text: string): Promise<void> {
    await this.#execute({
      type: 'send',
      id,
      conversation: directConversation(to),
      content: { kind: 'text', text },
    });
  }

  /** The conversation from its end back to `until` (which is left out), or to its beginning, in order. */
  async historySince(peer: PeerKey, until: MessageId | undefined): Promise<ChatMessage[]> {
    const found: ChatMessage[] = [];
    for (let before: MessageId | null = null; ;) {
      const page: HistoryResult = await this.#history(peer, before);
      const cut = page.messages.findIndex(({ id }) => id === until);
      found.unshift(...page.messages.slice(cut + 1));
      const first = page.messages[0];
      if (cut >= 0 || !page.hasMore || first === undefined) return found;
      before = first.id;
    }
  }

  /** The largest datagram that the way to this person was found to take; undefined without a connection. */
  async datagramBytesTo(peer: PeerKey): Promise<number | undefined> {
    const statistics = await this.#execute({ type: 'statistics', peer });
    return statistics.result.connections[0]?.datagramBytes;
  }

  async #history(peer: PeerKey, before: MessageId | null): Promise<HistoryResult> {
    const answer = await this.#execute({
      type: 'history',
      conversation: directConversation(peer),
      before,
      limit: historyMessagesMax,
    });
    return answer.result;
  }

  async #execute<C extends Command>(command: C): Promise<Exclude<AnswerTo<C>, Refused>> {
    const id = uuidv7();
    for (;;) {
      const answer = await this.#ask(id, command);
      if (answer.status === 'done') return answer as Exclude<AnswerTo<C>, Refused>;
      if (!answer.retry) throw new Error(`${this.nickname}: ${command.type} was refused: ${answer.code}`);
    }
  }

  #ask(id: string, command: Command): Promise<Answer> {
    const line = JSON.stringify({ id, command });
    this.process.write(line);
    return new Promise((resolve) => this.#unanswered.set(id, { line, answer: resolve }));
  }

  #hear(line: Line): void {
    if ('snapshot' in line) this.#begin(line.snapshot);
    else if ('event' in line) this.#handle(line.event);
    else if ('answer' in line) {
      this.#unanswered.get(line.id)?.answer(line.answer);
      this.#unanswered.delete(line.id);
    } else throw new Error(`${this.nickname}: ${line.error}`);
  }

  #begin({ session, people }: Snapshot): void {
    this.#learnSession(session);
    this.#learn(people);
  }

  #handle(event: BridgeEvent): void {
    if (event.type === 'reset') this.#begin(event.snapshot);
    else if (event.type === 'session') this.#learnSession(event.session);
    else if (event.type === 'people') this.#learn(event.people);
    else if (event.type === 'message') {
      const { id } = event.message;
      this.shown.set(id, (this.shown.get(id) ?? 0) + 1);
    } else if (event.type === 'delivery') {
      const { state } = event.delivery;
      if (state === 'stored' || state === 'delivered') this.shownStates.set(event.id, state);
    }
  }

  /** Takes any server for the one that it says it is: who wiped it has told so. */
  #learnSession(session: Snapshot['session']): void {
    if ('me' in session) this.me = session.me;
    const key = session.phase === 'refused' ? session.serverKey : undefined;
    if (key !== undefined) void this.#execute({ type: 'accept-server-key', key });
  }

  #learn(people: Snapshot['people']): void {
    for (const { key, nickname } of people) if (nickname !== null) this.#keys.set(nickname, key);
  }
}
