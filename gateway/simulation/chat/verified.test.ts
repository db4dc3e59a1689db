import { beforeEach, describe, expect, it } from 'vitest';
import type { PeerKey } from '../../../shared/ids.ts';
import type { SimulatedClient } from './chat-simulation.ts';
import { ChatFixture } from './chat-fixture.ts';

let chat: ChatFixture;
let alice: SimulatedClient;
let bob: SimulatedClient;
beforeEach(() => {
  chat = new ChatFixture();
  [alice, bob] = chat.online('alice', 'bob');
});

function verify(key: PeerKey, verified = true): void {
  expect(alice.command((client, now) => client.setVerified(now, key, verified))).toEqual({ status: 'done' });
}

function contactAt(key: PeerKey) {
  return alice.role.contacts().find((contact) => contact.key === key);
}

describe('a key with a compared safety number', () => {
  it('is marked, even for the next process, until the user takes the mark back', () => {
    expect(contactAt(bob.key)?.verified).toBeUndefined();
    verify(bob.key);
    expect(alice.events.at(-1)).toMatchObject({
      type: 'contacts',
      contacts: [{ key: bob.key, verified: true }],
    });
    alice.kill();
    alice.start();
    expect(contactAt(bob.key)?.verified).toBe(true);
    verify(bob.key, false);
    expect(contactAt(bob.key)?.verified).toBeUndefined();
  });

  it('must belong to this chat', () => {
    const stranger = chat.client('zoe').key;
    const result = alice.command((client, now) => client.setVerified(now, stranger, true));
    expect(result).toMatchObject({ status: 'refused', code: 'unknown-recipient' });
  });

  it('does not pass its mark to another key, even when that key is accepted', () => {
    verify(bob.key);
    const another = chat.withAnotherKey(bob, alice);
    expect(contactAt(bob.key)).toMatchObject({ verified: true, keyConflict: { type: 'changed' } });
    expect(contactAt(another.key)?.verified).toBeUndefined();
    alice.command((client, now) => client.acceptKey(now, bob.key, another.key));
    expect(contactAt(bob.key)).toBeUndefined();
    expect(contactAt(another.key)?.verified).toBeUndefined();
    expect(alice.asAfterRestart().contacts()).not.toContainEqual(expect.objectContaining({ verified: true }));
  });

  it('keeps its mark when the user refuses another key', () => {
    verify(bob.key);
    const another = chat.withAnotherKey(bob, alice);
    alice.command((client, now) => client.refuseKey(now, bob.key, another.key));
    expect(contactAt(bob.key)).toMatchObject({ verified: true, keyConflict: { refused: true } });
  });

  it('is marked from the start when the user compared it before accepting it', () => {
    const another = chat.withAnotherKey(bob, alice);
    verify(another.key);
    alice.command((client, now) => client.acceptKey(now, bob.key, another.key));
    expect(contactAt(another.key)?.verified).toBe(true);
    expect(alice.asAfterRestart().contacts()).toContainEqual(
      expect.objectContaining({ key: another.key, verified: true }),
    );
  });
});
