import { newId } from '../frontend/new-id.ts';
import type { Snapshot } from '../../../shared/bridge/events.ts';
import type { Session } from '../../../shared/bridge/schema.ts';
import { directConversation } from '../../../shared/conversation.ts';
import { errors } from '../../../shared/errors.ts';
import { parseMessageId, parsePeerKey, type MessageId, type PeerKey } from '../../../shared/ids.ts';
import { pipedMessagesOpenMax } from '../../../shared/limits.ts';
import type { GatewayApi } from '../../control/gateway-api.ts';
import { ChatModel } from '../frontend/chat-model.ts';
import { DeliveryNotes } from './delivery-notes.ts';
import { exitAfterInput, InputTally, settle, settleTimeoutMs } from '../frontend/exit.ts';
import { EventFeed } from '../frontend/event-feed.ts';
import { canEnterJoinCode, joinCodeQuestion } from '../frontend/join-code-question.ts';
import { unreadMessages } from '../frontend/history.ts';
import { endlessSentence, type InputLine } from '../screen/line-reader.ts';
import { safeLine } from '../text/safe-text.ts';
import type { Exit, RunningFrontend, Screen } from '../screen/screen.ts';
import { SentMessages } from '../frontend/sent-messages.ts';
import { refusalWithCommand } from '../frontend/session-report.ts';
import { Transcript } from './transcript.ts';
import { parseCommand } from './parse-command.ts';
import type { CommandArguments, Lines, PromptCommand, PromptContext } from './prompt-command.ts';
import { newLink } from './browser-commands.ts';
import { promptHelp } from '../command-rows.mjs';
import { completions, promptCommands } from './command-table.ts';
import { Condition } from '../frontend/condition.ts';

export interface PromptOptions {
  readonly api: GatewayApi;
  readonly screen: (complete: (line: string) => readonly string[]) => Screen;
  /** Formats wall clock time as `14:03` in the user's time zone. */
  readonly clockText: (wallMs: number) => string;
  /** Formats a past wall clock time as `5 minutes ago`. */
  readonly agoText: (wallMs: number, nowMs: number) => string;
}

/** Runs the original program's prompt, as a frontend of the bridge's contract. */
export function runPrompt(options: PromptOptions): RunningFrontend {
  return new Prompt(options);
}

/** The roster arrives in a separate message after the registration. A typed line waits for it this long. */
const rosterTimeoutMs = 2_000;
/** The original program's 5 attempts of 0.5 s, for the connection and again for the registration. */
const registerTimeoutMs = 5_000;
/** A refusal is printed at the pace of the other lines. The question for a join code waits for it this long. */
const refusalTimeoutMs = 1_000;
/** Deliveries within this time share a line. Users do not notice so short a delay. */
const notesDelayMs = 150;
/** Messages wait so long for the next one of a backlog, to be printed in order. */
const backlogQuietMs = 1_000;

class Prompt implements RunningFrontend {
  readonly done: Promise<Exit>;
  readonly #api: GatewayApi;
  readonly #screen: Screen;
  readonly #agoText: PromptOptions['agoText'];
  readonly #model: ChatModel;
  readonly #notes: DeliveryNotes;
  readonly #transcript: Transcript;
  readonly #context: PromptContext;
  readonly #sent = new SentMessages();
  readonly #input = new InputTally();
  readonly #condition = new Condition();
  readonly #feed: EventFeed;
  #notesTimer: NodeJS.Timeout | undefined;
  #heldTimer: NodeJS.Timeout | undefined;
  #marking = false;
  /** The newest refusal of the server stands on the screen, so that a question can follow it. */
  #isRefusalPrinted = false;
  #stopped = false;
  #hasQuit = false;

