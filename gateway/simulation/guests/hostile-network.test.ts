import { describe, expect, it } from 'vitest';
import { guestEndCodes } from '../../../shared/guests/ends.ts';
import { wordsOfHandshake } from '../../../web/src/guest/four-words.ts';
import type { PageChannel } from '../../../web/src/guest/page-channel.ts';
import type { GuestChannel } from '../../guests/guest-channel.ts';
import type { SeededRandom } from '../../net/seeded-random.ts';
import { answerOf, connect, GuestFixture, rawGateway, rawPage, sealed, shakeHands } from './guest-fixture.ts';

const ended = (reason: string) => ({ type: 'ended', reason });

function pageOf(fixture: GuestFixture, isByLink: boolean): PageChannel {
  return isByLink ? fixture.page() : fixture.pageAtAddress();
}

/** Lets both sides of a seed go on until message `place` of the handshake, or until its end. Without the last message. */
function sidesBefore(seed: number, isByLink: boolean, place: number) {
  const fixture = new GuestFixture(seed);
  const [page, gateway] = [pageOf(fixture, isByLink), fixture.gateway()];
  const messages = [page.opening];
  if (place > 0) messages.push(answerOf(gateway.receive(page.opening)));
  if (place > 1) messages.push(answerOf(page.receive(messages[1]!)));
  return { page, gateway, message: messages[place]! };
}

/** Whether the handshake ends before the host could let anyone in. */
function failsWith(
  { page, gateway }: { readonly page: PageChannel; readonly gateway: GuestChannel },
  place: number,
  changed: Uint8Array,
): boolean {
  if (place === 1) return page.receive(changed).type === 'ended';
  const output = gateway.receive(changed);
  if (output.type === 'ended') return true;
  // The first message of XX is not authenticated. Then the page sees that the gateway has read another one.
  return place === 0 && output.type === 'answer' && page.receive(output.message).type === 'ended';
}

describe('a hostile network', () => {
  it.each([true, false])('cannot change a bit of any byte of the handshake (by link: %s)', (isByLink) => {
    for (const place of [0, 1, 2]) {
      const { length } = sidesBefore(1, isByLink, place).message;
      for (let at = 0; at < length; at++) {
        const sides = sidesBefore(1, isByLink, place);
        const changed = Uint8Array.from(sides.message);
        changed[at]! ^= 1 << (at & 7);
        expect(failsWith(sides, place, changed), `message ${place}, byte ${at}`).toBe(true);
      }
    }
  });

  it('cannot change the bit of a key that X25519 ignores', () => {
    for (const isByLink of [true, false])
      for (const [place, lastByteOfKey] of [
        [0, 33],
        [1, 31],
      ] as const) {
        const sides = sidesBefore(1, isByLink, place);
        const changed = Uint8Array.from(sides.message);
        changed[lastByteOfKey]! ^= 0x80;
        expect(failsWith(sides, place, changed)).toBe(true);
      }
  });

  it.each([true, false])('cannot cut or prolong a message of the handshake (by link: %s)', (isByLink) => {
    for (const place of [0, 1, 2]) {
      const { length } = sidesBefore(1, isByLink, place).message;
      for (const cut of [0, 1, 2, 15, 16, 17, 33, 34, 48, length - 32, length - 16, length - 1, length + 1]) {
        const sides = sidesBefore(1, isByLink, place);
        const changed = new Uint8Array(cut);
        changed.set(sides.message.subarray(0, cut));
        expect(failsWith(sides, place, changed), `message ${place}, ${cut} bytes`).toBe(true);
      }
    }
  });

  it('PROTOCOL 12.26: cannot change one bit of a sealed message, or cut it', () => {
    const fixture = new GuestFixture(2);
    const open = () => {
      const [page, gateway] = [fixture.page(), fixture.gateway()];
      connect(page, gateway);
      return { page, gateway };
    };
    const { length } = sealed(open().page, 'words');
    expect(length).toBe(1);
    for (let bit = 0; bit < 8 * (1 + 5 + 16); bit++) {
      const { page, gateway } = open();
      const message = Uint8Array.from(sealed(page, 'words')[0]!);
      message[bit >> 3]! ^= 1 << (bit & 7);
      expect(gateway.receive(message)).toEqual(ended('not-genuine'));
    }
    for (let cut = 0; cut < 1 + 5 + 16; cut++) {
      const { page, gateway } = open();
      expect(page.receive(sealed(gateway, 'words')[0]!.subarray(0, cut))).toEqual(ended('not-genuine'));
    }
  });

  it('PROTOCOL 12.26: cannot repeat, swap, drop or return sealed messages', () => {
    const fixture = new GuestFixture(3);
    const attacks: Readonly<Record<string, (first: Uint8Array, second: Uint8Array) => Uint8Array[]>> = {
      repeat: (first) => [first, first],
      swap: (first, second) => [second, first],
      drop: (_, second) => [second],
    };
    for (const attack of Object.values(attacks)) {
      const [page, gateway] = [fixture.page(), fixture.gateway()];
      connect(page, gateway);
      const [first, second] = [sealed(page, 'first')[0]!, sealed(page, 'second')[0]!];
      const outputs = attack(first, second).map((message) => gateway.receive(message));
      expect(outputs.at(-1)).toEqual(ended('not-genuine'));
    }
    const [page, gateway] = [fixture.page(), fixture.gateway()];
    connect(page, gateway);
    expect(page.receive(sealed(page, 'back')[0]!)).toEqual(ended('not-genuine'));
  });

  it('gets no session by repeating what a guest has sent', () => {
    const fixture = new GuestFixture(4);
    const [page, gateway] = [fixture.page(), fixture.gateway()];
    const identity = answerOf(page.receive(answerOf(gateway.receive(page.opening))));
    expect(gateway.receive(identity).type).toBe('knock');
    const second = fixture.gateway();
    expect(second.receive(page.opening).type).toBe('answer');
    expect(second.receive(identity)).toEqual(ended('handshake-failed'));
  });

  it('PROTOCOL 12.17: shows both users other words if an attacker stands between them', async () => {
    const fixture = new GuestFixture(5);
    const attacker = new GuestFixture(6);
    const honest = shakeHands(fixture.pageAtAddress(), fixture.gateway());
    const words = await wordsOfHandshake(honest.pageHash);
    expect(await wordsOfHandshake(honest.knock.handshakeHash)).toEqual(words);
    const withPage = shakeHands(fixture.pageAtAddress(), attacker.gateway());
    const withGateway = shakeHands(attacker.pageAtAddress(), fixture.gateway());
    const shown = [withPage.pageHash, withGateway.knock.handshakeHash].map(wordsOfHandshake);
    const [onPage, onGateway] = await Promise.all(shown);
    expect(onPage).not.toEqual(onGateway);
  });

  it('PROTOCOL 12.2: gets nothing from either side with a wrong secret, nor without one', () => {
    const fixture = new GuestFixture(7);
    const attacker = new GuestFixture(8);
    expect(fixture.gateway().receive(attacker.page().opening)).toEqual(ended('secret-wrong'));
    const page = fixture.page();
    expect(attacker.gateway().receive(page.opening)).toEqual(ended('secret-wrong'));
    // An answer without the secret: the page was called without one.
    const withoutSecret = attacker.gateway().receive(attacker.pageAtAddress().opening);
    expect(page.receive(answerOf(withoutSecret))).toEqual(ended('handshake-failed'));
  });
});

