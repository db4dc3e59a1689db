import { formatAddress, parseAddress, type Address } from '../../shared/address.ts';
import { decodeMessage, encodeMessage } from '../../shared/chat/codec.ts';
import type { ProtocolMessage, ProtocolMessageOf } from '../../shared/chat/kinds.ts';
import type { PeerKey, ServerEpoch, SigningKey } from '../../shared/ids.ts';
import type { Moment } from '../../shared/moment.ts';
import type { Role } from '../turn/role.ts';
import type { SigningKeyCheck } from '../turn/signer.ts';
import type { ServerStore } from '../store/server-store.ts';
import type { EndpointAction, EndpointEvent } from '../transport/events.ts';
import type { ServerChange } from '../../shared/bridge/server-change.ts';
import { AskedToKeep } from './asked-to-keep.ts';
import type { ServerContext } from './context.ts';
import { FaultPause } from './fault-pause.ts';
import { MailboxService } from './mailbox-service.ts';
import { ServerAdminService } from './server-admin.ts';
import { Registry, type Presence, type Registrant } from './registry.ts';
import { StartupReconnector } from './startup-reconnector.ts';
import { isRosterToken, RosterPublisher } from './roster-publisher.ts';
import { candidatesOf, AddressLookupHandler } from './address-lookup-handler.ts';

export interface ServerOptions {
  readonly store: ServerStore;
  readonly epoch: ServerEpoch;
  /** The server's own. */
  readonly signingKey: SigningKey;
  readonly isSigningKeyOf: SigningKeyCheck;
}

/** The server role: registration, the client table for everybody, mailboxes (DESIGN section 4). */
export class Server implements Role<ServerChange> {
  readonly #options: ServerOptions;
  readonly #actions: EndpointAction[] = [];
  readonly #changes: ServerChange[] = [];
  /** Where each connected peer is seen. */
  readonly #addresses = new Map<PeerKey, Address>();
  /** Who has registered on the connection that lives now. */
  readonly #registered = new Set<PeerKey>();
  /** Keys whose connection is with a gateway that must give way to the one whose registration stands. */
  readonly #displaced = new Set<PeerKey>();
  readonly admin: ServerAdminService;
  readonly #askedToKeep = new AskedToKeep();
  readonly #roster: RosterPublisher;
  readonly #whereabouts = new AddressLookupHandler();
  readonly #reunion = new StartupReconnector();
  readonly #faultPause = new FaultPause();
  #registry: Registry;
  #mailroom: MailboxService;
  #isStopping = false;

