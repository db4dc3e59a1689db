import { isSameAddress, type Address } from '../../../shared/address.ts';
import type { CheckReport, FirewallName, MachineFacts } from '../../../shared/check/connection-check.ts';
import type { PeerKey } from '../../../shared/ids.ts';
import type { Moment } from '../../../shared/moment.ts';
import { ConnectionCheck } from '../../check/connection-check.ts';
import type { CheckedClient } from '../../control/answered-checks.ts';
import { ConnectionChecks } from '../../control/connection-checks.ts';
import { EphemeralSubscription } from '../../control/ephemeral-subscription.ts';
import type { CheckListeners, CheckRequest, RunningCheck } from '../../control/ports.ts';
import { keyPairOf, transportCrypto } from '../../crypto/crypto.ts';
import type { DrivenEndpoint, OutgoingDatagram, ReceivedDatagram } from '../../net/driver.ts';
import { Endpoint } from '../../transport/endpoint.ts';
import type { SimulatedClient } from '../chat/chat-simulation.ts';
import { ChatFixture } from '../chat/chat-fixture.ts';
import type { SimulatedHost, SimulatedSocket } from '../network/simulated-network.ts';

/** The time in which promises are kept again and again while virtual time passes. */
const sliceMs = 10;

/** A chat with clients that check their connections, each over sockets of its own machine. */
export class CheckLab {
  readonly chat = new ChatFixture();
  readonly #gateways = new Map<SimulatedClient, CheckGateway>();
  readonly #arrivals = new Set<(from: Address, to: Address) => void>();
  readonly #refusals = new Set<(from: Address, to: Address) => void>();
  /** Hosts that sent a datagram, and where to. */
  readonly sent: { readonly from: Address; readonly to: Address }[] = [];

  constructor() {
    const { network } = this.chat.simulation;
    network.onDelivery = ({ from, to }) => this.#arrivals.forEach((listener) => listener(from, to));
    network.onRefusal = ({ from, to }) => this.#refusals.forEach((listener) => listener(from, to));
    network.onDatagramSent = ({ from, to }) => void this.sent.push({ from, to });
  }

  /** Makes clients that are online, see each other online, and can check and be checked. */
  online<const Nicknames extends readonly string[]>(
    ...nicknames: Nicknames
  ): { [Index in keyof Nicknames]: SimulatedClient } {
    const clients = this.chat.online(...nicknames);
    for (const one of clients as readonly SimulatedClient[]) this.attach(one);
    return clients;
  }

  /** Lets a client check and be checked. */
  attach(one: SimulatedClient): CheckGateway {
    const gateway = new CheckGateway(this, one);
    this.#gateways.set(one, gateway);
    return gateway;
  }

  gatewayOf(one: SimulatedClient): CheckGateway {
    const gateway = this.#gateways.get(one);
    if (gateway === undefined) throw new Error(`${one.nickname} checks nothing`);
    return gateway;
  }

  /** Both have written to the other, so that each knows the other one. */
  acquaint(one: SimulatedClient, other: SimulatedClient): void {
    const ids = [
      [one, one.say(other, 'hello')],
      [other, other.say(one, 'hi')],
    ] as const;
    this.chat.simulation.until('delivered', () =>
      ids.every(([from, id]) => from.stateOf(id) === 'delivered'),
    );
  }

  /** Ends the direct connection between two clients as a cable does that is out for a while. */
  disconnect(one: SimulatedClient, other: SimulatedClient): void {
    this.chat.part(one, other);
    this.chat.simulation.pass(120_000);
    this.chat.heal(one, other);
  }

  /** Resolves with the last report of a check. */
  async check(one: SimulatedClient, other: { readonly key: PeerKey }): Promise<CheckReport> {
    return this.gatewayOf(one).check(other.key);
  }

  /** Lets virtual time pass, and promises be kept. */
  async pass(durationMs: number, isDone: () => boolean = () => false): Promise<void> {
    for (let passedMs = 0; passedMs < durationMs && !isDone(); passedMs += sliceMs) {
      this.chat.simulation.pass(sliceMs);
      await new Promise(setImmediate);
    }
    const [fault] = this.chat.simulation.faults;
    if (fault !== undefined) throw new Error('a turn failed', { cause: fault });
  }