  constructor({ api, screen, clockText, agoText }: PromptOptions) {
    this.#api = api;
    this.#agoText = agoText;
    this.#model = new ChatModel(api.snapshot().snapshot);
    this.#notes = new DeliveryNotes(this.#model);
    this.#context = this.#createContext();
    this.#transcript = new Transcript(this.#model, clockText);
    this.#screen = screen((line) => this.#complete(line));
    // The model always shows the present. The printed lines follow at the pace of their reader.
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
    await this.#enterJoinCode();
    if (this.#model.session.phase !== 'refused') await this.#executeCommands();
    const isScript = !this.#screen.interactive && !this.#stopped;
    if (isScript) await settle(this.#api, this.#sent, this.#condition, newId);
    this.#feed.end();
    await Promise.race([printed, this.#condition.until(() => false, this.#stopped ? 0 : settleTimeoutMs)]);
    return this.#exit();
  }

  #exit(): Exit {
    if (this.#stopped) return { exitCode: 0, sentence: null };
    if (!this.#screen.interactive) return exitAfterInput(this.#model.session, this.#sent, this.#input);
    // The user has read each refusal, and the outbox keeps all other messages.
    const exitCode = this.#model.session.phase === 'refused' ? 1 : 0;
    return { exitCode, sentence: this.#sent.inProgressSentence() };
  }

  /** Waits for the server's first answer. A user at a keyboard does not wait for a silent server. */
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

  /** Asks for the join code until the server lets the user in, refuses for another reason, or the user gives up. */
  async #enterJoinCode(): Promise<void> {
    while (canEnterJoinCode(this.#model.session)) {
      await this.#condition.until(() => this.#isRefusalPrinted, refusalTimeoutMs);
      const text = await this.#screen.secret(joinCodeQuestion);
      if (text === undefined || text.trim() === '') return;
      this.#isRefusalPrinted = false;
      const answer = await this.#api.execute(newId(), { type: 'register', joinCode: text });
      if (answer.status === 'refused') {
        await this.#print([answer.sentence]);
        this.#isRefusalPrinted = true;
      } else await this.#waitForServer();
    }
  }

  async #printRefusal(session: Extract<Session, { phase: 'refused' }>): Promise<void> {
    await this.#print([refusalWithCommand(session)]);
    this.#isRefusalPrinted = true;
    this.#condition.notify();
  }

  async #printEverything(): Promise<void> {
    for (let item = await this.#feed.next(); item !== undefined; item = await this.#feed.next()) {
      if (item.type === 'snapshot') await this.#begin(item.snapshot);
      else if (item.type === 'events') {
        for (const { event } of item.events) {
          this.#notes.handle(event);
          if (event.type === 'reset') await this.#begin(event.snapshot);
          else if (event.type === 'session' && event.session.phase === 'refused') {
            await this.#printRefusal(event.session);
          } else await this.#print(this.#transcript.handle(event));
        }
      }
      this.#markRead();
      this.#printNotesSoon();
      this.#printHeldSoon();
    }
    clearTimeout(this.#heldTimer);
    await this.#print(this.#transcript.takeHeld());
    this.#markRead();
    clearTimeout(this.#notesTimer);
    await this.#print(this.#notes.takeLines(Date.now()));
  }

  async #begin(snapshot: Snapshot): Promise<void> {
    if (snapshot.session.phase === 'refused') await this.#printRefusal(snapshot.session);
    const unread = await unreadMessages(this.#api, snapshot, newId);
    await this.#print([...this.#transcript.takeHeld(), ...this.#transcript.begin(snapshot, unread)]);
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

  /** Every message of the backlog begins the time again. */
  #printHeldSoon(): void {
    clearTimeout(this.#heldTimer);
    if (!this.#transcript.isHolding) return;
    this.#heldTimer = setTimeout(() => {
      void this.#print(this.#transcript.takeHeld()).then(() => this.#markRead());
    }, backlogQuietMs);
  }

  /** Marks printed messages as read, for browsers too. Sends one mark per conversation at a time. */
  #markRead(): void {
    if (this.#marking) return;
    const marks = this.#transcript.takeReadMarks();
    if (marks.length === 0) return;
    this.#marking = true;
    void Promise.all(marks.map((mark) => this.#api.execute(newId(), { type: 'mark-read', ...mark }))).then(
      () => {
        this.#marking = false;
        this.#markRead();
      },
    );
  }

  #createContext(): PromptContext {
    return {
      model: this.#model,
      execute: (command) => this.#api.execute(newId(), command),
      agoText: (wallMs) => this.#agoText(wallMs, Date.now()),
      help: () => promptHelp({ interactive: this.#screen.interactive, hosting: this.#model.isHosting }),
      clientLines: async () => {
        await this.#waitForRoster();
        return this.#model.clientLines((wallMs) => this.#agoText(wallMs, Date.now()));
      },
      send: (nickname, text) => this.#send(nickname, text),
      settled: async () => {
        if (!this.#screen.interactive) await settle(this.#api, this.#sent, this.#condition, newId);
      },
      registrationAnswered: async () => {
        const isAnswered = (): boolean => ['online', 'refused'].includes(this.#model.session.phase);
        await this.#condition.until(isAnswered, registerTimeoutMs);
      },
      enterJoinCode: () => this.#enterJoinCode(),
      quit: () => (this.#hasQuit = true),
    };
  }

  async #executeCommands(): Promise<void> {
    this.#screen.prompt();
    for await (const line of this.#screen.lines) {
      if (this.#stopped) return;
      await this.#execute(line);
      if (this.#hasQuit) return;
      await this.#condition.until(() => this.#sent.openCount < pipedMessagesOpenMax);
      await this.#screen.ready();
      this.#screen.prompt();
    }
  }

  async #execute(line: InputLine): Promise<void> {
    if (line.type === 'too-long') {
      await this.#print(this.#refuse(null, 'an unknown recipient', errors['message-too-long'].sentence));
      return;
    }
    if (line.type === 'endless') {
      await this.#print(this.#refuse(null, 'an unknown recipient', endlessSentence));
      return;
    }
    const parsed = parseCommand(line.text, promptCommands);
    if (parsed.type !== 'nothing') this.#input.count(parsed.type !== 'command');
    switch (parsed.type) {
      case 'nothing':
        if (this.#screen.interactive)
          for (const line of await newLink(this.#context)) this.#screen.notice(line);
        return;
      case 'unknown-word':
      case 'wrong-arguments':
        await this.#print([parsed.sentence]);
        return;
      case 'command':
        await this.#print(await this.#runCommand(parsed.command, parsed.typed));
        return;
      default:
        parsed satisfies never;
    }
  }

  async #runCommand(command: PromptCommand, typed: CommandArguments): Promise<Lines> {
    if (command.about === 'chat') return command.run(this.#context, typed);
    const key = command.usage === '<nick|key>' ? parsePeerKey(typed.nickname.toLowerCase()) : undefined;
    const peer = key ?? (await this.#peerCalled(typed.nickname));
    return peer === undefined ? [this.#unknownSentence()] : command.run(this.#context, peer, typed);
  }

  async #send(nickname: string, text: string): Promise<Lines> {
    const peer = await this.#peerCalled(nickname);
    if (peer === undefined) return this.#refuse(null, nickname, this.#unknownSentence());
    const id = newMessageId();
    const conversation = directConversation(peer);
    this.#sent.add(id, conversation, nickname);
    this.#notes.add(id, peer);
    const content = { kind: 'text', text } as const;
    const answer = await this.#api.execute(newId(), { type: 'send', id, conversation, content });
    return answer.status === 'refused' ? this.#refuse(id, nickname, answer.sentence) : [];
  }

  /** Returns the peer with this nickname. Waits for the roster if it is still on its way. */
  async #peerCalled(nickname: string): Promise<PeerKey | undefined> {
    const peer = this.#model.find(nickname);
    if (peer !== undefined) return peer;
    await this.#waitForRoster();
    return this.#model.find(nickname);
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

  /** Counts a message that is not sent, and returns the line that says so. */
  #refuse(id: MessageId | null, nickname: string, sentence: string): Lines {
    this.#sent.refuse(id, nickname, sentence);
    return [sentence];
  }

  /** A nickname with control characters would change the screen, so Tab never types it. */
  #complete(line: string): readonly string[] {
    const nicknames = this.#model.nicknames().filter((nickname) => nickname === safeLine(nickname));
    return completions(line, nicknames, this.#model.isHosting);
  }
}

const noRecord = errors['unknown-recipient'].sentence;

function newMessageId(): MessageId {
  const id = parseMessageId(newId());
  if (id === undefined) throw new Error('the package uuidv7 made an id that is not a UUIDv7');
  return id;
}
