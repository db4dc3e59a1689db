import type { SessionEnd, DeskDecision } from '../../shared/guests/ends.ts';
import { GuestSession } from '../../shared/guests/guest-session.ts';
import {
  commitmentBytes,
  commitmentOf,
  encodeGatewayHello,
  equalBytes,
  guestPrologue,
  parseOpening,
  parsePageHello,
  type GuestPattern,
  type GuestRequest,
} from '../../shared/guests/handshake-format.ts';
import {
  bridgeFrameBytesMax,
  guestHandshakeBytesMax,
  guestPageFrameBytesMax,
  guestSecretsMax,
} from '../../shared/limits.ts';
import { guestAead, guestBlake2b } from '../crypto/guest-crypto.ts';
import { respondToGuest } from '../crypto/noise.ts';
import type { KeyPair, NoiseHandshake } from '../transport/ports.ts';

export interface GuestChannelOptions {
  /** The gateway's guest key, which links name by its hash. */
  readonly staticKeys: KeyPair;
  /** Makes new keys for this session. */
  readonly ephemeralKeys: () => KeyPair;
  /** The secrets of the links that are valid, the newest first. */
  readonly secrets: readonly Uint8Array[];
  /** Whether a visitor without a link is refused at once. Otherwise the host user decides. */
  readonly isLinkRequired: boolean;
}

/** A page that has proved its key. It gets nothing before `admit`. */
export interface GuestKnock {
  readonly type: 'knock';
  /** The page's static key, which the handshake has proved: the identity of the guest. */
  readonly guestKey: Uint8Array;
  /** The secret of the link. Undefined for a visitor without a link: only the host user may admit it. */
  readonly secret: Uint8Array | undefined;
  readonly request: GuestRequest;
  /** The four words come from it. */
  readonly handshakeHash: Uint8Array;
}

export type GuestChannelOutput =
  | { readonly type: 'answer'; readonly message: Uint8Array }
  | GuestKnock
  | { readonly type: 'frame'; readonly text: string }
  | { readonly type: 'incomplete' }
  /** The caller closes the WebSocket with the code of the reason. */
  | { readonly type: 'ended'; readonly reason: SessionEnd };

type State =
  /** Keys and secrets are kept no longer than until the first message. */
  | { readonly type: 'awaiting-opening'; readonly options: GuestChannelOptions }
  | {
      readonly type: 'awaiting-identity';
      readonly handshake: NoiseHandshake;
      readonly commitment: Uint8Array;
      readonly secret: Uint8Array | undefined;
    }
  | { readonly type: 'knocking' | 'open'; readonly session: GuestSession }
  | { readonly type: 'ended'; readonly reason: SessionEnd };

/**
 * The gateway's end of the encrypted channel with one guest's page (PROTOCOL section 12). Binary messages of a WebSocket come in,
 * and what to send, to tell or to close comes out. Any bytes have an output. Nothing leaves it by itself.
 */
export class GuestChannel {
  #state: State;

  constructor(options: GuestChannelOptions) {
    this.#state = { type: 'awaiting-opening', options };
  }

  receive(message: Uint8Array): GuestChannelOutput {
    const state = this.#state;
    switch (state.type) {
      case 'awaiting-opening':
        return this.#readOpening(state.options, message);
      case 'awaiting-identity':
        return this.#readIdentity(state, message);
      case 'knocking':
        // PROTOCOL 12.19: the page has nothing to say yet.
        return this.#end('not-admitted');
      case 'open':
        return this.#readSealed(state.session, message);
      case 'ended':
        return state;
      default:
        return state satisfies never;
    }
  }

