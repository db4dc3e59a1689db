import type { Address } from '../../shared/address.ts';
import type { PeerKey } from '../../shared/ids.ts';
import { keyPairOf, transportCrypto } from '../../gateway/crypto/crypto.ts';
import { SystemClock } from '../../gateway/net/clock.ts';
import { Driver, type DatagramSocket } from '../../gateway/net/driver.ts';
import { localDatagramBytesMax } from '../../gateway/net/local-mtu.ts';
import { secureRandom } from '../../gateway/net/random.ts';
import { UdpSocket } from '../../gateway/net/udp-socket.ts';
import type { CongestionController } from '../../gateway/transport/congestion/controller.ts';
import { Copa } from '../../gateway/transport/congestion/copa.ts';
import { NewReno } from '../../gateway/transport/congestion/new-reno.ts';
import { Endpoint } from '../../gateway/transport/endpoint.ts';
import type { EndpointEvent } from '../../gateway/transport/events.ts';
import { type Counts, fullDatagramBytesMin, type Link, type Peer, type Station } from './peer.ts';

/** Our whole transport: the gateway's endpoint, driver and socket, with the bench as the role. */
export const chatagram: Peer = peerWith({ controller: () => new Copa(), searchesMtu: true });
/** The same with the reference controller (RFC 9002 appendix B). */
export const chatagramNewReno: Peer = peerWith({ controller: () => new NewReno(), searchesMtu: true });
/** The same with datagrams of at most 1,200 bytes, as on a path that carries no larger ones. */
export const chatagram1200: Peer = peerWith({ controller: () => new Copa(), searchesMtu: false });

interface Variant {
  readonly controller: () => CongestionController;
  readonly searchesMtu: boolean;
}

function peerWith(variant: Variant): Peer {
  return {
    async listen(station) {
      const node = await BenchNode.open(station, variant);
      return node.port;
    },
    async connect(port, station) {
      const node = await BenchNode.open(station, variant);
      return node.dial({ host: '127.0.0.1', port });
    },
  };
}

/** The maximum of unacknowledged messages; more would be refused with `queue-full`. */
const outstandingMax = 8_192;
const outstandingBytesMax = 2 * 1024 * 1024;

class BenchNode {
  readonly port: number;
  readonly #station: Station;
  readonly #endpoint: Endpoint;
  readonly #driver: Driver;
  readonly #links = new Map<PeerKey, EndpointLink>();
  readonly #dialed = Promise.withResolvers<Link>();
  #nowMs = 0;
  #isInTurn = false;

  static async open(station: Station, variant: Variant): Promise<BenchNode> {
    const socket = await UdpSocket.open({ port: 0, ipv4Host: '127.0.0.1', ipv6Host: null });
    return new BenchNode(socket, station, variant);
  }

