import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { messagesOfKey } from '../../shared/guests/guest-session.ts';
import { encodeOpening } from '../../shared/guests/handshake-format.ts';
import { noiseMessageBytesMax, partBytesMax } from '../../shared/guests/parts.ts';
import {
  bridgeFrameBytesMax,
  guestHandshakeBytesMax,
  guestPageFrameBytesMax,
  guestSecretsMax,
} from '../../shared/limits.ts';
import { toHex } from '../../shared/ids.ts';
import { keyPairOf } from '../crypto/crypto.ts';
import {
  answerOf,
  connect,
  GuestFixture,
  guestRequest,
  rawGateway,
  rawPage,
  sealed,
  shakeHands,
} from '../simulation/guests/guest-fixture.ts';

const text = new TextEncoder();
const ended = (reason: string) => ({ type: 'ended', reason });
const nonce = 'n'.repeat(32);

describe('a session with a guest', () => {
  it('PROTOCOL 12.1: carries frames both ways, each message in one of the WebSocket', () => {
    for (const byLink of [true, false]) {
      const fixture = new GuestFixture(1);
      const page = byLink ? fixture.page() : fixture.pageAtAddress();
      const gateway = fixture.gateway();
      connect(page, gateway);
      for (const frame of ['{"a":1}', 'ä€\u{1F98A}', '\u{FEFF}x', '\0']) {
        for (const message of sealed(page, frame))
          expect(gateway.receive(message)).toEqual({ type: 'frame', text: frame });
        for (const message of sealed(gateway, frame))
          expect(page.receive(message)).toEqual({ type: 'frame', text: frame });
      }
    }
  });

  it('tells the host which guest knocks, and by which link', () => {
    const fixture = new GuestFixture(2);
    const byLink = shakeHands(fixture.page(), fixture.gateway());
    expect(byLink.knock).toMatchObject({ guestKey: fixture.guestKeys.publicKey, request: guestRequest });
    expect(byLink.knock.secret).toBe(fixture.link.secret);
    expect(byLink.pageHash).toEqual(byLink.knock.handshakeHash);
    expect(shakeHands(fixture.pageAtAddress(), fixture.gateway()).knock.secret).toBeUndefined();
  });

  it('PROTOCOL 12.3: is refused without a link where the gateway takes only guests with one', () => {
    const fixture = new GuestFixture(3);
    const options = { isLinkRequired: true };
    expect(fixture.gateway(options).receive(fixture.pageAtAddress().opening)).toEqual(ended('link-required'));
    expect(fixture.gateway(options).receive(fixture.page().opening).type).toBe('answer');
  });

  it('PROTOCOL 12.5: ends with a message of the handshake that is too long', () => {
    const fixture = new GuestFixture(4);
    const long = new Uint8Array(guestHandshakeBytesMax + 1).fill(1);
    expect(fixture.gateway().receive(long)).toEqual(ended('handshake-failed'));
    expect(fixture.page().receive(long)).toEqual(ended('handshake-failed'));
    // The third message has two tags and a key beside its payload, and the second one an ephemeral key, too.
    const thirdEnd = (byteCount: number) => {
      const hello = `${nonce}{"want":"chat","name":""}`.padEnd(byteCount - 16 - 16 - 32);
      return rawPage(fixture, fixture.gateway(), { third: text.encode(hello) }).output;
    };
    expect(thirdEnd(guestHandshakeBytesMax).type).toBe('knock');
    expect(thirdEnd(guestHandshakeBytesMax + 1)).toEqual(ended('handshake-failed'));
    const secondEnd = (byteCount: number) => {
      const hello = '{"versions":[1]}'.padEnd(byteCount - 16 - 16 - 32 - 32);
      return rawGateway(fixture, fixture.pageAtAddress(), text.encode(hello)).output;
    };
    expect(secondEnd(guestHandshakeBytesMax).type).toBe('answer');
    expect(secondEnd(guestHandshakeBytesMax + 1)).toEqual(ended('handshake-failed'));
  });

  it('PROTOCOL 12.10: is ended by the page before its third message if another key answers', () => {
    const fixture = new GuestFixture(5);
    // Another guest knows the secret, and plays the gateway.
    const page = fixture.page();
    const other = fixture.gateway({ staticKeys: keyPairOf(fixture.bytes(32)) });
    expect(page.receive(answerOf(other.receive(page.opening)))).toEqual(ended('gateway-key-wrong'));
    const known = { type: 'address', gatewayKeyHash: fixture.link.gatewayKeyHash } as const;
    const back = fixture.page({ entrance: known });
    const second = fixture.gateway({ staticKeys: keyPairOf(fixture.bytes(32)) });
    expect(back.receive(answerOf(second.receive(back.opening)))).toEqual(ended('gateway-key-wrong'));
    connect(fixture.page({ entrance: known }), fixture.gateway());
  });

  it('PROTOCOL 12.11: tries each secret of the gateway, and ends with a wrong one', () => {
    const fixture = new GuestFixture(6);
    const others = Array.from({ length: guestSecretsMax }, () => fixture.bytes(32));
    const found = fixture.gateway({ secrets: [...others.slice(1), fixture.link.secret] });
    expect(shakeHands(fixture.page(), found).knock.secret).toBe(fixture.link.secret);
    for (const secrets of [[], others, [...others, fixture.link.secret]])
      expect(fixture.gateway({ secrets }).receive(fixture.page().opening)).toEqual(ended('secret-wrong'));
  });

  it('PROTOCOL 12.12: begins with a whole commitment, and perhaps more', () => {
    const fixture = new GuestFixture(7);
    for (const first of [new Uint8Array(0), new Uint8Array(31)])
      expect(rawPage(fixture, fixture.gateway(), { first }).output).toEqual(ended('handshake-failed'));
    const opening = encodeOpening('XX', Uint8Array.of(...fixture.guestKeys.publicKey, ...fixture.bytes(40)));
    expect(fixture.gateway().receive(opening).type).toBe('answer');
  });

  it('PROTOCOL 12.14: ends if the page says something else than it has committed to', () => {
    const fixture = new GuestFixture(8);
    const third = text.encode(`${nonce}{"want":"chat","name":""}`);
    const promised = text.encode(`${nonce}{"want":"chat","name":"a"}`);
    const hello = { third, promised };
    expect(rawPage(fixture, fixture.gateway(), hello).output).toEqual(ended('handshake-failed'));
    expect(rawPage(fixture, fixture.gateway(), { third }).output.type).toBe('knock');
  });

  it('PROTOCOL 12.13: ends if the page has another key than it has committed to', () => {
    const fixture = new GuestFixture(9);
    const third = text.encode(`${nonce}{"want":"chat","name":""}`);
    const other = new GuestFixture(10);
    // The commitment of another guest, to the same payload.
    const first = fixture.pageAtAddress().opening.slice(2 + 32);
    expect(rawPage(other, fixture.gateway(), { third, first }).output).toEqual(ended('handshake-failed'));
  });

  it('PROTOCOL 12.15: has objects with unknown fields in its handshake, and no other values', () => {
    const fixture = new GuestFixture(11);
    const thirdEnd = (fields: string) =>
      rawPage(fixture, fixture.gateway(), { third: text.encode(nonce + fields) }).output;
    expect(thirdEnd('{"want":"chat","name":"","later":{}}').type).toBe('knock');
    expect(thirdEnd('{"want":"files"}')).toEqual(ended('want-unknown'));
    expect(thirdEnd('{"want":')).toEqual(ended('handshake-failed'));
    const secondEnd = (fields: string) =>
      rawGateway(fixture, fixture.pageAtAddress(), text.encode(fields)).output;
    expect(secondEnd('{"versions":[1,2],"later":0}').type).toBe('answer');
    for (const fields of ['', '[]', '{}', '{"versions":1}', '{"versions":[2]}', '{"versions":["1"]}'])
      expect(secondEnd(fields)).toEqual(ended('handshake-failed'));
  });

  it('PROTOCOL 12.18: gives the page nothing before one admission', () => {
    const fixture = new GuestFixture(12);
    const page = fixture.pageAtAddress();
    const { sender } = rawGateway(fixture, page);
    expect(page.receive(sender.seal(0, 120))).toEqual(ended('malformed'));
    const second = fixture.pageAtAddress();
    const raw = rawGateway(fixture, second).sender;
    expect(second.receive(raw.seal(2)).type).toBe('admitted');
    expect(second.receive(raw.seal(0, 120))).toEqual({ type: 'frame', text: 'x' });
    expect(second.receive(raw.seal(2))).toEqual(ended('malformed'));
  });

  it('PROTOCOL 12.19: ends if the page sends before the admission', () => {
    const fixture = new GuestFixture(13);
    const gateway = fixture.gateway();
    const { sender } = rawPage(fixture, gateway);
    expect(gateway.receive(sender.seal(0, 120))).toEqual(ended('not-admitted'));
    expect(gateway.admit()).toBeUndefined();
    const page = fixture.page();
    expect(page.send('x')).toBe('not-open');
    shakeHands(page, fixture.gateway());
    expect(page.send('x')).toBe('not-open');
  });

  it('PROTOCOL 12.20: is open only after the gateway has let the guest in', () => {
    const fixture = new GuestFixture(14);
    const gateway = fixture.gateway();
    expect(gateway.admit()).toBeUndefined();
    const page = fixture.pageAtAddress();
    shakeHands(page, gateway);
    expect(gateway.send('x')).toBe('not-open');
    expect(page.receive(gateway.admit()!)).toEqual({ type: 'admitted' });
    expect(gateway.admit()).toBeUndefined();
    expect(typeof gateway.send('x')).toBe('object');
  });

  it('PROTOCOL 12.21: ends if the page says what only a gateway says', () => {
    const fixture = new GuestFixture(15);
    const gateway = fixture.gateway();
    const { sender } = rawPage(fixture, gateway);
    gateway.admit();
    expect(gateway.receive(sender.seal(2))).toEqual(ended('malformed'));
  });

  it('PROTOCOL 12.23: carries the largest frame of each direction, and no larger one', () => {
    const fixture = new GuestFixture(16);
    const [page, gateway] = [fixture.page(), fixture.gateway()];
    connect(page, gateway);
    const toGateway = 'x'.repeat(bridgeFrameBytesMax);
    const outputs = sealed(page, toGateway).map((message) => gateway.receive(message));
    expect(outputs.at(-1)).toEqual({ type: 'frame', text: toGateway });
    const toPage = 'ä'.repeat(guestPageFrameBytesMax / 2);
    expect(
      sealed(gateway, toPage)
        .map((message) => page.receive(message))
        .at(-1),
    ).toEqual({
      type: 'frame',
      text: toPage,
    });
    expect(page.send(`${toGateway}x`)).toBe('too-long');
    expect(page.send(`ä${toGateway.slice(1)}`)).toBe('too-long');
    expect(gateway.send(`${toPage}x`)).toBe('too-long');
    expect(gateway.send('')).toBe('empty');
    const document = readFileSync('docs/protocol/guests.md', 'utf8');
    for (const limit of [bridgeFrameBytesMax, guestPageFrameBytesMax, partBytesMax, noiseMessageBytesMax])
      expect(document).toContain(limit.toLocaleString('en'));
  });

  it('PROTOCOL 12.23: ends with a frame that never ends, before it fills the memory', () => {
    const fixture = new GuestFixture(17);
    const gateway = fixture.gateway();
    const { sender } = rawPage(fixture, gateway);
    gateway.admit();
    const part = new Uint8Array(1 + partBytesMax).fill(1);
    const outputs = Array.from({ length: 4 }, () => gateway.receive(sender.sealBytes(part)));
    expect(outputs.map(({ type }) => type)).toEqual(['incomplete', 'incomplete', 'ended', 'ended']);
    expect(outputs[2]).toEqual(ended('too-long'));
  });

  it('PROTOCOL 12.24: ends with a message that is too long, before it is opened', () => {
    const fixture = new GuestFixture(18);
    const [page, gateway] = [fixture.page(), fixture.gateway()];
    connect(page, gateway);
    const long = new Uint8Array(noiseMessageBytesMax + 1);
    expect(gateway.receive(long)).toEqual(ended('too-long'));
    expect(page.receive(long)).toEqual(ended('too-long'));
  });

  it('PROTOCOL 12.25: goes on for 10,000 messages each way, with a new key after each 1,024', () => {
    const fixture = new GuestFixture(19);
    const [page, gateway] = [fixture.page(), fixture.gateway()];
    connect(page, gateway);
    expect(messagesOfKey).toBe(1_024);
    for (let count = 0; count < 10_000; count++) {
      const frame = String(count);
      const fromPage = gateway.receive(sealed(page, frame)[0]!);
      const fromGateway = page.receive(sealed(gateway, frame)[0]!);
      if (fromPage.type !== 'frame' || fromPage.text !== frame) expect(fromPage).toBe(frame);
      if (fromGateway.type !== 'frame' || fromGateway.text !== frame) expect(fromGateway).toBe(frame);
    }
  });

  it('PROTOCOL 12.27: ends with a frame that is not UTF-8', () => {
    const fixture = new GuestFixture(20);
    for (const bytes of [[0xff], [0xc3], [0xed, 0xa0, 0x80], [0xc0, 0x80]]) {
      const gateway = fixture.gateway();
      const { sender } = rawPage(fixture, gateway);
      gateway.admit();
      expect(gateway.receive(sender.seal(0, ...bytes))).toEqual(ended('malformed'));
    }
  });

  it('PROTOCOL 12.28: has other keys each time, so what is sent twice looks different', () => {
    const fixture = new GuestFixture(21);
    const seen = new Set<string>();
    for (let session = 0; session < 10; session++) {
      const [page, gateway] = [fixture.page(), fixture.gateway()];
      seen.add(toHex(page.opening));
      connect(page, gateway);
      seen.add(toHex(sealed(page, 'x')[0]!));
      seen.add(toHex(sealed(gateway, 'x')[0]!));
    }
    expect(seen.size).toBe(30);
  });

  it('PROTOCOL 12.29: ends with a point of low order as a key', () => {
    const fixture = new GuestFixture(22);
    for (const point of [new Uint8Array(32), Uint8Array.of(1, ...new Uint8Array(31))]) {
      const opening = encodeOpening('XX', Uint8Array.of(...point, ...new Uint8Array(32)));
      expect(fixture.gateway().receive(opening)).toEqual(ended('handshake-failed'));
      const page = fixture.pageAtAddress();
      expect(page.receive(Uint8Array.of(...point, ...new Uint8Array(80)))).toEqual(ended('handshake-failed'));
    }
  });

  it('PROTOCOL 12.30: takes and sends nothing after its end', () => {
    const fixture = new GuestFixture(23);
    const [page, gateway] = [fixture.page(), fixture.gateway()];
    connect(page, gateway);
    const late = sealed(page, 'late')[0]!;
    gateway.end('removed');
    expect(gateway.receive(late)).toEqual(ended('removed'));
    expect(gateway.send('x')).toBe('not-open');
    gateway.end('switched-off');
    expect(gateway.receive(late)).toEqual(ended('removed'));
    page.end('removed');
    expect(page.send('x')).toBe('not-open');
    expect(page.receive(late)).toEqual(ended('removed'));
    const waiting = fixture.page();
    waiting.end('full');
    expect(waiting.receive(late)).toEqual(ended('full'));
  });
});
