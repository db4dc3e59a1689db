import { describe, expect, it } from 'vitest';
import type { RunningServer } from '../control/ports.ts';
import { LanDiscovery } from './lan-discovery.ts';

describe('LanDiscovery', () => {
  it('PROTOCOL 11.28: is off where the user said so: it finds nothing, and asks the server nothing', () => {
    const discovery = new LanDiscovery(false);
    let changes = 0;
    discovery.start(() => changes++);
    expect(discovery.found()).toEqual({ phase: 'off', chats: [] });
    const server = new Proxy({} as RunningServer, {
      get: () => {
        throw new Error('the server was asked');
      },
    });
    discovery.announce(server);
    discovery.endAnnouncing();
    discovery.stop();
    expect(changes).toBe(0);
  });

  it('PROTOCOL 11.12: names the chat as the computer, and not at all where that tells the nickname of its user', () => {
    const discovery = new LanDiscovery(true, () => 'alices-laptop.example');
    expect(discovery.chatName).toBe('alices-laptop');
    discovery.hideNickname('bob');
    expect(discovery.chatName).toBe('alices-laptop');
    discovery.hideNickname('Alice');
    expect(discovery.chatName).toBe('');
    expect(new LanDiscovery(true, () => 'localhost').chatName).toBe('');
  });
});
