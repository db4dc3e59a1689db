import { decodeSaid } from '../../shared/chat/codec.ts';
import type { Said } from '../../shared/chat/kinds.ts';
import type { PeerKey } from '../../shared/ids.ts';
import type { Moment } from '../../shared/moment.ts';
import type { ClientDesk } from './desk.ts';
import { touchAll, type Parts } from './parts.ts';
import type { ServerClock } from './server-clock.ts';
import type { Session } from './session.ts';

export interface SwitchboardOptions {
  readonly desk: ClientDesk;
  readonly session: Session;
  readonly clock: ServerClock;
  /** Asked each time anew: after a fault they are others. */
  readonly parts: () => Parts;
}

/** Hands what the server and people say to the part of the client that it is for. */
export class Switchboard {
  readonly #options: SwitchboardOptions;

  constructor(options: SwitchboardOptions) {
    this.#options = options;
  }

  handleBytes(now: Moment, peer: PeerKey, bytes: Uint8Array): void {
    const { session } = this.#options;
    const decoded = decodeSaid(bytes);
    if (decoded.type !== 'said') {
      if (decoded.kind !== 'error') this.#notUnderstood(peer, decoded.type, decoded.kind);
    } else if (peer === session.serverKey) this.#handleServer(now, peer, decoded.said);
    else if (!session.isAway) this.#handlePerson(now, peer, decoded.said);
  }

  #handleServer(now: Moment, server: PeerKey, said: Said): void {
    const { session, desk } = this.#options;
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
      case 'time':
        return this.#measureClock(now, said.wallMs);
      case 'not-registered':
        session.handleNotRegistered(now, said);
        return touchAll(parts);
      case 'deregistered':
        session.handleDeregistered(said);
        return touchAll(parts);
      case 'roster':
        for (const peer of people.handleRoster(said)) links.handleReturn(now, peer);
        return touchAll(parts);
      case 'whereabouts':
        people.handleWhereabouts(said);
        links.handleWhereabouts(now, said.key);
        return outbox.touch(said.key);
      case 'deliver':
        if (session.isAway) return;
        return inbox.handleDeliver(server, said);
      case 'stored':
        if (!receipts.handleStored(now, said.id)) outbox.handleStored(said.id);
        return;
      case 'notices':
        for (const notice of said.items) outbox.handleNotice(now, notice);
        return desk.say(server, 'chat', { kind: 'noted', ids: said.items.map(({ id }) => id) }, 'noted');
      case 'declined':
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

  #handlePerson(now: Moment, peer: PeerKey, said: Said): void {
    const { desk } = this.#options;
    const { links, outbox, inbox, receipts, reads } = this.#options.parts();
    switch (said.kind) {
      case 'message':
        links.forgive(peer);
        outbox.touch(peer);
        return inbox.handleMessage(peer, said);
      case 'received':
        reads.handleReceipt(peer, said, 'direct');
        return desk.say(peer, 'chat', { ...said, kind: 'noted' }, 'noted');
      case 'noted':
        return receipts.handleNoted(now, peer, said);
      case 'declined':
        return outbox.handleDeclined(now, peer, said.id, said.code);
      case 'error':
        return;
      default:
        return this.#notUnderstood(peer, 'unknown-kind', said.kind);
    }
  }

  #notUnderstood(peer: PeerKey, code: 'unknown-kind' | 'malformed', about: string | null): void {
    this.#options.desk.say(peer, 'control', { kind: 'error', code, about }, 'error');
  }
}
