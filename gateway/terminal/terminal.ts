import { uuidv7 } from 'uuidv7';
import { statisticsIn, type CommandType, type Outcome } from '../../shared/bridge/commands.ts';
import type { Snapshot } from '../../shared/bridge/events.ts';
import { errors } from '../../shared/errors.ts';
import { parseMessageId, type MessageId, type PeerKey } from '../../shared/ids.ts';
import { pipedMessagesOpenMax } from '../../shared/limits.ts';
import type { GatewayApi } from '../control/gateway-api.ts';
import { ChatView } from './chat-view.ts';
import { DeliveryNotes } from './delivery-notes.ts';
import { endingOf, settle, settleTimeoutMs } from './ending.ts';
import { EventFeed } from './event-feed.ts';
import { unreadMessages } from './history.ts';
import type { InputLine } from './line-reader.ts';
import { safeLine } from './safe-text.ts';
import type { Ending, RunningFrontend, Screen } from './screen.ts';
import { PersonCommands } from './person-commands.ts';
import { SentMessages } from './sent-messages.ts';
import { ServerConsole } from './server-console.ts';
import { refusalAtPrompt } from './session-report.ts';
import { SettingCommands } from './setting-commands.ts';
import { statisticsLines } from './statistics-table.ts';
import { Transcript } from './transcript.ts';
import { helpText, helpTextOfEnter, helpTextOfHost, parseTypedLine } from './typed-line.ts';
import { Watch } from './watch.ts';

export interface TerminalOptions {
  readonly face: GatewayApi;
  readonly screen: (complete: (line: string) => readonly string[]) => Screen;
  /** A fresh link for the browser, with its secret. */
  readonly newLink: () => string;
  /** `14:03` of a wall clock's milliseconds, where the person lives. */
  readonly clockText: (wallMs: number) => string;
  /** `5 minutes ago`, of a wall clock's milliseconds and of now. */
  readonly agoText: (wallMs: number, nowMs: number) => string;
}

/** The original's prompt, as a second face of the bridge's contract. */
export function runTerminal(options: TerminalOptions): RunningFrontend {
  return new Terminal(options);
}

/** The roster follows the registration as a message of its own; so long a typed line waits for it. */
const rosterTimeoutMs = 2_000;
/** The classic 5 tries of 0.5 s, for the connection and for the registration. */
const registerTimeoutMs = 5_000;
/** What happens within this time becomes one line. Below what a person notices as delay. */
const notesDelayMs = 150;

class Terminal implements RunningFrontend {
  readonly done: Promise<Ending>;
  readonly #face: GatewayApi;
  readonly #screen: Screen;
  readonly #newLink: () => string;
  readonly #agoText: TerminalOptions['agoText'];
  readonly #view: ChatView;
  readonly #notes: DeliveryNotes;
  readonly #transcript: Transcript;
  readonly #personCommands: PersonCommands;
  readonly #settingCommands: SettingCommands;
  readonly #serverConsole: ServerConsole;
  readonly #sent = new SentMessages();
  readonly #watch = new Watch();
  readonly #feed: EventFeed;
  #notesTimer: NodeJS.Timeout | undefined;
  #marking = false;
  #stopped = false;

