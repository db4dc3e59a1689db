import { uuidv7 } from 'uuidv7';
import type { Outcome } from '../../shared/bridge/commands.ts';
import { pipedMessagesOpenMax, tabCommandsInFlightMax } from '../../shared/limits.ts';
import type { GatewayApi } from '../control/gateway-api.ts';
import { ChatView } from './chat-view.ts';
import { endingOf, settle, settleTimeoutMs } from './ending.ts';
import { EventFeed } from './event-feed.ts';
import { parseJsonCommand, type JsonCommand } from './json-command.ts';
import type { InputLine } from './line-reader.ts';
import type { Ending, RunningFrontend, Screen } from './screen.ts';
import { SentMessages } from './sent-messages.ts';
import { Watch } from './watch.ts';

/**
 * The bridge's contract as JSON lines, for scripts and load tests (docs/BRIDGE.md): events out, commands in.
 * Whoever does not read the output stops the reading of commands, and gets a new snapshot line in place of
 * events that the gateway's log no longer has; memory stays bounded in both directions.
 */
export function runJsonLines(face: GatewayApi, screen: Screen): RunningFrontend {
  return new JsonLines(face, screen);
}

class JsonLines implements RunningFrontend {
  readonly done: Promise<Ending>;
  readonly #face: GatewayApi;
  readonly #screen: Screen;
  readonly #view: ChatView;
  readonly #sent = new SentMessages();
  readonly #watch = new Watch();
  readonly #feed: EventFeed;
  #unanswered = 0;
  #stopped = false;

  constructor(face: GatewayApi, screen: Screen) {
    this.#face = face;
    this.#screen = screen;
    this.#view = new ChatView(face.snapshot().snapshot);
    const subscription = face.subscribe(({ event }) => {
      this.#view.handle(event);
      this.#sent.handle(event);
      this.#watch.look();
    });
    this.#feed = new EventFeed(face);
    this.done = this.#run().finally(() => {
      subscription.unsubscribe();
      this.#watch.end();
      screen.close();
    });
  }

  stop(): void {
    this.#stopped = true;
    this.#watch.end();
    this.#feed.end();
    this.#screen.close();
  }

  notice(sentence: string): void {
    this.#screen.notice(sentence);
  }

  async #run(): Promise<Ending> {
    const printed = this.#printEverything();
    for await (const line of this.#screen.lines) {
      if (this.#stopped) break;
      this.#obey(line);
      await this.#watch.until(
        () => this.#unanswered < tabCommandsInFlightMax && this.#sent.openCount < pipedMessagesOpenMax,
      );
      await this.#screen.ready();
    }
    await this.#watch.until(() => this.#unanswered === 0, settleTimeoutMs);
    await settle(this.#face, this.#sent, this.#watch, uuidv7);
    this.#feed.end();
    await Promise.race([printed, this.#watch.until(() => false, settleTimeoutMs)]);
    return this.#stopped ? { exitCode: 0, sentence: null } : endingOf(this.#view.session, this.#sent);
  }

  async #printEverything(): Promise<void> {
    for (let fed = await this.#feed.next(); fed !== undefined; fed = await this.#feed.next()) {
      if (fed.type === 'snapshot') {
        await this.#print({ position: fed.position, snapshot: fed.snapshot });
      } else for (const { number, event } of fed.events) await this.#print({ number, event });
    }
  }

  #obey(line: InputLine): void {
    const parsed = line.type === 'too-long' ? { error: 'This line is too long.' } : readCommand(line.text);
    if (parsed === undefined) return;
    if ('error' in parsed) this.#screen.print(JSON.stringify({ error: parsed.error }));
    else void this.#execute(parsed);
  }

  async #execute({ id, command }: JsonCommand): Promise<void> {
    this.#unanswered++;
    if (command.type === 'send') {
      this.#sent.add(command.id, command.to, this.#view.nicknameOf(command.to));
    }
    const outcome: Outcome = await this.#face.execute(id, command);
    if (command.type === 'send' && outcome.status === 'refused') {
      this.#sent.refuse(command.id, this.#view.nicknameOf(command.to), outcome.sentence);
    }
    this.#screen.print(JSON.stringify({ answer: id, outcome }));
    this.#unanswered--;
    this.#watch.look();
  }

  async #print(line: object): Promise<void> {
    this.#screen.print(JSON.stringify(line));
    await this.#screen.ready();
  }
}

/** Undefined for an empty line, which says nothing. */
function readCommand(text: string): ReturnType<typeof parseJsonCommand> | undefined {
  return text.trim() === '' ? undefined : parseJsonCommand(text);
}
