import { describe, expect, it } from 'vitest';
import { fromHex, peerKeyFromBytes, toHex } from '../../shared/ids.ts';
import { decodePacket } from '../../shared/wire/decode.ts';
import { encodePacket } from '../../shared/wire/encode.ts';
import { checksumOffset, initiationBytesMin, type Pattern } from '../../shared/wire/layout.ts';
import { datagramChecksum } from '../../shared/wire/checksum.ts';
import type { PacketOf } from '../../shared/wire/packet.ts';
import { encodeParameters, type Profile } from '../../shared/wire/parameters.ts';
import { channelCreditsMax } from '../../shared/limits.ts';
import { instanceIdFromBytes } from '../../shared/ids.ts';
import { keyPairOf, transportCrypto } from '../crypto/crypto.ts';
import { Endpoint } from '../transport/endpoint.ts';
import { describeVectors } from './describe-vectors.ts';
import { chaChaOpen, noiseNonce, runHandshake, type ReferenceHandshake } from './reference-noise.ts';
import { x25519PublicKey } from './reference-x25519.ts';
import type { VectorCase } from './vector-files.ts';

interface Side {
  readonly staticSecret: string;
  readonly staticKey: string;
  readonly ephemeralSecret: string;
  readonly ephemeralKey: string;
  readonly index: string;
  readonly instance: string;
  /** The profile that this side wants with the other one. */
  readonly profile: Profile;
  /** What it sends: the payload of its Noise message. */
  readonly parameters: string;
}

const packetNames = ['INITIATION', 'RESPONSE', 'CONFIRMATION'] as const;

interface MessageJson {
  readonly packet: (typeof packetNames)[number];
  readonly noise: string;
  readonly hash: string;
  readonly chainingKey: string;
  readonly datagram: string;
}

interface TransportJson {
  readonly from: 'initiator' | 'responder';
  readonly key: string;
  readonly plaintext: string;
  readonly datagram: string;
}

type ConnectedCase = VectorCase & {
  readonly result: 'connected';
  readonly pattern: Pattern;
  readonly prologue: string;
  readonly initiator: Side;
  readonly responder: Side;
  /** What a busy responder answers first, and the INITIATION that follows. */
  readonly retry?: { readonly token: string; readonly datagram: string; readonly initiation: string };
  readonly messages: readonly MessageJson[];
  /** The first packets of both sides. */
  readonly transport: readonly TransportJson[];
};

/** How the datagram differs from that of the case `of`. The checksum of an INITIATION is right again. */
type Change =
  | { readonly at: number; readonly bytes: string }
  | { readonly prologue: string }
  | { readonly parameters: string }
  | { readonly responderStaticSecret: string };

type DroppedCase = VectorCase & {
  readonly result: 'dropped';
  readonly cause: string;
  readonly of: string;
  readonly packet: (typeof packetNames)[number];
  readonly change: Change;
  readonly datagram: string;
};

export type HandshakeCase = ConnectedCase | DroppedCase;

const initiatorAddress = { host: '10.0.0.1', port: 50_000 };
const responderAddress = { host: '10.0.0.2', port: 50_000 };
const words = 'hello';
const prologue = Uint8Array.from([...new TextEncoder().encode('Chatagram'), 3]);

/** Each size of random bytes has one use in a handshake. */
function endpointOf(side: Side): Endpoint {
  const bySize: Readonly<Record<number, string>> = {
    4: side.index,
    8: side.instance,
    32: side.ephemeralSecret,
  };
  return new Endpoint({
    keys: keyPairOf(fromHex(side.staticSecret)),
    crypto: transportCrypto,
    random: (byteCount) => fromHex(bySize[byteCount] ?? ''),
    profileOf: () => side.profile,
  });
}

function transmitted(endpoint: Endpoint): Uint8Array {
  const transmit = endpoint.pollTransmit();
  if (transmit === undefined) throw new Error('nothing leaves');
  return Uint8Array.from(transmit.bytes);
}

/** Two endpoints of the program, and what they have sent by turns. */
class Run {
  readonly initiator: Endpoint;
  readonly responder: Endpoint;
  readonly datagrams: Uint8Array[] = [];

  constructor(vector: ConnectedCase) {
    this.initiator = endpointOf(vector.initiator);
    this.responder = endpointOf(vector.responder);
    this.initiator.apply(0, {
      type: 'dial',
      dial: 'vector',
      candidates: [responderAddress],
      expected: vector.pattern === 'XK' ? this.responder.key : null,
    });
  }

