import { describe, expect, it } from 'vitest';
import type { JoinCode } from '../../../shared/ids.ts';
import { joinCodeBytes, joinCodeFromBytes } from '../../../shared/join-code.ts';
import { proveJoinCode } from '../../crypto/join-proof.ts';
import { ChatFixture } from './chat-fixture.ts';
import type { SimulatedClient } from './chat-simulation.ts';
import { ManualClientAtServer } from './manual-client.ts';
import type { SimulatedServer } from './simulated-server.ts';

const wrongCode = joinCodeFromBytes(new Uint8Array(joinCodeBytes).fill(7));

function requireCode(server: SimulatedServer): JoinCode {
  const code = server.operate((admin) => {
    admin.requireJoinCode(true);
    return admin.joinCode;
  });
  if (code === null) throw new Error('the server requires a code now');
  return code;
}

function codeOf(one: SimulatedClient): string | undefined {
  const session = one.role.session();
  return session.phase === 'refused' ? session.code : undefined;
}

function handshakeHashOf(hand: ManualClientAtServer): Uint8Array {
  const hash = hand.node.eventsOf('connected').at(-1)?.handshakeHash;
  if (hash === undefined) throw new Error('a connected client has a handshake hash');
  return hash;
}

/** The codes with which the server has refused this client. */
function refusals(hand: ManualClientAtServer): string[] {
  return hand.heardOf('register-rejected').map(({ code }) => code);
}

