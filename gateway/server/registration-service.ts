import {
  addressGroup,
  formatAddress,
  formatForOthers,
  parseAddress,
  type Address,
} from '../../shared/address.ts';
import { rejectionOf, type ProtocolCode } from '../../shared/chat/codes.ts';
import { featuresOf } from '../../shared/chat/features.ts';
import type { Grease } from '../../shared/chat/grease.ts';
import type { ProtocolMessageOf } from '../../shared/chat/kinds.ts';
import type { PeerKey, ServerEpoch, SigningKey } from '../../shared/ids.ts';
import type { Moment } from '../../shared/moment.ts';
import type { ServerStore } from '../store/server-store.ts';
import { isGuestOf } from '../turn/guest-statement.ts';
import type { Signer, SigningKeyCheck } from '../turn/signer.ts';
import { candidatesOf } from './address-lookup-handler.ts';
import type { ConnectionId, Connections } from './connections.ts';
import type { ServerContext } from './context.ts';
import type { JoinCodeCheck, JoinCodeTry } from './join-code-check.ts';
import type { MailKeyService } from './mail-key-service.ts';
import type { MailboxService } from './mailbox-service.ts';
import type { PeerClasses } from './peer-classes.ts';
import type { PresenceTracker } from './presence-tracker.ts';
import type { Registrant, Registry } from './registry.ts';
import type { RoomService } from './rooms/room-service.ts';
import type { RosterPublisher } from './roster-publisher.ts';
import type { StartupReconnector } from './startup-reconnector.ts';

export interface RegistrationServiceOptions {
  readonly epoch: ServerEpoch;
  /** The server's own. */
  readonly key: PeerKey;
  readonly signer: Pick<Signer, 'verify'>;
  /** The server's own. */
  readonly signingKey: SigningKey;
  readonly isSigningKeyOf: SigningKeyCheck;
  readonly joinCodeCheck: JoinCodeCheck;
  readonly store: ServerStore;
  readonly grease: Grease | null;
  readonly context: ServerContext;
  readonly connections: Connections;
  readonly registry: Registry;
  readonly roster: RosterPublisher;
  readonly mailbox: MailboxService;
  readonly mailKeys: MailKeyService;
  readonly rooms: RoomService;
  readonly presence: PresenceTracker;
  readonly reconnector: StartupReconnector;
  readonly classes: PeerClasses;
}

type Register = ProtocolMessageOf<'register'>;
interface Refusal {
  readonly code: ProtocolCode;
  readonly suggestion: string | null;
  /** In place of the default advice of the code. */
  readonly retryAfterMs?: number;
}

/** Registers clients under their nicknames, and ends registrations. */
export class RegistrationService {
  readonly #options: RegistrationServiceOptions;

  constructor(options: RegistrationServiceOptions) {
    this.#options = options;
  }

