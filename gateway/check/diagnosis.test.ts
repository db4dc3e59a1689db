import { describe, expect, it } from 'vitest';
import {
  untoldSide,
  type CheckAttempt,
  type CheckState,
  type MachineFacts,
  type OtherSide,
} from '../../shared/check/connection-check.ts';
import { parsePeerKey, type PeerKey } from '../../shared/ids.ts';
import { diagnose, type Evidence } from './diagnosis.ts';

const server = keyOf('a1');
const other = keyOf('b2');
const home: MachineFacts = {
  networks: [{ host: '192.168.1.5', prefixBits: 24, network: 'lan' }],
  firewall: null,
  hasVpn: false,
};
const notAsked = untoldSide('not-asked');
const theirsSilent: OtherSide = {
  state: 'answered',
  arrived: null,
  firewall: null,
  attempts: [{ address: '192.168.1.5:40000', state: 'nothing' }],
};

function keyOf(digits: string): PeerKey {
  const key = parsePeerKey(digits.repeat(32));
  if (key === undefined) throw new Error('not a key');
  return key;
}

function attempt(state: CheckState, changes: Partial<CheckAttempt> = {}): CheckAttempt {
  const afterMs = state === 'answered' ? 2 : null;
  return { address: '192.168.1.7:50000', channel: 'typed', via: null, sent: 3, state, afterMs, ...changes };
}

function question(channel: 'search' | 'multicast' | 'broadcast', state: CheckState): CheckAttempt {
  return attempt(state, { address: '192.168.1.7:17230', channel });
}

function codesOf(changes: Partial<Evidence>): string[] {
  return diagnose(evidence(changes)).causes.map(({ code }) => code);
}

function evidence(changes: Partial<Evidence>): Evidence {
  return {
    expected: { role: 'server', named: (key) => key === server },
    attempts: [attempt('nothing')],
    machine: home,
    otherSide: notAsked,
    chats: [],
    ...changes,
  };
}

