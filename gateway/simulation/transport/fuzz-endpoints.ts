import { toHex } from '../../../shared/ids.ts';
import { datagramChecksum } from '../../../shared/wire/checksum.ts';
import {
  checksumOffset,
  packetTypes,
  protocolVersion,
  typeOffset,
  versionOffset,
} from '../../../shared/wire/layout.ts';
import { transportCrypto } from '../../crypto/crypto.ts';
import type { Address } from '../../../shared/address.ts';
import { channelCreditsMax, halfOpenMax } from '../../../shared/limits.ts';
import { FuzzPeer, mutate } from './fuzz-peer.ts';
import { SeededRandom } from '../../net/seeded-random.ts';
import { Endpoint } from '../../transport/endpoint.ts';
import { validPackets } from '../../vectors/packet-vectors.ts';
import type { EndpointEvent } from '../../transport/events.ts';
import type { Transmit } from '../../transport/output-queue.ts';
import { testKeys } from './endpoint-node.ts';

const vectors = validPackets().map(({ bytes }) => bytes);

/**
 * Sends mutated genuine datagrams to two endpoints that exchange messages all the time. Every other time it sends arbitrary
 * frames that an authenticated peer has mutated and then sealed. Throws when an endpoint throws, loses a message of the other,
 * or keeps too much. Returns a summary.
 */
export function fuzzEndpoints(executions: number, seed: number): string {
  return new EndpointFuzz(seed).run(executions);
}

const addresses = [
  { host: '10.0.0.1', port: 1 },
  { host: '10.0.0.2', port: 2 },
] as const;
/** A misbehaving peer for each endpoint is there. */
const hostileAddress = { host: '10.0.0.3', port: 3 };
const corpusMax = 60;

class EndpointFuzz {
  readonly #random: SeededRandom;
  readonly #endpoints: readonly [Endpoint, Endpoint];
  readonly #hostiles: readonly [FuzzPeer, FuzzPeer];
  /** The vectors of every packet, then the newest datagrams of the two endpoints. */
  readonly #corpus: Uint8Array[] = [...vectors];
  readonly #vectorCount = this.#corpus.length;
  #nowMs = 0;
  #words = 0;
  readonly #heard: string[] = [];

  constructor(seed: number) {
    this.#random = new SeededRandom(seed);
    this.#endpoints = [newEndpoint(1), newEndpoint(2)];
    this.#hostiles = [new FuzzPeer(this.#random, 3), new FuzzPeer(this.#random, 4)];
  }

  run(executions: number): string {
    const [low, high] = this.#endpoints;
    low.apply(0, { type: 'dial', dial: 'd', candidates: [addresses[1]], expected: high.key });
    this.#exchange();
    const heapMebibytes: number[] = [];
    for (let execution = 0; execution < executions; execution++) {
      this.#execute(execution);
      if (execution % Math.ceil(executions / 20) === 0) {
        heapMebibytes.push(Math.round(process.memoryUsage().heapUsed / 1024 / 1024));
      }
    }
    return (
      `endpoints: ${executions} executions, ${this.#words} words sent and received; the hostile peers opened ` +
      `${this.#hostiles.map(({ connections }) => connections).join(' and ')} connections; heap ` +
      `${heapMebibytes.join(', ')} MiB; ${JSON.stringify(low.counters.dropped)}`
    );
  }

