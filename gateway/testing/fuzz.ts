import { fromHex, toHex } from '../../shared/ids.ts';
import { datagramChecksum } from '../../shared/wire/checksum.ts';
import { checksumOffset, packetTypes, typeOffset } from '../../shared/wire/layout.ts';
import { validVectors } from '../../shared/wire/vectors.ts';
import { transportCrypto } from '../crypto/crypto.ts';
import { SeededRandom } from '../net/seeded-random.ts';
import { Endpoint } from '../transport/endpoint.ts';
import { testKeys } from './endpoint-node.ts';

/**
 * `node gateway/testing/fuzz.ts <executions> [seed]`: genuine datagrams, mutated, into two endpoints that talk to each
 * other all the while. Ends with an error when anything throws, or disturbs what they say.
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
/** Datagrams of these two, the newest ones, and the vectors of every packet. */
const corpus: Uint8Array[] = validVectors.map(({ hex }) => fromHex(hex));
const vectorCount = corpus.length;
const corpusMax = 60;
let nowMs = 0;
let words = 0;
const heard: string[] = [];

function exchange(): void {
  for (let isQuiet = false; !isQuiet;) {
    isQuiet = true;
    for (const side of [0, 1] as const) {
      const endpoint = endpoints[side];
      for (let out = endpoint.pollTransmit(); out !== undefined; out = endpoint.pollTransmit()) {
        const other = addresses.findIndex(({ host, port }) => host === out.to.host && port === out.to.port);
        if (other < 0) continue;
        isQuiet = false;
        if (corpus.length < corpusMax) corpus.push(out.bytes);
        else corpus[vectorCount + random.below(corpusMax - vectorCount)] = out.bytes;
        endpoints[other === 0 ? 0 : 1].handleDatagram(nowMs, addresses[side], Uint8Array.from(out.bytes));
      }
      for (let event = endpoint.pollEvent(); event !== undefined; event = endpoint.pollEvent()) {
        if (event.type === 'received') heard.push(new TextDecoder().decode(event.bytes));
      }
    }
  }
}

function mutated(): Uint8Array {
  const one = corpus[random.below(corpus.length)] ?? new Uint8Array(0);
  const other = corpus[random.below(corpus.length)] ?? new Uint8Array(0);
  let bytes = Uint8Array.from(one);
  for (let step = random.below(4); step >= 0; step--) {
    const at = random.below(bytes.length + 1);
    switch (random.below(5)) {
      case 0:
        bytes = bytes.slice(0, at);
        break;
      case 1:
        bytes = Uint8Array.from([...bytes.subarray(0, at), ...other.subarray(at)]);
        break;
      case 2:
        bytes = Uint8Array.from([
          ...bytes.subarray(0, at),
          ...random.bytes(random.below(8)),
          ...bytes.subarray(at),
        ]);
        break;
      default:
        if (at < bytes.length) bytes[at] = random.below(256);
    }
  }
  const isSummed = bytes[2] !== 2 || bytes[typeOffset] === packetTypes.initiation;
  if (bytes.length >= 8 && isSummed && random.below(2) === 0) {
    new DataView(bytes.buffer).setUint32(checksumOffset, datagramChecksum(bytes));
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

endpoints[0].apply(nowMs, {
  type: 'dial',
  dial: 'd',
  candidates: [addresses[1]],
  expected: endpoints[1].key,
});
exchange();
for (let execution = 0; execution < executions; execution++) {
  const side = execution % 2 === 0 ? 0 : 1;
  const bytes = mutated();
  const from = random.below(3) === 0 ? { host: '10.0.0.9', port: 1 + random.below(9) } : addresses[1 - side];
  try {
    if (from === undefined) throw new Error('there are two sides');
    endpoints[side].handleDatagram(nowMs, from, bytes);
  } catch (error) {
    throw new Error(`thrown by ${toHex(bytes)}`, { cause: error });
  }
  if (execution % 100 !== 0) continue;
  nowMs += 20;
  for (const endpoint of endpoints) endpoint.handleTimeout(nowMs);
  exchange();
  if (execution % 1_000 === 0) talk();
}
process.stdout.write(
  `${executions} executions, ${words} words said and heard, ${JSON.stringify(endpoints[0].counters.dropped)}\n`,
);
