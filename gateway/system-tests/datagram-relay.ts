import type { Address } from '../../shared/address.ts';
import { UdpSocket } from '../net/udp-socket.ts';

/** A socket that sends and receives single datagrams. */
export class RawSocket {
  readonly address: Address;
  readonly received: Uint8Array[] = [];
  onDatagram: (bytes: Uint8Array, from: Address) => void = () => {};
  readonly #socket: UdpSocket;

  static async open(): Promise<RawSocket> {
    return new RawSocket(await UdpSocket.open({ port: 0, ipv4Host: '127.0.0.1', ipv6Host: null }));
  }

  private constructor(socket: UdpSocket) {
    this.#socket = socket;
    this.address = { host: '127.0.0.1', port: socket.port };
    socket.onDatagram = (from, bytes) => {
      const copy = Uint8Array.from(bytes);
      this.received.push(copy);
      this.onDatagram(copy, from);
    };
  }

  send(to: Address, bytes: Uint8Array): void {
    // Copied, because the system may send it only after the caller has changed the bytes.
    this.#socket.send(to, Uint8Array.from(bytes));
  }

  close(): Promise<void> {
    return this.#socket.close();
  }
}

export type Side = 'low' | 'high';

/**
 * A relay between two real sockets: low takes `front` for high, and high takes `back` for low. All datagrams pass through
 * `onDatagram`. The relay sends from the address that the receiver takes for its peer's.
 */
export class DatagramRelay {
  /** Handles each datagram instead of passing it on. */
  onDatagram: (to: Side, bytes: Uint8Array) => void = (to, bytes) => this.pass(to, bytes);
  readonly #ends: Readonly<Record<Side, Address>>;
  readonly #front: RawSocket;
  readonly #back: RawSocket;

  static async start(ends: Readonly<Record<Side, Address>>): Promise<DatagramRelay> {
    return new DatagramRelay(ends, await RawSocket.open(), await RawSocket.open());
  }

  private constructor(ends: Readonly<Record<Side, Address>>, front: RawSocket, back: RawSocket) {
    this.#ends = ends;
    this.#front = front;
    this.#back = back;
    front.onDatagram = (bytes) => this.onDatagram('high', bytes);
    back.onDatagram = (bytes) => this.onDatagram('low', bytes);
  }

  /** The address at which low reaches high. */
  get front(): Address {
    return this.#front.address;
  }

  /** The address at which high reaches low. */
  get back(): Address {
    return this.#back.address;
  }

  pass(to: Side, bytes: Uint8Array): void {
    const socket = to === 'low' ? this.#front : this.#back;
    socket.send(this.#ends[to], bytes);
  }

  async close(): Promise<void> {
    await Promise.all([this.#front.close(), this.#back.close()]);
  }
}
