import { decodeMessage } from '../../shared/chat/codec.ts';
import type { ProtocolMessage } from '../../shared/chat/kinds.ts';
import type { PeerKey } from '../../shared/ids.ts';
import type { Moment } from '../../shared/moment.ts';
import type { ClientContext } from './context.ts';
import { touchAll, type ClientComponents } from './components.ts';
import type { ServerClock } from './server-clock.ts';
import type { Session } from './session.ts';

export interface MessageDispatcherOptions {
  readonly context: ClientContext;
  readonly session: Session;
  readonly clock: ServerClock;
  /** Asked each time anew: after a fault they are others. */
  readonly parts: () => ClientComponents;
}

/** Hands what the server and people say to the part of the client that it is for. */
export class MessageDispatcher {
  readonly #options: MessageDispatcherOptions;

  constructor(options: MessageDispatcherOptions) {
    this.#options = options;
  }

  handleBytes(now: Moment, peer: PeerKey, bytes: Uint8Array): void {
    const { session } = this.#options;
    const decoded = decodeMessage(bytes);
    if (decoded.type !== 'message') {
      if (decoded.kind !== 'error') this.#notUnderstood(peer, decoded.type, decoded.kind);
    } else if (peer === session.serverKey) this.#handleServer(now, peer, decoded.message);
    else if (!session.isAway) this.#handlePerson(now, peer, decoded.message);
  }

  #handleServer(now: Moment, server: PeerKey, said: ProtocolMessage): void {
    const { session, context } = this.#options;
    const parts = this.#options.parts();
    const { people, links, outbox, inbox, receipts } = parts;
    switch (said.kind) {
      case 'registered':
        if (!session.handleRegistered(now, said)) return;
        this.#measureClock(now, said.wallMs);
        links.handleServerChange();
        outbox.handleEpoch(said.epoch);
        touchAll(parts);
        return inbox.expectBacklog(said.waiting);
      case 'time-reply':
        return this.#measureClock(now, said.wallMs);
      case 'register-rejected':
        session.handleNotRegistered(now, said);
        return touchAll(parts);
      case 'deregistered':
        session.handleDeregistered(said);
        return touchAll(parts);
      case 'roster':
        for (const peer of people.handleRoster(said)) links.handleReturn(now, peer);
        return touchAll(parts);
      case 'location':
        people.handleWhereabouts(said);
        links.handleWhereabouts(now, said.key);
        return outbox.touch(said.key);
      case 'deliver':
        if (session.isAway) return;
        return inbox.handleDeliver(server, said);
      case 'stored':
        if (!receipts.handleStored(now, said.id)) outbox.handleStored(said.id);
        return;
      case 'bounces':
        for (const notice of said.items) outbox.handleNotice(now, notice);
        return context.send(
          server,
          'chat',
          { kind: 'receipt-ack', ids: said.items.map(({ id }) => id) },
          'receipt-ack',
        );
      case 'reject':
        if (receipts.handleDeclined(now, said.id)) return;
        return outbox.handleDeclined(now, server, said.id, said.code);
      case 'error':
        if (said.code === 'not-registered') session.handleNotKnown(now);
        return;
      default:
        return this.#notUnderstood(server, 'unknown-kind', said.kind);
    }
  }

  #measureClock(now: Moment, serverWallMs: number): void {
    const { people, outbox } = this.#options.parts();
    this.#options.clock.handleTime(now, serverWallMs);
    outbox.handleClock();
    people.handleClock();
  }

  #handlePerson(now: Moment, peer: PeerKey, said: ProtocolMessage): void {
    const { context } = this.#options;
    const { links, outbox, inbox, receipts, reads } = this.#options.parts();
    switch (said.kind) {
      case 'message':
        links.forgive(peer);
        outbox.touch(peer);
        return inbox.handleMessage(peer, said);
      case 'receipt':
        reads.handleReceipt(peer, said, 'direct');
        return context.send(peer, 'chat', { ...said, kind: 'receipt-ack' }, 'receipt-ack');
      case 'receipt-ack':
        return receipts.handleNoted(now, peer, said);
      case 'reject':
        return outbox.handleDeclined(now, peer, said.id, said.code);
      case 'error':
        return;
      default:
        return this.#notUnderstood(peer, 'unknown-kind', said.kind);
    }
  }

  #notUnderstood(peer: PeerKey, code: 'unknown-kind' | 'malformed', about: string | null): void {
    this.#options.context.send(peer, 'control', { kind: 'error', code, about }, 'error');
  }
}
