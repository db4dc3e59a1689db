import {
  type Address,
  formatAddress,
  type InterfaceAddress,
  isLoopback,
  isOnSubnet,
  parseHost,
} from '../../../shared/address.ts';
import type { Moment } from '../../../shared/moment.ts';
import type { Trace } from '../../../shared/trace.ts';
import type { DrivenEndpoint, OutgoingDatagram, ReceivedDatagram } from '../../net/driver.ts';
import { perfectLabSpec } from '../../net/lab-spec.ts';
import { Deadlines } from '../../transport/deadlines.ts';
import { type Link, type LinkSpec, makeLink } from './link.ts';
import type { Processor } from './processor.ts';
import { VirtualClock } from './virtual-clock.ts';

export interface SimulatedNetworkOptions {
  /** Determines every random decision. */
  readonly seed: number;
  /** The link between two hosts unless `setLink` says otherwise; its seed is not used. */
  readonly link?: Partial<LinkSpec>;
}

/** A datagram in flight in the simulation. */
interface Parcel {
  readonly from: Address;
  readonly to: Address;
  readonly bytes: Uint8Array;
}

/**
 * Hosts with their own interfaces and loopback, joined by LANs, in virtual time: as fast as the processor allows, and the
 * same in each run. Two hosts reach each other when they have interfaces on one subnet. There are no routers.
 */
export class SimulatedNetwork {
  readonly clock = new VirtualClock();
  /** Sees each delivered datagram. */
  onDelivery: (parcel: { from: Address; to: Address; bytes: Uint8Array }) => void = () => {};
  /** Sees each datagram that leaves a host, even one that never arrives. */
  onDatagramSent: (parcel: { from: Address; to: Address; bytes: Uint8Array }) => void = () => {};
  /** Sees each datagram that came to a port without a socket, as its sender does where the system tells of it (ICMP). */
  onRefusal: (parcel: { from: Address; to: Address; bytes: Uint8Array }) => void = () => {};
  /** Sees the traces of every endpoint, named like "alice:50000". Must be set before endpoints are bound. */
  onTrace: ((name: string, trace: Trace) => void) | null = null;
  readonly #seed: number;
  #defaultLink: LinkSpec;
  readonly #linkSpecs = new Map<string, LinkSpec>();
  readonly #links = new Map<string, DirectedLink>();
  readonly #cut = new Set<string>();
  readonly #hosts = new Map<string, SimulatedHost>();
  readonly #linkDeadlines = new Deadlines<DirectedLink>();
  readonly #socketDeadlines = new Deadlines<SimulatedSocket>();
  /** When hosts with a processor read their sockets next. */
  readonly #processorDeadlines = new Deadlines<SimulatedHost>();
  /** The paths found so far, by source and address, until an interface changes. */
  readonly #paths = new Map<SimulatedHost, Map<string, Path>>();
  #linksMade = 0;

  constructor(options: SimulatedNetworkOptions) {
    this.#seed = options.seed;
    this.#defaultLink = { ...lanLink, ...options.link };
  }

