import type { ProtocolMessageOf } from '../../shared/chat/kinds.ts';
import { isMailKeyOf, type MailKey } from '../../shared/chat/mail-key.ts';
import type { InstallationId, MailKeyId, PeerKey } from '../../shared/ids.ts';
import {
  installationsMax,
  mailKeyRequestsBurst,
  mailKeyRequestsIntervalMs,
  oneTimeKeysLow,
  oneTimeKeysMax,
} from '../../shared/limits.ts';
import type { Moment } from '../../shared/moment.ts';
import type { ServerStore } from '../store/server-store.ts';
import type { ServerContext } from './context.ts';
import { KeyedTokenBucket } from '../turn/keyed-token-bucket.ts';
import { RecentCounts } from './recent-counts.ts';

/** A one-time key that an asker has got counts against its share of a peer's keys for this time. */
const shareIntervalMs = 60_000;
/** An asker gets another one-time key of a peer while it has got less than this part of what is left. */
const shareOfLeft = 1 / 4;
/** A client that did not answer `mail-keys-wanted` is asked again after this time, when it is asked for keys again. */
const wantedIntervalMs = 10_000;
/** Older than any running time: the mail of an installation that was replaced then goes back at the next upkeep. */
const longAgoMs = Number.MIN_SAFE_INTEGER;

type Request = ProtocolMessageOf<'mail-key-request'>;

/**
 * Keeps the public mail keys of users, and hands them out: those of the installation that registered last, and each one-time
 * key once (PROTOCOL 9.22, 9.23). It holds no facts of the store in memory, so it outlives a fault.
 */
export class MailKeyService {
  readonly #store: ServerStore;
  readonly #context: ServerContext;
  /** The present registration of a user takes the mail of these installations. */
  readonly #registered = new Map<PeerKey, readonly InstallationId[]>();
  readonly #requestLimit = new KeyedTokenBucket(mailKeyRequestsBurst, mailKeyRequestsIntervalMs);
  /** One-time keys that an asker has got of a peer. */
  readonly #shares = new RecentCounts(shareIntervalMs);
  /** The server's clock at the last request. */
  #wallMs = Number.NEGATIVE_INFINITY;
  /** When the last `mail-keys-wanted` to a client was sent. */
  readonly #wantedAtMs = new Map<PeerKey, number>();

  constructor(store: ServerStore, context: ServerContext) {
    this.#store = store;
    this.#context = context;
  }

