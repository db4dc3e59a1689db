import { once } from 'node:events';
import { createServer } from 'node:http';
import { Server } from 'socket.io';
import { io } from 'socket.io-client';
import type { Link, Peer, Station } from './peer.ts';

/** socket.io over its WebSocket transport (without long polling first); each message is an event with its bytes. */
export const socketIo: Peer = {
  async listen(station) {
    const http = createServer();
    const server = new Server(http, { transports: ['websocket'], serveClient: false });
    server.on('connection', (socket) => void serve(socket, station));
    http.listen(0, '127.0.0.1');
    await once(http, 'listening');
    const address = http.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    return address.port;
  },
  async connect(port, station) {
    const socket = io(`http://127.0.0.1:${port}`, { transports: ['websocket'], reconnection: false });
    const link = serve(socket, station);
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('connect_error', reject);
    });
    return link;
  },
};

/** Its client has no backpressure, so each burst asks for an acknowledgement of its last message. */
const outstandingMax = 8_192;

/** The common part of the two kinds of socket. */
interface EventSocket {
  on(event: 'message', listener: (message: Uint8Array, acknowledge?: () => void) => void): unknown;
  emit(event: 'message', message: Uint8Array, acknowledged?: () => void): unknown;
}

function serve(socket: EventSocket, station: Station): Link {
  const link = new SocketIoLink(socket, station);
  socket.on('message', (message, acknowledge) => {
    station.onMessage(link, message);
    acknowledge?.();
  });
  return link;
}

class SocketIoLink implements Link {
  readonly #socket: EventSocket;
  readonly #station: Station;
  #outstanding = 0;

  constructor(socket: EventSocket, station: Station) {
    this.#socket = socket;
    this.#station = station;
  }

  room(): number {
    return outstandingMax - this.#outstanding;
  }

  send(message: Uint8Array, count: number): void {
    const isBurst = count > 1;
    for (let sent = isBurst ? 1 : 0; sent < count; sent++) this.#socket.emit('message', message);
    if (!isBurst) return;
    this.#outstanding += count;
    this.#socket.emit('message', message, () => {
      this.#outstanding -= count;
      this.#station.onRoom();
    });
  }
}