  /** Lets the guest in. Returns the message that tells the page, or undefined if no page waits for it. */
  admit(): Uint8Array | undefined {
    if (this.#state.type !== 'knocking') return undefined;
    const { session } = this.#state;
    this.#state = { type: 'open', session };
    return session.sealAdmission();
  }

  /** The messages of one frame. The caller sends all of them, in this order. */
  send(text: string): readonly Uint8Array[] | 'not-open' | 'empty' | 'too-long' {
    return this.#state.type === 'open' ? this.#state.session.seal(text) : 'not-open';
  }

  /** Ends the session by a decision about this guest. The keys are overwritten. */
  end(reason: DeskDecision): void {
    this.#end(reason);
  }

  #readOpening(options: GuestChannelOptions, message: Uint8Array): GuestChannelOutput {
    const opening = parseOpening(message);
    if (typeof opening === 'string') return this.#end(opening);
    const { pattern, noise } = opening;
    if (pattern === 'XX' && options.isLinkRequired) return this.#end('link-required');
    const read = tryOpening(options, pattern, noise);
    // PROTOCOL 12.11: a changed message and a wrong secret look the same.
    if (read === undefined) return this.#end(pattern === 'XX' ? 'handshake-failed' : 'secret-wrong');
    const { handshake, payload, secret } = read;
    const answer = payload.length < commitmentBytes ? undefined : handshake.write(encodeGatewayHello());
    if (answer === undefined) return this.#end('handshake-failed');
    const commitment = payload.slice(0, commitmentBytes);
    this.#state = { type: 'awaiting-identity', handshake, commitment, secret };
    return { type: 'answer', message: answer };
  }

  #readIdentity(
    { handshake, commitment, secret }: Extract<State, { readonly type: 'awaiting-identity' }>,
    message: Uint8Array,
  ): GuestChannelOutput {
    const read = message.length > guestHandshakeBytesMax ? undefined : handshake.read(message);
    if (read === undefined) return this.#end('handshake-failed');
    const { keys, hash, remoteStaticKey } = read.next;
    if (keys === undefined || hash === undefined || remoteStaticKey === undefined)
      return this.#end('handshake-failed');
    const guestKey = Uint8Array.from(remoteStaticKey);
    // PROTOCOL 12.14: otherwise the writer could have chosen its key for the four words.
    if (!equalBytes(commitment, commitmentOf(guestKey, read.payload, guestBlake2b)))
      return this.#end('handshake-failed');
    const request = parsePageHello(read.payload);
    if (typeof request === 'string') return this.#end(request);
    const session = new GuestSession({
      keys,
      aead: guestAead,
      sentFrameBytesMax: guestPageFrameBytesMax,
      receivedFrameBytesMax: bridgeFrameBytesMax,
    });
    keys.send.fill(0);
    keys.receive.fill(0);
    this.#state = { type: 'knocking', session };
    return { type: 'knock', guestKey, secret, request, handshakeHash: hash };
  }

  #readSealed(session: GuestSession, message: Uint8Array): GuestChannelOutput {
    const input = session.receive(message);
    switch (input.type) {
      case 'frame':
      case 'incomplete':
        return input;
      case 'admitted':
        // Only a gateway says this.
        return this.#end('malformed');
      case 'ended':
        return this.#end(input.reason);
      default:
        return input satisfies never;
    }
  }

  #end(reason: SessionEnd): GuestChannelOutput {
    if (this.#state.type === 'ended') return this.#state;
    if (this.#state.type === 'knocking' || this.#state.type === 'open') this.#state.session.wipe();
    this.#state = { type: 'ended', reason };
    return this.#state;
  }
}

/** A first message names no link, because an eavesdropper would recognize it. So each secret is tried. */
function tryOpening(options: GuestChannelOptions, pattern: GuestPattern, noise: Uint8Array) {
  const secrets = pattern === 'XX' ? [undefined] : options.secrets.slice(0, guestSecretsMax);
  const { staticKeys, ephemeralKeys } = options;
  const prologue = guestPrologue(pattern);
  for (const secret of secrets) {
    const read = respondToGuest({
      pattern,
      staticKeys,
      ephemeralKeys,
      prologue,
      ...(secret === undefined ? {} : { secret }),
    }).read(noise);
    if (read !== undefined) return { handshake: read.next, payload: read.payload, secret };
  }
  return undefined;
}
