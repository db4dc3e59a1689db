import { peerKeyToBytes, type InstanceId, type PeerKey } from '../../../shared/ids.ts';
import { channelCreditsMax } from '../../../shared/limits.ts';
import type { RandomBytes } from '../../../shared/wire/grease.ts';
import { type Pattern, protocolVersion } from '../../../shared/wire/layout.ts';
import type { ConnectionIndex } from '../../../shared/wire/packet.ts';
import { encodeParameters, type Profile } from '../../../shared/wire/parameters.ts';
import type { KeyPair, NoiseHandshake, TransportKeys, TransportCrypto } from '../ports.ts';
import { PacketCrypto } from '../connection/packet-crypto.ts';
import type { KeyLimits } from '../timing.ts';
import type { RefusedPeers } from './refused-peers.ts';

export interface HandshakeContextOptions {
  readonly keys: KeyPair;
  readonly crypto: TransportCrypto;
  readonly random: RandomBytes;
  /** Null: sends no reserved values. */
  readonly grease: RandomBytes | null;
  /** The versions that this endpoint speaks, the version of this handshake first. */
  readonly versions: readonly number[];
  readonly instance: InstanceId;
  /** Whether to answer initiators that do not know the own key. The answer shows it. */
  readonly answersXX: boolean;
  /** Whether the role wants no connection with this peer. */
  readonly refusesPeer: (peer: PeerKey) => boolean;
  readonly refusedPeers: RefusedPeers;
  readonly profileOf: (peer: PeerKey) => Profile;
  readonly keyLimits: KeyLimits;
}

/** The dependencies of both sides of a handshake: Noise, packet keys, and this side's parameters. */
export class HandshakeContext {
  readonly crypto: TransportCrypto;
  readonly random: RandomBytes;
  readonly #options: HandshakeContextOptions;
  readonly #freshKeys = (): KeyPair => this.crypto.keyPair(this.random(32));

  constructor(options: HandshakeContextOptions) {
    this.crypto = options.crypto;
    this.random = options.random;
    this.#options = options;
  }

  /** PROTOCOL 4.12: without the responder's key the pattern is XX. */
  initiate(responder: PeerKey | null): NoiseHandshake {
    const { keys: staticKeys } = this.#options;
    const ephemeralKeys = this.#freshKeys;
    const role = 'initiator';
    if (responder === null)
      return this.crypto.noise.begin({ pattern: 'XX', role, staticKeys, ephemeralKeys, prologue });
    const remoteStaticKey = peerKeyToBytes(responder);
    return this.crypto.noise.begin({
      pattern: 'XK',
      role,
      staticKeys,
      ephemeralKeys,
      prologue,
      remoteStaticKey,
    });
  }

  respond(pattern: Pattern): NoiseHandshake {
    const { keys: staticKeys } = this.#options;
    const ephemeralKeys = this.#freshKeys;
    return this.crypto.noise.begin({ pattern, role: 'responder', staticKeys, ephemeralKeys, prologue });
  }

  /** PROTOCOL 4.12: whether this endpoint answers an INITIATION of this pattern. */
  answers(pattern: Pattern): boolean {
    return pattern === 'XK' || this.#options.answersXX;
  }

  /** PROTOCOL 4.14, 7.14: whether the role wants no connection with this peer, at all or for now. */
  refuses(nowMs: number, peer: PeerKey): boolean {
    const { refusesPeer, refusedPeers } = this.#options;
    return refusesPeer(peer) || refusedPeers.has(nowMs, peer);
  }

  packetCrypto(
    nowMs: number,
    keys: TransportKeys,
    localIndex: ConnectionIndex,
    remoteIndex: ConnectionIndex,
  ): PacketCrypto {
    const { aead } = this.crypto;
    return new PacketCrypto(nowMs, { aead, keys, localIndex, remoteIndex, limits: this.#options.keyLimits });
  }

  /** The profile that this side requests, once it knows the peer. */
  requestedProfileFor(peer: PeerKey): Profile {
    return this.#options.profileOf(peer);
  }

  /** PROTOCOL 4.1: a responder does not know its peer yet, so it requests `classic` in its first sealed packets. */
  parameters(profile: Profile): Uint8Array {
    const { versions, instance, grease } = this.#options;
    const parameters = { versions, profile, credits: channelCreditsMax, instance };
    return encodeParameters(parameters, profile === 'classic' ? null : grease);
  }

  /**
   * PROTOCOL 3.5: whether both sides speak a better version than that of this handshake. Then an attacker has kept them from
   * it (RFC 9368 section 4).
   */
  isDowngrade(peerVersions: readonly number[]): boolean {
    const common = this.#options.versions.filter((version) => peerVersions.includes(version));
    return Math.max(...common) > protocolVersion;
  }
}

/** PROTOCOL 4.1: a peer with another version, or another protocol, never derives the same keys. */
const prologue = Uint8Array.from([...new TextEncoder().encode('Chatagram'), protocolVersion]);
