import { isSameAddress, type Address } from '../../shared/address.ts';
import {
  untoldSide,
  type CheckAttempt,
  type CheckReport,
  type MachineFacts,
  type OtherSide,
  type OtherSideAttempt,
} from '../../shared/check/connection-check.ts';
import type { PeerKey } from '../../shared/ids.ts';
import { checkTargetsMax } from '../../shared/limits.ts';
import type { Link } from '../discovery/links.ts';
import type { Endpoint } from '../transport/endpoint.ts';
import { diagnose, isQuestion, isShutOut } from './diagnosis.ts';
import { DiscoveryQuestions, type QuestionDatagram } from './discovery-questions.ts';
import { Probe, type CheckTarget, type Expected, type SystemRefusal } from './probe.ts';

/** A check is over then, whatever is awaited. */
const checkMsMax = 5_000;
/** The same where the other side is asked. It has a check of its own to do. */
const askingMsMax = 8_000;
/** The question gets this far ahead, so that the other side listens when the first datagram comes. */
const headStartMs = 150;

export interface ConnectionCheckOptions {
  readonly targets: readonly CheckTarget[];
  readonly expected: Expected;
  /** The links of this machine. */
  readonly links: readonly Link[];
  readonly machine: MachineFacts;
  /** Where the other side is connected with this client already; null: nowhere. */
  readonly connectedAt: Address | null;
  /** Whether the other side is asked what it sees. */
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
 * the other side sees. At most 3 datagrams go to an address that is silent, and all is over within 5 s, or 8 s where the other side is
 * asked. Sans-I/O.
 */
export class ConnectionCheck {
  readonly #options: ConnectionCheckOptions;
  readonly #probes: readonly Probe[];
  readonly #questions: DiscoveryQuestions;
  #otherSide: OtherSide;
  #startMs = 0;
  #probesDueMs = 0;
  #hasStartedProbes = false;
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
    this.#otherSide = untoldSide(options.asksOtherSide ? 'asked' : 'not-asked');
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
    this.#probesDueMs = nowMs + (this.#options.asksOtherSide ? headStartMs : 0);
    this.#startProbes(nowMs);
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
    this.#startProbes(nowMs);
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
    const parts = this.#hasStartedProbes ? [...this.#probes, this.#questions] : [this.#questions];
    const dues = parts.map((part) => part.pollTimeout());
    if (!this.#hasStartedProbes) dues.push(this.#probesDueMs);
    return Math.min(this.#endMs, ...dues.filter((dueMs) => dueMs !== undefined));
  }

  get #endMs(): number {
    return this.#startMs + (this.#options.asksOtherSide ? askingMsMax : checkMsMax);
  }

  #startProbes(nowMs: number): void {
    if (this.#hasStartedProbes || nowMs < this.#probesDueMs) return;
    this.#hasStartedProbes = true;
    for (const probe of this.#probes) probe.start(nowMs);
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
      machine,
      ...fromBothSides(attempts, otherSide),
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
    const isTimeOver = nowMs >= this.#endMs;
    if (isTimeOver && this.#otherSide.state === 'asked') this.#otherSide = untoldSide('silent');
    const isDone =
      this.#probes.every(({ state }) => state !== 'waiting') &&
      this.#questions.isOver &&
      this.#otherSide.state !== 'asked';
    if (isDone || isTimeOver) this.#hasEnded = true;
  }
}

/** What one side alone sees as an answer may be known to come only after it sent first, because the other side got through with nothing. */
function fromBothSides(
  attempts: readonly CheckAttempt[],
  told: OtherSide,
): Pick<CheckReport, 'attempts' | 'otherSide'> {
  const probes = attempts.filter(({ channel }) => !isQuestion(channel));
  if (told.state !== 'answered' || probes.some(({ state }) => state === 'waiting'))
    return { attempts, otherSide: told };
  // An answer proves that what it answers has arrived.
  const isAnswered = probes.some(({ state }) => state === 'answered');
  const otherSide = isAnswered ? { ...told, arrived: true } : told;
  if (isShutOut(otherSide.attempts)) {
    const refined = attempts.map((attempt): CheckAttempt => {
      const isAnswer = attempt.state === 'answered' && !isQuestion(attempt.channel);
      return isAnswer ? { ...attempt, state: 'answers-only' } : attempt;
    });
    return { attempts: refined, otherSide };
  }
  if (otherSide.arrived !== false || !isShutOut(probes)) return { attempts, otherSide };
  const refined = otherSide.attempts.map((attempt): OtherSideAttempt =>
    attempt.state === 'answered' ? { ...attempt, state: 'answers-only' } : attempt,
  );
  return { attempts, otherSide: { ...otherSide, attempts: refined } };
}
