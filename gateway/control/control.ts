import { formatAddress, parseAddress } from '../../shared/address.ts';
import {
  isExecutedAs,
  type Answer,
  type AnswerTo,
  type Command,
  type CommandOf,
  type CommandTypeBy,
} from '../../shared/bridge/commands.ts';
import type { EventCursor, NumberedEvent, Snapshot } from '../../shared/bridge/events.ts';
import type { Session } from '../../shared/bridge/schema.ts';
import type { Statistics } from '../../shared/bridge/statistics.ts';
import { done, doneWith, refused, type CommandResult, type Refused } from '../../shared/command-result.ts';
import { errors } from '../../shared/errors.ts';
import { parseNickname } from '../../shared/nickname.ts';
import type { ClientEvent } from '../client/client-event.ts';
import { StartError } from '../runtime/start-error.ts';
import { StoreError } from '../store/errors.ts';
import { bridgeEventOf, conversationOf, personOf } from './bridge-events.ts';
import { askClient, executeInTransaction, executeOnServer } from './execute-command.ts';
import { EventLog } from './event-log.ts';
import type { GatewayApi } from './gateway-api.ts';
import { IdempotencyCache } from './idempotency-cache.ts';
import type { Runtime, RunningClient, JoinOptions } from './runtime.ts';
import type { TraceListener } from '../trace/trace-feed.ts';

export interface ControlOptions {
  readonly premises: Runtime;
  /** 16 hex digits, new at each start of the gateway. */
  readonly epoch: string;
  /** For the log: what went wrong inside, and was answered as well as possible. */
  readonly onFault: (error: unknown) => void;
}

/** Executes bridge commands and keeps the numbered event log (DESIGN sections 2 and 8). Knows no HTTP. */
export class Control implements GatewayApi {
  readonly #premises: Runtime;
  readonly #onFault: (error: unknown) => void;
  readonly #log: EventLog;
  readonly #answers = new IdempotencyCache();
  readonly #sessionWaiters = new Set<(session: Session) => void>();
  #seat: RunningClient | undefined;
  /** The chat whose first answer is awaited: until then faces are at the form, and see `joining`. */
  #firstTry: JoinOptions | undefined;
  /** The opening or closing of a chat that is under way, one at a time; settles when it is over, however it ends. */
  #move: Promise<unknown> | undefined;
  /** Whether the server role here was started for the chat, and ends with it. */
  #hostsChat = false;
  #isClosing = false;

  constructor({ premises, epoch, onFault }: ControlOptions) {
    this.#premises = premises;
    this.#onFault = onFault;
    this.#log = new EventLog({ epoch, onListenerError: onFault });
  }

  // --- the face ------------------------------------------------------------------------------------------

