import { describe, expect, it } from 'vitest';
import type { NearbyChat } from '../../../shared/bridge/schema.ts';
import { done } from '../../../shared/command-result.ts';
import { bob } from '../../../shared/model/samples.ts';
import { ScriptedGateway } from '../frontend/scripted-gateway.ts';
import { chatsNearby } from './chats-nearby.ts';

const chat: NearbyChat = {
  name: 'Room 12',
  key: bob,
  fingerprint: 'k7q2-m4xd-9f3a-t6nz',
  addresses: ['192.168.1.9:50000'],
  needsCode: true,
  isCompatible: true,
};

function gatewayThatTells(phase: 'off' | 'searched', chats: NearbyChat[]): ScriptedGateway {
  const gateway = new ScriptedGateway();
  gateway.answer = (command) => {
    if (command.type === 'find-chats' && command.on)
      gateway.ephemeral?.put({ type: 'chats-nearby', phase, chats });
    return done;
  };
  return gateway;
}

describe('chatsNearby', () => {
  it('returns the chats at the end of the search', async () => {
    expect(await chatsNearby(gatewayThatTells('searched', [chat]), () => 'id')).toEqual([chat]);
    expect(await chatsNearby(gatewayThatTells('searched', []), () => 'id')).toEqual([]);
  });

  it('returns null where the gateway does not look for chats', async () => {
    expect(await chatsNearby(gatewayThatTells('off', []), () => 'id')).toBeNull();
  });
});
