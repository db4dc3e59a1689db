import { describe, expect, it } from 'vitest';
import { decodeSaid, encodeSaid } from '../../shared/chat/codec.ts';
import type { Said } from '../../shared/chat/kinds.ts';
import { type PeerKey, peerKeyFromBytes, serverEpochFromBytes } from '../../shared/ids.ts';
import { ChatWorld } from './chat-world.ts';
import { EndpointNode, testKeys } from './endpoint-node.ts';

/** A true endpoint whose words are said by hand. */
function speaker(world: ChatWorld, address: string, port: number) {
  const node = new EndpointNode(world.host(address, `${address}/24`), port, { keys: testKeys(7), seed: 77 });
  return {
    node,
    say: (peer: PeerKey, said: Said) => {
      node.apply({ type: 'send', peer, channel: 'control', bytes: encodeSaid(said), token: said.kind });
      world.pass(100);
    },
    heard: (): Said[] =>
      node.eventsOf('received').flatMap(({ bytes }) => {
        const decoded = decodeSaid(bytes);
        return decoded.type === 'said' ? [decoded.said] : [];
      }),
  };
}

/** Somebody by hand, connected to a true server. */
function atServer() {
  const world = new ChatWorld({ seed: 1 });
  const server = world.server(world.host('box', '10.0.0.1/24'));
  const one = speaker(world, '10.0.0.2', 5);
  one.node.dial('d', [server.address]);
  world.until('connected', () => one.node.eventsOf('connected').length === 1);
  const serverKey = one.node.eventsOf('connected')[0]!.peer;
  const say = (said: Said) => one.say(serverKey, said);
  const register = (registration: number) =>
    say({ kind: 'register', registration, nickname: 'hand', candidates: [] });
  return { ...one, say, register };
}

describe('what is said to a server', () => {
  it('PROTOCOL 6.6: everything but register needs a registration on this connection', () => {
    const { say, heard, register } = atServer();
    say({ kind: 'deregister', registration: 1 });
    say({ kind: 'error', code: 'malformed', about: null });
    expect(heard()).toEqual([{ kind: 'error', code: 'not-registered', about: 'deregister' }]);
    register(1);
    say({ kind: 'deregister', registration: 1 });
    expect(heard().map(({ kind }) => kind)).toContain('deregistered');
  });

  it('PROTOCOL 6.7: a late deregister of an earlier registration touches nothing', () => {
    const { say, heard, register } = atServer();
    register(1);
    register(2);
    say({ kind: 'deregister', registration: 1 });
    expect(heard().filter(({ kind }) => kind === 'deregistered')).toEqual([]);
    say({ kind: 'deregister', registration: 2 });
    expect(heard().filter(({ kind }) => kind === 'deregistered')).toEqual([
      { kind: 'deregistered', registration: 2 },
    ]);
  });
});

describe('what is said to a client', () => {
  it('PROTOCOL 6.8: a newer roster replaces an older one, never the reverse', () => {
    const world = new ChatWorld({ seed: 1 });
    const server = speaker(world, '10.0.0.1', 50_000);
    const alice = world.client('alice', world.host('alice', '10.0.0.2/24'), server.node.address).start();
    world.until('register', () => server.heard().some(({ kind }) => kind === 'register'));
    const epoch = serverEpochFromBytes(new Uint8Array(8));
    const observed = '10.0.0.2:5';
    server.say(alice.key, {
      kind: 'registered',
      registration: 1,
      epoch,
      nickname: 'alice',
      observed,
      waiting: 0,
    });
    const bob = peerKeyFromBytes(new Uint8Array(32).fill(9));
    const roster = (version: number, online: boolean) =>
      server.say(alice.key, {
        kind: 'roster',
        version,
        people: [{ key: bob, nickname: 'bob', online, candidates: [] }],
      });
    roster(2, true);
    expect(alice.sees({ key: bob })).toBe(true);
    roster(1, false);
    expect(alice.sees({ key: bob })).toBe(true);
    roster(3, false);
    expect(alice.sees({ key: bob })).toBe(false);
  });
});
