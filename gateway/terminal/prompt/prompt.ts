import { newId } from '../frontend/new-id.ts';
import type { Snapshot } from '../../../shared/bridge/events.ts';
import type { RoomView } from '../../../shared/bridge/rooms.ts';
import type { Session } from '../../../shared/bridge/schema.ts';
import { directConversation, type ConversationId } from '../../../shared/conversation.ts';
import { errors } from '../../../shared/errors.ts';
import { parseMessageId, parsePeerKey, type MessageId, type PeerKey } from '../../../shared/ids.ts';
import { pipedMessagesOpenMax } from '../../../shared/limits.ts';
import type { TypedContent } from '../../../shared/message.ts';
import type { GatewayApi } from '../../control/gateway-api.ts';
import { runCheck } from './check-command.ts';
import { ChatModel } from '../frontend/chat-model.ts';
import { DeliveryNotes } from './delivery-notes.ts';
import type { DrawCode } from '../frontend/guest-lines.ts';
import { FailedChanges } from '../frontend/failed-changes.ts';
import { exitAfterInput, InputTally, isSilent, settle, settleTimeoutMs } from '../frontend/exit.ts';
import { EventFeed } from '../frontend/event-feed.ts';
import { chatsNearby } from './chats-nearby.ts';
import { canEnterJoinCode, joinCodeQuestion } from '../frontend/join-code-question.ts';
import { unreadMessages } from '../frontend/history.ts';
import { endlessSentence, type InputLine } from '../screen/line-reader.ts';
import { safeLine } from '../text/safe-text.ts';
import type { Exit, RunningFrontend, Screen } from '../screen/screen.ts';
import { SentMessages } from '../frontend/sent-messages.ts';
import { refusalWithCommand } from '../frontend/session-report.ts';
import { Transcript } from './transcript.ts';
import { parseCommand } from './parse-command.ts';
import { MessageNumbers } from './message-numbers.ts';
import type { CommandArguments, Destination, Lines, PromptCommand, PromptContext } from './prompt-command.ts';
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
  readonly drawCode: DrawCode;
}

/** Runs the original program's prompt, as a frontend of the bridge's contract. */
export function runPrompt(options: PromptOptions): RunningFrontend {
  return new Prompt(options);
}

/** The roster and the list of rooms arrive in messages of their own after the registration. A typed line waits for them this long. */
const rosterTimeoutMs = 2_000;
/** The original program's 5 attempts of 0.5 s, for the connection and again for the registration. */
const registerTimeoutMs = 5_000;
/** A refusal is printed at the pace of the other lines. The question for a join code waits for it this long. */
const refusalTimeoutMs = 1_000;
/** Deliveries within this time share a line. Users do not notice so short a delay. */
const notesDelayMs = 150;
/** The server has this long to answer a question, or to take an entry of a room. */
const answerTimeoutMs = 5_000;
/** The command `earlier` prints so many messages. */
const earlierMessages = 20;
/** Messages wait so long for the next one of a backlog, to be printed in order. */
const backlogQuietMs = 1_000;

class Prompt implements RunningFrontend {
  readonly done: Promise<Exit>;
  readonly #api: GatewayApi;
  readonly #screen: Screen;
  readonly #agoText: PromptOptions['agoText'];
  readonly #drawCode: DrawCode;
  readonly #model: ChatModel;
  readonly #notes: DeliveryNotes;
  readonly #transcript: Transcript;
  readonly #context: PromptContext;
  readonly #sent = new SentMessages();
  readonly #failedChanges = new FailedChanges();
  readonly #numbers = new MessageNumbers();
  /** The entry of which the server last said that it refuses it. */
  #refusedEntry: MessageId | null = null;
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

