import { decodeMessage } from '../../shared/chat/codec.ts';
import type { ProtocolMessage } from '../../shared/chat/kinds.ts';
import type { PeerKey } from '../../shared/ids.ts';
import type { Moment } from '../../shared/moment.ts';
import type { AddressLookupHandler } from './address-lookup-handler.ts';
import type { ServerContext } from './context.ts';
import type { MailboxService } from './mailbox-service.ts';
import type { PresenceTracker } from './presence-tracker.ts';
import type { RegistrationService } from './registration-service.ts';
import type { Registry } from './registry.ts';

export interface MessageDispatcherOptions {
  readonly context: ServerContext;
  readonly registry: Registry;
  readonly mailbox: MailboxService;
  readonly presence: PresenceTracker;
  readonly registrations: RegistrationService;
  readonly addressLookup: AddressLookupHandler;
}

/** Decodes what clients send, and hands each message to the part of the server that answers it. */
export class MessageDispatcher {
  readonly #options: MessageDispatcherOptions;

  constructor(options: MessageDispatcherOptions) {
    this.#options = options;
  }

  handleBytes(now: Moment, peer: PeerKey, bytes: Uint8Array): void {
    const decoded = decodeMessage(bytes);
    switch (decoded.type) {
      case 'message':
        return this.#handle(now, peer, decoded.message);
      case 'unknown-kind':
        return this.#sendError(peer, 'unknown-kind', decoded.kind);
      case 'malformed':
        return this.#sendError(peer, 'malformed', decoded.kind);
      default:
        return decoded satisfies never;
    }
  }

  /** PROTOCOL 6.20: the disk was full when this message was handled. The sender of an envelope is told. */
  handleDiskFull(peer: PeerKey, bytes: Uint8Array): void {
    const decoded = decodeMessage(bytes);
    if (decoded.type === 'message' && decoded.message.kind === 'store')
      this.#options.mailbox.handleStoreFailed(peer, decoded.message);
  }

  #handle(now: Moment, peer: PeerKey, message: ProtocolMessage): void {
    const { context, registry, mailbox, presence, registrations, addressLookup } = this.#options;
    if (message.kind === 'error') return;
    if (message.kind === 'register') return registrations.register(now, peer, message);
    // PROTOCOL 6.6: everything else needs a registration on this connection.
    if (!context.isOnline(peer)) return this.#sendError(peer, 'not-registered', message.kind);
    switch (message.kind) {
      case 'deregister':
        return registrations.deregister(now, peer, message);
      case 'candidates':
        return presence.setCandidates(now.monotonicMs, peer, message.candidates);
      case 'settings':
        return registry.setSettings(peer, message.settings);
      case 'time-request':
        return context.send(peer, 'control', { kind: 'time-reply', wallMs: now.wallMs });
      case 'locate': {
        const found = registry.find(message.key);
        const answer = addressLookup.answer(now.monotonicMs, peer, message.key, found);
        return context.send(peer, 'control', answer);
      }
      case 'store':
        return mailbox.store(peer, message);
      case 'deliver-ack':
        return mailbox.handleDeliverAck(peer, message.items);
      case 'deliver-reject':
        return mailbox.handleDeliverReject(peer, message);
      case 'receipt-ack':
        return mailbox.handleReceiptAck(peer, message.ids);
      default:
        // A kind of this protocol that clients do not send to servers.
        return this.#sendError(peer, 'unknown-kind', message.kind);
    }
  }

  #sendError(peer: PeerKey, code: string, about: string | null): void {
    this.#options.context.send(peer, 'control', { kind: 'error', code, about });
  }
}
