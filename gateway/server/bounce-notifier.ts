import type { MessageId, PeerKey } from '../../shared/ids.ts';
import { receiptIdsMax } from '../../shared/limits.ts';
import type { ServerStore } from '../store/server-store.ts';
import type { ServerContext } from './context.ts';
import type { MailboxStorage } from './mailbox-storage.ts';

/** Notices that the sender's endpoint has, but that were not noted, are sent again after this time. */
const notedTimeoutMs = 5_000;

/** Tells senders, until they have it on disk, what became of envelopes that nobody took. */
export class BounceNotifier {
  readonly #store: Pick<ServerStore, 'bounces'>;
  readonly #keeping: MailboxStorage;
  readonly #context: ServerContext;
  readonly #underway = new Map<
    PeerKey,
    { readonly ids: ReadonlySet<MessageId>; deadlineMs: number | undefined }
  >();

  constructor(store: Pick<ServerStore, 'bounces'>, keeping: MailboxStorage, context: ServerContext) {
    this.#store = store;
    this.#keeping = keeping;
    this.#context = context;
  }

  tellTo(sender: PeerKey): void {
    if (!this.#context.isOnline(sender) || this.#underway.has(sender)) return;
    const notices = this.#store.bounces.waiting(sender, receiptIdsMax);
    if (notices.length === 0) return;
    this.#underway.set(sender, { ids: new Set(notices.map(({ id }) => id)), deadlineMs: undefined });
    const items = notices.map(({ id, recipient, code }) => ({ id, recipient, code }));
    this.#context.send(sender, 'chat', { kind: 'bounces', items }, noticesToken);
  }

  /** The sender has these on disk. */
  noted(sender: PeerKey, ids: readonly MessageId[]): void {
    this.#keeping.noted(sender, ids);
    const underway = this.#underway.get(sender);
    if (underway !== undefined && ids.some((id) => underway.ids.has(id))) this.#underway.delete(sender);
    this.tellTo(sender);
  }

  /** The sender's endpoint has them, its disk is another matter. */
  handedOver(nowMs: number, peer: PeerKey, token: string): void {
    const underway = this.#underway.get(peer);
    if (token === noticesToken && underway !== undefined) underway.deadlineMs = nowMs + notedTimeoutMs;
  }

  departed(peer: PeerKey): void {
    this.#underway.delete(peer);
  }

  handleTimeout(nowMs: number): void {
    for (const [sender, { deadlineMs }] of this.#underway) {
      if (deadlineMs === undefined || deadlineMs > nowMs) continue;
      this.#underway.delete(sender);
      this.tellTo(sender);
    }
  }

  pollTimeout(): number | undefined {
    const deadlines = [...this.#underway.values()].map(({ deadlineMs }) => deadlineMs ?? Infinity);
    const earliest = Math.min(...deadlines);
    return Number.isFinite(earliest) ? earliest : undefined;
  }
}

const noticesToken = 'bounces';
