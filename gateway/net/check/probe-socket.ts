import { createSocket, type Socket } from 'node:dgram';
import type { Address } from '../../../shared/address.ts';
import type { SystemRefusal } from '../../check/probe.ts';

export interface ProbeSocketOptions {
  readonly to: Address;
  readonly onDatagram: (bytes: Uint8Array) => void;
  readonly onRefusal: (refusal: SystemRefusal) => void;
}

/**
 * A UDP socket for one address alone. The system reports ICMP errors only to such a socket: that no program has the port, or that no
 * machine has the address. It never throws.
 */
export class ProbeSocket {
  readonly #socket: Socket;
  readonly #onRefusal: (refusal: SystemRefusal) => void;
  #isClosed = false;
  #port = 0;

  /** Opens and connects. A socket that the system refuses tells so by `onRefusal`. */
  static async open(options: ProbeSocketOptions): Promise<ProbeSocket> {
    const { to, onRefusal } = options;
    const family = to.host.includes(':') ? 6 : 4;
    const socket = createSocket({
      type: family === 6 ? 'udp6' : 'udp4',
      // Addresses are literals already.
      lookup: (literal, _options, callback) => callback(null, literal, family),
    });
    const probe = new ProbeSocket(socket, options);
    await new Promise<void>((resolve) => {
      socket.once('error', () => resolve());
      try {
        socket.connect(to.port, to.host, (error?: unknown) => {
          if (error == null) probe.#port = socket.address().port;
          else onRefusal(refusalOf(error));
          resolve();
        });
      } catch (error) {
        onRefusal(refusalOf(error));
        resolve();
      }
    });
    return probe;
  }

  private constructor(socket: Socket, { onDatagram, onRefusal }: ProbeSocketOptions) {
    this.#socket = socket;
    this.#onRefusal = onRefusal;
    socket.on('message', (message) => {
      if (!this.#isClosed) onDatagram(new Uint8Array(message.buffer, message.byteOffset, message.length));
    });
    socket.on('error', (error) => this.#refuse(error));
    // The user keeps the process alive, not a check.
    socket.unref();
  }

  /** The own port; 0 where the system gave none. */
  get port(): number {
    return this.#port;
  }

  send(bytes: Uint8Array): void {
    if (this.#isClosed) return;
    try {
      this.#socket.send(bytes, (error) => {
        if (error !== null) this.#refuse(error);
      });
    } catch (error) {
      this.#refuse(error);
    }
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#socket.close();
  }

  #refuse(error: unknown): void {
    if (!this.#isClosed) this.#onRefusal(refusalOf(error));
  }
}

/** The codes of Linux and macOS, and what Windows says instead. */
const refusals: Readonly<Record<string, SystemRefusal>> = {
  ECONNREFUSED: 'refused',
  ECONNRESET: 'refused',
  EHOSTUNREACH: 'unreachable',
  EHOSTDOWN: 'unreachable',
  ENETUNREACH: 'no-route',
  ENETDOWN: 'no-route',
  EADDRNOTAVAIL: 'no-route',
  EAFNOSUPPORT: 'no-route',
};

/** EPERM and EACCES: a rule of this machine refuses the datagram. */
function refusalOf(error: unknown): SystemRefusal {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return refusals[code] ?? 'not-sent';
}
