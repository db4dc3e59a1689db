import type { ProtocolMessageOf } from '../../../shared/chat/kinds.ts';
import { isMailKeyOf, mailKeySignedBytes, type MailKey } from '../../../shared/chat/mail-key.ts';
import type { PeerKey, SigningKey } from '../../../shared/ids.ts';
import { mailKeyRequestsBurst, mailKeyRequestsIntervalMs, recipientKeysMax } from '../../../shared/limits.ts';
import type { Moment } from '../../../shared/moment.ts';
import type { Signer } from '../../turn/signer.ts';
import type { Reachability } from '../connections/reachability.ts';
import type { ServerClock } from '../connections/server-clock.ts';
import type { ClientContext } from '../context.ts';
import type { Contacts } from '../contacts/contacts.ts';

/** Keys are asked for again if the server has not answered for this long. */
const answerTimeoutMs = 5_000;
/** The pause after an answer without a key that can be used. */
const noKeyWaitMs = 30_000;
/** The pause after the server has refused to answer a request. */
const refusedWaitMs = 1_000;
/** Requests that wait for an answer at a time. The others wait for their turn. */
const requestsMax = 64;
/** One-time keys of one recipient that are asked for ahead: about the share that a server gives at once (PROTOCOL 9.23). */
const keysAheadMax = 16;
/**
 * Requests that this client sends at once: fewer than the server answers, because requests that were sent one after the
 * other may arrive together.
 */
const requestsBurst = mailKeyRequestsBurst - 32;
/** The weekly key is used for this time where no one-time key is left. */
const weeklyOnlyMs = 60_000;

export interface RecipientMailKeysOptions {
  readonly context: Pick<ClientContext, 'send'>;
  readonly contacts: Pick<Contacts, 'find'>;
  readonly reachability: Pick<Reachability, 'wake'>;
  readonly signer: Signer;
  readonly clock: Pick<ServerClock, 'serverMs' | 'ask'>;
}

export type KeyForMail =
  | { readonly type: 'key'; readonly key: MailKey }
  /** The server is asked. The recipient is woken at its answer. */
  | { readonly type: 'asked' }
  /** The server has no key. The recipient is woken at this monotonic time; null: when a roster names its signing key. */
  | { readonly type: 'none'; readonly untilMs: number | null };

/** What is known about the keys of one recipient. */
interface RecipientKeys {
  weekly: MailKey | undefined;
  /** Not used yet. The one that came first is used first. */
  readonly oneTime: MailKey[];
  /** Messages are sealed to the weekly key until then. */
  weeklyOnlyUntilMs: number;
  /** Messages that wait for a one-time key, up to `keysAheadMax`. */
  waiting: number;
  /** Whether a receipt waits for the weekly key. */
  wantsWeekly: boolean;
  /** Requests without an answer. */
  readonly unanswered: { oneTime: number; weekly: number };
  /** When the next answer to a request is due. */
  answerDueMs: number;
  /** The server has no key that can be used. It is not asked until then. */
  withoutUntilMs: number | undefined;
}

/**
 * Mail keys of recipients: asks the server for them, verifies them, and gives each one-time key to one message. Messages get
 * one-time keys while there are some. Receipts get the weekly key, because they would use up the others (PROTOCOL 9.24).
 *
 * A key is asked for each message that waits, without waiting for the answer to the request before it: a burst of messages
 * takes about one round trip. When there are more requests than are allowed, the recipients take turns.
 */
