import {
  isExecutedAs,
  isForGuests,
  type AnswerTo,
  type Command,
  type CommandOf,
  type CommandType,
} from '../../shared/bridge/commands.ts';
import type { EventCursor, NumberedEvent, Snapshot } from '../../shared/bridge/events.ts';
import { done, refused, type Refused } from '../../shared/command-result.ts';
import type { ErrorCode } from '../../shared/errors.ts';
import { guestWriteCostBytes } from '../../shared/limits.ts';
import type { EphemeralSubscription } from '../control/ephemeral-subscription.ts';
import type { GatewayApi } from '../control/gateway-api.ts';
import type { ConversationExport } from '../export/conversation-export.ts';
import type { TokenBucket } from '../transport/fair-rate.ts';

/** Where a guest joins: the chat of the host, with what its server may require. */
export type GuestJoin = Pick<CommandOf<'join'>, 'server' | 'joinCode'>;

export interface GuestWays {
  readonly join: () => GuestJoin;
  /** The guest goes for good: the nickname is released, and what is kept of the guest is erased. */
  readonly leave: () => void;
  /** The guest has this nickname now. */
  readonly joined: (nickname: string) => void;
  /** The bytes that the guest may still write. */
  readonly written: TokenBucket;
  /** Of a clock that never jumps. */
  readonly nowMs: () => number;
}

/**
 * The gateway as a guest sees it: `api` is that of the guest's own role. It refuses each command that reaches the computer of the host, its
 * other chats or its server (`guest` in shared/bridge/commands.ts). A guest chooses a nickname, and never a server.
 */
export class GuestApi implements GatewayApi {
  readonly #api: GatewayApi;
  readonly #ways: GuestWays;

  constructor(api: GatewayApi, ways: GuestWays) {
    this.#api = api;
    this.#ways = ways;
  }

  execute<C extends Command>(
    commandId: string,
    command: C,
    subscription?: EphemeralSubscription,
  ): Promise<AnswerTo<C>>;
  async execute(commandId: string, command: Command, subscription?: EphemeralSubscription): Promise<unknown> {
    if (!isForGuests(command.type)) return refused('not-for-guests');
    if (command.type === 'leave') {
      this.#ways.leave();
      return done;
    }
    if (command.type === 'join') return this.#join(commandId, command.nickname);
    if (growsStore(command) && !this.#mayWrite(command)) return refused('too-often');
    return ofHost(await this.#api.execute(commandId, command, subscription));
  }

  /** All that a guest writes stays on the disk of the host. */
  #mayWrite(command: Command): boolean {
    const { written, nowMs } = this.#ways;
    if (written.fill(nowMs()) < 0) return false;
    written.spend(Buffer.byteLength(JSON.stringify(command)) + guestWriteCostBytes);
    return true;
  }

  async #join(commandId: string, nickname: string): Promise<AnswerTo<CommandOf<'join'>>> {
    const command = { type: 'join', nickname, keepTrying: false, ...this.#ways.join() } as const;
    const answer = ofHost(await this.#api.execute(commandId, command));
    if (answer.status === 'done') this.#ways.joined(nickname);
    return answer;
  }

  export(): ConversationExport | Refused {
    return refused('not-for-guests');
  }

  snapshot(): { readonly cursor: EventCursor; readonly snapshot: Snapshot } {
    return this.#api.snapshot();
  }

  subscribe(listener: (event: NumberedEvent) => void): { unsubscribe(): void } {
    return this.#api.subscribe(listener);
  }

  subscribeEphemeral(onEvent: () => void): EphemeralSubscription {
    return this.#api.subscribeEphemeral(onEvent);
  }

  missedSince(cursor: EventCursor): readonly NumberedEvent[] | undefined {
    return this.#api.missedSince(cursor);
  }

  cursor(): EventCursor {
    return this.#api.cursor();
  }

  /** Traces name the peers and the addresses of all roles of the computer. */
  watchTraces(): () => void {
    return () => undefined;
  }
}

/** The guest has another computer than the one with the disk. */
function ofHost<Answer extends { readonly status: string; readonly code?: ErrorCode }>(
  answer: Answer,
): Answer | Refused {
  return answer.status === 'refused' && answer.code === 'storage-failed'
    ? refused('host-storage-failed')
    : answer;
}

/** These change what the store has already. */
const withoutGrowth: ReadonlySet<CommandType> = new Set([
  'mark-read',
  'retry',
  'discard',
  'set-notify',
  'set-setting',
]);

function growsStore(command: Command): boolean {
  return isExecutedAs(command, 'client-transaction') && !withoutGrowth.has(command.type);
}
