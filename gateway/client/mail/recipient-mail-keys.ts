import type { ProtocolMessageOf } from '../../../shared/chat/kinds.ts';
import { isMailKeyOf, mailKeySignedBytes, type MailKey } from '../../../shared/chat/mail-key.ts';
import type { PeerKey, SigningKey } from '../../../shared/ids.ts';
import { recipientKeysMax } from '../../../shared/limits.ts';
import type { Moment } from '../../../shared/moment.ts';
import type { Signer } from '../../turn/signer.ts';
import type { Reachability } from '../connections/reachability.ts';
import type { ServerClock } from '../connections/server-clock.ts';
import type { ClientContext } from '../context.ts';
import type { Contacts } from '../contacts/contacts.ts';

/** A key is asked for again if the server has not answered for this long. */
const answerTimeoutMs = 5_000;
/** The pause after an answer without a key that can be used. */
const noKeyWaitMs = 30_000;
/** The pause after the server has refused to answer so many requests, and of a request that would be one too many. */
const pauseMs = 1_000;
/** Requests that wait for an answer at a time. The others pause. */
const requestsMax = 16;
/** The weekly key is used for this time where no one-time key is left. */
const weeklyOnlyMs = 60_000;

export interface RecipientMailKeysOptions {
  readonly context: Pick<ClientContext, 'send'>;
  readonly contacts: Pick<Contacts, 'find'>;
  readonly reachability: Pick<Reachability, 'wake'>;
  readonly signer: Signer;
  readonly clock: Pick<ServerClock, 'serverMs'>;
}

export type KeyForMail =
  | { readonly type: 'key'; readonly key: MailKey }
  /** The server was asked. The recipient is woken at its answer. */
  | { readonly type: 'asked' }
  /** The server has no key. The recipient is woken at this monotonic time. */
  | { readonly type: 'none'; readonly untilMs: number };

/** What is known about the keys of one recipient. */
interface RecipientKeys {
  weekly: MailKey | undefined;
  /** Not used yet. */
  oneTime: MailKey | undefined;
  /** Messages are sealed to the weekly key until then. */
  weeklyOnlyUntilMs: number;
  state:
    | { readonly type: 'idle' }
    | { readonly type: 'asked'; readonly untilMs: number }
    /** Too many requests at a time: asks later. */
    | { readonly type: 'paused'; readonly untilMs: number }
    /** The server has no key that can be used. */
    | { readonly type: 'without'; readonly untilMs: number };
}

/**
 * Mail keys of recipients: asks the server for them, verifies them, and gives each one-time key to one message. Messages get
 * one-time keys while there are some. Receipts get the weekly key, because they would use up the others (PROTOCOL 9.24).
 */
export class RecipientMailKeys {
  readonly #options: RecipientMailKeysOptions;
  /** The recipient used least recently comes first. */
  readonly #recipients = new Map<PeerKey, RecipientKeys>();
  #pausedUntilMs = Number.NEGATIVE_INFINITY;

  constructor(options: RecipientMailKeysOptions) {
    this.#options = options;
  }

