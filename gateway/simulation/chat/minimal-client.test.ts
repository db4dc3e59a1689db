import { describe, expect, it } from 'vitest';
import { decodeContent, decodeReceipt, encodeContent, encodeReceipt } from '../../../shared/chat/codec.ts';
import {
  envelopeFormat,
  padContent,
  unpadContent,
  type EnvelopeHead,
} from '../../../shared/chat/envelope.ts';
import type { ProtocolMessageOf } from '../../../shared/chat/kinds.ts';
import { mailKeySignedBytes, newMailKeyId } from '../../../shared/chat/mail-key.ts';
import type { MailKeyId, MessageId, PeerKey } from '../../../shared/ids.ts';
import { keyPairOf } from '../../crypto/crypto.ts';
import { agreementKeysOf } from '../../crypto/identity.ts';
import { signerOf } from '../../crypto/signer.ts';
import { ChatFixture } from './chat-fixture.ts';
import { ManualClientAtServer, manualInstallation } from './manual-client.ts';
import { SimulatedSealer } from './simulated-sealer.ts';

/**
 * A client that leaves out all that the appendix of docs/protocol/chat.md allows: it opens no direct connection, keeps no
 * table of users, has one weekly mail key and no one-time keys, and sends no read receipts.
 */
class MinimalClient extends ManualClientAtServer {
  readonly #mailSecret = new Uint8Array(32).fill(5);
  readonly #mailKeyId: MailKeyId = newMailKeyId(manualInstallation, Uint8Array.of(0, 0, 0, 1));
  readonly #sealer = new SimulatedSealer(agreementKeysOf(this.identity));
  readonly #texts = new Map<MessageId, string>();
  readonly #delivered = new Set<MessageId>();
  #sequence = 0;

  join(nickname: string): void {
    this.register(1, nickname);
    const unsigned = {
      keyId: this.#mailKeyId,
      kind: 'weekly',
      publicKey: keyPairOf(this.#mailSecret).publicKey,
      expiresAtMs: 8e15,
    } as const;
    const place = { server: this.server, installation: manualInstallation };
    const signature = signerOf(this.identity).sign('mail-key', mailKeySignedBytes(place, unsigned));
    const weekly = { ...unsigned, signature };
    this.tell({ kind: 'mail-keys', installation: manualInstallation, weekly, oneTime: [] });
  }

  /** Texts that it has got, each once. */
  get texts(): string[] {
    return [...this.#texts.values()];
  }

  /** Whether the recipient has given a receipt. */
  isDelivered(id: MessageId): boolean {
    return this.#delivered.has(id);
  }

  write(to: PeerKey, id: MessageId, text: string): void {
    const content = encodeContent({
      installation: manualInstallation,
      sequence: ++this.#sequence,
      sentAtMs: 0,
      content: { kind: 'text', text },
    });
    this.#store(to, 'text', id, content);
  }

  /** Takes what the server has delivered since the last call, and confirms it. `newId`: for the envelopes of receipts. */
  take(newId: () => MessageId): void {
    for (const message of this.heardOf('deliver')) {
      const { from, type, id } = message;
      const opened = this.#sealer.open(headOf(message), this.#mailSecret, message.sealed);
      const bytes = opened === undefined ? undefined : unpadContent(opened);
      if (bytes === undefined) throw new Error('an envelope for the minimal client does not open');
      this.tell({ kind: 'deliver-ack', items: [{ sender: from, id }] });
      if (type === 'receipt') for (const each of decodeReceipt(bytes)?.ids ?? []) this.#delivered.add(each);
      else {
        const decoded = decodeContent(bytes);
        const content = decoded.type === 'content' ? decoded.content.content : undefined;
        if (content?.kind === 'text') this.#texts.set(id, content.text);
        this.#store(from, 'receipt', newId(), encodeReceipt({ ids: [id] }));
      }
    }
  }

  #store(to: PeerKey, type: string, id: MessageId, content: Uint8Array): void {
    this.tell({ kind: 'mail-key-request', peer: to, oneTime: type === 'text' });
    const key = this.heardOf('mail-key').at(-1)?.key;
    if (key === undefined) throw new Error('the server has no mail key of the recipient');
    const head = { format: envelopeFormat, from: this.key, to, type, id, keyId: key.keyId };
    const sealed = this.#sealer.seal(head, key.publicKey, padContent(content));
    if (sealed === undefined) throw new Error('the mail key of the recipient is a point of low order');
    const { format, keyId } = head;
    this.tell({ kind: 'store', to, format, type, id, keyId, sealed });
  }
}

function headOf({ format, from, to, type, id, keyId }: ProtocolMessageOf<'deliver'>): EnvelopeHead {
  return { format, from, to, type, id, keyId };
}

describe('a minimal client', () => {
  it('exchanges messages and receipts with a whole client, which reaches it by the server only', () => {
    const chat = new ChatFixture();
    const { simulation, server } = chat;
    const [alice] = chat.online('alice');
    const minimal = new MinimalClient(simulation, server, '10.0.0.99');
    // It drops what others send to open a connection.
    simulation.network.partition(chat.hostOf(alice), minimal.host);
    minimal.join('minimal');
    simulation.until('alice sees it', () => alice.sees(minimal));
    const question = alice.say(minimal, 'do you hear me?');
    simulation.until('a message waits for it', () => minimal.heardOf('deliver').length > 0, 30_000);
    minimal.take(() => simulation.newMessageId());
    expect(minimal.texts).toEqual(['do you hear me?']);
    simulation.until('alice has its receipt', () => alice.stateOf(question) === 'delivered');
    const answer = simulation.newMessageId();
    minimal.write(alice.key, answer, 'by the server only');
    simulation.until('alice has the answer', () => alice.textsFrom(minimal).length === 1);
    expect(alice.textsFrom(minimal)).toEqual(['by the server only']);
    simulation.pass(2_000);
    minimal.take(() => simulation.newMessageId());
    expect(minimal.isDelivered(answer)).toBe(true);
    expect(minimal.heardOf('error')).toEqual([]);
  });
});
