import {
  formatAddress,
  isLoopback,
  isSameAddress,
  parseAddress,
  type Address,
  type InterfaceAddress,
} from '../../../shared/address.ts';
import { waitMsAfter } from '../../../shared/chat/codes.ts';
import { featuresOf } from '../../../shared/chat/features.ts';
import type { GuestOf, HostStatement } from '../../../shared/chat/guest.ts';
import type { Grease } from '../../../shared/chat/grease.ts';
import type { ProtocolMessageOf } from '../../../shared/chat/kinds.ts';
import { isErrorCode } from '../../../shared/errors.ts';
import type { InstallationId, JoinCode, PeerKey } from '../../../shared/ids.ts';
import {
  namesKey,
  serverAt,
  type FingerprintOf,
  type HostName,
  type JoinAddress,
  type NamedKey,
} from '../../../shared/join-address.ts';
import type { ServerRef } from '../../../shared/join-address-text.ts';
import type { ProveJoinCode } from '../../../shared/join-code.ts';
import type { Moment } from '../../../shared/moment.ts';
import { nicknameComparisonKey, preparedNickname } from '../../../shared/nickname.ts';
import { serverSettingsOf, type ServerSettings } from '../../../shared/settings.ts';
import type { ClientStore, Identity } from '../../store/client-store.ts';
import { acceptHost } from '../../turn/guest-statement.ts';
import type { Signer, SigningKeyCheck } from '../../turn/signer.ts';
import type { EndpointEvent } from '../../transport/events.ts';
import type { Contacts } from '../contacts/contacts.ts';
import { BackOff } from '../../turn/back-off.ts';
import type { SessionView } from '../client-event.ts';
import type { ClientContext } from '../context.ts';
import { toldCandidates } from './candidates.ts';
import type { OwnMailKeys } from '../mail/own-mail-keys.ts';

/** Time for the answer to `register` or `deregister` on a live connection: a little more than 5 attempts of stop-and-wait. */
const answerTimeoutMs = 4_000;
/** A session that was online for this long was stable. */
const stableMs = 5_000;

export interface SessionOptions {
  readonly store: ClientStore;
  readonly context: ClientContext;
  readonly identity: Identity;
  readonly isSigningKeyOf: SigningKeyCheck;
  readonly signer: Pick<Signer, 'sign'>;
  /** What the host of this guest has signed for that server; left out by a user who is no guest. */
  readonly guestOf?: ((server: PeerKey) => HostStatement) | undefined;
  readonly nickname: string;
  readonly fingerprintOf: FingerprintOf;
  readonly server: JoinAddress;
  /** The name that the user typed for the server, and its addresses. All of them are dialed. */
  readonly hostName?: HostName<Address> | undefined;
  /** Whether a datagram to this address comes back to this client's own socket; default: no address. */
  readonly isOwnAddress?: (address: Address) => boolean;
  /** What the server may require of a new key. Never on disk: a key that was let in needs it no longer. */
  readonly joinCode?: JoinCode | undefined;
  readonly proveJoinCode: ProveJoinCode;
  /** Formatted addresses of this machine's interfaces with the client's port. */
  readonly candidates: () => readonly string[];
  /** This machine's interface addresses right now. */
  readonly interfaces: () => readonly InterfaceAddress[];
  readonly contacts: Pick<Contacts, 'roster'>;
  readonly installation: InstallationId;
  readonly mailKeys: Pick<OwnMailKeys, 'formerInstallations'>;
  readonly grease: Grease | null;
}

/** The state between a client and its server. Deadlines are monotonic, `...WallMs` is for the user. */
type SessionState =
  | { readonly phase: 'idle' }
  | { readonly phase: 'dialing'; readonly dial: string }
  | { readonly phase: 'registering'; readonly deadlineMs: number }
  | { readonly phase: 'online'; readonly sinceMs: number; readonly sinceWallMs: number }
  | { readonly phase: 'waiting'; readonly untilMs: number; readonly untilWallMs: number }
  | { readonly phase: 'deregistering'; readonly deadlineMs: number; readonly sinceWallMs: number }
  | { readonly phase: 'offline' }
  | {
      readonly phase: 'refused';
      readonly code: string;
      readonly suggestion: string | null;
      /** The key of another server that answered in place of the pinned one. */
      readonly found?: PeerKey;
    };

