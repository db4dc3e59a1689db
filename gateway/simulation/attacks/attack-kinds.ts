import { formatAddress, type Address } from '../../../shared/address.ts';
import { encodeContent, encodeMessage } from '../../../shared/chat/codec.ts';
import { envelopeFormat } from '../../../shared/chat/envelope.ts';
import type { ProtocolMessage } from '../../../shared/chat/kinds.ts';
import { newMailKeyId } from '../../../shared/chat/mail-key.ts';
import { parseMessageId, type MailKeyId, type MessageId, type PeerKey } from '../../../shared/ids.ts';
import { datagramChecksum } from '../../../shared/wire/checksum.ts';
import { checksumOffset } from '../../../shared/wire/layout.ts';
import { encodeFrame } from '../../../shared/wire/frames.ts';
import type { Channel } from '../../../shared/wire/packet.ts';
import type { Parameters } from '../../../shared/wire/parameters.ts';
import { keyPairOf } from '../../crypto/crypto.ts';
import { agreementKeysOf } from '../../crypto/identity.ts';
import type { Identity } from '../../store/client-store.ts';
import { freshEphemeral, handParameters, ManualHandshake } from '../transport/manual-handshake.ts';
import {
  attackInstallation,
  type AttackConnection,
  type AttackLan,
  AttackPort,
  type AttackTarget,
  InitiationTemplate,
  Pace,
  registerMessage,
} from './attacker.ts';

/** Whether the attacker uses fresh keys from one address, or 64 registered keys from 8 addresses. */
export type AttackKeys = 'unknown' | 'registered';
export const registeredKeys = 64;
export const registeredAddresses = 8;
/** An address of the attacker that no key ever uses; as if it were another machine's. */
export const unprovedAddress = 8;

/** What an attack has at hand. */
export interface AttackScene {
  readonly lan: AttackLan;
  readonly keys: AttackKeys;
  readonly server: AttackTarget;
  /** A client; null where there is only a server. */
  readonly client: AttackTarget | null;
  /** Users with mailboxes. */
  readonly recipients: readonly PeerKey[];
  /** A machine that takes no part. */
  readonly bystander: string;
  newIdentity(): Identity;
}

export interface AttackKind {
  readonly name: string;
  /** What it does, in a few words. */
  readonly what: string;
  readonly target: 'server' | 'client';
  /** Ten times the rate that worked before. */
  readonly wantedPerSecond: number;
  readonly unit: string;
  /** Credit that the attacker's connections grant. */
  readonly credits?: Parameters['credits'];
  begin(crew: Crew): RunningAttack;
}

export interface RunningAttack {
  /** Does what is due. To be called every millisecond or so. */
  tick(nowMs: number): void;
  /** How much it did, in its unit. */
  readonly done: number;
}

const noCredits: Parameters['credits'] = { control: 0, chat: 0, bulk: 0 };
/** So much that no answer ever waits for more. */
export const endlessCredits: Parameters['credits'] = {
  control: 1_000_000_000,
  chat: 1_000_000_000,
  bulk: 1_000_000_000,
};
/** Between two attempts of a connection that is not live. */
const redialMs = 250;

interface Member {
  identity: Identity;
  connection: AttackConnection;
  readonly port: AttackPort;
  isRegistered: boolean;
  triedAtMs: number;
}

/** The keys of an attacker and their connections. It opens connections again when the target closes them. */
export class Crew {
  readonly scene: AttackScene;
  readonly ports: readonly AttackPort[];
  readonly #credits: Parameters['credits'];
  /** Connections to the server, on which registered keys have registered. */
  readonly #atServer: Member[] = [];
  /** Connections to a client that is attacked, or further ones to the server. */
  readonly #others: Member[] = [];
  /** Undefined until the attack begins. */
  #target: AttackTarget | undefined;
  #turn = 0;

  constructor(scene: AttackScene, { credits = handParameters.credits }: Pick<AttackKind, 'credits'>) {
    this.scene = scene;
    this.#credits = credits;
    const addresses = scene.keys === 'registered' ? registeredAddresses : 1;
    this.ports = Array.from({ length: addresses }, (_, address) => new AttackPort(scene.lan, address));
  }

