import { createSocket, type Socket } from 'node:dgram';
import { type Address, parseHost } from '../../shared/address.ts';

export interface UdpSocketOptions {
  /** 0 means any free port. */
  readonly port: number;
  /** Default: all IPv4 interfaces. */
  readonly ipv4Host?: string;
  /** Default: all IPv6 interfaces; null means none. */
  readonly ipv6Host?: string | null;
}

/** Counts refusals of the network. They are never thrown: UDP promises nothing, and every packet has its attempts. */
export interface UdpSocketCounters {
  sendErrors: number;
  receiveErrors: number;
  /** Datagrams that were not even tried: the system's queue is full, or there is no socket of that family. */
  unsent: number;
}

/** The port is unavailable: another program uses it, or the system reserves it. */
export class PortUnavailableError extends Error {
  readonly port: number;
  readonly reason: 'in-use' | 'restricted';

  constructor(port: number, reason: 'in-use' | 'restricted', cause: unknown) {
    super(`UDP port ${port} is ${reason === 'in-use' ? 'in use' : 'restricted'}`, { cause });
    this.name = 'PortUnavailableError';
    this.port = port;
    this.reason = reason;
  }
}

/**
 * One UDP port: an IPv4 socket, and an IPv6 socket where the machine has IPv6. Never looks up names, and never throws when it
 * sends.
 */
export class UdpSocket {
  readonly port: number;
  readonly counters: UdpSocketCounters = { sendErrors: 0, receiveErrors: 0, unsent: 0 };
  /** The owner sets this in the same tick in which `open` returns, before anything can arrive. */
  onDatagram: (from: Address, bytes: Uint8Array) => void = () => {};
  /** Canonical forms of recent sources: parsing an address again would cost more than all other handling of a datagram. */
  readonly #hosts = new Map<string, string | undefined>();
  readonly #ipv4: Socket;
  readonly #ipv6: Socket | undefined;
  #isClosed = false;
  #sendsUntilLook = 0;
  readonly #sent = (error: Error | null): void => {
    if (error !== null) this.counters.sendErrors++;
  };

  /** Throws PortUnavailableError, or the system's error for an address that this machine lacks. */
  static async open(options: UdpSocketOptions): Promise<UdpSocket> {
    const { port, ipv4Host = '0.0.0.0', ipv6Host = '::' } = options;
    const ipv4 = await bind('udp4', ipv4Host, port).catch((error: unknown) => {
      const reason = reasonOf(error);
      throw reason === undefined ? error : new PortUnavailableError(port, reason, error);
    });
    // Without IPv6, or with its port in use, IPv4 alone still reaches all peers with IPv4.
    const ipv6 =
      ipv6Host === null
        ? undefined
        : await bind('udp6', ipv6Host, ipv4.address().port).catch(() => undefined);
    return new UdpSocket(ipv4, ipv6);
  }

  private constructor(ipv4: Socket, ipv6: Socket | undefined) {
    this.#ipv4 = ipv4;
    this.#ipv6 = ipv6;
    this.port = ipv4.address().port;
    this.#listen(ipv4);
    if (ipv6 !== undefined) this.#listen(ipv6);
  }

  get hasIpv6(): boolean {
    return this.#ipv6 !== undefined;
  }

  send(to: Address, bytes: Uint8Array): void {
    const socket = to.host.includes(':') ? this.#ipv6 : this.#ipv4;
    if (this.#isClosed || socket === undefined || this.#isQueueFull(socket)) {
      this.counters.unsent++;
      return;
    }
    try {
      socket.send(bytes, to.port, to.host, this.#sent);
    } catch {
      this.counters.sendErrors++;
    }
  }

  /** Bytes that the system has not taken yet, because its buffer is full. */
  get waitingBytes(): number {
    if (this.#isClosed) return 0;
    return this.#ipv4.getSendQueueSize() + (this.#ipv6?.getSendQueueSize() ?? 0);
  }

  /** Closes the socket; datagrams that were sent before still leave. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await Promise.all([closed(this.#ipv4), this.#ipv6 === undefined ? undefined : closed(this.#ipv6)]);
  }

  /** The query costs as much as sealing, so only one of many sends makes it. */
  #isQueueFull(socket: Socket): boolean {
    if (this.#sendsUntilLook-- > 0) return false;
    if (socket.getSendQueueSize() > sendQueueBytesMax) return true;
    this.#sendsUntilLook = sendsPerLook;
    return false;
  }

  #hostOf(address: string): string | undefined {
    const known = this.#hosts.get(address);
    if (known !== undefined) return known;
    const host = sourceHost(address);
    if (this.#hosts.size >= hostsKeptMax) this.#hosts.clear();
    this.#hosts.set(address, host);
    return host;
  }

  #listen(socket: Socket): void {
    raiseBuffers(socket);
    socket.on('message', (message, { address, port }) => {
      const host = this.#hostOf(address);
      // Port 0 is legal on the wire, but it cannot be answered.
      if (host === undefined || port === 0 || this.#isClosed) this.counters.receiveErrors++;
      else
        this.onDatagram({ host, port }, new Uint8Array(message.buffer, message.byteOffset, message.length));
    });
    // Some systems report the ICMP error of an earlier send here. The missing answer of the peer shows the same.
    socket.on('error', () => this.counters.receiveErrors++);
  }
}

/** The canonical form of a source. A link-local IPv6 one has the interface after a percent sign, and keeps it. */
export function sourceHost(address: string): string | undefined {
  const [plain = '', zone] = address.split('%');
  const host = parseHost(plain);
  return host === undefined || zone === undefined ? host : `${host}%${zone}`;
}

const hostsKeptMax = 4_096;
/** Datagrams that Node keeps while the system takes none. Further ones are lost, as on a full link. */
const sendQueueBytesMax = 4 * 1024 * 1024;
const sendsPerLook = 32;
/** A burst from 300 clients must not overflow the system's default of about 200 KiB. */
const systemBufferBytes = 4 * 1024 * 1024;

function bind(type: 'udp4' | 'udp6', host: string, port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createSocket({
      type,
      ipv6Only: type === 'udp6',
      // Addresses are literals already. Otherwise Node would pass each send through its resolver, one tick later.
      lookup: (literal, _options, callback) => callback(null, literal, type === 'udp6' ? 6 : 4),
    });
    const refuse = (error: Error) => {
      socket.close();
      reject(error);
    };
    socket.once('error', refuse);
    socket.bind({ address: host, port, exclusive: true }, () => {
      socket.off('error', refuse);
      resolve(socket);
    });
  });
}

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.close(resolve));
}

function raiseBuffers(socket: Socket): void {
  for (const raise of [
    () => socket.setRecvBufferSize(systemBufferBytes),
    () => socket.setSendBufferSize(systemBufferBytes),
  ]) {
    try {
      raise();
    } catch {
      // The system's own size is good enough; retransmissions repair its losses.
    }
  }
}

function reasonOf(error: unknown): 'in-use' | 'restricted' | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') return 'in-use';
  return code === 'EACCES' ? 'restricted' : undefined;
}
