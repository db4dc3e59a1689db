import { formatAddress } from '../../shared/address.ts';
import { done, refused, type CommandResult } from '../../shared/command-result.ts';
import { errors } from '../../shared/errors.ts';
import type { JoinCode } from '../../shared/ids.ts';
import type { ClientEvent, SessionView } from '../client/client-event.ts';
import { StartError } from '../runtime/start-error.ts';
import { formatHostName } from '../client/connections/session.ts';
import type { JoinOptions, RunningClient, Runtime } from './ports.ts';

/** What follows when the chat has ended. Nothing leaves `closed`: the gateway stops. */
type End = 'idle' | 'closed';

type State =
  | { readonly phase: 'idle' }
  /** A chat is being opened. `client` is null while data folder, store and socket are being opened. */
  | {
      readonly phase: 'joining';
      readonly client: RunningClient | null;
      /**
       * Set while the server's first answer is awaited. Frontends then show the form and see `joining`, whatever the
       * client's session is. Null for a chat that is opened whatever its server answers.
       */
      readonly firstAttempt: JoinOptions | null;
      readonly then: End;
      /** Resolves when this phase is over, however it ends. */
      readonly over: Promise<unknown>;
    }
  /** `hostsServer`: the server in this gateway was started for this chat, and ends with it. */
  | { readonly phase: 'joined'; readonly client: RunningClient; readonly hostsServer: boolean }
  /** The client goes offline, then closes. `client` is null as soon as it closes. */
  | {
      readonly phase: 'leaving';
      readonly client: RunningClient | null;
      readonly then: End;
      readonly over: Promise<unknown>;
    }
  | { readonly phase: 'closed' };

type StateOf<Phase extends State['phase']> = Extract<State, { phase: Phase }>;

export interface ChatLifecycleListeners {
  /** An event of the client, which frontends may see. */
  readonly onEvent: (event: ClientEvent) => void;
  /** Everything changed at once. */
  readonly onReset: () => void;
  /** The chat is joined, or is opened whatever its server answers. */
  readonly onOpened: (client: RunningClient) => void;
  /** The chat closes after this. `forGood`: the user gives the nickname up. */
  readonly onCloses: (options: { readonly forGood: boolean }) => Promise<void>;
  readonly onHostingChanged: () => void;
  readonly onFault: (error: unknown) => void;
}

/**
 * The one chat of this gateway, from joining to leaving. One transition runs at a time: another chat can be joined when
 * the previous one has ended.
 *
 *     idle -> joining -> joined -> leaving -> idle
 *                \-> idle                 \-> closed
 */
export class ChatLifecycle {
  readonly #runtime: Runtime;
  readonly #listeners: ChatLifecycleListeners;
  readonly #sessionWaiters = new Set<(session: SessionView) => void>();
  #state: State = { phase: 'idle' };
  #givesNameUp = false;
  #isNameReleased = false;

  constructor(runtime: Runtime, listeners: ChatLifecycleListeners) {
    this.#runtime = runtime;
    this.#listeners = listeners;
  }

  /** The client that answers commands, null without one. */
  get client(): RunningClient | null {
    return 'client' in this.#state ? this.#state.client : null;
  }

  /** Returns the client that answers commands. Throws StartError without one. */
  requireClient(): RunningClient {
    const { client } = this;
    if (client === null) throw new StartError('not-joined', errors['not-joined'].sentence);
    return client;
  }

  /** The session as frontends see it. */
  session(): SessionView {
    const session = this.client?.client.session() ?? { phase: 'none' };
    const attempt = this.#firstAttempt();
    if (attempt === null || isShownInFirstAttempt(session)) return session;
    const server = { address: formatAddress(attempt.server.address) };
    const joining = { phase: 'joining', nickname: attempt.nickname, server } as const;
    const { hostName } = attempt;
    return hostName === undefined ? joining : { ...joining, hostName: formatHostName(hostName) };
  }

