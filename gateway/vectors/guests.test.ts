import { wordlist } from '@scure/bip39/wordlists/english.js';
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { messagesOfKey } from '../../shared/guests/guest-session.ts';
import type { GuestPattern } from '../../shared/guests/handshake-format.ts';
import { formatGuestLink, parseGuestLink } from '../../shared/guests/link.ts';
import { fromHex, toHex } from '../../shared/ids.ts';
import { wordsOfHandshake } from '../../web/src/guest/four-words.ts';
import {
  guestKeysOf,
  InitiatorHandshake,
  pageAead,
  patternXX,
  type NoisePattern,
} from '../../web/src/guest/noise.ts';
import { PageChannel } from '../../web/src/guest/page-channel.ts';
import { keyPairOf } from '../crypto/crypto.ts';
import { guestAead } from '../crypto/guest-crypto.ts';
import { respondToGuest, type GuestNoisePattern } from '../crypto/noise.ts';
import { GuestChannel } from '../guests/guest-channel.ts';
import { answerOf, sealed } from '../simulation/guests/guest-fixture.ts';
import { describeVectors } from './describe-vectors.ts';
import { chaChaSeal, joined, noiseNonce, rekey, runHandshake } from './reference-noise.ts';
import { x25519PublicKey } from './reference-x25519.ts';
import type { VectorCase } from './vector-files.ts';

// --- published vectors ---------------------------------------------------------------------------

type PublishedCase = VectorCase & {
  readonly result: 'both' | 'page';
  readonly pattern: string;
  readonly prologue: string;
  readonly secret?: string;
  readonly initiatorStaticSecret?: string;
  readonly initiatorEphemeralSecret: string;
  readonly responderStaticSecret?: string;
  readonly responderEphemeralSecret: string;
  readonly hash?: string;
  readonly messages: readonly { readonly payload: string; readonly ciphertext: string }[];
};

const patterns: Readonly<Record<string, NoisePattern>> = {
  XX: patternXX,
  NNpsk0: {
    name: 'NNpsk0',
    messages: [
      ['psk', 'e'],
      ['e', 'ee'],
    ],
  },
  XXpsk3: {
    name: 'XXpsk3',
    messages: [['e'], ['e', 'ee', 's', 'es'], ['s', 'se', 'psk']],
  },
};

const noBytes = new Uint8Array(0);
const anyKey = '11'.repeat(32);

/** The keys of each message of the transport, as its sender and its reader have them. */
function checkTransport(
  vector: PublishedCase,
  handshakeLength: number,
  keys: { readonly fromInitiator: Uint8Array; readonly fromResponder: Uint8Array },
): void {
  vector.messages.slice(handshakeLength).forEach(({ payload, ciphertext }, index) => {
    const isFromInitiator = (handshakeLength + index) % 2 === 0;
    const key = isFromInitiator ? keys.fromInitiator : keys.fromResponder;
    const nonce = noiseNonce(index >> 1);
    for (const aead of [pageAead, guestAead]) {
      expect(toHex(aead.seal(key, nonce, fromHex(payload)))).toBe(ciphertext);
      expect(toHex(aead.open(key, nonce, fromHex(ciphertext))!)).toBe(payload);
    }
  });
}

function checkPage(vector: PublishedCase): PublishedCase {
  const pattern = patterns[vector.pattern]!;
  const handshake = new InitiatorHandshake({
    pattern,
    prologue: fromHex(vector.prologue),
    staticKeys: guestKeysOf(fromHex(vector.initiatorStaticSecret ?? anyKey)),
    ephemeralKeys: guestKeysOf(fromHex(vector.initiatorEphemeralSecret)),
    ...(vector.secret === undefined ? {} : { secret: fromHex(vector.secret) }),
  });
  const { length } = pattern.messages;
  vector.messages.slice(0, length).forEach(({ payload, ciphertext }, place) => {
    if (place % 2 === 0) expect(toHex(handshake.write(fromHex(payload))!)).toBe(ciphertext);
    else expect(toHex(handshake.read(fromHex(ciphertext))!)).toBe(payload);
  });
  const { send, receive, hash } = handshake.finish();
  if (vector.hash !== undefined) expect(toHex(hash)).toBe(vector.hash);
  checkTransport(vector, length, { fromInitiator: send, fromResponder: receive });
  return vector;
}

