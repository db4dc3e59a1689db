import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { Agent, createServer, request } from 'coap';
import type { Link, Peer, Station } from './peer.ts';

/** CoAP (RFC 7252): each message is a confirmable POST with a piggybacked acknowledgement. One way only. */
export const coap: Peer = {
  async listen(station) {
    const server = createServer({ type: 'udp4' });
    server.on('request', (incoming: Incoming, response: Outgoing) => {
      station.onMessage(noAnswers, incoming.payload);
      response.code = '2.04';
      response.end();
    });
    // The package does not report a port that the system chose, so it gets a bound socket.
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    server.listen(socket);
    return socket.address().port;
  },
  async connect(port, station) {
    return new RequestLink(port, station);
  },
};

/** The used parts of the package's two messages. Their types depend on a package without types. */
interface Incoming {
  readonly payload: Buffer;
}
interface Outgoing {
  code: string;
  end(): void;
}

/** More than the 1 of the RFC (NSTART), in favour of this peer: messages then wait only for the processor. */
const outstandingMax = 16;

const noAnswers: Link = {
  room: () => 0,
  send() {
    throw new Error('the coap peer measures one way only');
  },
};

class RequestLink implements Link {
  readonly #agent = new Agent({ type: 'udp4' });
  readonly #port: number;
  readonly #station: Station;
  #outstanding = 0;

  constructor(port: number, station: Station) {
    this.#port = port;
    this.#station = station;
  }

  room(): number {
    return outstandingMax - this.#outstanding;
  }

  send(message: Uint8Array, count: number): void {
    for (let sent = 0; sent < count; sent++) this.#post(message);
  }

  #post(message: Uint8Array): void {
    this.#outstanding++;
    const post = request({
      host: '127.0.0.1',
      port: this.#port,
      method: 'POST',
      confirmable: true,
      agent: this.#agent,
    });
    post.once('response', () => {
      this.#outstanding--;
      this.#station.onRoom();
    });
    post.end(Buffer.from(message.buffer, message.byteOffset, message.length));
  }
}