  register(now: Moment, from: ConnectionId, message: Register): void {
    const { isSigningKeyOf, context, connections, registry, presence } = this.#options;
    const { peer, instance } = from;
    const connection = connections.find(from);
    if (connection === undefined || context.isStopping) return;
    const { address } = connection;
    // PROTOCOL 6.55: a key has one signing key, so a signing key that is known already needs no check.
    const isKnown = registry.find(peer)?.signingKey === message.signingKey;
    if (!isKnown && !isSigningKeyOf(peer, message.signingKey)) {
      return this.#refuse(from, message, address, { code: 'signing-key-invalid', suggestion: null });
    }
    const guestRefusal = this.#guestRefusal(peer, message);
    if (guestRefusal !== undefined)
      return this.#refuse(from, message, address, { code: guestRefusal, suggestion: null });
    // PROTOCOL 6.80, 6.81.
    if (this.#isBanned(now, peer, address, message.guestOf?.host))
      return this.#refuse(from, message, address, { code: 'banned', suggestion: null });
    const codeRefusal =
      message.guestOf === undefined
        ? this.#codeRefusal(now, peer, { ...connection, joinProof: message.joinProof })
        : undefined;
    if (codeRefusal !== undefined)
      return this.#refuse(from, message, address, { code: codeRefusal, suggestion: null });
    const before = registry.find(peer)?.presence;
    const result = registry.register(peer, {
      signingKey: message.signingKey,
      nickname: message.nickname,
      candidates: candidatesOf(address, message.candidates),
      from: address,
      now,
      registration: message.registration,
      instanceId: instance,
      userInitiated: message.userInitiated,
      settings: message.settings,
      features: message.features,
      guestOf: message.guestOf ?? null,
    });
    if (result.type === 'refused') return this.#refuse(from, message, address, result);
    if (before?.state === 'online' && before.instanceId !== instance)
      presence.displace({ peer, instance: before.instanceId }, before.registration);
    this.#accept(now, from, message, address, result.registrant.nickname);
  }

  deregister(now: Moment, peer: PeerKey, { registration, release }: ProtocolMessageOf<'deregister'>): void {
    const { context, registry, roster, presence: tracker } = this.#options;
    const registrant = registry.find(peer);
    if (registrant === undefined) return;
    const { presence } = registrant;
    // PROTOCOL 6.7: a late message of an earlier registration does not touch this one.
    if (presence.state !== 'online' || presence.registration !== registration) return;
    if (release !== true) {
      context.send(peer, { kind: 'deregistered', registration });
      return tracker.depart(now, peer, 'deregistered');
    }
    // PROTOCOL 6.109.
    context.send(peer, { kind: 'deregistered', registration, released: true });
    tracker.depart(now, peer, 'released');
    registry.release(registrant);
    roster.publish(now.monotonicMs);
  }

  /** Takes the nickname from its owner. The owner is told, goes offline, and is forgotten. */
  evict(now: Moment, owner: Registrant): void {
    const { context, registry, roster, presence: tracker } = this.#options;
    const { key, presence } = owner;
    if (presence.state === 'online' && context.isOnline(key)) {
      context.send(key, {
        kind: 'register-rejected',
        registration: presence.registration,
        ...rejectionOf('name-released'),
        suggestion: null,
      });
    }
    tracker.depart(now, key, 'released');
    registry.release(owner);
    roster.publish(now.monotonicMs);
  }

  /** PROTOCOL 6.80: tells the users that are banned now, and puts them offline. The bans are in the store already. */
  enforceBans(now: Moment): void {
    for (const { key } of [...this.#options.registry.all()]) this.enforceBansOn(now, key);
  }

  enforceBansOn(now: Moment, key: PeerKey): void {
    const { registry, connections, presence: tracker } = this.#options;
    const registrant = registry.find(key);
    if (registrant === undefined || registrant.presence.state === 'offline') return;
    const seenAt = parseAddress(registrant.candidates[0] ?? '');
    if (!this.#isBanned(now, key, seenAt)) return;
    const { presence } = registrant;
    const instance = connections.registered(key);
    tracker.depart(now, key, 'banned');
    if (presence.state !== 'online' || instance === undefined) return;
    const answer = {
      kind: 'register-rejected',
      registration: presence.registration,
      suggestion: null,
    } as const;
    tracker.tellAndClose({ peer: key, instance }, 'banned', answer);
  }

  /** PROTOCOL 6.114, 6.115. */
  #guestRefusal(
    key: PeerKey,
    { guestOf, signingKey }: Register,
  ): 'guest-statement-invalid' | 'guest-host-unknown' | undefined {
    if (guestOf === undefined) return undefined;
    const { registry, key: server } = this.#options;
    const isKnown = registry.find(key)?.guestOf?.host === guestOf.host;
    if (!isKnown && !isGuestOf(guestOf, { key, signingKey }, server, this.#options))
      return 'guest-statement-invalid';
    return registry.refusalOfGuest(key, guestOf);
  }

  /** PROTOCOL 6.85: a key that is in the client table was let in before. */
  #codeRefusal(now: Moment, key: PeerKey, attempt: JoinCodeTry): ProtocolCode | undefined {
    const { joinCodeCheck, registry, store } = this.#options;
    if (registry.find(key) !== undefined) return undefined;
    return joinCodeCheck.refusal(now.monotonicMs, store.facts.get().joinCode, attempt);
  }

  /** PROTOCOL 6.80, 6.115: the ban of a host covers its guests. `host`: of a key that may be new. */
  #isBanned({ wallMs }: Moment, key: PeerKey, address: Address | undefined, host?: PeerKey): boolean {
    const { store, registry } = this.#options;
    const group = address === undefined ? '' : addressGroup(address);
    const hostOf = registry.find(key)?.guestOf?.host ?? host;
    return (
      store.bans.covers(key, group, wallMs) ||
      (hostOf !== undefined && store.bans.covers(hostOf, group, wallMs))
    );
  }

  #accept(now: Moment, from: ConnectionId, message: Register, address: Address, nickname: string): void {
    const { peer, instance } = from;
    const { epoch, signingKey, store, context, connections, grease } = this.#options;
    const { registry, roster, mailbox, mailKeys, rooms, reconnector, classes } = this.#options;
    connections.setState(from, 'registered');
    classes.handleRegistered(now.monotonicMs, peer, registry.totalOnlineMs(peer));
    context.perform({ type: 'prefer', peer, instance });
    context.send(peer, {
      kind: 'registered',
      registration: message.registration,
      signingKey,
      epoch,
      nickname,
      observed: formatForOthers(address),
      waiting: store.mailboxes.countFor(peer, [message.installation, ...message.formerInstallations]),
      wallMs: now.wallMs,
      features: featuresOf('server', grease),
    });
    context.emit({ type: 'registered', nickname, address: formatAddress(address) });
    reconnector.peerReturned(peer);
    roster.publish(now.monotonicMs);
    roster.subscribe(now.monotonicMs, peer, message.roster);
    mailKeys.handleRegistration(now, peer, message);
    mailbox.handleArrival(peer);
    // Those of an earlier registration on this connection.
    rooms.handleDeparture(peer);
    rooms.handleArrival(peer);
  }

  #refuse(to: ConnectionId, message: Register, address: Address, refusal: Refusal): void {
    const { context, presence } = this.#options;
    const { registration, nickname } = message;
    const { code, suggestion, retryAfterMs } = refusal;
    const answer = { kind: 'register-rejected', registration, suggestion } as const;
    const rejection = retryAfterMs === undefined ? rejectionOf(code) : { code, retryAfterMs };
    if (code === 'displaced' || code === 'banned') presence.tellAndClose(to, code, answer);
    else context.answer(to, { ...answer, ...rejection });
    context.emit({ type: 'refused', nickname, address: formatAddress(address), code });
  }
}