  execute<C extends Command>(commandId: string, command: C): Promise<AnswerTo<C>> {
    const answer = this.#answers.once(commandId, command, () =>
      this.#answer(commandId, command).catch((error: unknown) => this.#refusalOfError(error)),
    );
    // The tables of handlers pair each command with its result; a Map of answers cannot tell the compiler so.
    return answer as Promise<AnswerTo<C>>;
  }

  snapshot(): { readonly cursor: EventCursor; readonly snapshot: Snapshot } {
    return { cursor: this.#log.cursor(), snapshot: this.#takeSnapshot() };
  }

  subscribe(listener: (event: NumberedEvent) => void): { unsubscribe(): void } {
    return this.#log.subscribe(listener);
  }

  watchTraces(listener: TraceListener): () => void {
    return this.#premises.watchTraces(listener);
  }

  missedSince(cursor: EventCursor): readonly NumberedEvent[] | undefined {
    return this.#log.since(cursor);
  }

  cursor(): EventCursor {
    return this.#log.cursor();
  }

  // --- for the composition root ----------------------------------------------------------------------

  /** Opens a chat whatever its server answers; the session tells how it stands. Throws StartError. */
  open(choice: JoinOptions): Promise<void> {
    return this.#enter(async () => {
      const seat = await this.#moveIn(choice);
      begin(seat, choice);
    });
  }

  /** The server role has started or ended. */
  hostingChanged(): void {
    this.#log.append({ type: 'hosting', hosting: this.#premises.hosting() });
  }

  /** Goes offline politely and closes the chat, for the end of the process; also one that is only being opened. */
  async close(): Promise<void> {
    this.#isClosing = true;
    await this.#vacate();
  }

  // --- commands --------------------------------------------------------------------------------------------

  async #answer(commandId: string, command: Command): Promise<Answer> {
    return this.#seat?.answers.find(commandId) ?? this.#execute(commandId, command);
  }

  async #execute(commandId: string, command: Command): Promise<Answer> {
    if (isExecutedAs(command, 'client-transaction')) return this.#inTransaction(commandId, command);
    if (isExecutedAs(command, 'client-query')) return askClient(command.type, this.#inSeat(), command);
    if (isExecutedAs(command, 'server-query') || isExecutedAs(command, 'server-change')) {
      const admin = this.#premises.serverAdmin();
      return admin === null ? refused('not-hosting') : executeOnServer(command.type, admin, command);
    }
    switch (command.type) {
      case 'join':
        return this.#join(command);
      case 'host':
        return this.#host(command);
      case 'leave':
        return this.#leave();
      case 'deregister':
        this.#inSeat();
        await this.#deregister();
        return done;
      case 'register':
        this.#inSeat().command((client, now) => {
          client.register(now);
        });
        return done;
      case 'statistics':
        return doneWith(this.#statistics(command));
      default:
        return command satisfies never;
    }
  }

  /** The answer goes to disk in the same transaction as what it answers. */
  #inTransaction(commandId: string, command: CommandOf<CommandTypeBy<'client-transaction'>>): CommandResult {
    const seat = this.#inSeat();
    return seat.command((client, now) => {
      const answer = executeInTransaction(command.type, client, now, command);
      seat.answers.put(commandId, answer);
      return answer;
    });
  }

  #statistics({ peer }: CommandOf<'statistics'>): Statistics {
    const nothing = { client: null, connections: [], classicWanted: null };
    return { ...(this.#seat?.statistics(peer) ?? nothing), server: this.#premises.serverStatistics() };
  }

  async #join(command: CommandOf<'join'>): Promise<CommandResult> {
    const parsed = parseNickname(command.nickname);
    if ('error' in parsed) return refused(parsed.error);
    const server = parseAddress(command.server);
    if (server === undefined) return refused('address-invalid');
    const choice: JoinOptions = {
      nickname: parsed.nickname,
      server,
      clientPort: command.clientPort ?? 0,
      hosted: false,
      keepTrying: command.keepTrying === true,
      ...(command.acceptServerKey === undefined ? {} : { acceptServerKey: command.acceptServerKey }),
    };
    if (!choice.keepTrying) return this.#enter(() => this.#tryChoice(choice));
    await this.open(choice);
    return done;
  }

  async #host(command: CommandOf<'host'>): Promise<CommandResult> {
    const parsed = parseNickname(command.nickname);
    if ('error' in parsed) return refused(parsed.error);
    return this.#enter(() => this.#hostAs(parsed.nickname));
  }

  async #hostAs(nickname: string): Promise<CommandResult> {
    const startsServer = this.#premises.hosting() === null;
    let outcome: CommandResult | undefined;
    try {
      const server = await this.#premises.startServer(nickname);
      const chat = {
        nickname,
        server,
        clientPort: 0,
        hosted: true,
        keepTrying: false,
      };
      outcome = await this.#tryChoice(chat);
      return outcome;
    } finally {
      this.#hostsChat = startsServer && outcome?.status === 'done';
      if (startsServer && !this.#hostsChat) await this.#premises.stopServer();
      this.hostingChanged();
    }
  }

  async #leave(): Promise<CommandResult> {
    this.#inSeat();
    await this.#vacate();
    return done;
  }

  /** Joins, and moves out again when the server refuses or stays silent: the person is at the form still. */
  async #tryChoice(choice: JoinOptions): Promise<CommandResult> {
    let session: Session | undefined;
    try {
      session = await this.#firstAnswer(choice);
    } finally {
      if (session?.phase !== 'online') await this.#moveOut({ forget: true });
    }
    if (session.phase === 'online') return done;
    if (session.phase !== 'refused') return refused('server-silent');
    const outcome = refused(session.code);
    const { suggestion, serverKey } = session;
    if (serverKey !== undefined) return { ...outcome, serverKey };
    return suggestion === null ? outcome : { ...outcome, suggestion };
  }

  async #firstAnswer(choice: JoinOptions): Promise<Session> {
    this.#firstTry = choice;
    try {
      const seat = await this.#moveIn(choice);
      if (this.#isClosing) return seat.client.session();
      const answered = this.#sessionThat(({ phase }) => phase !== 'joining' && phase !== 'none');
      begin(seat, choice);
      return await answered;
    } finally {
      this.#firstTry = undefined;
    }
  }

  async #deregister(): Promise<void> {
    const seat = this.#inSeat();
    if (seat.client.session().phase === 'none') return;
    const offline = this.#sessionThat(({ phase }) => phase === 'offline' || phase === 'refused');
    seat.command((client, now) => {
      client.deregister(now);
    });
    await offline;
  }

  /** Opens a chat, unless there is one, or one is being opened or closed. */
  async #enter<Result>(open: () => Promise<Result>): Promise<Result> {
    if (this.#seat !== undefined || this.#move !== undefined || this.#isClosing)
      throw new StartError('already-joined', errors['already-joined'].sentence);
    return this.#moving(open);
  }

  /** Goes offline and ends the chat; a first try that is under way is given up. */
  async #vacate(): Promise<void> {
    if (this.#firstTry !== undefined) {
      this.#seat?.command((client, now) => {
        client.deregister(now);
      });
    }
    while (this.#move !== undefined) await this.#move;
    if (this.#seat === undefined) return;
    await this.#moving(async () => {
      try {
        await this.#deregister();
      } finally {
        await this.#moveOut({ forget: false });
      }
    });
  }

  async #moving<Result>(run: () => Promise<Result>): Promise<Result> {
    const over = Promise.withResolvers<undefined>();
    this.#move = over.promise;
    try {
      return await run();
    } finally {
      this.#move = undefined;
      over.resolve(undefined);
    }
  }

  async #moveIn(choice: JoinOptions): Promise<RunningClient> {
    const seat = await this.#premises.startClient(choice, {
      onChange: (change) => {
        this.#handleChange(change);
      },
      onFault: (error) => {
        this.#onFault(error);
        // Faces may have been told too little; they take everything anew.
        if (this.#seat !== undefined) this.#reset();
      },
    });
    this.#seat = seat;
    this.#reset();
    return seat;
  }

  async #moveOut(options: { readonly forget: boolean }): Promise<void> {
    const seat = this.#seat;
    if (seat === undefined) return;
    this.#seat = undefined;
    try {
      await seat.close(options);
    } finally {
      if (this.#hostsChat) await this.#premises.stopServer();
      this.#hostsChat = false;
      // Tabs of a gateway that ends keep showing the chat: it is there again with the gateway.
      if (!this.#isClosing) this.#reset();
    }
  }

  // --- what happened ----------------------------------------------------------------------------------------

  #handleChange(change: ClientEvent): void {
    // What a chat still says while it closes is nobody's any more.
    if (this.#seat === undefined) return;
    if (change.type !== 'session' || this.#isShown(change.session))
      this.#log.append(bridgeEventOf(change, this.#seat.key));
    // The conversation of one key is another one's now: faces take everything anew.
    if (change.type === 'key-accepted') this.#reset();
    if (change.type === 'session') for (const waiter of [...this.#sessionWaiters]) waiter(change.session);
  }

  /** A first try that comes to nothing is told by the command's answer alone. */
  #isShown({ phase }: Session): boolean {
    return this.#firstTry === undefined || phase === 'joining' || phase === 'online';
  }

  /** Resolves with the first session, from now on or now, that `matches`. */
  #sessionThat(matches: (session: Session) => boolean): Promise<Session> {
    const current = this.#inSeat().client.session();
    if (matches(current)) return Promise.resolve(current);
    return new Promise((resolve) => {
      const waiter = (session: Session): void => {
        if (!matches(session)) return;
        this.#sessionWaiters.delete(waiter);
        resolve(session);
      };
      this.#sessionWaiters.add(waiter);
    });
  }

  #reset(): void {
    this.#log.append({ type: 'reset', snapshot: this.#takeSnapshot() });
  }

  #takeSnapshot(): Snapshot {
    const seat = this.#seat;
    return {
      session: this.#shownSession(),
      hosting: this.#premises.hosting(),
      lab: this.#premises.lab,
      people: seat?.client.people().map(personOf) ?? [],
      conversations: seat?.client.conversations().map((view) => conversationOf(view, seat.key)) ?? [],
      settings: seat?.client.preferences.settings ?? null,
      profiles: this.#premises.profiles(),
    };
  }

  #shownSession(): Session {
    const session = this.#seat?.client.session() ?? { phase: 'none' };
    const choice = this.#firstTry;
    if (choice === undefined || this.#isShown(session)) return session;
    return { phase: 'joining', nickname: choice.nickname, server: formatAddress(choice.server) };
  }

  #inSeat(): RunningClient {
    if (this.#seat === undefined) throw new StartError('not-joined', errors['not-joined'].sentence);
    return this.#seat;
  }

  #refusalOfError(error: unknown): Refused {
    if (error instanceof StartError) return refused(error.code, error.sentence);
    this.#onFault(error);
    if (!(error instanceof StoreError)) return refused('internal');
    return error.retry ? refused('storage-failed') : refused('storage-damaged', error.message);
  }
}

/** The first registration of a chat; also with a server that has a key of which the person was told. */
function begin(seat: RunningClient, { acceptServerKey }: JoinOptions): void {
  seat.command((client, now) => {
    if (acceptServerKey === undefined) client.register(now);
    else client.acceptServerKey(now, acceptServerKey);
  });
}
