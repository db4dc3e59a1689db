import type { Address } from '../../../shared/address.ts';
import { instanceIdFromBytes, type PeerKey, peerKeyFromBytes, peerKeyToBytes } from '../../../shared/ids.ts';
import { decodeFrames, encodeFrame, type Frame } from '../../../shared/wire/frames.ts';
import { initiationBytesMin, type Pattern } from '../../../shared/wire/layout.ts';
import type { ConnectionIndex, PacketOf } from '../../../shared/wire/packet.ts';
import { encodeParameters, type Parameters } from '../../../shared/wire/parameters.ts';
import { keyPairOf, transportCrypto } from '../../crypto/crypto.ts';
import type { KeyPair, NoiseHandshake } from '../../transport/ports.ts';
import { PacketCrypto } from '../../transport/connection/packet-crypto.ts';
import { type EndpointNode, testKeys } from './endpoint-node.ts';
import type { RawPeer } from './raw-peer.ts';
import type { TransportFixture } from './transport-fixture.ts';

const handPrologue = Uint8Array.from([...new TextEncoder().encode('Chatagram'), 3]);
export const handParameters: Parameters = {
  versions: [3],
  profile: 'normal',
  credits: { control: 1_000_000, chat: 1_000_000, bulk: 1_000_000 },
  instance: instanceIdFromBytes(new Uint8Array(8).fill(0x4d)),
};

let ephemeralsMade = 0;
/** Unique within a process, and the same in each run. */
export function freshEphemeral(): KeyPair {
  const secret = new Uint8Array(32).fill(0x5a);
  new DataView(secret.buffer).setUint32(0, ++ephemeralsMade);
  return keyPairOf(secret);
}

/** The initiator's side of a handshake, packet by packet, valid or not. */
export class ManualHandshake {
  readonly key: PeerKey;
  readonly localIndex: ConnectionIndex;
  readonly ephemeral: KeyPair;
  readonly #handshake: NoiseHandshake;
  readonly #pattern: Pattern;
  readonly #message: Uint8Array;

  /** `keys`: the initiator's, or the number of a test key. With `responder`, its key, by pattern XK; else by XX. */
  constructor(
    localIndex: ConnectionIndex,
    keys: number | KeyPair = 9,
    ephemeral = freshEphemeral(),
    responder?: PeerKey,
  ) {
    const staticKeys = typeof keys === 'number' ? testKeys(keys) : keys;
    this.key = peerKeyFromBytes(staticKeys.publicKey);
    this.localIndex = localIndex;
    this.ephemeral = ephemeral;
    this.#pattern = responder === undefined ? 'XX' : 'XK';
    this.#handshake = transportCrypto.noise.begin({
      pattern: this.#pattern,
      role: 'initiator',
      staticKeys,
      ephemeralKeys: () => ephemeral,
      prologue: handPrologue,
      ...(responder === undefined ? {} : { remoteStaticKey: peerKeyToBytes(responder) }),
    });
    this.#message = this.#handshake.write(new Uint8Array(0))!;
  }

  initiation(token: Uint8Array = new Uint8Array(0)): PacketOf<'initiation'> {
    return {
      type: 'initiation',
      sender: this.localIndex,
      pattern: this.#pattern,
      token,
      message: this.#message,
      byteCount: initiationBytesMin,
    };
  }

  /** Returns the CONFIRMATION and the packet crypto of the connection. */
  confirm(
    nowMs: number,
    response: PacketOf<'response'>,
    parameters = handParameters,
  ): {
    readonly confirmation: PacketOf<'confirmation'>;
    readonly packetCrypto: PacketCrypto;
    readonly peer: PeerKey;
  } {
    const read = this.#handshake.read(response.message);
    if (read === undefined) throw new Error('the RESPONSE is not genuine');
    const message = read.next.write(encodeParameters(parameters))!;
    return {
      confirmation: { type: 'confirmation', receiver: response.sender, message },
      packetCrypto: newPacketCrypto(nowMs, read.next, this.localIndex, response.sender),
      peer: peerKeyFromBytes(read.next.remoteStaticKey!),
    };
  }
}

