/**
 * `node bench/costs.ts`: measures what one processor pays for each kind of work of a server, with real cryptography, a real store
 * on disk and real sockets. The simulated processor uses the figures (gateway/simulation/network/processor.ts).
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { encodeMessage } from '../shared/chat/codec.ts';
import { envelopeFormat } from '../shared/chat/envelope.ts';
import { newMailKeyId } from '../shared/chat/mail-key.ts';
import type { ServerChange } from '../shared/bridge/server-change.ts';
import { parseMessageId, serverEpochFromBytes, type MessageId } from '../shared/ids.ts';
import { joinCodeBytes, joinCodeFromBytes } from '../shared/join-code.ts';
import { encodeFrame } from '../shared/wire/frames.ts';
import { keyPairOf, transportCrypto } from '../gateway/crypto/crypto.ts';
import { agreementKeysOf, isSigningKeyOf, newIdentity } from '../gateway/crypto/identity.ts';
import { proveJoinCode } from '../gateway/crypto/join-proof.ts';
import { SystemClock } from '../gateway/net/clock.ts';
import { Driver } from '../gateway/net/driver.ts';
import { secureRandom } from '../gateway/net/random.ts';
import { UdpSocket } from '../gateway/net/udp-socket.ts';
import { Server } from '../gateway/server/server.ts';
import {
  attackInstallation,
  type AttackConnection,
  AttackPort,
  frameBytes,
  registerMessage,
} from '../gateway/simulation/attacks/attacker.ts';
import type { Work } from '../gateway/simulation/network/processor.ts';
import { meteredCrypto } from '../gateway/simulation/network/processor.ts';
import { openServerStore } from '../gateway/store/sqlite/server/server-store.ts';
import { Endpoint } from '../gateway/transport/endpoint.ts';
import { TurnRunner } from '../gateway/turn/turn.ts';

const datagramBytes = 1_200;
const floodMs = 2_000;

async function measure(): Promise<void> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'chatagram-costs-'));
  try {
    const inMemory = new ServerInMemory(path.join(folder, 'server.sqlite'));
    const costs: Readonly<Record<keyof Work, number>> = {
      datagrams: await receivingCostUs(),
      sent: await sendingCostUs(),
      ...inMemory.costs(),
    };
    const model = os.cpus()[0]?.model ?? 'unknown processor';
    console.log(
      `${new Date().toISOString().slice(0, 10)}, ${os.cpus().length} x ${model}, ${os.type()} ${os.release()}, Node ${process.version}`,
    );
    for (const [kind, costUs] of Object.entries(costs)) console.log(`${kind}: ${costUs.toFixed(1)} us`);
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

// --- sockets --------------------------------------------------------------------------------------------

/** Processor time for a datagram that is read, looked at and dropped. */
async function receivingCostUs(): Promise<number> {
  const socket = await UdpSocket.open({ port: 0, ipv4Host: '127.0.0.1', ipv6Host: null });
  let count = 0;
  const driver = new Driver({
    socket,
    clock: new SystemClock(),
    conditioner: null,
    endpoint: {
      handleDatagrams: (_now, datagrams) => (count += datagrams.length),
      handleTimeout: () => undefined,
      pollTransmit: () => undefined,
      pollTimeout: () => undefined,
    },
  });
  const child = fork(fileURLToPath(import.meta.url), ['--flood', String(socket.port)]);
  while (count === 0) await delay(10);
  await delay(500);
  const [before, countBefore] = [process.cpuUsage(), count];
  await delay(floodMs);
  const { user, system } = process.cpuUsage(before);
  child.kill('SIGKILL');
  await driver.close();
  return (user + system) / (count - countBefore);
}

async function flood(port: number): Promise<void> {
  const socket = await UdpSocket.open({ port: 0, ipv4Host: '127.0.0.1', ipv6Host: null });
  const bytes = new Uint8Array(datagramBytes);
  for (;;) {
    for (let count = 0; count < 64; count++) socket.send({ host: '127.0.0.1', port }, bytes);
    await delay(1);
  }
}

