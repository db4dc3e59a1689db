import type { ProtocolMessageOf } from '../../../shared/chat/kinds.ts';
import { mailKeySignedBytes, newMailKeyId, mailKeyIdRandomBytes } from '../../../shared/chat/mail-key.ts';
import type { MailKey, MailKeyKind } from '../../../shared/chat/mail-key.ts';
import type { InstallationId, MailKeyId, PeerKey } from '../../../shared/ids.ts';
import {
  formerInstallationsMax,
  oneTimeKeysLow,
  oneTimeKeysMax,
  privateOneTimeKeysMax,
  privateWeeklyKeysMax,
} from '../../../shared/limits.ts';
import type { Moment } from '../../../shared/moment.ts';
import type { ClientStore, OwnMailKey } from '../../store/client-store.ts';
import { BackOff } from '../../turn/back-off.ts';
import type { Signer } from '../../turn/signer.ts';
import type { ServerClock } from '../connections/server-clock.ts';
import type { ClientContext } from '../context.ts';
import type { Eraser } from '../../turn/eraser.ts';

const dayMs = 86_400_000;
/** A weekly key is replaced after this time. */
const renewalMs = 7 * dayMs;
/** Long: a user who is away cannot renew the key. */
const validityMs = 90 * dayMs;
/** A server keeps mail for 30 days, unless its operator chose another time. Five more are for its sender's clock. */
const keptAfterReplacementMs = 35 * dayMs;
/** An unused one-time key may be in an envelope that waits since the key's last day. */
const oneTimeKeptMs = validityMs + keptAfterReplacementMs;
/** A clock that was set by less than this does not renew a key. */
const clockSlackMs = dayMs;
const checkIntervalMs = 3_600_000;
/** A server that asks for keys again and again gets some at once, so many times, and then once in this time. */
const refillsBurst = 3;
const refillIntervalMs = 10_000;
/** Keys for which no answer comes are sent again after this time, and after twice as long each time. */
const answerWaitMs = 10_000;
const answerWaitMsMax = 600_000;

export interface OwnMailKeysOptions {
  readonly store: Pick<ClientStore, 'mailKeys'>;
  readonly context: Pick<ClientContext, 'send'>;
  readonly eraser: Pick<Eraser, 'eraseSoon'>;
  readonly installation: InstallationId;
  readonly signer: Signer;
  /** Returns the public key of 32 secret bytes (RFC 7748 section 6.1). */
  readonly publicKeyOf: (secretKey: Uint8Array) => Uint8Array;
  /** Unpredictable bytes. */
  readonly random: (byteCount: number) => Uint8Array;
  readonly clock: Pick<ServerClock, 'serverMs'>;
}

/**
 * The mail keys of this client: makes them, gives the public ones to the server, and deletes the private ones, so that
 * nothing can open what was sealed to them (docs/decisions/0022-mail-keys.md).
 */
export class OwnMailKeys {
  readonly #options: OwnMailKeysOptions;
  /** The server at which this client is registered. */
  #server: PeerKey | undefined;
  #checkAtMs: number | undefined;
  /** The server wants one-time keys, and gets them at this time. */
  #refill: { readonly atMs: number; readonly oneTimeLeft: number } | undefined;
  /** When all refills are allowed again. */
  #refillsFullAtMs = Number.NEGATIVE_INFINITY;
  #answerDueMs: number | undefined;
  /** The answer of the server to the newest one-time keys. Without one, it may have kept none of them. */
  #oneTimeAnswer: 'here' | 'awaited' | 'asked-for' = 'here';
  readonly #unanswered = new BackOff(answerWaitMs, answerWaitMsMax);

  constructor(options: OwnMailKeysOptions) {
    this.#options = options;
  }

  /** Installations before this one: their weekly keys came here in a backup. The newest come first. */
  formerInstallations(): InstallationId[] {
    const { store, installation } = this.#options;
    const others = store.mailKeys
      .all('weekly')
      .map((key) => key.installation)
      .filter((other) => other !== installation);
    return [...new Set(others.reverse())].slice(0, formerInstallationsMax);
  }

  handleRegistered(now: Moment, server: PeerKey): void {
    this.#server = server;
    this.#refill = undefined;
    this.#oneTimeAnswer = 'here';
    // A process that ended may have left removed keys in the WAL.
    this.#options.eraser.eraseSoon(now);
    this.#check(now);
  }

