import { describe, expect, it } from 'vitest';
import { interfaceAddresses } from './interfaces.ts';

describe('interfaceAddresses', () => {
  it('gives unicast addresses in canonical form, without link-local IPv6', () => {
    expect(
      interfaceAddresses({
        lo: [
          { address: '127.0.0.1', cidr: '127.0.0.1/8' },
          { address: '::1', cidr: '::1/128' },
        ],
        wifi: [
          { address: '192.168.1.7', cidr: '192.168.1.7/24' },
          { address: '2001:0DB8::0001', cidr: '2001:db8::1/64' },
          { address: 'fe80::1234', cidr: 'fe80::1234/64' },
        ],
        odd: [{ address: '10.0.0.1', cidr: null }],
        gone: undefined,
      }),
    ).toEqual([
      { host: '127.0.0.1', prefixBits: 8 },
      { host: '::1', prefixBits: 128 },
      { host: '192.168.1.7', prefixBits: 24 },
      { host: '2001:db8::1', prefixBits: 64 },
    ]);
  });

  it('finds the loopback address of this machine', () => {
    expect(interfaceAddresses()).toContainEqual({ host: '127.0.0.1', prefixBits: 8 });
  });
});
