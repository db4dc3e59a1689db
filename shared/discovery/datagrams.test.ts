import { describe, expect, it } from 'vitest';
import { peerKeyFromBytes } from '../ids.ts';
import {
  decodeDiscovery,
  encodeQuery,
  signedBytesOf,
  withSignature,
  type Beacon,
  type DecodedDiscovery,
} from './datagrams.ts';

const nonce = '000102030405060708090a0b0c0d0e0f';
const key = peerKeyFromBytes(new Uint8Array(32).fill(7));
const beacon: Beacon = {
  type: 'beacon',
  nonce,
  number: 5,
  key,
  port: 50_000,
  needsCode: true,
  versions: [3],
  name: 'Room 12',
  addresses: ['192.168.1.7', 'fd00::7'],
};
const noSignature = new Uint8Array(64);

function read(answer: Beacon): DecodedDiscovery {
  return decodeDiscovery(withSignature(signedBytesOf(answer), noSignature));
}

function beaconRead(answer: Beacon): Beacon {
  const decoded = read(answer);
  if (decoded.type !== 'answer' || decoded.answer.type !== 'beacon') throw new Error('no beacon');
  return decoded.answer;
}

describe('the datagrams of discovery', () => {
  it('PROTOCOL 11.5: begin with CD, the version and the type, and have the nonce behind them', () => {
    const query = encodeQuery({ type: 'query', nonce });
    expect([...query.subarray(0, 8)]).toEqual([0x43, 0x44, 1, 1, 0, 1, 2, 3]);
    expect([...signedBytesOf(beacon).subarray(0, 8)]).toEqual([0x43, 0x44, 1, 2, 0, 1, 2, 3]);
    const goodbye = signedBytesOf({ type: 'goodbye', nonce, number: 6, key });
    expect([...goodbye.subarray(0, 8)]).toEqual([0x43, 0x44, 1, 3, 0, 1, 2, 3]);
  });

  it('PROTOCOL 11.6: a query has 512 bytes, and a reader ignores what is behind the nonce', () => {
    const query = encodeQuery({ type: 'query', nonce });
    expect(query.length).toBe(512);
    const later = new Uint8Array(1_200).fill(9);
    later.set(query.subarray(0, 20));
    expect(decodeDiscovery(later)).toEqual({ type: 'query', query: { type: 'query', nonce } });
    expect(decodeDiscovery(query.subarray(0, 511))).toEqual({ type: 'dropped', cause: 'malformed' });
  });

  it('PROTOCOL 11.7: each cut and each changed byte of a beacon is read or dropped, and never throws', () => {
    const bytes = withSignature(signedBytesOf(beacon), noSignature);
    for (let length = 0; length < bytes.length; length++)
      expect(['dropped', 'answer']).toContain(decodeDiscovery(bytes.subarray(0, length)).type);
    for (let at = 0; at < bytes.length; at++) {
      for (const value of [0, 1, 0x7f, 0xff]) {
        const changed = Uint8Array.from(bytes);
        changed[at] = value;
        expect(['dropped', 'answer', 'query']).toContain(decodeDiscovery(changed).type);
      }
    }
  });

  it('PROTOCOL 11.8: a beacon carries its fields', () => {
    expect(beaconRead(beacon)).toEqual(beacon);
  });

  it('PROTOCOL 11.9: no beacon is longer than a query, whatever the server says', () => {
    const longest = {
      ...beacon,
      versions: Array.from({ length: 300 }, (_, index) => index % 256),
      name: '\u{1F98A}'.repeat(24),
      addresses: Array.from({ length: 300 }, (_, index) => `fd00::${(index + 1).toString(16)}`),
    };
    expect(signedBytesOf(longest).length + 64).toBeLessThanOrEqual(512);
    expect(beaconRead(longest).addresses).toHaveLength(8);
    expect(beaconRead(longest).versions).toHaveLength(8);
  });

  it('PROTOCOL 11.10: a goodbye has 124 bytes', () => {
    const goodbye = withSignature(signedBytesOf({ type: 'goodbye', nonce, number: 6, key }), noSignature);
    expect(goodbye.length).toBe(124);
    expect(decodeDiscovery(goodbye)).toMatchObject({ type: 'answer', answer: { number: 6, key } });
  });

  it('PROTOCOL 11.12: a name that could hide or turn the line that shows it is malformed', () => {
    const names = ['a\u202Eb', 'a\nb', ' a', 'a ', 'a  b', 'e\u0301', '\u2800', 'a\u00A0b', 'a'.repeat(33)];
    for (const name of names) {
      expect(() => signedBytesOf({ ...beacon, name })).toThrow(RangeError);
      const bytes = withSignature(signedBytesOf({ ...beacon, name: 'Room 12' }), noSignature);
      const nameBytes = new TextEncoder().encode(name);
      const forged = Uint8Array.from([
        ...bytes.subarray(0, 65),
        nameBytes.length,
        ...nameBytes,
        ...bytes.subarray(73),
      ]);
      expect(decodeDiscovery(forged)).toEqual({ type: 'dropped', cause: 'malformed' });
    }
    expect(beaconRead({ ...beacon, name: '' }).name).toBe('');
  });

  it('PROTOCOL 11.13: addresses that lead no other machine to the server are left out', () => {
    const useless = [
      '127.0.0.1',
      '0.0.0.0',
      '224.0.0.1',
      '255.255.255.255',
      '::1',
      'fe80::1',
      '::ffff:1.2.3.4',
    ];
    expect(beaconRead({ ...beacon, addresses: [...useless, '10.0.0.9'] }).addresses).toEqual(['10.0.0.9']);
  });
});
