import { describe, expect, it } from 'vitest';
import type { NearbyChat } from '../../../shared/bridge/schema.ts';
import { done } from '../../../shared/command-result.ts';
import { bob } from '../../../shared/model/samples.ts';
import { ChatModel } from '../frontend/chat-model.ts';
import { ScriptedGateway } from '../frontend/scripted-gateway.ts';
import { sessionCommands } from './chat-commands.ts';
import { chatsNearby } from './chats-nearby.ts';
import { parseCommand } from './parse-command.ts';
import { contextOf } from './prompt-under-test.ts';

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

async function printed(found: readonly NearbyChat[] | null): Promise<readonly string[]> {
  const parsed = parseCommand('nearby', sessionCommands);
  if (parsed.type !== 'command') throw new Error('the prompt does not know nearby');
  const gateway = new ScriptedGateway();
  const context = contextOf({
    model: new ChatModel(gateway.state),
    execute: (command) => gateway.execute('id', command),
    chatsNearby: () => Promise.resolve(found),
  });
  return parsed.command.run(context, parsed.typed);
}

describe('nearby', () => {
  it('prints each chat with an address to join it, and what keeps the user out', async () => {
    const other = { ...chat, name: '', needsCode: false, isCompatible: false };
    expect(await printed([chat, other])).toEqual([
      'Room 12 | 192.168.1.9:50000#k7q2-m4xd-9f3a-t6nz | needs a join code',
      '- | 192.168.1.9:50000#k7q2-m4xd-9f3a-t6nz | has another version of Chatagram',
    ]);
  });

  it('says what to do when no chat answers, and when the search is off', async () => {
    expect((await printed([]))[0]).toContain('Ask for its address');
    expect((await printed(null))[0]).toContain('--no-discovery');
  });
});
