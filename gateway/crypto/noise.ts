import NoiseState from 'noise-handshake';
import type { KeyPair, Noise, NoiseHandshake, TransportKeys } from '../transport/ports.ts';

/** Noise XX and XK, from the package noise-handshake. */
export const packageNoise: Noise = {
  begin({ pattern, role, staticKeys, ephemeralKeys, prologue, remoteStaticKey }) {
    const state = new NoiseState(pattern, role === 'initiator', copyOfKeys(staticKeys));
    if (remoteStaticKey === undefined) state.initialise(prologue);
    else state.initialise(prologue, Uint8Array.from(remoteStaticKey));
    return new PackageHandshake(state, ephemeralKeys);
  },
};

/** The patterns of guests. NNpsk0 is only for published vectors: no set of them has XXpsk0. */
export type GuestNoisePattern = 'XX' | 'XXpsk0' | 'NNpsk0';

/** Begins the handshake of a gateway with a guest's page, which is the initiator. `secret`: for the patterns with `psk0`. */
export function respondToGuest(options: {
  readonly pattern: GuestNoisePattern;
  readonly staticKeys: KeyPair;
  readonly ephemeralKeys: () => KeyPair;
  readonly prologue: Uint8Array;
  readonly secret?: Uint8Array;
}): NoiseHandshake {
  const { pattern, staticKeys, secret } = options;
  const psk = secret === undefined ? {} : { psk: Uint8Array.from(secret) };
  const state = new NoiseState(pattern, false, copyOfKeys(staticKeys), psk);
  state.initialise(options.prologue);
  return new PackageHandshake(state, options.ephemeralKeys);
}

class PackageHandshake implements NoiseHandshake {
  readonly #state: NoiseState;
  readonly #ephemeralKeys: () => KeyPair;

  constructor(state: NoiseState, ephemeralKeys: () => KeyPair) {
    this.#state = state;
    this.#ephemeralKeys = ephemeralKeys;
  }

  get remoteStaticKey(): Uint8Array | undefined {
    return this.#state.rs ?? undefined;
  }

  get keys(): TransportKeys | undefined {
    const { tx, rx } = this.#state;
    if (tx === null || rx === null) return undefined;
    // The keys of the package are views of a larger slab, which they would keep alive.
    return { send: Uint8Array.from(tx), receive: Uint8Array.from(rx) };
  }

  get hash(): Uint8Array | undefined {
    const { hash } = this.#state;
    return hash === null ? undefined : Uint8Array.from(hash);
  }

  write(payload: Uint8Array): Uint8Array | undefined {
    // The package would make keys of its own.
    this.#state.e ??= copyOfKeys(this.#ephemeralKeys());
    try {
      return this.#state.send(payload);
    } catch {
      // libsodium refuses a point of low order as the peer's key: the shared secret would be zero.
      return undefined;
    }
  }

  read(message: Uint8Array): { payload: Uint8Array; next: PackageHandshake } | undefined {
    const state = copyOf(this.#state);
    try {
      // The package keeps views of the message and wipes them at the end, so it gets a copy.
      const payload = state.recv(Uint8Array.from(message));
      return { payload, next: new PackageHandshake(state, this.#ephemeralKeys) };
    } catch {
      // The tag does not match, the message is too short, or libsodium refuses a point of low order.
      return undefined;
    }
  }
}

/** Returns an independent copy of the state. The package wipes its arrays at the end, so none is shared. */
function copyOf(state: NoiseState): NoiseState {
  const psk = state.psk === null ? {} : { psk: Uint8Array.from(state.psk) };
  const copy = new NoiseState(state.pattern, state.initiator, copyOfKeys(state.s), psk);
  copy.handshake = state.handshake.slice();
  copy.e = state.e === null ? null : copyOfKeys(state.e);
  copy.rs = copyOrNull(state.rs);
  copy.re = copyOrNull(state.re);
  copy.key = copyOrNull(state.key);
  copy.nonce = state.nonce;
  copy.digest = Uint8Array.from(state.digest);
  copy.chainingKey = Uint8Array.from(state.chainingKey);
  return copy;
}

function copyOfKeys({ publicKey, secretKey }: KeyPair): KeyPair {
  return { publicKey: Uint8Array.from(publicKey), secretKey: Uint8Array.from(secretKey) };
}

function copyOrNull(bytes: Uint8Array | null): Uint8Array | null {
  return bytes === null ? null : Uint8Array.from(bytes);
}
