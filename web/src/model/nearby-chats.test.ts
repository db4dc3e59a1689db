import { describe, expect, it } from 'vitest';
import type { NearbyChat } from '../../../shared/bridge/schema.ts';
import { parseJoinAddress } from '../../../shared/join-address.ts';
import { bob } from '../../../shared/model/samples.ts';
import { readServer, splitTyped } from '../../../shared/typed-address.ts';
import { joinAddressOf, nearbyTitle } from './nearby-chats.ts';

const chat: NearbyChat = {
  name: 'Room 12',
  key: bob,
  fingerprint: 'k7q2-m4xd-9f3a-t6nz',
  addresses: ['192.168.1.9:50000', '10.0.0.9:50000'],
  needsCode: false,
  isCompatible: true,
};

describe('a chat nearby', () => {
  it('PROTOCOL 11.23: is joined with the whole key of its beacon, which the handshake must prove', () => {
    expect(parseJoinAddress(joinAddressOf(chat))).toEqual({
      address: { host: '192.168.1.9', port: 50_000 },
      key: { type: 'whole', key: bob },
    });
  });

  it('is joined at a link-local address of IPv6 with its zone', () => {
    const text = joinAddressOf({ ...chat, addresses: ['[fe80::9%eth0]:50000'] });
    expect(readServer(text)).toMatchObject({ host: { type: 'ip', host: 'fe80::9%eth0' }, port: 50_000 });
    expect(splitTyped(text).server.address).toBe('[fe80::9%eth0]:50000');
  });

  it('is shown by its address where it has no name', () => {
    expect([nearbyTitle(chat), nearbyTitle({ ...chat, name: '' })]).toEqual(['Room 12', '192.168.1.9:50000']);
  });
});
