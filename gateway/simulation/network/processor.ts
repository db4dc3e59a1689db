import type { Role } from '../../turn/role.ts';
import type { ReceivedDatagram } from '../../net/driver.ts';
import { Fifo } from '../../transport/fifo.ts';
import type { NoiseHandshake, TransportCrypto } from '../../transport/ports.ts';

/** What a host has done; each count has its cost in `Costs`. */
export interface OperationCounts {
  /** Datagrams that were read from the socket, whatever became of them. */
  datagrams: number;
  /** Datagrams that were handed to the system. */
  sent: number;
  /** Packets on which the cipher ran, genuine or not. */
  opened: number;
  sealed: number;
  /** Handshakes, counted by their steps: a third for each Noise message that was read or written. */
  handshakes: number;
  /** Messages of peers that the role got. */
  messages: number;
  /** Messages that the role sent, from the encoding to the acknowledgement. */
  answers: number;
  /** Signing keys that were checked. */
  signatures: number;
  /** Turns that wrote to the disk. */
  commits: number;
}

/** Returns the counts of a host that has done nothing. */
export function noOperations(): OperationCounts {
  return {
    datagrams: 0,
    sent: 0,
    opened: 0,
    sealed: 0,
    handshakes: 0,
    messages: 0,
    answers: 0,
    signatures: 0,
    commits: 0,
  };
}

/** The processor time of each kind of work, in microseconds. */
export type Costs = Readonly<Record<keyof OperationCounts, number>>;

/**
 * The costs of this program, measured by `node bench/costs.ts` on 29 November 2026 (the dearer figure of two runs): 2 cores of an AMD EPYC in a virtual machine,
 * Linux 6.18, Node 24.21, with real cryptography, real sockets and a real store on disk. A commit mostly waits for the disk.
 * bench/README.md has the same table.
 */
const measuredCosts: Costs = {
  datagrams: 11,
  sent: 14,
  opened: 8,
  sealed: 5,
  handshakes: 900,
  messages: 5,
  answers: 6,
  signatures: 60,
  commits: 2_100,
};

/** What a socket keeps until the program reads it: Linux's default (net.core.rmem_default), counted as Linux counts. */
export const socketBufferBytesMax = 208 * 1024;

/** libuv reads at most so many datagrams before it lets timers run. */
const datagramsInTurnMax = 32;

/**
 * The one processor of a simulated host, and the buffers of its sockets. Each turn takes the virtual time of its work. What
 * arrives during that time waits in the buffer, and is lost when the buffer is full.
 */
export class Processor {
  readonly costs: Costs;
  readonly work = noOperations();
  /** Datagrams that found the buffer full. */
  lost = 0;
  /** The virtual time for which it was busy. */
  busyMs = 0;
  #freeAtMs = 0;
  #chargedUs = 0;
  readonly #buffers = new Map<number, { readonly queue: Fifo<ReceivedDatagram>; bytes: number }>();

  constructor(costs: Costs = measuredCosts) {
    this.costs = costs;
  }

  /** When the work so far is done. */
  get freeAtMs(): number {
    return this.#freeAtMs;
  }

