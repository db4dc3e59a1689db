import { describe, expect, it } from 'vitest';
import { AllowedHosts } from './allowed-hosts.ts';

function hosts(listenHost = '127.0.0.1', port = 5050): AllowedHosts {
  return new AllowedHosts({ port, listenHost, interfaceHosts: () => ['192.168.1.7', 'fe80::1'] });
}

describe('AllowedHosts', () => {
  it.each(['127.0.0.1:5050', 'localhost:5050', 'LocalHost:5050', '[::1]:5050'])('answers as %s', (host) => {
    expect(hosts().allowsHost(host)).toBe(true);
    expect(hosts().allowsOrigin(`http://${host.toLowerCase()}`, host)).toBe(true);
  });

  it.each([
    undefined,
    '',
    'evil.example',
    'evil.example:5050',
    '127.0.0.1',
    '127.0.0.1:5051',
    'localhost.:5050',
    '127.0.0.1.evil.example:5050',
    '127.1:5050',
    '2130706433:5050',
    '0.0.0.0:5050',
    '192.168.1.7:5050',
    'user@127.0.0.1:5050',
    ' 127.0.0.1:5050',
  ])('does not answer as %s', (host) => {
    expect(hosts().allowsHost(host)).toBe(false);
  });

  it.each([
    undefined,
    'null',
    '',
    'https://127.0.0.1:5050',
    'http://127.0.0.1:5050/',
    'http://127.0.0.1:5050@evil.example',
    'http://evil.example:5050',
    'file://',
    'ws://127.0.0.1:5050',
  ])('takes %s for a foreign page', (origin) => {
    expect(hosts().allowsOrigin(origin, '127.0.0.1:5050')).toBe(false);
  });

  it('takes a page that came under another of its names for a foreign one', () => {
    expect(hosts().allowsOrigin('http://127.0.0.1:5050', 'localhost:5050')).toBe(false);
    expect(hosts().allowsOrigin('http://localhost:5050', '127.0.0.1:5050')).toBe(false);
    expect(hosts().allowsOrigin('http://localhost:5050', undefined)).toBe(false);
  });

  it('answers as the addresses of this machine when it listens on all of them', () => {
    expect(hosts('0.0.0.0').allowsHost('192.168.1.7:5050')).toBe(true);
    expect(hosts('::').allowsHost('[fe80::1]:5050')).toBe(true);
    expect(hosts('0.0.0.0').allowsHost('192.168.1.8:5050')).toBe(false);
    expect(hosts('0.0.0.0').allowsHost('0.0.0.0:5050')).toBe(false);
  });

  it('answers as the one address that it listens on', () => {
    expect(hosts('192.168.1.9').allowsHost('192.168.1.9:5050')).toBe(true);
    expect(hosts('192.168.1.9').allowsHost('192.168.1.7:5050')).toBe(false);
  });

  it('knows that browsers leave port 80 out', () => {
    expect(hosts('127.0.0.1', 80).allowsHost('localhost')).toBe(true);
    expect(hosts('127.0.0.1', 80).allowsOrigin('http://127.0.0.1', '127.0.0.1')).toBe(true);
    expect(hosts('127.0.0.1', 80).allowsHost('localhost:8080')).toBe(false);
  });
});
