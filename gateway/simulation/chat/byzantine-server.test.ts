import { describe, expect, it } from 'vitest';
import type { ProtocolMessage, ProtocolMessageOf } from '../../../shared/chat/kinds.ts';
import { mailKeyIdFromBytes, peerKeyFromBytes, type MessageId, type PeerKey } from '../../../shared/ids.ts';
import { SeededRandom } from '../../net/seeded-random.ts';
import type { SimulatedClient } from './chat-simulation.ts';
import type { ByzantineReplies } from './byzantine-server.ts';
import { ChatFixture } from './chat-fixture.ts';

interface Sent {
  readonly id: MessageId;
  readonly from: SimulatedClient;
  readonly to: SimulatedClient;
  readonly text: string;
}

/** The sender tries again soon: a server that refuses for good can always do that. */
function falseBounce(id: MessageId, recipient: PeerKey): ProtocolMessage {
  return { kind: 'bounces', items: [{ id, recipient, code: 'wrong-key', retryAfterMs: 1_000 }] };
}

/** Everything that a server can do with its mail. It has no keys but its own. */
function allLies(chance: SeededRandom, clients: readonly SimulatedClient[]): ByzantineReplies {
  const seen: ProtocolMessageOf<'deliver'>[] = [];
  const oneOf = <One>(list: readonly One[]): One => list[chance.below(list.length)]!;
  const anyKey = (): PeerKey => oneOf(clients).key;
  const forged = (deliver: ProtocolMessageOf<'deliver'>): ProtocolMessage => {
    const flipped = Uint8Array.from(deliver.sealed);
    flipped[chance.below(flipped.length)]! ^= 1 << chance.below(8);
    const changes: Partial<ProtocolMessageOf<'deliver'>>[] = [
      { from: anyKey() },
      { to: anyKey() },
      { type: 'receipt' },
      { type: 'text' },
      { id: oneOf(seen).id },
      { keyId: mailKeyIdFromBytes(chance.bytes(8)) },
      { sealed: flipped },
      { sealed: oneOf(seen).sealed },
      { from: peerKeyFromBytes(chance.bytes(32)) },
    ];
    return { ...deliver, ...oneOf(changes) };
  };
  return (to, message) => {
    if (message.kind !== 'deliver') return [[to, message]];
    seen.push(message);
    switch (chance.below(8)) {
      case 0:
        return [];
      case 1:
        return [
          [to, message],
          [to, message],
        ];
      case 2:
        // Repeats an old one, and reverses the order.
        return [
          [to, oneOf(seen)],
          [to, message],
        ];
      case 3:
        return [[anyKey(), message]];
      case 4:
        return [
          [to, forged(message)],
          [to, message],
        ];
      case 5:
        return [[to, forged(message)]];
      case 6:
        return [
          [to, { kind: 'stored', id: oneOf(seen).id }],
          [to, falseBounce(oneOf(seen).id, message.from)],
          [to, message],
        ];
      default:
        return [[to, message]];
    }
  };
}

describe('a byzantine server', () => {
  it.each([1, 2, 3, 4, 5, 6])(
    'seed %i: replays, reorders, drops, swaps and forges, and still no message is shown twice, altered or as another user’s, and no receipt is false',
    (seed) => {
      const chance = new SeededRandom(seed);
      const chat = new ChatFixture({}, seed);
      const { simulation, server } = chat;
      const clients = chat.online('alice', 'bob', 'carol');
      // All messages go by the server.
      for (const one of clients) for (const other of clients) if (one !== other) chat.part(one, other);
      const sent: Sent[] = [];
      const check = (): void => {
        for (const one of clients) {
          for (const other of clients) {
            const texts = sent.filter(({ from, to }) => from === other && to === one).map(({ text }) => text);
            const heard = one.textsFrom(other);
            expect(heard).toEqual(texts.filter((text) => heard.includes(text)));
          }
        }
        for (const { id, from, to } of sent) {
          expect(to.timesAnnounced(id)).toBeLessThanOrEqual(1);
          if (from.stateOf(id) === 'delivered') expect(to.store.messages.find(id)?.author).toBe(from.key);
        }
        // Only these users have ever written anything.
        for (const one of clients)
          expect(one.role.contacts().filter(({ nickname }) => nickname === null)).toEqual([]);
      };
      server.byzantineReplies = allLies(chance, clients);
      for (let step = 0; step < 40; step++) {
        const [from, to] = [clients[chance.below(3)]!, clients[chance.below(3)]!];
        if (from !== to) {
          const text = `${from.nickname} ${step}`;
          sent.push({ id: from.say(to, text), from, to, text });
        }
        simulation.pass(chance.below(3_000));
        check();
      }
      server.byzantineReplies = undefined;
      // A message that it falsely claimed to store is offered again when the server can no longer pretend.
      server.kill();
      server.wipe();
      server.start();
      simulation.until(
        'all delivered',
        () => sent.every(({ id, from }) => from.stateOf(id) === 'delivered'),
        900_000,
      );
      check();
      expect(sent.every(({ id, to }) => to.timesAnnounced(id) === 1)).toBe(true);
    },
  );

  it('cannot forge a receipt: a message that its recipient does not have is not shown as delivered', () => {
    const chat = new ChatFixture();
    const { simulation, server } = chat;
    const [alice, bob] = chat.online('alice', 'bob');
    chat.part(alice, bob);
    const receipts: ProtocolMessageOf<'deliver'>[] = [];
    server.byzantineReplies = (to, message) => {
      if (message.kind === 'deliver' && message.type === 'receipt') receipts.push(message);
      return [[to, message]];
    };
    const first = alice.say(bob, 'first');
    simulation.until('delivered', () => alice.stateOf(first) === 'delivered');
    server.byzantineReplies = (to, message) => {
      if (message.kind !== 'deliver' || message.type !== 'text') return [[to, message]];
      // Instead of delivering the message, it sends its author the old receipt, unchanged and with the new id.
      return receipts.flatMap((receipt) => [
        [alice.key, receipt] as const,
        [alice.key, { ...receipt, id: message.id }] as const,
        [alice.key, { ...message, from: bob.key, to: alice.key, type: 'receipt' }] as const,
      ]);
    };
    const second = alice.say(bob, 'second');
    simulation.pass(60_000);
    expect(receipts.length).toBeGreaterThan(0);
    expect(bob.textsFrom(alice)).toEqual(['first']);
    expect(alice.stateOf(second)).not.toBe('delivered');
    server.byzantineReplies = undefined;
    server.kill();
    server.start();
    simulation.until('delivered', () => alice.stateOf(second) === 'delivered', 120_000);
    expect(bob.textsFrom(alice)).toEqual(['first', 'second']);
  });
});
