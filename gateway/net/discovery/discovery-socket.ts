import { createSocket, type Socket } from 'node:dgram';
import type { Address } from '../../../shared/address.ts';
import { sourceHost } from '../udp-socket.ts';

export interface DiscoverySocketOptions {
  readonly family: 4 | 6;
  /** The own address, with its zone; all addresses if it is left out. */
  readonly host?: string;
  /** 0 means any free port. Programs share another one. */
  readonly port: number;
  readonly onDatagram: (from: Address, bytes: Uint8Array) => void;
}

/** One socket of discovery. It never throws: what the system refuses is counted, and `isBroken` tells the owner to open another one. */
export class DiscoverySocket {
  readonly #socket: Socket;
  readonly #family: 4 | 6;
  #isBroken = false;
  #isClosed = false;

  /** Undefined where the system refuses the socket. */
  static async open(options: DiscoverySocketOptions): Promise<DiscoverySocket | undefined> {
    const { family, host, port } = options;
    const socket = createSocket({
      type: family === 6 ? 'udp6' : 'udp4',
      ipv6Only: family === 6,
      reuseAddr: port !== 0,
      // Addresses are literals already.
      lookup: (literal, _options, callback) => callback(null, literal, family),
    });
    const isOpen = await new Promise<boolean>((resolve) => {
      socket.once('error', () => resolve(false));
      const address = host ?? (family === 6 ? '::' : '0.0.0.0');
      socket.bind({ address, port, exclusive: true }, () => resolve(true));
    });
    if (!isOpen) {
      socket.close();
      return undefined;
    }
    return new DiscoverySocket(socket, options);
  }

  private constructor(socket: Socket, { family, host, onDatagram }: DiscoverySocketOptions) {
    this.#socket = socket;
    this.#family = family;
    socket.removeAllListeners('error');
    socket.on('error', () => {
      this.#isBroken = true;
    });
    socket.on('message', (message, { address, port }) => {
      const from = sourceHost(address);
      if (from === undefined || port === 0 || this.#isClosed) return;
      onDatagram({ host: from, port }, new Uint8Array(message.buffer, message.byteOffset, message.length));
    });
    // The user keeps the process alive, not the search.
    socket.unref();
    raiseBuffers(socket);
    if (host === undefined) return;
    try {
      socket.setMulticastTTL(1);
      socket.setMulticastInterface(interfaceOf(family, host));
      if (family === 4) socket.setBroadcast(true);
    } catch {
      this.#isBroken = true;
    }
  }

  /** The system refused something: the interface may be gone, or have come back as another one. */
  get isBroken(): boolean {
    return this.#isBroken;
  }

  /** Joins a group on the interface of this own address. Joining again changes nothing. */
  join(group: string, host: string): void {
    try {
      this.#socket.addMembership(group, interfaceOf(this.#family, host));
    } catch (error) {
      // A member already, or an interface without groups. Only a table that is full asks for another socket.
      if (codeOf(error) === 'ENOBUFS') this.#isBroken = true;
    }
  }

  send(to: Address, bytes: Uint8Array): void {
    if (this.#isClosed) return;
    const fail = (error: unknown): void => {
      if (interfaceIsGone.has(codeOf(error))) this.#isBroken = true;
    };
    try {
      this.#socket.send(bytes, to.port, to.host, (error) => {
        if (error !== null) fail(error);
      });
    } catch (error) {
      fail(error);
    }
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#socket.close();
  }
}

/**
 * The system holds each datagram of a search until it knows that no machine has the address, which takes 3 s. 256 of them pass the
 * default buffer, and the answers of 200 hosts come at once.
 */
const bufferBytes = 1024 * 1024;

function raiseBuffers(socket: Socket): void {
  for (const raise of [
    () => socket.setSendBufferSize(bufferBytes),
    () => socket.setRecvBufferSize(bufferBytes),
  ]) {
    try {
      raise();
    } catch {
      // The search is slower then.
    }
  }
}

/** After these, a new socket may work. A firewall that refuses a datagram is no such reason. */
const interfaceIsGone: ReadonlySet<unknown> = new Set([
  'ENODEV',
  'ENXIO',
  'EADDRNOTAVAIL',
  'ENETUNREACH',
  'ENETDOWN',
  'EINVAL',
]);

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

/** How the system names the interface of an own address: by the address itself, or by its zone. */
function interfaceOf(family: 4 | 6, host: string): string {
  return family === 6 ? `::%${host.split('%')[1] ?? ''}` : host;
}
