import { describe, expect, it } from 'vitest';
import {
  decodeDiscovery,
  discoveryGroups,
  discoveryPort,
  encodeQuery,
} from '../../../shared/discovery/datagrams.ts';
import type { Address } from '../../../shared/address.ts';
import type { Link } from '../../discovery/links.ts';
import { ipv4Link, SimulatedLan, type LanDatagram } from './simulated-lan.ts';

function ipv6Link(host: string): Link {
  return ipv4Link(host, { id: 'eth0/6', family: 6, prefixBits: 64, broadcast: null });
}

function fromHost(host: string) {
  return ({ from }: LanDatagram) => from.host === host;
}

function isToAll({ to }: LanDatagram): boolean {
  return to.host === discoveryGroups.ipv4 || to.host.endsWith('.255') || to.host.startsWith('ff12:');
}

/** The largest number of datagrams within one second. */
function mostInOneSecond(datagrams: readonly LanDatagram[]): number {
  return Math.max(
    0,
    ...datagrams.map(
      ({ atMs }) => datagrams.filter((other) => other.atMs >= atMs && other.atMs < atMs + 1_000).length,
    ),
  );
}

const nonce = '00'.repeat(16);
const group: Address = { host: discoveryGroups.ipv4, port: discoveryPort };

describe('asking', () => {
  it('PROTOCOL 11.14: one query a second on each link, in turn to the group and to the subnet, only while it is on', () => {
    const links = [ipv4Link('192.168.1.7'), ipv6Link('fe80::7%eth0')];
    const lan = new SimulatedLan(links);
    // A host that answers, so that no search begins.
    lan.addHost([ipv4Link('192.168.1.9')]);
    lan.run(5_000);
    expect(lan.sent).toEqual([]);
    lan.start();
    lan.run(9_500);
    const ofIpv4 = lan.sent.filter(fromHost('192.168.1.7'));
    const ofIpv6 = lan.sent.filter(fromHost('fe80::7%eth0'));
    expect(ofIpv4.slice(0, 3).map(({ to }) => to.host)).toEqual([group.host, '192.168.1.255', group.host]);
    expect(new Set(ofIpv6.map(({ to }) => to.host))).toEqual(new Set(['ff12::4347%eth0']));
    for (const sent of [ofIpv4, ofIpv6]) {
      expect(sent).toHaveLength(10);
      expect(mostInOneSecond(sent)).toBe(1);
    }
    lan.asker.stop();
    const before = lan.sent.filter(({ to }) => to.port === discoveryPort).length;
    lan.run(30_000);
    expect(lan.sent.filter(({ to }) => to.port === discoveryPort)).toHaveLength(before);
    expect(lan.asker.chats()).toEqual([]);
  });

  it('PROTOCOL 11.15: a beacon with an unknown nonce, of another link, or 5 s too late, is dropped', () => {
    const lan = new SimulatedLan([ipv4Link('192.168.1.7'), ipv4Link('10.0.0.7', { id: 'wlan0/4' })]);
    const host = lan.addHost([ipv4Link('192.168.1.9')]);
    lan.start();
    lan.run(500);
    const beacon = lan.sent.find(fromHost('192.168.1.9'))!;
    lan.end(host);
    lan.run(100);
    expect(lan.names()).toEqual([]);
    // The same bytes by the other link, at once.
    lan.inject({ host: '10.0.0.9', port: discoveryPort }, { host: '10.0.0.7', port: 40_000 }, beacon.bytes);
    lan.run(10);
    expect(lan.asker.dropped).toEqual({ 'unknown-nonce': 1 });
    // 20 s later nothing but its nonce speaks against it.
    lan.run(25_000);
    lan.inject(beacon.from, beacon.to, beacon.bytes);
    lan.run(10);
    expect(lan.asker.dropped).toEqual({ 'unknown-nonce': 2 });
    expect(lan.names()).toEqual([]);
  });

  it('PROTOCOL 11.16: a beacon that is sent again from another address changes nothing', () => {
    const lan = new SimulatedLan();
    lan.addHost([ipv4Link('192.168.1.9')]);
    lan.start();
    lan.run(500);
    const before = lan.asker.chats();
    const { to, bytes } = lan.sent.find(fromHost('192.168.1.9'))!;
    lan.inject({ host: '192.168.1.66', port: discoveryPort }, to, bytes);
    lan.run(10);
    expect(lan.asker.dropped).toEqual({ 'old-number': 1 });
    expect(lan.asker.chats()).toEqual(before);
  });

  it('PROTOCOL 11.11: a beacon that was changed is dropped, whatever was changed', () => {
    const lan = new SimulatedLan();
    lan.addHost([ipv4Link('192.168.1.9')]);
    // The host itself is not heard.
    lan.drops = fromHost('192.168.1.9');
    lan.start();
    lan.run(200);
    const { from, to, bytes } = lan.sent.find(fromHost('192.168.1.9'))!;
    for (let at = 20; at < bytes.length; at += 3) {
      const forged = Uint8Array.from(bytes);
      forged[at] = (forged[at] ?? 0) ^ 1;
      lan.drops = () => false;
      lan.inject(from, to, forged);
      lan.drops = fromHost('192.168.1.9');
      lan.run(50);
    }
    expect(lan.names()).toEqual([]);
    expect(lan.asker.dropped['wrong-signature']).toBeGreaterThan(30);
  });

  it('PROTOCOL 11.17: after 2 s of silence, 256 addresses are asked once, 128 a second, and all is found within 5 s', () => {
    const lan = new SimulatedLan();
    lan.addHost([ipv4Link('192.168.1.254')]);
    lan.drops = isToAll;
    lan.start();
    lan.run(1_999);
    expect(lan.sent.every(isToAll)).toBe(true);
    lan.run(3_001);
    expect(lan.names()).toEqual(['chat 1']);
    expect(lan.asker.phase).toBe('searched');
    const isSearch = (datagram: LanDatagram): boolean =>
      datagram.from.host === '192.168.1.7' && !isToAll(datagram);
    const search = lan.sent.filter(isSearch);
    expect(search.length).toBeLessThanOrEqual(256);
    expect(mostInOneSecond(search)).toBeLessThanOrEqual(129);
    // Asked again within a minute, it sends only to all, and to the host that it knows.
    lan.asker.stop();
    lan.start();
    lan.run(20_000);
    expect(lan.sent.filter(isSearch)).toHaveLength(search.length);
    expect(lan.asker.phase).toBe('searched');
    // Other networks permit another search at once.
    lan.askerLinks = [ipv4Link('10.9.9.7')];
    lan.asker.setLinks(lan.nowMs, lan.askerLinks);
    lan.run(5_000);
    expect(
      lan.sent.filter(({ to }) => to.host.startsWith('10.9.9.') && to.host !== '10.9.9.255'),
    ).toHaveLength(253);
  });

  it('PROTOCOL 11.17: a search that a sleep of the machine interrupts goes on at its rate', () => {
    const lan = new SimulatedLan();
    lan.start();
    lan.run(2_100);
    expect(lan.asker.phase).toBe('searching');
    lan.asker.handleTimeout(lan.nowMs + 60_000);
    let sent = 0;
    for (let datagram = lan.asker.pollTransmit(); datagram !== undefined; datagram = lan.asker.pollTransmit())
      sent++;
    // An eighth of a second's worth, one query to all, and the first of the next interval.
    expect(sent).toBeLessThanOrEqual(18);
    expect(lan.asker.phase).toBe('searching');
  });

  it('PROTOCOL 11.17: nothing is searched where a chat of another machine was heard', () => {
    const lan = new SimulatedLan();
    lan.addHost([ipv4Link('192.168.1.9')]);
    lan.start();
    lan.run(10_000);
    expect(lan.asker.phase).toBe('asking');
    expect(lan.sent.filter(fromHost('192.168.1.7')).every(isToAll)).toBe(true);
  });

  it('PROTOCOL 11.19: a chat that only answers at its own address stays on the list, and is asked every 5 s', () => {
    const lan = new SimulatedLan();
    lan.neighbours = ['192.168.1.200'];
    lan.addHost([ipv4Link('192.168.1.200')]);
    lan.drops = isToAll;
    lan.start();
    lan.run(60_000);
    expect(lan.names()).toEqual(['chat 1']);
    const asked = lan.sent.filter(({ to }) => to.host === '192.168.1.200').map(({ atMs }) => atMs);
    expect(asked.length).toBeGreaterThan(10);
    expect(mostInOneSecond(lan.sent.filter(({ to }) => to.host === '192.168.1.200'))).toBe(1);
    for (const [index, atMs] of asked.entries())
      if (index > 1) expect(atMs - (asked[index - 1] ?? 0)).toBeGreaterThanOrEqual(5_000);
  });

  it('PROTOCOL 11.20: an address that sends forged beacons without end costs few checks of signatures', () => {
    const lan = new SimulatedLan();
    lan.addHost([ipv4Link('192.168.1.9')]);
    lan.start();
    lan.run(200);
    const { to, bytes } = lan.sent.find(fromHost('192.168.1.9'))!;
    for (let index = 0; index < 1_000; index++) {
      const forged = Uint8Array.from(bytes);
      // Another key each time.
      forged[30] = index & 0xff;
      forged[31] = index >> 8;
      lan.inject({ host: '192.168.1.66', port: discoveryPort }, to, forged);
    }
    lan.run(10);
    const { dropped } = lan.asker;
    expect(dropped['wrong-signature']).toBeLessThanOrEqual(33);
    expect(dropped['too-many-checks']).toBeGreaterThan(900);
    lan.run(1_000);
    expect(lan.names()).toEqual(['chat 1']);
  });

  it('finds 200 hosts in a second, keeps all of them, and loses those that end', () => {
    const lan = new SimulatedLan([ipv4Link('10.1.0.7', { prefixBits: 16, broadcast: '10.1.255.255' })]);
    for (let index = 0; index < 200; index++)
      lan.addHost([ipv4Link(`10.1.0.${index + 10}`, { prefixBits: 16, broadcast: '10.1.255.255' })]);
    lan.start();
    lan.run(1_000);
    expect(lan.names()).toHaveLength(200);
    lan.run(2_000);
    expect(lan.asker.dropped).toEqual({});
    for (const host of lan.hosts.slice(0, 100)) lan.end(host);
    lan.run(100);
    expect(lan.names()).toHaveLength(100);
    for (const host of lan.hosts.slice(100)) lan.end(host, false);
    lan.run(15_100);
    expect(lan.names()).toEqual([]);
  });

  it('finds a host that has link-local IPv6 alone, at an address with its zone', () => {
    const lan = new SimulatedLan([ipv6Link('fe80::7%eth0')]);
    lan.addHost([ipv6Link('fe80::9%eth0')]);
    lan.start();
    lan.run(500);
    expect(lan.asker.chats()[0]?.addresses).toEqual(['[fe80::9%eth0]:50000']);
  });
});