  watchArrivals(listener: (from: Address, to: Address) => void): () => void {
    this.#arrivals.add(listener);
    return () => this.#arrivals.delete(listener);
  }

  watchRefusals(listener: (from: Address, to: Address) => void): () => void {
    this.#refusals.add(listener);
    return () => this.#refusals.delete(listener);
  }
}

/** The part of a gateway that checks connections, on a simulated machine. */
export class CheckGateway {
  /** What this machine would find out about itself. */
  firewall: FirewallName | null = null;
  readonly #lab: CheckLab;
  readonly #client: SimulatedClient;
  readonly #checks: ConnectionChecks;
  readonly #timers: TimerPort;

  constructor(lab: CheckLab, client: SimulatedClient) {
    this.#lab = lab;
    this.#client = client;
    const { network } = lab.chat.simulation;
    this.#timers = new TimerPort(client.socketHost, () => network.clock.now().monotonicMs);
    const running: CheckedClient = {
      client: client.role,
      command: (run) => client.command(run),
      watchArrivals: (listener) =>
        lab.watchArrivals((from, to) => {
          if (isSameAddress(to, client.address)) listener(from);
        }),
      isConnectedAt: (address) => client.isConnectedAt(address),
    };
    this.#checks = new ConnectionChecks({
      runtime: {
        startCheck: (request, listeners) => this.#start(request, listeners),
        resolveAddress: () => Promise.resolve({ error: 'address-invalid' }),
      },
      client: () => (client.isRunning ? running : null),
      nowMs: () => network.clock.now().monotonicMs,
      after: (waitMs, callback) => this.#timers.after(waitMs, callback),
      onFault: (error) => void lab.chat.simulation.faults.push(error),
    });
    client.onEvent = (event) => {
      if (event.type === 'check-news') this.#checks.handleNews(event);
    };
  }

  async check(peer: PeerKey): Promise<CheckReport> {
    const subscription = new EphemeralSubscription(() => undefined);
    let last: CheckReport | undefined;
    const started = this.#checks.start(subscription, { type: 'person', peer });
    await this.#lab.pass(20_000, () => {
      for (let event = subscription.take(); event !== undefined; event = subscription.take())
        if (event.type === 'connection-check') last = event.report;
      return last?.phase === 'over';
    });
    const answer = await started;
    if (last?.phase !== 'over') throw new Error(`no report: ${JSON.stringify(answer)}`);
    return last;
  }

  #start(request: CheckRequest, listeners: CheckListeners): RunningCheck {
    const run = new SimulatedCheck(this.#lab, this.#client.socketHost, this.#machine(), request, listeners);
    queueMicrotask(() => run.begin());
    return run;
  }

  #machine(): MachineFacts {
    const networks = this.#client.socketHost.interfaces.map((own) => ({ ...own, network: 'lan' }) as const);
    return { networks, firewall: this.firewall, hasVpn: false };
  }
}

/** One check on the sockets of a simulated machine: what CheckRun is on a real one. */
class SimulatedCheck implements RunningCheck {
  readonly #lab: CheckLab;
  readonly #host: SimulatedHost;
  readonly #listeners: CheckListeners;
  readonly #check: ConnectionCheck;
  readonly #ports: ProbePort[] = [];
  readonly #clock: SimulatedSocket;
  readonly #endRefusals: () => void;
  #isOver = false;