  #execute(execution: number): void {
    const side = execution % 2 === 0 ? 0 : 1;
    if (execution % 4 < 2) {
      const stranger = { host: '10.0.0.9', port: 1 + this.#random.below(9) };
      const isStranger = this.#random.below(3) === 0;
      this.#deliver(side, isStranger ? stranger : addresses[side === 0 ? 1 : 0], this.#mutatedDatagram());
    } else {
      this.#deliver(side, hostileAddress, this.#hostiles[side].nextDatagram(this.#nowMs));
    }
    if (execution % 100 === 0) {
      this.#nowMs += 20;
      for (const endpoint of this.#endpoints) endpoint.handleTimeout(this.#nowMs);
    }
    if (execution % 100 === 0 || execution % 4 >= 2) this.#exchange();
    if (execution % 1_000 === 0) {
      this.#talk();
      this.#checkBounds();
    }
  }

  #exchange(): void {
    for (let isQuiet = false; !isQuiet;) {
      isQuiet = true;
      for (const side of [0, 1] as const) {
        const endpoint = this.#endpoints[side];
        for (let out = endpoint.pollTransmit(); out !== undefined; out = endpoint.pollTransmit()) {
          if (this.#carry(side, out)) isQuiet = false;
        }
        for (let event = endpoint.pollEvent(); event !== undefined; event = endpoint.pollEvent()) {
          this.#handleEvent(side, event);
        }
      }
    }
  }

  /** Returns true when the datagram may lead to another one. */
  #carry(side: 0 | 1, out: Transmit): boolean {
    if (out.to.host === hostileAddress.host) {
      const answer = this.#hostiles[side].handle(this.#nowMs, out.bytes);
      if (answer !== undefined) this.#deliver(side, hostileAddress, answer);
      return answer !== undefined;
    }
    const other = addresses.findIndex(({ host, port }) => host === out.to.host && port === out.to.port);
    if (other < 0) return false;
    const corpus = this.#corpus;
    if (corpus.length < corpusMax) corpus.push(out.bytes);
    else corpus[this.#vectorCount + this.#random.below(corpusMax - this.#vectorCount)] = out.bytes;
    const receiver = this.#endpoints[other === 0 ? 0 : 1];
    receiver.handleDatagram(this.#nowMs, addresses[side], Uint8Array.from(out.bytes));
    return true;
  }

  #handleEvent(side: 0 | 1, event: EndpointEvent): void {
    if (!('peer' in event)) return;
    const isHostile = event.peer === this.#hostiles[side].key;
    if (isHostile && event.type === 'disconnected') this.#hostiles[side].lose();
    if (!isHostile && event.type === 'received') this.#heard.push(new TextDecoder().decode(event.bytes));
    if (!isHostile && event.type === 'disconnected') throw new Error('the conversation has ended');
  }

  #mutatedDatagram(): Uint8Array {
    const random = this.#random;
    const one = this.#corpus[random.below(this.#corpus.length)] ?? new Uint8Array(0);
    const other = this.#corpus[random.below(this.#corpus.length)] ?? new Uint8Array(0);
    const bytes = mutate(random, one, other);
    const isSummed = bytes[versionOffset] !== protocolVersion || bytes[typeOffset] === packetTypes.initiation;
    if (bytes.length >= 8 && isSummed && random.below(2) === 0) {
      new DataView(bytes.buffer, bytes.byteOffset).setUint32(checksumOffset, datagramChecksum(bytes));
    }
    return bytes;
  }

  #talk(): void {
    const [low, high] = this.#endpoints;
    for (const [from, to] of [
      [low, high],
      [high, low],
    ] as const) {
      const text = `word ${this.#words++}`;
      const bytes = new TextEncoder().encode(text);
      this.#heard.length = 0;
      from.apply(this.#nowMs, { type: 'send', peer: to.key, channel: 'chat', bytes, token: text });
      this.#exchange();
      if (this.#heard.length !== 1 || this.#heard[0] !== text) {
        throw new Error(`heard ${this.#heard.join()} for ${text}`);
      }
    }
  }

  /** Drains everything that may leave, and checks that all holdings are within bounds. */
  #checkBounds(): void {
    for (const endpoint of this.#endpoints) {
      const holdings = endpoint.holdings(this.#nowMs);
      const { connections, halfOpens, reassemblyBytes } = holdings;
      const { control, chat, bulk } = channelCreditsMax;
      if (connections > 3 || halfOpens > halfOpenMax || reassemblyBytes > 3 * (control + chat + bulk)) {
        throw new Error(`too much is kept: ${JSON.stringify(holdings)}`);
      }
    }
  }

  #deliver(side: 0 | 1, from: Address, bytes: Uint8Array): void {
    try {
      this.#endpoints[side].handleDatagram(this.#nowMs, from, bytes);
    } catch (error) {
      throw new Error(`thrown by ${toHex(bytes)} at ${this.#nowMs} ms`, { cause: error });
    }
  }
}

function newEndpoint(number: number): Endpoint {
  const own = new SeededRandom(number);
  return new Endpoint({
    keys: testKeys(number),
    crypto: transportCrypto,
    random: (byteCount) => own.bytes(byteCount),
  });
}
