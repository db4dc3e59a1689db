import { isLoopback, isSameAddress, parseAddress, type Address } from '../../shared/address.ts';
import type { ProtocolMessageOf } from '../../shared/chat/kinds.ts';
import type { PeerKey, InstanceId } from '../../shared/ids.ts';
import type { Moment } from '../../shared/moment.ts';
import { nicknameComparisonKey } from '../../shared/nickname.ts';
import type { ClientStore, Identity } from '../store/client-store.ts';
import type { SigningKeyCheck } from '../turn/signer.ts';
import type { EndpointEvent } from '../transport/events.ts';
import { BackOff } from '../turn/back-off.ts';
import type { SessionView } from './client-event.ts';
import type { ClientContext } from './context.ts';
import { sessionView, type SessionState } from './session-state.ts';

/** Time for the answer to `register` or `deregister` once the connection stands: the classic 5 tries and some. */
const answerTimeoutMs = 4_000;
/** Online for so long, the session counts as good, and an end of it as news. */
const stableMs = 5_000;

export interface SessionOptions {
  readonly store: ClientStore;
  readonly context: ClientContext;
  readonly identity: Identity;
  readonly isSigningKeyOf: SigningKeyCheck;
  readonly run: InstanceId;
  readonly nickname: string;
  readonly server: Address;
  readonly serverText: string;
  /** Formatted addresses of this machine's interfaces with the client's port. */
  readonly candidates: () => readonly string[];
  /** How much of the client table is here. */
  readonly roster: () => ProtocolMessageOf<'register'>['roster'];
}

/** How this client stands to its server: connect, register, come back after silence, say goodbye. */
export class Session {
  readonly #options: SessionOptions;
  readonly #backOff = new BackOff(500, 10_000);
  #state: SessionState = { phase: 'idle' };
  #nickname: string;
  #serverKey: PeerKey | undefined;
  #registration: number;
  #dials = 0;
  #everOnline = false;
  /** The person asked to be online here, and has not been answered yet. */
  #isAsked = false;
  #unreachableSinceWallMs = 0;
  #observedOnLoopback = false;
  /** Where the server was met last: it may have moved from where the person said that it is. */
  #serverSeenAt: Address | undefined;
  #candidatesSaid = '';

  constructor(options: SessionOptions) {
    this.#options = options;
    const facts = options.store.facts.get();
    this.#nickname = options.nickname;
    this.#serverKey = facts.serverKey;
    this.#registration = facts.registration;
  }

  get isOnline(): boolean {
    return this.#state.phase === 'online';
  }

  /** The person went offline on purpose, or the server refused: nothing is sent or taken. */
  get isAway(): boolean {
    const { phase } = this.#state;
    return phase === 'offline' || phase === 'refused' || phase === 'deregistering' || phase === 'idle';
  }

  get serverKey(): PeerKey | undefined {
    return this.#serverKey;
  }

  /** Whether the server sees this client on its own loopback. */
  get observedOnLoopback(): boolean {
    return this.#observedOnLoopback;
  }

  /** Wall time of the next try to reach the server, null when none is due. */
  get nextTryAtMs(): number | null {
    return this.#state.phase === 'waiting' ? this.#state.untilWallMs : null;
  }

