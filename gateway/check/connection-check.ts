import { isSameAddress, type Address } from '../../shared/address.ts';
import type {
  CheckAttempt,
  CheckReport,
  MachineFacts,
  OtherSide,
} from '../../shared/check/connection-check.ts';
import type { PeerKey } from '../../shared/ids.ts';
import type { Link } from '../discovery/links.ts';
import type { Endpoint } from '../transport/endpoint.ts';
import { diagnose } from './diagnosis.ts';
import { DiscoveryQuestions, type QuestionDatagram } from './discovery-questions.ts';
import { Probe, type CheckTarget, type Expected, type SystemRefusal } from './probe.ts';

/** More addresses of a name or a person are not tried. */
const checkTargetsMax = 16;
/** A check is over then, whatever is awaited. */
const checkMsMax = 5_000;

export interface ConnectionCheckOptions {
  readonly targets: readonly CheckTarget[];
  readonly expected: Expected;
  /** The links of this machine. */
  readonly links: readonly Link[];
  readonly machine: MachineFacts;
  /** Where the other side is connected with this client already; null: nowhere. */
  readonly connectedAt: Address | null;
  /** Whether the other side is asked what it tried. */
  readonly asksOtherSide: boolean;
  /** Makes an endpoint with a new key. */
  readonly newEndpoint: () => Endpoint;
  readonly random: (byteCount: number) => Uint8Array;
  readonly verify: (key: PeerKey, signed: Uint8Array, signature: Uint8Array) => boolean;
}

/** A datagram of a check, and the socket that it leaves by. */
export type CheckDatagram =
  | { readonly socket: 'probe'; readonly probe: number; readonly bytes: Uint8Array }
  | ({ readonly socket: 'question' } & QuestionDatagram);

/**
 * One connection check, from its first datagram to its report: it tries each address, asks by each channel of discovery, and hears what
 * the other side tried. At most 3 datagrams go to an address that is silent, and all is over within 5 s. Sans-I/O.
 */
export class ConnectionCheck {
  readonly #options: ConnectionCheckOptions;
  readonly #probes: readonly Probe[];
  readonly #questions: DiscoveryQuestions;
  #otherSide: OtherSide;
  #startMs = 0;
  #hasEnded = false;
  #told = '';

  constructor(options: ConnectionCheckOptions) {
    this.#options = options;
    const targets = options.targets.slice(0, checkTargetsMax);
    this.#probes = targets.map((target) => new Probe(target, options.expected, options.newEndpoint()));
    // Only servers answer questions of discovery.
    const isServer = options.expected.role === 'server';
    this.#questions = new DiscoveryQuestions({
      links: isServer ? options.links : [],
      hosts: isServer ? [...new Set(targets.map(({ address }) => address.host))] : [],
      random: options.random,
      verify: options.verify,
    });
    this.#otherSide = { state: options.asksOtherSide ? 'asked' : 'not-asked', attempts: [] };
  }

  /** The addresses that are tried, in the order of their probes. */
  get targets(): readonly CheckTarget[] {
    return this.#probes.map(({ target }) => target);
  }

  /** The links of the questions of discovery, in the order of their numbers. Each question has a socket of its own. */
  get questions(): readonly Link[] {
    return this.#questions.links;
  }

  get isOver(): boolean {
    return this.#hasEnded;
  }

  start(nowMs: number): void {
    this.#startMs = nowMs;
    for (const probe of this.#probes) probe.start(nowMs);
    this.#questions.start(nowMs);
    this.#considerEnd(nowMs);
  }

  handleProbeDatagram(nowMs: number, probe: number, bytes: Uint8Array): void {
    this.#probes[probe]?.handleDatagram(nowMs, bytes);
    this.#considerEnd(nowMs);
  }

  /** The system could not deliver a datagram of this probe. */
  handleRefusal(nowMs: number, probe: number, refusal: SystemRefusal): void {
    this.#probes[probe]?.handleRefusal(nowMs, refusal);
    this.#considerEnd(nowMs);
  }

  handleQuestionDatagram(nowMs: number, question: number, from: Address, bytes: Uint8Array): void {
    this.#questions.handleDatagram(nowMs, question, from, bytes);
  }

  handleOtherSide(nowMs: number, otherSide: OtherSide): void {
    if (this.#otherSide.state === 'asked') this.#otherSide = otherSide;
    this.#considerEnd(nowMs);
  }

  handleTimeout(nowMs: number): void {
    for (const probe of this.#probes) probe.handleTimeout(nowMs);
    this.#questions.handleTimeout(nowMs);
    this.#considerEnd(nowMs);
  }

  pollTransmit(): CheckDatagram | undefined {
    for (const [probe, each] of this.#probes.entries()) {
      const bytes = each.pollTransmit();
      if (bytes !== undefined) return { socket: 'probe', probe, bytes };
    }
    const question = this.#questions.pollTransmit();
    return question === undefined ? undefined : { socket: 'question', ...question };
  }

  pollTimeout(): number | undefined {
    if (this.#hasEnded) return undefined;
    const dues = [...this.#probes, this.#questions].map((part) => part.pollTimeout());
    return Math.min(this.#startMs + checkMsMax, ...dues.filter((dueMs) => dueMs !== undefined));
  }

  /** Returns once whether the report changed since the last call. */
  takeChange(): boolean {
    const told = JSON.stringify(this.report());
    const changed = told !== this.#told;
    this.#told = told;
    return changed;
  }

  report(): CheckReport {
    const { machine, expected } = this.#options;
    const attempts = this.#attempts();
    const otherSide = this.#otherSide;
    const evidence = { expected, attempts, machine, otherSide, chats: this.#questions.chats() };
    return {
      phase: this.#hasEnded ? 'over' : 'running',
      attempts,
      machine,
      otherSide,
      ...diagnose(evidence),
    };
  }

  #attempts(): CheckAttempt[] {
    const { connectedAt } = this.#options;
    const isConnected = (address: Address): boolean =>
      connectedAt !== null && isSameAddress(connectedAt, address);
    const probed = this.#probes.map((probe): CheckAttempt => {
      const attempt = probe.attempt();
      const isSilent = attempt.state === 'nothing' && isConnected(probe.target.address);
      return isSilent ? { ...attempt, state: 'connected' } : attempt;
    });
    return [...probed, ...this.#questions.attempts()];
  }

  #considerEnd(nowMs: number): void {
    const isTimeOver = nowMs - this.#startMs >= checkMsMax;
    if (isTimeOver && this.#otherSide.state === 'asked') this.#otherSide = { state: 'silent', attempts: [] };
    const isDone =
      this.#probes.every(({ state }) => state !== 'waiting') &&
      this.#questions.isOver &&
      this.#otherSide.state !== 'asked';
    if (isDone || isTimeOver) this.#hasEnded = true;
  }
}