function checkGateway(vector: PublishedCase): PublishedCase {
  let handshake = respondToGuest({
    pattern: vector.pattern as GuestNoisePattern,
    staticKeys: keyPairOf(fromHex(vector.responderStaticSecret ?? anyKey)),
    ephemeralKeys: () => keyPairOf(fromHex(vector.responderEphemeralSecret)),
    prologue: fromHex(vector.prologue),
    ...(vector.secret === undefined ? {} : { secret: fromHex(vector.secret) }),
  });
  const { length } = patterns[vector.pattern]!.messages;
  vector.messages.slice(0, length).forEach(({ payload, ciphertext }, place) => {
    if (place % 2 === 1) {
      expect(toHex(handshake.write(fromHex(payload))!)).toBe(ciphertext);
      return;
    }
    const read = handshake.read(fromHex(ciphertext))!;
    expect(toHex(read.payload)).toBe(payload);
    handshake = read.next;
  });
  const { send, receive } = handshake.keys!;
  if (vector.hash !== undefined) expect(toHex(handshake.hash!)).toBe(vector.hash);
  checkTransport(vector, length, { fromInitiator: receive, fromResponder: send });
  return vector;
}

const publishedCases = describeVectors<PublishedCase>('guest-noise', {
  both: (vector) => checkGateway(checkPage(vector)),
  page: checkPage,
});

describe('the published vectors of Noise for guests', () => {
  it('PROTOCOL 12.2: have XX and the psk patterns that published sets have', () => {
    const names = publishedCases.map(({ result, pattern }) => `${pattern} ${result}`);
    expect(new Set(names)).toEqual(new Set(['XX both', 'NNpsk0 both', 'XXpsk3 page']));
  });
});

// --- whole sessions ------------------------------------------------------------------------------

interface SideJson {
  readonly staticSecret: string;
  readonly staticKey: string;
  readonly ephemeralSecret: string;
  readonly ephemeralKey: string;
}

interface SealedJson {
  readonly from: 'page' | 'gateway';
  /** The number of the message in its direction. */
  readonly nonce: number;
  readonly key: string;
  readonly plaintext: string;
  readonly message: string;
}

type SessionCase = VectorCase & {
  readonly result: 'session';
  readonly pattern: GuestPattern;
  readonly secret?: string;
  readonly link?: string;
  readonly prologue: string;
  readonly page: SideJson & { readonly random: string; readonly commitment: string };
  readonly gateway: SideJson & { readonly keyHash: string };
  readonly messages: readonly {
    readonly payload: string;
    readonly message: string;
    readonly hash: string;
    readonly chainingKey: string;
  }[];
  readonly words: string;
  readonly sealed: readonly SealedJson[];
};

type EndedCase = VectorCase & {
  readonly result: 'ended';
  readonly of: string;
  readonly place: number;
  readonly at: number;
  readonly bytes: string;
  readonly message: string;
  readonly by: 'page' | 'gateway';
  readonly reason: string;
};

type LinkCase = VectorCase & {
  readonly result: 'link-refused';
  readonly link: string;
  readonly reason: string;
};

type GuestCase = SessionCase | EndedCase | LinkCase;

const text = new TextEncoder();

function hashByReference(label: string, ...parts: readonly Uint8Array[]): Uint8Array {
  const input = joined(text.encode(label), Uint8Array.of(0), ...parts);
  return Uint8Array.from(createHash('blake2b512').update(input).digest());
}

/** The words by arithmetic on the bits as text. */
function wordsByReference(handshakeHash: Uint8Array): string {
  const bits = [...hashByReference('chatagram guest words 1', handshakeHash)]
    .map((byte) => byte.toString(2).padStart(8, '0'))
    .join('');
  return [0, 11, 22, 33].map((at) => wordlist[Number.parseInt(bits.slice(at, at + 11), 2)]).join(' ');
}

