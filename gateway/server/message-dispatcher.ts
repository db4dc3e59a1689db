import { decodeMessage, errorAbout } from '../../shared/chat/codec.ts';
import type { ProtocolCode } from '../../shared/chat/codes.ts';
import type { ProtocolMessage, ProtocolMessageOf } from '../../shared/chat/kinds.ts';
import type { PeerKey } from '../../shared/ids.ts';
import { rosterRequestsBurst } from '../../shared/limits.ts';
import type { Moment } from '../../shared/moment.ts';
import type { AddressLookupHandler } from './address-lookup-handler.ts';
import type { CheckRelay } from './check-relay.ts';
import type { ConnectionId, Connections } from './connections.ts';
import type { ServerContext } from './context.ts';
import type { MailKeyService } from './mail-key-service.ts';
import type { MailboxService } from './mailbox-service.ts';
import type { PresenceTracker } from './presence-tracker.ts';
import type { RegistrationService } from './registration-service.ts';
import { KeyedTokenBucket } from '../turn/keyed-token-bucket.ts';
import type { Registry } from './registry.ts';
import type { RoomService } from './rooms/room-service.ts';
import type { RosterPublisher } from './roster-publisher.ts';

/** After `rosterRequestsBurst` requests for rows of the roster, one per interval is answered. */
const rosterRequestsIntervalMs = 5_000;

export interface MessageDispatcherOptions {
  readonly context: ServerContext;
  readonly connections: Connections;
  readonly registry: Registry;
  readonly roster: RosterPublisher;
  readonly mailbox: MailboxService;
  readonly presence: PresenceTracker;
  readonly registrations: RegistrationService;
  readonly addressLookup: AddressLookupHandler;
  readonly checks: CheckRelay;
  readonly mailKeys: MailKeyService;
  readonly rooms: RoomService;
}

/** Decodes what clients send, and hands each message to the part of the server that answers it. */
export class MessageDispatcher {
  readonly #options: MessageDispatcherOptions;
  readonly #rosterLimit = new KeyedTokenBucket(rosterRequestsBurst, rosterRequestsIntervalMs);

  constructor(options: MessageDispatcherOptions) {
    this.#options = options;
  }

  handleBytes(now: Moment, from: ConnectionId, bytes: Uint8Array): void {
    const decoded = decodeMessage(bytes);
    switch (decoded.type) {
      case 'message':
        return this.#handle(now, from, decoded.message);
      case 'unknown-kind':
      case 'malformed':
        // An `error` is never answered.
        if (decoded.kind !== 'error') this.#options.context.answer(from, errorAbout(decoded));
        return;
      default:
        return decoded satisfies never;
    }
  }

  /** PROTOCOL 6.101: only hints come unreliably, and nothing there is answered. */
  handleUnreliable(now: Moment, from: ConnectionId, bytes: Uint8Array): void {
    const { connections, registry, rooms } = this.#options;
    if (!connections.isRegistered(from) || !registry.isOnline(from.peer)) return;
    const decoded = decodeMessage(bytes);
    if (decoded.type === 'message' && decoded.message.kind === 'room-typing')
      rooms.handleMessage(now, from.peer, decoded.message);
  }

  /** PROTOCOL 6.20: the disk was full when this message was handled. Its sender is told, or asked again. */
  handleDiskFull(peer: PeerKey, bytes: Uint8Array): void {
    const { mailbox, mailKeys, rooms } = this.#options;
    const decoded = decodeMessage(bytes);
    if (decoded.type !== 'message') return;
    switch (decoded.message.kind) {
      case 'store':
        return mailbox.handleStoreFailed(peer, decoded.message);
      case 'mail-keys':
        return mailKeys.handleKeepFailed(peer);
      case 'mail-key-request':
        return mailKeys.handleTakeFailed(peer, decoded.message);
      case 'room-append':
        return rooms.handleAppendFailed(peer, decoded.message);
      default:
        return;
    }
  }

  #handle(now: Moment, from: ConnectionId, message: ProtocolMessage): void {
    const { peer } = from;
    const { context, connections, registry, roster, mailbox } = this.#options;
    const { presence, registrations, addressLookup, mailKeys, rooms } = this.#options;
    if (message.kind === 'error') return;
    if (message.kind === 'register') return registrations.register(now, from, message);
    // PROTOCOL 6.6: everything else needs a registration on this connection.
    if (!connections.isRegistered(from) || !registry.isOnline(peer))
      return this.#sendError(from, 'not-registered', message);
    switch (message.kind) {
      case 'deregister':
        return registrations.deregister(now, peer, message);
      case 'candidates':
        return presence.setCandidates(now.monotonicMs, from, message.candidates);
      case 'settings':
        return registry.setSettings(peer, message.settings);
      case 'time-request':
        return context.send(peer, { kind: 'time-reply', wallMs: now.wallMs });
      case 'locate': {
        const found = registry.find(message.key);
        const answer = addressLookup.answer(now.monotonicMs, peer, message.key, found);
        return context.send(peer, answer);
      }
      case 'check-request':
      case 'check-reply':
        return this.#handleCheck(now, from, message);
      case 'roster-request':
        if (this.#rosterLimit.take(now.monotonicMs, peer) !== undefined)
          return this.#sendError(from, 'too-often', message);
        return roster.subscribe(now.monotonicMs, peer, message);
      case 'mail-keys':
        return mailKeys.keep(peer, message);
      case 'mail-key-request':
        return mailKeys.answer(now, peer, message);
      case 'store':
        return mailbox.store(peer, message);
      case 'withdraw':
        return mailbox.withdraw(peer, message.items);
      case 'deliver-ack':
        return mailbox.handleDeliverAck(now.monotonicMs, peer, message.items);
      case 'deliver-reject':
        return mailbox.handleDeliverReject(peer, message);
      case 'receipt-ack':
        return mailbox.handleReceiptAck(peer, message.ids);
      case 'room-append':
      case 'room-offer':
      case 'room-follow':
      case 'room-ack':
      case 'room-readers-request':
      case 'room-browse':
      case 'room-typing':
        return rooms.handleMessage(now, peer, message);
      default:
        // A kind of this protocol that clients do not send to servers.
        return this.#sendError(from, 'unknown-kind', message);
    }
  }

  #handleCheck(
    now: Moment,
    from: ConnectionId,
    message: ProtocolMessageOf<'check-request' | 'check-reply'>,
  ): void {
    const { checks, registry } = this.#options;
    const code =
      message.kind === 'check-request'
        ? checks.handleRequest(now.monotonicMs, from.peer, message, registry)
        : checks.handleReply(now.monotonicMs, from.peer, message);
    if (code !== undefined) this.#sendError(from, code, message);
  }

  #sendError(to: ConnectionId, code: ProtocolCode, about: ProtocolMessage): void {
    const id = 'id' in about ? about.id : undefined;
    this.#options.context.answer(to, {
      kind: 'error',
      code,
      about: about.kind,
      ...(id === undefined ? {} : { id }),
    });
  }
}