  /** `interfaces` as "192.168.1.7/24". */
  addHost(name: string, interfaces: readonly string[]): SimulatedHost {
    if (this.#hosts.has(name)) throw new RangeError(`there is a host ${name} already`);
    const host = new SimulatedHost(name, interfaces.map(parseInterface), this.#wiring());
    this.#hosts.set(name, host);
    this.#paths.clear();
    return host;
  }

  /** Changes the link of all pairs that have no link of their own. Datagrams in flight stay in flight. */
  setDefaultLink(link: Partial<LinkSpec>): void {
    this.#defaultLink = { ...lanLink, ...link };
    for (const key of this.#links.keys()) if (!this.#linkSpecs.has(key)) this.#links.delete(key);
  }

  /** Changes one direction between two hosts. */
  setLink(from: SimulatedHost, to: SimulatedHost, link: Partial<LinkSpec>): void {
    const key = linkKey(from, to);
    this.#linkSpecs.set(key, { ...lanLink, ...link });
    // The next datagram makes a new link. The old link delivers the datagrams that it holds.
    this.#links.delete(key);
  }

  /** Drops all later datagrams from one host to the other. */
  cut(from: SimulatedHost, to: SimulatedHost): void {
    this.#cut.add(linkKey(from, to));
  }

  partition(one: SimulatedHost, other: SimulatedHost): void {
    this.cut(one, other);
    this.cut(other, one);
  }

  heal(one: SimulatedHost, other: SimulatedHost): void {
    this.#cut.delete(linkKey(one, other));
    this.#cut.delete(linkKey(other, one));
  }

  /**
   * Lets time pass until `isDone` holds after some instant (true), or up to `durationMs` from now (false, with the
   * clock there). Without `isDone` it runs the whole duration.
   */
  run(durationMs: number, isDone: () => boolean = () => false): boolean {
    const endMs = this.clock.now().monotonicMs + durationMs;
    if (isDone()) return true;
    for (;;) {
      const nextMs = this.#nextMs();
      if (nextMs === undefined || nextMs > endMs) {
        this.clock.advanceTo(endMs);
        return isDone();
      }
      this.#runInstant(nextMs);
      if (isDone()) return true;
    }
  }

  /** True when no datagram is in flight and no endpoint has a deadline. */
  get isAsleep(): boolean {
    return this.#nextMs() === undefined;
  }

  #nextMs(): number | undefined {
    const earliestMs = Math.min(
      this.#linkDeadlines.earliest() ?? Number.POSITIVE_INFINITY,
      this.#socketDeadlines.earliest() ?? Number.POSITIVE_INFINITY,
      this.#processorDeadlines.earliest() ?? Number.POSITIVE_INFINITY,
    );
    return earliestMs === Number.POSITIVE_INFINITY ? undefined : earliestMs;
  }

  #runInstant(atMs: number): void {
    this.clock.advanceTo(Math.max(atMs, this.clock.now().monotonicMs));
    const nowMs = this.clock.now().monotonicMs;
    for (const [socket, datagrams] of this.#arrivalsBy(nowMs)) {
      // An earlier turn of this instant may have closed it.
      if (socket.isOpen) socket.turn((now) => socket.endpoint.handleDatagrams(now, datagrams));
    }
    for (const host of this.#processorDeadlines.takeAllDue(nowMs)) this.#runProcessor(host, nowMs);
    let socketTurns = 0;
    for (const socket of this.#socketDeadlines.takeAllDue(nowMs)) {
      if (++socketTurns > turnsPerInstantMax)
        throw new Error(`${socket.name} asks for the same instant forever`);
      const { endpoint } = socket;
      socket.turn((now) => endpoint.handleTimeout(now));
    }
  }

  /** As in an event loop, timers come first. Otherwise a flood would stop them. */
  #runProcessor(host: SimulatedHost, nowMs: number): void {
    const { processor } = host;
    if (processor === null || !host.isUp) return;
    for (const socket of host.sockets()) {
      const { endpoint } = socket;
      if ((socket.deadlineMs() ?? Number.POSITIVE_INFINITY) <= nowMs)
        socket.turn((now) => endpoint.handleTimeout(now));
      const datagrams = processor.take(socket.port);
      if (datagrams.length > 0) socket.turn((now) => endpoint.handleDatagrams(now, datagrams));
    }
    if (processor.hasWaiting) this.#processorDeadlines.set(host, processor.freeAtMs);
  }

  #arrivalsBy(nowMs: number): Map<SimulatedSocket, ReceivedDatagram[]> {
    const arrivals = new Map<SimulatedSocket, ReceivedDatagram[]>();
    for (const link of this.#linkDeadlines.takeAllDue(nowMs)) {
      const { way, target } = link;
      for (let parcel = way.pollTransmit(nowMs); parcel !== undefined; parcel = way.pollTransmit(nowMs)) {
        if (!target.isUp || target.firewall?.letsIn(parcel) === false) continue;
        const socket = target.socketAt(parcel.to.port);
        if (socket === undefined) {
          this.onRefusal(parcel);
          continue;
        }
        this.onDelivery(parcel);
        // Like a datagram from a socket, it has its own memory, because the receiver writes over it.
        const datagram = { from: parcel.from, bytes: parcel.bytes.slice() };
        const { processor } = target;
        if (processor !== null) {
          processor.arrive(parcel.to.port, datagram);
          this.#processorDeadlines.set(target, Math.max(nowMs, processor.freeAtMs));
          continue;
        }
        const datagrams = arrivals.get(socket) ?? [];
        datagrams.push(datagram);
        arrivals.set(socket, datagrams);
      }
      this.#linkDeadlines.set(link, way.pollTimeout());
    }
    return arrivals;
  }

