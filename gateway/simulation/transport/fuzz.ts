import { fromHex, toHex } from '../../../shared/ids.ts';
import { datagramChecksum } from '../../../shared/wire/checksum.ts';
import { checksumOffset, packetTypes, typeOffset } from '../../../shared/wire/layout.ts';
import { validVectors } from '../../../shared/wire/vectors.ts';
import { transportCrypto } from '../../crypto/crypto.ts';
import type { Address } from '../../../shared/address.ts';
import { channelCreditsMax, halfOpenMax } from '../../../shared/limits.ts';
import { FuzzPeer, mutate } from './fuzz-peer.ts';
import { SeededRandom } from '../../net/seeded-random.ts';
import { Endpoint } from '../../transport/endpoint.ts';
import { testKeys } from './endpoint-node.ts';

/**
 * `node gateway/simulation/transport/fuzz.ts <executions> [seed]`: sends mutated genuine datagrams to two endpoints that
 * exchange messages all the time. Every other time it sends arbitrary frames that an authenticated peer has mutated and then
 * sealed. Fails when an endpoint throws, loses a message of the other, or keeps too much.
 */
const executions = Number(process.argv[2] ?? 100_000);
const random = new SeededRandom(Number(process.argv[3] ?? 1));
const addresses = [
  { host: '10.0.0.1', port: 1 },
  { host: '10.0.0.2', port: 2 },
] as const;
const endpoints = [1, 2].map((number) => {
  const own = new SeededRandom(number);
  const options = { keys: testKeys(number), crypto: transportCrypto };
  return new Endpoint({ ...options, random: (byteCount) => own.bytes(byteCount) });
}) as [Endpoint, Endpoint];
/** The newest datagrams of these two, and the vectors of every packet. */
const corpus: Uint8Array[] = validVectors.map(({ hex }) => fromHex(hex));
const vectorCount = corpus.length;
const corpusMax = 60;
/** A misbehaving peer for each endpoint. */
const hostileAddress = { host: '10.0.0.3', port: 3 };
const hostiles = [new FuzzPeer(random, 3), new FuzzPeer(random, 4)] as const;
let nowMs = 0;
let words = 0;
const heard: string[] = [];

function exchange(): void {
  for (let isQuiet = false; !isQuiet;) {
    isQuiet = true;
    for (const side of [0, 1] as const) {
      const endpoint = endpoints[side];
      for (let out = endpoint.pollTransmit(); out !== undefined; out = endpoint.pollTransmit()) {
        if (out.to.host === hostileAddress.host) {
          const answer = hostiles[side].handle(nowMs, out.bytes);
          if (answer !== undefined) deliver(side, hostileAddress, answer);
          isQuiet = isQuiet && answer === undefined;
          continue;
        }
        const other = addresses.findIndex(({ host, port }) => host === out.to.host && port === out.to.port);
        if (other < 0) continue;
        isQuiet = false;
        if (corpus.length < corpusMax) corpus.push(out.bytes);
        else corpus[vectorCount + random.below(corpusMax - vectorCount)] = out.bytes;
        endpoints[other === 0 ? 0 : 1].handleDatagram(nowMs, addresses[side], Uint8Array.from(out.bytes));
      }
      for (let event = endpoint.pollEvent(); event !== undefined; event = endpoint.pollEvent()) {
        if (!('peer' in event)) continue;
        const isHostile = event.peer === hostiles[side].key;
        if (isHostile && event.type === 'disconnected') hostiles[side].lose();
        if (!isHostile && event.type === 'received') heard.push(new TextDecoder().decode(event.bytes));
        if (!isHostile && event.type === 'disconnected') throw new Error('the conversation has ended');
      }
    }
  }
}

function mutatedDatagram(): Uint8Array {
  const one = corpus[random.below(corpus.length)] ?? new Uint8Array(0);
  const other = corpus[random.below(corpus.length)] ?? new Uint8Array(0);
  const bytes = mutate(random, one, other);
  const isSummed = bytes[2] !== 2 || bytes[typeOffset] === packetTypes.initiation;
  if (bytes.length >= 8 && isSummed && random.below(2) === 0) {
    new DataView(bytes.buffer, bytes.byteOffset).setUint32(checksumOffset, datagramChecksum(bytes));
  }
  return bytes;
}

function talk(): void {
  const [low, high] = endpoints;
  for (const [from, to] of [
    [low, high],
    [high, low],
  ] as const) {
    const text = `word ${words++}`;
    const bytes = new TextEncoder().encode(text);
    heard.length = 0;
    from.apply(nowMs, { type: 'send', peer: to.key, channel: 'chat', bytes, token: text });
    exchange();
    if (heard.length !== 1 || heard[0] !== text) throw new Error(`heard ${heard.join()} for ${text}`);
  }
}

/** Drains everything that may leave, and checks that all holdings are within bounds. */
function checkBounds(): void {
  for (const endpoint of endpoints) {
    const { connections, halfOpens, reassemblyBytes } = endpoint.holdings(nowMs);
    const { control, chat, bulk } = channelCreditsMax;
    if (connections > 3 || halfOpens > halfOpenMax || reassemblyBytes > 3 * (control + chat + bulk)) {
      throw new Error(`too much is kept: ${JSON.stringify(endpoint.holdings(nowMs))}`);
    }
  }
}

function deliver(side: 0 | 1, from: Address, bytes: Uint8Array): void {
  try {
    endpoints[side].handleDatagram(nowMs, from, bytes);
  } catch (error) {
    throw new Error(`thrown by ${toHex(bytes)} at ${nowMs} ms`, { cause: error });
  }
}

endpoints[0].apply(nowMs, {
  type: 'dial',
  dial: 'd',
  candidates: [addresses[1]],
  expected: endpoints[1].key,
});
exchange();
const heapBytes: number[] = [];
for (let execution = 0; execution < executions; execution++) {
  const side = execution % 2 === 0 ? 0 : 1;
  if (execution % 4 < 2) {
    const stranger = { host: '10.0.0.9', port: 1 + random.below(9) };
    deliver(side, random.below(3) === 0 ? stranger : addresses[side === 0 ? 1 : 0], mutatedDatagram());
  } else {
    deliver(side, hostileAddress, hostiles[side].nextDatagram(nowMs));
  }
  if (execution % 100 === 0) {
    nowMs += 20;
    for (const endpoint of endpoints) endpoint.handleTimeout(nowMs);
  }
  if (execution % 100 === 0 || execution % 4 >= 2) exchange();
  if (execution % 1_000 === 0) {
    talk();
    checkBounds();
  }
  if (execution % Math.ceil(executions / 20) === 0) heapBytes.push(process.memoryUsage().heapUsed);
}
const mebibytes = heapBytes.map((bytes) => Math.round(bytes / 1024 / 1024));
process.stdout.write(
  `${executions} executions, ${words} words sent and received; the hostile peers opened ` +
    `${hostiles.map(({ connections }) => connections).join(' and ')} connections; heap ${mebibytes.join(', ')} MiB; ` +
    `${JSON.stringify(endpoints[0].counters.dropped)}\n`,
);
