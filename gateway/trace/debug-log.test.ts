import { describe, expect, it } from 'vitest';
import type { BridgeEvent } from '../../shared/bridge/events.ts';
import type { Session } from '../../shared/bridge/schema.ts';
import type { ServerChange } from '../../shared/bridge/server-change.ts';
import { done } from '../../shared/command-result.ts';
import { directConversation } from '../../shared/conversation.ts';
import { parsePeerKey, type MessageId } from '../../shared/ids.ts';
import type { ChatMessage } from '../../shared/message.ts';
import type { Trace } from '../../shared/trace.ts';
import type { EphemeralSubscription } from '../control/ephemeral-subscription.ts';
import { StoreError } from '../store/errors.ts';
import { ScriptedGateway } from '../terminal/frontend/scripted-gateway.ts';
import {
  clientSentence,
  debugLogTo,
  loggedApi,
  loggedStore,
  serverSentence,
  transportSentence,
  type DebugLog,
} from './debug-log.ts';

const peer = parsePeerKey('0123456789abcdef'.repeat(4))!;
const id = '01890a5d-ac96-774b-bcce-000000000001' as MessageId;
const conversation = directConversation(peer);

describe('the log at the level debug', () => {
  it('writes one line with the time, the layer and the sentence', () => {
    const lines: string[] = [];
    const log = debugLogTo(
      (line) => lines.push(line),
      () => Date.UTC(2026, 0, 2, 14, 3, 22, 105),
    );
    log('store', 'client committed in 0.4 ms');
    expect(lines).toEqual(['14:03:22.105 store: client committed in 0.4 ms\n']);
  });

  it('tells drops, timers, losses and events of the transport, and leaves datagrams that pass to the trace', () => {
    const from = { host: '10.0.0.2', port: 9 };
    const datagram = { atMs: 1, peer, size: 40, packet: null } as const;
    const traces: Trace[] = [
      { ...datagram, type: 'sent', to: from, attempt: 1, tokens: [id] },
      { ...datagram, type: 'received', from, dropped: null },
      { ...datagram, type: 'received', from, dropped: 'forged' },
      { type: 'timer', atMs: 1, peer, timer: 'probe' },
      { type: 'lost', atMs: 1, peer, number: 7, size: 40, tokens: [id] },
      { type: 'event', atMs: 1, event: 'received', peer, token: null, cause: null },
      { type: 'event', atMs: 1, event: 'undelivered', peer, token: id, cause: 'queue-full' },
    ];
    expect(traces.map((trace) => transportSentence('client', trace))).toEqual([
      undefined,
      undefined,
      'client dropped 40 bytes from 10.0.0.2:9: forged',
      'client timer probe 0123456789abcdef',
      `client lost packet 7 0123456789abcdef [${id}]`,
      undefined,
      `client undelivered 0123456789abcdef [${id}]: queue-full`,
    ]);
  });

  it('tells ids and states of the client, never texts and nicknames', () => {
    const secret = 'secret';
    const session: Session = {
      phase: 'unreachable',
      me: peer,
      nickname: secret,
      server: { address: secret },
      sinceMs: 0,
      nextAttemptAtMs: 0,
    };
    const message: ChatMessage = {
      id,
      conversation,
      author: peer,
      content: { kind: 'text', text: secret },
      sentAtMs: 0,
      position: { major: 0, minor: 0 },
    };
    const events: BridgeEvent[] = [
      { type: 'session', session },
      { type: 'message', message, unread: 1, mentions: 0, backlog: false },
      { type: 'contacts', contacts: [{ key: peer, nickname: secret, online: true }] },
      { type: 'delivery', conversation, id, delivery: { state: 'delivered', later: false } },
      { type: 'changed', message, change: { author: peer, kind: 'edit' }, mentions: 0 },
      { type: 'notify', conversation, notify: 'none' },
    ];
    const sentences = events.map(clientSentence);
    expect(sentences).toEqual([
      'session unreachable',
      `message ${id} in ${conversation}`,
      '1 changed contact rows',
      `delivery of ${id} in ${conversation}: delivered`,
      `edit of ${id} in ${conversation}`,
      `notify none in ${conversation}`,
    ]);
    expect(sentences.join()).not.toContain(secret);
  });

  it('tells changes of the server without nicknames', () => {
    const nickname = 'secret';
    const changes: ServerChange[] = [
      { type: 'registered', nickname, address: '10.0.0.2:9' },
      { type: 'departed', nickname, cause: 'silent' },
      { type: 'refused', nickname, address: '10.0.0.2:9', code: 'nickname-taken' },
      { type: 'stored', sender: nickname, recipient: nickname, waiting: 3 },
      { type: 'delivered', recipient: nickname, count: 2 },
    ];
    expect(changes.map(serverSentence)).toEqual([
      'registered from 10.0.0.2:9',
      'departed: silent',
      'refused 10.0.0.2:9: nickname-taken',
      'stored a message, 3 now wait for the recipient',
      'delivered 2 stored messages',
    ]);
  });

  it('tells each transaction that reaches the disk, and each that the disk refuses', () => {
    const lines: string[] = [];
    const log: DebugLog = (layer, sentence) => lines.push(`${layer}: ${sentence}`);
    const times = [0, 0.01, 0.01, 0.02, 10, 10.4, 11, 13.74, 20];
    const failures: Error[] = [];
    const store = loggedStore(
      {
        erase: () => true,
        begin: () => undefined,
        savepoint: (input) => input(),
        commit: () => {
          for (const failure of failures) throw failure;
        },
        sync: () => undefined,
      },
      'client',
      log,
      () => times.shift() ?? 0,
    );
    store.commit();
    store.sync();
    store.commit();
    store.sync();
    failures.push(new StoreError('disk-refused', 'The disk is full.'));
    expect(() => store.commit()).toThrow(failures[0]);
    expect(lines).toEqual([
      'store: client committed in 0.4 ms, on the disk after 2.7 ms',
      'store: client could not commit: StoreError',
    ]);
  });
});

it('the logged API of a frontend passes its subscription on, and names no link', async () => {
  const lines: string[] = [];
  const gateway = new ScriptedGateway();
  const subscriptions: unknown[] = [];
  gateway.execute = (_id, _command, subscription?: EphemeralSubscription) => {
    subscriptions.push(subscription);
    return Promise.resolve(done);
  };
  const api = loggedApi(
    gateway,
    (layer, sentence) => lines.push(`${layer}: ${sentence}`),
    () => 0,
  );
  const subscription = api.subscribeEphemeral(() => undefined);
  await api.execute('a', { type: 'watch-connection', peer, watch: true }, subscription);
  await api.execute('b', { type: 'new-link' });
  expect(subscriptions).toEqual([subscription, undefined]);
  expect(lines).toEqual([
    'bridge: command watch-connection done in 0.0 ms',
    'bridge: command new-link done in 0.0 ms',
  ]);
});