  #wiring(): Wiring {
    return {
      now: () => this.clock.now(),
      forgetPaths: () => this.#paths.clear(),
      setDeadline: (socket, atMs) => this.#socketDeadlines.set(socket, atMs),
      carry: (host, port, out, atMs) => this.#carry(host, port, out, atMs),
      onTrace: () => this.onTrace,
    };
  }

  /** Carries a datagram that leaves at `atMs`, which is now or, from a busy host, later. */
  #carry(source: SimulatedHost, port: number, { to, bytes }: OutgoingDatagram, atMs: number): void {
    const path = this.#pathTo(source, to.host);
    if (path === undefined) return;
    const { target, sourceHost } = path;
    const from = { host: sourceHost, port };
    this.onDatagramSent({ from, to, bytes });
    source.firewall?.noteOutgoing({ from, to });
    if (this.#cut.has(linkKey(source, target))) return;
    const link = this.#linkBetween(source, target);
    link.way.handle(atMs, { from, to, bytes });
    this.#linkDeadlines.set(link, link.way.pollTimeout());
  }

  #pathTo(source: SimulatedHost, host: string): Path | undefined {
    let paths = this.#paths.get(source);
    if (paths === undefined) {
      paths = new Map();
      this.#paths.set(source, paths);
    }
    const known = paths.get(host);
    if (known !== undefined) return known;
    const path = this.#findPath(source, host);
    if (path !== undefined) paths.set(host, path);
    return path;
  }

  /** Works like a routing table: loopback and own addresses stay inside; others leave by the interface on their subnet. */
  #findPath(source: SimulatedHost, host: string): Path | undefined {
    if (isLoopback(host)) return { target: source, sourceHost: host };
    if (source.hasAddress(host)) return { target: source, sourceHost: host };
    const near = source.interfaces.find((own) => isOnSubnet(host, own));
    if (near === undefined) return undefined;
    for (const target of this.#hosts.values()) {
      if (target.hasAddress(host)) return { target, sourceHost: near.host };
    }
    return undefined;
  }

  #linkBetween(source: SimulatedHost, target: SimulatedHost): DirectedLink {
    const key = linkKey(source, target);
    const known = this.#links.get(key);
    if (known !== undefined) return known;
    const spec = source === target ? loopbackLink : (this.#linkSpecs.get(key) ?? this.#defaultLink);
    const seed = this.#seed * 1_000 + this.#linksMade++;
    const link = { target, way: makeLink<Parcel>(spec, seed) };
    this.#links.set(key, link);
    return link;
  }
}

/** Lets in only answers: what comes from where its machine has sent something first, to the port from which it did. */
export class StatefulFirewall {
  readonly #flows = new Set<string>();

  noteOutgoing({ from, to }: { readonly from: Address; readonly to: Address }): void {
    this.#flows.add(`${from.port} ${formatAddress(to)}`);
  }

  letsIn({ from, to }: { readonly from: Address; readonly to: Address }): boolean {
    return isLoopback(from.host) || this.#flows.has(`${to.port} ${formatAddress(from)}`);
  }
}

/** A machine with interfaces, its own loopback, and sockets on ports. */
export class SimulatedHost {
  readonly name: string;
  /** Null: its work takes no time, and its sockets lose nothing. To be set before anything runs here. */
  processor: Processor | null = null;
  /** Null: everything comes in. */
  firewall: StatefulFirewall | null = null;
  readonly #wiring: Wiring;
  #interfaces: readonly InterfaceAddress[];
  readonly #sockets = new Map<number, SimulatedSocket>();
  #isUp = true;
  #nextFreePort = 49_152;
  /** The offset of its wall clock to the clock of the network. */
  wallOffsetMs = 0;
  #turns = 0;
  #turnsUnderway = 0;
  #monotonicOffsetMs = 0;
  #sleepsSinceMs = 0;

