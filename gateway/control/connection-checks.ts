import type { CheckTarget as CheckSubject } from '../../shared/bridge/check.ts';
import { untoldSide } from '../../shared/check/connection-check.ts';
import { done, refused, type CommandResult } from '../../shared/command-result.ts';
import type { ErrorCode } from '../../shared/errors.ts';
import type { CheckId, PeerKey } from '../../shared/ids.ts';
import { formatServer } from '../../shared/join-address-text.ts';
import { readServer } from '../../shared/typed-address.ts';
import type { CheckNewsEvent } from '../client/client-event.ts';
import { KeyedTokenBucket } from '../turn/keyed-token-bucket.ts';
import { AnsweredChecks, type CheckedClient } from './answered-checks.ts';
import type { EphemeralSubscription } from './ephemeral-subscription.ts';
import type { CheckRequest, RunningCheck, Runtime } from './ports.ts';

/** A user may repeat a check. A page with a fault may not send all the time. */
const checks = { burst: 5, intervalMs: 2_000 };
/** The server answers within this time where a person can be found, or not at all. */
const lookUpMsMax = 2_000;

export interface ConnectionChecksOptions {
  readonly runtime: Pick<Runtime, 'startCheck' | 'resolveAddress'>;
  /** The client of the open chat; null without one. */
  readonly client: () => CheckedClient | null;
  readonly nowMs: () => number;
  /** Calls back once after this time, unless the returned function is called before. */
  readonly after: (waitMs: number, callback: () => void) => () => void;
  readonly onFault: (error: unknown) => void;
}

type Prepared = CheckRequest | { readonly error: ErrorCode };

interface Started {
  readonly subject: CheckSubject;
  running: RunningCheck | null;
}

/** The connection checks of all frontends, at most one for each. */
export class ConnectionChecks {
  readonly #options: ConnectionChecksOptions;
  readonly #rate = new KeyedTokenBucket(checks.burst, checks.intervalMs);
  readonly #started = new Map<EphemeralSubscription, Started>();
  /** Called when the server has told where a person is. */
  readonly #lookUps = new Map<PeerKey, Set<() => void>>();
  /** Checks that wait for the view of the other side. */
  readonly #waiting = new Map<CheckId, Started>();
  readonly #answered: AnsweredChecks;

  constructor(options: ConnectionChecksOptions) {
    this.#options = options;
    this.#answered = new AnsweredChecks({
      ...options,
      locate: (running, peer) => this.#locate(running, peer),
    });
  }

  async start(subscription: EphemeralSubscription, subject: CheckSubject): Promise<CommandResult> {
    this.forget(subscription);
    if (this.#rate.take(this.#options.nowMs(), '') !== undefined) return refused('too-often');
    const started: Started = { subject, running: null };
    this.#started.set(subscription, started);
    const request = await this.#prepare(subject);
    if (this.#started.get(subscription) !== started) return done;
    if ('error' in request) {
      this.#started.delete(subscription);
      return refused(request.error);
    }
    const isStarted = (): boolean => this.#started.get(subscription) === started;
    started.running = this.#options.runtime.startCheck(request, {
      onReport: (report) => {
        if (report.phase === 'over') this.#stopWaiting(started);
        if (isStarted()) subscription.put({ type: 'connection-check', target: subject, report });
      },
      onOpen: (ports) => {
        if (isStarted() && subject.type === 'person') this.#askOtherSide(started, subject.peer, ports);
      },
    });
    return done;
  }

  /** The frontend has gone, or wants no more news. */
  forget(subscription: EphemeralSubscription): void {
    const started = this.#started.get(subscription);
    if (started === undefined) return;
    started.running?.stop();
    this.#stopWaiting(started);
    this.#started.delete(subscription);
  }

  /** The client has news that only checks need. */
  handleNews({ news }: CheckNewsEvent): void {
    switch (news.type) {
      case 'located':
        for (const proceed of this.#lookUps.get(news.peer) ?? []) proceed();
        return;
      case 'asked':
        return this.#answered.handleQuestion(news);
      case 'told':
        this.#waiting.get(news.check)?.running?.tellOtherSide(news.otherSide);
        this.#waiting.delete(news.check);
        return;
      default:
        return news satisfies never;
    }
  }

  #askOtherSide(started: Started, peer: PeerKey, ports: readonly number[]): void {
    try {
      const running = this.#options.client();
      const question = running?.command((client, now) => client.askOtherSide(now, peer, ports));
      if (question?.type === 'asked') this.#waiting.set(question.check, started);
      else started.running?.tellOtherSide(untoldSide(question?.type ?? 'no-path'));
    } catch (error) {
      this.#options.onFault(error);
    }
  }

  #stopWaiting(started: Started): void {
    for (const [check, each] of this.#waiting) if (each === started) this.#waiting.delete(check);
  }

  #prepare(subject: CheckSubject): Promise<Prepared> {
    switch (subject.type) {
      case 'server':
        return Promise.resolve(this.#prepareServer());
      case 'person':
        return this.#preparePerson(subject.peer);
      case 'address':
        return this.#prepareAddress(formatServer(subject.server));
      default:
        return subject satisfies never;
    }
  }

  #prepareServer(): Prepared {
    const running = this.#options.client();
    if (running === null) return { error: 'not-joined' };
    const { addresses, key } = running.client.placeOfServer();
    return {
      targets: addresses.map((address) => ({ address, channel: 'server' })),
      expected: { role: 'server', named: key === null ? null : { type: 'whole', key } },
      connectedAt: null,
      asksOtherSide: false,
    };
  }

  async #preparePerson(peer: PeerKey): Promise<Prepared> {
    const running = this.#options.client();
    if (running === null) return { error: 'not-joined' };
    if (running.client.placeOf(peer) === null) return { error: 'unknown-recipient' };
    await this.#locate(running, peer);
    const place = running.client.placeOf(peer);
    if (place === null) return { error: 'unknown-recipient' };
    return {
      targets: [
        ...place.seen.map((address) => ({ address, channel: 'introduced' }) as const),
        ...place.claims.map((address) => ({ address, channel: 'claimed' }) as const),
      ],
      expected: { role: 'client', key: peer },
      connectedAt: place.connectedAt,
      asksOtherSide: true,
    };
  }

  async #prepareAddress(typed: string): Promise<Prepared> {
    const server = readServer(typed);
    if ('error' in server) return server;
    const resolved = await this.#options.runtime.resolveAddress(server);
    if ('error' in resolved) return resolved;
    return {
      targets: resolved.addresses.map((address) => ({ address, channel: 'typed' })),
      expected: { role: 'server', named: server.key ?? null },
      connectedAt: null,
      asksOtherSide: false,
    };
  }

  async #locate(running: CheckedClient, peer: PeerKey): Promise<void> {
    if (running.command((client, now) => client.lookUp(now, peer))) await this.#located(peer);
  }

  /** Resolves when the server has told where the person is, or after a while. */
  #located(peer: PeerKey): Promise<void> {
    return new Promise((resolve) => {
      const waiting = this.#lookUps.get(peer) ?? new Set();
      this.#lookUps.set(peer, waiting);
      const proceed = (): void => {
        cancel();
        waiting.delete(proceed);
        if (waiting.size === 0) this.#lookUps.delete(peer);
        resolve();
      };
      const cancel = this.#options.after(lookUpMsMax, proceed);
      waiting.add(proceed);
    });
  }
}
