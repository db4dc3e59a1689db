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

function personAt(key: PeerKey) {
  return alice.role.people().find((person) => person.key === key);
}

/** Another user has the nickname of the second user now, at a server that was set up again. */
function bobHasAnotherKey(): SimulatedClient {
  bob.kill();
  chat.simulation.until('away', () => !alice.sees(bob));
  chat.server.kill();
  chat.server.wipe();
  chat.server.start();
  const another = chat.person('bob').start();
  chat.simulation.until('seen', () => alice.sees(another) && another.sees(alice), 60_000);
  return another;
}

describe('a key with a compared safety number', () => {
  it('is marked, even for the next process, until the user takes the mark back', () => {
    expect(personAt(bob.key)?.verified).toBeUndefined();
    verify(bob.key);
    expect(alice.events.at(-1)).toMatchObject({ type: 'people', people: [{ key: bob.key, verified: true }] });
    alice.kill();
    alice.start();
    expect(personAt(bob.key)?.verified).toBe(true);
    verify(bob.key, false);
    expect(personAt(bob.key)?.verified).toBeUndefined();
  });

  it('must belong to this chat', () => {
    const stranger = chat.person('zoe').key;
    const result = alice.command((client, now) => client.setVerified(now, stranger, true));
    expect(result).toMatchObject({ status: 'refused', code: 'unknown-recipient' });
  });

  it('does not pass its mark to another key, even when that key is accepted', () => {
    verify(bob.key);
    const another = bobHasAnotherKey();
    expect(personAt(bob.key)).toMatchObject({ verified: true, keyConflict: { type: 'changed' } });
    expect(personAt(another.key)?.verified).toBeUndefined();
    alice.command((client, now) => client.acceptKey(now, bob.key, another.key));
    expect(personAt(bob.key)).toBeUndefined();
    expect(personAt(another.key)?.verified).toBeUndefined();
    expect(alice.asAfterRestart().people()).not.toContainEqual(expect.objectContaining({ verified: true }));
  });

  it('keeps its mark when the user refuses another key', () => {
    verify(bob.key);
    const another = bobHasAnotherKey();
    alice.command((client, now) => client.refuseKey(now, bob.key, another.key));
    expect(personAt(bob.key)).toMatchObject({ verified: true, keyConflict: { refused: true } });
  });

  it('is marked from the start when the user compared it before accepting it', () => {
    const another = bobHasAnotherKey();
    verify(another.key);
    alice.command((client, now) => client.acceptKey(now, bob.key, another.key));
    expect(personAt(another.key)?.verified).toBe(true);
    expect(alice.asAfterRestart().people()).toContainEqual(
      expect.objectContaining({ key: another.key, verified: true }),
    );
  });
});
