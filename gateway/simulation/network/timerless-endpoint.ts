import type { Address } from '../../../shared/address.ts';
import type { Moment } from '../../../shared/moment.ts';
import type { DrivenEndpoint, OutgoingDatagram, ReceivedDatagram } from '../../net/driver.ts';
import { Fifo } from '../../transport/fifo.ts';
import type { SimulatedHost, SimulatedSocket } from './simulated-network.ts';

/** An endpoint that sends the datagrams that it is given, and never has a deadline. */
export abstract class TimerlessEndpoint implements DrivenEndpoint {
  readonly socket: SimulatedSocket;
  readonly #out = new Fifo<OutgoingDatagram>();

  constructor(host: SimulatedHost, port: number) {
    this.socket = host.bind(port, this);
  }

  abstract handleDatagrams(now: Moment, datagrams: readonly ReceivedDatagram[]): void;

  sendBytes(to: Address, bytes: Uint8Array): void {
    this.socket.turn(() => this.enqueue(to, bytes));
  }

  /** Sends a datagram at the end of the turn that runs. */
  protected enqueue(to: Address, bytes: Uint8Array): void {
    this.#out.push({ to, bytes });
  }

  handleTimeout(): void {
    throw new Error('there is no deadline to be due');
  }

  pollTransmit(): OutgoingDatagram | undefined {
    return this.#out.shift();
  }

  pollTimeout(): number | undefined {
    return undefined;
  }
}
