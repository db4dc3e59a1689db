import { createSocket, type Socket } from 'node:dgram';
import { type Address, parseHost } from '../../shared/address.ts';

export interface UdpSocketOptions {
  /** 0: any free one. */
  readonly port: number;
  /** All IPv4 interfaces unless told. */
  readonly ipv4Host?: string;
  /** All IPv6 interfaces unless told; null: none. */
  readonly ipv6Host?: string | null;
}

/** What the network refused; never thrown, since UDP promises nothing and every packet has its tries. */
export interface UdpSocketCounters {
  sendErrors: number;
  receiveErrors: number;
  /** Not even tried: the system's queue is full, or there is no socket for that family. */
  unsent: number;
}

/** The port cannot be had: taken by another program, or reserved by the system. */
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
 * One UDP port: an IPv4 socket, and an IPv6 one beside it where the machine has IPv6. Names are never looked up, and
 * no send throws.
 */
export class UdpSocket {
  readonly port: number;
  readonly counters: UdpSocketCounters = { sendErrors: 0, receiveErrors: 0, unsent: 0 };
  /** Whoever owns the socket sets this before anything can arrive, in the same tick as `open` gives it. */
  onDatagram: (from: Address, bytes: Uint8Array) => void = () => {};
  /** Canonical forms of the sources of late: reading an address anew costs more than all else that a datagram costs here. */
  readonly #hosts = new Map<string, string | undefined>();
  readonly #ipv4: Socket;
  readonly #ipv6: Socket | undefined;
  #isClosed = false;
  #sendsUntilLook = 0;
  readonly #sent = (error: Error | null): void => {
    if (error !== null) this.counters.sendErrors++;
  };

  /** Throws PortUnavailableError, or the system's error for an address that this machine does not have. */
  static async open(options: UdpSocketOptions): Promise<UdpSocket> {
    const { port, ipv4Host = '0.0.0.0', ipv6Host = '::' } = options;
    const ipv4 = await bind('udp4', ipv4Host, port).catch((error: unknown) => {
      const reason = reasonOf(error);
      throw reason === undefined ? error : new PortUnavailableError(port, reason, error);
    });
    // Without IPv6, or with its port taken, IPv4 alone still reaches everybody who has it.
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

  /** Whatever was sent before still leaves. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await Promise.all([closed(this.#ipv4), this.#ipv6 === undefined ? undefined : closed(this.#ipv6)]);
  }

  /** Asking costs as much as sealing: of many sends, one asks. */
  #isQueueFull(socket: Socket): boolean {
    if (this.#sendsUntilLook-- > 0) return false;
    if (socket.getSendQueueSize() > sendQueueBytesMax) return true;
    this.#sendsUntilLook = sendsPerLook;
    return false;
  }

  #hostOf(address: string): string | undefined {
    const known = this.#hosts.get(address);
    if (known !== undefined) return known;
    const host = parseHost(address);
    if (this.#hosts.size >= hostsKeptMax) this.#hosts.clear();
    this.#hosts.set(address, host);
    return host;
  }

  #listen(socket: Socket): void {
    raiseBuffers(socket);
    socket.on('message', (message, { address, port }) => {
      // A link-local IPv6 source has its interface behind a percent sign; such peers are met by other addresses.
      const host = this.#hostOf(address);
      // Port 0 is legal on the wire and cannot be answered.
      if (host === undefined || port === 0 || this.#isClosed) this.counters.receiveErrors++;
      else
        this.onDatagram({ host, port }, new Uint8Array(message.buffer, message.byteOffset, message.length));
    });
    // Some systems report an earlier send's ICMP error here; the peer's silence says the same.
    socket.on('error', () => this.counters.receiveErrors++);
  }
}

const hostsKeptMax = 4_096;
/** Datagrams that Node keeps when the system takes no more; past it they are lost, as on a full link. */
const sendQueueBytesMax = 4 * 1024 * 1024;
const sendsPerLook = 32;
/** A burst from 300 clients must not overflow the system's default of about 200 KiB. */
const systemBufferBytes = 4 * 1024 * 1024;

function bind(type: 'udp4' | 'udp6', host: string, port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createSocket({
      type,
      ipv6Only: type === 'udp6',
      // Addresses are literals already; Node would otherwise take each send through its resolver, a tick later.
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
      // The system's own size serves too; tries make up for what it loses.
    }
  }
}

function reasonOf(error: unknown): 'in-use' | 'restricted' | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') return 'in-use';
  return code === 'EACCES' ? 'restricted' : undefined;
}
