import {
  commitmentOf,
  encodeGatewayHello,
  encodeOpening,
  encodePageHello,
  gatewayKeyHash,
  guestPrologue,
  parseOpening,
} from '../../../shared/guests/handshake-format.ts';
import type { GuestLink } from '../../../shared/guests/link.ts';
import { guestKeysOf, InitiatorHandshake, patternXX, type GuestKeys } from '../../../web/src/guest/noise.ts';
import {
  PageChannel,
  type PageChannelOptions,
  type PageChannelOutput,
} from '../../../web/src/guest/page-channel.ts';
import { keyPairOf } from '../../crypto/crypto.ts';
import { guestAead, guestBlake2b } from '../../crypto/guest-crypto.ts';
import { respondToGuest } from '../../crypto/noise.ts';
import {
  GuestChannel,
  type GuestChannelOptions,
  type GuestChannelOutput,
  type GuestKnock,
} from '../../guests/guest-channel.ts';
import { SeededRandom } from '../../net/seeded-random.ts';
import type { KeyPair } from '../../transport/ports.ts';

export const guestRequest = { want: 'chat', name: 'Zoë' } as const;

/** A guest's page and a gateway without a network between them. The same seed gives the same bytes. */
export class GuestFixture {
  readonly random: SeededRandom;
  readonly gatewayKeys: KeyPair;
  readonly guestKeys: GuestKeys;
  readonly link: GuestLink;

  constructor(seed: number) {
    this.random = new SeededRandom(seed);
    this.gatewayKeys = keyPairOf(this.bytes(32));
    this.guestKeys = guestKeysOf(this.bytes(32));
    this.link = { secret: this.bytes(32), gatewayKeyHash: this.hashOf(this.gatewayKeys) };
  }

  readonly bytes = (byteCount: number): Uint8Array => this.random.bytes(byteCount);

  hashOf(keys: KeyPair): Uint8Array {
    return gatewayKeyHash(keys.publicKey, guestBlake2b);
  }

  /** By the link, unless the options say otherwise. */
  page(options: Partial<PageChannelOptions> = {}): PageChannel {
    return new PageChannel({
      keys: this.guestKeys,
      request: guestRequest,
      entrance: { type: 'link', link: this.link },
      random: this.bytes,
      ...options,
    });
  }

  pageAtAddress(): PageChannel {
    return this.page({ entrance: { type: 'address' } });
  }

  gateway(options: Partial<GuestChannelOptions> = {}): GuestChannel {
    return new GuestChannel({
      staticKeys: this.gatewayKeys,
      ephemeralKeys: () => keyPairOf(this.bytes(32)),
      secrets: [this.link.secret],
      isLinkRequired: false,
      ...options,
    });
  }
}

/** Returns the message of an answer. */
export function answerOf(output: { readonly type: string; readonly message?: Uint8Array }): Uint8Array {
  if (output.message === undefined) throw new Error(`no answer, but ${JSON.stringify(output)}`);
  return output.message;
}

/** Lets both sides do their handshake. */
export function shakeHands(
  page: PageChannel,
  gateway: GuestChannel,
): { readonly pageHash: Uint8Array; readonly knock: GuestKnock } {
  const answered = page.receive(answerOf(gateway.receive(page.opening)));
  if (answered.type !== 'answer') throw new Error(`no answer, but ${JSON.stringify(answered)}`);
  const knock = gateway.receive(answered.message);
  if (knock.type !== 'knock') throw new Error(`no knock, but ${JSON.stringify(knock)}`);
  return { pageHash: answered.handshakeHash, knock };
}

/** Lets both sides do their handshake, and the host let the guest in. */
export function connect(page: PageChannel, gateway: GuestChannel): void {
  shakeHands(page, gateway);
  const admission = gateway.admit();
  if (admission === undefined || page.receive(admission).type !== 'admitted')
    throw new Error('the page is not let in');
}

/** The messages of a frame. */
export function sealed(side: PageChannel | GuestChannel, text: string): readonly Uint8Array[] {
  const messages = side.send(text);
  if (typeof messages === 'string') throw new Error(messages);
  return messages;
}

const nonceOf = (counter: number): Uint8Array => {
  const nonce = new Uint8Array(12);
  new DataView(nonce.buffer).setUint32(4, counter, true);
  return nonce;
};

/** Seals any part with a genuine key, as no program of ours does. */
class RawSender {
  readonly #key: Uint8Array;
  #counter = 0;

  constructor(key: Uint8Array) {
    this.#key = key;
  }

  seal(...part: readonly number[]): Uint8Array {
    return this.sealBytes(Uint8Array.from(part));
  }

  sealBytes(part: Uint8Array): Uint8Array {
    return guestAead.seal(this.#key, nonceOf(this.#counter++), part);
  }
}

/** What a hostile page says in its handshake. Without a field it says what a genuine one does. */
export interface RawHello {
  readonly first?: Uint8Array;
  readonly third?: Uint8Array;
  /** The third payload that the first message commits to. */
  readonly promised?: Uint8Array;
}

/** A page of another program, without a link. */
export function rawPage(
  fixture: GuestFixture,
  gateway: GuestChannel,
  hello: RawHello = {},
): { readonly sender: RawSender; readonly output: GuestChannelOutput } {
  const handshake = new InitiatorHandshake({
    pattern: patternXX,
    prologue: guestPrologue('XX'),
    staticKeys: fixture.guestKeys,
    ephemeralKeys: guestKeysOf(fixture.bytes(32)),
  });
  const third = hello.third ?? encodePageHello(fixture.bytes(32), guestRequest);
  const commitment = commitmentOf(fixture.guestKeys.publicKey, hello.promised ?? third, guestBlake2b);
  const opening = encodeOpening('XX', handshake.write(hello.first ?? commitment)!);
  const answer = gateway.receive(opening);
  if (answer.type !== 'answer') return { sender: new RawSender(new Uint8Array(32)), output: answer };
  handshake.read(answer.message);
  const output = gateway.receive(handshake.write(third)!);
  return { sender: new RawSender(handshake.finish().send), output };
}

/** A gateway of another program, without a link. `hello`: the payload of its message. */
export function rawGateway(
  fixture: GuestFixture,
  page: PageChannel,
  hello: Uint8Array = encodeGatewayHello(),
): { readonly sender: RawSender; readonly output: PageChannelOutput } {
  const opening = parseOpening(page.opening);
  if (typeof opening === 'string') throw new Error(opening);
  const { next } = respondToGuest({
    pattern: 'XX',
    staticKeys: fixture.gatewayKeys,
    ephemeralKeys: () => keyPairOf(fixture.bytes(32)),
    prologue: guestPrologue('XX'),
  }).read(opening.noise)!;
  const output = page.receive(next.write(hello)!);
  if (output.type !== 'answer') return { sender: new RawSender(new Uint8Array(32)), output };
  return { sender: new RawSender(next.read(output.message)!.next.keys!.send), output };
}
