import type { PeerKey } from '../../../shared/ids.ts';
import { channelCreditsMax } from '../../../shared/limits.ts';
import { protocolVersion } from '../../../shared/wire/layout.ts';
import type { ConnectionIndex } from '../../../shared/wire/packet.ts';
import type { Parameters, Profile } from '../../../shared/wire/parameters.ts';
import type { KeyPair, NoiseHandshake, TransportKeys, TransportCrypto } from '../ports.ts';
import { PacketCrypto } from '../connection/packet-crypto.ts';
import type { KeyLimits } from '../timing.ts';

export interface HandshakeContextOptions {
  readonly keys: KeyPair;
  readonly crypto: TransportCrypto;
  readonly random: (byteCount: number) => Uint8Array;
  readonly profileOf: (peer: PeerKey) => Profile;
  readonly keyLimits: KeyLimits;
}

/** The dependencies of both sides of a handshake: Noise, packet keys, and this side's parameters. */
export class HandshakeContext {
  readonly crypto: TransportCrypto;
  readonly random: (byteCount: number) => Uint8Array;
  readonly #keys: KeyPair;
  readonly #profileOf: (peer: PeerKey) => Profile;
  readonly #keyLimits: KeyLimits;

  constructor({ keys, crypto, random, profileOf, keyLimits }: HandshakeContextOptions) {
    this.crypto = crypto;
    this.random = random;
    this.#keys = keys;
    this.#profileOf = profileOf;
    this.#keyLimits = keyLimits;
  }

  begin(role: 'initiator' | 'responder'): NoiseHandshake {
    const ephemeralKeys = this.crypto.keyPair(this.random(32));
    return this.crypto.noise.begin({ role, staticKeys: this.#keys, ephemeralKeys, prologue });
  }

  packetCrypto(
    nowMs: number,
    keys: TransportKeys,
    localIndex: ConnectionIndex,
    remoteIndex: ConnectionIndex,
  ): PacketCrypto {
    const { aead } = this.crypto;
    return new PacketCrypto(nowMs, { aead, keys, localIndex, remoteIndex, limits: this.#keyLimits });
  }

  /** The profile that this side requests, once it knows the peer. */
  requestedProfileFor(peer: PeerKey): Profile {
    return this.#profileOf(peer);
  }

  /** PROTOCOL 4.1: a responder does not know its peer yet, so it requests `classic` in its first sealed packets. */
  parameters(profile: Profile): Parameters {
    return { profile, credits: channelCreditsMax };
  }
}

/** PROTOCOL 4.1: a peer with another version, or another protocol, never derives the same keys. */
const prologue = Uint8Array.from([...new TextEncoder().encode('Chatagram'), protocolVersion]);