function sidesOf(vector: SessionCase) {
  const { page, gateway, pattern } = vector;
  const random = [page.ephemeralSecret, page.random].map(fromHex);
  const keyHash = hashByReference(
    'chatagram guest gateway 1',
    x25519PublicKey(fromHex(gateway.staticSecret)),
  ).slice(0, 16);
  const secret = fromHex(vector.secret ?? '');
  return {
    keyHash,
    page: new PageChannel({
      keys: guestKeysOf(fromHex(page.staticSecret)),
      request: { want: 'chat', name: 'Zoë' },
      entrance:
        pattern === 'XX' ? { type: 'address' } : { type: 'link', link: { secret, gatewayKeyHash: keyHash } },
      random: () => random.shift()!,
    }),
    gateway: new GuestChannel({
      staticKeys: keyPairOf(fromHex(gateway.staticSecret)),
      ephemeralKeys: () => keyPairOf(fromHex(gateway.ephemeralSecret)),
      secrets: pattern === 'XX' ? [] : [secret],
      isLinkRequired: false,
    }),
  };
}

/** The same session from the text of the protocol, over node:crypto alone. */
function runByReference(vector: SessionCase) {
  const { page, gateway, pattern, secret } = vector;
  const patternByte = pattern === 'XX' ? 0 : 1;
  const prologue = joined(text.encode('Chatagram guest'), Uint8Array.of(1, patternByte));
  const hello = joined(fromHex(page.random), text.encode('{"want":"chat","name":"Zoë"}'));
  const commitment = hashByReference(
    'chatagram guest commitment 1',
    x25519PublicKey(fromHex(page.staticSecret)),
    hello,
  ).slice(0, 32);
  const secretsOf = (side: SideJson) => ({
    static: fromHex(side.staticSecret),
    ephemeral: fromHex(side.ephemeralSecret),
  });
  const payloads = [commitment, text.encode('{"versions":[1]}'), hello];
  const run = runHandshake({
    pattern,
    prologue,
    initiator: secretsOf(page),
    responder: secretsOf(gateway),
    payloads,
    ...(secret === undefined ? {} : { secret: fromHex(secret) }),
  });
  const messages = run.messages.map(({ message, hash, chainingKey }, place) => ({
    payload: toHex(payloads[place]!),
    message: toHex(place === 0 ? joined(Uint8Array.of(1, patternByte), message) : message),
    hash: toHex(hash),
    chainingKey: toHex(chainingKey),
  }));
  return { ...run, prologue, commitment, messages };
}

const admission = Uint8Array.of(2);
const lastOf = (words: string) => joined(Uint8Array.of(0), text.encode(words));
/** What travels: the admission, a frame each way, and the last frame of the page under its first key and the first under its second. */
const [question, answer, last, later] = ['{"type":"hello"}', '{"type":"proof"}', 'x', '{"type":"later"}'];

function sealByReference(
  from: 'page' | 'gateway',
  nonce: number,
  key: Uint8Array,
  plaintext: Uint8Array,
): SealedJson {
  const message = toHex(chaChaSeal(key, noiseNonce(nonce), noBytes, plaintext));
  return { from, nonce, key: toHex(key), plaintext: toHex(plaintext), message };
}

async function runSession(vector: SessionCase): Promise<SessionCase> {
  const expected = runByReference(vector);
  const { page, gateway, keyHash } = sidesOf(vector);
  const answered = page.receive(answerOf(gateway.receive(page.opening)));
  const identity = answerOf(answered);
  const knock = gateway.receive(identity);
  if (knock.type !== 'knock' || answered.type !== 'answer') throw new Error('no handshake');
  expect(toHex(page.opening)).toBe(expected.messages[0]!.message);
  expect(toHex(identity)).toBe(expected.messages[2]!.message);
  expect(toHex(knock.handshakeHash)).toBe(expected.messages[2]!.hash);
  expect(toHex(answered.handshakeHash)).toBe(expected.messages[2]!.hash);
  const pageKey = x25519PublicKey(fromHex(vector.page.staticSecret));
  expect(toHex(knock.guestKey)).toBe(toHex(pageKey));
  const words = wordsByReference(knock.handshakeHash);
  expect((await wordsOfHandshake(answered.handshakeHash)).join(' ')).toBe(words);

  const { fromInitiator, fromResponder } = expected;
  const sealedMessages = [
    sealByReference('gateway', 0, fromResponder, admission),
    sealByReference('page', 0, fromInitiator, lastOf(question)),
    sealByReference('gateway', 1, fromResponder, lastOf(answer)),
    sealByReference('page', messagesOfKey - 1, fromInitiator, lastOf(last)),
    sealByReference('page', messagesOfKey, rekey(fromInitiator), lastOf(later)),
  ];
  const written = [gateway.admit()!];
  expect(page.receive(written[0]!).type).toBe('admitted');
  written.push(...sealed(page, question), ...sealed(gateway, answer));
  expect(gateway.receive(written[1]!)).toEqual({ type: 'frame', text: question });
  expect(page.receive(written[2]!)).toEqual({ type: 'frame', text: answer });
  for (let nonce = 1; nonce < messagesOfKey; nonce++) {
    const [message] = sealed(page, last);
    expect(gateway.receive(message!).type).toBe('frame');
    if (nonce === messagesOfKey - 1) written.push(message!);
  }
  written.push(...sealed(page, later));
  expect(gateway.receive(written[4]!)).toEqual({ type: 'frame', text: later });
  expect(written.map(toHex)).toEqual(sealedMessages.map(({ message }) => message));
  return describeSession(vector, { ...expected, keyHash, words, sealed: sealedMessages });
}

