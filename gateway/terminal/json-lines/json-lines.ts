import { newId } from '../frontend/new-id.ts';
import { isExecutedAs, type Command } from '../../../shared/bridge/commands.ts';
import { roomConversation, type ConversationId } from '../../../shared/conversation.ts';
import type { MessageId } from '../../../shared/ids.ts';
import { pipedMessagesOpenMax, tabCommandsInFlightMax } from '../../../shared/limits.ts';
import type { GatewayApi } from '../../control/gateway-api.ts';
import { ChatModel } from '../frontend/chat-model.ts';
import { exitAfterInput, InputTally, isSilent, settle, settleTimeoutMs } from '../frontend/exit.ts';
import { EventFeed } from '../frontend/event-feed.ts';
import { parseJsonCommand, type JsonCommand } from './json-command.ts';
import { jsonLine } from '../text/json-line.ts';
import { endlessSentence, type InputLine } from '../screen/line-reader.ts';
import type { Exit, RunningFrontend, Screen } from '../screen/screen.ts';
import { SentMessages, type SentKind } from '../frontend/sent-messages.ts';
import { Condition } from '../frontend/condition.ts';

/**
 * Speaks the bridge's contract as JSON lines, for scripts and load tests (docs/BRIDGE.md): events out, commands in.
 * While the script does not read the output, no command is read. Later it gets a snapshot line in place of events that
 * the gateway's log no longer has. So memory stays bounded in both directions.
 */
export function runJsonLines(api: GatewayApi, screen: Screen): RunningFrontend {
  return new JsonLines(api, screen);
}

class JsonLines implements RunningFrontend {
  readonly done: Promise<Exit>;
  readonly #api: GatewayApi;
  readonly #screen: Screen;
  readonly #model: ChatModel;
  readonly #sent = new SentMessages();
  readonly #input = new InputTally();
  readonly #condition = new Condition();
  readonly #feed: EventFeed;
  #unanswered = 0;
  #stopped = false;

  constructor(api: GatewayApi, screen: Screen) {
    this.#api = api;
    this.#screen = screen;
    this.#model = new ChatModel(api.snapshot().snapshot);
    const subscription = api.subscribe(({ event }) => {
      this.#model.handle(event);
      this.#sent.handle(event);
      this.#condition.notify();
    });
    this.#feed = new EventFeed(api);
    this.done = this.#run().finally(() => {
      subscription.unsubscribe();
      this.#condition.end();
      screen.close();
    });
  }

  stop(): void {
    this.#stopped = true;
    this.#condition.end();
    this.#feed.end();
    this.#screen.close();
  }

  notice(sentence: string): void {
    this.#screen.notice(sentence);
  }

  async #run(): Promise<Exit> {
    const printed = this.#printEverything();
    for await (const line of this.#screen.lines) {
      if (this.#stopped) break;
      this.#handleLine(line);
      await this.#condition.until(
        () => this.#unanswered < tabCommandsInFlightMax && this.#sent.openCount < pipedMessagesOpenMax,
      );
      await this.#screen.ready();
    }
    await this.#condition.until(() => this.#unanswered === 0, settleTimeoutMs);
    await this.#condition.until(() => !isSilent(this.#model.session), settleTimeoutMs);
    await settle({
      api: this.#api,
      sent: this.#sent,
      condition: this.#condition,
      newId,
      notice: (sentence) => this.notice(sentence),
    });
    this.#feed.end();
    await Promise.race([printed, this.#condition.until(() => false, settleTimeoutMs)]);
    return this.#stopped
      ? { exitCode: 0, sentence: null }
      : exitAfterInput(this.#model.session, this.#sent, this.#input);
  }

  async #printEverything(): Promise<void> {
    for (let item = await this.#feed.next(); item !== undefined; item = await this.#feed.next()) {
      if (item.type === 'snapshot') {
        await this.#print({ cursor: item.cursor, snapshot: item.snapshot });
      } else if (item.type === 'ephemeral') await this.#print({ ephemeral: item.event });
      else for (const { number, event } of item.events) await this.#print({ number, event });
    }
  }

  #handleLine(line: InputLine): void {
    const parsed = parseLine(line);
    if (parsed === undefined) return;
    this.#input.count('error' in parsed);
    if ('error' in parsed) this.#screen.print(jsonLine({ error: parsed.error }));
    else void this.#execute(parsed);
  }

  async #execute({ id, command }: JsonCommand): Promise<void> {
    this.#unanswered++;
    const sent = sentBy(command);
    const name = sent === undefined ? '' : this.#model.nameOf(sent.conversation);
    if (sent !== undefined) this.#sent.add(sent.id, sent.conversation, name, sent.kind);
    const answer = await this.#api.execute(id, command, this.#feed.ephemeral);
    if (sent !== undefined && answer.status === 'refused') this.#sent.refuse(sent.id, name, answer.sentence);
    this.#screen.print(jsonLine({ id, answer }));
    this.#unanswered--;
    this.#condition.notify();
  }

  async #print(line: object): Promise<void> {
    this.#screen.print(jsonLine(line));
    await this.#screen.ready();
  }
}

/** What the end of the input waits for: a message, a change of one, or an entry of a room. */
function sentBy(
  command: Command,
): { readonly id: MessageId; readonly conversation: ConversationId; readonly kind: SentKind } | undefined {
  if (command.type === 'send') return { id: command.id, conversation: command.conversation, kind: 'message' };
  if (command.type === 'edit' || command.type === 'delete' || command.type === 'close-poll')
    return { id: command.id, conversation: command.conversation, kind: 'change' };
  if (!isExecutedAs(command, 'client-transaction') || !('room' in command)) return undefined;
  return { id: command.id, conversation: roomConversation(command.room), kind: 'change' };
}

/** Returns undefined for an empty line. */
function parseLine(line: InputLine): ReturnType<typeof parseJsonCommand> | undefined {
  switch (line.type) {
    case 'too-long':
      return { error: 'This line is too long.' };
    case 'endless':
      return { error: endlessSentence };
    case 'line':
      return line.text.trim() === '' ? undefined : parseJsonCommand(line.text);
    default:
      return line satisfies never;
  }
}
