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
import { Grease } from '../shared/chat/grease.ts';
import type { ProtocolMessage } from '../shared/chat/kinds.ts';
import { newMailKeyId } from '../shared/chat/mail-key.ts';
import type { ServerChange } from '../shared/bridge/server-change.ts';
import { parseMessageId, serverEpochFromBytes, type MessageId } from '../shared/ids.ts';
import { joinCodeBytes, joinCodeFromBytes } from '../shared/join-code.ts';
import { encodeFrame, type Frame } from '../shared/wire/frames.ts';
import { keyPairOf, transportCrypto } from '../gateway/crypto/crypto.ts';
import { agreementKeysOf, isSigningKeyOf, newIdentity, signingKeyOf } from '../gateway/crypto/identity.ts';
import { proveJoinCode } from '../gateway/crypto/join-proof.ts';
import { sha256 } from '../gateway/crypto/sha256.ts';
import { signerOf } from '../gateway/crypto/signer.ts';
import { SystemClock } from '../gateway/net/clock.ts';
import { Driver } from '../gateway/net/driver.ts';
import { pooledRandom, secureRandom } from '../gateway/net/random.ts';
import { UdpSocket } from '../gateway/net/udp-socket.ts';
import { Server } from '../gateway/server/server.ts';
import { endlessCredits } from '../gateway/simulation/attacks/attack-kinds.ts';
import {
  attackInstallation,
  type AttackConnection,
  AttackPort,
  frameBytes,
  registerMessage,
} from '../gateway/simulation/attacks/attacker.ts';
import {
  meteredCrypto,
  noOperations,
  type Costs,
  type OperationCounts,
} from '../gateway/simulation/network/processor.ts';
import { openServerStore } from '../gateway/store/sqlite/server/server-store.ts';
import { Endpoint } from '../gateway/transport/endpoint.ts';
import { TurnRunner } from '../gateway/turn/turn.ts';

const datagramBytes = 1_200;
const floodMs = 2_000;

