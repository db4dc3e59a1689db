import { checkFeature } from '../../shared/chat/features.ts';
import type { ProtocolCode } from '../../shared/chat/codes.ts';
import type { ProtocolMessageOf } from '../../shared/chat/kinds.ts';
import type { CheckId, PeerKey } from '../../shared/ids.ts';
import { checkRequestsBurst, openChecksMax } from '../../shared/limits.ts';
import { KeyedTokenBucket } from '../turn/keyed-token-bucket.ts';
import type { ServerContext } from './context.ts';
import type { Registry } from './registry.ts';

/** After `checkRequestsBurst` questions, one per interval is passed on. */
const requestsIntervalMs = 5_000;
/** An answer that comes later is of no use. */
const openMsMax = 15_000;

interface OpenCheck {
  readonly check: CheckId;
  readonly to: PeerKey;
  readonly untilMs: number;
}

type RelayError = Extract<ProtocolCode, 'malformed' | 'too-often'>;

/** Passes the questions and answers of connection checks on between two clients that do not reach each other (PROTOCOL 6.111). */
export class CheckRelay {
  readonly #context: Pick<ServerContext, 'send' | 'isOnline'>;
  readonly #rate = new KeyedTokenBucket(checkRequestsBurst, requestsIntervalMs);
  /** Of each asker the questions that were passed on and have no answer yet, the oldest first. */
  readonly #open = new Map<PeerKey, readonly OpenCheck[]>();

  constructor(context: Pick<ServerContext, 'send' | 'isOnline'>) {
    this.#context = context;
  }

  /** Returns the code of an error where the sender may not ask so. */
  handleRequest(
    nowMs: number,
    sender: PeerKey,
    message: ProtocolMessageOf<'check-request'>,
    registry: Pick<Registry, 'find'>,
  ): RelayError | undefined {
    const { from, to, check } = message;
    if (from !== sender) return 'malformed';
    if (this.#rate.take(nowMs, sender) !== undefined) return 'too-often';
    const isAble = registry.find(to)?.features.includes(checkFeature) === true;
    if (!isAble || !this.#context.isOnline(to)) return undefined;
    this.#forgetOverdue(nowMs);
    const open = [...(this.#open.get(sender) ?? []), { check, to, untilMs: nowMs + openMsMax }];
    // The least recently asking client is first, and with it the questions that are overdue first.
    this.#open.delete(sender);
    this.#open.set(sender, open.slice(-openChecksMax));
    this.#context.send(to, message);
    return undefined;
  }

  handleReply(
    nowMs: number,
    sender: PeerKey,
    message: ProtocolMessageOf<'check-reply'>,
  ): RelayError | undefined {
    const { from, to, check } = message;
    if (from !== sender) return 'malformed';
    this.#forgetOverdue(nowMs);
    const open = this.#open.get(to) ?? [];
    const answered = open.find((each) => each.check === check && each.to === sender && each.untilMs > nowMs);
    if (answered === undefined) return undefined;
    const rest = open.filter((each) => each !== answered);
    if (rest.length === 0) this.#open.delete(to);
    else this.#open.set(to, rest);
    if (this.#context.isOnline(to)) this.#context.send(to, message);
    return undefined;
  }

  #forgetOverdue(nowMs: number): void {
    for (const [asker, open] of this.#open) {
      if ((open.at(-1)?.untilMs ?? 0) > nowMs) return;
      this.#open.delete(asker);
    }
  }
}