  /** Lets the initiator send, then the responder, and so on. */
  send(): Uint8Array {
    const datagram = transmitted(this.datagrams.length % 2 === 0 ? this.initiator : this.responder);
    this.datagrams.push(datagram);
    return datagram;
  }

  /** Gives a datagram to the side that has not sent the last one. */
  arrive(datagram: Uint8Array): void {
    const isAtResponder = this.datagrams.length % 2 === 1;
    const from = isAtResponder ? initiatorAddress : responderAddress;
    this.receiver.handleDatagram(0, from, Uint8Array.from(datagram));
  }

  get receiver(): Endpoint {
    return this.datagrams.length % 2 === 1 ? this.responder : this.initiator;
  }
}

function referenceOf(vector: ConnectedCase): ReferenceHandshake {
  const { pattern, initiator, responder } = vector;
  const secretsOf = (side: Side) => ({
    static: fromHex(side.staticSecret),
    ephemeral: fromHex(side.ephemeralSecret),
  });
  return {
    pattern,
    prologue,
    initiator: secretsOf(initiator),
    responder: secretsOf(responder),
    payloads: [
      new Uint8Array(0),
      fromHex(parametersOf(responder, 'normal')),
      fromHex(parametersOf(initiator, initiator.profile)),
    ],
  };
}

/** PROTOCOL 4.1: a responder names the profile normal. */
function parametersOf(side: Side, profile: Profile): string {
  const instance = instanceIdFromBytes(fromHex(side.instance));
  return toHex(encodeParameters({ versions: [3], profile, credits: channelCreditsMax, instance }));
}

function completeSide(side: Side, profile: Profile): Side {
  const publicOf = (secret: string) => toHex(x25519PublicKey(fromHex(secret)));
  return {
    ...side,
    staticKey: publicOf(side.staticSecret),
    ephemeralKey: publicOf(side.ephemeralSecret),
    parameters: parametersOf(side, profile),
  };
}

function packetOf(vector: ConnectedCase, place: number, message: Uint8Array, token = ''): Uint8Array {
  const [initiator, responder] = [vector.initiator, vector.responder].map(({ index }) =>
    Number.parseInt(index, 16),
  ) as [number, number];
  switch (packetNames[place]) {
    case 'INITIATION': {
      const packet: PacketOf<'initiation'> = {
        type: 'initiation',
        sender: initiator,
        pattern: vector.pattern,
        token: fromHex(token),
        message,
        byteCount: initiationBytesMin,
      };
      return encodePacket(packet);
    }
    case 'RESPONSE':
      return encodePacket({ type: 'response', receiver: initiator, sender: responder, message });
    default:
      return encodePacket({ type: 'confirmation', receiver: responder, message });
  }
}

function openByReference(key: Uint8Array, datagram: Uint8Array): string {
  const decoded = decodePacket(datagram);
  if (decoded.type !== 'packet' || decoded.packet.type !== 'transport')
    throw new Error('no TRANSPORT packet');
  const { counter, header, sealed } = decoded.packet;
  const plaintext = chaChaOpen(key, noiseNonce(counter), header, sealed);
  if (plaintext === undefined) throw new Error('the packet does not open');
  return toHex(plaintext);
}

/** Both endpoints of the program, and the reference beside them. */
function connect(vector: ConnectedCase): ConnectedCase {
  const { messages, fromInitiator, fromResponder } = runHandshake(referenceOf(vector));
  const run = new Run(vector);
  const retry = vector.retry && retryOf(vector, vector.retry.token);
  const written = messages.map(({ message, hash, chainingKey }, place): MessageJson => {
    const datagram = run.send();
    expect(toHex(packetOf(vector, place, message))).toBe(toHex(datagram));
    run.arrive(place === 0 && retry !== undefined ? fromHex(retry.initiation) : datagram);
    return {
      packet: packetNames[place]!,
      noise: toHex(message),
      hash: toHex(hash),
      chainingKey: toHex(chainingKey),
      datagram: toHex(datagram),
    };
  });
  const first = run.send();
  run.arrive(first);
  const bytes = new TextEncoder().encode(words);
  run.initiator.apply(0, { type: 'send', peer: run.responder.key, channel: 'chat', bytes, token: 'words' });
  const second = run.send();
  run.arrive(second);
  const heard = Array.from({ length: 4 }, () => run.responder.pollEvent());
  expect(heard).toContainEqual(expect.objectContaining({ type: 'received', bytes }));
  const transport = [
    { from: 'responder' as const, key: fromResponder, datagram: first },
    { from: 'initiator' as const, key: fromInitiator, datagram: second },
  ].map(({ from, key, datagram }) => ({
    from,
    key: toHex(key),
    plaintext: openByReference(key, datagram),
    datagram: toHex(datagram),
  }));
  return {
    name: vector.name,
    result: 'connected',
    pattern: vector.pattern,
    prologue: toHex(prologue),
    initiator: completeSide(vector.initiator, vector.initiator.profile),
    responder: completeSide(vector.responder, 'normal'),
    ...(retry === undefined ? {} : { retry }),
    messages: written,
    transport,
  };
}

