import { describe, expect, it } from 'vitest';
import { decodeMessage, encodeContent, encodeMessage } from '../../../shared/chat/codec.ts';
import type { ProtocolMessage } from '../../../shared/chat/kinds.ts';
import { installationIdFromBytes } from '../../../shared/ids.ts';
import { keyPairOf } from '../../crypto/crypto.ts';
import { unknownSendersMax } from '../../../shared/limits.ts';
import { contentText } from '../../../shared/message.ts';
import { EndpointNode } from '../transport/endpoint-node.ts';
import { textMessage } from './chat-simulation.ts';
import { ChatFixture } from './chat-fixture.ts';

describe('unknown senders', () => {
  it('PROTOCOL 6.14: are rejected past a limit of keys, and the chat stays as it is', () => {
    const chat = new ChatFixture();
    const { simulation } = chat;
    const [alice, bob] = chat.online('alice', 'bob');
    const host = simulation.host('mallory', '10.0.0.200/24');
    // The first port that a host of the simulation assigns.
    const candidates = [{ host: chat.hostOf(alice).interfaces[0]!.host, port: 49_152 }];
    let lastHeard: ProtocolMessage[] = [];
    for (let number = 1; number <= unknownSendersMax + 5; number++) {
      const node = new EndpointNode(host, 1_000 + number, {
        keys: keyPairOf(new Uint8Array(32).fill(number)),
        seed: number,
      });
      node.dial('d', candidates, alice.key);
      simulation.pass(20);
      const content = {
        installation: installationIdFromBytes(new Uint8Array(8)),
        sequence: 1,
        sentAtMs: 0,
        content: { kind: 'text', text: 'buy' },
      } as const;
      const bytes = encodeMessage({
        kind: 'message',
        id: simulation.newMessageId(),
        body: encodeContent(content),
      });
      node.apply({ type: 'send', peer: alice.key, channel: 'chat', token: 't', bytes });
      // A message waits for a roster that names its sender, for 2 s (6.64).
      simulation.pass(number === unknownSendersMax + 5 ? 2_100 : 20);
      lastHeard = node.eventsOf('received').flatMap(({ bytes: heard }) => {
        const decoded = decodeMessage(heard);
        return decoded.type === 'message' ? [decoded.message] : [];
      });
      node.apply({ type: 'close', peer: alice.key, reason: 'goodbye' });
    }
    expect(lastHeard).toMatchObject([{ kind: 'reject', code: 'not-registered' }]);
    expect(alice.role.contacts().filter(({ nickname }) => nickname === null)).toHaveLength(unknownSendersMax);
    const id = bob.say(alice, 'still here');
    simulation.until('delivered', () => bob.stateOf(id) === 'delivered');
  });

  it('PROTOCOL 6.14: cannot claim another sender’s message id, and get no false receipt', () => {
    const chat = new ChatFixture();
    const { simulation } = chat;
    const [alice, bob, carol] = chat.online('alice', 'bob', 'carol');
    const id = alice.say(bob, 'from alice');
    simulation.until('delivered', () => alice.stateOf(id) === 'delivered');
    carol.command((client, now) => client.send(now, textMessage(id, bob.key, 'from carol')));
    simulation.until('failed', () => carol.stateOf(id) === 'failed');
    expect(bob.textsFrom(alice)).toEqual(['from alice']);
    expect(bob.textsFrom(carol)).toEqual([]);
  });
});

describe('a text', () => {
  it('arrives as it was saved, whatever characters it has', () => {
    const chat = new ChatFixture();
    const { simulation } = chat;
    const [alice, bob] = chat.online('alice', 'bob');
    const id = simulation.newMessageId();
    const send = () =>
      alice.command((client, now) => client.send(now, textMessage(id, bob.key, 'half a \ud83d and a \0')));
    expect([send(), send()]).toEqual([{ status: 'done' }, { status: 'done' }]);
    simulation.until('delivered', () => alice.stateOf(id) === 'delivered');
    expect(alice.messagesWith(bob).map(({ content }) => contentText(content))).toEqual(bob.textsFrom(alice));
    expect(bob.textsFrom(alice)).toEqual(['half a \ufffd and a \0']);
  });
});
