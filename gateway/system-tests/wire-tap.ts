import { connect, createServer, type Server, type Socket } from 'node:net';

/** What a connection carried, in one direction each. */
interface Recording {
  readonly fromPage: Buffer[];
  readonly toPage: Buffer[];
}

/**
 * Stands between pages and the port for guests, as an attacker on the network can: it records every byte, and changes or repeats a message
 * when it is told to.
 */
export class WireTap {
  /** Where new connections go: the gateway, or a program that plays it. */
  target: string;
  readonly #server: Server;
  readonly #recordings: Recording[] = [];
  readonly #sockets = new Set<Socket>();
  #next: 'alter' | 'repeat' | undefined;

  /** Both are paths of sockets. */
  constructor(path: string, target: string) {
    this.target = target;
    this.#server = createServer((page) => this.#take(page));
    this.#server.listen(path);
  }

  /** The next message of a page, on a connection that is a WebSocket, is changed or sent twice. */
  tamper(how: 'alter' | 'repeat'): void {
    this.#next = how;
  }

  /** Whether the order to tamper was carried out. */
  get hasTampered(): boolean {
    return this.#next === undefined;
  }

  /** Ends all connections, as a network that goes away. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Every byte as it crossed the network, and again without the masks of WebSocket, which hide nothing from an attacker. */
  texts(): string[] {
    return this.#recordings.flatMap(({ fromPage, toPage }) => {
      const sent = Buffer.concat(fromPage);
      return [sent, unmasked(sent), Buffer.concat(toPage)].map((bytes) => bytes.toString('latin1'));
    });
  }

  close(): void {
    this.cut();
    this.#server.close();
  }

  #take(page: Socket): void {
    const gateway = connect(this.target);
    const recording: Recording = { fromPage: [], toPage: [] };
    this.#recordings.push(recording);
    let isSocket = false;
    page.on('data', (chunk) => {
      recording.fromPage.push(Buffer.from(chunk));
      gateway.write(isSocket ? this.#tampered(chunk) : chunk);
      isSocket ||= /^upgrade: websocket/imu.test(chunk.toString('latin1'));
    });
    gateway.on('data', (chunk) => {
      recording.toPage.push(Buffer.from(chunk));
      page.write(chunk);
    });
    for (const [one, other] of [[page, gateway] as const, [gateway, page] as const]) {
      this.#sockets.add(one);
      one.on('error', () => other.destroy());
      one.on('end', () => other.end());
      one.on('close', () => {
        this.#sockets.delete(one);
        other.destroy();
      });
    }
  }

  #tampered(chunk: Buffer): Buffer {
    const how = this.#next;
    if (how === undefined) return chunk;
    this.#next = undefined;
    if (how === 'repeat') return Buffer.concat([chunk, chunk]);
    const changed = Buffer.from(chunk);
    // The last byte is one of the tag.
    changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
    return changed;
  }
}

/** The payloads of the frames behind an upgrade (RFC 6455 section 5.2). Empty without an upgrade. */
function unmasked(bytes: Buffer): Buffer {
  const headersEnd = bytes.indexOf('\r\n\r\n');
  if (headersEnd < 0 || !/^upgrade: websocket/imu.test(bytes.subarray(0, headersEnd).toString('latin1')))
    return Buffer.alloc(0);
  const payloads: Buffer[] = [];
  for (let at = headersEnd + 4; at + 2 <= bytes.length;) {
    const short = (bytes[at + 1] ?? 0) & 0x7f;
    const lengthBytes = short === 126 ? 2 : short === 127 ? 8 : 0;
    const length =
      lengthBytes === 0
        ? short
        : bytes.readUIntBE(at + 2 + Math.max(0, lengthBytes - 6), Math.min(6, lengthBytes));
    const maskAt = at + 2 + lengthBytes;
    const mask = bytes.subarray(maskAt, maskAt + 4);
    const payload = Buffer.from(bytes.subarray(maskAt + 4, maskAt + 4 + length));
    payloads.push(payload.map((byte, index) => byte ^ (mask[index % 4] ?? 0)) as Buffer);
    at = maskAt + 4 + length;
  }
  return Buffer.concat(payloads);
}