  constructor({ face, screen, newLink, clockText, agoText }: TerminalOptions) {
    this.#face = face;
    this.#newLink = newLink;
    this.#agoText = agoText;
    this.#view = new ChatView(face.snapshot().snapshot);
    this.#notes = new DeliveryNotes(this.#view);
    this.#personCommands = new PersonCommands(face, this.#view, uuidv7);
    this.#settingCommands = new SettingCommands(face, this.#view, uuidv7);
    this.#serverConsole = new ServerConsole(face, uuidv7);
    this.#transcript = new Transcript(this.#view, clockText);
    this.#screen = screen((line) => this.#complete(line));
    // What is known is always of now; what is printed follows at the pace of whoever reads it.
    const subscription = face.subscribe(({ event }) => {
      this.#view.handle(event);
      this.#sent.handle(event);
      this.#watch.look();
    });
    this.#feed = new EventFeed(face);
    this.done = this.#run().finally(() => {
      subscription.unsubscribe();
      this.#watch.end();
      this.#screen.close();
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
    await this.#joined();
    if (this.#view.session.phase !== 'refused') await this.#obeyEverything();
    const leavesBehind = !this.#screen.interactive && !this.#stopped;
    if (leavesBehind) await settle(this.#face, this.#sent, this.#watch, uuidv7);
    this.#feed.end();
    await Promise.race([printed, this.#watch.until(() => false, this.#stopped ? 0 : settleTimeoutMs)]);
    return this.#ending();
  }

  #ending(): Ending {
    if (this.#stopped) return { exitCode: 0, sentence: null };
    if (!this.#screen.interactive) return endingOf(this.#view.session, this.#sent);
    // A person has read each refusal, and the outbox keeps what is underway.
    const exitCode = this.#view.session.phase === 'refused' ? 1 : 0;
    return { exitCode, sentence: this.#sent.underwaySentence() };
  }

  /** Commands make sense once the server has answered; a person need not wait for one that is silent. */
  async #joined(): Promise<void> {
    const { interactive } = this.#screen;
    await this.#watch.until(
      () => {
        const { phase } = this.#view.session;
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
            await this.#print([refusalAtPrompt(event.session)]);
          } else await this.#print(this.#transcript.handle(event));
        }
      }
      this.#markRead();
      this.#tellNotesSoon();
    }
    clearTimeout(this.#notesTimer);
    await this.#print(this.#notes.takeLines(Date.now()));
  }

  async #begin(snapshot: Snapshot): Promise<void> {
    if (snapshot.session.phase === 'refused') await this.#print([refusalAtPrompt(snapshot.session)]);
    const unread = await unreadMessages(this.#face, snapshot, uuidv7);
    await this.#print(this.#transcript.begin(snapshot, unread));
  }

  async #print(lines: readonly string[]): Promise<void> {
    for (const line of lines) {
      this.#screen.print(line);
      await this.#screen.ready();
    }
  }

  #tellNotesSoon(): void {
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
    void Promise.all(marks.map((mark) => this.#face.execute(uuidv7(), { type: 'mark-read', ...mark }))).then(
      () => {
        this.#marking = false;
        this.#markRead();
      },
    );
  }

  // --- commands -----------------------------------------------------------------------------------------

  async #obeyEverything(): Promise<void> {
    this.#screen.prompt();
    for await (const line of this.#screen.lines) {
      if (this.#stopped || !(await this.#obey(line))) return;
      await this.#watch.until(() => this.#sent.openCount < pipedMessagesOpenMax);
      await this.#screen.ready();
      this.#screen.prompt();
    }
  }

  /** False when it was the last one. */
  async #obey(line: InputLine): Promise<boolean> {
    if (line.type === 'too-long') {
      this.#refuse(null, 'somebody', errors['message-too-long'].sentence);
      return true;
    }
    const typed = parseTypedLine(line.text);
    switch (typed.type) {
      case 'nothing':
        if (this.#screen.interactive) this.#screen.notice(this.#newLink());
        break;
      case 'clients':
        await this.#rosterCame();
        await this.#print(this.#view.clientLines((wallMs) => this.#agoText(wallMs, Date.now())));
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
        const peer = await this.#personCalled(typed.nickname);
        if (peer === undefined) this.#screen.print(this.#unknownSentence());
        else await this.#print(await this.#personCommands.run(typed.type, peer));
        break;
      }
      case 'accept-server':
        await this.#print(await this.#personCommands.acceptServer());
        break;
      case 'classic': {
        const peer = await this.#personCalled(typed.nickname);
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
        if (!this.#screen.interactive) await settle(this.#face, this.#sent, this.#watch, uuidv7);
        await this.#command('deregister', () => "You're Offline. Bye.");
        break;
      case 'reg':
        await this.#command('register', () => this.#registered());
        break;
      case 'help':
        await this.#print(helpText);
        if (this.#screen.interactive) await this.#print([helpTextOfEnter]);
        if (this.#view.isHosting) await this.#print(helpTextOfHost);
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
    const peer = await this.#personCalled(nickname);
    if (peer === undefined) {
      this.#refuse(null, nickname, this.#unknownSentence());
      return;
    }
    const id = newMessageId();
    this.#sent.add(id, peer, nickname);
    this.#notes.add(id, peer);
    const outcome = await this.#face.execute(uuidv7(), { type: 'send', id, to: peer, text });
    if (outcome.status === 'refused') this.#refuse(id, nickname, outcome.sentence);
  }

  /** The person whom the nickname means, also when the roster is just coming. */
  async #personCalled(nickname: string): Promise<PeerKey | undefined> {
    const peer = this.#view.find(nickname);
    if (peer !== undefined) return peer;
    await this.#rosterCame();
    return this.#view.find(nickname);
  }

  async #printStatistics(): Promise<void> {
    const outcome = await this.#face.execute(uuidv7(), { type: 'statistics', peer: null });
    const statistics = statisticsIn(outcome);
    if (statistics !== undefined)
      await this.#print(statisticsLines(statistics, (peer) => this.#view.nicknameOf(peer)));
    else if (outcome.status === 'refused') this.#screen.print(outcome.sentence);
  }

  async #command(
    type: Extract<CommandType, 'deregister' | 'register'>,
    sentence: () => string | null | Promise<string | null>,
  ): Promise<void> {
    const outcome: Outcome = await this.#face.execute(uuidv7(), { type });
    const said = outcome.status === 'refused' ? outcome.sentence : await sentence();
    if (said !== null) this.#screen.print(said);
  }

  /** `register` is done when the try has begun; null where the refusal is printed as it comes. */
  async #registered(): Promise<string | null> {
    const isAnswered = (): boolean => ['online', 'refused'].includes(this.#view.session.phase);
    await this.#watch.until(isAnswered, registerTimeoutMs);
    if (this.#view.session.phase === 'refused') return null;
    return isAnswered() ? "You're Online." : errors['server-silent'].sentence;
  }

  async #rosterCame(): Promise<void> {
    const settled = (): boolean => this.#view.session.phase !== 'online' || this.#view.hasRoster;
    await this.#watch.until(settled, rosterTimeoutMs);
  }

  #unknownSentence(): string {
    switch (this.#view.session.phase) {
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
        return this.#view.session satisfies never;
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
        : this.#view.nicknames().map((nickname) => `${word} ${nickname} `);
    return choices.filter((choice) => choice.startsWith(line) && choice === safeLine(choice));
  }
}

const noRecord = errors['unknown-recipient'].sentence;

function newMessageId(): MessageId {
  const id = parseMessageId(uuidv7());
  if (id === undefined) throw new Error('the package uuidv7 made another kind of id');
  return id;
}
