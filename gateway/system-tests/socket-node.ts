import type { Address } from '../../shared/address.ts';
import type { Moment } from '../../shared/moment.ts';
import { keyPairOf, transportCrypto } from '../crypto/crypto.ts';
import { SystemClock } from '../net/clock.ts';
import { type DrivenEndpoint, Driver, type OutgoingDatagram, type ReceivedDatagram } from '../net/driver.ts';
import { localDatagramBytesMax } from '../net/local-mtu.ts';
import { secureRandom } from '../net/random.ts';
import { UdpSocket } from '../net/udp-socket.ts';
import { Endpoint } from '../transport/endpoint.ts';
import type { EndpointAction, EndpointEvent } from '../transport/events.ts';
import { eventually } from './eventually.ts';

/** A bare endpoint on a real loopback socket, with a key of its own and a record of its events. */
export class SocketNode implements DrivenEndpoint {
  readonly endpoint = new Endpoint({
    keys: keyPairOf(secureRandom(32)),
    crypto: transportCrypto,
    random: secureRandom,
    localDatagramBytesMax: ({ host }) => localDatagramBytesMax(host),
  });
  readonly key = this.endpoint.key;
  readonly events: EndpointEvent[] = [];
  readonly address: Address;
  readonly #driver: Driver;
  #waiting: { readonly isMet: () => boolean; readonly resolve: () => void }[] = [];

  static async start(): Promise<SocketNode> {
    return new SocketNode(await UdpSocket.open({ port: 0, ipv4Host: '127.0.0.1', ipv6Host: null }));
  }

  private constructor(socket: UdpSocket) {
    this.address = { host: '127.0.0.1', port: socket.port };
    this.#driver = new Driver({ socket, endpoint: this, clock: new SystemClock(), conditioner: null });
  }

  close(): Promise<void> {
    return this.#driver.close();
  }

  apply(action: EndpointAction): void {
    this.#driver.turn(({ monotonicMs }) => this.endpoint.apply(monotonicMs, action));
    this.#readEvents();
  }

  /** Connects to `expected` at this address. */
  async connect(address: Address, expected: SocketNode): Promise<void> {
    this.apply({ type: 'dial', dial: 'd', candidates: [address], expected: expected.key });
    await this.until(() => this.countOf('connected') > 0);
    await expected.until(() => expected.countOf('connected') > 0);
  }

  send(to: SocketNode, text: string): void {
    this.apply({
      type: 'send',
      peer: to.key,
      channel: 'chat',
      bytes: new TextEncoder().encode(text),
      token: text,
    });
  }

  countOf(type: EndpointEvent['type']): number {
    return this.events.filter((event) => event.type === type).length;
  }

  receivedTexts(): string[] {
    return this.events.flatMap((event) =>
      event.type === 'received' ? [new TextDecoder().decode(event.bytes)] : [],
    );
  }

  /** Waits until the condition holds. It is checked after each event of this node, and from time to time for the others. */
  async until(isMet: () => boolean): Promise<void> {
    const seenHere = new Promise<void>((resolve) => this.#waiting.push({ isMet, resolve }));
    this.#settle();
    // The condition may hold for a moment only, so a look that comes later must not wait for it again.
    let isOver = false;
    const seen = eventually(() => {
      if (!isOver && !isMet()) throw new Error(`still waiting for ${String(isMet)}`);
    });
    await Promise.race([seenHere, seen]);
    isOver = true;
  }

  handleDatagrams(now: Moment, datagrams: readonly ReceivedDatagram[]): void {
    for (const { from, bytes } of datagrams) this.endpoint.handleDatagram(now.monotonicMs, from, bytes);
    this.#readEvents();
  }

  handleTimeout(now: Moment): void {
    this.endpoint.handleTimeout(now.monotonicMs);
    this.#readEvents();
  }

  pollTransmit(): OutgoingDatagram | undefined {
    return this.endpoint.pollTransmit();
  }

  pollTimeout(): number | undefined {
    return this.endpoint.pollTimeout();
  }

  #readEvents(): void {
    this.endpoint.flush();
    for (let event = this.endpoint.pollEvent(); event !== undefined; event = this.endpoint.pollEvent()) {
      this.events.push(event);
    }
    this.#settle();
  }

  #settle(): void {
    this.#waiting = this.#waiting.filter(({ isMet, resolve }) => {
      if (!isMet()) return true;
      resolve();
      return false;
    });
  }
}