describe('answering', () => {
  it('PROTOCOL 11.1: a host sends nothing before it is asked', () => {
    const lan = new SimulatedLan();
    lan.addHost([ipv4Link('192.168.1.9')]);
    lan.run(60_000);
    expect(lan.sent).toEqual([]);
  });

  it('PROTOCOL 11.24: a goodbye goes once to each asker of the last 15 s, and to no other', () => {
    const lan = new SimulatedLan();
    const host = lan.addHost([ipv4Link('192.168.1.9')]);
    const early = { host: '192.168.1.50', port: 5_000 };
    const late = { host: '192.168.1.51', port: 5_000 };
    const query = encodeQuery({ type: 'query', nonce });
    lan.inject(early, group, query);
    lan.run(10_000);
    lan.inject(late, group, query);
    lan.run(5_500);
    const before = lan.sent.length;
    lan.end(host);
    const goodbyes = lan.sent.slice(before);
    expect(goodbyes.map(({ to }) => to)).toEqual([late]);
    expect(decodeDiscovery(goodbyes[0]!.bytes)).toMatchObject({ answer: { type: 'goodbye', nonce } });
  });

  it.each([
    ['another subnet', { host: '192.168.2.66', port: 5_000 }, 'off-link'],
    ['a public address', { host: '8.8.8.8', port: 5_000 }, 'off-link'],
    ['a restricted port', { host: '192.168.1.66', port: 53 }, 'restricted-port'],
    ['the port of hosts', { host: '192.168.1.66', port: discoveryPort }, 'restricted-port'],
  ] as const)('PROTOCOL 11.25: a query from %s gets no answer', (_name, from, cause) => {
    const lan = new SimulatedLan();
    const host = lan.addHost([ipv4Link('192.168.1.9')]);
    lan.inject(from, { host: '192.168.1.9', port: discoveryPort }, encodeQuery({ type: 'query', nonce }));
    lan.run(2_000);
    expect(host.answerer.dropped).toEqual({ [cause]: 1 });
    expect(lan.sent).toHaveLength(1);
  });

  it('answers in each subnet of an interface with several', () => {
    const lan = new SimulatedLan();
    const [host, prefixBits] = ['192.168.1.9', 24];
    const subnets = [
      { host, prefixBits },
      { host: '10.7.0.9', prefixBits },
    ];
    lan.addHost([ipv4Link(host, { subnets })]);
    const to = { host, port: discoveryPort };
    lan.inject({ host: '10.7.0.50', port: 5_000 }, to, encodeQuery({ type: 'query', nonce }));
    lan.run(1_000);
    expect(lan.sent.filter(fromHost(host))).toHaveLength(1);
  });

  it('PROTOCOL 11.9: an answer is never longer than the query', () => {
    const lan = new SimulatedLan();
    lan.addHost([ipv4Link('192.168.1.9')], {
      addresses: Array.from({ length: 20 }, (_, i) => `fd00::${i + 1}`),
    });
    lan.start();
    lan.run(5_000);
    const [asked, answered] = [true, false].map((isAsker) =>
      lan.sent
        .filter((datagram) => fromHost('192.168.1.7')(datagram) === isAsker)
        .map(({ bytes }) => bytes.length),
    );
    expect(Math.max(...(answered ?? []))).toBeLessThanOrEqual(Math.min(...(asked ?? [])));
  });

  it('PROTOCOL 11.26: one asker gets one beacon a second, however often it asks, and for its newest query', () => {
    const lan = new SimulatedLan();
    lan.addHost([ipv4Link('192.168.1.9')]);
    const from = { host: '192.168.1.50', port: 5_000 };
    for (let index = 0; index < 500; index++) {
      lan.inject(from, group, encodeQuery({ type: 'query', nonce: index.toString(16).padStart(32, '0') }));
      lan.run(20);
    }
    lan.run(1_000);
    const answers = lan.sent.filter(fromHost('192.168.1.9'));
    expect(mostInOneSecond(answers)).toBe(1);
    expect(answers.length).toBeGreaterThanOrEqual(9);
    expect(decodeDiscovery(answers.at(-1)!.bytes)).toMatchObject({
      answer: { nonce: (499).toString(16).padStart(32, '0') },
    });
  });

  it('PROTOCOL 11.26: many askers together get 64 beacons a second on a link after the first 64', () => {
    const lan = new SimulatedLan();
    lan.addHost([ipv4Link('192.168.1.9')]);
    for (let second = 0; second < 3; second++) {
      for (let index = 0; index < 400; index++)
        lan.inject(
          { host: `192.168.1.${100 + (index % 120)}`, port: 2_000 + index },
          { host: '192.168.1.9', port: discoveryPort },
          encodeQuery({ type: 'query', nonce }),
        );
      lan.run(1_000);
    }
    const answers = lan.sent.filter(fromHost('192.168.1.9'));
    expect(answers.length).toBeLessThanOrEqual(64 + 3 * 64);
    expect(answers.length).toBeGreaterThan(64);
  });

  it('PROTOCOL 11.27: numbers rise with each answer, and are the clock where that is larger', () => {
    const lan = new SimulatedLan();
    lan.addHost([ipv4Link('192.168.1.9')]);
    lan.start();
    lan.run(5_000);
    const numbers = lan.sent.filter(fromHost('192.168.1.9')).map(({ bytes }) => {
      const decoded = decodeDiscovery(bytes);
      return decoded.type === 'answer' ? decoded.answer.number : 0;
    });
    expect(numbers).toEqual(numbers.toSorted((one, other) => one - other));
    expect(new Set(numbers).size).toBe(numbers.length);
    expect(numbers[0]).toBeGreaterThanOrEqual(1_764_480_000_000);
  });
});