  constructor(
    lab: CheckLab,
    host: SimulatedHost,
    machine: MachineFacts,
    request: CheckRequest,
    listeners: CheckListeners,
  ) {
    this.#lab = lab;
    this.#host = host;
    this.#listeners = listeners;
    const { simulation } = lab.chat;
    const random = (count: number): Uint8Array => simulation.random(count);
    const { expected } = request;
    if (expected.role !== 'client') throw new Error('the lab checks people only');
    this.#check = new ConnectionCheck({
      targets: request.targets,
      expected,
      links: [],
      machine,
      connectedAt: request.connectedAt,
      asksOtherSide: request.asksOtherSide,
      newEndpoint: () => new Endpoint({ keys: keyPairOf(random(32)), crypto: transportCrypto, random }),
      random,
      verify: () => false,
    });
    for (const [probe, { address }] of this.#check.targets.entries())
      this.#ports.push(
        new ProbePort(host, address, (now, bytes) =>
          this.#turn(() => this.#check.handleProbeDatagram(now.monotonicMs, probe, bytes)),
        ),
      );
    this.#clock = host.bind(0, {
      handleDatagrams: () => undefined,
      handleTimeout: ({ monotonicMs }) => this.#turn(() => this.#check.handleTimeout(monotonicMs)),
      pollTransmit: () => undefined,
      pollTimeout: () => (this.#isOver ? undefined : this.#check.pollTimeout()),
    });
    this.#endRefusals = lab.watchRefusals((from, to) => this.#refuse(from, to));
  }

  begin(): void {
    if (this.#isOver) return;
    this.#listeners.onReport(this.#check.report());
    this.#turn(() => this.#check.start(this.#nowMs));
    if (!this.#check.isOver) this.#listeners.onOpen?.(this.#ports.map(({ socket }) => socket.port));
  }

  tellOtherSide(otherSide: Parameters<RunningCheck['tellOtherSide']>[0]): void {
    this.#turn(() => this.#check.handleOtherSide(this.#nowMs, otherSide));
  }

  stop(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#endRefusals();
    for (const { socket } of this.#ports) socket.close();
    this.#clock.close();
  }

  get #nowMs(): number {
    return this.#lab.chat.simulation.network.clock.now().monotonicMs;
  }

  #refuse(from: Address, to: Address): void {
    const probe = this.#ports.findIndex(
      (port) =>
        port.socket.port === from.port && this.#host.hasAddress(from.host) && isSameAddress(port.to, to),
    );
    if (probe !== -1) this.#turn(() => this.#check.handleRefusal(this.#nowMs, probe, 'refused'));
  }

  #turn(input: () => void): void {
    if (this.#isOver) return;
    input();
    for (let out = this.#check.pollTransmit(); out !== undefined; out = this.#check.pollTransmit())
      if (out.socket === 'probe') this.#ports[out.probe]?.send(out.bytes);
    if (this.#check.takeChange()) this.#listeners.onReport(this.#check.report());
    if (this.#check.isOver) return this.stop();
    // Sets the timer to the next deadline.
    this.#clock.turn(() => undefined);
  }
}

/** The socket of one probe. */
class ProbePort implements DrivenEndpoint {
  readonly to: Address;
  readonly socket: SimulatedSocket;
  readonly #onDatagram: (now: Moment, bytes: Uint8Array) => void;
  readonly #waiting: Uint8Array[] = [];

  constructor(host: SimulatedHost, to: Address, onDatagram: (now: Moment, bytes: Uint8Array) => void) {
    this.to = to;
    this.#onDatagram = onDatagram;
    this.socket = host.bind(0, this);
  }

  send(bytes: Uint8Array): void {
    this.#waiting.push(bytes);
    this.socket.turn(() => undefined);
  }

  handleDatagrams(now: Moment, datagrams: readonly ReceivedDatagram[]): void {
    // The socket is connected: it takes nothing from elsewhere.
    for (const { from, bytes } of datagrams) if (isSameAddress(from, this.to)) this.#onDatagram(now, bytes);
  }

  handleTimeout(): void {}

  pollTransmit(): OutgoingDatagram | undefined {
    const bytes = this.#waiting.shift();
    return bytes === undefined ? undefined : { to: this.to, bytes };
  }

  pollTimeout(): undefined {}
}

/** Timers in virtual time. */
class TimerPort implements DrivenEndpoint {
  readonly #nowMs: () => number;
  readonly #timers = new Map<() => void, number>();
  readonly #socket: SimulatedSocket;

  constructor(host: SimulatedHost, nowMs: () => number) {
    this.#nowMs = nowMs;
    this.#socket = host.bind(0, this);
  }

  after(waitMs: number, callback: () => void): () => void {
    const timer = (): void => callback();
    this.#timers.set(timer, this.#nowMs() + waitMs);
    this.#socket.turn(() => undefined);
    return () => this.#timers.delete(timer);
  }

  handleDatagrams(): void {}

  handleTimeout({ monotonicMs }: Moment): void {
    for (const [timer, atMs] of [...this.#timers])
      if (atMs <= monotonicMs && this.#timers.delete(timer)) timer();
  }

  pollTransmit(): undefined {}

  pollTimeout(): number | undefined {
    return this.#timers.size === 0 ? undefined : Math.min(...this.#timers.values());
  }
}
