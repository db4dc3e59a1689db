import type { PeerKey } from '../../../shared/ids.ts';
import { channelCreditsMax } from '../../../shared/limits.ts';
import { protocolVersion } from '../../../shared/wire/layout.ts';
import type { ConnectionIndex } from '../../../shared/wire/packet.ts';
import type { Parameters, Profile } from '../../../shared/wire/parameters.ts';
import type { KeyPair, NoiseHandshake, TransportKeys, TransportCrypto } from '../ports.ts';
import { PacketCrypto } from '../connection/packet-crypto.ts';

export interface HandshakeContextOptions {
  readonly keys: KeyPair;
  readonly crypto: TransportCrypto;
  readonly random: (byteCount: number) => Uint8Array;
  readonly profileOf: (peer: PeerKey) => Profile;
}

/** The dependencies of both sides of a handshake: Noise, packet keys, and this side's parameters. */
export class HandshakeContext {
  readonly crypto: TransportCrypto;
  readonly random: (byteCount: number) => Uint8Array;
  readonly #keys: KeyPair;
  readonly #profileOf: (peer: PeerKey) => Profile;

  constructor({ keys, crypto, random, profileOf }: HandshakeContextOptions) {
    this.crypto = crypto;
    this.random = random;
    this.#keys = keys;
    this.#profileOf = profileOf;
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
    return new PacketCrypto(nowMs, { aead: this.crypto.aead, keys, localIndex, remoteIndex });
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
