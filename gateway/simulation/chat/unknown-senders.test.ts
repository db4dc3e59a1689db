import { describe, expect, it } from 'vitest';
import { decodeMessage, encodeContent, encodeMessage } from '../../../shared/chat/codec.ts';
import type { ConversationContent } from '../../../shared/chat/content-kinds.ts';
import type { ProtocolMessage } from '../../../shared/chat/kinds.ts';
import { digestFromBytes, installationIdFromBytes, type PeerKey } from '../../../shared/ids.ts';
import { keyPairOf } from '../../crypto/crypto.ts';
import { unknownSendersMax, unknownSenderTextBytesMax } from '../../../shared/limits.ts';
import { contentText } from '../../../shared/content-text.ts';
import { EndpointNode } from '../transport/endpoint-node.ts';
import { textMessage } from './chat-simulation.ts';
import { ChatFixture } from './chat-fixture.ts';

describe('unknown senders', () => {
  it('PROTOCOL 6.94: are forgotten past a limit of keys, the oldest first, and the chat stays as it is', () => {
    const chat = new ChatFixture();
    const { simulation } = chat;
    const [alice, bob] = chat.online('alice', 'bob');
    const host = simulation.host('mallory', '10.0.0.200/24');
    // The first port that a host of the simulation assigns.
    const candidates = [{ host: chat.hostOf(alice).interfaces[0]!.host, port: 49_152 }];
    const keys: PeerKey[] = [];
    const heard: ProtocolMessage[] = [];
    // Each of them writes a text that is too long, and then one more than is taken.
    const texts = ['x'.repeat(unknownSenderTextBytesMax + 1), 'one', 'two', 'three', 'four'];
    const more = 5;
    for (let number = 1; number <= unknownSendersMax + more; number++) {
      const node = new EndpointNode(host, 1_000 + number, {
        keys: keyPairOf(new Uint8Array(32).fill(number)),
        seed: number,
      });
      keys.push(node.key);
      node.dial('d', candidates, alice.key);
      simulation.pass(20);
      for (const [sequence, text] of texts.entries()) {
        const body = encodeContent({
          installation: installationIdFromBytes(new Uint8Array(8)),
          sequence: sequence + 1,
          sentAtMs: 0,
          content: { kind: 'text', text },
        });
        const bytes = encodeMessage({ kind: 'message', id: simulation.newMessageId(), body });
        node.apply({ type: 'send', peer: alice.key, channel: 'chat', token: 't', bytes });
      }
      // A message waits for a roster that names its sender, for 2 s (6.64).
      simulation.pass(2_100);
      for (const { bytes } of node.eventsOf('received')) {
        const decoded = decodeMessage(bytes);
        if (decoded.type === 'message') heard.push(decoded.message);
      }
      node.apply({ type: 'close', peer: alice.key, reason: 'goodbye' });
    }
    const rejects = heard.filter((message) => message.kind === 'reject');
    expect(rejects).toHaveLength(2 * keys.length);
    expect(new Set(rejects.map(({ code }) => code))).toEqual(new Set(['not-accepted']));
    const unnamed = () =>
      alice.role
        .contacts()
        .filter(({ nickname }) => nickname === null)
        .map(({ key }) => key);
    expect(unnamed()).toEqual(keys.slice(more));
    for (const [index, key] of keys.entries())
      expect(alice.textsFrom({ key })).toEqual(index < more ? [] : ['one', 'two', 'three']);
    const removed = alice.events.flatMap((event) => (event.type === 'contacts-removed' ? event.keys : []));
    expect(removed).toEqual(keys.slice(0, more));
    // The disk knows no more than the process.
    const restarted = alice.asAfterRestart();
    const conversationsOf = (client: typeof restarted) =>
      client
        .conversations()
        .map(({ conversation }) => conversation)
        .toSorted();
    expect(conversationsOf(restarted)).toEqual(conversationsOf(alice.role));
    expect(restarted.contacts().filter(({ nickname }) => nickname === null)).toHaveLength(unknownSendersMax);
    const id = bob.say(alice, 'still here');
    simulation.until('delivered', () => bob.stateOf(id) === 'delivered');
  });

  it('PROTOCOL 13.24: cannot offer files, and can still write', () => {
    const chat = new ChatFixture();
    const { simulation } = chat;
    const [alice] = chat.online('alice');
    const node = new EndpointNode(simulation.host('mallory', '10.0.0.200/24'), 1_000, {
      keys: keyPairOf(new Uint8Array(32).fill(9)),
      seed: 9,
    });
    node.dial('d', [{ host: chat.hostOf(alice).interfaces[0]!.host, port: 49_152 }], alice.key);
    simulation.pass(20);
    const root = digestFromBytes(new Uint8Array(32));
    const contents: ConversationContent[] = [
      { kind: 'file', name: 'prize.exe', size: 1, type: 'application/octet-stream', root },
      { kind: 'text', text: 'open it' },
    ];
    for (const [index, content] of contents.entries()) {
      const installation = installationIdFromBytes(new Uint8Array(8));
      const body = encodeContent({ installation, sequence: index + 1, sentAtMs: 0, content });
      const bytes = encodeMessage({ kind: 'message', id: simulation.newMessageId(), body });
      node.apply({ type: 'send', peer: alice.key, channel: 'chat', token: 't', bytes });
    }
    simulation.pass(2_100);
    const codes = node.eventsOf('received').flatMap(({ bytes }) => {
      const decoded = decodeMessage(bytes);
      return decoded.type === 'message' && decoded.message.kind === 'reject' ? [decoded.message.code] : [];
    });
    expect(codes).toEqual(['not-accepted']);
    expect(alice.textsFrom(node)).toEqual(['open it']);
  });

  it('PROTOCOL 6.14: cannot claim another sender’s message id, and get no false receipt', () => {
    const chat = new ChatFixture();
    const { simulation } = chat;
    const [alice, bob, carol] = chat.online('alice', 'bob', 'carol');
    const id = alice.say(bob, 'from alice');
    simulation.until('delivered', () => alice.stateOf(id) === 'delivered');
    carol.command((client, now) => client.write(now, textMessage(id, bob.key, 'from carol')));
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
      alice.command((client, now) => client.write(now, textMessage(id, bob.key, 'half a \ud83d and a \0')));
    expect([send(), send()]).toEqual([{ status: 'done' }, { status: 'done' }]);
    simulation.until('delivered', () => alice.stateOf(id) === 'delivered');
    expect(alice.messagesWith(bob).map(({ content }) => contentText(content))).toEqual(bob.textsFrom(alice));
    expect(bob.textsFrom(alice)).toEqual(['half a \ufffd and a \0']);
  });
});
