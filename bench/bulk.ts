import { fork } from 'node:child_process';
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { keyPairOf, transportCrypto } from '../gateway/crypto/crypto.ts';
import { BulkGate } from '../gateway/net/bulk-gate.ts';
import { SystemClock } from '../gateway/net/clock.ts';
import { Driver } from '../gateway/net/driver.ts';
import { localDatagramBytesMax } from '../gateway/net/local-mtu.ts';
import { secureRandom } from '../gateway/net/random.ts';
import { UdpSocket } from '../gateway/net/udp-socket.ts';
import { Endpoint } from '../gateway/transport/endpoint.ts';
import { messageOverheadBytes } from '../gateway/transport/flow/settings.ts';
import type { Channel, EndpointEvent } from '../gateway/transport/events.ts';
import type { Address } from '../shared/address.ts';
import type { PeerKey } from '../shared/ids.ts';
import { bulkQueueBytesMax } from '../shared/limits.ts';
import { cpuMsOf, quantile } from './process-figures.ts';

/**
 * The bulk channel without files, disk and hashes: two processes on loopback, leaves of 16 KiB as fast as they go for `--seconds`.
 * Beside it, a chat message and its echo every 20 ms, without and with the bulk.
 *
 *     node bench/bulk.ts [--seconds 5]
 *
 * `NODE_OPTIONS=--cpu-prof` writes a profile of each process.
 */
const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '5' }, at: { type: 'string' } },
});
const seconds = Number(values.seconds);
const leaf = new Uint8Array(16_384);
const chatEveryMs = 20;
/** What fits the queue of a peer (PROTOCOL 8.11). */
const outstandingMax = Math.floor(bulkQueueBytesMax / (leaf.length + messageOverheadBytes));

class Node {
  readonly endpoint = new Endpoint({
    keys: keyPairOf(secureRandom(32)),
    crypto: transportCrypto,
    random: secureRandom,
    holdsBulk: true,
    localDatagramBytesMax: ({ host }) => localDatagramBytesMax(host),
  });
  readonly socket: UdpSocket;
  onEvent: (event: EndpointEvent) => void = () => {};
  readonly #driver: Driver;
  #nowMs = 0;
  #isInTurn = false;

  constructor(socket: UdpSocket) {
    this.socket = socket;
    const { endpoint } = this;
    this.#driver = new Driver({
      socket,
      clock: new SystemClock(),
      conditioner: null,
      bulkGate: new BulkGate(),
      endpoint: {
        handleDatagrams: ({ monotonicMs }, datagrams) => {
          this.#turn(monotonicMs, () => {
            for (const { from, bytes } of datagrams) endpoint.handleDatagram(monotonicMs, from, bytes);
          });
        },
        handleTimeout: ({ monotonicMs }) => {
          this.#turn(monotonicMs, () => endpoint.handleTimeout(monotonicMs));
        },
        pollTransmit: () => endpoint.pollTransmit(),
        pollTimeout: () => endpoint.pollTimeout(),
        get isBulkHeld() {
          return endpoint.isBulkHeld;
        },
        releaseBulk: ({ monotonicMs }) => endpoint.releaseBulk(monotonicMs),
      },
    });
  }

  static async open(): Promise<Node> {
    return new Node(await UdpSocket.open({ port: 0, ipv4Host: '127.0.0.1', ipv6Host: null }));
  }

  dial(address: Address): void {
    this.turn((nowMs) =>
      this.endpoint.apply(nowMs, { type: 'dial', dial: 'bench', candidates: [address], expected: null }),
    );
  }

  send(peer: PeerKey, channel: Channel, bytes: Uint8Array): void {
    this.turn((nowMs) => this.endpoint.apply(nowMs, { type: 'send', peer, channel, bytes, token: channel }));
  }

  turn(run: (nowMs: number) => void): void {
    if (this.#isInTurn) run(this.#nowMs);
    else this.#driver.turn(({ monotonicMs }) => this.#turn(monotonicMs, () => run(monotonicMs)));
  }

  #turn(nowMs: number, run: () => void): void {
    this.#nowMs = nowMs;
    this.#isInTurn = true;
    run();
    for (let event = this.endpoint.pollEvent(); event !== undefined; event = this.endpoint.pollEvent())
      this.onEvent(event);
    this.endpoint.flush();
    for (let event = this.endpoint.pollEvent(); event !== undefined; event = this.endpoint.pollEvent())
      this.onEvent(event);
    this.#isInTurn = false;
  }
}