  /** Opens a chat whatever its server answers; the session tells the rest. Throws StartError. */
  open(options: JoinOptions): Promise<CommandResult> {
    return this.#joining(null, async () => {
      const client = await this.#startClient(options);
      beginSession(client, options);
      return done;
    });
  }

  /** Joins a chat, and closes it again when its server refuses or does not answer. Throws StartError. */
  join(options: JoinOptions): Promise<CommandResult> {
    return this.#joining(options, () => this.#attempt(options));
  }

  /** The server in this gateway ends with the open chat. */
  get endsHosting(): boolean {
    return this.#state.phase === 'joined' && this.#state.hostsServer;
  }

  /**
   * Starts the server here and joins it: that of the chat with this client folder, or else the one hosted last. The server stops again
   * when that fails. Throws StartError.
   */
  host(nickname: string, folder?: string): Promise<CommandResult> {
    const startsServer = this.#runtime.hosting() === null;
    return this.#joining(
      null,
      async () => {
        let result: CommandResult | undefined;
        try {
          const server = { address: await this.#runtime.startServer(nickname, folder) };
          // The host needs no code at the own server, and knows it anyway.
          const joinCode = this.#runtime.server()?.admin.joinCode ?? undefined;
          const options = { nickname, server, joinCode, clientPort: 0, hosted: true, keepTrying: false };
          this.#change({ firstAttempt: options });
          result = await this.#attempt(options);
          if (result.status === 'done') this.#ownEveryone();
          return result;
        } finally {
          if (startsServer && result?.status !== 'done') await this.#runtime.stopServer();
          this.#listeners.onHostingChanged();
        }
      },
      startsServer,
    );
  }

  /** Goes online again, or tries the server again at once. */
  register(joinCode?: JoinCode): void {
    this.requireClient().command((client, now) => {
      client.register(now, joinCode);
    });
  }

  /** Resolves when the client is offline: the server has confirmed it or is out of reach. */
  async deregister(): Promise<void> {
    const client = this.requireClient();
    if (client.client.session().phase === 'none') return;
    const offline = this.#sessionThat(client, ({ phase }) => phase === 'offline' || phase === 'refused');
    client.command((role, now) => {
      role.deregister(now, { release: this.#givesNameUp });
    });
    await offline;
    this.#isNameReleased = client.client.isNameReleased();
  }

  /** Goes offline and closes the chat. Gives up a first attempt. Throws StartError without a chat. */
  async leave(): Promise<void> {
    this.requireClient();
    await this.#end('idle');
  }

  /** As `leave`, but for the end of the process, also in every other phase. */
  close(): Promise<void> {
    return this.#end('closed');
  }

  /** As `close`, and gives the nickname up. Returns whether the server has freed it. */
  async closeForGood(): Promise<boolean> {
    this.#givesNameUp = true;
    await this.#end('closed');
    return this.#isNameReleased;
  }

  /** The hosting user owns the room of all users, unless it has an owner. */
  #ownEveryone(): void {
    const { client } = this.#stateIn('joining');
    if (client === null) return;
    this.#runtime.server()?.command((admin, now) => {
      admin.nameFirstOwner(now, client.key);
    });
  }

  // --- transitions -----------------------------------------------------------------------------------------

  /** idle -> joining -> joined, or idle again when `join` fails or is refused. */
  async #joining(
    firstAttempt: JoinOptions | null,
    join: () => Promise<CommandResult>,
    hostsServer = false,
  ): Promise<CommandResult> {
    if (this.#state.phase !== 'idle')
      throw new StartError('already-joined', errors['already-joined'].sentence);
    const over = Promise.withResolvers<undefined>();
    this.#state = { phase: 'joining', client: null, firstAttempt, then: 'idle', over: over.promise };
    try {
      return await join();
    } finally {
      const { client, then } = this.#stateIn('joining');
      this.#state = client === null ? { phase: then } : { phase: 'joined', client, hostsServer };
      over.resolve(undefined);
      if (client !== null && then === 'idle') this.#listeners.onOpened(client);
    }
  }

  /** Goes through whatever is in progress, and leaves. */
  async #end(then: End): Promise<void> {
    const state = this.#state;
    switch (state.phase) {
      case 'closed':
        return;
      case 'idle':
        this.#state = { phase: then };
        return;
      case 'joining':
        if (then === 'closed') this.#state = { ...state, then };
        if (state.firstAttempt !== null)
          state.client?.command((role, now) => {
            role.deregister(now);
          });
        await state.over;
        return this.#end(then);
      case 'leaving':
        if (then === 'closed') this.#state = { ...state, then };
        await state.over;
        return this.#end(then);
      case 'joined':
        return this.#leaving(state, then);
      default:
        return state satisfies never;
    }
  }

  /** joined -> leaving -> idle or closed. */
  async #leaving({ client, hostsServer }: StateOf<'joined'>, then: End): Promise<void> {
    const over = Promise.withResolvers<undefined>();
    this.#state = { phase: 'leaving', client, then, over: over.promise };
    try {
      await this.#listeners.onCloses({ forGood: this.#givesNameUp }).catch(this.#listeners.onFault);
      await this.deregister();
    } finally {
      try {
        await this.#closeClient(client, { forget: false, hostsServer });
      } finally {
        this.#state = { phase: this.#stateIn('leaving').then };
        over.resolve(undefined);
      }
    }
  }

  /** Starts the client and waits for the server's first answer. Closes it again without one. */
  async #attempt(options: JoinOptions): Promise<CommandResult> {
    let session: SessionView | undefined;
    try {
      const client = await this.#startClient(options);
      session = await this.#firstAnswer(client, options);
    } catch (error) {
      // A user with an earlier chat: the folder could not be chosen, because no server told its key.
      if (error instanceof StartError && error.code === 'server-silent') return this.#silence(options);
      throw error;
    } finally {
      this.#change({ firstAttempt: null });
      const { client } = this;
      if (client !== null && session?.phase !== 'online')
        await this.#closeClient(client, { forget: true, hostsServer: false });
    }
    const result = resultOfAttempt(session);
    return result.status === 'refused' && result.code === 'server-silent' ? this.#silence(options) : result;
  }

  /** No server answered. Names the addresses behind a host's name, and the user's own address. */
  #silence({ server, hostName }: JoinOptions): CommandResult {
    if (this.#runtime.isOwnHost(server.address.host)) return refused('own-address');
    if (hostName === undefined) return refused('server-silent');
    const { name, addresses } = formatHostName(hostName);
    const sentence = `${name} does not answer at ${addresses.join(' or ')}. ${errors['server-silent'].sentence}`;
    return { ...refused('server-silent', sentence), triedAddresses: addresses };
  }

  async #firstAnswer(client: RunningClient, options: JoinOptions): Promise<SessionView> {
    if (this.#stateIn('joining').then === 'closed') return client.client.session();
    const answered = this.#sessionThat(client, ({ phase }) => phase !== 'joining' && phase !== 'none');
    beginSession(client, options);
    return answered;
  }

  async #startClient(options: JoinOptions): Promise<RunningClient> {
    const client = await this.#runtime.startClient(options, {
      onChange: (event) => {
        this.#handleEvent(event);
      },
      onFault: (error) => {
        this.#listeners.onFault(error);
        // Frontends may have heard too little. They start again from a snapshot.
        if (this.client !== null) this.#listeners.onReset();
      },
    });
    this.#change({ client });
    this.#listeners.onReset();
    return client;
  }

  async #closeClient(
    client: RunningClient,
    { forget, hostsServer }: { readonly forget: boolean; readonly hostsServer: boolean },
  ): Promise<void> {
    this.#change({ client: null });
    try {
      await client.close({ forget });
    } finally {
      if (hostsServer) await this.#runtime.stopServer();
      // Tabs of a gateway that stops keep showing the chat: it is there again with the gateway.
      if (!('then' in this.#state) || this.#state.then !== 'closed') this.#listeners.onReset();
    }
  }

  // --- the client's events -----------------------------------------------------------------------------------

  #handleEvent(event: ClientEvent): void {
    // A client that closes no longer has frontends.
    if (this.client === null) return;
    if (event.type !== 'session' || this.#isShown(event.session)) this.#listeners.onEvent(event);
    if (event.type === 'session') for (const waiter of [...this.#sessionWaiters]) waiter(event.session);
  }

  /** Tabs of a gateway that stops keep showing the chat, so that they go on with it after the next start. */
  #isShown(session: SessionView): boolean {
    if (this.#state.phase === 'leaving' && this.#state.then === 'closed') return false;
    return this.#firstAttempt() === null || isShownInFirstAttempt(session);
  }

  /** Resolves with the first session, from now on or now, that `matches`. */
  #sessionThat({ client }: RunningClient, matches: (session: SessionView) => boolean): Promise<SessionView> {
    const current = client.session();
    if (matches(current)) return Promise.resolve(current);
    return new Promise((resolve) => {
      const waiter = (session: SessionView): void => {
        if (!matches(session)) return;
        this.#sessionWaiters.delete(waiter);
        resolve(session);
      };
      this.#sessionWaiters.add(waiter);
    });
  }

  #firstAttempt(): JoinOptions | null {
    return this.#state.phase === 'joining' ? this.#state.firstAttempt : null;
  }

  /** Changes fields of the transition that runs. */
  #change(change: { client?: RunningClient | null; firstAttempt?: JoinOptions | null }): void {
    const state = this.#state;
    if (state.phase === 'joining') this.#state = { ...state, ...change };
    else if (state.phase === 'leaving') this.#state = { ...state, client: change.client ?? null };
    else throw new Error(`no transition runs: the chat is ${state.phase}`);
  }

  #stateIn<Phase extends State['phase']>(phase: Phase): StateOf<Phase> {
    const state = this.#state;
    if (!isIn(state, phase)) throw new Error(`the chat is ${state.phase}, not ${phase}`);
    return state;
  }
}

function isIn<Phase extends State['phase']>(state: State, phase: Phase): state is StateOf<Phase> {
  return state.phase === phase;
}

/** The command's answer alone tells a first attempt that fails. */
function isShownInFirstAttempt({ phase }: SessionView): boolean {
  return phase === 'joining' || phase === 'online';
}

function resultOfAttempt(session: SessionView): CommandResult {
  if (session.phase === 'online') return done;
  if (session.phase !== 'refused') return refused('server-silent');
  const { code, suggestion, foundServer } = session;
  if (foundServer !== undefined) return { ...refused(code), foundServer };
  return suggestion === null ? refused(code) : { ...refused(code), suggestion };
}

/** Registers for the first time, also with a server after the user accepted its changed key. */
function beginSession(client: RunningClient, { server, hostName, acceptServer }: JoinOptions): void {
  client.command((role, now) => {
    // The user accepted the key of the server at one address. At another address, the client must ask again.
    const addresses = [server.address, ...(hostName?.addresses ?? [])].map(formatAddress);
    const isAccepted = acceptServer !== undefined && addresses.includes(acceptServer.address);
    if (isAccepted) role.acceptServerKey(now, acceptServer.key);
    else role.register(now);
  });
}
