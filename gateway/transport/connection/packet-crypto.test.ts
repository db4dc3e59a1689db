import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../../../shared/ids.ts';
import { decodePacket } from '../../../shared/wire/decode.ts';
import { rekeyVector } from '../../vectors/key-vectors.ts';
import type { TransportPacket } from '../../../shared/wire/packet.ts';
import { sodiumAead } from '../../crypto/aead.ts';
import type { Aead } from '../ports.ts';
import { PacketCrypto } from './packet-crypto.ts';
import { keyLimits } from '../timing.ts';

/** New arrays each time: a packet crypto wipes its keys. */
const oneKey = () => new Uint8Array(32).fill(1);
const otherKey = () => new Uint8Array(32).fill(2);

function twoEnds(): { one: PacketCrypto; other: PacketCrypto } {
  const aead = sodiumAead;
  const one = { send: oneKey(), receive: otherKey() };
  const other = { send: otherKey(), receive: oneKey() };
  return {
    one: new PacketCrypto(0, { aead, keys: one, localIndex: 1, remoteIndex: 2 }),
    other: new PacketCrypto(0, { aead, keys: other, localIndex: 2, remoteIndex: 1 }),
  };
}

function packetIn(datagram: Uint8Array): TransportPacket {
  const decoded = decodePacket(datagram);
  if (decoded.type !== 'packet' || decoded.packet.type !== 'transport')
    throw new Error('no TRANSPORT packet');
  return decoded.packet;
}

function text(packetCrypto: PacketCrypto, datagram: Uint8Array, nowMs = 0): string {
  // As it comes from a socket, in memory of its own: opening writes over it.
  const opened = packetCrypto.open(nowMs, packetIn(datagram.slice()), 300);
  return opened.type === 'opened' ? new TextDecoder().decode(opened.plaintext) : opened.cause;
}

const bytes = (words: string) => new TextEncoder().encode(words);