  constructor(name: string, interfaces: readonly InterfaceAddress[], wiring: Wiring) {
    this.name = name;
    this.#interfaces = interfaces;
    this.#wiring = wiring;
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  /** All interfaces except loopback. */
  get interfaces(): readonly InterfaceAddress[] {
    return this.#interfaces;
  }

  /** Moves the host to other interfaces, such as "10.0.0.3/24". Datagrams to the old addresses are lost. */
  setInterfaces(interfaces: readonly string[]): void {
    this.#interfaces = interfaces.map(parseInterface);
    this.#wiring.forgetPaths();
  }

  /** How far its monotonic clock is ahead of the clock of the network. */
  get monotonicOffsetMs(): number {
    return this.#monotonicOffsetMs;
  }

  /** Moves its monotonic clock forward by whole milliseconds. Deadlines that have passed by then are due at once. */
  leap(byMs: number): void {
    if (!Number.isInteger(byMs) || byMs < 0) throw new RangeError(`a clock does not leap by ${byMs} ms`);
    this.#monotonicOffsetMs += byMs;
    for (const socket of this.#sockets.values()) socket.turn(() => undefined);
  }

  /** How many turns its sockets have taken. Nothing that runs here changes between two turns. */
  get turns(): number {
    return this.#turns;
  }

  get isInTurn(): boolean {
    return this.#turnsUnderway > 0;
  }

  beginTurn(): void {
    this.#turns++;
    this.#turnsUnderway++;
  }

  endTurn(): void {
    this.#turnsUnderway--;
  }

  hasAddress(host: string): boolean {
    return this.#interfaces.some((own) => own.host === host);
  }

  socketAt(port: number): SimulatedSocket | undefined {
    return this.#sockets.get(port);
  }

  sockets(): readonly SimulatedSocket[] {
    return [...this.#sockets.values()];
  }

  /** Binds an endpoint to a port (0 means any free port), and sends its first datagrams. */
  bind(port: number, endpoint: DrivenEndpoint): SimulatedSocket {
    let chosen = port;
    while (chosen === 0 || (port === 0 && this.#sockets.has(chosen))) chosen = this.#nextFreePort++;
    if (this.#sockets.has(chosen)) throw new RangeError(`${this.name}: port ${chosen} is in use`);
    const socket = new SimulatedSocket(this, chosen, endpoint, this.#wiring, () =>
      this.#sockets.delete(chosen),
    );
    this.#sockets.set(chosen, socket);
    if (this.#wiring.onTrace() !== null) endpoint.setTracesMax?.(tracesPerTurnMax);
    socket.turn(() => undefined);
    return socket;
  }

  /** Puts the machine to sleep: no datagram arrives or leaves, and no timer fires. */
  sleep(): void {
    this.#isUp = false;
    this.#sleepsSinceMs = this.#wiring.now().monotonicMs;
    for (const socket of this.#sockets.values()) this.#wiring.setDeadline(socket, undefined);
  }

  /** Wakes the machine. Passed deadlines are due at once. On some systems the monotonic clock stood still. */
  wake(clock: 'ran' | 'stood still' = 'ran'): void {
    const sleptMs = Math.floor(this.#wiring.now().monotonicMs - this.#sleepsSinceMs);
    if (clock === 'stood still') this.#monotonicOffsetMs -= sleptMs;
    this.#isUp = true;
    for (const socket of this.#sockets.values()) socket.turn(() => undefined);
  }
}

/** An endpoint on a port of a host; the counterpart of Driver on a real machine. */
export class SimulatedSocket {
  readonly host: SimulatedHost;
  readonly port: number;
  readonly endpoint: DrivenEndpoint;
  readonly #wiring: Wiring;
  readonly #release: () => void;
  #isOpen = true;

  constructor(
    host: SimulatedHost,
    port: number,
    endpoint: DrivenEndpoint,
    wiring: Wiring,
    release: () => void,
  ) {
    this.host = host;
    this.port = port;
    this.endpoint = endpoint;
    this.#wiring = wiring;
    this.#release = release;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  get name(): string {
    return `${this.host.name}:${this.port}`;
  }

  /** The address at which others on the same network reach it, on the first interface. */
  get address(): Address {
    const first = this.host.interfaces[0];
    return { host: first?.host ?? '127.0.0.1', port: this.port };
  }

  /** Runs a command on the endpoint or its role, then sends the resulting datagrams, even if the command throws. */
  turn<Result>(command: (now: Moment) => Result): Result {
    const { monotonicMs, wallMs } = this.#wiring.now();
    const { monotonicOffsetMs, wallOffsetMs } = this.host;
    this.host.beginTurn();
    try {
      return command({ monotonicMs: monotonicMs + monotonicOffsetMs, wallMs: wallMs + wallOffsetMs });
    } finally {
      this.host.endTurn();
      this.#drain();
    }
  }

  #drain(): void {
    const onTrace = this.#wiring.onTrace();
    const { processor } = this.host;
    const departing: OutgoingDatagram[] = [];
    for (let out = this.endpoint.pollTransmit(); out !== undefined; out = this.endpoint.pollTransmit()) {
      if (this.#isOpen && this.host.isUp) departing.push(out);
    }
    const nowMs = this.#wiring.now().monotonicMs;
    if (processor !== null) processor.work.sent += departing.length;
    const departMs = processor?.charge(nowMs) ?? nowMs;
    for (const out of departing) this.#wiring.carry(this.host, this.port, out, departMs);
    const isRunning = this.#isOpen && this.host.isUp;
    const dueMs = isRunning ? this.deadlineMs() : undefined;
    // A timer that falls due while the processor is busy fires afterwards.
    const isLater = processor !== null && dueMs !== undefined && dueMs < departMs;
    this.#wiring.setDeadline(this, isLater ? departMs : dueMs);
    if (onTrace === null) return;
    for (let trace = this.endpoint.pollTrace?.(); trace !== undefined; trace = this.endpoint.pollTrace?.()) {
      onTrace(this.name, trace);
    }
  }

  /** The deadline on the clock of the network. */
  deadlineMs(): number | undefined {
    const dueMs = this.endpoint.pollTimeout();
    const { monotonicOffsetMs } = this.host;
    if (dueMs === undefined || monotonicOffsetMs === 0) return dueMs;
    // Rounds up to a value to which the offset adds exactly. Otherwise the deadline would be slightly early, forever.
    return Math.ceil((dueMs - monotonicOffsetMs) * 1_024) / 1_024;
  }

  /** Acts like a killed process: sends no CLOSE, and frees the port. */
  close(): void {
    this.#isOpen = false;
    this.#release();
    this.#wiring.setDeadline(this, undefined);
  }
}

/** The functions of the network that hosts and sockets use. */
interface Wiring {
  forgetPaths(): void;
  onTrace(): ((name: string, trace: Trace) => void) | null;
  now(): Moment;
  setDeadline(socket: SimulatedSocket, atMs: number | undefined): void;
  carry(host: SimulatedHost, port: number, out: OutgoingDatagram, atMs: number): void;
}

/** How a datagram leaves its host, and the host that it reaches. */
interface Path {
  readonly target: SimulatedHost;
  readonly sourceHost: string;
}

interface DirectedLink {
  readonly target: SimulatedHost;
  readonly way: Link<Parcel>;
}

/** A quiet LAN. The delay is never 0, because two endpoints that answer each other must not stop the clock. */
const lanLink: LinkSpec = { ...perfectLabSpec, delayMs: 1, uplink: null };
const loopbackLink: LinkSpec = { ...perfectLabSpec, delayMs: 0.05, uplink: null };
/** An endpoint that asks for its timer more often at one instant would stop the clock. */
const turnsPerInstantMax = 100_000;
const tracesPerTurnMax = 100_000;

function linkKey(from: SimulatedHost, to: SimulatedHost): string {
  return `${from.name} -> ${to.name}`;
}

function parseInterface(text: string): InterfaceAddress {
  const [hostText = '', bitsText = ''] = text.split('/');
  const host = parseHost(hostText);
  const prefixBits = Number(bitsText);
  if (host === undefined || !Number.isInteger(prefixBits) || bitsText === '') {
    throw new RangeError(`an interface is written as 192.168.1.7/24, not ${text}`);
  }
  return { host, prefixBits };
}