/** What a session knows beyond the store. A session that is built after a fault takes it over. */
export interface SessionMemory {
  readonly state: SessionState;
  readonly nickname: string;
  readonly dialCount: number;
  readonly wasOnline: boolean;
  readonly isUserInitiated: boolean;
  readonly unreachableSinceWallMs: number;
  readonly observedOnLoopback: boolean;
  readonly serverSeenAt: Address | undefined;
  readonly named: NamedKey | undefined;
  readonly joinCode: JoinCode | undefined;
  readonly handshakeHash: Uint8Array | undefined;
}

/** This client's registration with its server: connects, registers, reconnects after silence, says goodbye. */
export class Session {
  readonly #options: SessionOptions;
  readonly #observers: (() => void)[] = [];
  readonly #backOff = new BackOff(500, 10_000);
  #state: SessionState = { phase: 'idle' };
  #nickname: string;
  #serverKey: PeerKey | undefined;
  #serverFeatures: readonly string[] = [];
  /** The key that the join address names. The server must have it, until the user accepts another key. */
  #named: NamedKey | undefined;
  #joinCode: JoinCode | undefined;
  /** Of the newest connection to the server. */
  #handshakeHash: Uint8Array | undefined;
  #registration: number;
  #dialCount = 0;
  #wasOnline = false;
  /** The user asked to be online, and the server has not answered yet. */
  #isUserInitiated = false;
  /** 0 while the server can be reached, and before the first registration. */
  #unreachableSinceWallMs = 0;
  #isNameReleased = false;
  #observedOnLoopback = false;
  /** Where the server was last reached: it may have moved from the address that the user gave. */
  #serverSeenAt: Address | undefined;
  /** The candidates that the server knows. */
  #sentCandidates = '';

  constructor(options: SessionOptions, memory?: SessionMemory) {
    this.#options = options;
    const facts = options.store.facts.get();
    this.#nickname = options.nickname;
    this.#serverKey = facts.server?.key;
    this.#registration = facts.registration;
    this.#named = options.server.key;
    this.#joinCode = options.joinCode;
    if (memory === undefined) return;
    this.#state = memory.state;
    this.#nickname = memory.nickname;
    this.#dialCount = memory.dialCount;
    this.#wasOnline = memory.wasOnline;
    this.#isUserInitiated = memory.isUserInitiated;
    this.#unreachableSinceWallMs = memory.unreachableSinceWallMs;
    this.#observedOnLoopback = memory.observedOnLoopback;
    this.#serverSeenAt = memory.serverSeenAt;
    this.#named = memory.named;
    this.#joinCode = memory.joinCode;
    this.#handshakeHash = memory.handshakeHash;
  }

  /** Returns what the session of a rebuilt client takes over. */
  memory(): SessionMemory {
    return {
      state: this.#state,
      nickname: this.#nickname,
      dialCount: this.#dialCount,
      wasOnline: this.#wasOnline,
      isUserInitiated: this.#isUserInitiated,
      unreachableSinceWallMs: this.#unreachableSinceWallMs,
      observedOnLoopback: this.#observedOnLoopback,
      serverSeenAt: this.#serverSeenAt,
      named: this.#named,
      joinCode: this.#joinCode,
      handshakeHash: this.#handshakeHash,
    };
  }

  /** Calls `listener` whenever the route to the server may have changed. */
  observe(listener: () => void): void {
    this.#observers.push(listener);
  }

  get isOnline(): boolean {
    return this.#state.phase === 'online';
  }

  /** The user went offline, or the server refused: nothing is sent or accepted. */
  get isAway(): boolean {
    const { phase } = this.#state;
    return phase === 'offline' || phase === 'refused' || phase === 'deregistering' || phase === 'idle';
  }

  /** Whether rows of the client table may come soon. */
  get expectsRoster(): boolean {
    return this.#state.phase === 'online' || this.#state.phase === 'registering';
  }

  /** Whether the server has freed the nickname, as this client asked. */
  get isNameReleased(): boolean {
    return this.#isNameReleased;
  }

  /** Whether the server has this feature (PROTOCOL 6.63), as its latest answer to a registration says. */
  serverHas(feature: string): boolean {
    return this.#serverFeatures.includes(feature);
  }