function describeSession(
  vector: SessionCase,
  {
    prologue,
    commitment,
    messages,
    keyHash,
    words,
    sealed: sealedMessages,
  }: {
    readonly prologue: Uint8Array;
    readonly commitment: Uint8Array;
    readonly messages: SessionCase['messages'];
    readonly keyHash: Uint8Array;
    readonly words: string;
    readonly sealed: readonly SealedJson[];
  },
): SessionCase {
  const { name, result, pattern, secret, page, gateway } = vector;
  const keysOf = ({ staticSecret, ephemeralSecret }: SideJson): SideJson => ({
    staticSecret,
    staticKey: toHex(x25519PublicKey(fromHex(staticSecret))),
    ephemeralSecret,
    ephemeralKey: toHex(x25519PublicKey(fromHex(ephemeralSecret))),
  });
  return {
    name,
    result,
    pattern,
    ...(secret === undefined ? {} : { secret, link: linkByBothWays(fromHex(secret), keyHash) }),
    prologue: toHex(prologue),
    page: { ...keysOf(page), random: page.random, commitment: toHex(commitment) },
    gateway: { ...keysOf(gateway), keyHash: toHex(keyHash) },
    messages,
    words,
    sealed: sealedMessages,
  };
}

function linkByBothWays(secret: Uint8Array, keyHash: Uint8Array): string {
  const link = formatGuestLink({ secret, gatewayKeyHash: keyHash });
  expect(parseGuestLink(`#${link.toUpperCase()}`)).toEqual({ secret, gatewayKeyHash: keyHash });
  const bits = BigInt(`0x01${toHex(secret)}${toHex(keyHash)}`) << 3n;
  const digits = '0123456789abcdefghjkmnpqrstvwxyz';
  const characters = Array.from({ length: 79 }, (_, at) =>
    digits.charAt(Number((bits >> BigInt(5 * (78 - at))) & 31n)),
  );
  expect(characters.join('')).toBe(link);
  return link;
}

/** One message is changed. Its reader ends the session, and names the reason. */
function runUntilEnd(vector: EndedCase, cases: readonly GuestCase[]): EndedCase {
  const base = cases.find(({ name }) => name === vector.of);
  if (base?.result !== 'session') throw new Error(`there is no session ${vector.of}`);
  const { page, gateway } = sidesOf(base);
  const readers = [gateway, page, gateway, page, gateway];
  const messages = [...base.messages, ...base.sealed].map(({ message }) => message);
  const by = vector.place % 2 === 0 ? 'gateway' : 'page';
  for (let place = 0; place < vector.place; place++) {
    expect(readers[place]!.receive(fromHex(messages[place]!)).type).not.toBe('ended');
    if (place === 2) gateway.admit();
  }
  const changed = fromHex(messages[vector.place]!);
  changed.set(fromHex(vector.bytes), vector.at);
  const output = readers[vector.place]!.receive(changed);
  if (output.type !== 'ended') throw new Error(`the session goes on: ${output.type}`);
  return { ...vector, message: toHex(changed), by, reason: output.reason };
}

describeVectors<GuestCase>('guest-sessions', {
  session: runSession,
  ended: runUntilEnd,
  'link-refused'(vector) {
    const reason = parseGuestLink(vector.link);
    if (typeof reason !== 'string') throw new Error('the link is valid');
    return { ...vector, reason };
  },
});