async function sendingCostUs(): Promise<number> {
  const socket = await UdpSocket.open({ port: 0, ipv4Host: '127.0.0.1', ipv6Host: null });
  const child = fork(fileURLToPath(import.meta.url), ['--sink']);
  const [port] = (await once(child, 'message')) as [number];
  const bytes = new Uint8Array(datagramBytes);
  const before = process.cpuUsage();
  const rounds = 1_000;
  for (let round = 0; round < rounds; round++) {
    for (let count = 0; count < 32; count++) socket.send({ host: '127.0.0.1', port }, bytes);
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { user, system } = process.cpuUsage(before);
  child.kill('SIGKILL');
  await socket.close();
  return (user + system) / (rounds * 32);
}

async function sink(): Promise<void> {
  const socket = await UdpSocket.open({ port: 0, ipv4Host: '127.0.0.1', ipv6Host: null });
  process.send?.(socket.port);
}

/** Packets of 1,200 bytes that an endpoint makes of messages, with all its bookkeeping. */
function sealingCostUs(): number {
  const newEndpoint = (): Endpoint =>
    new Endpoint({ keys: keyPairOf(secureRandom(32)), crypto: transportCrypto, random: secureRandom });
  const [sender, receiver] = [newEndpoint(), newEndpoint()];
  let nowMs = 0;
  let spentUs = 0;
  let sent = 0;
  const exchange = (): void => {
    for (let round = 0; round < 20; round++) {
      nowMs += 1;
      const before = process.threadCpuUsage();
      const datagrams = drain(sender);
      const { user, system } = process.threadCpuUsage(before);
      spentUs += user + system;
      sent += datagrams.length;
      for (const bytes of datagrams) receiver.handleDatagram(nowMs, clientAddress, bytes);
      for (const bytes of drain(receiver)) sender.handleDatagram(nowMs, address, bytes);
      while (receiver.pollEvent() !== undefined || sender.pollEvent() !== undefined);
      for (const one of [sender, receiver])
        if ((one.pollTimeout() ?? Infinity) <= nowMs) one.handleTimeout(nowMs);
    }
  };
  sender.apply(nowMs, { type: 'dial', dial: 'd', candidates: [address], expected: receiver.key });
  exchange();
  const bytes = secureRandom(16 * 1024);
  for (let round = 0; round < 400; round++) {
    if (round === 100) [spentUs, sent] = [0, 0];
    for (let count = 0; count < 8; count++)
      sender.apply(nowMs, { type: 'send', peer: receiver.key, channel: 'chat', bytes, token: 'bench' });
    exchange();
  }
  return spentUs / sent;
}

function drain(endpoint: Endpoint): Uint8Array[] {
  const datagrams: Uint8Array[] = [];
  for (let out = endpoint.pollTransmit(); out !== undefined; out = endpoint.pollTransmit())
    datagrams.push(out.bytes.slice());
  return datagrams;
}

// --- the server without sockets -------------------------------------------------------------------------

const address = { host: '10.0.0.1', port: 50_000 };
const clientAddress = { host: '10.0.0.2', port: 50_001 };

/** A whole server, and one client that writes packets by hand. The time of day is whatever the measurement says. */
class ServerInMemory {
  readonly #work: Work = {
    datagrams: 0,
    sent: 0,
    opened: 0,
    sealed: 0,
    handshakes: 0,
    messages: 0,
    commits: 0,
  };
  readonly #runner: TurnRunner<ServerChange>;
  readonly #serverKey;
  readonly #identity = newIdentity(secureRandom);
  readonly #port: AttackPort;
  #deliver: (bytes: Uint8Array) => void = () => undefined;
  #toServer: Uint8Array[] = [];
  #nowMs = 0;
  #spentUs = 0;
  /** The same by the clock on the wall. */
  #waitedUs = 0;

  constructor(file: string) {
    const identity = newIdentity(secureRandom);
    this.#serverKey = identity.key;
    const store = openServerStore(file);
    const role = new Server({
      store,
      epoch: serverEpochFromBytes(secureRandom(8)),
      signingKey: identity.signingKey,
      isSigningKeyOf,
      proveJoinCode,
      newJoinCode: () => joinCodeFromBytes(secureRandom(joinCodeBytes)),
      grease: null,
    });
    const endpoint = new Endpoint({
      keys: agreementKeysOf(identity),
      crypto: meteredCrypto(transportCrypto, this.#work),
      random: secureRandom,
    });
    const rethrow = (error: unknown): never => {
      throw error;
    };
    this.#runner = new TurnRunner({ endpoint, role, store, onChange: () => undefined, onFault: rethrow });
    this.#timed(() => this.#runner.command(this.#now(), () => role.start(this.#now())));
    this.#port = new AttackPort(
      {
        nowMs: () => this.#nowMs,
        random: secureRandom,
        open: (_number, handle) => {
          this.#deliver = handle;
          return { send: (_to, bytes) => this.#toServer.push(bytes) };
        },
      },
      0,
    );
  }

  costs(): Omit<Record<keyof Work, number>, 'datagrams' | 'sent'> {
    const handshakes = this.#handshakeCostUs();
    const connection = this.#connect();
    connection.say(registerMessage(this.#identity, 'bench'));
    this.#exchange();
    const opened = this.#openingCostUs(connection);
    const sealed = sealingCostUs();
    const messages = this.#messageCostUs(connection, { opened, sealed });
    const commits = this.#storingCostUs(connection, { opened, sealed, messages });
    return { opened, sealed, handshakes, messages, commits };
  }

  #handshakeCostUs(): number {
    const count = 500;
    for (let warm = 0; warm < 50; warm++) this.#connect();
    this.#spentUs = 0;
    for (let number = 0; number < count; number++) this.#connect();
    return this.#spentUs / count;
  }

  /** A packet of padding: the cipher, and as little as possible behind it. */
  #openingCostUs(connection: AttackConnection): number {
    const padding = encodeFrame({ type: 'padding', byteCount: frameBytes });
    const eachTurn = 32;
    const cost = this.#costOfRounds(300, () => {
      for (let count = 0; count < eachTurn; count++) connection.sendOnce(padding);
    });
    return cost / eachTurn;
  }

  /** Small messages that the server answers, many in a packet. */
  #messageCostUs(
    connection: AttackConnection,
    { opened, sealed }: { opened: number; sealed: number },
  ): number {
    const eachTurn = 32;
    const question = encodeMessage({ kind: 'time-request' });
    const before = { opened: this.#work.opened, sealed: this.#work.sealed };
    const rounds = 300;
    const each = this.#costOfRounds(rounds, () => {
      for (let count = 0; count < eachTurn; count++) connection.queueMessage('control', question);
      connection.pump(eachTurn);
    });
    const packets = this.#packetsUs(before, { opened, sealed }) / (rounds + warmRounds);
    return (each - packets) / eachTurn;
  }

  /** The cost of all packets since `before`. */
  #packetsUs(before: { opened: number; sealed: number }, costs: { opened: number; sealed: number }): number {
    const { opened, sealed } = this.#work;
    return costs.opened * (opened - before.opened) + costs.sealed * (sealed - before.sealed);
  }

  /** A message of 5 kB that waits on the disk, in a turn of its own. */
  #storingCostUs(
    connection: AttackConnection,
    { opened, sealed, messages }: { opened: number; sealed: number; messages: number },
  ): number {
    const keyId = newMailKeyId(attackInstallation, new Uint8Array(4));
    const { key } = this.#identity;
    const sealedBytes = secureRandom(5_200);
    const counts = { opened: this.#work.opened, sealed: this.#work.sealed };
    const rounds = 300;
    const store = (round: number): void => {
      const id = messageId(round);
      const message = encodeMessage({
        kind: 'store',
        format: envelopeFormat,
        to: key,
        type: 'text',
        id,
        keyId,
        sealed: sealedBytes,
      });
      connection.queueMessage('chat', message);
      connection.pump(10);
    };
    const each = this.#costOfRounds(rounds, store, true);
    const packets = this.#packetsUs(counts, { opened, sealed }) / (rounds + warmRounds);
    return each - packets - messages;
  }

  #connect(): AttackConnection {
    const connection = this.#port.connect({ address, key: this.#serverKey }, agreementKeysOf(this.#identity));
    this.#exchange();
    return connection;
  }

  /** Returns the server's time for a round, in microseconds. */
  #costOfRounds(rounds: number, run: (round: number) => void, isWaiting = false): number {
    for (let round = -warmRounds; round < 0; round++) this.#round(round + 100_000, run);
    [this.#spentUs, this.#waitedUs] = [0, 0];
    for (let round = 0; round < rounds; round++) this.#round(round, run);
    return (isWaiting ? this.#waitedUs : this.#spentUs) / rounds;
  }

  #round(number: number, run: (round: number) => void): void {
    run(number);
    this.#exchange();
  }

  /** Carries datagrams in both directions until nothing is on its way. */
  #exchange(): void {
    for (let round = 0; round < 10; round++) {
      this.#nowMs += 50;
      const arrived = this.#toServer;
      this.#toServer = [];
      const datagrams = arrived.map((bytes) => ({ from: clientAddress, bytes: bytes.slice() }));
      const answers: Uint8Array[] = [];
      this.#timed(() => {
        const dueMs = this.#runner.pollTimeout();
        if (dueMs !== undefined && dueMs <= this.#nowMs) this.#runner.handleTimeout(this.#now());
        if (datagrams.length > 0) this.#runner.handleDatagrams(this.#now(), datagrams);
        for (let out = this.#runner.pollTransmit(); out !== undefined; out = this.#runner.pollTransmit())
          answers.push(out.bytes);
      });
      for (const bytes of answers) this.#deliver(bytes.slice());
      if (this.#toServer.length === 0 && answers.length === 0) return;
    }
  }

  /** Counts processor time, which other programs do not change. A commit also waits for the disk: see `#waitedUs`. */
  #timed(run: () => unknown): void {
    const before = process.threadCpuUsage();
    const startMs = performance.now();
    run();
    const { user, system } = process.threadCpuUsage(before);
    this.#spentUs += user + system;
    this.#waitedUs += (performance.now() - startMs) * 1_000;
  }

  #now(): { monotonicMs: number; wallMs: number } {
    return { monotonicMs: this.#nowMs, wallMs: 1_700_000_000_000 + this.#nowMs };
  }
}

const warmRounds = 100;

function messageId(number: number): MessageId {
  const id = parseMessageId(`01890a5d-ac96-774b-bcce-${number.toString(16).padStart(12, '0')}`);
  if (id === undefined) throw new Error('the ids of the bench are UUIDv7');
  return id;
}

if (process.argv[2] === '--flood') await flood(Number(process.argv[3]));
else if (process.argv[2] === '--sink') await sink();
else await measure();
