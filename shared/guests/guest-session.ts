import { admissionPart, noiseMessageBytesMax, PartJoiner, partsOf } from './parts.ts';
import type { SessionEnd } from './ends.ts';

/** ChaCha20-Poly1305 (RFC 8439) without associated data. The page and the gateway have it from different packages. */
export interface GuestAead {
  seal(key: Uint8Array, nonce: Uint8Array, plaintext: Uint8Array): Uint8Array;
  /** Undefined if the bytes are not genuine. */
  open(key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array): Uint8Array | undefined;
}

/** After so many messages of one direction its key changes (PROTOCOL 12.25). A stolen key does not open what came before. */
export const messagesOfKey = 1_024;

export type SessionInput =
  | { readonly type: 'incomplete' }
  | { readonly type: 'frame'; readonly text: string }
  | { readonly type: 'admitted' }
  | { readonly type: 'ended'; readonly reason: SessionEnd };

/** The sealed messages behind the handshake, in both directions. Any `ended` is final: the caller drops the session. */
export class GuestSession {
  readonly #sending: DirectionKey;
  readonly #receiving: DirectionKey;
  readonly #joiner: PartJoiner;
  readonly #sentFrameBytesMax: number;

  constructor(options: {
    readonly keys: { readonly send: Uint8Array; readonly receive: Uint8Array };
    readonly aead: GuestAead;
    readonly sentFrameBytesMax: number;
    readonly receivedFrameBytesMax: number;
  }) {
    this.#sending = new DirectionKey(options.keys.send, options.aead);
    this.#receiving = new DirectionKey(options.keys.receive, options.aead);
    this.#joiner = new PartJoiner(options.receivedFrameBytesMax);
    this.#sentFrameBytesMax = options.sentFrameBytesMax;
  }

  /** The messages of one frame, to be sent in this order and with none between them. */
  seal(text: string): readonly Uint8Array[] | 'empty' | 'too-long' {
    if (text === '') return 'empty';
    // A character has at least one byte, so a text that is far too long is not even encoded.
    if (text.length > this.#sentFrameBytesMax) return 'too-long';
    const frame = new TextEncoder().encode(text);
    if (frame.length > this.#sentFrameBytesMax) return 'too-long';
    return partsOf(frame).map((part) => this.#sending.seal(part));
  }

  sealAdmission(): Uint8Array {
    return this.#sending.seal(admissionPart());
  }

  receive(message: Uint8Array): SessionInput {
    if (message.length > noiseMessageBytesMax) return { type: 'ended', reason: 'too-long' };
    const part = this.#receiving.open(message);
    if (part === undefined) return { type: 'ended', reason: 'not-genuine' };
    const joined = this.#joiner.add(part);
    if (joined.type !== 'frame') return joined;
    const text = decodeUtf8(joined.frame);
    return text === undefined ? { type: 'ended', reason: 'malformed' } : { type: 'frame', text };
  }

  /** Overwrites the keys. */
  wipe(): void {
    this.#sending.wipe();
    this.#receiving.wipe();
  }
}

/** A CipherState of Noise (section 5.1) for one direction. */
class DirectionKey {
  readonly #key: Uint8Array;
  readonly #aead: GuestAead;
  #counter = 0;

  constructor(key: Uint8Array, aead: GuestAead) {
    this.#key = Uint8Array.from(key);
    this.#aead = aead;
  }

  seal(plaintext: Uint8Array): Uint8Array {
    const sealed = this.#aead.seal(this.#key, nonceOf(this.#counter), plaintext);
    this.#advance();
    return sealed;
  }

  open(sealed: Uint8Array): Uint8Array | undefined {
    const opened = this.#aead.open(this.#key, nonceOf(this.#counter), sealed);
    if (opened !== undefined) this.#advance();
    return opened;
  }

  wipe(): void {
    this.#key.fill(0);
  }

  /** The counter goes on under the next key, as Rekey() of Noise says (section 11.3). It never reaches 2^53. */
  #advance(): void {
    this.#counter++;
    if (this.#counter % messagesOfKey !== 0) return;
    const next = this.#aead.seal(this.#key, lastNonce, new Uint8Array(this.#key.length));
    this.#key.set(next.subarray(0, this.#key.length));
  }
}

/** The nonce 2^64-1, which only REKEY uses (section 12.3). */
const lastNonce = Uint8Array.of(0, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255);

/** 4 zero bytes, and the counter in 8 bytes, little-endian. */
function nonceOf(counter: number): Uint8Array {
  const nonce = new Uint8Array(12);
  new DataView(nonce.buffer).setBigUint64(4, BigInt(counter), true);
  return nonce;
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    // A byte order mark stays: the text is what was written.
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
