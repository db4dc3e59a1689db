import type { CheckReport, OtherSide } from '../../../shared/check/connection-check.ts';
import type { CheckDatagram, ConnectionCheck } from '../../check/connection-check.ts';
import type { Clock } from '../clock.ts';
import { DiscoverySocket } from '../discovery/discovery-socket.ts';
import { ProbeSocket } from './probe-socket.ts';

export interface CheckRunOptions {
  readonly check: ConnectionCheck;
  readonly clock: Clock;
  /** Called with each change of the report, the last one included. */
  readonly onReport: (report: CheckReport) => void;
  /** Called once, when the sockets are open: the ports from which the targets are tried. */
  readonly onOpen?: ((ports: readonly number[]) => void) | undefined;
}

/** Runs one check on sockets of its own, which it closes when the check is over. */
export class CheckRun {
  readonly #options: CheckRunOptions;
  #probes: readonly ProbeSocket[] = [];
  #questions: readonly (DiscoverySocket | undefined)[] = [];
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;

  constructor(options: CheckRunOptions) {
    this.#options = options;
  }

  /** Resolves when the check has begun. */
  async start(): Promise<void> {
    const { check } = this.#options;
    const nowMs = (): number => this.#nowMs();
    const [probes, questions] = await Promise.all([
      Promise.all(
        check.targets.map(({ address }, probe) =>
          ProbeSocket.open({
            to: address,
            onDatagram: (bytes) => this.#turn(() => check.handleProbeDatagram(nowMs(), probe, bytes)),
            onRefusal: (refusal) => this.#turn(() => check.handleRefusal(nowMs(), probe, refusal)),
          }),
        ),
      ),
      Promise.all(
        check.questions.map(({ family, host }, question) =>
          DiscoverySocket.open({
            family,
            host,
            port: 0,
            onDatagram: (from, bytes) =>
              this.#turn(() => check.handleQuestionDatagram(nowMs(), question, from, bytes)),
          }),
        ),
      ),
    ]);
    this.#probes = probes;
    this.#questions = questions;
    if (this.#isOver) {
      this.#closeSockets();
      return;
    }
    const ports = probes.map(({ port }) => port).filter((port) => port !== 0);
    this.#turn(() => check.start(nowMs()));
    if (!check.isOver) this.#options.onOpen?.(ports);
  }

  /** The other side has told what it tried. */
  tellOtherSide(otherSide: OtherSide): void {
    this.#turn(() => this.#options.check.handleOtherSide(this.#nowMs(), otherSide));
  }

  /** Ends the check without another report. */
  stop(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#closeSockets();
  }

  #turn(input: () => void): void {
    if (this.#isOver) return;
    const { check, onReport } = this.#options;
    input();
    for (let out = check.pollTransmit(); out !== undefined; out = check.pollTransmit()) this.#send(out);
    if (check.takeChange()) onReport(check.report());
    if (check.isOver) return this.stop();
    clearTimeout(this.#timer);
    const dueMs = check.pollTimeout();
    if (dueMs === undefined) return;
    const waitMs = Math.max(1, Math.ceil(dueMs - this.#nowMs()));
    this.#timer = setTimeout(() => this.#turn(() => check.handleTimeout(this.#nowMs())), waitMs);
    this.#timer.unref();
  }

  #send(out: CheckDatagram): void {
    if (out.socket === 'probe') this.#probes[out.probe]?.send(out.bytes);
    else this.#questions[out.question]?.send(out.to, out.bytes);
  }

  #closeSockets(): void {
    for (const socket of [...this.#probes, ...this.#questions]) socket?.close();
  }

  #nowMs(): number {
    return this.#options.clock.now().monotonicMs;
  }
}