  /** What was sent to the server may not have arrived. The next registration tells. */
  handleOffline(): void {
    this.#server = undefined;
    this.#checkAtMs = undefined;
    this.#refill = undefined;
    this.#answerDueMs = undefined;
    this.#oneTimeAnswer = 'here';
  }

  /** PROTOCOL 9.21: the server has few one-time keys, or no weekly key. */
  handleWanted(now: Moment, oneTimeLeft: number): void {
    if (this.#server === undefined || this.#oneTimeAnswer === 'asked-for') return;
    // A server with a full disk wants keys again and again. New ones would push out those that are in use. The weekly key
    // is sent again at once, and later as long as no answer comes. The answer tells how many one-time keys are left.
    if (this.#oneTimeAnswer === 'awaited') {
      this.#publish(now, 0);
      this.#oneTimeAnswer = 'asked-for';
      return;
    }
    const atMs = this.#refillsFullAtMs - (refillsBurst - 1) * refillIntervalMs;
    if (now.monotonicMs >= atMs) this.#refillNow(now, oneTimeLeft);
    else this.#refill = { atMs, oneTimeLeft };
  }

  handleKept(now: Moment, { weekly, oneTimeLeft }: ProtocolMessageOf<'mail-keys-kept'>): void {
    const { mailKeys } = this.#options.store;
    this.#answerDueMs = undefined;
    this.#oneTimeAnswer = 'here';
    this.#unanswered.reset();
    // Only the successor of a key replaces it.
    if (this.#currentWeekly()?.keyId === weekly) {
      for (const { keyId, replacedAtMs } of mailKeys.all('weekly'))
        if (keyId !== weekly && replacedAtMs === null) mailKeys.setReplaced(keyId, now.wallMs);
    }
    if (oneTimeLeft < oneTimeKeysLow) this.handleWanted(now, oneTimeLeft);
  }

  /** The private key of an envelope; undefined once it is deleted, and for keys of other installations. */
  secretKeyOf(keyId: MailKeyId): Uint8Array | undefined {
    return this.#options.store.mailKeys.find(keyId)?.secretKey;
  }

  /** PROTOCOL 9.27: the turn that stores an opened message deletes its one-time key. */
  deleteUsed(now: Moment, keyId: MailKeyId): void {
    const { mailKeys } = this.#options.store;
    if (mailKeys.find(keyId)?.kind !== 'one-time') return;
    mailKeys.remove(keyId);
    this.#options.eraser.eraseSoon(now);
  }

  handleTimeout(now: Moment): void {
    if (isDue(this.#checkAtMs, now)) this.#check(now);
    if (this.#refill !== undefined && isDue(this.#refill.atMs, now)) {
      const { oneTimeLeft } = this.#refill;
      this.#refill = undefined;
      this.#refillNow(now, oneTimeLeft);
    }
    if (isDue(this.#answerDueMs, now)) this.#publish(now, 0);
  }

  pollTimeout(): number | undefined {
    const deadlines = [this.#checkAtMs, this.#refill?.atMs, this.#answerDueMs].filter(
      (due) => due !== undefined,
    );
    return deadlines.length === 0 ? undefined : Math.min(...deadlines);
  }

  #check(now: Moment): void {
    this.#checkAtMs = now.monotonicMs + checkIntervalMs;
    this.#deleteOld(now);
    const weekly = this.#currentWeekly();
    // A server that lost an unconfirmed key still hands out the one before it.
    const others = this.#options.store.mailKeys.all('weekly').filter(({ keyId }) => keyId !== weekly?.keyId);
    const isConfirmed = others.every(({ replacedAtMs }) => replacedAtMs !== null);
    if (weekly === undefined || this.#isWornOut(now, weekly) || !isConfirmed) this.#publish(now, 0);
  }

  #refillNow(now: Moment, oneTimeLeft: number): void {
    this.#refillsFullAtMs = Math.max(now.monotonicMs, this.#refillsFullAtMs) + refillIntervalMs;
    this.#publish(now, oneTimeKeysMax - oneTimeLeft);
  }

  /** Sends the weekly key, which may be a new one, and new one-time keys. */
  #publish(now: Moment, oneTimeCount: number): void {
    const { store, context, installation, clock } = this.#options;
    const server = this.#server;
    // The time of the server is asked for when this clock was set, and the next check follows.
    this.#answerDueMs = undefined;
    if (server === undefined || clock.serverMs(now) === undefined) return;
    this.#answerDueMs = now.monotonicMs + this.#unanswered.next();
    const known = this.#currentWeekly();
    const isNew = known === undefined || this.#isWornOut(now, known);
    const weekly = isNew ? this.#make(now, 'weekly') : known;
    const count = Math.max(0, Math.min(oneTimeCount, oneTimeKeysMax));
    const oneTime = Array.from({ length: count }, () => this.#make(now, 'one-time'));
    store.mailKeys.put(isNew ? [weekly, ...oneTime] : oneTime);
    if (count > 0) {
      this.#oneTimeAnswer = 'awaited';
      this.#deleteOld(now);
    }
    const message: ProtocolMessageOf<'mail-keys'> = {
      kind: 'mail-keys',
      installation,
      weekly: this.#publicOf(server, weekly),
      oneTime: oneTime.map((key) => this.#publicOf(server, key)),
    };
    context.send(server, message, 'mail-keys');
  }

  /** The newest weekly key of this installation. */
  #currentWeekly(): OwnMailKey | undefined {
    const { store, installation } = this.#options;
    return store.mailKeys.all('weekly').findLast((key) => key.installation === installation);
  }

  /**
   * By this client's clock, so that a server cannot keep a key in use; and by the server's, by which others see whether
   * the key is valid.
   */
  #isWornOut(now: Moment, { madeAtMs, expiresAtMs }: OwnMailKey): boolean {
    const ageMs = now.wallMs - madeAtMs;
    if (ageMs >= renewalMs || ageMs < -clockSlackMs) return true;
    const serverMs = this.#options.clock.serverMs(now);
    if (serverMs === undefined) return false;
    const leftMs = expiresAtMs - serverMs;
    return leftMs < validityMs - renewalMs - clockSlackMs || leftMs > validityMs + clockSlackMs;
  }

  #make(now: Moment, kind: MailKeyKind): OwnMailKey {
    const { installation, random, clock } = this.#options;
    return {
      // Two of a thousand keys have the same id once in 8,000 installations. The store refuses the turn, and the next one
      // draws others.
      keyId: newMailKeyId(installation, random(mailKeyIdRandomBytes)),
      kind,
      installation,
      secretKey: random(32),
      expiresAtMs: Math.floor(clock.serverMs(now) ?? now.wallMs) + validityMs,
      madeAtMs: Math.floor(now.wallMs),
      replacedAtMs: null,
    };
  }

  #publicOf(server: PeerKey, { keyId, kind, installation, secretKey, expiresAtMs }: OwnMailKey): MailKey {
    const { signer, publicKeyOf } = this.#options;
    const unsigned = { keyId, kind, publicKey: publicKeyOf(secretKey), expiresAtMs };
    const signature = signer.sign('mail-key', mailKeySignedBytes({ server, installation }, unsigned));
    return { keyId, kind, publicKey: unsigned.publicKey, expiresAtMs, signature };
  }

  #deleteOld(now: Moment): void {
    const { mailKeys } = this.#options.store;
    let deleted = mailKeys.removeOneTime(now.wallMs - oneTimeKeptMs, privateOneTimeKeysMax);
    const weekly = mailKeys.all('weekly');
    for (const [index, { keyId, replacedAtMs }] of weekly.entries()) {
      const isSurplus = index < weekly.length - privateWeeklyKeysMax;
      const sinceMs = replacedAtMs === null ? 0 : now.wallMs - replacedAtMs;
      // The clock was set back: the time begins again.
      if (sinceMs < -clockSlackMs) mailKeys.setReplaced(keyId, Math.floor(now.wallMs));
      if (!isSurplus && sinceMs < keptAfterReplacementMs) continue;
      mailKeys.remove(keyId);
      deleted++;
    }
    if (deleted > 0) this.#options.eraser.eraseSoon(now);
  }
}

function isDue(dueMs: number | undefined, now: Moment): boolean {
  return dueMs !== undefined && dueMs <= now.monotonicMs;
}
