import type { Address } from '../../../shared/address.ts';
import type { Moment } from '../../../shared/moment.ts';
import { decodePacket } from '../../../shared/wire/decode.ts';
import { encodePacket } from '../../../shared/wire/encode.ts';
import type { Packet, PacketOf } from '../../../shared/wire/packet.ts';
import type { DrivenEndpoint, OutgoingDatagram, ReceivedDatagram } from '../../net/driver.ts';
import { Fifo } from '../../transport/fifo.ts';
import type { SimulatedHost, SimulatedSocket } from '../network/simulated-network.ts';

/** Writes and reads single packets by hand: a misbehaving peer. */
export class RawPeer implements DrivenEndpoint {
  readonly socket: SimulatedSocket;
  readonly received: { readonly atMs: number; readonly from: Address; readonly packet: Packet }[] = [];
  readonly #out = new Fifo<OutgoingDatagram>();

  constructor(host: SimulatedHost, port: number) {
    this.socket = host.bind(port, this);
  }

  get address(): Address {
    return this.socket.address;
  }

  send(to: Address, packet: Packet): void {
    this.sendBytes(to, encodePacket(packet));
  }

  sendBytes(to: Address, bytes: Uint8Array): void {
    this.socket.turn(() => this.#out.push({ to, bytes }));
  }

  packetsOf<Type extends Packet['type']>(type: Type): PacketOf<Type>[] {
    return this.received
      .map(({ packet }) => packet)
      .filter((packet): packet is PacketOf<Type> => packet.type === type);
  }

  handleDatagrams(now: Moment, datagrams: readonly ReceivedDatagram[]): void {
    for (const { from, bytes } of datagrams) {
      const decoded = decodePacket(bytes);
      if (decoded.type !== 'packet')
        throw new Error(`an endpoint has sent what is no packet: ${decoded.type}`);
      this.received.push({ atMs: now.monotonicMs, from, packet: decoded.packet });
    }
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