  constructor({ api, screen, clockText, agoText, drawCode }: PromptOptions) {
    this.#api = api;
    this.#agoText = agoText;
    this.#drawCode = drawCode;
    this.#model = new ChatModel(api.snapshot().snapshot);
    this.#notes = new DeliveryNotes(this.#model);
    this.#context = this.#createContext();
    this.#transcript = new Transcript(this.#model, clockText, this.#numbers);
    this.#screen = screen((line) => this.#complete(line));
    // The model always shows the present. The printed lines follow at the pace of their reader.
    const subscription = api.subscribe(({ event }) => {
      this.#model.handle(event);
      this.#sent.handle(event);
      this.#failedChanges.handle(event);
      if (event.type === 'room-refused') this.#refusedEntry = event.id;
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
    if (isScript) await this.#settle();
    this.#feed.end();
    await Promise.race([printed, this.#condition.until(() => false, this.#stopped ? 0 : settleTimeoutMs)]);
    return this.#exit();
  }

  async #settle(): Promise<void> {
    await settle({
      api: this.#api,
      sent: this.#sent,
      condition: this.#condition,
      newId,
      notice: (sentence) => this.notice(sentence),
    });
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
      () => (interactive ? this.#model.session.phase !== 'joining' : !isSilent(this.#model.session)),
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
          } else if (event.type === 'notify') await this.#printUnread(event.conversation);
          else await this.#print(this.#transcript.handle(event));
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

  /** Prints what the user did not want to see before. */
  async #printUnread(conversation: ConversationId): Promise<void> {
    const { unread, mentions, notify } = this.#model.conversation(conversation);
    const row = { conversation, unread, mentions, notify, messages: [], hasMore: true };
    const messages = await unreadMessages(
      this.#api,
      { session: this.#model.session, conversations: [row] },
      newId,
    );
    await this.#print(this.#transcript.show(messages));
  }

  /** Prints the page before the oldest printed message. */
  async #earlier(conversation: ConversationId): Promise<Lines> {
    const answer = await this.#api.execute(newId(), {
      type: 'history',
      conversation,
      before: this.#transcript.oldestOf(conversation),
      limit: earlierMessages,
    });
    if (answer.status === 'refused') return [answer.sentence];
    const { messages, hasMore } = answer.result;
    const name = this.#model.nameOf(conversation);
    const lines = this.#transcript.showEarlier(conversation, messages);
    if (hasMore) return [`There are still earlier messages. To see them, type earlier ${name}.`, ...lines];
    if (this.#model.roomOf(conversation)?.cut === true)
      return [`The server no longer keeps the messages of ${name} before these.`, ...lines];
    return messages.length === 0 ? [`There are no earlier messages of ${name}.`] : lines;
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
      guests: () => this.#model.guests,
      drawCode: this.#drawCode,
      help: () => promptHelp({ interactive: this.#screen.interactive, hosting: this.#model.isHosting }),
      clientLines: async () => {
        await this.#waitForRoster();
        return this.#model.clientLines((wallMs) => this.#agoText(wallMs, Date.now()));
      },
      numbers: this.#numbers,
      check: (target) => runCheck(this.#api, newId, target),
      chatsNearby: () => chatsNearby(this.#api, newId),
      lastSearch: null,
      switchAsked: null,
      messageLine: (message) =>
        this.#transcript.resultLine(message, this.#agoText(message.sentAtMs, Date.now())),
      export: (conversation, form) => this.#api.export(conversation, form),
      find: (name) => this.#find(name),
      findRoom: (name) => this.#roomCalled(name),
      findPeer: (nickname) => this.#findPeer(nickname),
      post: async (name, contentOf) => {
        const found = await this.#find(name);
        if ('refusal' in found) return this.#refuse(null, name, found.refusal);
        return this.#post(found, contentOf(found.conversation));
      },
      postTo: (destination, content) => this.#post(destination, content),
      writeEntry: async ({ conversation, name }, command, whenDone = []) => {
        this.#sent.add(command.id, conversation, name, 'change');
        const answer = await this.#api.execute(newId(), command);
        return answer.status === 'refused' ? this.#refuse(command.id, name, answer.sentence) : whenDone;
      },
      failedChanges: (conversation) => this.#failedChanges.of(conversation),
      earlier: (conversation) => this.#earlier(conversation),
      newMessageId,
      answered: async (isAnswered, id) => {
        const isOver = (): boolean => isAnswered() || (id !== undefined && this.#refusedEntry === id);
        await this.#condition.until(isOver, answerTimeoutMs);
        return isOver();
      },
      settled: async () => {
        if (!this.#screen.interactive) await this.#settle();
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
    switch (command.about) {
      case 'chat':
        return command.run(this.#context, typed);
      case 'contact': {
        const key = command.usage === '<nick|key>' ? parsePeerKey(typed.nickname.toLowerCase()) : undefined;
        const peer = key ?? (await this.#peerCalled(typed.nickname));
        return peer === undefined ? [this.#unknownSentence()] : command.run(this.#context, peer, typed);
      }
      case 'room':
      case 'member': {
        const room = await this.#roomCalled(typed.room);
        if (room === undefined) return [this.#unknownRoomSentence()];
        if (command.about === 'room') return command.run(this.#context, room, typed);
        const found = await this.#findPeer(typed.nickname);
        return 'refusal' in found ? [found.refusal] : command.run(this.#context, room, found.peer, typed);
      }
      case 'message': {
        const message = this.#numbers.find(typed.number);
        if (message !== undefined) return command.run(this.#context, message, typed);
        return this.#numbers.areOn
          ? [`No message has the number ${typed.number} in this run.`]
          : ['Messages have no numbers yet. Type numbers on.'];
      }
      default:
        return command satisfies never;
    }
  }

  async #post({ conversation, name }: Destination, content: TypedContent): Promise<Lines> {
    const id = newMessageId();
    this.#sent.add(id, conversation, name);
    this.#notes.add(id, conversation);
    const answer = await this.#api.execute(newId(), { type: 'send', id, conversation, content });
    return answer.status === 'refused' ? this.#refuse(id, name, answer.sentence) : [];
  }

  async #find(name: string): Promise<Destination | { readonly refusal: string }> {
    if (name.startsWith('#')) {
      const room = await this.#roomCalled(name);
      return room === undefined
        ? { refusal: this.#unknownRoomSentence() }
        : { conversation: room.conversation, name: `#${room.name}` };
    }
    const peer = await this.#peerCalled(name);
    return peer === undefined
      ? { refusal: this.#unknownSentence() }
      : { conversation: directConversation(peer), name };
  }

  /** A key stands for a person without a nickname at this prompt, such as a banned one that left the chat. */
  async #findPeer(nickname: string): Promise<{ readonly peer: PeerKey } | { readonly refusal: string }> {
    const peer = parsePeerKey(nickname.toLowerCase()) ?? (await this.#peerCalled(nickname));
    return peer === undefined ? { refusal: this.#unknownSentence() } : { peer };
  }

  #unknownRoomSentence(): string {
    return errors[this.#model.session.phase === 'none' ? 'not-joined' : 'no-such-room'].sentence;
  }

  /** Returns the peer with this nickname. Waits for the roster if it is still on its way. */
  async #peerCalled(nickname: string): Promise<PeerKey | undefined> {
    const peer = this.#model.find(nickname);
    if (peer !== undefined) return peer;
    await this.#waitForRoster();
    return this.#model.find(nickname);
  }

  /** Returns the room with this name. Waits for the list of rooms if it is still on its way. */
  async #roomCalled(name: string): Promise<RoomView | undefined> {
    const isSettled = (): boolean => this.#model.session.phase !== 'online' || this.#model.hasRooms;
    if (this.#model.findRoom(name) === undefined) await this.#condition.until(isSettled, rosterTimeoutMs);
    return this.#model.findRoom(name);
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
    const isHarmless = (name: string): boolean => name === safeLine(name);
    const nicknames = this.#model.nicknames().filter(isHarmless);
    const rooms = this.#model.rooms().map(({ name }) => `#${name}`);
    return completions(line, { nicknames, rooms: rooms.filter(isHarmless) }, this.#model.isHosting);
  }
}

const noRecord = errors['unknown-recipient'].sentence;

function newMessageId(): MessageId {
  const id = parseMessageId(newId());
  if (id === undefined) throw new Error('the package uuidv7 made an id that is not a UUIDv7');
  return id;
}
