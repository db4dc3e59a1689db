import { describe, expect, it } from 'vitest';
import { encodeContent } from '../../../shared/chat/codec.ts';
import { padContent } from '../../../shared/chat/envelope.ts';
import type { Content } from '../../../shared/chat/kinds.ts';
import { installationIdFromBytes } from '../../../shared/ids.ts';
import { agreementKeysOf } from '../../crypto/identity.ts';
import { ChatFixture } from './chat-fixture.ts';
import { ManualClientAtServer } from './manual-client.ts';
import { SimulatedSealer } from './simulated-sealer.ts';

/** A user of a later version, which sends songs. */
function setUp() {
  const chat = new ChatFixture();
  const { simulation, server } = chat;
  const [alice] = chat.online('alice');
  const later = new ManualClientAtServer(simulation, server, '10.0.0.99');
  later.register(1, 'later');
  simulation.until('alice sees the later version', () => alice.sees(later));
  let sequence = 0;
  const contentOf = (content: Content['content']): Uint8Array =>
    encodeContent({
      installation: installationIdFromBytes(new Uint8Array(8)),
      sequence: ++sequence,
      sentAtMs: 0,
      content,
    });
  return { chat, simulation, alice, later, contentOf };
}

const song = { kind: 'song', fallback: 'Tea for two' };
const shown = { kind: 'unknown', fallback: 'Tea for two' };

describe('a content of a later version', () => {
  it('PROTOCOL 6.60: is shown as its fallback when it comes directly, and refused without one', () => {
    const { chat, simulation, alice, later, contentOf } = setUp();
    later.node.dial('alice', [{ host: chat.hostOf(alice).interfaces[0]!.host, port: 49_152 }], alice.key);
    simulation.pass(500);
    const [known, unknown] = [simulation.newMessageId(), simulation.newMessageId()];
    later.say(alice.key, { kind: 'message', id: known, body: contentOf(song) });
    later.say(alice.key, { kind: 'message', id: unknown, body: contentOf({ kind: 'song' }) });
    expect(alice.messagesWith(later).map(({ content }) => content)).toEqual([shown]);
    expect(later.heardOf('receipt')).toEqual([{ kind: 'receipt', ids: [known] }]);
    expect(later.heardOf('reject')).toEqual([{ kind: 'reject', id: unknown, code: 'unknown-content' }]);
  });

  it('PROTOCOL 6.60: is shown as its fallback when it comes in an envelope, and refused without one', () => {
    const { simulation, alice, later, contentOf } = setUp();
    const sealer = new SimulatedSealer(agreementKeysOf(later.identity));
    const [known, unknown] = [simulation.newMessageId(), simulation.newMessageId()];
    for (const [id, content] of [
      [known, song],
      [unknown, { kind: 'song' }],
    ] as const) {
      later.tell({ kind: 'mail-key-request', peer: alice.key, oneTime: true });
      const { keyId, publicKey } = later.heardOf('mail-key').at(-1)!.key!;
      const head = { format: 1, from: later.key, to: alice.key, type: 'text', id, keyId };
      const sealed = sealer.seal(head, publicKey, padContent(contentOf(content)))!;
      later.tell({ kind: 'store', format: 1, to: alice.key, type: 'text', id, keyId, sealed });
    }
    simulation.pass(500);
    expect(alice.messagesWith(later).map(({ content }) => content)).toEqual([shown]);
    expect(later.heardOf('bounces').at(-1)?.items).toEqual([
      { id: unknown, recipient: alice.key, code: 'unknown-content' },
    ]);
  });
});
