import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../../../shared/ids.ts';
import { decodePacket } from '../../../shared/wire/decode.ts';
import type { KeyShareFrame } from '../../../shared/wire/frames.ts';
import { keyExchangeVector } from '../../vectors/key-vectors.ts';
import { sodiumAead } from '../../crypto/aead.ts';
import { transportCrypto } from '../../crypto/crypto.ts';
import type { Aead } from '../ports.ts';
import { type KeyLimits, keyLimits } from '../timing.ts';
import { KeyExchange } from './key-exchange.ts';
import { PacketCrypto } from './packet-crypto.ts';

const vector = keyExchangeVector;

/** One end with the keys of the vector. It records the keys that it seals with, and the secrets that it draws. */
function end(role: 'initiator' | 'responder', limits: KeyLimits = keyLimits) {
  const usedKeys: string[] = [];
  const aead: Aead = {
    seal(sealed, key, ...rest) {
      usedKeys.push(toHex(key));
      sodiumAead.seal(sealed, key, ...rest);
    },
    open: sodiumAead.open,
  };
  const fromInitiator = fromHex(vector.fromInitiator.present);
  const fromResponder = fromHex(vector.fromResponder.present);
  const isInitiator = role === 'initiator';
  const keys = isInitiator
    ? { send: fromInitiator, receive: fromResponder }
    : { send: fromResponder, receive: fromInitiator };
  const packetCrypto = new PacketCrypto(0, { aead, keys, localIndex: 1, remoteIndex: 2, limits });
  const secrets: Uint8Array[] = [];
  const random = (): Uint8Array => {
    const secret = fromHex(isInitiator ? vector.initiator.secret : vector.responder.secret);
    secrets.push(secret);
    return secret;
  };
  const exchange = new KeyExchange(0, { role, packetCrypto, crypto: transportCrypto, random, limits });
  return { packetCrypto, exchange, usedKeys, secrets };
}

type End = ReturnType<typeof end>;

function ends(limits?: KeyLimits): { initiator: End; responder: End } {
  return { initiator: end('initiator', limits), responder: end('responder', limits) };
}

/** Returns a sealed packet, as it comes from a socket. */
function seal(from: End, nowMs = 0): Uint8Array {
  return from.packetCrypto.seal(nowMs, Uint8Array.of(1));
}

function open(at: End, datagram: Uint8Array, nowMs = 0): string {
  const decoded = decodePacket(datagram.slice());
  if (decoded.type !== 'packet' || decoded.packet.type !== 'transport')
    throw new Error('no TRANSPORT packet');
  const opened = at.packetCrypto.open(nowMs, decoded.packet, 300);
  return opened.type === 'opened' ? opened.type : opened.cause;
}

function answerOf(responder: End, share: KeyShareFrame, nowMs = 0): KeyShareFrame {
  const answer = responder.exchange.handleShare(nowMs, share);
  if (typeof answer === 'string') throw new Error(`the share is ${answer}`);
  return answer;
}

/** Runs a whole exchange, with a packet in each direction at its end. */
function exchangeKeys({ initiator, responder }: { initiator: End; responder: End }, nowMs = 0): void {
  const answer = answerOf(responder, initiator.exchange.open(), nowMs);
  expect(initiator.exchange.handleShare(nowMs, answer)).toBe('settled');
  responder.exchange.useMixedKey(nowMs);
  expect(open(responder, seal(initiator, nowMs), nowMs)).toBe('opened');
  expect(open(initiator, seal(responder, nowMs), nowMs)).toBe('opened');
}