  get hasWaiting(): boolean {
    return [...this.#buffers.values()].some(({ queue }) => queue.size > 0);
  }

  /** Puts the datagram into the buffer of the socket on this port, or loses it. */
  arrive(port: number, datagram: ReceivedDatagram): void {
    let buffer = this.#buffers.get(port);
    if (buffer === undefined) {
      buffer = { queue: new Fifo(), bytes: 0 };
      this.#buffers.set(port, buffer);
    }
    const bytes = bufferedBytes(datagram.bytes.length);
    if (buffer.bytes + bytes > socketBufferBytesMax) {
      this.lost++;
      return;
    }
    buffer.bytes += bytes;
    buffer.queue.push(datagram);
  }

  /** Takes the datagrams of the next turn of the socket on this port out of its buffer. */
  take(port: number): ReceivedDatagram[] {
    const buffer = this.#buffers.get(port);
    const taken: ReceivedDatagram[] = [];
    while (buffer !== undefined && taken.length < datagramsInTurnMax) {
      const datagram = buffer.queue.shift();
      if (datagram === undefined) break;
      buffer.bytes -= bufferedBytes(datagram.bytes.length);
      taken.push(datagram);
    }
    this.work.datagrams += taken.length;
    return taken;
  }

  /** Charges the work since the last call, and returns when it is done. */
  charge(nowMs: number): number {
    const totalUs = this.#totalUs();
    const costMs = (totalUs - this.#chargedUs) / 1_000;
    this.#chargedUs = totalUs;
    this.busyMs += costMs;
    this.#freeAtMs = Math.max(nowMs, this.#freeAtMs) + costMs;
    return this.#freeAtMs;
  }

  #totalUs(): number {
    const { work, costs } = this;
    let totalUs = 0;
    for (const kind of Object.keys(costs) as (keyof OperationCounts)[]) totalUs += work[kind] * costs[kind];
    return totalUs;
  }
}

/**
 * The bytes that Linux counts for a datagram (skb->truesize): struct sk_buff (256), and its data with headers (14 + 20 + 8), room
 * in front (64) and struct skb_shared_info (320), in a piece of memory of a power of two, or in whole pages.
 */
export function bufferedBytes(datagramBytes: number): number {
  const data = datagramBytes + 14 + 20 + 8 + 64 + 320;
  const piece = data <= 4_096 ? 2 ** Math.ceil(Math.log2(data)) : Math.ceil(data / 4_096) * 4_096;
  return 256 + piece;
}

/** The same cryptography, which counts what it does. */
export function meteredCrypto(crypto: TransportCrypto, work: OperationCounts): TransportCrypto {
  const { aead, noise } = crypto;
  return {
    ...crypto,
    aead: {
      seal: (...parameters) => {
        work.sealed++;
        aead.seal(...parameters);
      },
      open: (...parameters) => {
        work.opened++;
        return aead.open(...parameters);
      },
    },
    noise: { begin: (options) => new MeteredHandshake(noise.begin(options), work) },
  };
}

class MeteredHandshake implements NoiseHandshake {
  readonly #handshake: NoiseHandshake;
  readonly #work: OperationCounts;

  constructor(handshake: NoiseHandshake, work: OperationCounts) {
    this.#handshake = handshake;
    this.#work = work;
  }

  get remoteStaticKey() {
    return this.#handshake.remoteStaticKey;
  }

  get keys() {
    return this.#handshake.keys;
  }

  get hash() {
    return this.#handshake.hash;
  }

  write(payload: Uint8Array): Uint8Array | undefined {
    this.#work.handshakes += 1 / 3;
    return this.#handshake.write(payload);
  }

  read(message: Uint8Array): ReturnType<NoiseHandshake['read']> {
    this.#work.handshakes += 1 / 3;
    const read = this.#handshake.read(message);
    return read === undefined
      ? undefined
      : { payload: read.payload, next: new MeteredHandshake(read.next, this.#work) };
  }
}

/** The same role, which counts the messages that it gets and sends. */
export function meteredRole<Change>(role: Role<Change>, work: OperationCounts): Role<Change> {
  return {
    handleEvent: (now, event) => {
      if (event.type === 'received' || event.type === 'received-unreliable') work.messages++;
      role.handleEvent(now, event);
    },
    handleTimeout: (now) => role.handleTimeout(now),
    handleNetworkChange: (now) => role.handleNetworkChange?.(now),
    pollTimeout: () => role.pollTimeout(),
    pollAction: () => {
      const action = role.pollAction();
      if (action?.type === 'send' || action?.type === 'send-unreliable') work.answers++;
      return action;
    },
    pollJob: () => role.pollJob?.(),
    handleJob: (now, result) => role.handleJob?.(now, result),
    pollChange: () => role.pollChange(),
    resetFromStore: (now) => role.resetFromStore(now),
    handleUncommitted: (event, cause) => role.handleUncommitted?.(event, cause),
  };
}
