import { uuidv7 } from 'uuidv7';
import type { CommandType } from '../../../shared/bridge/commands.ts';
import type { Snapshot } from '../../../shared/bridge/events.ts';
import { directConversation } from '../../../shared/conversation.ts';
import { errors } from '../../../shared/errors.ts';
import { parseMessageId, type MessageId, type PeerKey } from '../../../shared/ids.ts';
import { pipedMessagesOpenMax } from '../../../shared/limits.ts';
import type { GatewayApi } from '../../control/gateway-api.ts';
import { ChatModel } from '../frontend/chat-model.ts';
import { DeliveryNotes } from './delivery-notes.ts';
import { exitAfterInput, settle, settleTimeoutMs } from '../frontend/exit.ts';
import { EventFeed } from '../frontend/event-feed.ts';
import { unreadMessages } from '../frontend/history.ts';
import type { InputLine } from '../screen/line-reader.ts';
import { safeLine } from '../text/safe-text.ts';
import type { Exit, RunningFrontend, Screen } from '../screen/screen.ts';
import { ContactCommands } from './contact-commands.ts';
import { SentMessages } from '../frontend/sent-messages.ts';
import { ServerConsole } from '../server-console/server-console.ts';
import { refusalWithCommand } from '../frontend/session-report.ts';
import { SettingCommands } from './setting-commands.ts';
import { statisticsLines } from './statistics-table.ts';
import { Transcript } from './transcript.ts';
import { helpText, helpTextOfEnter, helpTextOfHost, parseCommand } from './parse-command.ts';
import { Condition } from '../frontend/condition.ts';

export interface PromptOptions {
  readonly api: GatewayApi;
  readonly screen: (complete: (line: string) => readonly string[]) => Screen;
  /** A fresh link for the browser, with its secret. */
  readonly newLink: () => string;
  /** `14:03` of a wall clock's milliseconds, where the person lives. */
  readonly clockText: (wallMs: number) => string;
  /** `5 minutes ago`, of a wall clock's milliseconds and of now. */
  readonly agoText: (wallMs: number, nowMs: number) => string;
}

/** The original's prompt, as a second face of the bridge's contract. */
export function runPrompt(options: PromptOptions): RunningFrontend {
  return new Prompt(options);
}

/** The roster follows the registration as a message of its own; so long a typed line waits for it. */
const rosterTimeoutMs = 2_000;
/** The classic 5 tries of 0.5 s, for the connection and for the registration. */
const registerTimeoutMs = 5_000;
/** What happens within this time becomes one line. Below what a person notices as delay. */
const notesDelayMs = 150;

class Prompt implements RunningFrontend {
  readonly done: Promise<Exit>;
  readonly #api: GatewayApi;
  readonly #screen: Screen;
  readonly #newLink: () => string;
  readonly #agoText: PromptOptions['agoText'];
  readonly #model: ChatModel;
  readonly #notes: DeliveryNotes;
  readonly #transcript: Transcript;
  readonly #contactCommands: ContactCommands;
  readonly #settingCommands: SettingCommands;
  readonly #serverConsole: ServerConsole;
  readonly #sent = new SentMessages();
  readonly #condition = new Condition();
  readonly #feed: EventFeed;
  #notesTimer: NodeJS.Timeout | undefined;
  #marking = false;
  #stopped = false;

