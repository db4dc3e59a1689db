import { beforeEach, describe, expect, it } from 'vitest';
import { encodeContent, encodeReceipt } from '../../../shared/chat/codec.ts';
import { padContent } from '../../../shared/chat/envelope.ts';
import { directConversation } from '../../../shared/conversation.ts';
import type { ProtocolMessage, ProtocolMessageOf } from '../../../shared/chat/kinds.ts';
import {
  installationIdFromBytes,
  parseMessageId,
  peerKeyFromBytes,
  type MailKeyId,
  type MessageId,
  type PeerKey,
} from '../../../shared/ids.ts';
import { opensWaitingMax, unknownSendersMax } from '../../../shared/limits.ts';
import { contentText } from '../../../shared/content-text.ts';
import type { Moment } from '../../../shared/moment.ts';
import type { ClientStore } from '../../store/client-store.ts';
import { sampleKey, sampleMailKeyId } from '../../store/sample.ts';
import type { ClientEvent } from '../client-event.ts';
import type { Inbox } from './inbox.ts';
import type { JobDone } from '../../turn/pending-jobs.ts';
import { openClientStore } from '../../store/sqlite/client/client-store.ts';
import { TestInbox } from './test-inbox.ts';

const [me, alice, server] = [1, 2, 9].map((byte) => peerKeyFromBytes(new Uint8Array(32).fill(byte))) as [
  PeerKey,
  PeerKey,
  PeerKey,
];
const installation = installationIdFromBytes(new Uint8Array(8));
const now = { monotonicMs: 0, wallMs: 0 };

let test: TestInbox;
let store: ClientStore;
let sent: ProtocolMessage[];
let opens: JobDone[];
let receipted: MessageId[];
/** Mail keys that this client does not have. */
let lostKeys: Set<MailKeyId>;
let deletedKeys: MailKeyId[];
let inbox: Inbox;
/** When the inbox asked for an erasure. */
let erasures: Moment[];

function idOf(number: number): MessageId {
  return parseMessageId(`01890a5d-ac96-774b-bcce-${number.toString(16).padStart(12, '0')}`)!;
}

function inTurn(run: () => void): void {
  test.inTurn(run);
}

function deliver(number: number, change: Partial<ProtocolMessageOf<'deliver'>> = {}): void {
  const envelope = {
    format: 1,
    type: 'text',
    id: idOf(number),
    keyId: sampleMailKeyId(number),
    sealed: new Uint8Array(0),
  };
  inTurn(() =>
    inbox.handleDeliver(now, server, { kind: 'deliver', from: alice, to: me, ...envelope, ...change }),
  );
}

/** Opens the envelope with this index of arrival; it holds this content. */
function open(index: number, content: Uint8Array | undefined): void {
  openAs(index, content === undefined ? undefined : padContent(content));
}

function openAs(index: number, opened: Uint8Array | undefined): void {
  inTurn(() => opens[index]!(now, opened));
}

function words(number: number): Uint8Array {
  return encodeContent({
    installation,
    sequence: number,
    sentAtMs: 0,
    content: { kind: 'text', text: `word ${number}` },
  });
}

function messageOf(number: number): ProtocolMessageOf<'message'> {
  return { kind: 'message', id: idOf(number), body: words(number) };
}

function shown(): string[] {
  return store.messages
    .page(directConversation(alice), null, 1_000)
    .messages.map(({ content }) => contentText(content));
}

function rejected(): [MessageId, string][] {
  return sent.flatMap((one) =>
    one.kind === 'deliver-reject' ? [[one.id, one.code] as [MessageId, string]] : [],
  );
}

beforeEach(() => {
  store = openClientStore();
  [sent, opens] = [[], []];
  lostKeys = new Set();
  const context = {
    transport: () => undefined,
    send: (_to: unknown, one: ProtocolMessage) => sent.push(one),
    emit: (_: ClientEvent) => undefined,
    runJob: (_: unknown, done: unknown) => opens.push(done as JobDone),
  };
  test = new TestInbox(store, me, context, (keyId) => (lostKeys.has(keyId) ? undefined : new Uint8Array(32)));
  ({ inbox, receipted, deletedKeys, erasures } = test);
});