  view(): SessionView {
    return sessionView(this.#state, {
      nickname: this.#nickname,
      me: this.#options.identity.key,
      server: this.#options.serverText,
      unreachableSinceWallMs: this.#unreachableSinceWallMs,
    });
  }

  /** Registers, or tries again at once. */
  register(now: Moment): void {
    if (
      this.#state.phase === 'online' ||
      this.#state.phase === 'dialing' ||
      this.#state.phase === 'registering'
    )
      return;
    this.#isAsked = true;
    this.#backOff.reset();
    this.#dial(now);
  }

  /**
   * A turn was undone (a disk that refuses, say), and with it what it wanted to say to the server: whoever was online
   * registers again after `waitMs`, whoever was not stays so.
   */
  reload(now: Moment, waitMs: number): void {
    this.#closeConnection();
    switch (this.#state.phase) {
      case 'idle':
      case 'offline':
      case 'refused':
        return;
      case 'deregistering':
        // The server understands the end of the connection as a goodbye, too.
        return this.#become({ phase: 'offline' });
      case 'dialing':
      case 'registering':
      case 'online':
      case 'waiting':
        return this.#waitFor(now, waitMs);
      default:
        return this.#state satisfies never;
    }
  }

  /** The server of this chat has this key from now on (docs/decisions/0010-keys.md); it is tried at once. */
  acceptServerKey(now: Moment, key: PeerKey): void {
    if (key !== this.#serverKey) {
      this.#closeConnection();
      this.#serverKey = key;
      this.#serverSeenAt = undefined;
      this.#options.store.facts.set({ serverKey: key });
      if (!this.isAway) this.#state = { phase: 'idle' };
    }
    this.register(now);
  }

  /** Who is not registered says it with the next registration. */
  tellLastSeen(shows: boolean): void {
    const isServed = this.#state.phase === 'online' || this.#state.phase === 'registering';
    if (isServed && this.#serverKey !== undefined)
      this.#options.context.send(this.#serverKey, 'control', { kind: 'last-seen', shows }, 'last-seen');
  }

  deregister(now: Moment): void {
    if (this.#state.phase === 'online' && this.#serverKey !== undefined) {
      const { sinceWallMs } = this.#state;
      this.#options.context.send(
        this.#serverKey,
        'control',
        { kind: 'deregister', registration: this.#registration },
        'deregister',
      );
      this.#become({
        phase: 'deregistering',
        deadlineMs: now.monotonicMs + answerTimeoutMs,
        sinceWallMs,
      });
    } else if (!this.isAway) {
      this.#goOffline();
    }
  }

  /** Events of connections to the server, or of dials to it; others are not for the session. True if it was. */
  handleEvent(now: Moment, event: EndpointEvent): boolean {
    switch (event.type) {
      case 'connected':
        if (event.peer !== this.#serverKey && !isDialOfSession(event.dial)) return false;
        this.#connected(now, event);
        return true;
      case 'moved':
        if (event.peer !== this.#serverKey) return false;
        this.#serverSeenAt = event.address;
        return true;
      case 'dial-failed':
        if (!this.#isMyDial(event.dial)) return isDialOfSession(event.dial);
        if (event.cause === 'version')
          this.#become({ phase: 'refused', code: 'version-mismatch', suggestion: null });
        else if (event.cause === 'wrong-key')
          this.#become({ phase: 'refused', code: keyChanged, suggestion: null, found: event.found });
        else this.#wait(now);
        return true;
      case 'disconnected':
        if (event.peer !== this.#serverKey) return false;
        this.#lost(now);
        return true;
      default:
        return false;
    }
  }

  handleRegistered(now: Moment, said: ProtocolMessageOf<'registered'>): boolean {
    if (said.registration !== this.#registration || this.#state.phase !== 'registering') return false;
    // PROTOCOL 6.55.
    if (this.#serverKey === undefined || !this.#options.isSigningKeyOf(this.#serverKey, said.signingKey)) {
      this.#closeConnection();
      this.#isAsked = false;
      this.#become({ phase: 'refused', code: 'signing-key-invalid', suggestion: null });
      return false;
    }
    const observed = parseAddress(said.observed);
    this.#observedOnLoopback = observed !== undefined && isLoopback(observed.host);
    // PROTOCOL 6.43: it may write the name as it is kept, and gives no other one.
    if (nicknameComparisonKey(said.nickname) === nicknameComparisonKey(this.#nickname))
      this.#nickname = said.nickname;
    this.#everOnline = true;
    this.#isAsked = false;
    this.#unreachableSinceWallMs = 0;
    this.#options.store.facts.set({
      nickname: this.#nickname,
      server: this.#options.serverText,
      serverEpoch: said.epoch,
      serverKey: this.#serverKey,
    });
    this.#become({ phase: 'online', sinceMs: now.monotonicMs, sinceWallMs: now.wallMs });
    this.#tellNewCandidates();
    return true;
  }

  handleNotRegistered(now: Moment, said: ProtocolMessageOf<'register-rejected'>): void {
    // Online as well: the operator may release a name at any time.
    const { phase } = this.#state;
    if (said.registration !== this.#registration || (phase !== 'registering' && phase !== 'online')) return;
    this.#closeConnection();
    // PROTOCOL 6.9: others came first. It is nothing that the person could do anything about.
    if (said.code === 'too-often') return this.#wait(now);
    this.#isAsked = false;
    this.#become({ phase: 'refused', code: said.code, suggestion: said.suggestion });
  }

  handleDeregistered(said: ProtocolMessageOf<'deregistered'>): void {
    if (said.registration === this.#registration && this.#state.phase === 'deregistering') this.#goOffline();
  }

  /** The server has forgotten this registration (it was restarted under the same connection, say). */
  handleNotKnown(now: Moment): void {
    if (this.#state.phase === 'online') this.#sendRegister(now);
  }

  /** This machine has other addresses, or was asleep: the server is told, or tried at once. */
  handleNetworkChange(now: Moment): void {
    this.#backOff.reset();
    // On another network, another server may be at the same address; the right one may be there again.
    if (this.#state.phase === 'waiting' || this.#isAtWrongServer) this.#dial(now);
    else if (this.#state.phase === 'online') this.#tellNewCandidates();
  }

  handleTimeout(now: Moment): void {
    const state = this.#state;
    if (state.phase === 'waiting' && now.monotonicMs >= state.untilMs) this.#dial(now);
    else if (state.phase === 'registering' && now.monotonicMs >= state.deadlineMs) {
      this.#closeConnection();
      this.#wait(now);
    } else if (state.phase === 'deregistering' && now.monotonicMs >= state.deadlineMs) this.#goOffline();
  }

  pollTimeout(): number | undefined {
    switch (this.#state.phase) {
      case 'waiting':
        return this.#state.untilMs;
      case 'registering':
      case 'deregistering':
        return this.#state.deadlineMs;
      default:
        return undefined;
    }
  }

  /** Where the server was, another one answered; the right one may still be met where it was seen last. */
  get #isAtWrongServer(): boolean {
    return this.#state.phase === 'refused' && this.#state.code === keyChanged;
  }

  #isMyDial(dial: string | null): boolean {
    return this.#state.phase === 'dialing' && dial === this.#state.dial;
  }

  #dial(now: Moment): void {
    this.#dials++;
    const dial = `${dialPrefix}${this.#dials}`;
    if (this.#everOnline && this.#unreachableSinceWallMs === 0) this.#unreachableSinceWallMs = now.wallMs;
    const { context, server } = this.#options;
    // What was the server's key at first sight stays it: whoever else answers does not even learn who asks.
    context.transport({ type: 'dial', dial, candidates: [server], expected: this.#serverKey ?? null });
    const seenAt = this.#serverSeenAt;
    if (this.#serverKey !== undefined && seenAt !== undefined && !isSameAddress(seenAt, server)) {
      // Whoever else is there now is none of mine. When this dial fails, the other one says what to do.
      const expected = this.#serverKey;
      context.transport({ type: 'dial', dial: `${dial}, moved`, candidates: [seenAt], expected });
    }
    this.#become({ phase: 'dialing', dial });
  }

  #tellNewCandidates(): void {
    const candidates = [...this.#options.candidates()];
    if (this.#serverKey === undefined || candidates.join() === this.#candidatesSaid) return;
    this.#candidatesSaid = candidates.join();
    this.#options.context.send(this.#serverKey, 'control', { kind: 'candidates', candidates }, 'candidates');
  }

  #connected(now: Moment, { peer, address, dial }: Extract<EndpointEvent, { type: 'connected' }>): void {
    const { phase } = this.#state;
    const isServed = phase === 'online' || phase === 'registering';
    // An earlier dial of mine has come to the connection that stands already, where everything is said.
    if (isServed && dial !== null && peer === this.#serverKey) return;
    const isFoundElsewhere = this.#isAtWrongServer && peer === this.#serverKey;
    if ((this.isAway && !isFoundElsewhere) || (isServed && peer !== this.#serverKey)) {
      this.#options.context.transport({ type: 'close', peer, reason: 'goodbye' });
      return;
    }
    this.#serverKey = peer;
    this.#serverSeenAt = address;
    this.#sendRegister(now);
  }

  #sendRegister(now: Moment): void {
    if (this.#serverKey === undefined) return;
    if (this.#everOnline && this.#unreachableSinceWallMs === 0) this.#unreachableSinceWallMs = now.wallMs;
    this.#registration++;
    this.#options.store.facts.set({ registration: this.#registration });
    const candidates = [...this.#options.candidates()];
    this.#candidatesSaid = candidates.join();
    this.#options.context.send(
      this.#serverKey,
      'control',
      {
        kind: 'register',
        registration: this.#registration,
        signingKey: this.#options.identity.signingKey,
        nickname: this.#nickname,
        instanceId: this.#options.run,
        userInitiated: this.#isAsked,
        candidates,
        roster: this.#options.roster(),
        showsLastSeen: this.#options.store.facts.get().showsLastSeen,
      },
      'register',
    );
    this.#become({ phase: 'registering', deadlineMs: now.monotonicMs + answerTimeoutMs });
  }

  #lost(now: Moment): void {
    const state = this.#state;
    if (state.phase === 'deregistering') this.#become({ phase: 'offline' });
    else if (state.phase === 'registering') this.#wait(now);
    else if (state.phase === 'online') {
      const wasStable = now.monotonicMs - state.sinceMs >= stableMs;
      if (wasStable) this.#backOff.reset();
      // The first new try leaves at once, since a server that was restarted is back by then; but a server that lets
      // everybody go again and again must not be hammered.
      if (wasStable) this.#dial(now);
      else this.#wait(now);
    }
  }

  #goOffline(): void {
    this.#closeConnection();
    this.#become({ phase: 'offline' });
  }

  #closeConnection(): void {
    if (this.#serverKey !== undefined)
      this.#options.context.transport({ type: 'close', peer: this.#serverKey, reason: 'goodbye' });
  }

  #wait(now: Moment): void {
    this.#waitFor(now, this.#backOff.next());
  }

  #waitFor(now: Moment, waitMs: number): void {
    if (this.#unreachableSinceWallMs === 0) this.#unreachableSinceWallMs = now.wallMs;
    this.#become({ phase: 'waiting', untilMs: now.monotonicMs + waitMs, untilWallMs: now.wallMs + waitMs });
  }

  #become(state: SessionState): void {
    const before = JSON.stringify(this.view());
    this.#state = state;
    const view = this.view();
    if (JSON.stringify(view) !== before) this.#options.context.emit({ type: 'session', session: view });
  }
}

const dialPrefix = 'server:';
const keyChanged = 'server-key-changed';

function isDialOfSession(dial: string | null): boolean {
  return dial?.startsWith(dialPrefix) === true;
}
