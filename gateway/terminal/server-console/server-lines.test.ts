import { describe, expect, it } from 'vitest';
import { joinCodeLine, joinLine, serverLine } from './server-lines.ts';

describe('serverLine and joinLine', () => {
  it('name the address of a registration', () => {
    expect(serverLine({ type: 'registered', nickname: 'alice', address: '192.168.1.7:51000' })).toBe(
      'alice registered at 192.168.1.7:51000',
    );
    expect(serverLine({ type: 'registered', nickname: 'bob', address: '[fd00::1]:9' })).toBe(
      'bob registered at [fd00::1]:9',
    );
  });

  it('name the new address of a user who moved', () => {
    expect(serverLine({ type: 'moved', nickname: 'bob', address: '192.168.1.8:51000' })).toBe(
      'bob moved to 192.168.1.8:51000',
    );
  });

  it('name the cause of a departure', () => {
    const line = (cause: 'deregistered' | 'silent' | 'unreachable' | 'banned') =>
      serverLine({ type: 'departed', nickname: 'bob', cause });
    expect(line('deregistered')).toBe('bob deregistered');
    expect(line('silent')).toBe('bob is offline: silent for too long');
    expect(line('banned')).toBe('bob is offline: banned');
    expect(line('unreachable')).toBe('bob is offline: does not answer');
  });

  it('count stored and delivered messages without their text', () => {
    expect(serverLine({ type: 'stored', sender: 'alice', recipient: 'bob', waiting: 2 })).toBe(
      'stored a message from alice for bob (2 waiting)',
    );
    expect(serverLine({ type: 'delivered', recipient: 'bob', count: 1 })).toBe('delivered a message to bob');
    expect(serverLine({ type: 'delivered', recipient: 'bob', count: 2 })).toBe('delivered 2 messages to bob');
  });

  it('name refusals and other protocol versions', () => {
    const refused = {
      type: 'refused',
      nickname: 'bob',
      address: '10.0.0.2:9',
      code: 'nickname-taken',
    } as const;
    expect(serverLine(refused)).toBe('bob at 10.0.0.2:9 was refused: Nickname is already taken.');
    const otherVersion = { type: 'other-version', from: '10.0.0.2:9', version: 7 } as const;
    expect(serverLine({ ...otherVersion, others: 0 })).toContain('10.0.0.2:9 uses version 7');
    expect(serverLine({ ...otherVersion, others: 1 })).toContain('10.0.0.2:9 (and 1 other address) uses');
  });

  it('make a nickname harmless for the terminal', () => {
    expect(serverLine({ type: 'departed', nickname: 'b\u001b[2J', cause: 'silent' })).not.toContain('\u001b');
  });

  it('show a join code in a window, and not in a log', () => {
    expect(joinCodeLine('9f3a-t6nz-k7q2-m4xd', true)).toContain('9f3a-t6nz-k7q2-m4xd');
    expect(joinCodeLine('9f3a-t6nz-k7q2-m4xd', false)).not.toContain('9f3a');
  });

  it('name the addresses at which others join', () => {
    const lan = { address: '192.168.1.7:50000', network: 'lan' } as const;
    expect(joinLine([lan])).toBe('Others join at 192.168.1.7:50000');
    expect(joinLine([lan, { address: '10.0.0.2:50000', network: 'vpn' }])).toBe(
      'Others join at 192.168.1.7:50000 or 10.0.0.2:50000 (VPN)',
    );
    expect(joinLine([])).toContain('no network address');
  });
});
