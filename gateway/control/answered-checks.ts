import type { Address } from '../../shared/address.ts';
import type { CheckReport, OtherSideAttempt } from '../../shared/check/connection-check.ts';
import type { CheckId, PeerKey } from '../../shared/ids.ts';
import { candidatesMax } from '../../shared/limits.ts';
import type { RunningCheck, RunningClient, Runtime } from './ports.ts';

/** The asker sends several times within this time, if it hears nothing. */
const listenMs = 2_500;

/** Another client asks what this one sees of the connection. */
export interface CheckQuestionNews {
  readonly peer: PeerKey;
  readonly check: CheckId;
  /** The asker tries this client from these ports. */
  readonly ports: readonly number[];
}

/** The part of a running client that checks use. */
export type CheckedClient = Pick<RunningClient, 'client' | 'command' | 'watchArrivals' | 'isConnectedAt'>;

export interface AnsweredChecksOptions {
  readonly runtime: Pick<Runtime, 'startCheck'>;
  /** The client of the open chat; null without one. */
  readonly client: () => CheckedClient | null;
  /** Resolves when the server has told where a person is, or after a while. */
  readonly locate: (running: CheckedClient, peer: PeerKey) => Promise<void>;
  /** Calls back once after this time, unless the returned function is called before. */
  readonly after: (waitMs: number, callback: () => void) => () => void;
  readonly onFault: (error: unknown) => void;
}

/** Answers the questions of other clients about the connection with them: tries their addresses, and listens for their datagrams. */
export class AnsweredChecks {
  readonly #options: AnsweredChecksOptions;
  /** At most one for each asker. How often each of them may ask is decided before (PROTOCOL 6.112). */
  readonly #running = new Map<PeerKey, AnsweredCheck>();

  constructor(options: AnsweredChecksOptions) {
    this.#options = options;
  }

  handleQuestion(news: CheckQuestionNews): void {
    const client = this.#options.client();
    if (client === null) return;
    this.#running.get(news.peer)?.stop();
    const check = new AnsweredCheck(news, client, this.#options, () => {
      if (this.#running.get(news.peer) === check) this.#running.delete(news.peer);
    });
    this.#running.set(news.peer, check);
    check.run().catch((error: unknown) => {
      check.stop();
      this.#options.onFault(error);
    });
  }
}

class AnsweredCheck {
  readonly #news: CheckQuestionNews;
  readonly #client: CheckedClient;
  readonly #options: AnsweredChecksOptions;
  readonly #onEnd: () => void;
  /** The hosts that sent from one of the asker's ports, and not over a live connection. */
  readonly #heardFrom = new Set<string>();
  readonly #endListening: () => void;
  #hosts: ReadonlySet<string> = new Set();
  #check: RunningCheck | undefined;
  #cancelWait: () => void = () => undefined;
  #report: CheckReport | undefined;
  #hasListened = false;
  #hasEnded = false;

  constructor(
    news: CheckQuestionNews,
    client: CheckedClient,
    options: AnsweredChecksOptions,
    onEnd: () => void,
  ) {
    this.#news = news;
    this.#client = client;
    this.#options = options;
    this.#onEnd = onEnd;
    const ports = new Set(news.ports);
    this.#endListening = client.watchArrivals((from) => {
      if (ports.has(from.port)) this.#hear(from);
    });
  }

  /** Rejects with what a turn of the client threw. */
  async run(): Promise<void> {
    const { peer } = this.#news;
    this.#cancelWait = this.#options.after(listenMs, () => {
      this.#hasListened = true;
      this.#considerAnswer();
    });
    // The question comes in a turn of the client, in which no other turn can begin.
    await Promise.resolve();
    await this.#options.locate(this.#client, peer);
    const isOpen = !this.#hasEnded && this.#options.client() === this.#client;
    const place = isOpen ? this.#client.client.placeOfAsker(peer) : null;
    if (place === null) {
      this.stop();
      return;
    }
    const { seen, claims } = place;
    this.#hosts = new Set([...seen, ...claims].map(({ host }) => host));
    const targets = [
      ...seen.map((address) => ({ address, channel: 'introduced' }) as const),
      ...claims.map((address) => ({ address, channel: 'claimed' }) as const),
    ].slice(0, candidatesMax);
    const expected = { role: 'client', key: peer } as const;
    this.#check = this.#options.runtime.startCheck(
      { targets, expected, connectedAt: null, asksOtherSide: false },
      {
        onReport: (report) => {
          this.#report = report;
          this.#considerAnswer();
        },
      },
    );
  }

  stop(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#endListening();
    this.#cancelWait();
    this.#check?.stop();
    this.#onEnd();
  }

  get #hasArrived(): boolean {
    return [...this.#heardFrom].some((host) => this.#hosts.has(host));
  }

  #hear(from: Address): void {
    // A datagram of a live connection says nothing about one that begins, and perhaps is not even the asker's.
    if (this.#heardFrom.size >= candidatesMax || this.#client.isConnectedAt(from)) return;
    this.#heardFrom.add(from.host);
    // The endpoint takes the datagram first.
    queueMicrotask(() => this.#considerAnswer());
  }

  #considerAnswer(): void {
    const report = this.#report;
    const arrived = this.#hasArrived;
    if (this.#hasEnded || report?.phase !== 'over' || !(arrived || this.#hasListened)) return;
    this.stop();
    if (this.#options.client() !== this.#client) return;
    const { peer, check } = this.#news;
    const attempts = report.attempts.flatMap(({ address, state }): OtherSideAttempt[] =>
      state === 'waiting' ? [] : [{ address, state }],
    );
    const { firewall } = report.machine;
    try {
      this.#client.command((client, now) =>
        client.answerCheck(now, peer, check, { attempts, arrived, firewall }),
      );
    } catch (error) {
      this.#options.onFault(error);
    }
  }
}
