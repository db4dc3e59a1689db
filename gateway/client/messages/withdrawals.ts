import type { ProtocolMessageOf } from '../../../shared/chat/kinds.ts';
import { receiptIdsMax } from '../../../shared/limits.ts';
import type { Moment } from '../../../shared/moment.ts';
import type { ClientStore, Withdrawal } from '../../store/client-store.ts';
import type { Session } from '../connections/session.ts';
import type { ClientContext } from '../context.ts';

/** Withdrawals are sent again if the server has not answered within this time. */
const answerTimeoutMs = 10_000;

export interface WithdrawalsOptions {
  readonly store: Pick<ClientStore, 'withdrawals'>;
  readonly context: Pick<ClientContext, 'send'>;
  readonly session: Pick<Session, 'isOnline' | 'serverKey'>;
}

/** Takes deleted messages off the server, which may still have them (PROTOCOL 6.99). They are due until it answers. */
export class Withdrawals {
  readonly #options: WithdrawalsOptions;
  /** When the answer to what was sent is overdue; undefined with nothing in flight. */
  #overdueAtMs: number | undefined;

  constructor(options: WithdrawalsOptions) {
    this.#options = options;
  }

  add(now: Moment, withdrawal: Withdrawal): void {
    this.#options.store.withdrawals.put(withdrawal);
    this.#send(now);
  }

  handleRegistered(now: Moment): void {
    this.#overdueAtMs = undefined;
    this.#send(now);
  }

  /** The server does not have these envelopes, now or before. */
  handleWithdrawn(now: Moment, { items }: ProtocolMessageOf<'withdrawn'>): void {
    for (const { to, id } of items) this.#options.store.withdrawals.remove({ recipient: to, id });
    this.#overdueAtMs = undefined;
    this.#send(now);
  }

  handleTimeout(now: Moment): void {
    if (this.#overdueAtMs === undefined || this.#overdueAtMs > now.monotonicMs) return;
    this.#overdueAtMs = undefined;
    this.#send(now);
  }

  pollTimeout(): number | undefined {
    return this.#overdueAtMs;
  }

  /** One message at a time. After the next registration, what is due is sent again. */
  #send(now: Moment): void {
    const { store, context, session } = this.#options;
    if (this.#overdueAtMs !== undefined || !session.isOnline || session.serverKey === undefined) return;
    const items = store.withdrawals.first(receiptIdsMax).map(({ recipient, id }) => ({ to: recipient, id }));
    if (items.length === 0) return;
    this.#overdueAtMs = now.monotonicMs + answerTimeoutMs;
    context.send(session.serverKey, { kind: 'withdraw', items }, 'withdraw');
  }
}
