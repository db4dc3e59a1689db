import type { Address } from '../../../shared/address.ts';
import { type PeerKey, peerKeyFromBytes, toHex } from '../../../shared/ids.ts';
import type { Moment } from '../../../shared/moment.ts';
import type { Trace } from '../../../shared/trace.ts';
import { keyPairOf, transportCrypto } from '../../crypto/crypto.ts';
import type { DrivenEndpoint, OutgoingDatagram, ReceivedDatagram } from '../../net/driver.ts';
import { SeededRandom } from '../../net/seeded-random.ts';
import { Endpoint, type EndpointOptions } from '../../transport/endpoint.ts';
import type { Channel, EndpointAction, EndpointEvent, NetworkChange } from '../../transport/events.ts';
import type { KeyPair } from '../../transport/ports.ts';
import type { SimulatedHost, SimulatedSocket } from '../network/simulated-network.ts';

export type EndpointNodeOptions = Omit<EndpointOptions, 'crypto' | 'random'> & {
  readonly seed: number;
  /** Whether to send reserved values at each extension point; default false. */
  readonly sendsGrease?: boolean;
};

/** A bare endpoint on a simulated host that records its events, for tests of the transport alone. */
export class EndpointNode implements DrivenEndpoint {
  readonly key: PeerKey;
  readonly endpoint: Endpoint;
  readonly events: EndpointEvent[] = [];
  /** Called for each event within its turn; may apply actions. */
  onEvent: (nowMs: number, event: EndpointEvent) => void = () => {};
  readonly #socket: SimulatedSocket;

  constructor(host: SimulatedHost, port: number, options: EndpointNodeOptions) {
    const { seed, sendsGrease = false } = options;
    const random = new SeededRandom(seed);
    const grease = new SeededRandom(seed);
    this.endpoint = new Endpoint({
      grease: sendsGrease ? (byteCount) => grease.bytes(byteCount) : null,
      ...options,
      crypto: transportCrypto,
      random: (byteCount) => random.bytes(byteCount),
    });
    this.key = this.endpoint.key;
    this.#socket = host.bind(port, this);
  }

  get address(): Address {
    return this.#socket.address;
  }

  get socket(): SimulatedSocket {
    return this.#socket;
  }

  apply(action: EndpointAction): void {
    this.#socket.turn((now) => {
      this.endpoint.apply(now.monotonicMs, action);
      this.#readEvents(now);
    });
  }

  handleNetworkChange(change: NetworkChange): void {
    this.#socket.turn((now) => {
      this.endpoint.handleNetworkChange(now.monotonicMs, change);
      this.#readEvents(now);
    });
  }

  dial(
    dial: string,
    candidates: readonly Address[],
    expected: PeerKey | null = null,
    probeOtherKey = false,
  ): void {
    this.apply({ type: 'dial', dial, candidates, expected, probeOtherKey });
  }

  send(peer: PeerKey, channel: Channel, text: string, token: string = text): void {
    this.apply({ type: 'send', peer, channel, bytes: new TextEncoder().encode(text), token });
  }

  eventsOf<Type extends EndpointEvent['type']>(type: Type): Extract<EndpointEvent, { type: Type }>[] {
    return this.events.filter(
      (event): event is Extract<EndpointEvent, { type: Type }> => event.type === type,
    );
  }

  receivedTexts(): string[] {
    return this.eventsOf('received').map(({ bytes }) => new TextDecoder().decode(bytes));
  }

  handleDatagrams(now: Moment, datagrams: readonly ReceivedDatagram[]): void {
    for (const { from, bytes } of datagrams) this.endpoint.handleDatagram(now.monotonicMs, from, bytes);
    this.#readEvents(now);
  }

  handleTimeout(now: Moment): void {
    this.endpoint.handleTimeout(now.monotonicMs);
    this.#readEvents(now);
  }

  /** As the gate of a real gateway does it, for a node that holds bulk. */
  releaseBulk(): void {
    this.#socket.turn((now) => this.endpoint.releaseBulk(now.monotonicMs));
  }

  pollTransmit(): OutgoingDatagram | undefined {
    return this.endpoint.pollTransmit();
  }

  pollTimeout(): number | undefined {
    return this.endpoint.pollTimeout();
  }

  setTracesMax(tracesMax: number): void {
    this.endpoint.setTracesMax(tracesMax);
  }

  pollTrace(): Trace | undefined {
    return this.endpoint.pollTrace();
  }

  #readEvents(now: Moment): void {
    for (;;) {
      const event = this.endpoint.pollEvent() ?? this.#eventOfFlush();
      if (event === undefined) return;
      this.events.push(event);
      this.onEvent(now.monotonicMs, event);
    }
  }

  /** Attempts are reported when datagrams are made, at the end of the turn. */
  #eventOfFlush(): EndpointEvent | undefined {
    this.endpoint.flush();
    return this.endpoint.pollEvent();
  }
}

/** Key pairs of test peers by number, from 1. Their public keys are in the order of the numbers. */
export function testKeys(number: number): KeyPair {
  const keys = keysInOrder[number - 1];
  if (keys === undefined) throw new RangeError(`there are ${keysInOrder.length} test keys, not ${number}`);
  return keys;
}

export function testKey(number: number): PeerKey {
  return peerKeyFromBytes(testKeys(number).publicKey);
}

const keysInOrder = Array.from({ length: 32 }, (_, index) =>
  keyPairOf(new Uint8Array(32).fill(index + 1)),
).sort((one, other) => (toHex(one.publicKey) < toHex(other.publicKey) ? -1 : 1));
