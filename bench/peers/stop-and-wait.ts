import { createHash } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import type { Link, Peer, Station } from './peer.ts';

/**
 * The rule of the original chat program: a list of sequence number, command, text and the MD5 of the serialized text;
 * one in flight; the receiver answers `ACK`; 0.5 s, 5 attempts. JSON replaces pickle. As in the original, a message
 * arrives twice if its ACK is lost. One way only.
 */
export const stopAndWait: Peer = {
  async listen(station) {
    const socket = await open();
    socket.on('message', (datagram, { address, port }) => {
      const text = readText(datagram);
      if (text === undefined) return;
      socket.send('ACK', port, address);
      station.onMessage(noAnswers, Buffer.from(text, 'latin1'));
    });
    return socket.address().port;
  },
  async connect(port, station) {
    return new StopAndWaitLink(await open(), port, station);
  },
};

const attemptIntervalMs = 500;
const attemptsMax = 5;

const noAnswers: Link = {
  room: () => 0,
  send() {
    throw new Error('the stop-and-wait peer measures one way only');
  },
};

async function open(): Promise<Socket> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  return socket;
}

class StopAndWaitLink implements Link {
  readonly #socket: Socket;
  readonly #port: number;
  #sequence = 0;
  #datagram: Buffer | undefined;
  #attempts = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(socket: Socket, port: number, station: Station) {
    this.#socket = socket;
    this.#port = port;
    socket.on('message', (answer) => {
      if (this.#datagram === undefined || answer.toString() !== 'ACK') return;
      clearTimeout(this.#timer);
      this.#datagram = undefined;
      station.onRoom();
    });
  }

  room(): number {
    return this.#datagram === undefined ? 1 : 0;
  }

  send(message: Uint8Array): void {
    const text = Buffer.from(message).toString('latin1');
    const list = [this.#sequence++, 'MSG', text, checksum(text)];
    this.#datagram = Buffer.from(JSON.stringify(list));
    this.#attempts = 0;
    this.#try();
  }

  #try(): void {
    if (this.#datagram === undefined) return;
    if (this.#attempts++ >= attemptsMax) throw new Error('stop-and-wait: not sent after 5 attempts');
    this.#socket.send(this.#datagram, this.#port, '127.0.0.1');
    this.#timer = setTimeout(() => this.#try(), attemptIntervalMs);
  }
}

function readText(datagram: Buffer): string | undefined {
  const list: unknown = JSON.parse(datagram.toString());
  if (!Array.isArray(list)) return undefined;
  const [, , text, sum] = list as unknown[];
  return typeof text === 'string' && sum === checksum(text) ? text : undefined;
}

function checksum(text: string): string {
  return createHash('md5').update(JSON.stringify(text)).digest('hex');
}
