import { createSocket, type Socket } from 'node:dgram';
import type { Link, Peer, Station } from './peer.ts';

/** Plain node:dgram, one message per datagram. Lost messages stay lost, and only arrivals count. */
export const rawDgram: Peer = {
  async listen(station) {
    const socket = await open();
    listenOn(socket, station);
    return socket.address().port;
  },
  async connect(port, station) {
    const socket = await open();
    listenOn(socket, station);
    return new DatagramLink(socket, port, station);
  },
};

/** The maximum of unconfirmed sends. Past it, Node queues them and the kernel gets no more. */
const pendingMax = 1_024;

async function open(): Promise<Socket> {
  // It gets the same settings as ours: no resolver for literal addresses, and large buffers.
  const socket = createSocket({ type: 'udp4', lookup: (host, _options, give) => give(null, host, 4) });
  // With an immediate lookup, `listening` is emitted before `bind` returns.
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  socket.setRecvBufferSize(4 * 1024 * 1024);
  socket.setSendBufferSize(4 * 1024 * 1024);
  return socket;
}

function listenOn(socket: Socket, station: Station): void {
  const links = new Map<number, DatagramLink>();
  socket.on('message', (message, { port }) => {
    let link = links.get(port);
    if (link === undefined) {
      link = new DatagramLink(socket, port, station);
      links.set(port, link);
    }
    station.onMessage(link, message);
  });
}

class DatagramLink implements Link {
  readonly #socket: Socket;
  readonly #port: number;
  readonly #sent: (error: Error | null) => void;
  #pending = 0;

  constructor(socket: Socket, port: number, station: Station) {
    this.#socket = socket;
    this.#port = port;
    this.#sent = (error) => {
      if (error !== null) throw error;
      this.#pending--;
      station.onRoom();
    };
  }

  room(): number {
    return pendingMax - this.#pending;
  }

  send(message: Uint8Array, count: number): void {
    this.#pending += count;
    for (let sent = 0; sent < count; sent++) {
      this.#socket.send(message, this.#port, '127.0.0.1', this.#sent);
    }
  }
}
