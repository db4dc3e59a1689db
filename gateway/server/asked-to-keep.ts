import type { MessageId, PeerKey } from '../../shared/ids.ts';
import { StoreError } from '../store/errors.ts';
import type { ServerStore } from '../store/server-store.ts';
import type { ServerContext } from './context.ts';

interface Request {
  readonly sender: PeerKey;
  readonly recipient: PeerKey;
  readonly id: MessageId;
}

/** What the newest turn was asked to keep. Before its commit nobody knows whether that is kept. */
export class AskedToKeep {
  readonly #requests = new Set<Request>();
  #turnMs = Number.NEGATIVE_INFINITY;

  /** `nowMs` tells turns apart: all that comes in one turn has one time. */
  add(nowMs: number, request: Request): void {
    if (nowMs !== this.#turnMs) this.#requests.clear();
    this.#turnMs = nowMs;
    this.#requests.add(request);
  }

  /**
   * The turn of this time failed, and if that was for want of room on the disk, the senders of what is not kept hear so at once (PROTOCOL 6.20), and
   * do not find out by waiting in vain for an answer.
   */
  decline(
    nowMs: number,
    cause: unknown,
    { mailboxes }: Pick<ServerStore, 'mailboxes'>,
    context: ServerContext,
  ): void {
    if (nowMs !== this.#turnMs || !(cause instanceof StoreError && cause.retry)) return;
    for (const request of this.#requests) {
      const { sender, recipient, id } = request;
      if (mailboxes.has(recipient, sender, id)) continue;
      this.#requests.delete(request);
      if (context.isOnline(sender))
        context.send(sender, 'chat', { kind: 'reject', id, code: 'server-disk-full' }, 'reject');
    }
  }
}
