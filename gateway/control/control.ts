import {
  isExecutedAs,
  type Answer,
  type AnswerOf,
  type AnswerTo,
  type Command,
  type CommandOf,
  type CommandTypeBy,
  type ResultOf,
} from '../../shared/bridge/commands.ts';
import type { EventCursor, NumberedEvent, Snapshot } from '../../shared/bridge/events.ts';
import type { Statistics } from '../../shared/bridge/statistics.ts';
import { done, doneWith, refused, type CommandResult, type Refused } from '../../shared/command-result.ts';
import type { ConversationId } from '../../shared/conversation.ts';
import { errors, type ErrorCode } from '../../shared/errors.ts';
import type { ExportForm } from '../../shared/export-forms.ts';
import type { PeerKey } from '../../shared/ids.ts';
import { parseJoinCode } from '../../shared/join-code.ts';
import { formatServer } from '../../shared/join-address-text.ts';
import { formatTypedAddress, readServer, type TypedServer } from '../../shared/typed-address.ts';
import { nicknameComparisonKey, parseNickname } from '../../shared/nickname.ts';
import type { ClientEvent } from '../client/client-event.ts';
import type { Wipe } from '../data-dir/wipe.ts';
import { exportConversation, type ConversationExport } from '../export/conversation-export.ts';
import { StartError } from '../runtime/start-error.ts';
import { reportOf } from './wipe-report.ts';
import { StoreError } from '../store/errors.ts';
import { bridgeEventOf } from './bridge-events.ts';
import { ChatLifecycle } from './chat-lifecycle.ts';
import { ConnectionChecks } from './connection-checks.ts';
import { ConnectionWatches, type Repeat } from './connection-watches.ts';
import { EphemeralSubscription } from './ephemeral-subscription.ts';
import { EventLog } from './event-log.ts';
import { askClient, askServer, executeInTransaction, executeOnServer } from './execute-command.ts';
import type { GatewayApi } from './gateway-api.ts';
import { IdempotencyCache } from './idempotency-cache.ts';
import { NearbyWatches } from './nearby-watches.ts';
import type { DesktopNotifier } from '../notify/notification.ts';
import { Notifications, type NotifiedChat } from '../notify/notifications.ts';
import type { BrowserAccess, JoinOptions, RunningClient, Runtime } from './ports.ts';
import { transportSentence } from '../trace/debug-log.ts';
import { LogTail } from '../trace/log-tail.ts';
import { startTimer } from './timer.ts';
import { FileWatches } from './file-watches.ts';
import { TypingWatches } from './typing-watches.ts';
import type { TraceListener } from '../trace/trace-feed.ts';
import { TrafficWatches } from './traffic-watches.ts';

export interface ControlOptions {
  readonly runtime: Runtime;
  /** Returns the bridge, which starts after control and before all frontends. */
  readonly bridge: () => BrowserAccess;
  /** 16 hex digits, new at each start of the gateway. */
  readonly epoch: string;
  /** For the log: faults in the program that were answered as well as possible. */
  readonly onFault: (error: unknown) => void;
  /** The roles have ended for good, and nothing may start again. What ends the gateway calls `end` last. */
  readonly onWiped: (wipe: Pick<Wipe, 'end'>) => void;
  /** The lines that the operator sees. */
  readonly logTail?: LogTail;
  /** A timer of the machine, if left out. */
  readonly repeat?: Repeat;
  /** Left out: the gateway notifies no desktop. */
  readonly desktop?: DesktopNotifier | undefined;
}

/** A join with the server as the user typed it. */
export interface TypedJoinOptions extends Omit<JoinOptions, 'server' | 'hostName'> {
  readonly server: TypedServer;
}

/** Executes the commands of frontends and keeps the numbered event log. Knows no HTTP. */
export class Control implements GatewayApi {
  readonly #notifications: Notifications;
  readonly #runtime: Runtime;
  readonly #bridge: () => BrowserAccess;
  readonly #onFault: (error: unknown) => void;
  readonly #onWiped: ControlOptions['onWiped'];
  readonly #log: EventLog;
  readonly #chat: ChatLifecycle;
  readonly #answers = new IdempotencyCache();
  readonly #watches: ConnectionWatches;
  readonly #nearby: NearbyWatches;
  readonly #checks: ConnectionChecks;
  readonly #traffic: TrafficWatches;
  readonly #logTail: LogTail;
  readonly #typing: TypingWatches;
  readonly #files = new FileWatches();
  /** The last event about guests, as JSON. */
  #guestsTold = 'null';