  constructor({ api, screen, newLink, clockText, agoText }: PromptOptions) {
    this.#api = api;
    this.#newLink = newLink;
    this.#agoText = agoText;
    this.#model = new ChatModel(api.snapshot().snapshot);
    this.#notes = new DeliveryNotes(this.#model);
    this.#contactCommands = new ContactCommands(api, this.#model, uuidv7);
    this.#settingCommands = new SettingCommands(api, this.#model, uuidv7);
    this.#serverConsole = new ServerConsole(api, uuidv7);
    this.#transcript = new Transcript(this.#model, clockText);
    this.#screen = screen((line) => this.#complete(line));
    // What is known is always of now; what is printed follows at the pace of whoever reads it.
    const subscription = api.subscribe(({ event }) => {
      this.#model.handle(event);
      this.#sent.handle(event);
      this.#condition.notify();
    });
    this.#feed = new EventFeed(api);
    this.done = this.#run().finally(() => {
      subscription.unsubscribe();
      this.#condition.end();
      this.#screen.close();
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
    await this.#waitForServer();
    if (this.#model.session.phase !== 'refused') await this.#executeCommands();
    const leavesBehind = !this.#screen.interactive && !this.#stopped;
    if (leavesBehind) await settle(this.#api, this.#sent, this.#condition, uuidv7);
    this.#feed.end();
    await Promise.race([printed, this.#condition.until(() => false, this.#stopped ? 0 : settleTimeoutMs)]);
    return this.#exit();
  }

  #exit(): Exit {
    if (this.#stopped) return { exitCode: 0, sentence: null };
    if (!this.#screen.interactive) return exitAfterInput(this.#model.session, this.#sent);
    // A person has read each refusal, and the outbox keeps what is underway.
    const exitCode = this.#model.session.phase === 'refused' ? 1 : 0;
    return { exitCode, sentence: this.#sent.underwaySentence() };
  }

  /** Commands make sense once the server has answered; a person need not wait for one that is silent. */
  async #waitForServer(): Promise<void> {
    const { interactive } = this.#screen;
    await this.#condition.until(
      () => {
        const { phase } = this.#model.session;
        return phase !== 'joining' && (interactive || phase !== 'unreachable');
      },
      interactive ? undefined : settleTimeoutMs,
    );
  }

  // --- printing -----------------------------------------------------------------------------------------

  async #printEverything(): Promise<void> {
    for (let fed = await this.#feed.next(); fed !== undefined; fed = await this.#feed.next()) {
      if (fed.type === 'snapshot') await this.#begin(fed.snapshot);
      else {
        for (const { event } of fed.events) {
          this.#notes.handle(event);
          if (event.type === 'reset') await this.#begin(event.snapshot);
          else if (event.type === 'session' && event.session.phase === 'refused') {
            await this.#print([refusalWithCommand(event.session)]);
          } else await this.#print(this.#transcript.handle(event));
        }
      }
      this.#markRead();
      this.#printNotesSoon();
    }
    clearTimeout(this.#notesTimer);
    await this.#print(this.#notes.takeLines(Date.now()));
  }

  async #begin(snapshot: Snapshot): Promise<void> {
    if (snapshot.session.phase === 'refused') await this.#print([refusalWithCommand(snapshot.session)]);
    const unread = await unreadMessages(this.#api, snapshot, uuidv7);
    await this.#print(this.#transcript.begin(snapshot, unread));
  }

  async #print(lines: readonly string[]): Promise<void> {
    for (const line of lines) {
      this.#screen.print(line);
      await this.#screen.ready();
    }
  }

  #printNotesSoon(): void {
    if (!this.#notes.areWaiting || this.#notesTimer !== undefined) return;
    this.#notesTimer = setTimeout(() => {
      this.#notesTimer = undefined;
      void this.#print(this.#notes.takeLines(Date.now()));
    }, notesDelayMs);
  }

  /** What has been printed has been read, in the browser too. One mark per conversation at a time. */
  #markRead(): void {
    if (this.#marking) return;
    const marks = this.#transcript.takeReadMarks();
    if (marks.length === 0) return;
    this.#marking = true;
    void Promise.all(marks.map((mark) => this.#api.execute(uuidv7(), { type: 'mark-read', ...mark }))).then(
      () => {
        this.#marking = false;
        this.#markRead();
      },
    );
  }

  // --- commands -----------------------------------------------------------------------------------------

  async #executeCommands(): Promise<void> {
    this.#screen.prompt();
    for await (const line of this.#screen.lines) {
      if (this.#stopped || !(await this.#execute(line))) return;
      await this.#condition.until(() => this.#sent.openCount < pipedMessagesOpenMax);
      await this.#screen.ready();
      this.#screen.prompt();
    }
  }

  /** False when it was the last one. */
  async #execute(line: InputLine): Promise<boolean> {
    if (line.type === 'too-long') {
      this.#refuse(null, 'somebody', errors['message-too-long'].sentence);
      return true;
    }
    const typed = parseCommand(line.text);
    switch (typed.type) {
      case 'nothing':
        if (this.#screen.interactive) this.#screen.notice(this.#newLink());
        break;
      case 'clients':
        await this.#waitForRoster();
        await this.#print(this.#model.clientLines((wallMs) => this.#agoText(wallMs, Date.now())));
        break;
      case 'send':
        await this.#send(typed.nickname, typed.text);
        break;
      case 'safety':
      case 'verify':
      case 'unverify':
      case 'accept':
      case 'refuse':
      case 'retry':
      case 'discard': {
        const peer = await this.#peerCalled(typed.nickname);
        if (peer === undefined) this.#screen.print(this.#unknownSentence());
        else await this.#print(await this.#contactCommands.run(typed.type, peer));
        break;
      }
      case 'accept-server':
        await this.#print(await this.#contactCommands.acceptServer());
        break;
      case 'classic': {
        const peer = await this.#peerCalled(typed.nickname);
        if (peer === undefined) this.#screen.print(this.#unknownSentence());
        else this.#screen.print(await this.#settingCommands.classic(peer, typed.classic));
        break;
      }
      case 'receipts':
      case 'last-seen':
        this.#screen.print(await this.#settingCommands.choose(typed.type, typed.on));
        break;
      case 'operator':
        await this.#print(await this.#serverConsole.answer(typed.line));
        break;
      case 'stats':
        await this.#printStatistics();
        break;
      case 'dereg':
        // The original sent before it left; a person who leaves at once finds the rest in the outbox.
        if (!this.#screen.interactive) await settle(this.#api, this.#sent, this.#condition, uuidv7);
        await this.#command('deregister', () => "You're Offline. Bye.");
        break;
      case 'reg':
        await this.#command('register', () => this.#registered());
        break;
      case 'help':
        await this.#print(helpText);
        if (this.#screen.interactive) await this.#print([helpTextOfEnter]);
        if (this.#model.isHosting) await this.#print(helpTextOfHost);
        break;
      case 'quit':
        return false;
      case 'not-understood':
        this.#screen.print(typed.sentence);
        break;
      default:
        typed satisfies never;
    }
    return true;
  }

  async #send(nickname: string, text: string): Promise<void> {
    const peer = await this.#peerCalled(nickname);
    if (peer === undefined) {
      this.#refuse(null, nickname, this.#unknownSentence());
      return;
    }
    const id = newMessageId();
    const conversation = directConversation(peer);
    this.#sent.add(id, conversation, nickname);
    this.#notes.add(id, peer);
    const answer = await this.#api.execute(uuidv7(), {
      type: 'send',
      id,
      conversation,
      content: { kind: 'text', text },
    });
    if (answer.status === 'refused') this.#refuse(id, nickname, answer.sentence);
  }

  /** The person whom the nickname means, also when the roster is just coming. */
  async #peerCalled(nickname: string): Promise<PeerKey | undefined> {
    const peer = this.#model.find(nickname);
    if (peer !== undefined) return peer;
    await this.#waitForRoster();
    return this.#model.find(nickname);
  }

  async #printStatistics(): Promise<void> {
    const answer = await this.#api.execute(uuidv7(), { type: 'statistics', peer: null });
    if (answer.status === 'refused') this.#screen.print(answer.sentence);
    else await this.#print(statisticsLines(answer.result, (peer) => this.#model.nicknameOf(peer)));
  }