  constructor(options: ServerOptions) {
    this.#options = options;
    this.#roster = new RosterPublisher({
      epoch: options.epoch,
      table: () => this.#registry,
      send: (to, bytes, token) => {
        this.#act({ type: 'send', peer: to, channel: 'control', bytes, token });
      },
    });
    ({ registry: this.#registry, mailroom: this.#mailroom } = this.#build());
    this.admin = new ServerAdminService({
      store: options.store,
      registry: () => this.#registry,
      evict: (now, owner) => this.#dismiss(now, owner),
    });
  }

  /**
   * Meets those again who were online when an earlier process of this server ended; they register anew at once. Only
   * where it saw them itself: their own words must not make it send to others.
   */
  start(now: Moment): void {
    const meetings = [];
    for (const { key, candidates, presence } of this.#registry.everybody()) {
      if (presence.state !== 'expected') continue;
      const seenAt = parseAddress(candidates[0] ?? '');
      if (seenAt === undefined) this.#registry.markOffline(key, now.wallMs);
      else meetings.push({ peer: key, seenAt });
    }
    this.#reunion.begin(now.monotonicMs, meetings);
    this.#meetAgain(now.monotonicMs);
  }

  /** Tells everybody connected that the server goes. Who comes until it is gone is told the same. */
  stop(): void {
    this.#isStopping = true;
    for (const peer of this.#addresses.keys()) this.#act({ type: 'close', peer, reason: 'goodbye' });
  }

  handleEvent(now: Moment, event: EndpointEvent): void {
    const nowMs = now.monotonicMs;
    switch (event.type) {
      case 'connected':
        if (this.#isStopping) return this.#act({ type: 'close', peer: event.peer, reason: 'goodbye' });
        this.#addresses.set(event.peer, event.address);
        // A newer connection took an older one's place: nothing that was on its way over that one counts, and whose it
        // is has to be shown anew.
        this.#registered.delete(event.peer);
        this.#displaced.delete(event.peer);
        this.#roster.removeReader(event.peer);
        this.#mailroom.departed(event.peer);
        return;
      case 'moved':
        return this.#moved(nowMs, event.peer, event.address);
      case 'disconnected':
        return this.#disconnected(now, event);
      case 'received':
        return this.#handleBytes(now, event.peer, event.bytes);
      case 'acknowledged':
        if (event.token === displacedToken) this.#sendAway(now, event.peer);
        else if (isRosterToken(event.token)) this.#roster.settled(nowMs, event.peer, event.token);
        else this.#mailroom.handedOver(nowMs, event.peer, event.token);
        return;
      case 'undelivered':
        return this.#handleUndelivered(now, event);
      case 'other-version':
        return this.#tell({ type: 'other-version', from: formatAddress(event.from), version: event.version });
      case 'dial-failed':
        return this.#notMet(now, event.dial);
      case 'attempt':
      case 'received-unreliable':
      case 'writable':
        return;
      default:
        return event satisfies never;
    }
  }

  handleTimeout(now: Moment): void {
    this.#meetAgain(now.monotonicMs);
    if (this.#reunion.isOver(now.monotonicMs)) {
      for (const { key, presence } of this.#registry.everybody())
        if (presence.state === 'expected') this.#depart(now, key, 'unreachable');
    }
    this.#roster.publish(now.monotonicMs);
    this.#mailroom.handleTimeout(now.monotonicMs);
  }

  pollTimeout(): number | undefined {
    const deadlines = [this.#roster.dueMs, this.#mailroom.pollTimeout(), this.#reunion.dueMs].filter(
      (due) => due !== undefined,
    );
    return deadlines.length === 0 ? undefined : Math.min(...deadlines);
  }

  pollAction(): EndpointAction | undefined {
    return this.#actions.shift();
  }

  pollChange(): ServerChange | undefined {
    return this.#changes.shift();
  }

  /**
   * Names, mail and who was online at the last commit come from the store; who is still connected stays online. What
   * the failed turn wanted to say is said again: by the mailroom, or because the client asks once more.
   */
  resetFromStore(now: Moment, cause: unknown): void {
    this.#actions.length = 0;
    this.#changes.length = 0;
    const earlier = this.#registry;
    ({ registry: this.#registry, mailroom: this.#mailroom } = this.#build((key) => {
      const presence = this.#addresses.has(key) ? earlier.find(key)?.presence : undefined;
      return presence?.state === 'online' ? presence : undefined;
    }));
    this.#roster.restart();
    this.#reunion.begin(now.monotonicMs, []);
    this.#mailroom.pause(this.#faultPause.untilAfterFault(now.monotonicMs));
    this.#askedToKeep.decline(now.monotonicMs, cause, this.#options.store, this.#context);
  }

  #moved(nowMs: number, peer: PeerKey, address: Address): void {
    this.#addresses.set(peer, address);
    if (!this.#isHere(peer)) return;
    this.#tell({ type: 'moved', nickname: this.#registry.nameOf(peer), address: formatAddress(address) });
    // What the client says of itself stays until it says so anew.
    this.#setCandidates(nowMs, peer, this.#registry.find(peer)?.candidates.slice(1) ?? []);
  }

  #setCandidates(nowMs: number, peer: PeerKey, said: readonly string[]): void {
    const address = this.#addresses.get(peer);
    if (address === undefined) return;
    if (this.#registry.move(peer, candidatesOf(address, said))) this.#roster.publish(nowMs);
  }

  #disconnected(now: Moment, { peer, cause }: Extract<EndpointEvent, { type: 'disconnected' }>): void {
    const address = this.#addresses.get(peer);
    this.#addresses.delete(peer);
    if (this.#displaced.delete(peer)) return this.#meetHolder(now, peer);
    this.#depart(now, peer, departures[cause]);
    // PROTOCOL 5.8: this machine slept through all of it. Most are still where they were, and wait to try again.
    if (cause === 'idle-timeout' && address !== undefined) this.#meet(peer, address);
  }

  /** Whoever is here all the same has come by itself meanwhile. */
  #notMet(now: Moment, dial: string): void {
    if (!dial.startsWith(meetPrefix)) return;
    const peer = dial.slice(meetPrefix.length) as PeerKey;
    if (this.#reunion.willCallAgain(now.monotonicMs, peer)) return;
    if (!this.#isHere(peer)) this.#depart(now, peer, 'unreachable');
  }

  /** Whoever has come by itself meanwhile is here already. */
  #meetAgain(nowMs: number): void {
    for (const { peer, seenAt } of this.#reunion.take(nowMs))
      if (!this.#addresses.has(peer)) this.#meet(peer, seenAt);
  }

  /** It has heard that it is displaced. */
  #sendAway(now: Moment, peer: PeerKey): void {
    if (!this.#displaced.delete(peer)) return;
    this.#addresses.delete(peer);
    this.#act({ type: 'close', peer, reason: 'displaced' });
    this.#meetHolder(now, peer);
  }

  /**
   * The gateway whose registration stands has lost its connection to one with the same key that must give way, and does
   * not know it yet: it is met again where it was seen, and has departed if it is not there.
   */
  #meetHolder(now: Moment, peer: PeerKey): void {
    const holder = this.#registry.find(peer);
    const seenAt = parseAddress(holder?.candidates[0] ?? '');
    if (seenAt === undefined) this.#depart(now, peer, 'unreachable');
    else this.#meet(peer, seenAt);
  }

  #meet(peer: PeerKey, seenAt: Address): void {
    this.#act({ type: 'dial', dial: `${meetPrefix}${peer}`, candidates: [seenAt], expected: peer });
  }

  #handleUndelivered(now: Moment, event: Extract<EndpointEvent, { type: 'undelivered' }>): void {
    switch (event.cause) {
      case 'no-connection':
        // A server that goes has closed all connections itself; it does not forget who was there.
        return this.#isStopping ? undefined : this.#depart(now, event.peer, 'unreachable');
      case 'queue-full':
        // The peer reads too slowly; it is offered again after a while, like what was never confirmed.
        if (isRosterToken(event.token)) this.#roster.crowdedOut(now.monotonicMs, event.peer, event.token);
        else this.#mailroom.handedOver(now.monotonicMs, event.peer, event.token);
        return;
      case 'unreachable':
      case 'closed':
      case 'replaced':
        // `disconnected` or `connected` follows, and settles everything at once.
        return;
      default:
        return event.cause satisfies never;
    }
  }

  #handleBytes(now: Moment, peer: PeerKey, bytes: Uint8Array): void {
    const decoded = decodeMessage(bytes);
    switch (decoded.type) {
      case 'said':
        return this.#handle(now, peer, decoded.said);
      case 'unknown-kind':
        return this.#say(peer, { kind: 'error', code: 'unknown-kind', about: decoded.kind });
      case 'malformed':
        return this.#say(peer, { kind: 'error', code: 'malformed', about: decoded.kind });
      default:
        return decoded satisfies never;
    }
  }

  #handle(now: Moment, peer: PeerKey, said: ProtocolMessage): void {
    if (said.kind === 'error') return;
    if (said.kind === 'register') return this.#register(now, peer, said);
    // PROTOCOL 6.6: everything else needs a registration on this connection.
    if (!this.#isHere(peer))
      return this.#say(peer, { kind: 'error', code: 'not-registered', about: said.kind });
    switch (said.kind) {
      case 'deregister':
        return this.#deregister(now, peer, said);
      case 'candidates':
        return this.#setCandidates(now.monotonicMs, peer, said.candidates);
      case 'last-seen':
        return this.#registry.showLastSeen(peer, said.shows);
      case 'time-request':
        return this.#say(peer, { kind: 'time-reply', wallMs: now.wallMs });
      case 'locate':
        return this.#say(
          peer,
          this.#whereabouts.answer(now.monotonicMs, peer, said.key, this.#registry.find(said.key)),
        );
      case 'store':
        this.#askedToKeep.add(now.monotonicMs, { sender: peer, recipient: said.to, id: said.id });
        return this.#mailroom.store(peer, said);
      case 'deliver-ack':
        return this.#mailroom.taken(peer, said.items);
      case 'deliver-reject':
        return this.#mailroom.returned(peer, said);
      case 'receipt-ack':
        return this.#mailroom.noted(peer, said.ids);
      default:
        // Known words, but not said to a server.
        return this.#say(peer, { kind: 'error', code: 'unknown-kind', about: said.kind });
    }
  }

  #register(now: Moment, peer: PeerKey, said: ProtocolMessageOf<'register'>): void {
    const { registration } = said;
    const address = this.#addresses.get(peer);
    if (address === undefined || this.#isStopping) return;
    const refuse = (code: string, suggestion: string | null): void => {
      const isDisplaced = code === 'displaced';
      if (isDisplaced) this.#displaced.add(peer);
      const token = isDisplaced ? displacedToken : 'register-rejected';
      this.#say(peer, { kind: 'register-rejected', registration, code, suggestion }, token);
      this.#tell({ type: 'refused', nickname: said.nickname, address: formatAddress(address), code });
    };
    // PROTOCOL 6.55: a key has one signing key, so one that is known already needs no check.
    const isKnown = this.#registry.find(peer)?.signingKey === said.signingKey;
    if (!isKnown && !this.#options.isSigningKeyOf(peer, said.signingKey))
      return refuse('signing-key-invalid', null);
    const candidates = candidatesOf(address, said.candidates);
    const claim = this.#registry.register(peer, { ...said, candidates, from: address, now });
    if (claim.type === 'refused') return refuse(claim.code, claim.suggestion);
    this.#registered.add(peer);
    const { nickname } = claim.registrant;
    this.#say(peer, {
      kind: 'registered',
      registration,
      signingKey: this.#options.signingKey,
      epoch: this.#options.epoch,
      nickname,
      observed: formatAddress(address),
      waiting: this.#options.store.mailboxes.count(peer),
      wallMs: now.wallMs,
    });
    this.#tell({ type: 'registered', nickname, address: formatAddress(address) });
    this.#registry.showLastSeen(peer, said.showsLastSeen);
    this.#reunion.cameBack(peer);
    this.#roster.publish(now.monotonicMs);
    this.#roster.addReader(now.monotonicMs, peer, said.roster);
    this.#mailroom.arrived(peer);
  }

  #deregister(now: Moment, peer: PeerKey, said: ProtocolMessageOf<'deregister'>): void {
    const presence = this.#registry.find(peer)?.presence;
    // PROTOCOL 6.7: nothing late of an earlier registration touches this one.
    if (presence?.state !== 'online' || presence.registration !== said.registration) return;
    this.#say(peer, { kind: 'deregistered', registration: said.registration });
    this.#depart(now, peer, 'deregistered');
  }

  #dismiss(now: Moment, owner: Registrant): void {
    const { key, presence } = owner;
    if (presence.state === 'online' && this.#isHere(key)) {
      const { registration } = presence;
      this.#say(key, { kind: 'register-rejected', registration, code: 'name-released', suggestion: null });
    }
    this.#depart(now, key, 'released');
    this.#registry.release(owner);
    this.#roster.publish(now.monotonicMs);
  }

  #depart(now: Moment, peer: PeerKey, cause: Departure): void {
    this.#roster.removeReader(peer);
    this.#registered.delete(peer);
    const wasHere = this.#registry.isOnline(peer);
    if (!this.#registry.markOffline(peer, now.wallMs)) return;
    if (wasHere) this.#tell({ type: 'departed', nickname: this.#registry.nameOf(peer), cause });
    this.#mailroom.departed(peer);
    this.#roster.publish(now.monotonicMs);
  }

  /** Online, and registered on this very connection: what is for this person may go there. */
  readonly #isHere = (peer: PeerKey): boolean => this.#registered.has(peer) && this.#registry.isOnline(peer);

  #build(survivor?: (key: PeerKey) => Presence | undefined): {
    registry: Registry;
    mailroom: MailboxService;
  } {
    const { store } = this.#options;
    const registry = new Registry(store.names, () => store.facts.get().runningMs, survivor);
    return { registry, mailroom: new MailboxService(store, registry, this.#context) };
  }

  readonly #context: ServerContext = {
    send: (to, channel, said, token) => {
      this.#act({ type: 'send', peer: to, channel, bytes: encodeMessage(said), token });
    },
    emit: (change) => {
      this.#tell(change);
    },
    isOnline: (peer) => this.#isHere(peer),
  };

  #say(peer: PeerKey, said: ProtocolMessage, token: string = said.kind): void {
    this.#act({ type: 'send', peer, channel: 'control', bytes: encodeMessage(said), token });
  }

  #act(action: EndpointAction): void {
    this.#actions.push(action);
  }

  #tell(change: ServerChange): void {
    this.#changes.push(change);
  }
}

const displacedToken = 'displaced';
const meetPrefix = 'meet:';

type Departure = Extract<ServerChange, { type: 'departed' }>['cause'];

const departures = {
  unreachable: 'unreachable',
  'idle-timeout': 'silent',
  goodbye: 'deregistered',
  displaced: 'deregistered',
  refused: 'deregistered',
} as const;