  private constructor(socket: UdpSocket, station: Station, { controller, searchesMtu }: Variant) {
    this.port = socket.port;
    this.#endpoint = new Endpoint({
      keys: keyPairOf(secureRandom(32)),
      crypto: transportCrypto,
      random: secureRandom,
      controller,
      ...(searchesMtu ? { localDatagramBytesMax: ({ host }) => localDatagramBytesMax(host) } : {}),
    });
    this.#station = station;
    this.#driver = new Driver({
      socket: new CountingSocket(socket, station.counts),
      clock: new SystemClock(),
      conditioner: null,
      endpoint: {
        handleDatagrams: ({ monotonicMs }, datagrams) =>
          this.#turn(monotonicMs, () => {
            for (const { from, bytes } of datagrams) this.#endpoint.handleDatagram(monotonicMs, from, bytes);
          }),
        handleTimeout: ({ monotonicMs }) =>
          this.#turn(monotonicMs, () => this.#endpoint.handleTimeout(monotonicMs)),
        pollTransmit: () => this.#endpoint.pollTransmit(),
        pollTimeout: () => this.#endpoint.pollTimeout(),
      },
    });
  }

  dial(address: Address): Promise<Link> {
    this.#command((nowMs) => {
      this.#endpoint.apply(nowMs, { type: 'dial', dial: 'bench', candidates: [address], expected: null });
    });
    return this.#dialed.promise;
  }

  send(peer: PeerKey, message: Uint8Array, count: number): void {
    const action = { type: 'send', peer, channel: 'chat', bytes: message, token: 'bench' } as const;
    this.#command((nowMs) => {
      for (let sent = 0; sent < count; sent++) this.#endpoint.apply(nowMs, action);
    });
  }

  roundTripMs(peer: PeerKey): number | null {
    return this.#endpoint.statistics().find((one) => one.peer === peer)?.roundTripMs ?? null;
  }

  /** As with a role, the answer to a datagram belongs to the turn of the datagram. */
  #command(run: (nowMs: number) => void): void {
    if (this.#isInTurn) run(this.#nowMs);
    else this.#driver.turn(({ monotonicMs }) => this.#turn(monotonicMs, () => run(monotonicMs)));
  }

  #turn(nowMs: number, run: () => void): void {
    this.#nowMs = nowMs;
    this.#isInTurn = true;
    run();
    let acknowledged = 0;
    for (let event = this.#endpoint.pollEvent(); event !== undefined; event = this.#endpoint.pollEvent()) {
      if (event.type === 'acknowledged') acknowledged++;
      this.#hear(event);
    }
    if (acknowledged > 0) this.#station.onRoom();
    this.#isInTurn = false;
  }

  #hear(event: EndpointEvent): void {
    switch (event.type) {
      case 'connected': {
        const link = new EndpointLink(this, event.peer);
        this.#links.set(event.peer, link);
        this.#station.counts.connections++;
        if (event.dial !== null) this.#dialed.resolve(link);
        return;
      }
      case 'received': {
        const link = this.#links.get(event.peer);
        if (link === undefined) throw new Error('a message came before its connection');
        return this.#station.onMessage(link, event.bytes);
      }
      case 'acknowledged': {
        const link = this.#links.get(event.peer);
        if (link !== undefined) link.outstanding--;
        return;
      }
      case 'attempt':
      case 'moved':
      case 'received-unreliable':
      case 'writable':
        return;
      case 'dial-failed':
      case 'undelivered':
      case 'disconnected':
        throw new Error(`chatagram: ${event.type}, ${event.cause}`);
      case 'other-version':
        throw new Error('chatagram: met another version');
      default:
        return event satisfies never;
    }
  }
}

class EndpointLink implements Link {
  readonly #node: BenchNode;
  readonly #peer: PeerKey;
  outstanding = 0;

  constructor(node: BenchNode, peer: PeerKey) {
    this.#node = node;
    this.#peer = peer;
  }

  room(messageBytes: number): number {
    return Math.min(outstandingMax, Math.floor(outstandingBytesMax / messageBytes)) - this.outstanding;
  }

  get roundTripMs(): number | null {
    return this.#node.roundTripMs(this.#peer);
  }

  send(message: Uint8Array, count: number): void {
    this.outstanding += count;
    this.#node.send(this.#peer, message, count);
  }
}

class CountingSocket implements DatagramSocket {
  readonly #socket: UdpSocket;
  readonly #counts: Counts;

  constructor(socket: UdpSocket, counts: Counts) {
    this.#socket = socket;
    this.#counts = counts;
  }

  set onDatagram(listener: DatagramSocket['onDatagram']) {
    this.#socket.onDatagram = (from, bytes) => {
      this.#counts.datagramsReceived++;
      if (bytes.length >= fullDatagramBytesMin) this.#counts.fullDatagramsReceived++;
      listener(from, bytes);
    };
  }

  send(to: Address, bytes: Uint8Array): void {
    this.#counts.datagramsSent++;
    if (bytes.length >= fullDatagramBytesMin) this.#counts.fullDatagramsSent++;
    this.#socket.send(to, bytes);
  }

  close(): Promise<void> {
    return this.#socket.close();
  }
}
