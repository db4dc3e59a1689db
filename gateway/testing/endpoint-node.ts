import type { Address } from '../../shared/address.ts';
import { type PeerKey, peerKeyFromBytes } from '../../shared/ids.ts';
import type { Moment } from '../../shared/moment.ts';
import type { DrivenEndpoint, OutgoingDatagram, ReceivedDatagram } from '../net/driver.ts';
import { SeededRandom } from '../net/seeded-random.ts';
import { Endpoint } from '../transport/endpoint.ts';
import type { Channel, EndpointAction, EndpointEvent } from '../transport/events.ts';
import type { SimulatedHost, SimulatedSocket } from './simulated-network.ts';

/** A bare endpoint on a simulated host, with the diary of what it told: for tests of the transport alone. */
export class EndpointNode implements DrivenEndpoint {
  readonly key: PeerKey;
  readonly endpoint: Endpoint;
  readonly events: EndpointEvent[] = [];
  /** Called for each event, inside its turn; may apply actions. */
  onEvent: (nowMs: number, event: EndpointEvent) => void = () => {};
  readonly #socket: SimulatedSocket;

  constructor(host: SimulatedHost, port: number, options: { readonly key: PeerKey; readonly seed: number }) {
    const random = new SeededRandom(options.seed);
    this.key = options.key;
    this.endpoint = new Endpoint({ key: options.key, random: (byteCount) => random.bytes(byteCount) });
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

  dial(dial: string, candidates: readonly Address[], expected: PeerKey | null = null): void {
    this.apply({ type: 'dial', dial, candidates, expected });
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

  pollTransmit(): OutgoingDatagram | undefined {
    return this.endpoint.pollTransmit();
  }

  pollTimeout(): number | undefined {
    return this.endpoint.pollTimeout();
  }

  #readEvents(now: Moment): void {
    for (let event = this.endpoint.pollEvent(); event !== undefined; event = this.endpoint.pollEvent()) {
      this.events.push(event);
      this.onEvent(now.monotonicMs, event);
    }
  }
}

/** A key whose 32 bytes are all `byte`: keys of test peers, whose order is plain. */
export function testKey(byte: number): PeerKey {
  return peerKeyFromBytes(new Uint8Array(32).fill(byte));
}