  /** Returns a key for one message. */
  forMessage(now: Moment, recipient: PeerKey, server: PeerKey): KeyForMail {
    const keys = this.#keysOf(recipient);
    const { oneTime } = keys;
    if (oneTime !== undefined) {
      keys.oneTime = undefined;
      if (this.#isValid(now, oneTime)) return { type: 'key', key: oneTime };
    }
    if (keys.weeklyOnlyUntilMs > now.monotonicMs && this.#isValid(now, keys.weekly))
      return { type: 'key', key: keys.weekly };
    return this.#ask(now, recipient, keys, server, true);
  }

  /** Returns a key for a receipt. */
  forReceipt(now: Moment, recipient: PeerKey, server: PeerKey): KeyForMail {
    const keys = this.#keysOf(recipient);
    if (this.#isValid(now, keys.weekly)) return { type: 'key', key: keys.weekly };
    return this.#ask(now, recipient, keys, server, false);
  }

  /** The server does not deliver to these keys, or the recipient has deleted them. */
  forget(recipient: PeerKey): void {
    const keys = this.#recipients.get(recipient);
    if (keys === undefined) return;
    keys.weekly = undefined;
    keys.oneTime = undefined;
    keys.weeklyOnlyUntilMs = Number.NEGATIVE_INFINITY;
  }

  /** The server has answered. */
  handleMailKey(now: Moment, server: PeerKey, message: ProtocolMessageOf<'mail-key'>): void {
    const keys = this.#recipients.get(message.peer);
    // A key that was not asked for changes nothing: a server cannot fill this memory.
    if (keys === undefined || keys.state.type === 'idle') return;
    const key = this.#verified(now, server, message);
    keys.state =
      key === undefined ? { type: 'without', untilMs: now.monotonicMs + noKeyWaitMs } : { type: 'idle' };
    if (key?.kind === 'one-time') keys.oneTime = key;
    else if (key !== undefined) {
      keys.weekly = key;
      keys.weeklyOnlyUntilMs = now.monotonicMs + weeklyOnlyMs;
    }
    this.#options.reachability.wake(message.peer);
    if (this.#pausedUntilMs <= now.monotonicMs) this.#endPauses();
  }

  /** PROTOCOL 9.23: the error names no peer, so all requests pause. An answer that comes still counts. */
  handleTooOften(now: Moment): void {
    this.#pausedUntilMs = now.monotonicMs + pauseMs;
    for (const keys of this.#recipients.values())
      if (keys.state.type === 'asked') keys.state = { type: 'paused', untilMs: this.#pausedUntilMs };
  }

  /** The connection to the server is another one, or none: no answer comes to what was asked there. */
  handleServerChange(): void {
    for (const keys of this.#recipients.values()) keys.state = { type: 'idle' };
  }

  handleTimeout(now: Moment): void {
    for (const [recipient, keys] of this.#recipients) {
      if (keys.state.type === 'idle' || keys.state.untilMs > now.monotonicMs) continue;
      keys.state = { type: 'idle' };
      this.#options.reachability.wake(recipient);
    }
  }

  pollTimeout(): number | undefined {
    let earliest: number | undefined;
    for (const { state } of this.#recipients.values()) {
      if (state.type !== 'idle' && (earliest === undefined || state.untilMs < earliest))
        earliest = state.untilMs;
    }
    return earliest;
  }

  #ask(now: Moment, recipient: PeerKey, keys: RecipientKeys, server: PeerKey, oneTime: boolean): KeyForMail {
    switch (keys.state.type) {
      case 'without':
        return { type: 'none', untilMs: keys.state.untilMs };
      case 'asked':
      case 'paused':
        return { type: 'asked' };
      case 'idle': {
        // A key without a signing key to verify it is of no use. The roster row that names one wakes the recipient.
        if (this.#signingKeyOf(recipient) === undefined)
          return { type: 'none', untilMs: now.monotonicMs + noKeyWaitMs };
        if (this.#pausedUntilMs > now.monotonicMs || this.#requestCount() >= requestsMax) {
          keys.state = { type: 'paused', untilMs: Math.max(this.#pausedUntilMs, now.monotonicMs + pauseMs) };
          return { type: 'asked' };
        }
        keys.state = { type: 'asked', untilMs: now.monotonicMs + answerTimeoutMs };
        const request = { kind: 'mail-key-request', peer: recipient, oneTime } as const;
        this.#options.context.send(server, 'control', request, 'mail-key-request');
        return { type: 'asked' };
      }
      default:
        return keys.state satisfies never;
    }
  }

  #requestCount(): number {
    let count = 0;
    for (const { state } of this.#recipients.values()) if (state.type === 'asked') count++;
    return count;
  }

  /** Lets as many recipients ask as there is room for, those that were used least recently first. */
  #endPauses(): void {
    let free = requestsMax - this.#requestCount();
    for (const [recipient, keys] of this.#recipients) {
      if (free <= 0) return;
      if (keys.state.type !== 'paused') continue;
      keys.state = { type: 'idle' };
      this.#options.reachability.wake(recipient);
      free--;
    }
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
      oneTime: undefined,
      weeklyOnlyUntilMs: Number.NEGATIVE_INFINITY,
      state: { type: 'idle' },
    };
    this.#recipients.delete(recipient);
    this.#recipients.set(recipient, keys);
    for (const [first, { state }] of this.#recipients) {
      if (this.#recipients.size <= recipientKeysMax) break;
      // The message that waits for an answer, or for the end of a pause, must be woken.
      if (state.type === 'idle' && first !== recipient) this.#recipients.delete(first);
    }
    return keys;
  }
}
