import { expect } from 'vitest';
import { fromHex, toHex } from '../../shared/ids.ts';
import { decodeFrames, encodeFrame, type KeyShareFrame } from '../../shared/wire/frames.ts';
import { sodiumAead } from '../crypto/aead.ts';
import { transportCrypto } from '../crypto/crypto.ts';
import { KeyExchange } from '../transport/connection/key-exchange.ts';
import { PacketCrypto } from '../transport/connection/packet-crypto.ts';
import type { Aead } from '../transport/ports.ts';
import { keyLimits } from '../transport/timing.ts';
import { describeVectors } from './describe-vectors.ts';
import type { KeyCase, MixedCase } from './key-vectors.ts';
import { joined, mixedKey, rekey } from './reference-noise.ts';
import { x25519, x25519PublicKey } from './reference-x25519.ts';

const info = new TextEncoder().encode('Chatagram key exchange');
const oneByte = Uint8Array.of(1);

/** A side that records the keys with which it seals. */
function sideOf(role: 'initiator' | 'responder', secret: string, present: { send: string; receive: string }) {
  const usedKeys: string[] = [];
  const aead: Aead = {
    seal(sealed, key, ...rest) {
      // REKEY itself seals 32 zero bytes. Every packet here has one byte.
      if (sealed.length === 17) usedKeys.push(toHex(key));
      sodiumAead.seal(sealed, key, ...rest);
    },
    open: sodiumAead.open,
  };
  const keys = { send: fromHex(present.send), receive: fromHex(present.receive) };
  const packetCrypto = new PacketCrypto(0, { aead, keys, localIndex: 1, remoteIndex: 2 });
  const random = () => fromHex(secret);
  const exchange = new KeyExchange(0, {
    role,
    packetCrypto,
    crypto: transportCrypto,
    random,
    limits: keyLimits,
  });
  return { packetCrypto, exchange, usedKeys };
}

function frameOf(hex: string): KeyShareFrame {
  const frames = decodeFrames(fromHex(hex));
  const frame = frames === 'malformed' ? undefined : frames[0];
  if (frame?.type !== 'key-share') throw new Error('no KEY_SHARE');
  return frame;
}

/** The keys of both directions, by the second implementation. */
function mixByReference({
  initiator,
  responder,
  fromInitiator,
  fromResponder,
  exchange,
  name,
}: MixedCase): MixedCase {
  const [initiatorSecret, responderSecret] = [fromHex(initiator.secret), fromHex(responder.secret)];
  const initiatorKey = x25519PublicKey(initiatorSecret);
  const responderKey = x25519PublicKey(responderSecret);
  const shared = x25519(initiatorSecret, responderKey);
  expect(x25519(responderSecret, initiatorKey)).toEqual(shared);
  const inputKey = joined(shared, initiatorKey, responderKey);
  const share = (secret: string, publicKey: Uint8Array) => ({
    secret,
    publicKey: toHex(publicKey),
    frame: toHex(encodeFrame({ type: 'key-share', exchange, publicKey })),
  });
  const mix = (present: string) => ({ present, mixed: toHex(mixedKey(fromHex(present), inputKey, info)) });
  return {
    name,
    result: 'mixed',
    exchange,
    initiator: share(initiator.secret, initiatorKey),
    responder: share(responder.secret, responderKey),
    sharedSecret: toHex(shared),
    inputKey: toHex(inputKey),
    info: toHex(info),
    fromInitiator: mix(fromInitiator.present),
    fromResponder: mix(fromResponder.present),
  };
}

describeVectors<KeyCase>('rekey', {
  rekeyed({ name, keys }) {
    const [key = ''] = keys;
    const sender = sideOf('initiator', '', { send: key, receive: key });
    keys.forEach((_key, round) => {
      sender.packetCrypto.seal(round * keyLimits.useMaxMs, oneByte);
      sender.packetCrypto.acknowledgedCounter = round;
    });
    const derived = keys
      .slice(1)
      .reduce((list, _key, place) => [...list, toHex(rekey(fromHex(list[place] ?? '')))], [key]);
    expect(sender.usedKeys).toEqual(derived);
    return { name, result: 'rekeyed', keys: derived };
  },
  mixed(vector) {
    const derived = mixByReference(vector);
    const { fromInitiator, fromResponder } = derived;
    const [one, other] = [fromInitiator.present, fromResponder.present];
    const initiator = sideOf('initiator', derived.initiator.secret, { send: one, receive: other });
    const responder = sideOf('responder', derived.responder.secret, { send: other, receive: one });
    const share = initiator.exchange.open();
    expect(share).toEqual(frameOf(derived.initiator.frame));
    const answer = responder.exchange.handleShare(0, share);
    expect(answer).toEqual(frameOf(derived.responder.frame));
    expect(initiator.exchange.handleShare(0, frameOf(derived.responder.frame))).toBe('settled');
    responder.exchange.useMixedKey(0);
    for (const side of [initiator, responder]) side.packetCrypto.seal(0, oneByte);
    expect([initiator.usedKeys, responder.usedKeys]).toEqual([[fromInitiator.mixed], [fromResponder.mixed]]);
    return derived;
  },
  ignored(vector) {
    const key = '01'.repeat(32);
    const { exchange, packetCrypto, usedKeys } = sideOf(vector.reader, '33'.repeat(32), {
      send: key,
      receive: key,
    });
    if (vector.isOpened) exchange.open();
    expect(exchange.handleShare(0, frameOf(vector.frame))).toBe('ignored');
    packetCrypto.seal(0, oneByte);
    expect(usedKeys).toEqual([key]);
    return vector;
  },
});