function retryOf(vector: ConnectedCase, token: string): NonNullable<ConnectedCase['retry']> {
  const receiver = Number.parseInt(vector.initiator.index, 16);
  const run = new Run(vector);
  const decoded = decodePacket(run.send());
  if (decoded.type !== 'packet' || decoded.packet.type !== 'initiation') throw new Error('no INITIATION');
  const initiation = packetOf(vector, 0, decoded.packet.message, token);
  const datagram = encodePacket({ type: 'retry', receiver, token: fromHex(token) });
  run.initiator.handleDatagram(0, responderAddress, Uint8Array.from(datagram));
  expect(toHex(transmitted(run.initiator))).toBe(toHex(initiation));
  return { token, datagram: toHex(datagram), initiation: toHex(initiation) };
}

function changedDatagram(base: ConnectedCase, place: number, change: Change): Uint8Array {
  if ('at' in change) {
    const datagram = fromHex(base.messages[place]!.datagram);
    datagram.set(fromHex(change.bytes), change.at);
    if (place === 0) new DataView(datagram.buffer).setUint32(checksumOffset, datagramChecksum(datagram));
    return datagram;
  }
  const reference = referenceOf(base);
  const changed: ReferenceHandshake = {
    ...reference,
    prologue: 'prologue' in change ? fromHex(change.prologue) : prologue,
    responder:
      'responderStaticSecret' in change
        ? { ...reference.responder, static: fromHex(change.responderStaticSecret) }
        : reference.responder,
    payloads:
      'parameters' in change
        ? reference.payloads.map((payload, at) => (at === place ? fromHex(change.parameters) : payload))
        : reference.payloads,
  };
  return packetOf(base, place, runHandshake(changed).messages[place]!.message);
}

/** The datagram comes first. The genuine one comes after it, and the handshake goes on (PROTOCOL 4.3). */
function drop(vector: DroppedCase, cases: readonly HandshakeCase[]): DroppedCase {
  const base = cases.find(({ name }) => name === vector.of);
  if (base?.result !== 'connected') throw new Error(`there is no handshake ${vector.of}`);
  const place = packetNames.indexOf(vector.packet);
  const datagram = changedDatagram(base, place, vector.change);
  const run = new Run(base);
  for (let before = 0; before < place; before++) run.arrive(run.send());
  const genuine = run.send();
  run.arrive(datagram);
  const dropped = Object.entries(run.receiver.counters.dropped).filter(([, count]) => count > 0);
  expect(dropped).toHaveLength(1);
  expect(run.receiver.pollTransmit()).toBeUndefined();
  run.arrive(genuine);
  expect(transmitted(run.receiver).length).toBeGreaterThan(0);
  return { ...vector, cause: dropped[0]![0], datagram: toHex(datagram) };
}

for (const pattern of ['XX', 'XK'] as const) {
  const cases =
    pattern === 'XX'
      ? describeVectors<HandshakeCase>('handshake-xx', { connected: connect, dropped: drop })
      : describeVectors<HandshakeCase>('handshake-xk', { connected: connect, dropped: drop });

  describe(`the vectors of handshakes of ${pattern}`, () => {
    it('PROTOCOL 4.1: are of this pattern, and have a broken form of each packet', () => {
      for (const vector of cases) if (vector.result === 'connected') expect(vector.pattern).toBe(pattern);
      const broken = cases.flatMap((vector) => (vector.result === 'dropped' ? [vector.packet] : []));
      expect(new Set(broken)).toEqual(new Set(packetNames));
    });

    it('PROTOCOL 4.1: have the peer keys as static keys', () => {
      for (const vector of cases) {
        if (vector.result !== 'connected') continue;
        for (const side of [vector.initiator, vector.responder])
          expect(endpointOf(side).key).toBe(peerKeyFromBytes(fromHex(side.staticKey)));
      }
    });
  });
}
