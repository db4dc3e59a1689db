import { describe, expect, it } from 'vitest';
import { joinLine, serverLine } from './server-lines.ts';

describe('lines of the server', () => {
  it('tells registrations with the address', () => {
    expect(serverLine({ type: 'registered', nickname: 'alice', address: '192.168.1.7:51000' })).toBe(
      'alice registered at 192.168.1.7:51000',
    );
    expect(serverLine({ type: 'registered', nickname: 'bob', address: '[fd00::1]:9' })).toBe(
      'bob registered at [fd00::1]:9',
    );
  });

  it('tells moves with the new address', () => {
    expect(serverLine({ type: 'moved', nickname: 'bob', address: '192.168.1.8:51000' })).toBe(
      'bob moved to 192.168.1.8:51000',
    );
  });

  it('tells departures with their cause', () => {
    const line = (cause: 'deregistered' | 'silent' | 'unreachable') =>
      serverLine({ type: 'departed', nickname: 'bob', cause });
    expect(line('deregistered')).toBe('bob deregistered');
    expect(line('silent')).toBe('bob is offline: silent for too long');
    expect(line('unreachable')).toBe('bob is offline: does not answer');
  });

  it('tells what is stored and delivered, by number and never by word', () => {
    expect(serverLine({ type: 'stored', sender: 'alice', recipient: 'bob', waiting: 2 })).toBe(
      'stored a message from alice for bob (2 waiting)',
    );
    expect(serverLine({ type: 'delivered', recipient: 'bob', count: 1 })).toBe('delivered a message to bob');
    expect(serverLine({ type: 'delivered', recipient: 'bob', count: 2 })).toBe('delivered 2 messages to bob');
  });

  it('tells refusals and other versions', () => {
    const refused = {
      type: 'refused',
      nickname: 'bob',
      address: '10.0.0.2:9',
      code: 'nickname-taken',
    } as const;
    expect(serverLine(refused)).toBe('bob at 10.0.0.2:9 was refused: Nickname is already taken.');
    expect(serverLine({ type: 'other-version', from: '10.0.0.2:9', version: 7 })).toContain(
      '10.0.0.2:9 speaks version 7',
    );
  });

  it('makes a nickname harmless', () => {
    expect(serverLine({ type: 'departed', nickname: 'b\u001b[2J', cause: 'silent' })).not.toContain('\u001b');
  });

  it('says at which addresses others join', () => {
    expect(joinLine(['192.168.1.7:50000'])).toBe('Others join at 192.168.1.7:50000');
    expect(joinLine(['192.168.1.7:50000', '10.0.0.2:50000'])).toBe(
      'Others join at 192.168.1.7:50000 or 10.0.0.2:50000',
    );
    expect(joinLine([])).toContain('no address');
  });
});
