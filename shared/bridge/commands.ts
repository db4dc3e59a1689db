import Type, { type Static } from 'typebox';
import { NamesResultSchema, QuotasResultSchema, QuotasSchema, type NamesResult } from './administration.ts';
import type { Quotas } from '../quotas.ts';
import { ErrorCodeSchema, MessageIdSchema, MessageSchema, PeerKeySchema } from './schema.ts';
import { StatisticsSchema, type Statistics } from './statistics.ts';

/**
 * What a face (tab, terminal, script) asks of the gateway. Every command travels with an id (UUIDv7) that its
 * face made, and is answered once: done or refused. A repeated id gets the first answer (DESIGN section 8).
 */
export const CommandSchema = Type.Union([
  /**
   * Starts the client role and registers. Answered when the server has: done, or refused with `nickname-taken`,
   * `server-silent` and so on, the session being `none` again; with `keepTrying` a silent server is no refusal,
   * the answer is done at once and the session says how it stands.
   */
  Type.Object({
    type: Type.Literal('join'),
    nickname: Type.String(),
    server: Type.String(),
    /** UDP port of this client, 0 for any. */
    clientPort: Type.Optional(Type.Integer({ minimum: 0, maximum: 65_535 })),
    keepTrying: Type.Optional(Type.Boolean()),
    /** The answer to `server-key-changed`: the key, named there, that this server may have from now on. */
    acceptServerKey: Type.Optional(PeerKeySchema),
  }),
  /** Starts the server role here (port 50000, or the next free one) and joins it. */
  Type.Object({ type: Type.Literal('host'), nickname: Type.String() }),
  /** Forgets the chat in this gateway (its data stays on disk) and returns to the first screen. */
  Type.Object({ type: Type.Literal('leave') }),
  /** Done means: saved in my outbox, on disk. `id` is the message's, and makes the command idempotent too. */
  Type.Object({ type: Type.Literal('send'), id: MessageIdSchema, to: PeerKeySchema, text: Type.String() }),
  /** Offline in the server's table; done when the server has confirmed it or is out of reach. */
  Type.Object({ type: Type.Literal('deregister') }),
  /** Online again after `deregister`, or another try at once when the server is out of reach or refused. */
  Type.Object({ type: Type.Literal('register') }),
  /** Everything up to and including this message has been read by the person. */
  Type.Object({ type: Type.Literal('mark-read'), peer: PeerKeySchema, id: MessageIdSchema }),
  /** Whether others are told, from now on, when I have read their messages. */
  Type.Object({ type: Type.Literal('set-read-receipts'), on: Type.Boolean() }),
  /** Whether others may know, from now on, when I was online last. */
  Type.Object({ type: Type.Literal('set-last-seen'), on: Type.Boolean() }),
  /** Offers a failed message again, with its id and place. */
  Type.Object({ type: Type.Literal('retry'), id: MessageIdSchema }),
  /** Drops a failed message from the outbox. It may have arrived. */
  Type.Object({ type: Type.Literal('discard'), id: MessageIdSchema }),
  /** `key` is the person whom `peer` was: the conversation goes on under it. Undoes `refuse-key`. */
  Type.Object({ type: Type.Literal('accept-key'), peer: PeerKeySchema, key: PeerKeySchema }),
  /** `peer` stays who it is, whatever the server says; words for it wait until that key is back. */
  Type.Object({ type: Type.Literal('refuse-key'), peer: PeerKeySchema, key: PeerKeySchema }),
  /** The server that has this key now is the server of this chat; registers. */
  Type.Object({ type: Type.Literal('accept-server-key'), key: PeerKeySchema }),
  /** The number by which two people see that nobody stands between them: 60 digits, equal on both screens. */
  Type.Object({ type: Type.Literal('safety-number'), peer: PeerKeySchema }),
  /** The safety number with this key was compared, and is the same on both screens; or that is taken back. */
  Type.Object({ type: Type.Literal('set-verified'), peer: PeerKeySchema, verified: Type.Boolean() }),
  /** Older messages of a conversation: those before `before`, newest `limit` of them, in order. */
  Type.Object({
    type: Type.Literal('history'),
    peer: PeerKeySchema,
    before: Type.Union([MessageIdSchema, Type.Null()]),
    limit: Type.Integer({ minimum: 1, maximum: 200 }),
  }),
  /** Stop-and-wait, as in the original, with this person from now on, also after a restart; or not any more. */
  Type.Object({ type: Type.Literal('set-classic'), peer: PeerKeySchema, classic: Type.Boolean() }),
  /** Who has a nickname at the server that this gateway plays, and has this part in it: the first 200. */
  Type.Object({ type: Type.Literal('names'), part: Type.String() }),
  /** Takes a nickname there from whoever has it. */
  Type.Object({ type: Type.Literal('release-name'), nickname: Type.String() }),
  /** What may wait there. */
  Type.Object({ type: Type.Literal('quotas') }),
  Type.Object({ type: Type.Literal('set-quotas'), quotas: QuotasSchema }),
  /** What the transport counts right now; of the connection with one person, or (null) of all. */
  Type.Object({ type: Type.Literal('statistics'), peer: Type.Union([PeerKeySchema, Type.Null()]) }),
]);
export type Command = Static<typeof CommandSchema>;
export type CommandType = Command['type'];
export type CommandOf<T extends CommandType> = Extract<Command, { type: T }>;