  constructor(options: ControlOptions) {
    this.#notifications = this.#makeNotifications(options.desktop);
    const { runtime, bridge, epoch, onFault, onWiped, logTail, repeat = repeatWithTimer } = options;
    this.#onWiped = onWiped;
    this.#runtime = runtime;
    this.#bridge = bridge;
    this.#onFault = onFault;
    this.#watches = new ConnectionWatches((peer) => this.#statistics(peer), repeat);
    this.#nearby = new NearbyWatches(runtime.chatSearch);
    this.#checks = new ConnectionChecks({
      runtime,
      client: () => this.#chat.client,
      nowMs: () => performance.now(),
      after: startTimer,
      onFault,
    });
    this.#logTail = logTail ?? new LogTail(Date.now);
    this.#traffic = new TrafficWatches({
      server: () => runtime.server(),
      logNumber: () => this.#logTail.number,
      logTransport: () => this.#logTransport(),
      repeat,
    });
    this.#typing = new TypingWatches(() => this.#chat.client?.client.typing() ?? []);
    this.#log = new EventLog({ epoch, onListenerError: onFault });
    this.#chat = new ChatLifecycle(runtime, {
      onEvent: (event) => this.#tell(event),
      onReset: () => this.#reset(),
      onOpened: (client) => this.#runtime.guests?.chatOpened(client),
      onCloses: async (options) => this.#runtime.guests?.chatCloses(options),
      onHostingChanged: () => this.hostingChanged(),
      onFault,
    });
  }

  #makeNotifications(desktop: DesktopNotifier | undefined): Notifications {
    return new Notifications({
      chat: () => notifiedChat(this.#chat.client),
      desktop,
      nowMs: () => performance.now(),
      after: startTimer,
    });
  }

  // --- for frontends ---------------------------------------------------------------------------------------

  execute<C extends Command>(
    commandId: string,
    command: C,
    subscription?: EphemeralSubscription,
  ): Promise<AnswerTo<C>> {
    return this.#answers.once(commandId, command, () =>
      this.#answer(commandId, command, subscription).catch((error: unknown) => this.#refusalOfError(error)),
    );
  }

  export(conversation: ConversationId, form: ExportForm): ConversationExport | Refused {
    const running = this.#chat.client;
    if (running === null) return refused('not-joined');
    const client = (): RunningClient['client'] => {
      if (this.#chat.client !== running) throw new Error('the chat was left during an export');
      return running.client;
    };
    const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
    return exportConversation({ client, me: running.key, conversation, form, nowMs: Date.now(), timeZone });
  }

  snapshot(): { readonly cursor: EventCursor; readonly snapshot: Snapshot } {
    // Other frontends hear of it as an event, which then comes no more.
    this.guestsChanged();
    return { cursor: this.#log.cursor(), snapshot: this.#takeSnapshot() };
  }

  subscribe(listener: (event: NumberedEvent) => void): { unsubscribe(): void } {
    return this.#log.subscribe(listener);
  }

  watchTraces(listener: TraceListener): () => void {
    return this.#runtime.watchTraces(listener);
  }

  subscribeEphemeral(onEvent: () => void): EphemeralSubscription {
    return new EphemeralSubscription(onEvent, (closed) => {
      this.#notifications.forget(closed);
      this.#watches.forget(closed);
      this.#nearby.forget(closed);
      this.#checks.forget(closed);
      this.#traffic.forget(closed);
      this.#typing.forget(closed);
      this.#files.forget(closed);
    });
  }

  missedSince(cursor: EventCursor): readonly NumberedEvent[] | undefined {
    return this.#log.since(cursor);
  }

  cursor(): EventCursor {
    return this.#log.cursor();
  }

  // --- for the composition root ----------------------------------------------------------------------------

  /** Opens a chat whatever its server answers; the session tells the rest. Throws StartError. */
  async open(options: TypedJoinOptions): Promise<void> {
    const resolved = await this.#resolve(options);
    if ('error' in resolved) throw new StartError(resolved.error, errors[resolved.error].sentence);
    await this.#chat.open(resolved);
  }

  /** The server in this gateway has started or stopped. */
  hostingChanged(): void {
    this.#traffic.follow();
    this.#log.append({ type: 'hosting', hosting: this.#runtime.hosting() });
  }

  /** What the host sees of guests may have changed. */
  guestsChanged(): void {
    const guests = this.#runtime.guests?.view() ?? null;
    const text = JSON.stringify(guests);
    if (text === this.#guestsTold) return;
    this.#guestsTold = text;
    this.#log.append({ type: 'guests', guests });
  }

  /** The nickname of the chat that is open or was opened last; undefined without one. */
  nickname(): string | undefined {
    const session = this.#chat.session();
    return session.phase === 'none' ? this.#runtime.profiles()[0]?.nickname : session.nickname;
  }

  /** Goes offline politely and closes the chat, for the end of the process. */
  async close(): Promise<void> {
    await this.#chat.close();
    this.#notifications.close();
  }

  // --- commands ----------------------------------------------------------------------------------------------

  async #answer(
    commandId: string,
    command: Command,
    subscription: EphemeralSubscription | undefined,
  ): Promise<Answer> {
    return this.#chat.client?.answers.find(commandId) ?? this.#execute(commandId, command, subscription);
  }

  async #execute(
    commandId: string,
    command: Command,
    subscription: EphemeralSubscription | undefined,
  ): Promise<Answer> {
    if (isExecutedAs(command, 'subscription')) return this.#subscribe(command, subscription);
    if (isExecutedAs(command, 'client-transaction')) return this.#inTransaction(commandId, command);
    if (isExecutedAs(command, 'client-request')) {
      return this.#chat
        .requireClient()
        .command((client, now) => askServer(command.type, client, now, command));
    }
    if (isExecutedAs(command, 'client-query'))
      return askClient(command.type, this.#chat.requireClient(), command);
    if (isExecutedAs(command, 'server-query') || isExecutedAs(command, 'server-change'))
      return this.#operate(command);
    if (isExecutedAs(command, 'guest-change'))
      return this.#runtime.guests?.execute(command) ?? refused('not-joined');
    switch (command.type) {
      case 'join':
        return this.#join(command);
      case 'host':
        return this.#host(command);
      case 'leave':
        return this.#leave();
      case 'switch-chat':
        return this.#switchChat(command);
      case 'chats':
        return doneWith(this.#chats());
      case 'deregister':
        await this.#chat.deregister();
        return done;
      case 'register':
        return this.#register(command);
      case 'wipe':
        return this.#wipe(command);
      case 'data-folder':
        return doneWith(await this.#runtime.dataFolder());
      case 'statistics':
        return doneWith(this.#statistics(command.peer));
      case 'traffic':
        return this.#askTraffic();
      case 'log':
        return this.#askLog(command);
      case 'export':
        return this.#offer(command, subscription);
      case 'new-link':
        return doneWith(this.#bridge().newLink());
      case 'browsers':
        return doneWith({ browsers: this.#bridge().browsers() });
      case 'sign-out-browser':
        return this.#bridge().signOut(command.browser) ? done : refused('unknown-browser');
      default:
        return command satisfies never;
    }
  }

  #operate(command: CommandOf<CommandTypeBy<'server-query' | 'server-change'>>): Answer {
    const server = this.#runtime.server();
    if (server === null) return refused('not-hosting');
    const clientKey = this.#chat.client?.key ?? null;
    const answer = executeOnServer(command.type, { server, clientKey }, command);
    if (command.type === 'require-join-code') this.hostingChanged();
    return answer;
  }

  async #host({ nickname }: CommandOf<'host'>): Promise<Answer> {
    const parsed = parseNickname(nickname);
    return 'error' in parsed ? refused(parsed.error) : this.#chat.host(parsed.nickname);
  }

  async #leave(): Promise<Answer> {
    await this.#chat.leave();
    return done;
  }

  #chats(): ResultOf<'chats'> {
    const openFolder = this.#chat.client?.folder;
    const chats = this.#runtime
      .chats()
      .map(({ folder, ...chat }) => ({ ...chat, open: folder === openFolder }))
      .toSorted((one, other) => Number(other.open) - Number(one.open));
    return { chats, endsHosting: this.#chat.endsHosting };
  }

  /** The other chat is looked up first, so that a refusal of its address leaves the open chat as it is. */
  async #switchChat({ chat, endHosting }: CommandOf<'switch-chat'>): Promise<CommandResult> {
    const known = this.#runtime.chats().find((each) => each.chat === chat);
    if (known === undefined) return refused('unknown-chat');
    if (known.folder === this.#chat.client?.folder) return done;
    if (this.#chat.endsHosting && endHosting !== true) return refused('still-hosting');
    const { nickname, folder, hosted } = known;
    const server = readServer(formatServer(known.server));
    if ('error' in server) return refused(server.error);
    const join = { nickname, server, clientPort: 0, hosted: false, keepTrying: true };
    const options = hosted ? null : await this.#resolve(join);
    if (options !== null && 'error' in options) return refused(options.error);
    if (this.#chat.client !== null) await this.#chat.leave();
    return options === null ? this.#chat.host(nickname, folder) : this.#chat.open(options);
  }

  /** The ticket belongs to the frontend, so that one that asks for many takes none from the others. */
  #offer(
    { conversation, form }: CommandOf<'export'>,
    subscription: EphemeralSubscription | undefined,
  ): AnswerOf<'export'> {
    const file = this.export(conversation, form);
    if ('status' in file) return file;
    const ticket = this.#bridge().issueTicket(subscription ?? this, { ...file, direction: 'download' });
    return doneWith({ ticket, fileName: file.fileName });
  }

  /** Nothing has changed when it is refused, but with `wipe-unfinished`: then the next start goes on. */
  async #wipe({ nickname }: CommandOf<'wipe'>): Promise<CommandResult> {
    const session = this.#chat.session();
    const profiles = this.#runtime.profiles();
    const nicknames =
      session.phase === 'none' ? profiles.map((profile) => profile.nickname) : [session.nickname];
    if (!nicknames.some((own) => nicknameComparisonKey(own) === nicknameComparisonKey(nickname)))
      return refused('wipe-nickname-wrong');
    const wipe = this.#runtime.prepareWipe(this.#chat.client);
    if ('inUse' in wipe) return { ...refused('wipe-blocked', wipe.sentence), foldersInUse: wipe.inUse };
    try {
      wipe.begin();
    } catch (error) {
      wipe.cancel();
      throw error;
    }
    try {
      const isReleased = await this.#chat.closeForGood();
      await this.#runtime.stopServer();
      wipe.removeRoles();
      const report = reportOf({ session, profiles, isReleased, left: this.#runtime.foreignNames() });
      this.#bridge().showWiped(report);
      this.#log.append({ type: 'wiped', report });
      return done;
    } catch (error) {
      this.#onFault(error);
      return refused('wipe-unfinished');
    } finally {
      this.#onWiped(wipe);
    }
  }

  #register({ joinCode: text }: CommandOf<'register'>): CommandResult {
    const joinCode = text === undefined ? undefined : parseJoinCode(text);
    if (text !== undefined && joinCode === undefined) return refused('join-code-invalid');
    this.#chat.register(joinCode);
    return done;
  }

  #subscribe(
    command: CommandOf<CommandTypeBy<'subscription'>>,
    subscription: EphemeralSubscription | undefined,
  ): CommandResult | Promise<CommandResult> {
    if (subscription === undefined) throw new Error('a frontend without a subscription cannot watch');
    switch (command.type) {
      case 'set-attention':
        this.#notifications.attend(subscription, command);
        return done;
      case 'watch-connection':
        if (command.watch) this.#watches.watch(subscription, command.peer);
        else this.#watches.unwatch(subscription, command.peer);
        return done;
      case 'find-chats':
        if (command.on) this.#nearby.watch(subscription);
        else this.#nearby.forget(subscription);
        return done;
      case 'check':
        if (command.on) return this.#checks.start(subscription, command.target);
        this.#checks.forget(subscription);
        return done;
      case 'watch-traffic':
        if (!command.on) this.#traffic.forget(subscription);
        else if (this.#runtime.server() === null) return refused('not-hosting');
        else this.#traffic.watch(subscription);
        return done;
      case 'watch-typing':
        if (command.on) this.#typing.watch(subscription);
        else this.#typing.forget(subscription);
        return done;
      case 'watch-files':
        if (command.on) this.#files.watch(subscription);
        else this.#files.forget(subscription);
        return done;
      default:
        return command satisfies never;
    }
  }

  #askTraffic(): AnswerOf<'traffic'> {
    const traffic = this.#traffic.view();
    return traffic === null ? refused('not-hosting') : doneWith(traffic);
  }

  #askLog({ after }: CommandOf<'log'>): AnswerOf<'log'> {
    if (this.#runtime.server() === null) return refused('not-hosting');
    return doneWith({ lines: this.#logTail.since(after) });
  }

  /** The transport makes traces only while an operator reads the log. */
  #logTransport(): () => void {
    return this.#runtime.watchTraces((role, trace) => {
      const sentence = transportSentence(role, trace);
      if (sentence !== undefined) this.#logTail.add('transport', sentence);
    });
  }

  /** The answer goes to disk in the same transaction as what it answers. */
  #inTransaction(commandId: string, command: CommandOf<CommandTypeBy<'client-transaction'>>): CommandResult {
    const running = this.#chat.requireClient();
    return running.command((client, now) => {
      const answer = executeInTransaction(command.type, client, now, command);
      running.answers.put(commandId, answer);
      return answer;
    });
  }

  async #join(command: CommandOf<'join'>): Promise<CommandResult> {
    const parsed = parseNickname(command.nickname);
    if ('error' in parsed) return refused(parsed.error);
    const server = readServer(formatServer(command.server));
    if ('error' in server) return refused(server.error);
    const joinCode = command.joinCode === undefined ? undefined : parseJoinCode(command.joinCode);
    if (command.joinCode !== undefined && joinCode === undefined) return refused('join-code-invalid');
    const options = await this.#resolve({
      nickname: parsed.nickname,
      server,
      joinCode,
      clientPort: command.clientPort ?? 0,
      hosted: false,
      keepTrying: command.keepTrying === true,
      ...(command.acceptServer === undefined ? {} : { acceptServer: command.acceptServer }),
    });
    if ('error' in options) return refused(options.error);
    return options.keepTrying ? this.#chat.open(options) : this.#chat.join(options);
  }

  /** Finds the addresses of the server that the user typed. */
  async #resolve(options: TypedJoinOptions): Promise<JoinOptions | { readonly error: ErrorCode }> {
    const { server: typed, ...rest } = options;
    const resolved = await this.#runtime.resolveAddress(typed);
    if ('error' in resolved) return resolved;
    const { addresses, name } = resolved;
    const server = { address: addresses[0], key: typed.key };
    if (name === null) return { ...rest, server };
    return { ...rest, server, hostName: { name: formatTypedAddress(typed), addresses } };
  }

  #statistics(peer: PeerKey | null): Statistics {
    const nothing = { client: null, connections: [], classicWanted: null };
    return {
      ...(this.#chat.client?.statistics(peer) ?? nothing),
      server: this.#runtime.server()?.statistics() ?? null,
    };
  }

  #refusalOfError(error: unknown): Refused {
    if (error instanceof StartError) return refused(error.code, error.sentence);
    this.#onFault(error);
    if (!(error instanceof StoreError)) return refused('internal');
    return error.retry ? refused('storage-failed') : refused('storage-damaged', error.message);
  }

  // --- events --------------------------------------------------------------------------------------------------

  #tell(event: ClientEvent): void {
    if (event.type === 'check-news') return this.#checks.handleNews(event);
    if (event.type === 'typing') return this.#typing.tell(event);
    if (event.type === 'file-progress') return this.#files.tell(event);
    this.#log.append(bridgeEventOf(event));
    this.#notifications.handle(event);
    // A conversation may have another id now, by another key of its peer or of the server: frontends start again from a snapshot.
    const hasMoved = event.type === 'rooms' && event.rooms.some(({ otherServer }) => otherServer);
    if (event.type === 'key-accepted' || hasMoved) this.#reset();
  }

  #reset(): void {
    this.#notifications.reset();
    const snapshot = this.#takeSnapshot();
    this.#guestsTold = JSON.stringify(snapshot.guests);
    this.#log.append({ type: 'reset', snapshot });
  }

  #takeSnapshot(): Snapshot {
    const running = this.#chat.client;
    return {
      session: this.#chat.session(),
      hosting: this.#runtime.hosting(),
      guests: this.#runtime.guests?.view() ?? null,
      lab: this.#runtime.lab,
      contacts: running?.client.contacts() ?? [],
      conversations: running?.client.conversations() ?? [],
      rooms: running?.client.rooms() ?? [],
      movedConversations: running?.client.movedConversations() ?? [],
      settings: running?.client.settings() ?? null,
      profiles: this.#runtime.profiles(),
    };
  }
}

function notifiedChat(running: RunningClient | null): NotifiedChat | null {
  if (running === null) return null;
  const { client, key: me } = running;
  return {
    me,
    settings: () => client.settings(),
    contact: (key) => client.contact(key),
    room: (room) => client.room(room),
    notifyOf: (conversation) => client.notifyOf(conversation),
    isAllowed: (key) => client.isAllowed(key),
  };
}

function repeatWithTimer(intervalMs: number, callback: () => void): () => void {
  const timer = setInterval(callback, intervalMs);
  timer.unref();
  return () => clearInterval(timer);
}