async function measure(): Promise<void> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'chatagram-costs-'));
  try {
    const inMemory = new ServerInMemory(path.join(folder, 'server.sqlite'));
    const { work, kinds } = inMemory.costs();
    const costs: Costs = { datagrams: await receivingCostUs(), sent: await sendingCostUs(), ...work };
    const model = os.cpus()[0]?.model ?? 'unknown processor';
    console.log(
      `${new Date().toISOString().slice(0, 10)}, ${os.cpus().length} x ${model}, ${os.type()} ${os.release()}, Node ${process.version}`,
    );
    for (const [kind, costUs] of Object.entries(costs)) console.log(`${kind}: ${costUs.toFixed(1)} us`);
    for (const [kind, costUs] of kinds) console.log(`${kind}: ${costUs.toFixed(1)} us`);
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

/** How many packets were opened and sealed, or what one costs. */
type Packets = Pick<OperationCounts, 'opened' | 'sealed'>;

/** A whole server, and one client that writes packets by hand. The time of day is whatever the measurement says. */
class ServerInMemory {
  readonly #work = noOperations();
  readonly #runner: TurnRunner<ServerChange>;
  readonly #serverKey;
  readonly #epoch = serverEpochFromBytes(secureRandom(8));
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
      epoch: this.#epoch,
      key: identity.key,
      signingKey: identity.signingKey,
      signer: signerOf(identity),
      isSigningKeyOf,
      signingKeyOf,
      sha256,
      random: secureRandom,
      proveJoinCode,
      newJoinCode: () => joinCodeFromBytes(secureRandom(joinCodeBytes)),
      grease: new Grease(pooledRandom()),
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

  /** The costs of each kind of work, and those of single kinds of messages and frames. */
  costs(): { readonly work: Omit<Costs, 'datagrams' | 'sent'>; readonly kinds: ReadonlyMap<string, number> } {
    const handshakes = this.#handshakeCostUs();
    const opened = this.#openingCostUs(this.#registered());
    const sealed = sealingCostUs();
    const signatures = this.#signatureCostUs();
    const smallMessages = this.#messageCostsUs({ opened, sealed });
    const messages = smallMessages.get(unanswered) ?? Number.NaN;
    const answers = Math.max(...answered.map((kind) => smallMessages.get(kind) ?? Number.NaN)) - messages;
    const commits = this.#storingCostUs(this.#registered(), { opened, sealed, messages });
    const kinds = new Map([
      ...smallMessages,
      ['register, refused', this.#eachMessageCostUs({ opened, sealed }, this.#refusedRegister())],
      ...this.#frameCostsUs({ opened, sealed }),
      ['a packet of 387 words, which ends its connection', this.#refusedCostUs()],
    ]);
    return { work: { opened, sealed, handshakes, messages, answers, signatures, commits }, kinds };
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

  /** The cost of all packets since `before`. */
  #packetsUs(before: Packets, costs: Packets): number {
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

  /** The check of the signing key of a new name. */
  #signatureCostUs(): number {
    const identities = Array.from({ length: 200 }, () => newIdentity(secureRandom));
    const before = process.threadCpuUsage();
    for (const { key, signingKey } of identities) isSigningKeyOf(key, signingKey);
    const { user, system } = process.threadCpuUsage(before);
    return (user + system) / identities.length;
  }

  /** The cost of one small message of each kind, with its answer, and without packets, which are counted by the cipher. */
  #messageCostsUs(packets: Packets): Map<string, number> {
    const { key } = this.#identity;
    const messages: readonly (readonly [name: string, make: (number: number) => ProtocolMessage])[] = [
      [unanswered, () => ({ kind: 'error', code: 'malformed', about: 'locate' })],
      ['time-request', () => ({ kind: 'time-request' })],
      ['locate, mostly too often', () => ({ kind: 'locate', key })],
      ['roster-request, too often', () => ({ kind: 'roster-request', epoch: this.#epoch, version: 0 })],
      ['mail-key-request', () => ({ kind: 'mail-key-request', peer: key, oneTime: false })],
      ['receipt-ack of unknown messages', (number) => ({ kind: 'receipt-ack', ids: [messageId(number)] })],
      [
        'deliver-ack of unknown messages',
        (number) => ({ kind: 'deliver-ack', items: [{ sender: key, id: messageId(number) }] }),
      ],
    ];
    const costs = new Map<string, number>();
    for (const [name, make] of messages) {
      const encoded = Array.from({ length: messagesInTurn }, (_, number) => encodeMessage(make(number)));
      costs.set(name, this.#eachMessageCostUs(packets, encoded));
    }
    const words = Array.from({ length: messagesInTurn }, () => word);
    return costs.set(nonsense, this.#eachMessageCostUs(packets, words));
  }

  #refusedRegister(): readonly Uint8Array[] {
    const message = encodeMessage(registerMessage(this.#identity, ''));
    return Array.from({ length: messagesInTurn }, () => message);
  }

  #frameCostsUs(packets: Packets): Map<string, number> {
    const data = { type: 'data', offset: 0, payload: word } as const;
    const frames: readonly (readonly [name: string, frame: Frame])[] = [
      ['PING', { type: 'ping' }],
      ['CREDIT', { type: 'credit', channel: 'chat', limit: 1_000_000 }],
      ['DATA, a copy', { ...data, channel: 'control', message: 0, total: 1 }],
      ['DATA, beyond the credit', { ...data, channel: 'chat', message: 1e6, total: 524_288 }],
      ['UNRELIABLE', { type: 'unreliable', payload: word }],
    ];
    const connection = this.#registered();
    const costs = new Map<string, number>();
    for (const [name, frame] of frames) {
      const bytes = encodeFrame(frame);
      const all = new Uint8Array(framesInPacket * bytes.length);
      for (let number = 0; number < framesInPacket; number++) all.set(bytes, number * bytes.length);
      const round = this.#roundCostUs(packets, () => connection.sendOnce(all));
      costs.set(name, round / framesInPacket);
    }
    return costs;
  }

  /** A fresh connection, on which the key has registered. */
  #registered(): AttackConnection {
    const connection = this.#connect();
    connection.say(registerMessage(this.#identity, 'bench'));
    this.#exchange();
    return connection;
  }

  /** Nonsense of fresh keys, each of which is refused. */
  #refusedCostUs(): number {
    let spentUs = 0;
    const count = 200;
    for (let number = 0; number < count; number++) {
      const identity = newIdentity(secureRandom);
      const connection = this.#connect(identity);
      connection.say(registerMessage(identity, `bench${number}`));
      this.#exchange();
      connection.queueWords('control');
      connection.pump(1);
      this.#spentUs = 0;
      this.#exchange();
      spentUs += this.#spentUs;
    }
    return spentUs / count;
  }

  #eachMessageCostUs(packets: Packets, messages: readonly Uint8Array[]): number {
    const connection = this.#registered();
    const round = this.#roundCostUs(packets, () => {
      connection.queueTogether('control', messages);
      connection.pump(messages.length);
    });
    return round / messages.length;
  }

  /** The cost of a round without that of its packets. */
  #roundCostUs(packets: Packets, run: () => void): number {
    const rounds = 300;
    const before = { opened: this.#work.opened, sealed: this.#work.sealed };
    const each = this.#costOfRounds(rounds, run);
    return each - this.#packetsUs(before, packets) / (rounds + warmRounds);
  }

  #connect(identity = this.#identity): AttackConnection {
    const target = { address, key: this.#serverKey };
    const connection = this.#port.connect(target, agreementKeysOf(identity), endlessCredits);
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
const messagesInTurn = 32;
const framesInPacket = 100;
/** No message of the protocol. */
const word = Uint8Array.of(0xff);
const unanswered = 'error, which is never answered';
const nonsense = 'nonsense, with its error';
const answered = ['time-request', 'locate, mostly too often', 'mail-key-request', nonsense];

function messageId(number: number): MessageId {
  const id = parseMessageId(`01890a5d-ac96-774b-bcce-${number.toString(16).padStart(12, '0')}`);
  if (id === undefined) throw new Error('the ids of the bench are UUIDv7');
  return id;
}

if (process.argv[2] === '--flood') await flood(Number(process.argv[3]));
else if (process.argv[2] === '--sink') await sink();
else await measure();