export const HistoryResultSchema = Type.Object({
  messages: Type.Array(MessageSchema),
  older: Type.Boolean(),
});
export type HistoryResult = Static<typeof HistoryResultSchema>;

/** 12 groups of 5 digits (docs/SECURITY.md tells how they are made). */
export const SafetyNumberSchema = Type.Object({
  groups: Type.Array(Type.String({ pattern: '^[0-9]{5}$' }), { minItems: 12, maxItems: 12 }),
});
export type SafetyNumber = Static<typeof SafetyNumberSchema>;

/** The answer to a command. `result` only where the command asks something (`history`, `statistics`, `names` ...). */
export const OutcomeSchema = Type.Union([
  Type.Object({
    status: Type.Literal('done'),
    result: Type.Optional(
      Type.Union([
        HistoryResultSchema,
        StatisticsSchema,
        SafetyNumberSchema,
        NamesResultSchema,
        QuotasResultSchema,
      ]),
    ),
  }),
  Type.Object({
    status: Type.Literal('refused'),
    code: ErrorCodeSchema,
    /** A sentence for people, in English; the app has its own texts by code. */
    sentence: Type.String(),
    retry: Type.Boolean(),
    /** With `nickname-taken`: a nickname that is free. */
    suggestion: Type.Optional(Type.String()),
    /** With `server-key-changed`: the key that answers now. */
    serverKey: Type.Optional(PeerKeySchema),
  }),
]);
export type Outcome = Static<typeof OutcomeSchema>;

/** What `history` was answered; undefined when it was refused. */
export function historyIn(outcome: Outcome): HistoryResult | undefined {
  if (outcome.status === 'refused' || outcome.result === undefined) return undefined;
  return 'messages' in outcome.result ? outcome.result : undefined;
}

/** What `statistics` was answered; undefined when it was refused. */
export function statisticsIn(outcome: Outcome): Statistics | undefined {
  if (outcome.status === 'refused' || outcome.result === undefined) return undefined;
  return 'connections' in outcome.result ? outcome.result : undefined;
}

/** What `safety-number` was answered; undefined when it was refused. */
export function safetyNumberIn(outcome: Outcome): SafetyNumber | undefined {
  if (outcome.status === 'refused' || outcome.result === undefined) return undefined;
  return 'groups' in outcome.result ? outcome.result : undefined;
}

/** What `names` was answered; undefined when it was refused. */
export function namesIn(outcome: Outcome): NamesResult | undefined {
  if (outcome.status === 'refused' || outcome.result === undefined) return undefined;
  return 'names' in outcome.result ? outcome.result : undefined;
}

/** What `quotas` was answered; undefined when it was refused. */
export function quotasIn(outcome: Outcome): Quotas | undefined {
  if (outcome.status === 'refused' || outcome.result === undefined) return undefined;
  return 'quotas' in outcome.result ? outcome.result.quotas : undefined;
}