/** Bytes that a fuzzer gives to a side: noise, or a genuine message with changes. */
function mutated(random: SeededRandom, genuine: Uint8Array): Uint8Array {
  switch (random.below(5)) {
    case 0:
      return random.bytes(random.below(200));
    case 1:
      return genuine.subarray(0, random.below(genuine.length + 1));
    case 2:
      return Uint8Array.of(...genuine, ...random.bytes(1 + random.below(40)));
    case 3: {
      const changed = Uint8Array.from(genuine);
      for (let count = 0; count <= random.below(4); count++)
        changed[random.below(changed.length)] = random.below(256);
      return changed;
    }
    default:
      return genuine;
  }
}

/** One session in which each message may be mutated. Returns how it ended, if it did. */
function fuzzSession(seed: number): string {
  const fixture = new GuestFixture(seed);
  const { random } = fixture;
  const page = pageOf(fixture, random.below(2) === 0);
  const gateway = fixture.gateway({ isLinkRequired: random.below(8) === 0 });
  const texts: string[] = [];
  const queue: { readonly to: PageChannel | GuestChannel; readonly message: Uint8Array }[] = [
    { to: gateway, message: page.opening },
  ];
  for (let step = 0; step < 40; step++) {
    const next = queue.shift();
    if (next === undefined) break;
    const isHostile = random.below(12) === 0;
    const message = isHostile ? mutated(random, next.message) : next.message;
    const output = next.to.receive(message);
    const other = next.to === page ? gateway : page;
    switch (output.type) {
      case 'answer':
        queue.push({ to: other, message: output.message });
        break;
      case 'knock':
        queue.push({ to: page, message: gateway.admit()! });
        break;
      case 'frame':
        expect(texts).toContain(output.text);
        break;
      case 'ended':
        expect(guestEndCodes).toHaveProperty(output.reason);
        return output.reason;
      case 'admitted':
      case 'incomplete':
        break;
      default:
        return output satisfies never;
    }
    const text = 'x'.repeat(1 + random.below(20));
    const side = random.below(2) === 0 ? page : gateway;
    const messages = side.send(text);
    if (typeof messages === 'string') continue;
    texts.push(text);
    for (const each of messages) queue.push({ to: side === page ? gateway : page, message: each });
  }
  return 'open';
}

describe('random bytes', () => {
  it('PROTOCOL 12.32: end a session with a reason, and never lead to a frame that was not sent', () => {
    const reasons = new Set<string>();
    for (let seed = 1; seed <= 300; seed++) {
      try {
        reasons.add(fuzzSession(seed));
      } catch (error) {
        throw new Error(`seed ${seed}`, { cause: error });
      }
    }
    for (const reason of ['open', 'handshake-failed', 'not-genuine', 'secret-wrong', 'link-required'])
      expect(reasons).toContain(reason);
  });

  it('PROTOCOL 12.32: end a session with a reason also where they are sealed with its keys', () => {
    const reasons = new Set<string>();
    for (let seed = 1; seed <= 100; seed++) {
      const fixture = new GuestFixture(seed);
      const { random } = fixture;
      const third = random.below(3) === 0 ? random.bytes(random.below(300)) : undefined;
      const gateway = fixture.gateway();
      const page = fixture.pageAtAddress();
      const fromPage = rawPage(fixture, gateway, third === undefined ? {} : { third });
      const hello = random.below(3) === 0 ? random.bytes(random.below(300)) : undefined;
      const fromGateway = rawGateway(fixture, page, hello);
      gateway.admit();
      if (random.below(3) > 0) page.receive(fromGateway.sender.seal(2));
      for (let count = 0; count < 30; count++) {
        const part = random.bytes(random.below(8));
        if (part.length > 0) part[0] = random.below(4);
        for (const output of [
          gateway.receive(fromPage.sender.sealBytes(part)),
          page.receive(fromGateway.sender.sealBytes(part)),
        ])
          if (output.type === 'ended') reasons.add(output.reason);
      }
    }
    expect(reasons).toEqual(new Set(['malformed', 'handshake-failed']));
  });
});