describe('the inbox', () => {
  it('has the words of a forgotten unknown sender erased', () => {
    for (let number = 1; number <= unknownSendersMax; number++)
      inTurn(() => inbox.handleMessage(now, sampleKey(100 + number), messageOf(number)));
    expect(erasures).toEqual([]);
    inTurn(() => inbox.handleMessage(now, sampleKey(99), messageOf(1_000)));
    expect(erasures).toEqual([now]);
  });

  it('PROTOCOL 9.6: accepts envelopes in the order of their arrival, however long each takes to open', () => {
    for (const number of [1, 2, 3]) deliver(number);
    open(2, words(3));
    open(1, words(2));
    expect(shown()).toEqual([]);
    open(0, words(1));
    expect(shown()).toEqual(['word 1', 'word 2', 'word 3']);
    expect(store.receipts.waiting(alice, new Set(), 10)).toEqual([1, 2, 3].map(idOf));
  });

  it('PROTOCOL 9.6: leaves envelopes to the server that would wait too long', () => {
    for (let number = 1; number <= opensWaitingMax + 5; number++) deliver(number);
    expect(opens).toHaveLength(opensWaitingMax);
    deliver(1);
    expect(opens).toHaveLength(opensWaitingMax);
    open(0, words(1));
    deliver(opensWaitingMax + 1);
    expect(opens).toHaveLength(opensWaitingMax + 1);
    expect(rejected()).toEqual([]);
  });

  it('PROTOCOL 9.6: does not open a message again that it has, and owes its receipt again', () => {
    deliver(1);
    open(0, words(1));
    inTurn(() => store.receipts.remove(alice, idOf(1)));
    deliver(1, { sealed: Uint8Array.of(6, 6, 6) });
    expect(opens).toHaveLength(1);
    expect(store.receipts.waiting(alice, new Set(), 10)).toEqual([idOf(1)]);
    expect(shown()).toEqual(['word 1']);
  });

  it('PROTOCOL 9.5: rejects envelopes for another key, and those that cannot be opened or understood', () => {
    deliver(1, { to: alice });
    deliver(2, { type: 'song' });
    for (const number of [3, 4, 5]) deliver(number);
    open(0, undefined);
    open(1, Uint8Array.of(1, 2, 3));
    // A content without its padding.
    openAs(2, words(5));
    deliver(6, { type: 'receipt' });
    open(3, words(6));
    deliver(7, { format: 2 });
    expect(rejected()).toEqual([
      [idOf(1), 'wrong-key'],
      [idOf(2), 'unknown-kind'],
      [idOf(3), 'wrong-key'],
      [idOf(4), 'malformed'],
      [idOf(5), 'malformed'],
      [idOf(6), 'malformed'],
      [idOf(7), 'unknown-format'],
    ]);
    expect(shown()).toEqual([]);
    expect(store.receipts.senders()).toEqual([]);
  });

  it('PROTOCOL 9.4: takes receipts from an envelope, and owes no receipt for them', () => {
    deliver(1, { type: 'receipt' });
    open(0, encodeReceipt({ ids: [idOf(7), idOf(8)] }));
    expect(receipted).toEqual([idOf(7), idOf(8)]);
    expect(sent).toMatchObject([{ kind: 'deliver-ack', items: [{ sender: alice, id: idOf(1) }] }]);
    expect(store.receipts.senders()).toEqual([]);
  });

  it('PROTOCOL 9.26: rejects envelopes that are sealed to a mail key that it does not have', () => {
    lostKeys.add(sampleMailKeyId(1));
    deliver(1);
    deliver(2);
    expect(opens).toHaveLength(1);
    expect(rejected()).toEqual([[idOf(1), 'unknown-mail-key']]);
  });

  it('PROTOCOL 9.27: deletes both mail keys when a copy comes that was sealed again before the message is opened', () => {
    deliver(1, { keyId: sampleMailKeyId(1) });
    deliver(1, { keyId: sampleMailKeyId(2) });
    lostKeys.add(sampleMailKeyId(3));
    deliver(1, { keyId: sampleMailKeyId(3) });
    expect(opens).toHaveLength(1);
    open(0, words(1));
    expect(deletedKeys).toEqual([1, 2].map(sampleMailKeyId));
    // The copy is still to be opened where the first one could not be.
    deliver(2, { keyId: sampleMailKeyId(4) });
    deliver(2, { keyId: sampleMailKeyId(5) });
    open(1, undefined);
    expect(deletedKeys).not.toContain(sampleMailKeyId(5));
  });

  it('PROTOCOL 9.27: deletes the mail key of what it has opened, and keeps the key of what it cannot open', () => {
    for (const number of [1, 2]) deliver(number);
    open(0, undefined);
    expect(deletedKeys).toEqual([]);
    open(1, words(2));
    expect(deletedKeys).toEqual([sampleMailKeyId(2)]);
    // A copy, sealed to another key: that key has no other use.
    deliver(2, { keyId: sampleMailKeyId(5) });
    expect(deletedKeys).toEqual([sampleMailKeyId(2), sampleMailKeyId(5)]);
  });
});