describe('a key exchange', () => {
  it('PROTOCOL 5.18: is due for the initiator after 12 hours', () => {
    const { initiator, responder } = ends();
    expect(initiator.exchange.isDue(12 * 3_600_000 - 1)).toBe(false);
    expect(initiator.exchange.isDue(12 * 3_600_000)).toBe(true);
    expect(responder.exchange.isDue(100 * 3_600_000)).toBe(false);
  });

  it('PROTOCOL 5.18: is due after 2^36 bytes, sent and received', () => {
    expect(keyLimits.exchangeBytes).toBe(2 ** 36);
    // A packet with one byte of frames has 33 bytes.
    const { initiator, responder } = ends({ ...keyLimits, exchangeBytes: 4 * 33 });
    seal(initiator);
    seal(initiator);
    expect(open(initiator, seal(responder))).toBe('opened');
    expect(initiator.exchange.isDue(0)).toBe(false);
    expect(open(initiator, seal(responder))).toBe('opened');
    expect([initiator.exchange.isDue(0), responder.exchange.isDue(0)]).toEqual([true, false]);
  });

  it('PROTOCOL 5.18: is due again only when the one before has ended, and after as long as the first', () => {
    const pair = ends();
    const { initiator, responder } = pair;
    const share = initiator.exchange.open();
    expect(initiator.exchange.isDue(20 * 3_600_000)).toBe(false);
    const answer = answerOf(responder, share);
    initiator.exchange.handleShare(20 * 3_600_000, answer);
    expect(initiator.exchange.isDue(40 * 3_600_000)).toBe(false);
    responder.exchange.useMixedKey(20 * 3_600_000);
    expect(open(initiator, seal(responder))).toBe('opened');
    expect(initiator.exchange.isDue(32 * 3_600_000 - 1)).toBe(false);
    expect(initiator.exchange.isDue(32 * 3_600_000)).toBe(true);
  });

  it('PROTOCOL 5.19: carries new public keys under the same number', () => {
    const { initiator, responder } = ends();
    const share = initiator.exchange.open();
    expect(share).toEqual({ type: 'key-share', exchange: 1, publicKey: fromHex(vector.initiator.publicKey) });
    const answer = answerOf(responder, share);
    expect(answer).toEqual({
      type: 'key-share',
      exchange: 1,
      publicKey: fromHex(vector.responder.publicKey),
    });
  });

  it('PROTOCOL 5.19: ignores copies, other numbers, unasked answers and points of low order', () => {
    const { initiator, responder } = ends();
    const { publicKey } = transportCrypto.keyPair(new Uint8Array(32).fill(3));
    const frame = (exchange: number, key = publicKey): KeyShareFrame => ({
      type: 'key-share',
      exchange,
      publicKey: key,
    });
    const lowOrder = new Uint8Array(32);
    expect(initiator.exchange.handleShare(0, frame(1))).toBe('ignored');
    for (const number of [0, 2, 2 ** 52])
      expect(responder.exchange.handleShare(0, frame(number))).toBe('ignored');
    expect(responder.exchange.handleShare(0, frame(1, lowOrder))).toBe('ignored');
    const share = initiator.exchange.open();
    const answer = answerOf(responder, share);
    expect(responder.exchange.handleShare(0, share)).toBe('ignored');
    expect(responder.exchange.handleShare(0, frame(2))).toBe('ignored');
    expect(initiator.exchange.handleShare(0, frame(1, lowOrder))).toBe('ignored');
    expect(initiator.exchange.handleShare(0, frame(2))).toBe('ignored');
    expect(initiator.exchange.handleShare(0, answer)).toBe('settled');
    expect(initiator.exchange.handleShare(0, answer)).toBe('ignored');
    responder.exchange.useMixedKey(0);
    expect(open(responder, seal(initiator))).toBe('opened');
    expect(open(initiator, seal(responder))).toBe('opened');
  });

  it('PROTOCOL 5.19: holds the sending keys, although an hour has passed', () => {
    const { initiator, responder } = ends();
    for (const { packetCrypto } of [initiator, responder]) packetCrypto.acknowledgedCounter = 0;
    const share = initiator.exchange.open();
    seal(initiator, 2 * keyLimits.useMaxMs);
    const answer = answerOf(responder, share);
    seal(responder, 2 * keyLimits.useMaxMs);
    expect([initiator.usedKeys, responder.usedKeys]).toEqual([
      [vector.fromInitiator.present],
      [vector.fromResponder.present],
    ]);
    initiator.exchange.handleShare(2 * keyLimits.useMaxMs, answer);
    responder.exchange.useMixedKey(2 * keyLimits.useMaxMs);
    expect(open(responder, seal(initiator, 2 * keyLimits.useMaxMs))).toBe('opened');
    // The hour starts again with the mixed key.
    for (const { packetCrypto } of [initiator, responder]) packetCrypto.acknowledgedCounter = 1;
    seal(initiator, 3 * keyLimits.useMaxMs - 1);
    expect(initiator.packetCrypto.keyChanges).toBe(1);
    seal(initiator, 3 * keyLimits.useMaxMs);
    expect(initiator.packetCrypto.keyChanges).toBe(2);
  });

  it('PROTOCOL 5.20: makes the keys of the test vector', () => {
    const { initiator, responder, sharedSecret } = vector;
    const secret = transportCrypto.sharedSecret(fromHex(initiator.secret), fromHex(responder.publicKey));
    expect(toHex(secret!)).toBe(sharedSecret);
    const pair = ends();
    exchangeKeys(pair);
    expect(pair.initiator.usedKeys).toEqual([vector.fromInitiator.mixed]);
    expect(pair.responder.usedKeys).toEqual([vector.fromResponder.mixed]);
  });

  it('PROTOCOL 5.21: lets the initiator switch with the answer, and the responder with its acknowledgement', () => {
    const { initiator, responder } = ends();
    const lateOfInitiator = seal(initiator);
    const lateOfResponder = seal(responder);
    const answer = answerOf(responder, initiator.exchange.open());
    expect([initiator.packetCrypto.keyPhase, responder.packetCrypto.keyPhase]).toEqual([0, 0]);
    initiator.exchange.handleShare(0, answer);
    expect([initiator.packetCrypto.keyPhase, responder.packetCrypto.keyPhase]).toEqual([1, 0]);
    expect(open(responder, seal(initiator))).toBe('opened');
    expect(responder.exchange.awaitsAcknowledgement).toBe(true);
    expect(open(initiator, seal(responder))).toBe('opened');
    responder.exchange.useMixedKey(0);
    expect([responder.packetCrypto.keyPhase, responder.exchange.awaitsAcknowledgement]).toEqual([1, false]);
    expect(open(initiator, seal(responder))).toBe('opened');
    expect(open(responder, lateOfInitiator, 299)).toBe('opened');
    expect(open(initiator, lateOfResponder, 300)).toBe('forged');
  });

  it('PROTOCOL 5.21: is not confused by packets that an attacker copies to the other phase', () => {
    const { initiator, responder } = ends();
    const flipped = (datagram: Uint8Array): Uint8Array => {
      const copy = datagram.slice();
      copy[8]! ^= 0x80;
      return copy;
    };
    // It makes the responder derive the rekeyed key, which is not the next one after all.
    expect(open(responder, flipped(seal(initiator)))).toBe('forged');
    const answer = answerOf(responder, initiator.exchange.open());
    initiator.exchange.handleShare(0, answer);
    const datagram = seal(initiator);
    expect(open(responder, flipped(datagram))).toBe('forged');
    expect(open(responder, datagram)).toBe('opened');
  });

  it('PROTOCOL 5.22: erases its secrets, and all keys before the mixed ones', () => {
    const pair = ends();
    exchangeKeys(pair);
    const zeros = new Uint8Array(32);
    expect([...pair.initiator.secrets, ...pair.responder.secrets]).toEqual([zeros, zeros]);
    const waiting = end('initiator');
    waiting.exchange.open();
    expect(waiting.secrets[0]).not.toEqual(zeros);
    waiting.exchange.wipe();
    expect(waiting.secrets[0]).toEqual(zeros);
  });

  it('shuts out a thief who has both keys from before, and all that REKEY makes of them', () => {
    const pair = ends();
    const stolen = [fromHex(vector.fromInitiator.present), fromHex(vector.fromResponder.present)];
    for (let round = 0; round < 10; round++) stolen.push(...stolen.slice(-2).map(rekeyed));
    const before = seal(pair.initiator);
    expect(stolen.some((key) => opens(key, before))).toBe(true);
    exchangeKeys(pair);
    for (const later of [seal(pair.initiator), seal(pair.responder)]) {
      expect(stolen.some((key) => opens(key, later))).toBe(false);
    }
  });

  it('PROTOCOL 5.18: is repeated many times, with changes of the key between', () => {
    const pair = ends();
    const { initiator, responder } = pair;
    for (let round = 1; round <= 20; round++) {
      const nowMs = round * keyLimits.useMaxMs;
      exchangeKeys(pair, nowMs);
      expect([initiator.exchange.completed, responder.exchange.completed]).toEqual([round, round]);
      for (const { packetCrypto } of [initiator, responder])
        packetCrypto.acknowledgedCounter = packetCrypto.nextCounter - 1;
      const laterMs = nowMs + keyLimits.useMaxMs;
      expect(open(responder, seal(initiator, laterMs), laterMs)).toBe('opened');
      if (round % 2 === 0) expect(open(initiator, seal(responder, laterMs), laterMs)).toBe('opened');
    }
    expect([initiator.packetCrypto.keyChanges, responder.packetCrypto.keyChanges]).toEqual([40, 30]);
  });
});

/** REKEY(k) of the Noise specification, section 4.2. */
function rekeyed(key: Uint8Array): Uint8Array {
  const sealed = new Uint8Array(48);
  const nonce = Uint8Array.from([0, 0, 0, 0, ...Array<number>(8).fill(0xff)]);
  sodiumAead.seal(sealed, key, nonce, new Uint8Array(0), new Uint8Array(32));
  return sealed.slice(0, 32);
}

function opens(key: Uint8Array, datagram: Uint8Array): boolean {
  const decoded = decodePacket(datagram.slice());
  if (decoded.type !== 'packet' || decoded.packet.type !== 'transport')
    throw new Error('no TRANSPORT packet');
  const { counter, header, sealed } = decoded.packet;
  const nonce = new Uint8Array(12);
  new DataView(nonce.buffer).setUint32(4, counter, true);
  return sodiumAead.open(new Uint8Array(sealed.length - 16), key, nonce, header, sealed);
}
