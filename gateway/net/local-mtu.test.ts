import { describe, expect, it } from 'vitest';
import { datagramBytesBase, datagramBytesMax } from '../../shared/limits.ts';
import { localDatagramBytesMax } from './local-mtu.ts';

const interfaces = {
  lo: [
    { address: '127.0.0.1', cidr: '127.0.0.1/8' },
    { address: '::1', cidr: '::1/128' },
  ],
  lan: [
    { address: '192.168.1.7', cidr: '192.168.1.7/24' },
    { address: 'fd00::7', cidr: 'fd00::7/64' },
  ],
  tunnel: [{ address: '10.8.0.2', cidr: '10.8.0.2/24' }],
  odd: [{ address: '10.9.0.2', cidr: null }],
  gone: undefined,
};
const mtus = new Map([
  ['lo', 65_536],
  ['lan', 1_500],
  ['tunnel', 1_200],
]);
const ask = (host: string, known = mtus): number =>
  localDatagramBytesMax(host, interfaces, (name) => known.get(name));

describe('localDatagramBytesMax', () => {
  it('is the MTU of the interface on the host’s subnet, without the headers', () => {
    expect([ask('192.168.1.9'), ask('fd00::9')]).toEqual([1_472, 1_452]);
    expect([ask('127.0.0.1'), ask('::1')]).toEqual([65_508, 65_488]);
  });

  it('is the size that every path carries for hosts behind a router, and where the interface reports less or nothing', () => {
    const answers = ['192.0.2.1', '2001:db8::1', '10.8.0.1', '10.9.0.1', 'no address'].map((host) =>
      ask(host),
    );
    expect(answers).toEqual(Array(5).fill(datagramBytesBase));
  });

  it('knows loopback where the system reports no MTU, and guesses no other interface', () => {
    expect(ask('127.0.0.1', new Map())).toBeGreaterThan(datagramBytesMax);
    expect(ask('192.168.1.9', new Map())).toBe(datagramBytesBase);
  });

  it('finds that loopback of this machine carries the largest datagrams', () => {
    expect(localDatagramBytesMax('127.0.0.1')).toBeGreaterThanOrEqual(datagramBytesMax);
  });
});