  /** The client is registered: its keys are handed out from now on. Asks for keys that are missing. */
  handleRegistration(now: Moment, peer: PeerKey, message: ProtocolMessageOf<'register'>): void {
    const { installation, formerInstallations } = message;
    const { mailKeys, facts } = this.#store;
    mailKeys.setCurrent(peer, installation, facts.get().runningMs);
    const surplus = mailKeys.installations(peer).slice(0, -installationsMax);
    for (const each of surplus) mailKeys.setReplaced(peer, each.installation, longAgoMs);
    this.#registered.set(peer, [installation, ...formerInstallations]);
    this.#wantedAtMs.delete(peer);
    if (this.#weeklyOf(now, peer, installation) === undefined) this.#ask(now, peer, installation);
    else this.#askIfLow(now, peer, installation);
  }

  /** The present registration of this user takes the mail of these: of its own installation first, then of former ones. */
  registeredInstallations(peer: PeerKey): readonly InstallationId[] {
    return this.#registered.get(peer) ?? [];
  }

  /** Whether the present registration of this user takes mail that is sealed to this key. */
  isForRegistered(peer: PeerKey, keyId: MailKeyId): boolean {
    return this.registeredInstallations(peer).some((installation) => isMailKeyOf(installation, keyId));
  }

  /**
   * PROTOCOL 9.25: whether an envelope to this key can be delivered as things are: the installation that registered last has
   * the key. What is sealed to a replaced installation would wait for it for days.
   */
  isForCurrent(peer: PeerKey, keyId: MailKeyId): boolean {
    const current = this.#store.mailKeys.installations(peer).at(-1);
    const isCurrent = current !== undefined && isMailKeyOf(current.installation, keyId);
    return isCurrent || this.isForRegistered(peer, keyId);
  }

  /** The registration is over. */
  handleDeparture(peer: PeerKey): void {
    this.#registered.delete(peer);
    this.#wantedAtMs.delete(peer);
  }

  /** PROTOCOL 9.21: keeps keys of the installation that is registered, as many as there is room for. */
  keep(peer: PeerKey, message: ProtocolMessageOf<'mail-keys'>): void {
    const { installation, weekly, oneTime } = message;
    const isOwn = ({ keyId }: MailKey): boolean => isMailKeyOf(installation, keyId);
    if (this.#registered.get(peer)?.[0] !== installation || ![weekly, ...oneTime].every(isOwn))
      return this.#context.send(peer, { kind: 'error', code: 'malformed', about: 'mail-keys' });
    const { mailKeys } = this.#store;
    mailKeys.putWeekly(peer, installation, weekly);
    const room = oneTimeKeysMax - mailKeys.countOneTime(peer, installation);
    mailKeys.putOneTime(peer, installation, oneTime.slice(0, Math.max(0, room)));
    const oneTimeLeft = mailKeys.countOneTime(peer, installation);
    this.#wantedAtMs.delete(peer);
    this.#context.send(peer, { kind: 'mail-keys-kept', weekly: weekly.keyId, oneTimeLeft });
  }

  /** The turn that was to keep keys failed. The client gives others: it sends no one-time key twice. */
  handleKeepFailed(peer: PeerKey): void {
    const installation = this.#registered.get(peer)?.[0];
    if (installation === undefined || !this.#context.isOnline(peer)) return;
    const oneTimeLeft = this.#store.mailKeys.countOneTime(peer, installation);
    this.#context.send(peer, { kind: 'mail-keys-wanted', oneTimeLeft });
  }

  /** The turn that was to take a one-time key failed. The weekly key needs no write. */
  handleTakeFailed(asker: PeerKey, { peer, oneTime }: Request): void {
    if (!this.#context.isOnline(asker)) return;
    const installation = this.#store.mailKeys.installations(peer).at(-1)?.installation;
    const key =
      installation === undefined ? undefined : this.#weeklyOf({ wallMs: this.#wallMs }, peer, installation);
    if (installation !== undefined && key !== undefined)
      this.#context.send(asker, { kind: 'mail-key', peer, oneTime, installation, key });
  }

  answer(now: Moment, asker: PeerKey, { peer, oneTime }: Request): void {
    this.#wallMs = now.wallMs;
    if (this.#requestLimit.take(now.monotonicMs, asker) !== undefined) {
      const error = { kind: 'error', code: 'too-often', about: 'mail-key-request' } as const;
      return this.#context.send(asker, error);
    }
    const installation = this.#store.mailKeys.installations(peer).at(-1)?.installation;
    const key =
      installation === undefined
        ? undefined
        : ((oneTime ? this.#takeOneTime(now, asker, peer, installation) : undefined) ??
          this.#weeklyOf(now, peer, installation));
    if (installation === undefined) return this.#context.send(asker, { kind: 'mail-key', peer, oneTime });
    if (key === undefined) {
      this.#context.send(asker, { kind: 'mail-key', peer, oneTime });
      return this.#ask(now, peer, installation);
    }
    this.#context.send(asker, { kind: 'mail-key', peer, oneTime, installation, key });
    this.#askIfLow(now, peer, installation);
  }

  /**
   * PROTOCOL 9.23: with many keys left an asker gets several, with few left one. An asker that has got many is the first to
   * get none, so that the next asker still gets some.
   */
  #takeOneTime(
    now: Moment,
    asker: PeerKey,
    peer: PeerKey,
    installation: InstallationId,
  ): MailKey | undefined {
    const { mailKeys } = this.#store;
    const share = asker + peer;
    for (;;) {
      const left = mailKeys.countOneTime(peer, installation);
      if (this.#shares.count(now.monotonicMs, share) >= left * shareOfLeft) return undefined;
      const key = mailKeys.takeOneTime(peer, installation);
      // An expired key is of no use to any asker.
      if (key === undefined || key.expiresAtMs > now.wallMs) {
        if (key !== undefined) this.#shares.add(now.monotonicMs, share);
        return key;
      }
    }
  }

  #weeklyOf(now: Pick<Moment, 'wallMs'>, peer: PeerKey, installation: InstallationId): MailKey | undefined {
    const key = this.#store.mailKeys.weekly(peer, installation);
    return key !== undefined && key.expiresAtMs > now.wallMs ? key : undefined;
  }

  #askIfLow(now: Moment, peer: PeerKey, installation: InstallationId): void {
    if (this.#store.mailKeys.countOneTime(peer, installation) < oneTimeKeysLow)
      this.#ask(now, peer, installation);
  }

  #ask(now: Moment, peer: PeerKey, installation: InstallationId): void {
    if (!this.#context.isOnline(peer)) return;
    const wantedAtMs = this.#wantedAtMs.get(peer);
    if (wantedAtMs !== undefined && now.monotonicMs - wantedAtMs < wantedIntervalMs) return;
    this.#wantedAtMs.set(peer, now.monotonicMs);
    // The client gives keys that are valid by this clock, which may have been set since it learned the time.
    this.#context.send(peer, { kind: 'time-reply', wallMs: now.wallMs });
    const oneTimeLeft = this.#store.mailKeys.countOneTime(peer, installation);
    this.#context.send(peer, { kind: 'mail-keys-wanted', oneTimeLeft });
  }
}