describe('diagnose', () => {
  it('names no cause while an address has not answered yet, or where the other side answers', () => {
    expect(diagnose(evidence({ attempts: [attempt('nothing'), attempt('waiting')] })).causes).toEqual([]);
    expect(diagnose(evidence({ attempts: [attempt('answered')] }))).toEqual({
      findings: ['answers'],
      causes: [],
    });
  });

  it('suspects the other firewall first where a machine of the same network is silent', () => {
    expect(codesOf({})).toEqual(['their-firewall', 'not-running', 'isolation', 'wrong-address']);
  });

  it('puts a program that does not run first where the machine refuses the port', () => {
    expect(codesOf({ attempts: [attempt('refused')] })).toEqual(['not-running']);
  });

  it('is certain of a firewall that rejects at once', () => {
    expect(codesOf({ attempts: [attempt('prohibited')] })[0]).toBe('their-firewall');
  });

  it('suspects a machine that is off, and then a Wi-Fi that keeps its guests apart, where no machine has the address', () => {
    const found = codesOf({ attempts: [attempt('no-host')] });
    expect(found).toEqual(['machine-off', 'isolation', 'wrong-address']);
  });

  it('tells of another network before anything else', () => {
    const found = diagnose(evidence({ attempts: [attempt('nothing', { address: '10.4.0.9:50000' })] }));
    expect(found.findings).toEqual(['silent', 'other-network']);
    expect(found.causes[0]).toEqual({ code: 'other-network' });
  });

  it('names the own firewall, with the network that it should let in, where only answers come through', () => {
    const machine = { ...home, firewall: 'nftables' } as const;
    const found = diagnose(evidence({ attempts: [attempt('answered')], machine, otherSide: theirsSilent }));
    expect(found.findings).toEqual(['answers', 'answers-only-after-us']);
    expect(found.causes).toEqual([{ code: 'own-firewall', firewall: 'nftables', subnet: '192.168.1.0/24' }]);
  });

  it('names the firewall of the other side where it says so, and finds that nothing arrives either way', () => {
    const otherSide = { ...theirsSilent, arrived: false, firewall: 'ufw' } as const;
    const found = diagnose(evidence({ otherSide }));
    expect(found.findings).toEqual(['neither-way']);
    expect(found.causes[0]).toEqual({ code: 'their-firewall', firewall: 'ufw', subnet: '192.168.1.0/24' });
    const codes = found.causes.map(({ code }) => code);
    expect(codes).toEqual(['their-firewall', 'own-firewall', 'isolation', 'wrong-address']);
  });

  it('suspects the own firewall where the other side hears this machine, and its answer does not come', () => {
    const found = diagnose(evidence({ otherSide: { ...theirsSilent, arrived: true } }));
    expect(found.findings).toEqual(['arrives-there']);
    const codes = found.causes.map(({ code }) => code);
    expect(codes[0]).toBe('own-firewall');
    expect(codes.filter((code) => code === 'their-firewall' || code === 'isolation')).toEqual([]);
  });

  it('suspects the other firewall where the other side has a connection, and answers nothing that begins here', () => {
    const found = diagnose(evidence({ attempts: [attempt('connected')] }));
    expect(found.findings).toContain('reaches-us-only');
    expect(found.causes[0]).toEqual({ code: 'their-firewall' });
  });

  it('is certain of the own firewall where this machine refuses to send', () => {
    expect(codesOf({ attempts: [attempt('not-sent')] })[0]).toBe('own-firewall');
  });

  it('finds the chat at another port, and at another address', () => {
    const at = (host: string) => [{ address: { host, port: 50_001 }, key: server }];
    const [port] = diagnose(evidence({ chats: at('192.168.1.7') })).causes;
    expect(port).toEqual({ code: 'other-port', address: '192.168.1.7:50001' });
    const [moved] = diagnose(evidence({ chats: at('192.168.1.8') })).causes;
    expect(moved).toEqual({ code: 'moved', address: '192.168.1.8:50001' });
  });

  it('does not take a foreign chat for the one that is meant', () => {
    const chats = [{ address: { host: '192.168.1.8', port: 50_000 }, key: other }];
    expect(codesOf({ chats })).not.toContain('moved');
    const anyServer = { role: 'server', named: null } as const;
    expect(codesOf({ chats, expected: anyServer })).not.toContain('moved');
  });

  it('suspects a VPN of this machine where nothing comes back', () => {
    expect(codesOf({ machine: { ...home, hasVpn: true } })).toContain('vpn');
    expect(codesOf({ machine: { ...home, hasVpn: true }, attempts: [attempt('answered')] })).toEqual([]);
  });

  it('tells that the machine is on no network, and that an address is its own', () => {
    const nowhere = { networks: [], firewall: null, hasVpn: false };
    expect(codesOf({ machine: nowhere, attempts: [attempt('no-route')] })[0]).toBe('no-network');
    expect(codesOf({ attempts: [attempt('refused', { address: '192.168.1.5:50000' })] })[0]).toBe(
      'own-address',
    );
  });

  it('tells that questions to all computers are lost where a question to one is answered', () => {
    const attempts = [
      attempt('answered'),
      question('search', 'answered'),
      question('multicast', 'nothing'),
      question('broadcast', 'nothing'),
    ];
    expect(diagnose(evidence({ attempts }))).toEqual({
      findings: ['answers', 'search-only'],
      causes: [{ code: 'no-group-traffic' }],
    });
    const machine = { ...home, firewall: 'ufw' } as const;
    expect(codesOf({ attempts, machine })).toEqual(['own-firewall', 'no-group-traffic']);
  });

  it('reads addresses of any form without an exception', () => {
    for (const address of ['', '[fe80::1%eth0]:50000', '[::1]:1', 'x', '[zz]:9', '300.1.1.1:5'])
      expect(() => diagnose(evidence({ attempts: [attempt('nothing', { address })] }))).not.toThrow();
  });
});
