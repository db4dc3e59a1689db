import { decodePacket } from '../../../shared/wire/decode.ts';
import { encodePacket } from '../../../shared/wire/encode.ts';
import { initiationBytesMin, patterns } from '../../../shared/wire/layout.ts';
import { transportCrypto } from '../../crypto/crypto.ts';
import { SeededRandom } from '../../net/seeded-random.ts';
import { Endpoint } from '../../transport/endpoint.ts';
import { testKeys } from './endpoint-node.ts';

/**
 * `node --expose-gc gateway/simulation/transport/flood.ts <packets> [seed]`: sends forged first packets
 * from as many addresses to an endpoint. One sender in fifty returns with its token. Prints the memory ten times.
 */
const packets = Number(process.argv[2] ?? 100_000);
const random = new SeededRandom(Number(process.argv[3] ?? 1));
const endpoint = new Endpoint({
  keys: testKeys(1),
  crypto: transportCrypto,
  random: (byteCount) => random.bytes(byteCount),
});
const started = performance.now();
let nowMs = 0;
let bytesIn = 0;
let bytesOut = 0;

for (let number = 0; number <= packets; number++) {
  if (number % Math.ceil(packets / 10) === 0) report(number);
  // 10,000 packets per second.
  nowMs += 0.1;
  const sender = number;
  const pattern = number % 2 === 0 ? 'XX' : 'XK';
  const message = random.bytes(patterns[pattern].messageBytes);
  const head = { type: 'initiation', sender, pattern, message, byteCount: initiationBytesMin } as const;
  const from = {
    host: `10.${number & 255}.${(number >> 8) & 255}.${number >> 16}`,
    port: 1 + random.below(60_000),
  };
  const token = number % 3 === 0 ? random.bytes(32) : new Uint8Array(0);
  const answer = ask(from, encodePacket({ ...head, token }));
  if (number % 50 !== 0 || answer === undefined) continue;
  const decoded = decodePacket(answer);
  if (decoded.type !== 'packet' || decoded.packet.type !== 'retry') continue;
  ask(from, encodePacket({ ...head, token: decoded.packet.token }));
}
const seconds = (performance.now() - started) / 1_000;
process.stdout.write(
  `${packets} first packets in ${seconds.toFixed(1)} s; ${bytesIn} bytes in, ${bytesOut} out; ` +
    `${JSON.stringify(endpoint.counters.dropped)}\n`,
);

function ask(from: { host: string; port: number }, bytes: Uint8Array): Uint8Array | undefined {
  bytesIn += bytes.length;
  endpoint.handleTimeout(nowMs);
  endpoint.handleDatagram(nowMs, from, bytes);
  const answer = endpoint.pollTransmit();
  bytesOut += answer?.bytes.length ?? 0;
  if (endpoint.pollTransmit() !== undefined) throw new Error('more than one answer');
  return answer?.bytes;
}

function report(number: number): void {
  globalThis.gc?.();
  const { heapUsed, external, arrayBuffers, rss } = process.memoryUsage();
  const [heap, outside, resident] = [heapUsed, external + arrayBuffers, rss].map((bytes) =>
    (bytes / 1024 / 1024).toFixed(1),
  );
  const { halfOpens, connections } = endpoint.holdings(nowMs);
  process.stdout.write(
    `after ${number}: heap ${heap}, outside ${outside}, resident ${resident} MiB; ${halfOpens} half-open, ` +
      `${connections} connections\n`,
  );
}
