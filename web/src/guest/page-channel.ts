import {
  bridgeFrameBytesMax,
  guestHandshakeBytesMax,
  guestPageFrameBytesMax,
} from '../../../shared/limits.ts';
import type { SessionEnd } from '../../../shared/guests/ends.ts';
import { GuestSession } from '../../../shared/guests/guest-session.ts';
import {
  acceptsGatewayHello,
  commitmentOf,
  encodeOpening,
  encodePageHello,
  equalBytes,
  gatewayKeyHash,
  guestNonceBytes,
  guestPrologue,
  type GuestRequest,
} from '../../../shared/guests/handshake-format.ts';
import type { GuestLink } from '../../../shared/guests/link.ts';
import {
  InitiatorHandshake,
  newGuestKeys,
  pageAead,
  pageBlake2b,
  patternXX,
  patternXXpsk0,
  type GuestKeys,
  type RandomBytes,
} from './noise.ts';

export interface PageChannelOptions {
  /** The identity of the guest, which the page keeps. */
  readonly keys: GuestKeys;
  /** What the page asks for, with the nickname that the guest has typed. */
  readonly request: GuestRequest;
  /** How the guest came: by a link, or by the plain address. */
  readonly entrance:
    | { readonly type: 'link'; readonly link: GuestLink }
    /** `gatewayKeyHash`: of the gateway that let this guest in before. Another one is refused. */
    | { readonly type: 'address'; readonly gatewayKeyHash?: Uint8Array };
  readonly random: RandomBytes;
}

export type PageChannelOutput =
  /** The page sends `message`, shows the four words of the hash, and waits for `admitted`. */
  | {
      readonly type: 'answer';
      readonly message: Uint8Array;
      readonly handshakeHash: Uint8Array;
      readonly gatewayKeyHash: Uint8Array;
    }
  | { readonly type: 'admitted' }
  | { readonly type: 'frame'; readonly text: string }
  | { readonly type: 'incomplete' }
  /** The page closes the WebSocket with the code of the reason. */
  | { readonly type: 'ended'; readonly reason: SessionEnd };

type State =
  | { readonly type: 'awaiting-answer'; readonly handshake: InitiatorHandshake; readonly hello: Uint8Array }
  | { readonly type: 'awaiting-admission' | 'open'; readonly session: GuestSession }
  | { readonly type: 'ended'; readonly reason: SessionEnd };

/**
 * The page's end of the encrypted channel with its gateway (PROTOCOL section 12). Binary messages of a WebSocket come in, and what to
 * send, to show or to close comes out. Any bytes have an output. It is the initiator: `opening` is the first message.
 */
export class PageChannel {
  readonly opening: Uint8Array;
  readonly #expectedKeyHash: Uint8Array | undefined;
  #state: State;

  constructor({ keys, request, entrance, random }: PageChannelOptions) {
    const isByLink = entrance.type === 'link';
    const pattern = isByLink ? 'XXpsk0' : 'XX';
    this.#expectedKeyHash = isByLink ? entrance.link.gatewayKeyHash : entrance.gatewayKeyHash;
    const handshake = new InitiatorHandshake({
      pattern: isByLink ? patternXXpsk0 : patternXX,
      prologue: guestPrologue(pattern),
      staticKeys: keys,
      ephemeralKeys: newGuestKeys(random),
      ...(isByLink ? { secret: entrance.link.secret } : {}),
    });
    const hello = encodePageHello(random(guestNonceBytes), request);
    const noise = handshake.write(commitmentOf(keys.publicKey, hello, pageBlake2b));
    if (noise === undefined) throw new Error('the first message depends on no other side');
    this.opening = encodeOpening(pattern, noise);
    this.#state = { type: 'awaiting-answer', handshake, hello };
  }

  receive(message: Uint8Array): PageChannelOutput {
    const state = this.#state;
    switch (state.type) {
      case 'awaiting-answer':
        return this.#readAnswer(state, message);
      case 'awaiting-admission':
      case 'open':
        return this.#readSealed(state, message);
      case 'ended':
        return state;
      default:
        return state satisfies never;
    }
  }

  /** The messages of one frame. The page sends all of them, in this order. */
  send(text: string): readonly Uint8Array[] | 'not-open' | 'empty' | 'too-long' {
    return this.#state.type === 'open' ? this.#state.session.seal(text) : 'not-open';
  }

  /** Ends the session after the gateway has closed the WebSocket with this reason. The keys are overwritten. */
  end(reason: SessionEnd): void {
    this.#end(reason);
  }

  #readAnswer(
    { handshake, hello }: Extract<State, { readonly type: 'awaiting-answer' }>,
    message: Uint8Array,
  ): PageChannelOutput {
    const payload = message.length > guestHandshakeBytesMax ? undefined : handshake.read(message);
    const gatewayKey = handshake.remoteStaticKey;
    if (payload === undefined || gatewayKey === undefined) return this.#end('handshake-failed');
    const keyHash = gatewayKeyHash(gatewayKey, pageBlake2b);
    // PROTOCOL 12.10: before the third message, so that a false gateway does not learn which guest this is.
    if (this.#expectedKeyHash !== undefined && !equalBytes(this.#expectedKeyHash, keyHash))
      return this.#end('gateway-key-wrong');
    const answer = acceptsGatewayHello(payload) ? handshake.write(hello) : undefined;
    if (answer === undefined) return this.#end('handshake-failed');
    const { send, receive, hash } = handshake.finish();
    const session = new GuestSession({
      keys: { send, receive },
      aead: pageAead,
      sentFrameBytesMax: bridgeFrameBytesMax,
      receivedFrameBytesMax: guestPageFrameBytesMax,
    });
    send.fill(0);
    receive.fill(0);
    this.#state = { type: 'awaiting-admission', session };
    return { type: 'answer', message: answer, handshakeHash: hash, gatewayKeyHash: keyHash };
  }

  #readSealed(
    { type, session }: Extract<State, { readonly session: GuestSession }>,
    message: Uint8Array,
  ): PageChannelOutput {
    const input = session.receive(message);
    switch (input.type) {
      case 'admitted':
        if (type === 'open') return this.#end('malformed');
        this.#state = { type: 'open', session };
        return input;
      case 'frame':
      case 'incomplete':
        // PROTOCOL 12.18: nothing comes before the host has let the guest in.
        return type === 'open' ? input : this.#end('malformed');
      case 'ended':
        return this.#end(input.reason);
      default:
        return input satisfies never;
    }
  }

  #end(reason: SessionEnd): PageChannelOutput {
    const state = this.#state;
    if (state.type === 'ended') return state;
    if (state.type === 'awaiting-answer') state.handshake.wipe();
    else state.session.wipe();
    this.#state = { type: 'ended', reason };
    return this.#state;
  }
}
