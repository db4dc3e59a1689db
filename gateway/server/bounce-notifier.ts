import type { MessageId, PeerKey } from '../../shared/ids.ts';
import { receiptIdsMax } from '../../shared/limits.ts';
import type { ServerStore } from '../store/server-store.ts';
import type { ServerContext } from './context.ts';
import type { MailboxStorage } from './mailbox-storage.ts';

/** Bounces that reached the sender's endpoint, but were not confirmed, are sent again after this time. */
const confirmationTimeoutMs = 5_000;

/** Reports undelivered envelopes to their senders, until the senders have the report on disk. */
export class BounceNotifier {
  readonly #store: Pick<ServerStore, 'bounces'>;
  readonly #storage: MailboxStorage;
  readonly #context: ServerContext;
  readonly #inFlight = new Map<
    PeerKey,
    { readonly ids: ReadonlySet<MessageId>; deadlineMs: number | undefined }
  >();

  constructor(store: Pick<ServerStore, 'bounces'>, storage: MailboxStorage, context: ServerContext) {
    this.#store = store;
    this.#storage = storage;
    this.#context = context;
  }

  /** Sends the oldest bounces, unless some are in flight to this sender. */
  notify(sender: PeerKey): void {
    if (!this.#context.isOnline(sender) || this.#inFlight.has(sender)) return;
    const bounces = this.#store.bounces.waiting(sender, receiptIdsMax);
    if (bounces.length === 0) return;
    this.#inFlight.set(sender, { ids: new Set(bounces.map(({ id }) => id)), deadlineMs: undefined });
    const items = bounces.map(({ id, recipient, code, retryAfterMs }) => ({
      id,
      recipient,
      code,
      ...(retryAfterMs === null ? {} : { retryAfterMs }),
    }));
    this.#context.send(sender, { kind: 'bounces', items }, bouncesToken);
  }

  /** The sender has these on disk. */
  confirm(sender: PeerKey, ids: readonly MessageId[]): void {
    this.#storage.removeBounces(sender, ids);
    const inFlight = this.#inFlight.get(sender);
    if (inFlight !== undefined && ids.some((id) => inFlight.ids.has(id))) this.#inFlight.delete(sender);
    this.notify(sender);
  }

  /** The transport is done with the message. Whether the bounces are on the sender's disk is still unknown. */
  handleTransportDone(nowMs: number, peer: PeerKey, token: string): void {
    const inFlight = this.#inFlight.get(peer);
    if (token === bouncesToken && inFlight !== undefined) inFlight.deadlineMs = nowMs + confirmationTimeoutMs;
  }

  handleDeparture(peer: PeerKey): void {
    this.#inFlight.delete(peer);
  }

  handleTimeout(nowMs: number): void {
    for (const [sender, { deadlineMs }] of this.#inFlight) {
      if (deadlineMs === undefined || deadlineMs > nowMs) continue;
      this.#inFlight.delete(sender);
      this.notify(sender);
    }
  }

  pollTimeout(): number | undefined {
    const deadlines = [...this.#inFlight.values()].map(({ deadlineMs }) => deadlineMs ?? Infinity);
    const earliest = Math.min(...deadlines);
    return Number.isFinite(earliest) ? earliest : undefined;
  }
}

const bouncesToken = 'bounces';