  /** The own addresses that the server may know (PROTOCOL 6.18). */
  toldCandidates(): string[] {
    const { candidates, interfaces, server } = this.#options;
    return toldCandidates(candidates(), this.#serverSeenAt ?? server.address, interfaces());
  }

  /** The server runs on this machine. */
  get isServerOnLoopback(): boolean {
    return isLoopback((this.#serverSeenAt ?? this.#options.server.address).host);
  }

  get serverKey(): PeerKey | undefined {
    return this.#serverKey;
  }

  /** The interface on which this client reaches the server at a link-local address of IPv6. */
  get serverZone(): string | undefined {
    const { host } = this.#serverSeenAt ?? this.#options.server.address;
    return host.split('%')[1];
  }

  /** The addresses that a dial to the server tries, and its key where that is known. */
  placeOfServer(): { readonly addresses: readonly Address[]; readonly key: PeerKey | null } {
    const { server, hostName } = this.#options;
    const addresses = [server.address, ...(hostName?.addresses ?? [])];
    const seenAt = this.#serverSeenAt;
    if (seenAt !== undefined && !addresses.some((one) => isSameAddress(one, seenAt))) addresses.push(seenAt);
    const distinct = addresses.filter(
      (one, index) => addresses.findIndex((each) => isSameAddress(each, one)) === index,
    );
    return { addresses: distinct, key: this.#serverKey ?? null };
  }

  /** Whether the server sees this client on its own loopback. */
  get observedOnLoopback(): boolean {
    return this.#observedOnLoopback;
  }

  /** Wall time of the next attempt to reach the server, null when none is due. */
  get nextAttemptAtMs(): number | null {
    return this.#state.phase === 'waiting' ? this.#state.untilWallMs : null;
  }

  /** The state to show to the user. */
  view(): SessionView {
    const state = this.#state;
    const registeredAs = {
      me: this.#options.identity.key,
      nickname: this.#nickname,
      server: this.#serverView(),
    };
    switch (state.phase) {
      case 'idle':
        return { phase: 'none' };
      // Offline is shown when the server has confirmed it, or cannot be reached.
      case 'deregistering':
      case 'online':
        return { ...registeredAs, phase: 'online', sinceMs: state.sinceWallMs };
      case 'dialing':
      case 'registering':
      case 'waiting':
        if (this.#unreachableSinceWallMs === 0) return this.#joiningView();
        return {
          ...registeredAs,
          phase: 'unreachable',
          sinceMs: this.#unreachableSinceWallMs,
          nextAttemptAtMs: state.phase === 'waiting' ? state.untilWallMs : null,
        };
      case 'offline':
        return { ...registeredAs, phase: 'offline' };
      case 'refused': {
        const { code, suggestion, found } = state;
        return {
          ...registeredAs,
          phase: 'refused',
          code: isErrorCode(code) ? code : 'refused',
          suggestion,
          ...(found === undefined ? {} : { foundServer: { address: this.#serverText, key: found } }),
        };
      }
      default:
        return state satisfies never;
    }
  }

  #joiningView(): SessionView {
    const { hostName } = this.#options;
    const joining = { phase: 'joining', nickname: this.#nickname, server: this.#serverView() } as const;
    return hostName === undefined ? joining : { ...joining, hostName: formatHostName(hostName) };
  }

  /** Registers, or tries again at once. `joinCode`: in place of an earlier one. */
  register(now: Moment, joinCode?: JoinCode): void {
    if (joinCode !== undefined) this.#joinCode = joinCode;
    if (
      this.#state.phase === 'online' ||
      this.#state.phase === 'dialing' ||
      this.#state.phase === 'registering'
    )
      return;
    this.#isUserInitiated = true;
    this.#backOff.reset();
    this.#dial(now);
  }

  /**
   * Starts again after a fault, which undid what this session had sent. A client that was online or connecting registers
   * again after `waitMs`. Any other client stays as it was.
   */
  resume(now: Moment, waitMs: number): void {
    switch (this.#state.phase) {
      case 'idle':
      case 'offline':
      case 'refused':
        return;
      case 'deregistering':
        // The server takes the end of the connection as a goodbye, too.
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

  /** Accepts this key for the server of this chat (docs/decisions/0010-keys.md). Dials the server at once. */
  acceptServerKey(now: Moment, key: PeerKey): void {
    // No server can have the client's own key.
    if (key === this.#options.identity.key) return this.register(now);
    this.#named = undefined;
    if (key !== this.#serverKey) {
      this.closeConnection();
      this.#serverKey = key;
      this.#serverSeenAt = undefined;
      this.#options.store.facts.set({ server: { address: this.#serverText, key } });
      if (!this.isAway) this.#set({ phase: 'idle' });
    }
    this.register(now);
  }

  /** Sends the settings that the server knows. A client that is not registered sends them with the next registration. */
  tellSettings(): void {
    const isServed = this.#state.phase === 'online' || this.#state.phase === 'registering';
    if (!isServed || this.#serverKey === undefined) return;
    const message = { kind: 'settings', settings: this.#serverSettings() } as const;
    this.#options.context.send(this.#serverKey, message, 'settings');
  }

  /** `release`: the user gives the nickname up for good (PROTOCOL 6.109). */
  deregister(now: Moment, { release }: { readonly release: boolean } = { release: false }): void {
    if (this.#state.phase === 'online' && this.#serverKey !== undefined) {
      const { sinceWallMs } = this.#state;
      const registration = this.#registration;
      this.#options.context.send(
        this.#serverKey,
        { kind: 'deregister', registration, ...(release ? { release } : {}) },
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

  /** Handles events of connections to the server and of dials to it. Returns whether this event was one. */
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
        else if (event.cause === 'wrong-key') this.#handleWrongKey(event.found);
        else if (event.cause === 'reflected') this.#handleReflection(now);
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

  handleRegistered(now: Moment, message: ProtocolMessageOf<'registered'>): boolean {
    if (message.registration !== this.#registration || this.#state.phase !== 'registering') return false;
    // PROTOCOL 6.55.
    if (this.#serverKey === undefined || !this.#options.isSigningKeyOf(this.#serverKey, message.signingKey)) {
      this.closeConnection();
      this.#isUserInitiated = false;
      this.#become({ phase: 'refused', code: 'signing-key-invalid', suggestion: null });
      return false;
    }
    const observed = parseAddress(message.observed);
    this.#observedOnLoopback = observed !== undefined && isLoopback(observed.host);
    // PROTOCOL 6.43: the server may write the nickname in another way, but does not give another one.
    const given = preparedNickname(message.nickname);
    if (given !== null && nicknameComparisonKey(given) === nicknameComparisonKey(this.#nickname))
      this.#nickname = given;
    this.#wasOnline = true;
    this.#isUserInitiated = false;
    this.#unreachableSinceWallMs = 0;
    this.#serverFeatures = message.features;
    this.#options.store.facts.set({
      nickname: this.#nickname,
      server: { address: this.#serverText, key: this.#serverKey },
      serverEpoch: message.epoch,
    });
    this.#become({ phase: 'online', sinceMs: now.monotonicMs, sinceWallMs: now.wallMs });
    this.#tellNewCandidates();
    return true;
  }

  handleNotRegistered(now: Moment, message: ProtocolMessageOf<'register-rejected'>): void {
    // Also while online: the operator may release a nickname at any time.
    const { phase } = this.#state;
    if (message.registration !== this.#registration || (phase !== 'registering' && phase !== 'online'))
      return;
    this.closeConnection();
    // PROTOCOL 6.17: with an advice it passes by itself, whatever the code says.
    const waitMs = waitMsAfter(message);
    if (waitMs !== undefined) return this.#waitFor(now, Math.max(waitMs, this.#backOff.next()));
    this.#isUserInitiated = false;
    const suggestion = preparedNickname(message.suggestion ?? '');
    this.#become({ phase: 'refused', code: message.code, suggestion });
  }

  handleDeregistered(message: ProtocolMessageOf<'deregistered'>): void {
    if (message.registration !== this.#registration || this.#state.phase !== 'deregistering') return;
    this.#isNameReleased = message.released === true;
    this.#goOffline();
  }

  /** The server has forgotten this registration, for example by a restart under the same connection. */
  handleNotKnown(now: Moment): void {
    if (this.#state.phase === 'online') this.#sendRegister(now);
  }

  /** This machine has other addresses, or slept: tells the server, or dials it at once. */
  handleNetworkChange(now: Moment): void {
    this.#backOff.reset();
    // On another network, another server may have the same address, or the right one may have it again.
    if (this.#state.phase === 'waiting' || this.#isAtWrongServer) this.#dial(now);
    else if (this.#state.phase === 'online') this.#tellNewCandidates();
  }

  handleTimeout(now: Moment): void {
    const state = this.#state;
    if (state.phase === 'waiting' && now.monotonicMs >= state.untilMs) this.#dial(now);
    else if (state.phase === 'registering' && now.monotonicMs >= state.deadlineMs) {
      this.closeConnection();
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

  /** Another server answered at the server's address. The right one may still be where it was last seen. */
  get #isAtWrongServer(): boolean {
    if (this.#state.phase !== 'refused') return false;
    return wrongServerCodes.has(this.#state.code);
  }

  /** The address of the server. Of the addresses of a host's name, it is the one that answered. */
  get #serverAddress(): Address {
    const { server, hostName } = this.#options;
    const seenAt = this.#serverSeenAt;
    const answered = hostName?.addresses.find((one) => seenAt !== undefined && isSameAddress(one, seenAt));
    return answered ?? server.address;
  }

  get #serverText(): string {
    return formatAddress(this.#serverAddress);
  }

  #serverView(): ServerRef {
    if (this.#serverKey === undefined) return { address: this.#serverText };
    const fingerprint = this.#options.fingerprintOf(this.#serverKey);
    return serverAt(this.#serverText, { type: 'fingerprint', fingerprint });
  }

  /** Whether the server may have this key by the join address. Without a key in the address, any key may answer. */
  #isNamed(key: PeerKey): boolean {
    return this.#named === undefined || namesKey(this.#named, key, this.#options.fingerprintOf);
  }

  /** Another key than the pinned one answers. The user may accept it, unless it contradicts the join address (PROTOCOL 6.57). */
  #handleWrongKey(found: PeerKey): void {
    // The own key is never one that the server can have.
    if (found === this.#options.identity.key) return this.#refuseReflection();
    // A whole key in the join address is pinned before the first connection, so it does not tell that the server is known.
    const isKnown = this.#options.store.facts.get().serverEpoch !== undefined;
    const knownAsNamed = isKnown && this.#serverKey !== undefined && this.#isNamed(this.#serverKey);
    if (knownAsNamed || this.#isNamed(found))
      this.#become({ phase: 'refused', code: keyChanged, suggestion: null, found });
    else this.#become({ phase: 'refused', code: keyMismatch, suggestion: null });
  }

  /** The address sends back what it gets: the own socket has it, or an echo service. */
  #handleReflection(now: Moment): void {
    // A network in between may do so for a moment. That must not end a chat which has worked.
    if (this.#wasOnline) this.#wait(now);
    else this.#refuseReflection();
  }

  #refuseReflection(): void {
    const { isOwnAddress, server } = this.#options;
    this.#isUserInitiated = false;
    const code = isOwnAddress?.(server.address) === true ? ownAddress : addressEcho;
    this.#become({ phase: 'refused', code, suggestion: null });
  }

  #isMyDial(dial: string | null): boolean {
    return this.#state.phase === 'dialing' && dial === this.#state.dial;
  }

  #dial(now: Moment): void {
    this.#dialCount++;
    const dial = `${dialPrefix}${this.#dialCount}`;
    if (this.#wasOnline && this.#unreachableSinceWallMs === 0) this.#unreachableSinceWallMs = now.wallMs;
    const { context, server, hostName } = this.#options;
    const candidates = [server.address, ...(hostName?.addresses ?? [])];
    // The server key is pinned on first use. With `expected` set, another server never learns our identity.
    const expected = this.#serverKey ?? null;
    // Another server at this address cannot answer a handshake for the pinned key, so a silent one is asked for its key.
    context.transport({ type: 'dial', dial, candidates, expected, probeOtherKey: true });
    const seenAt = this.#serverSeenAt;
    if (expected !== null && seenAt !== undefined && !candidates.some((one) => isSameAddress(one, seenAt))) {
      // Only the same server may answer there. If this dial fails, the other dial decides what to do.
      context.transport({ type: 'dial', dial: `${dial}, moved`, candidates: [seenAt], expected });
    }
    this.#become({ phase: 'dialing', dial });
  }

  #tellNewCandidates(): void {
    const candidates = this.toldCandidates();
    if (this.#serverKey === undefined || candidates.join() === this.#sentCandidates) return;
    this.#sentCandidates = candidates.join();
    this.#options.context.send(this.#serverKey, { kind: 'candidates', candidates }, 'candidates');
  }

  #connected(now: Moment, event: Extract<EndpointEvent, { type: 'connected' }>): void {
    const { peer, address, dial, handshakeHash } = event;
    const { phase } = this.#state;
    const isServed = phase === 'online' || phase === 'registering';
    // An earlier dial has reached the connection that is in use already.
    if (isServed && dial !== null && peer === this.#serverKey) return;
    const isFoundElsewhere = this.#isAtWrongServer && peer === this.#serverKey;
    if ((this.isAway && !isFoundElsewhere) || (isServed && peer !== this.#serverKey)) {
      this.#options.context.transport({ type: 'close', peer, reason: 'goodbye' });
      return;
    }
    // PROTOCOL 6.57: the handshake has proved the key, and `register` would show the user's nickname.
    if (!this.#isNamed(peer)) {
      this.#options.context.transport({ type: 'close', peer, reason: 'goodbye' });
      return this.#become({ phase: 'refused', code: keyMismatch, suggestion: null });
    }
    this.#serverKey = peer;
    this.#serverSeenAt = address;
    this.#handshakeHash = handshakeHash;
    this.#sendRegister(now);
  }

  #sendRegister(now: Moment): void {
    if (this.#serverKey === undefined) return;
    if (this.#wasOnline && this.#unreachableSinceWallMs === 0) this.#unreachableSinceWallMs = now.wallMs;
    this.#registration++;
    this.#options.store.facts.set({ registration: this.#registration });
    const candidates = this.toldCandidates();
    this.#sentCandidates = candidates.join();
    this.#options.context.send(
      this.#serverKey,
      {
        kind: 'register',
        registration: this.#registration,
        signingKey: this.#options.identity.signingKey,
        nickname: this.#nickname,
        installation: this.#options.installation,
        formerInstallations: this.#options.mailKeys.formerInstallations(),
        userInitiated: this.#isUserInitiated,
        candidates,
        roster: this.#options.contacts.roster,
        settings: this.#serverSettings(),
        features: featuresOf('client', this.#options.grease),
        ...this.#joinProof(),
        ...this.#guestOf(this.#serverKey),
      },
      'register',
    );
    this.#become({ phase: 'registering', deadlineMs: now.monotonicMs + answerTimeoutMs });
  }

  /** PROTOCOL 6.85. */
  #joinProof(): { joinProof?: Uint8Array } {
    const [code, hash] = [this.#joinCode, this.#handshakeHash];
    if (code === undefined || hash === undefined) return {};
    return { joinProof: this.#options.proveJoinCode(code, hash) };
  }

  /** PROTOCOL 6.114. */
  #guestOf(server: PeerKey): { guestOf?: GuestOf } {
    const { guestOf, identity, signer } = this.#options;
    return guestOf === undefined
      ? {}
      : { guestOf: acceptHost(guestOf(server), identity.key, server, signer) };
  }

  #serverSettings(): ServerSettings {
    return serverSettingsOf(this.#options.store.facts.get().settings);
  }

  #lost(now: Moment): void {
    const state = this.#state;
    if (state.phase === 'deregistering') this.#become({ phase: 'offline' });
    else if (state.phase === 'registering') this.#wait(now);
    else if (state.phase === 'online') {
      const wasStable = now.monotonicMs - state.sinceMs >= stableMs;
      if (wasStable) this.#backOff.reset();
      // The first attempt leaves at once, since a restarted server is back by then. A server that closes all connections
      // again and again must not be flooded.
      if (wasStable) this.#dial(now);
      else this.#wait(now);
    }
  }

  #goOffline(): void {
    this.closeConnection();
    this.#become({ phase: 'offline' });
  }

  closeConnection(): void {
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
    this.#set(state);
    const view = this.view();
    if (JSON.stringify(view) !== before) this.#options.context.emit({ type: 'session', session: view });
  }

  #set(state: SessionState): void {
    this.#state = state;
    for (const observer of this.#observers) observer();
  }
}

const dialPrefix = 'server:';
const keyChanged = 'server-key-changed';
const keyMismatch = 'server-key-mismatch';
const ownAddress = 'own-address';
const addressEcho = 'address-echo';
/** On another network, the right server may answer at the same address. */
const wrongServerCodes: ReadonlySet<string> = new Set([keyChanged, keyMismatch, ownAddress, addressEcho]);

/** Writes the addresses of a host's name as texts. */
export function formatHostName({ name, addresses }: HostName<Address>): HostName {
  return { name, addresses: addresses.map(formatAddress) };
}

function isDialOfSession(dial: string | null): boolean {
  return dial?.startsWith(dialPrefix) === true;
}