describe('packet crypto', () => {
  it('PROTOCOL 5.1: seals with the nonces of Noise, and the header as associated data', () => {
    const { one } = twoEnds();
    one.seal(0, bytes('packet 0'));
    // Made by Python's cryptography package: key 01.., nonce 4 zero bytes and 1 as little-endian 64 bits.
    expect(toHex(one.seal(0, bytes('packet 1')))).toBe(packetOne);
    expect(toHex(packetIn(fromHex(packetOne)).header)).toBe('43470305000000020000000000000001');
  });

  it('PROTOCOL 5.2: opens genuine packets, and none with a flipped bit', () => {
    const { one, other } = twoEnds();
    const datagram = one.seal(0, bytes('hello'));
    for (let bit = 32; bit < datagram.length * 8; bit++) {
      const flipped = Uint8Array.from(datagram);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      const decoded = decodePacket(flipped);
      if (decoded.type === 'packet') expect(text(other, flipped), `bit ${bit}`).toBe('forged');
      else expect(decoded).toEqual({ type: 'dropped', cause: 'malformed' });
    }
    expect(text(other, datagram)).toBe('hello');
  });

  it('PROTOCOL 5.2: does not open its own packets', () => {
    const { one } = twoEnds();
    expect(text(one, one.seal(0, bytes('mirror')))).toBe('forged');
  });

  it('PROTOCOL 5.3: opens each packet once, and forged counters shut out no genuine packet', () => {
    const { one, other } = twoEnds();
    const datagrams = ['a', 'b', 'c'].map((word) => one.seal(0, bytes(word)));
    const leap = Uint8Array.from(datagrams[0]!);
    leap[12] = 0x40;
    expect(text(other, leap)).toBe('forged');
    expect(datagrams.toReversed().map((datagram) => text(other, datagram))).toEqual(['c', 'b', 'a']);
    expect(datagrams.map((datagram) => text(other, datagram))).toEqual(['replayed', 'replayed', 'replayed']);
  });

  it('PROTOCOL 5.4: changes the key after an hour, by REKEY of the Noise specification', () => {
    const { one, other } = twoEnds();
    expect(text(other, one.seal(keyLimits.useMaxMs - 1, bytes('old')))).toBe('old');
    expect(one.keyPhase).toBe(0);
    one.acknowledgedCounter = 0;
    const datagram = one.seal(keyLimits.useMaxMs, bytes('new'));
    expect([one.keyPhase, packetIn(datagram).keyPhase, one.keyChanges]).toEqual([1, 1, 1]);
    expect(text(other, datagram, keyLimits.useMaxMs)).toBe('new');
    // ENCRYPT(k, 2^64-1, zerolen, zeros), its first 32 bytes.
    const nextKey = fromHex(rekeyedOnes);
    const nonce = new Uint8Array(12);
    nonce[4] = 1;
    const opened = new Uint8Array(3);
    const { header, sealed } = packetIn(datagram);
    expect(sodiumAead.open(opened, nextKey, nonce, header, sealed)).toBe(true);
    expect(other.keyPhase).toBe(0);
  });

  it('PROTOCOL 5.4: changes the key after 2^20 packets', () => {
    // What is sealed does not matter here, and sealing a million packets takes seconds.
    const aead = { seal: () => {}, open: () => false };
    const keys = { send: oneKey(), receive: otherKey() };
    const one = new PacketCrypto(0, { aead, keys, localIndex: 1, remoteIndex: 2 });
    const frames = Uint8Array.of(0);
    one.acknowledgedCounter = 0;
    for (let count = 0; count < keyLimits.packetsMax; count++) one.seal(0, frames);
    expect(one.keyPhase).toBe(0);
    one.seal(0, frames);
    expect(one.keyPhase).toBe(1);
  });

  it('PROTOCOL 5.4: makes the keys of the test vector', () => {
    const keys = { send: fromHex(rekeyVector[0]!), receive: otherKey() };
    const used: string[] = [];
    const aead: Aead = {
      seal(sealed, key, ...rest) {
        // REKEY itself seals 32 zero bytes; every packet here has one byte.
        if (sealed.length === 17) used.push(toHex(key));
        sodiumAead.seal(sealed, key, ...rest);
      },
      open: sodiumAead.open,
    };
    const one = new PacketCrypto(0, { aead, keys, localIndex: 1, remoteIndex: 2 });
    rekeyVector.forEach((_key, round) => {
      one.seal(round * keyLimits.useMaxMs, Uint8Array.of(1));
      one.acknowledgedCounter = round;
    });
    expect(used).toEqual(rekeyVector);
  });

  it('PROTOCOL 5.4: does not change a key before the peer has acknowledged a packet of it', () => {
    const { one, other } = twoEnds();
    one.acknowledgedCounter = 0;
    one.seal(0, bytes('first'));
    one.seal(keyLimits.useMaxMs, bytes('lost'));
    expect(one.keyPhase).toBe(1);
    // The peer has seen no packet of phase 1 yet: another change would show it phase 0, and its old key would not fit.
    const datagram = one.seal(2 * keyLimits.useMaxMs, bytes('arrives'));
    expect(one.keyPhase).toBe(1);
    expect(text(other, datagram, 2 * keyLimits.useMaxMs)).toBe('arrives');
    one.acknowledgedCounter = 2;
    expect(text(other, one.seal(3 * keyLimits.useMaxMs, bytes('changed')), 3 * keyLimits.useMaxMs)).toBe(
      'changed',
    );
    expect(one.keyPhase).toBe(0);
  });

  it('PROTOCOL 5.22: erases each key after its use, and all at the end', () => {
    const keys = { send: oneKey(), receive: otherKey() };
    const one = new PacketCrypto(0, { aead: sodiumAead, keys, localIndex: 1, remoteIndex: 2 });
    const peer = new PacketCrypto(0, {
      aead: sodiumAead,
      keys: { send: otherKey(), receive: oneKey() },
      localIndex: 2,
      remoteIndex: 1,
    });
    const zeros = new Uint8Array(32);
    one.acknowledgedCounter = peer.acknowledgedCounter = 0;
    one.seal(0, bytes('a'));
    peer.seal(0, bytes('b'));
    expect([keys.send, keys.receive]).toEqual([oneKey(), otherKey()]);
    one.seal(keyLimits.useMaxMs, bytes('c'));
    expect(keys.send).toEqual(zeros);
    text(one, peer.seal(keyLimits.useMaxMs, bytes('d')), keyLimits.useMaxMs);
    expect(keys.receive).toEqual(otherKey());
    text(one, peer.seal(keyLimits.useMaxMs, bytes('e')), keyLimits.useMaxMs + 300);
    expect(keys.receive).toEqual(zeros);
    one.wipe();
    expect(() => one.seal(keyLimits.useMaxMs, bytes('f'))).toThrow();
    expect(text(one, peer.seal(keyLimits.useMaxMs, bytes('g')), keyLimits.useMaxMs)).toBe('forged');
  });

  it('PROTOCOL 5.5: opens late packets of the old key for three probe timeouts, and no longer', () => {
    const { one, other } = twoEnds();
    const early = one.seal(0, bytes('early'));
    const late = [0, 1].map((number) => one.seal(0, bytes(`late ${number}`)));
    const changeMs = keyLimits.useMaxMs;
    one.acknowledgedCounter = 0;
    const first = one.seal(changeMs, bytes('first of the new key'));
    const second = one.seal(changeMs, bytes('second of the new key'));
    expect(text(other, early, changeMs)).toBe('early');
    // The second one overtakes the first.
    expect(text(other, second, changeMs)).toBe('second of the new key');
    expect(text(other, late[0]!, changeMs + 299)).toBe('late 0');
    expect(text(other, first, changeMs + 299)).toBe('first of the new key');
    expect(text(other, late[1]!, changeMs + 300)).toBe('forged');
  });

  it('PROTOCOL 5.5: changes keys many times in both directions, and forged phases change nothing', () => {
    const { one, other } = twoEnds();
    for (let round = 0; round < 20; round++) {
      const nowMs = round * keyLimits.useMaxMs;
      const datagram = one.seal(nowMs, bytes(`to ${round}`));
      const wrongPhase = Uint8Array.from(datagram);
      wrongPhase[8]! ^= 0x80;
      expect(text(other, wrongPhase, nowMs)).toBe('forged');
      expect(text(other, datagram, nowMs)).toBe(`to ${round}`);
      one.acknowledgedCounter = one.nextCounter - 1;
      other.acknowledgedCounter = other.nextCounter - 1;
      if (round % 3 === 0) expect(text(one, other.seal(nowMs, bytes('back')), nowMs)).toBe('back');
    }
  });
});

const packetOne = '434703050000000200000000000000013d5b4878edbca7e7283b4805980784c63e16114cc49a1aff';
const rekeyedOnes = '6cfb2b964ed404cedd9051572bde20be5910d8de91207ef94b5ceb2fa67ad788';