describe('a server that requires a join code', () => {
  it('PROTOCOL 6.84: makes the code itself, keeps it over a restart and in a backup, and makes another one when it is on again', () => {
    const chat = new ChatFixture();
    const { server } = chat;
    const joinCode = () => server.operate((admin) => admin.joinCode);
    expect(joinCode()).toBeNull();
    const code = requireCode(server);
    expect(code).toMatch(/^[0-9a-hjkmnp-tv-z]{16}$/u);
    expect(requireCode(server)).toBe(code);
    const backup = server.disk.copy();
    server.kill();
    server.start();
    expect(joinCode()).toBe(code);
    server.operate((admin) => admin.requireJoinCode(false));
    expect(joinCode()).toBeNull();
    expect(requireCode(server)).not.toBe(code);
    server.kill();
    server.restore(backup);
    server.start();
    expect(joinCode()).toBe(code);
  });

  it('PROTOCOL 6.85: lets a new key in that proves the code, tells others why not, and asks no known key again', () => {
    const chat = new ChatFixture();
    const { simulation, server } = chat;
    const [alice] = chat.online('alice');
    const code = requireCode(server);
    const bob = chat.client('bob').start();
    simulation.until('refused', () => codeOf(bob) === 'join-code-required');
    expect(alice.isOnline).toBe(true);
    simulation.pass(300_000);
    expect(server.changes.filter(({ type }) => type === 'refused')).toHaveLength(1);
    bob.command((client, now) => client.register(now, wrongCode));
    simulation.until('refused again', () => codeOf(bob) === 'join-code-wrong');
    expect(bob.store.facts.get().server).toBeUndefined();
    bob.command((client, now) => client.register(now, code));
    simulation.until('online', () => bob.isOnline && alice.sees(bob));

    const carol = chat.client('carol');
    carol.joinCode = code;
    carol.start();
    simulation.until('online', () => carol.isOnline);
    // Another process has no code, and an earlier user never had one.
    for (const one of [alice, bob]) {
      one.kill();
      one.start();
    }
    simulation.until('back', () => alice.isOnline && bob.isOnline);
    server.operate((admin, now) => admin.release(now, 'bob'));
    simulation.until('released', () => codeOf(bob) === 'name-released');
    chat.returns(bob);
    simulation.until('unknown again', () => codeOf(bob) === 'join-code-required');
  });

  it('counts a proof only on the connection for which it was made, and ignores proofs while it requires none', () => {
    const { simulation, server } = new ChatFixture();
    const code = requireCode(server);
    const [mine, other] = [3, 4].map(
      (seed) => new ManualClientAtServer(simulation, server, `10.0.0.${seed}`, seed),
    ) as [ManualClientAtServer, ManualClientAtServer];
    expect(handshakeHashOf(mine)).toHaveLength(64);
    mine.register(1, 'mine', { joinProof: proveJoinCode(code, handshakeHashOf(other)) });
    expect(refusals(mine)).toEqual(['join-code-wrong']);
    mine.register(2, 'mine', { joinProof: proveJoinCode(code, handshakeHashOf(mine)) });
    expect(mine.heardOf('registered')).toHaveLength(1);
    server.operate((admin) => admin.requireJoinCode(false));
    other.register(1, 'other', { joinProof: new Uint8Array(32) });
    expect(other.heardOf('registered')).toHaveLength(1);
  });

  it('tells an outsider nothing about nicknames, and a banned key nothing about the code', () => {
    const chat = new ChatFixture();
    const { simulation, server } = chat;
    chat.online('alice');
    requireCode(server);
    const hand = new ManualClientAtServer(simulation, server, '10.0.0.3');
    hand.register(1, 'alice');
    server.operate((admin, now) => admin.ban(now, { type: 'key', key: hand.key }, null, []));
    hand.register(2, 'alice');
    expect(refusals(hand)).toEqual(['join-code-required', 'banned']);
  });

  it('PROTOCOL 6.86: takes five wrong proofs from one address, then one every 12 s, and no right one in between', () => {
    const { simulation, server } = new ChatFixture();
    const code = requireCode(server);
    const hand = new ManualClientAtServer(simulation, server, '10.0.0.3', 3);
    const right = (proof: Uint8Array): Uint8Array => proof;
    const wrong = (proof: Uint8Array): Uint8Array =>
      proof.map((byte, index) => (index === 31 ? byte ^ 1 : byte));
    let tries = 0;
    const attempt = (change: typeof right): string | undefined => {
      const joinProof = change(proveJoinCode(code, handshakeHashOf(hand)));
      hand.register(++tries, 'hand', { joinProof });
      return refusals(hand)[tries - 1];
    };
    expect(Array.from({ length: 5 }, () => attempt(wrong))).toEqual(Array(5).fill('join-code-wrong'));
    expect([attempt(wrong), attempt(right)]).toEqual(['too-many-tries', 'too-many-tries']);
    const elsewhere = new ManualClientAtServer(simulation, server, '10.0.0.4', 4);
    elsewhere.register(1, 'elsewhere', { joinProof: proveJoinCode(code, handshakeHashOf(elsewhere)) });
    expect(elsewhere.heardOf('registered')).toHaveLength(1);
    // The server closes a connection without a registration after 5 s.
    const waitAndConnect = (): void => {
      simulation.pass(12_000);
      hand.node.dial('again', [server.address]);
      simulation.pass(100);
    };
    waitAndConnect();
    expect([attempt(wrong), attempt(right)]).toEqual(['join-code-wrong', 'too-many-tries']);
    waitAndConnect();
    expect([attempt(right), hand.heardOf('registered')]).toMatchObject([undefined, [{ nickname: 'hand' }]]);
  });

  it('PROTOCOL 6.87: tells the code in no change, roster or message, and the client keeps it off its disk', () => {
    const chat = new ChatFixture();
    const { simulation, server } = chat;
    const code = requireCode(server);
    const alice = chat.client('alice');
    alice.joinCode = code;
    alice.start();
    simulation.until('online', () => alice.isOnline);
    const hand = new ManualClientAtServer(simulation, server, '10.0.0.3');
    hand.register(1, 'hand', { joinProof: proveJoinCode(code, handshakeHashOf(hand)) });
    const told = JSON.stringify([server.changes, alice.events, hand.heard(), alice.role.session()]);
    expect(told).toContain('alice');
    expect(told).not.toContain(code);
    const onDisk = JSON.stringify([...alice.disk.copy()]);
    expect(onDisk).toContain('alice');
    expect(onDisk).not.toContain(code);
  });
});
