import { describe, expect, it } from 'vitest';
import { candidatesMax } from '../../../shared/limits.ts';
import { toldCandidates, usableCandidates, withoutUntoldNetworks } from './candidates.ts';

const lan = {
  observedOnLoopback: false,
  serverZone: undefined,
  interfaces: [{ host: '192.168.1.7', prefixBits: 24 }],
};
const onServersMachine = { ...lan, observedOnLoopback: true };

function usable(candidates: readonly string[], self: typeof lan = lan): string[] {
  const { seen, claims } = usableCandidates(candidates, self);
  return [...seen, ...claims].map(({ host }) => host);
}

describe('the candidates that a client tells', () => {
  const interfaces = [
    { host: '127.0.0.1', prefixBits: 8 },
    { host: '192.168.1.7', prefixBits: 24 },
    { host: '172.17.0.1', prefixBits: 16 },
    { host: 'fd00::7', prefixBits: 64 },
  ];
  const own = interfaces.map(({ host }) => (host.includes(':') ? `[${host}]:5` : `${host}:5`));
  const told = (server: string) => toldCandidates(own, { host: server }, interfaces);

  it('PROTOCOL 6.18: are in the subnet from which it reaches the server', () => {
    expect(told('192.168.1.1')).toEqual(['192.168.1.7:5']);
    expect(told('fd00::1')).toEqual(['[fd00::7]:5']);
    expect(told('10.9.9.9')).toEqual([]);
  });

  it('PROTOCOL 6.18: are all addresses of the machine where the server runs on it, and loopback only for a server on loopback', () => {
    expect(told('192.168.1.7')).toEqual(['192.168.1.7:5', '172.17.0.1:5', '[fd00::7]:5']);
    expect(told('127.0.0.1')).toEqual(own);
  });

  it('are as many as a registration takes, beside the one that the server sees', () => {
    const many = Array.from({ length: 2 * candidatesMax }, (_, index) => `192.168.1.${20 + index}:5`);
    expect(toldCandidates(many, { host: '192.168.1.1' }, interfaces)).toHaveLength(candidatesMax - 1);
  });
});

describe('the candidates of a peer', () => {
  it('PROTOCOL 6.74: are the address that the server saw, and its own claims on a subnet of this machine', () => {
    const candidates = ['10.1.1.1:5', '192.168.1.9:5000', '10.2.2.2:5000'];
    expect(usableCandidates(candidates, lan)).toEqual({
      seen: [{ host: '10.1.1.1', port: 5 }],
      claims: [{ host: '192.168.1.9', port: 5_000 }],
    });
    expect(usableCandidates([], lan)).toEqual({ seen: [], claims: [] });
  });

  it('PROTOCOL 6.74: are on the interface of the server where the server saw them at a link-local address', () => {
    const candidates = ['[fe80::9]:5000', '[fe80::a]:5000'];
    const self = { ...lan, serverZone: 'eth0' };
    expect(usableCandidates(candidates, self)).toEqual({
      seen: [{ host: 'fe80::9%eth0', port: 5_000 }],
      claims: [],
    });
    expect(usableCandidates(['10.1.1.1:5'], self).seen).toEqual([{ host: '10.1.1.1', port: 5 }]);
  });

  it('PROTOCOL 6.74: are claims only in private networks, and only at ports from 1024 on', () => {
    const interfaces = [
      { host: '203.0.113.7', prefixBits: 24 },
      { host: '192.168.1.7', prefixBits: 24 },
      { host: 'fd00::7', prefixBits: 64 },
      { host: '2001:db8::7', prefixBits: 64 },
    ];
    const claims = [
      '203.0.113.9:5000',
      '192.168.1.9:1023',
      '192.168.1.9:1024',
      '[fd00::9]:53',
      '[fd00::9]:5000',
    ];
    expect(usable(['203.0.113.8:5', ...claims, '[2001:db8::9]:5000'], { ...lan, interfaces })).toEqual([
      '203.0.113.8',
      '192.168.1.9',
      'fd00::9',
    ]);
  });

  it('PROTOCOL 6.74: are never a broadcast, multicast or unspecified address', () => {
    expect(usable(['255.255.255.255:5', '224.0.0.1:5', '0.0.0.0:5', '[ff02::1]:5'])).toEqual([]);
    expect(usable(['224.0.0.1:5', '192.168.1.9:5000'])).toEqual(['192.168.1.9']);
    const everywhere = { ...lan, interfaces: [{ host: '192.168.1.7', prefixBits: 0 }] };
    expect(
      usable(['224.0.0.1:5', '0.0.0.0:5000', '239.1.1.1:5000', '255.255.255.255:5000'], everywhere),
    ).toEqual([]);
  });

  it('PROTOCOL 6.74: are on loopback only where the server sees both clients there', () => {
    expect(usable(['127.0.0.1:5'])).toEqual([]);
    expect(usable(['127.0.0.1:5'], onServersMachine)).toEqual(['127.0.0.1']);
    // On the peer's own word a datagram would go to whatever listens on this machine.
    expect(usable(['192.168.1.9:5', '127.0.0.1:5'], onServersMachine)).toEqual(['192.168.1.9']);
  });

  it('PROTOCOL 6.74: are skipped where they are malformed, and counted up to a maximum', () => {
    expect(usable(['nonsense', '192.168.1.9:5000', '192.168.1.10:70000'])).toEqual(['192.168.1.9']);
    const many = Array.from({ length: candidatesMax + 3 }, (_, index) => `192.168.1.${20 + index}:5000`);
    expect(usable(many)).toHaveLength(candidatesMax);
  });
});

describe('the addresses of an asker that a client tries for a check', () => {
  const interfaces = [
    { host: '127.0.0.1', prefixBits: 8 },
    { host: '192.168.1.7', prefixBits: 24 },
    { host: '172.17.0.1', prefixBits: 16 },
  ];
  const told = ['192.168.1.7:5'];
  const tried = (seen: string, claim: string, isServerHere = false) => {
    const place = { seen: [{ host: seen, port: 5 }], claims: [{ host: claim, port: 5 }] };
    const left = withoutUntoldNetworks(place, told, interfaces, isServerHere);
    return [...left.seen, ...left.claims].map(({ host }) => host);
  };

  it('PROTOCOL 6.112: are in no network of its machine that it does not tell, also where the server sees the asker there', () => {
    expect(tried('192.168.1.9', '192.168.1.10')).toEqual(['192.168.1.9', '192.168.1.10']);
    expect(tried('10.9.9.9', '172.17.0.5')).toEqual(['10.9.9.9']);
    expect(tried('172.17.0.5', '192.168.1.10')).toEqual(['192.168.1.10']);
  });

  it('PROTOCOL 6.112: are on loopback only where the server runs on the same machine', () => {
    expect(tried('127.0.0.1', '127.0.0.1')).toEqual([]);
    expect(tried('127.0.0.1', '192.168.1.9', true)).toEqual(['127.0.0.1', '192.168.1.9']);
  });
});
