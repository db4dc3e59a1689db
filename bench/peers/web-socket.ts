import { createServer as createHttp, type Server as HttpServer } from 'node:http';
import { createServer as createHttps, type Server as HttpsServer } from 'node:https';
import { once } from 'node:events';
import { type RawData, WebSocket, WebSocketServer } from 'ws';
import { makeCertificate } from './certificate.ts';
import { backlogBytesMax, type Link, type Peer, type Station } from './peer.ts';

/** The package ws as in its README, with binary messages over TCP. */
export const ws: Peer = {
  listen: (station) => listen(createHttp(), station),
  connect: (port, station) => connect(`ws://127.0.0.1:${port}`, station),
};

/** The same over TLS 1.3, with a certificate made for the run. */
export const wss: Peer = {
  listen: (station) => listen(createHttps(makeCertificate()), station),
  connect: (port, station) => connect(`wss://127.0.0.1:${port}`, station),
};

async function listen(server: HttpServer | HttpsServer, station: Station): Promise<number> {
  new WebSocketServer({ server }).on('connection', (socket) => {
    receive(socket, new WebSocketLink(socket, station), station);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

async function connect(url: string, station: Station): Promise<Link> {
  // The certificate is not checked: it is self-signed, and the check costs nothing per message.
  const socket = new WebSocket(url, { rejectUnauthorized: false });
  const link = new WebSocketLink(socket, station);
  receive(socket, link, station);
  await once(socket, 'open');
  return link;
}

function receive(socket: WebSocket, link: Link, station: Station): void {
  socket.on('message', (data: RawData) => {
    if (!Buffer.isBuffer(data)) throw new Error('ws gave no buffer');
    station.onMessage(link, data);
  });
}

class WebSocketLink implements Link {
  readonly #socket: WebSocket;
  readonly #whenSent: (error?: Error) => void;

  constructor(socket: WebSocket, station: Station) {
    this.#socket = socket;
    this.#whenSent = (error) => {
      // The type says undefined, but null occurs too.
      if (error instanceof Error) throw error;
      station.onRoom();
    };
  }

  room(messageBytes: number): number {
    return Math.floor((backlogBytesMax - this.#socket.bufferedAmount) / messageBytes);
  }

  send(message: Uint8Array, count: number): void {
    for (let sent = 1; sent < count; sent++) this.#socket.send(message);
    // One callback per burst suffices to learn that there is room again.
    this.#socket.send(message, this.#whenSent);
  }
}
