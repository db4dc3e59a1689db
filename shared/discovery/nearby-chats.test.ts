import { describe, expect, it } from 'vitest';
import { peerKeyFromBytes, type PeerKey } from '../ids.ts';
import type { Beacon, Goodbye } from './datagrams.ts';
import { NearbyChats, type BeaconPath } from './nearby-chats.ts';

function keyOf(number: number): PeerKey {
  const bytes = new Uint8Array(32);
  new DataView(bytes.buffer).setUint32(0, number);
  return peerKeyFromBytes(bytes);
}

function beaconOf(server: number, number: number, changes: Partial<Beacon> = {}): Beacon {
  return {
    type: 'beacon',
    nonce: '',
    number,
    key: keyOf(server),
    port: 50_000,
    needsCode: false,
    versions: [3],
    name: `chat ${String(server).padStart(4, '0')}`,
    addresses: [],
    ...changes,
  };
}

function goodbyeOf(server: number, number: number): Goodbye {
  return { type: 'goodbye', nonce: '', number, key: keyOf(server) };
}

function from(host: string, link = 'eth0/4', linkRank = 0): BeaconPath {
  return { link, linkRank, host };
}

describe('NearbyChats', () => {
  it('PROTOCOL 11.16: an answer with a number that came before is dropped, on each link for itself', () => {
    const list = new NearbyChats();
    expect(list.hear(0, beaconOf(1, 5), from('192.168.1.9'))).toBe(true);
    expect(list.hear(1, beaconOf(1, 5), from('192.168.1.66'))).toBe('old-number');
    expect(list.hear(1, beaconOf(1, 4), from('192.168.1.9'))).toBe('old-number');
    // The answers on two links can overtake each other.
    expect(list.hear(2, beaconOf(1, 4), from('10.0.0.9', 'wlan0/4', 1))).toBe(true);
    expect(list.chats()[0]?.addresses).toEqual(['192.168.1.9:50000', '10.0.0.9:50000']);
    expect(list.hear(3, goodbyeOf(1, 5), from('192.168.1.9'))).toBe('old-number');
    expect(list.hear(3, goodbyeOf(1, 6), from('192.168.1.9'))).toBe(true);
    // A beacon that was under way.
    expect(list.hear(4, beaconOf(1, 6), from('192.168.1.9'))).toBe('old-number');
    expect(list.hear(5, beaconOf(1, 7), from('192.168.1.9'))).toBe(true);
  });

  it('PROTOCOL 11.21: has at most 16 chats of one address', () => {
    const list = new NearbyChats();
    for (let server = 0; server < 16; server++)
      expect(list.hear(0, beaconOf(server, 1), from('192.168.1.9'))).toBe(true);
    expect(list.hear(0, beaconOf(16, 1), from('192.168.1.9'))).toBe('too-many-of-address');
    // Those that are on the list may go on.
    expect(list.hear(1, beaconOf(15, 2), from('192.168.1.9'))).toBe(false);
    expect(list.hear(1, beaconOf(16, 1), from('192.168.1.10'))).toBe(true);
    // All addresses of one subnet of IPv6 count as one.
    for (let server = 100; server < 116; server++)
      list.hear(1, beaconOf(server, 1), from(`fd00::${String(server)}`, 'eth0/6'));
    expect(list.hear(1, beaconOf(116, 1), from('fd00::1', 'eth0/6'))).toBe('too-many-of-address');
  });

  it('PROTOCOL 11.21: has at most 500 chats, and a new address displaces one of the address that has most', () => {
    const list = new NearbyChats();
    for (let server = 0; server < 500; server++)
      list.hear(0, beaconOf(server, 1), from(`10.0.${Math.floor(server / 16)}.9`));
    expect(list.size).toBe(500);
    expect(list.hear(1, beaconOf(900, 1), from('192.168.1.1'))).toBe(true);
    expect(list.size).toBe(500);
    // The first address with 16 chats has lost its newest one.
    expect(list.chats().some(({ key }) => key === keyOf(15))).toBe(false);
    expect(list.chats().some(({ key }) => key === keyOf(14))).toBe(true);
    for (let server = 1_000; server < 3_000; server++)
      list.hear(1, beaconOf(server, 1), from(`10.${Math.floor(server / 200)}.${server % 200}.9`));
    expect(list.size).toBe(500);
    expect(list.refusal(beaconOf(9_999, 1), from('10.99.99.9'))).toBe('list-full');
  });

  it('PROTOCOL 11.22: a chat leaves with its goodbye, or after 15 s of silence', () => {
    const list = new NearbyChats();
    list.hear(0, beaconOf(1, 1), from('192.168.1.9'));
    list.hear(1_000, beaconOf(2, 1), from('192.168.1.10'));
    expect(list.hear(1_500, goodbyeOf(2, 2), from('192.168.1.10'))).toBe(true);
    expect(list.expiresAtMs()).toBe(15_000);
    expect(list.expire(14_999)).toBe(false);
    expect(list.expire(15_000)).toBe(true);
    expect(list.chats()).toEqual([]);
  });

  it('says that nothing changed when a beacon says the same again', () => {
    const list = new NearbyChats();
    list.hear(0, beaconOf(1, 1), from('192.168.1.9'));
    expect(list.hear(1, beaconOf(1, 2), from('192.168.1.9'))).toBe(false);
    expect(list.hear(2, beaconOf(1, 3, { needsCode: true }), from('192.168.1.9'))).toBe(true);
  });

  it('shows the addresses that were heard before those that a server only names, and 8 at most', () => {
    const list = new NearbyChats();
    const addresses = Array.from({ length: 8 }, (_, index) => `10.0.0.${index + 1}`);
    list.hear(0, beaconOf(1, 1, { addresses }), from('fe80::9%eth0', 'eth0/6', 1));
    list.hear(0, beaconOf(1, 2, { addresses }), from('192.168.1.9'));
    const shown = list.chats()[0]?.addresses ?? [];
    expect(shown.slice(0, 3)).toEqual(['192.168.1.9:50000', '[fe80::9%eth0]:50000', '10.0.0.1:50000']);
    expect(shown).toHaveLength(8);
  });
});