  /** Registers all keys. They are online before the attack begins. */
  enlist(): void {
    for (let number = 0; number < registeredKeys; number++)
      this.#atServer.push(this.#newMember(this.scene.server, this.#portOf(number), this.scene.newIdentity()));
  }

  get registered(): number {
    return this.#atServer.filter(({ isRegistered }) => isRegistered).length;
  }

  /** Opens connections to the target: of the registered keys, or of as many fresh ones. */
  recruit(target: AttackTarget, count: number): void {
    this.#target = target;
    const known = target === this.scene.server ? this.#atServer.length : 0;
    for (let number = known; number < count; number++) {
      const former = this.#atServer[number % Math.max(1, this.#atServer.length)];
      const identity = former?.identity ?? this.scene.newIdentity();
      this.#others.push(this.#newMember(target, former?.port ?? this.#portOf(number), identity));
    }
  }

  /** Returns the next connection to the target that is live. */
  next(): AttackConnection | undefined {
    const members = this.members();
    for (let tried = 0; tried < members.length; tried++) {
      const member = members[this.#turn++ % members.length];
      if (member?.connection.isLive === true) return member.connection;
    }
    return undefined;
  }

  members(): readonly Member[] {
    return this.#target === this.scene.server ? [...this.#atServer, ...this.#others] : this.#others;
  }

  /** Returns one of the registered identities; undefined without any. */
  keysOf(number: number): Identity | undefined {
    return this.#atServer[number % Math.max(1, this.#atServer.length)]?.identity;
  }

  /** Registers and opens connections again. */
  tick(nowMs: number): void {
    for (const member of this.#atServer) {
      this.#keepOpen(member, this.scene.server, nowMs);
      if (this.#target === undefined) member.connection.pump(1);
      if (member.isRegistered || !member.connection.isLive) continue;
      member.isRegistered = true;
      const nickname = `m${this.#atServer.indexOf(member)}`;
      member.connection.say(registerMessage(member.identity, nickname));
    }
    for (const member of this.#others) this.#keepOpen(member, this.#target, nowMs);
  }

  #keepOpen(member: Member, target: AttackTarget | undefined, nowMs: number): void {
    const { connection, port } = member;
    if (target === undefined || connection.isLive || nowMs < member.triedAtMs + redialMs) return;
    member.triedAtMs = nowMs;
    if (!connection.isClosed) return connection.initiate();
    // Fresh keys cost nothing.
    if (this.scene.keys === 'unknown') member.identity = this.scene.newIdentity();
    member.isRegistered = false;
    member.connection = port.connect(target, agreementKeysOf(member.identity), this.#credits);
  }

  #newMember(target: AttackTarget, port: AttackPort, identity: Identity): Member {
    const connection = port.connect(target, agreementKeysOf(identity), this.#credits);
    return { identity, connection, port, isRegistered: false, triedAtMs: this.scene.lan.nowMs() };
  }

  #portOf(number: number): AttackPort {
    const port = this.ports[number % this.ports.length];
    if (port === undefined) throw new Error('an attacker has at least one port');
    return port;
  }
}

/** An attack at this rate. `run` gets how much is due, and returns how much it did. */
function paced(perSecond: number, run: (due: number, nowMs: number) => number): RunningAttack {
  const pace = new Pace(perSecond);
  let done = 0;
  return {
    tick(nowMs) {
      done += run(pace.due(nowMs), nowMs);
    },
    get done() {
      return done;
    },
  };
}

// --- A1 -------------------------------------------------------------------------------------------------

const announcedBytes = 524_224;
/** As many as the credit of a channel covers. */
const announced: readonly (readonly [channel: Channel, message: number])[] = [
  ['control', 0],
  ['control', 1],
  ['chat', 0],
  ['chat', 1],
  ['bulk', 0],
  ['bulk', 1],
  ['bulk', 2],
  ['bulk', 3],
];

/** Begins messages with their first 8 bytes, then adds to them so slowly that none ends. */
function beginsMessages(crew: Crew, target: AttackTarget): RunningAttack {
  crew.recruit(target, 160);
  const sent = new WeakMap<AttackConnection, number>();
  return paced(1_280, (due) => {
    let done = 0;
    for (; done < due; done++) {
      const connection = crew.next();
      if (connection === undefined) break;
      const visit = sent.get(connection) ?? 0;
      sent.set(connection, visit + 1);
      const [channel, message] = announced[visit % announced.length] ?? ['chat', 0];
      const round = Math.floor(visit / announced.length);
      const offset = round === 0 ? 0 : 8 + (round - 1) * 1_100;
      const payload = new Uint8Array(round === 0 ? 8 : 1_100);
      connection.queue(
        encodeFrame({ type: 'data', channel, message, offset, total: announcedBytes, payload }),
      );
      connection.pump(2);
    }
    return done;
  });
}

// --- A2 and A4 ------------------------------------------------------------------------------------------

/** Sends packets full of messages of one byte, which are no messages of this protocol. */
function saysNonsense(crew: Crew, count: number, packetsPerSecond: number, perPacket: number): RunningAttack {
  crew.recruit(crew.scene.server, count);
  return paced(packetsPerSecond, (due) => {
    let packets = 0;
    for (let turn = 0; turn < due; turn++) {
      const connection = crew.next();
      if (connection === undefined) break;
      if (connection.waiting < 4) connection.queueWords('control');
      packets += connection.pump(1);
    }
    return packets * perPacket;
  });
}

// --- A3 -------------------------------------------------------------------------------------------------

/** Begins handshakes as fast as it can, completes each that is answered, and never registers. */
function opensConnections(crew: Crew, target: AttackTarget, perSecond: number): RunningAttack {
  const { lan } = crew.scene;
  const ephemeral = freshEphemeral();
  const handshake = new ManualHandshake(1, keyPairOf(lan.random(32)), ephemeral, target.key);
  const template = new InitiationTemplate(handshake);
  let completed = 0;
  for (const port of crew.ports) {
    port.onRetry = (retry) => port.initiateLike(template, target, retry);
    port.onResponse = (response) => {
      const known = crew.keysOf(completed++);
      const keys = known === undefined ? keyPairOf(lan.random(32)) : agreementKeysOf(known);
      port.complete(response, new ManualHandshake(response.receiver, keys, ephemeral, target.key), target);
    };
  }
  let turn = 0;
  return paced(perSecond, (due) => {
    for (let count = 0; count < due; count++)
      crew.ports[turn++ % crew.ports.length]?.initiateLike(template, target);
    return due;
  });
}

// --- A5 -------------------------------------------------------------------------------------------------

/** As many PATH_CHALLENGEs as the largest datagram holds. */
const challengesMax = 900;

function challengesPaths(crew: Crew): RunningAttack {
  crew.recruit(crew.scene.server, 1);
  const elsewhere = new AttackPort(crew.scene.lan, unprovedAddress);
  const frames = new Uint8Array(9 * challengesMax);
  for (let number = 0; number < challengesMax; number++) {
    const data = new Uint8Array(8);
    new DataView(data.buffer).setUint32(0, number);
    frames.set(encodeFrame({ type: 'path-challenge', data }), 9 * number);
  }
  return paced(1_000, (due) => {
    for (let count = 0; count < due; count++) crew.next()?.sendOnce(frames, elsewhere);
    return due;
  });
}

// --- A6 and A7 ------------------------------------------------------------------------------------------

let idsMade = 0;
function newMessageId(): MessageId {
  const id = parseMessageId(`01890a5d-ac96-774b-bddd-${(++idsMade).toString(16).padStart(12, '0')}`);
  if (id === undefined) throw new Error('the ids of an attacker are UUIDv7');
  return id;
}

/** Sends messages as fast as they leave. Returns the bytes of those that were queued. */
function sendsMessages(
  crew: Crew,
  bytesPerSecond: number,
  channel: Channel,
  make: (number: number) => ProtocolMessage,
): RunningAttack {
  let number = 0;
  let owed = 0;
  return paced(bytesPerSecond, (due) => {
    owed = Math.min(owed + due, bytesPerSecond / 10);
    let bytes = 0;
    for (let misses = 0; owed > 0 && misses < crew.members().length;) {
      const connection = crew.next();
      if (connection === undefined) break;
      if (connection.waiting === 0) {
        const message = encodeMessage(make(number++));
        connection.queueMessage(channel, message, 8_000);
      }
      const packets = connection.pump(5);
      misses = packets === 0 ? misses + 1 : 0;
      owed -= packets * 8_000;
      bytes += packets * 8_000;
    }
    return bytes;
  });
}

function fillsMailboxes(crew: Crew, bytesPerSecond: number): RunningAttack {
  const { recipients, server, lan } = crew.scene;
  crew.recruit(server, 50);
  const sealed = lan.random(32 * 1024);
  const keyIds = new Map<PeerKey, MailKeyId>();
  const asking = crew.next();
  if (asking !== undefined) {
    asking.onMessage = (message) => {
      if (message.kind === 'mail-key' && message.key !== undefined)
        keyIds.set(message.peer, message.key.keyId);
    };
    for (const peer of recipients) asking.say({ kind: 'mail-key-request', peer, oneTime: false });
  }
  return sendsMessages(crew, bytesPerSecond, 'chat', (number) => {
    const to = recipients[number % recipients.length] ?? server.key;
    const keyId = keyIds.get(to) ?? noKeyId;
    const type = number % 2 === 0 ? 'text' : 'receipt';
    return { kind: 'store', format: envelopeFormat, to, type, id: newMessageId(), keyId, sealed };
  });
}

function writesToStranger(crew: Crew, target: AttackTarget, bytesPerSecond: number): RunningAttack {
  crew.recruit(target, 100);
  const text = 'buy '.repeat(4_000);
  return sendsMessages(crew, bytesPerSecond, 'chat', (number) => {
    const content = { kind: 'text', text } as const;
    const body = encodeContent({
      installation: attackInstallation,
      sequence: number + 1,
      sentAtMs: 0,
      content,
    });
    return { kind: 'message', id: newMessageId(), body };
  });
}

// --- A8 -------------------------------------------------------------------------------------------------

/** Tells the server addresses of a machine that takes no part, beside live connections to a client. */
function reportsAddresses(crew: Crew, client: AttackTarget): RunningAttack {
  const { bystander, server, lan } = crew.scene;
  crew.recruit(server, 3);
  // From other ports than those that the server sees: a client that has a connection at a reported address does not dial.
  const direct = crew.members().map(({ identity }, number) => {
    const port = new AttackPort(lan, number % crew.ports.length);
    return port.connect(client, agreementKeysOf(identity));
  });
  for (const connection of direct) {
    const content = { kind: 'text', text: 'hello' } as const;
    const body = encodeContent({ installation: attackInstallation, sequence: 1, sentAtMs: 0, content });
    connection.queueMessage('chat', encodeMessage({ kind: 'message', id: newMessageId(), body }));
  }
  let port = 1_024;
  return paced(20, (due) => {
    for (const connection of direct) connection.pump(1);
    for (let count = 0; count < due; count++) {
      const candidates = Array.from({ length: 7 }, () =>
        formatAddress({ host: bystander, port: 1_024 + (port++ % 60_000) }),
      );
      crew.next()?.say({ kind: 'candidates', candidates });
    }
    return due;
  });
}

// --- A9 -------------------------------------------------------------------------------------------------

/** Each source has its own notice, so many sources are used. */
const sources = 1_024;

function speaksOtherVersion(crew: Crew, to: Address): RunningAttack {
  const { lan, keys } = crew.scene;
  const addresses = keys === 'registered' ? registeredAddresses : 1;
  const ports: AttackPort[] = [];
  // The magic, version 9, a type, a checksum, and six bytes that only version 9 knows.
  const bytes = Uint8Array.from([0x43, 0x47, 9, 1, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6]);
  new DataView(bytes.buffer).setUint32(checksumOffset, datagramChecksum(bytes));
  let turn = 0;
  return paced(683, (due) => {
    for (let count = 0; count < due; count++, turn++) {
      if (ports.length < sources) ports.push(new AttackPort(lan, turn % addresses));
      ports[turn % sources]?.send(to, bytes);
    }
    return due;
  });
}

// --- the table ------------------------------------------------------------------------------------------

const mebibyte = 1024 * 1024;
const wordsInPacket = 387;
const noKeyId = newMailKeyId(attackInstallation, new Uint8Array(4));

function clientOf({ scene }: Crew): AttackTarget {
  if (scene.client === null) throw new Error('this attack needs a client');
  return scene.client;
}

/** Each attack that once worked, at ten times the rate at which it worked. */
export const attackKinds: readonly AttackKind[] = [
  {
    name: 'A1 server',
    what: 'announces large messages, and sends little of them',
    target: 'server',
    wantedPerSecond: 1_280,
    unit: 'messages begun/s',
    begin: (crew) => beginsMessages(crew, crew.scene.server),
  },
  {
    name: 'A1 client',
    what: 'announces large messages, and sends little of them',
    target: 'client',
    wantedPerSecond: 1_280,
    unit: 'messages begun/s',
    begin: (crew) => beginsMessages(crew, clientOf(crew)),
  },
  {
    name: 'A2',
    what: 'says nonsense, and takes no answers',
    target: 'server',
    wantedPerSecond: 1_048_800,
    unit: 'messages/s',
    credits: noCredits,
    begin: (crew) => saysNonsense(crew, 120, 1_048_800 / wordsInPacket, wordsInPacket),
  },
  {
    name: 'A3 server',
    what: 'opens connections, and never registers',
    target: 'server',
    wantedPerSecond: 12_400,
    unit: 'handshakes/s',
    begin: (crew) => opensConnections(crew, crew.scene.server, 12_400),
  },
  {
    name: 'A3 client',
    what: 'opens connections, and never says anything',
    target: 'client',
    wantedPerSecond: 12_400,
    unit: 'handshakes/s',
    begin: (crew) => opensConnections(crew, clientOf(crew), 12_400),
  },
  {
    name: 'A4',
    what: 'says nonsense, and takes all answers',
    target: 'server',
    wantedPerSecond: 3_500,
    unit: 'kB/s',
    credits: endlessCredits,
    begin: (crew) => saysNonsense(crew, 1, 3_500 / 1.2, 1.2),
  },
  {
    name: 'A5',
    what: 'challenges paths from an address that proved nothing',
    target: 'server',
    wantedPerSecond: 1_000,
    unit: 'datagrams/s',
    begin: (crew) => challengesPaths(crew),
  },
  {
    name: 'A6',
    what: 'fills mailboxes with texts and receipts',
    target: 'server',
    wantedPerSecond: 200 * mebibyte,
    unit: 'bytes/s',
    begin: (crew) => fillsMailboxes(crew, 200 * mebibyte),
  },
  {
    name: 'A7',
    what: 'writes long messages to a user that never wrote back',
    target: 'client',
    wantedPerSecond: 90 * mebibyte,
    unit: 'bytes/s',
    begin: (crew) => writesToStranger(crew, clientOf(crew), 90 * mebibyte),
  },
  {
    name: 'A8',
    what: 'reports addresses of a machine that takes no part',
    target: 'client',
    wantedPerSecond: 20,
    unit: 'reports/s',
    begin: (crew) => reportsAddresses(crew, clientOf(crew)),
  },
  {
    name: 'A9 server',
    what: 'speaks another version from many sources',
    target: 'server',
    wantedPerSecond: 683,
    unit: 'datagrams/s',
    begin: (crew) => speaksOtherVersion(crew, crew.scene.server.address),
  },
  {
    name: 'A9 client',
    what: 'speaks another version from many sources',
    target: 'client',
    wantedPerSecond: 683,
    unit: 'datagrams/s',
    begin: (crew) => speaksOtherVersion(crew, clientOf(crew).address),
  },
];
