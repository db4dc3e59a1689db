import type { Address } from '../../../shared/address.ts';
import type { Moment } from '../../../shared/moment.ts';
import { decodePacket } from '../../../shared/wire/decode.ts';
import { encodePacket } from '../../../shared/wire/encode.ts';
import type { Packet, PacketOf } from '../../../shared/wire/packet.ts';
import type { ReceivedDatagram } from '../../net/driver.ts';
import { TimerlessEndpoint } from '../network/timerless-endpoint.ts';

/** Writes and reads single packets by hand: a misbehaving peer. */
export class RawPeer extends TimerlessEndpoint {
  readonly received: { readonly atMs: number; readonly from: Address; readonly packet: Packet }[] = [];

  get address(): Address {
    return this.socket.address;
  }

  send(to: Address, packet: Packet): void {
    this.sendBytes(to, encodePacket(packet));
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
}
