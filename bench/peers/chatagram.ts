import type { Address } from '../../shared/address.ts';
import type { PeerKey } from '../../shared/ids.ts';
import type { Channel } from '../../shared/wire/packet.ts';
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
const standard: Variant = {
  controller: () => new Copa(),
  localDatagramBytesMax: ({ host }) => localDatagramBytesMax(host),
};
export const chatagram: Peer = peerWith(standard);
/** The same with the reference controller (RFC 9002 appendix B). */
export const chatagramNewReno: Peer = peerWith({ ...standard, controller: () => new NewReno() });
/** The same with datagrams of at most 1,200 bytes, as on a path that carries no larger ones. */
export const chatagram1200: Peer = peerWith({ ...standard, localDatagramBytesMax: () => 1_200 });
/** The same with datagrams of at most 1,472 bytes, as on Ethernet. */
export const chatagram1472: Peer = peerWith({ ...standard, localDatagramBytesMax: () => 1_472 });

interface Variant {
  readonly controller: () => CongestionController;
  readonly localDatagramBytesMax: (to: Address) => number;
}

/**
 * Opens connections and closes them again until the process ends, `parallel` at a time, each from an endpoint of its own. The
 * first handshake of an endpoint is XX and learns the key of the peer; all later ones are XK.
 */
export async function repeatHandshakes(port: number, parallel: number, station: Station): Promise<void> {
  for (let opened = 0; opened < parallel; opened++) {
    const node = await BenchNode.open(station, standard);
    node.repeatHandshakes({ host: '127.0.0.1', port });
  }
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
  /** Where the handshakes are repeated; undefined without repetition. */
  #repeatsAt: Address | undefined;
  #nowMs = 0;
  #isInTurn = false;

  static async open(station: Station, variant: Variant): Promise<BenchNode> {
    const socket = await UdpSocket.open({ port: 0, ipv4Host: '127.0.0.1', ipv6Host: null });
    return new BenchNode(socket, station, variant);
  }

  private constructor(socket: UdpSocket, station: Station, variant: Variant) {
    this.port = socket.port;
    this.#endpoint = new Endpoint({
      keys: keyPairOf(secureRandom(32)),
      crypto: transportCrypto,
      random: secureRandom,
      ...variant,
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

  repeatHandshakes(address: Address): void {
    this.#repeatsAt = address;
    void this.dial(address);
  }

  send(peer: PeerKey, channel: Channel, message: Uint8Array, count: number): void {
    const action = { type: 'send', peer, channel, bytes: message, token: 'bench' } as const;
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

  #reconnect(peer: PeerKey, address: Address): void {
    this.#command((nowMs) => {
      this.#endpoint.apply(nowMs, { type: 'close', peer, reason: 'goodbye' });
      this.#endpoint.apply(nowMs, { type: 'dial', dial: 'bench', candidates: [address], expected: peer });
    });
  }

  #hear(event: EndpointEvent): void {
    switch (event.type) {
      case 'connected': {
        const link = new EndpointLink(this, event.peer);
        this.#links.set(event.peer, link);
        this.#station.counts.connections++;
        if (event.dial !== null) this.#dialed.resolve(link);
        if (this.#repeatsAt !== undefined) this.#reconnect(event.peer, this.#repeatsAt);
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
      case 'disconnected':
        // A peer that repeats handshakes ends each connection.
        if (event.cause === 'goodbye') return void this.#links.delete(event.peer);
        throw new Error(`chatagram: ${event.type}, ${event.cause}`);
      case 'dial-failed':
      case 'undelivered':
        throw new Error(`chatagram: ${event.type}, ${event.cause}`);
      case 'other-version':
        throw new Error('chatagram: met another version');
      default:
        return event satisfies never;
    }
  }
}

/** Larger messages are bulk: those of chats would wait behind them. */
const chatMessageBytesMax = 64 * 1024;

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
    const channel = message.length > chatMessageBytesMax ? 'bulk' : 'chat';
    this.#node.send(this.#peer, channel, message, count);
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