export class RecipientMailKeys {
  readonly #options: RecipientMailKeysOptions;
  /** The recipient used least recently comes first. */
  readonly #recipients = new Map<PeerKey, RecipientKeys>();
  /** Recipients that may lack keys, in the order of their turns. Each turn is one request. */
  readonly #turns = new Set<PeerKey>();
  #server: PeerKey | undefined;
  #unansweredCount = 0;
  /** When `requestsBurst` requests may be sent at once again. */
  #burstAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: RecipientMailKeysOptions) {
    this.#options = options;
  }

  /** Returns a key for the first of the messages that wait for one, and asks for the keys of the others. */
  forMessage(now: Moment, recipient: PeerKey, server: PeerKey, waiting: number): KeyForMail {
    const keys = this.#keysOf(recipient);
    const key = this.#takeFor(now, keys);
    const lacking = key === undefined ? waiting : waiting - 1;
    keys.waiting = key?.kind === 'weekly' ? 0 : Math.min(lacking, keysAheadMax);
    const asked = this.#ask(now, recipient, keys, server);
    return key === undefined ? asked : { type: 'key', key };
  }

  /** Returns a key for a receipt. */
  forReceipt(now: Moment, recipient: PeerKey, server: PeerKey): KeyForMail {
    const keys = this.#keysOf(recipient);
    if (this.#isValid(now, keys.weekly)) return { type: 'key', key: keys.weekly };
    keys.wantsWeekly = true;
    return this.#ask(now, recipient, keys, server);
  }

  /** The server does not deliver to these keys, or the recipient has deleted them. */
  forget(recipient: PeerKey): void {
    const keys = this.#recipients.get(recipient);
    if (keys === undefined) return;
    keys.weekly = undefined;
    keys.oneTime.length = 0;
    keys.weeklyOnlyUntilMs = Number.NEGATIVE_INFINITY;
  }

  /** The server has answered. */
  handleMailKey(now: Moment, server: PeerKey, message: ProtocolMessageOf<'mail-key'>): void {
    const keys = this.#recipients.get(message.peer);
    // A key that was not asked for changes nothing: a server cannot fill this memory.
    if (keys === undefined || !isExpected(keys)) return;
    this.#countAnswer(keys, message.oneTime ? 'oneTime' : 'weekly');
    keys.answerDueMs = now.monotonicMs + answerTimeoutMs;
    const key = this.#verified(now, server, message);
    keys.withoutUntilMs = key === undefined ? now.monotonicMs + noKeyWaitMs : undefined;
    // A server hands out valid keys. If this one has expired by what is known of its clock, that clock may have been set.
    if (message.key !== undefined && !this.#isValid(now, message.key)) this.#options.clock.ask(server);
    if (key?.kind === 'one-time') {
      if (keys.oneTime.length < keysAheadMax) keys.oneTime.push(key);
    } else if (key !== undefined) {
      keys.weekly = key;
      keys.wantsWeekly = false;
      if (message.oneTime) {
        keys.weeklyOnlyUntilMs = now.monotonicMs + weeklyOnlyMs;
        keys.waiting = 0;
      }
    }
    this.#options.reachability.wake(message.peer);
    this.#sendRequests(now);
  }

  /** PROTOCOL 9.23: the error names no peer, so all requests are sent again. An answer that comes still counts. */
  handleTooOften(now: Moment): void {
    for (const [recipient, keys] of this.#recipients) {
      if (!isAsked(keys)) continue;
      this.#forgetRequests(keys);
      this.#turns.add(recipient);
    }
    this.#burstAtMs = now.monotonicMs + refusedWaitMs + (requestsBurst - 1) * mailKeyRequestsIntervalMs;
  }

  /** The connection to the server is another one, or none: no answer comes to what was asked there. */
  handleServerChange(): void {
    this.#turns.clear();
    this.#server = undefined;
    for (const keys of this.#recipients.values()) {
      this.#forgetRequests(keys);
      keys.waiting = 0;
      keys.wantsWeekly = false;
      keys.withoutUntilMs = undefined;
    }
  }

  handleTimeout(now: Moment): void {
    for (const [recipient, keys] of this.#recipients) {
      const isUnanswered = isAsked(keys) && keys.answerDueMs <= now.monotonicMs;
      const mayAskAgain = keys.withoutUntilMs !== undefined && keys.withoutUntilMs <= now.monotonicMs;
      if (isUnanswered) this.#forgetRequests(keys);
      if (mayAskAgain) keys.withoutUntilMs = undefined;
      if (isUnanswered || mayAskAgain) this.#options.reachability.wake(recipient);
    }
    this.#sendRequests(now);
  }

  pollTimeout(): number | undefined {
    let earliest = Infinity;
    if (this.#turns.size > 0 && this.#unansweredCount < requestsMax) earliest = this.#nextRequestAtMs;
    for (const keys of this.#recipients.values()) {
      if (isAsked(keys)) earliest = Math.min(earliest, keys.answerDueMs);
      if (keys.withoutUntilMs !== undefined) earliest = Math.min(earliest, keys.withoutUntilMs);
    }
    return earliest === Infinity ? undefined : earliest;
  }

  /** A valid key for a message that is here already. */
  #takeFor(now: Moment, keys: RecipientKeys): MailKey | undefined {
    for (let key = keys.oneTime.shift(); key !== undefined; key = keys.oneTime.shift())
      if (this.#isValid(now, key)) return key;
    return keys.weeklyOnlyUntilMs > now.monotonicMs && this.#isValid(now, keys.weekly)
      ? keys.weekly
      : undefined;
  }

  #ask(now: Moment, recipient: PeerKey, keys: RecipientKeys, server: PeerKey): KeyForMail {
    // A key without a signing key to verify it is of no use. The roster row that names one wakes the recipient.
    if (this.#signingKeyOf(recipient) === undefined) return { type: 'none', untilMs: null };
    if (keys.withoutUntilMs !== undefined) return { type: 'none', untilMs: keys.withoutUntilMs };
    this.#server = server;
    this.#turns.add(recipient);
    this.#sendRequests(now);
    return { type: 'asked' };
  }

  /** Sends as many requests as are allowed now, one for each recipient in turn. */
  #sendRequests(now: Moment): void {
    const server = this.#server;
    if (server === undefined) return;
    // A recipient that is added again has another turn after the others.
    for (const recipient of this.#turns) {
      if (this.#unansweredCount >= requestsMax || this.#nextRequestAtMs > now.monotonicMs) return;
      this.#turns.delete(recipient);
      const keys = this.#recipients.get(recipient);
      const lacking = keys === undefined ? undefined : lackingOf(keys);
      if (keys === undefined || lacking === undefined) continue;
      keys.unanswered[lacking]++;
      this.#unansweredCount++;
      this.#burstAtMs = Math.max(now.monotonicMs, this.#burstAtMs) + mailKeyRequestsIntervalMs;
      keys.answerDueMs = now.monotonicMs + answerTimeoutMs;
      const request = { kind: 'mail-key-request', peer: recipient, oneTime: lacking === 'oneTime' } as const;
      this.#options.context.send(server, request, 'mail-key-request');
      this.#turns.add(recipient);
    }
  }

  /** A token bucket: `requestsBurst` requests at once, and then one in each interval. */
  get #nextRequestAtMs(): number {
    return this.#burstAtMs - (requestsBurst - 1) * mailKeyRequestsIntervalMs;
  }

  #countAnswer({ unanswered }: RecipientKeys, kind: keyof RecipientKeys['unanswered']): void {
    // A late answer may come to a request that is no longer counted.
    if (unanswered[kind] === 0) return;
    unanswered[kind]--;
    this.#unansweredCount--;
  }

  #forgetRequests({ unanswered }: RecipientKeys): void {
    this.#unansweredCount -= unanswered.oneTime + unanswered.weekly;
    unanswered.oneTime = 0;
    unanswered.weekly = 0;
  }

  /** The key of the answer, if the recipient's identity has signed it for this server and it is valid. */
  #verified(
    now: Moment,
    server: PeerKey,
    { peer, installation, key }: ProtocolMessageOf<'mail-key'>,
  ): MailKey | undefined {
    const signingKey = this.#signingKeyOf(peer);
    if (installation === undefined || key === undefined || signingKey === undefined) return undefined;
    if (!isMailKeyOf(installation, key.keyId) || !this.#isValid(now, key)) return undefined;
    const signed = mailKeySignedBytes({ server, installation }, key);
    return this.#options.signer.verify('mail-key', signingKey, signed, key.signature) ? key : undefined;
  }

  #signingKeyOf(peer: PeerKey): SigningKey | undefined {
    return this.#options.contacts.find(peer)?.signingKey ?? undefined;
  }

  /** By the server's clock. A client that does not know it takes the key: the recipient decides in the end. */
  #isValid(now: Moment, key: MailKey | undefined): key is MailKey {
    return (
      key !== undefined && key.expiresAtMs > (this.#options.clock.serverMs(now) ?? Number.NEGATIVE_INFINITY)
    );
  }

  #keysOf(recipient: PeerKey): RecipientKeys {
    const keys = this.#recipients.get(recipient) ?? {
      weekly: undefined,
      oneTime: [],
      weeklyOnlyUntilMs: Number.NEGATIVE_INFINITY,
      waiting: 0,
      wantsWeekly: false,
      unanswered: { oneTime: 0, weekly: 0 },
      answerDueMs: Infinity,
      withoutUntilMs: undefined,
    };
    this.#recipients.delete(recipient);
    this.#recipients.set(recipient, keys);
    for (const [first, other] of this.#recipients) {
      if (this.#recipients.size <= recipientKeysMax) break;
      // The message that waits for an answer, or for the end of a pause, must be woken.
      const isBusy = isAsked(other) || this.#turns.has(first) || other.withoutUntilMs !== undefined;
      if (!isBusy && first !== recipient) this.#recipients.delete(first);
    }
    return keys;
  }
}

/** The kind of key to ask for next, if one is missing. */
function lackingOf(keys: RecipientKeys): keyof RecipientKeys['unanswered'] | undefined {
  if (keys.withoutUntilMs !== undefined) return undefined;
  if (keys.wantsWeekly && keys.unanswered.weekly === 0) return 'weekly';
  return keys.waiting > keys.oneTime.length + keys.unanswered.oneTime ? 'oneTime' : undefined;
}

function isAsked({ unanswered }: RecipientKeys): boolean {
  return unanswered.oneTime + unanswered.weekly > 0;
}

function isExpected(keys: RecipientKeys): boolean {
  return isAsked(keys) || keys.waiting > 0 || keys.wantsWeekly;
}