  async #command(
    type: Extract<CommandType, 'deregister' | 'register'>,
    sentence: () => string | null | Promise<string | null>,
  ): Promise<void> {
    const answer = await this.#api.execute(uuidv7(), { type });
    const said = answer.status === 'refused' ? answer.sentence : await sentence();
    if (said !== null) this.#screen.print(said);
  }

  /** `register` is done when the try has begun; null where the refusal is printed as it comes. */
  async #registered(): Promise<string | null> {
    const isAnswered = (): boolean => ['online', 'refused'].includes(this.#model.session.phase);
    await this.#condition.until(isAnswered, registerTimeoutMs);
    if (this.#model.session.phase === 'refused') return null;
    return isAnswered() ? "You're Online." : errors['server-silent'].sentence;
  }

  async #waitForRoster(): Promise<void> {
    const settled = (): boolean => this.#model.session.phase !== 'online' || this.#model.hasRoster;
    await this.#condition.until(settled, rosterTimeoutMs);
  }

  #unknownSentence(): string {
    switch (this.#model.session.phase) {
      case 'none':
        return errors['not-joined'].sentence;
      case 'joining':
      case 'unreachable':
        return `${noRecord}, and the server does not answer.`;
      case 'online':
      case 'offline':
      case 'refused':
        return noRecord;
      default:
        return this.#model.session satisfies never;
    }
  }

  #refuse(id: MessageId | null, nickname: string, sentence: string): void {
    this.#sent.refuse(id, nickname, sentence);
    this.#screen.print(sentence);
  }

  #complete(line: string): readonly string[] {
    const word = [
      'send',
      'classic',
      'safety',
      'verify',
      'unverify',
      'accept',
      'refuse',
      'retry',
      'discard',
    ].find((one) => line.startsWith(`${one} `));
    const choices =
      word === undefined
        ? [
            ...[
              'clients',
              'send ',
              'safety ',
              'verify ',
              'unverify ',
              'accept ',
              'refuse ',
              'accept-server',
              'retry ',
              'discard ',
            ],
            ...['classic ', 'receipts ', 'last-seen ', 'stats', 'dereg', 'reg', 'quit', 'help'],
          ]
        : this.#model.nicknames().map((nickname) => `${word} ${nickname} `);
    return choices.filter((choice) => choice.startsWith(line) && choice === safeLine(choice));
  }
}

const noRecord = errors['unknown-recipient'].sentence;

function newMessageId(): MessageId {
  const id = parseMessageId(uuidv7());
  if (id === undefined) throw new Error('the package uuidv7 made another kind of id');
  return id;
}