async function receive(): Promise<void> {
  const node = await Node.open();
  let bytes = 0;
  node.onEvent = (event) => {
    if (event.type !== 'received') return;
    if (event.channel === 'bulk') bytes += event.bytes.length;
    else node.send(event.peer, 'chat', event.bytes);
  };
  process.on('message', (message) => {
    if (message === 'end') return process.exit();
    process.send?.({ bytes, cpuMs: cpuMsOf({}) });
  });
  process.send?.(node.socket.port);
}

async function send(): Promise<void> {
  const child = fork(process.argv[1] ?? '', ['--at', 'receiver'], { stdio: 'inherit' });
  const ask = <Answer>(question?: string): Promise<Answer> =>
    new Promise((resolve) => {
      child.once('message', (answer: Answer) => resolve(answer));
      if (question !== undefined) child.send(question);
    });
  const port = await ask<number>();
  const node = await Node.open();
  const connected = Promise.withResolvers<PeerKey>();
  const echoesMs: number[] = [];
  let isSending = false;
  let outstanding = 0;
  const fillUp = (peer: PeerKey): void => {
    for (; isSending && outstanding < outstandingMax; outstanding++) node.send(peer, 'bulk', leaf);
  };
  node.onEvent = (event) => {
    if (event.type === 'connected') connected.resolve(event.peer);
    else if (event.type === 'acknowledged' && event.token === 'bulk') {
      outstanding--;
      fillUp(event.peer);
    } else if (event.type === 'received')
      echoesMs.push(
        performance.now() - new DataView(event.bytes.buffer, event.bytes.byteOffset).getFloat64(0),
      );
  };
  node.dial({ host: '127.0.0.1', port });
  const peer = await connected.promise;
  setInterval(() => {
    const word = new Uint8Array(100);
    new DataView(word.buffer).setFloat64(0, performance.now());
    node.send(peer, 'chat', word);
  }, chatEveryMs);
  await delay(2_000);
  const idleMs = echoesMs.splice(0);
  isSending = true;
  fillUp(peer);
  await delay(1_000);
  echoesMs.length = 0;
  const from = await ask<{ bytes: number; cpuMs: number }>('figures');
  const [fromMs, fromCpuMs] = [performance.now(), cpuMsOf({})];
  await delay(seconds * 1_000);
  const to = await ask<{ bytes: number; cpuMs: number }>('figures');
  const mebibytes = (to.bytes - from.bytes) / 2 ** 20;
  const { packetsSent = 0, packetsLost = 0, datagramBytes = 0 } = node.endpoint.statistics()[0] ?? {};
  const figures = {
    'MiB/s': mebibytes / ((performance.now() - fromMs) / 1_000),
    'sender, ms of processor time a MiB': (cpuMsOf({}) - fromCpuMs) / mebibytes,
    'receiver, ms of processor time a MiB': (to.cpuMs - from.cpuMs) / mebibytes,
    'lost, %': (packetsLost / packetsSent) * 100,
    'bytes of a datagram': datagramBytes,
    'echo without bulk, p50 ms': quantile(idleMs, 0.5),
    'echo without bulk, p99 ms': quantile(idleMs, 0.99),
    'echo beside bulk, p50 ms': quantile(echoesMs, 0.5),
    'echo beside bulk, p99 ms': quantile(echoesMs, 0.99),
  };
  for (const [name, value] of Object.entries(figures)) console.log(`${name.padEnd(40)} ${value.toFixed(2)}`);
  child.send('end');
  process.exit();
}

await (values.at === 'receiver' ? receive() : send());