/** The responder's side: the answer to an INITIATION, and the packet crypto after the CONFIRMATION. */
export function answerByHand(
  { sender, pattern, message }: PacketOf<'initiation'>,
  localIndex: ConnectionIndex,
  keyNumber = 9,
  parameters: Uint8Array = encodeParameters(handParameters),
): {
  readonly response: PacketOf<'response'>;
  packetCrypto(nowMs: number, c: PacketOf<'confirmation'>): PacketCrypto;
} {
  const handshake = transportCrypto.noise
    .begin({
      pattern,
      role: 'responder',
      staticKeys: testKeys(keyNumber),
      ephemeralKeys: freshEphemeral,
      prologue: handPrologue,
    })
    .read(message)?.next;
  if (handshake === undefined) throw new Error('the INITIATION is not for this key');
  const answer = handshake.write(parameters)!;
  return {
    response: { type: 'response', receiver: sender, sender: localIndex, message: answer },
    packetCrypto: (nowMs, confirmation) =>
      newPacketCrypto(nowMs, handshake.read(confirmation.message)!.next, localIndex, sender),
  };
}

function newPacketCrypto(
  nowMs: number,
  handshake: NoiseHandshake,
  localIndex: ConnectionIndex,
  remoteIndex: ConnectionIndex,
): PacketCrypto {
  return new PacketCrypto(nowMs, {
    aead: transportCrypto.aead,
    keys: handshake.keys!,
    localIndex,
    remoteIndex,
  });
}

/** A live connection of the stranger, with frames written and read by hand. */
export class ManualConnection {
  readonly packetCrypto: PacketCrypto;
  readonly peer: PeerKey;
  readonly #raw: RawPeer;
  readonly #to: Address;
  readonly #nowMs: () => number;
  #read = 0;
  readonly #frames: Frame[] = [];

  constructor(
    lan: Pick<TransportFixture, 'raw' | 'nowMs'>,
    to: Address,
    packetCrypto: PacketCrypto,
    peer: PeerKey,
  ) {
    this.#raw = lan.raw;
    this.#nowMs = () => lan.nowMs();
    this.#to = to;
    this.packetCrypto = packetCrypto;
    this.peer = peer;
  }

  /** Returns a datagram with these frames, without sending it. */
  seal(...frames: readonly Frame[]): Uint8Array {
    const parts = frames.map((frame) => encodeFrame(frame));
    const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const part of parts) {
      bytes.set(part, at);
      at += part.length;
    }
    return this.packetCrypto.seal(this.#nowMs(), bytes);
  }

  send(...frames: readonly Frame[]): Uint8Array {
    const datagram = this.seal(...frames);
    this.#raw.sendBytes(this.#to, datagram);
    return datagram;
  }

  /** Sends one whole message: the first, or the given one, of its channel. */
  say(text: string, message = 0): Uint8Array {
    const payload = new TextEncoder().encode(text);
    return this.send({ type: 'data', channel: 'chat', message, offset: 0, total: payload.length, payload });
  }

  /** Returns all frames received so far, without PADDING. */
  frames(): readonly Frame[] {
    for (const { packet } of this.#raw.received.slice(this.#read)) {
      if (packet.type !== 'transport' || packet.receiver !== this.packetCrypto.localIndex) continue;
      const opened = this.packetCrypto.open(this.#nowMs(), packet, 1_000);
      if (opened.type === 'refused') continue;
      const frames = decodeFrames(opened.plaintext);
      if (frames === 'malformed') throw new Error('an endpoint has sealed what are no frames');
      this.#frames.push(...frames.filter(({ type }) => type !== 'padding'));
    }
    this.#read = this.#raw.received.length;
    return this.#frames;
  }

  framesOf<Type extends Frame['type']>(type: Type): Extract<Frame, { type: Type }>[] {
    return this.frames().filter((frame): frame is Extract<Frame, { type: Type }> => frame.type === type);
  }
}

/** Opens a connection from the stranger to `to`, as the initiator. */
export function connectByHand(
  lan: TransportFixture,
  to: EndpointNode,
  options: { readonly index?: ConnectionIndex; readonly keyNumber?: number } = {},
): ManualConnection & { readonly confirmation: PacketOf<'confirmation'> } {
  const dial = new ManualHandshake(options.index ?? 7, options.keyNumber);
  const already = lan.raw.packetsOf('response').length;
  lan.raw.send(to.address, dial.initiation());
  lan.network.run(3);
  const response = lan.raw.packetsOf('response')[already];
  if (response === undefined) throw new Error('no RESPONSE');
  const { confirmation, packetCrypto, peer } = dial.confirm(lan.nowMs(), response);
  lan.raw.send(to.address, confirmation);
  lan.network.run(3);
  return Object.assign(new ManualConnection(lan, to.address, packetCrypto, peer), { confirmation });
}
