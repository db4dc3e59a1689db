import { beforeEach, describe, expect, it } from 'vitest';
import { rejectionOf } from '../../../shared/chat/codes.ts';
import { directConversation } from '../../../shared/conversation.ts';
import type { ProtocolMessage } from '../../../shared/chat/kinds.ts';
import type { MailKey } from '../../../shared/chat/mail-key.ts';
import {
  installationIdFromBytes,
  instanceIdFromBytes,
  parseMessageId,
  peerKeyFromBytes,
  serverEpochFromBytes,
  type MessageId,
  type PeerKey,
} from '../../../shared/ids.ts';
import { offersInFlightMax } from '../../../shared/limits.ts';
import type { Moment } from '../../../shared/moment.ts';
import type { ClientStore } from '../../store/client-store.ts';
import { sampleMailKeyId } from '../../store/sample.ts';
import { openClientStore } from '../../store/sqlite/client/client-store.ts';
import type { ClientEvent } from '../client-event.ts';
import { Outbox } from './outbox.ts';
import type { KeyForMail } from '../mail/recipient-mail-keys.ts';
import type { Route } from '../connections/reachability.ts';
import type { JobDone } from '../../turn/pending-jobs.ts';

const me = peerKeyFromBytes(new Uint8Array(32).fill(1));
const bob = peerKeyFromBytes(new Uint8Array(32).fill(2));
const carol = peerKeyFromBytes(new Uint8Array(32).fill(3));
const withBob = directConversation(bob);
const serverKey = peerKeyFromBytes(new Uint8Array(32).fill(9));
const installation = installationIdFromBytes(new Uint8Array(8));
const instance = instanceIdFromBytes(new Uint8Array(8));
const [epoch, otherEpoch] = [1, 2].map((byte) => serverEpochFromBytes(new Uint8Array(8).fill(byte)));
const direct: Route = { type: 'direct' };
const byServer: Route = { type: 'server', server: serverKey };

let store: ClientStore;
let sent: ProtocolMessage[];
let emitted: ClientEvent[];
let route: Route;
/** Envelopes that wait to be sealed. */
let seals: JobDone[];
let outbox: Outbox;
/** The answer to each question for a mail key. */
let keys: KeyForMail;
/** Recipients with keys that were found to be unknown. */
let forgotten: PeerKey[];
/** Recipients for which something may be able to leave. */
let woken: Set<PeerKey>;

/** Runs an input in one turn at this time, as the client would. */
function at(monotonicMs: number, run: (now: Moment) => unknown): void {
  const now = { monotonicMs, wallMs: monotonicMs };
  store.begin();
  store.savepoint(() => {
    run(now);
    settle(now);
  });
  store.commit();
}

function settle(now: Moment): void {
  for (const peer of woken) {
    woken.delete(peer);
    outbox.proceed(now, peer);
  }
}

function routesChange(monotonicMs: number): void {
  at(monotonicMs, () => {
    for (const peer of outbox.waitingPeers()) woken.add(peer);
  });
}

function write(count: number, recipients: readonly PeerKey[] = [bob]): MessageId[] {
  const ids: MessageId[] = [];
  at(0, () => {
    for (let index = 0; index < count; index++) {
      const sequence = store.conversations.nextSequence(withBob);
      const id = parseMessageId(`01890a5d-ac96-774b-bcce-${sequence.toString(16).padStart(12, '0')}`)!;
      store.messages.insert({
        id,
        conversation: withBob,
        author: me,
        content: { kind: 'text', text: `m${sequence}` },
        sentAtMs: 0,
        clockOffsetMs: null,
        installation,
        sequence,
        recipients,
      });
      outbox.add(store.messages.findOutgoing(id)!, 0);
      ids.push(id);
    }
  });
  return ids;
}

function mailKey(number: number): MailKey {
  const [publicKey, signature] = [new Uint8Array(32), new Uint8Array(64)];
  return { keyId: sampleMailKeyId(number), kind: 'one-time', publicKey, expiresAtMs: 0, signature };
}

function offeredIds(): MessageId[] {
  return sent.flatMap((one) => (one.kind === 'message' || one.kind === 'store' ? [one.id] : []));
}

/** Seals everything that waits for it, one after the other. */
function sealAll(atMs: number): void {
  for (let done = seals.shift(); done !== undefined; done = seals.shift()) {
    const current = done;
    at(atMs, (now) => current(now, Uint8Array.of(7)));
  }
}

function shown(id: MessageId) {
  return emitted
    .flatMap((event) => (event.type === 'delivery' && event.id === id ? [event.delivery] : []))
    .at(-1);
}

beforeEach(() => {
  store = openClientStore();
  sent = [];
  emitted = [];
  seals = [];
  woken = new Set();
  route = direct;
  const context = {
    transport: () => undefined,
    send: (_to: unknown, one: ProtocolMessage) => sent.push(one),
    emit: (event: ClientEvent) => emitted.push(event),
    runJob: (_work: unknown, done: unknown) => seals.push(done as JobDone),
  };
  const reachability = {
    follow: () => undefined,
    wake: (peer: PeerKey) => void woken.add(peer),
    route: () => route,
  };
  keys = { type: 'key', key: mailKey(1) };
  forgotten = [];
  outbox = new Outbox({
    store,
    context,
    me,
    clock: { offsetMsAt: () => undefined },
    reachability,
    mailKeys: { forMessage: () => keys, forget: (peer) => void forgotten.push(peer) },
    grease: null,
  });
  outbox.handleEpoch(epoch!);
});

describe('the outbox', () => {
  it('PROTOCOL 6.75: has a bounded number of messages in flight, and offers the next when one has arrived', () => {
    const ids = write(offersInFlightMax + 2);
    expect(offeredIds()).toEqual(ids.slice(0, offersInFlightMax));
    at(1, () => outbox.handleDelivered(ids[0]!, bob, 'direct'));
    expect(offeredIds()).toEqual(ids.slice(0, offersInFlightMax + 1));
  });

  it('offers a message that found a full queue again when the queue has room, and not earlier', () => {
    const [id] = write(1);
    at(1, (now) =>
      outbox.handleEvent(now, {
        type: 'undelivered',
        peer: bob,
        instance: null,
        token: id!,
        cause: 'queue-full',
      }),
    );
    routesChange(60_000);
    at(60_000, (now) => outbox.handleTimeout(now));
    at(60_000, (now) =>
      outbox.handleEvent(now, { type: 'writable', peer: carol, instance, channel: 'chat' }),
    );
    expect([offeredIds(), outbox.pollTimeout()]).toEqual([[id], undefined]);
    at(60_001, (now) => outbox.handleEvent(now, { type: 'writable', peer: bob, instance, channel: 'chat' }));
    expect(offeredIds()).toEqual([id, id]);
  });

  it('offers a message directly when the recipient connects while the queue to the server is full', () => {
    route = byServer;
    const [id] = write(1);
    sealAll(1);
    at(2, (now) =>
      outbox.handleEvent(now, {
        type: 'undelivered',
        peer: serverKey,
        instance: null,
        token: id!,
        cause: 'queue-full',
      }),
    );
    route = direct;
    const address = { host: '10.0.0.2', port: 5 };
    at(3, (now) =>
      outbox.handleEvent(now, {
        type: 'connected',
        peer: bob,
        instance,
        address,
        dial: null,
        handshakeHash: new Uint8Array(64),
      }),
    );
    expect(sent.map(({ kind }) => kind)).toEqual(['store', 'message']);
  });

  it('reports no more about a long queue than about a short one while there is no route', () => {
    route = { type: 'none', nextAttemptAtMs: null };
    write(1_000);
    for (let second = 1; second <= 10; second++) {
      route = { type: 'none', nextAttemptAtMs: second * 1_000 };
      routesChange(second);
    }
    expect(emitted.length).toBeLessThanOrEqual(offersInFlightMax * 11);
  });

  it('PROTOCOL 6.75: offers undelivered messages again in order, before everything younger', () => {
    const ids = write(offersInFlightMax + 1);
    sent.length = 0;
    at(1, (now) => {
      for (const token of ids.slice(0, offersInFlightMax).reverse())
        outbox.handleEvent(now, {
          type: 'undelivered',
          peer: bob,
          instance: null,
          token,
          cause: 'unreachable',
        });
    });
    expect(offeredIds()).toEqual(ids.slice(0, offersInFlightMax));
  });

  it('PROTOCOL 6.17: lets a message rest that is rejected for now, and offers it again', () => {
    route = byServer;
    for (const code of ['mailbox-full', 'unknown-recipient', 'not-before-noon']) {
      const [id] = write(1);
      sealAll(0);
      sent.length = 0;
      at(1, (now) => outbox.handleReject(now, serverKey, id!, { code, retryAfterMs: 7_000 }));
      expect(shown(id!)).toEqual({
        state: 'waiting',
        nextAttemptAtMs: 7_001,
        reason: code === 'not-before-noon' ? 'refused-for-now' : code,
      });
      const dueMs = outbox.pollTimeout()!;
      expect(dueMs).toBe(7_001);
      at(dueMs, (now) => outbox.handleTimeout(now));
      expect(offeredIds()).toEqual([id]);
      at(dueMs, () => outbox.handleDelivered(id!, bob, 'server'));
    }
  });

  it('PROTOCOL 6.17: waits at least a second and at most a day, whatever the advice', () => {
    const [id] = write(1);
    at(0, (now) => outbox.handleReject(now, bob, id!, { code: 'x', retryAfterMs: 0 }));
    expect(outbox.pollTimeout()).toBe(1_000);
    at(1_000, (now) => outbox.handleTimeout(now));
    at(1_000, (now) =>
      outbox.handleReject(now, bob, id!, { code: 'x', retryAfterMs: Number.MAX_SAFE_INTEGER }),
    );
    expect(outbox.pollTimeout()).toBe(1_000 + 86_400_000);
  });

  it('PROTOCOL 6.17: a bounce with an unknown code and an advice makes the message wait here again', () => {
    route = byServer;
    const [id] = write(1);
    sealAll(0);
    at(1, () => outbox.handleStored(serverKey, id!));
    const bounce = { id: id!, recipient: bob, code: 'not-before-noon', retryAfterMs: 5_000 };
    at(2, (now) => outbox.handleBounce(now, bounce));
    expect(shown(id!)).toEqual({ state: 'waiting', nextAttemptAtMs: 5_002, reason: 'refused-for-now' });
  });

  it('PROTOCOL 6.17: fails a message that is rejected for good, and lets the others pass', () => {
    const ids = write(2);
    at(1, (now) => outbox.handleReject(now, bob, ids[0]!, { code: 'malformed' }));
    at(1, () => outbox.handleDelivered(ids[1]!, bob, 'direct'));
    expect([shown(ids[0]!), shown(ids[1]!)]).toEqual([
      { state: 'failed', code: 'refused' },
      { state: 'delivered', later: false },
    ]);
    expect(outbox.pollTimeout()).toBeUndefined();
  });

  it('accepts a receipt only from the recipient, and a reject only from the peer that it asked', () => {
    const [id] = write(1);
    at(1, (now) => {
      outbox.handleDelivered(id!, serverKey, 'direct');
      outbox.handleReject(now, serverKey, id!, { code: 'refused' });
    });
    expect(shown(id!)).toBeUndefined();
  });

  it('offers a message again that the server had stored in an earlier epoch', () => {
    route = byServer;
    const [id] = write(1);
    sealAll(0);
    at(1, () => outbox.handleStored(serverKey, id!));
    sent.length = 0;
    at(2, () => outbox.handleEpoch(epoch!));
    expect(offeredIds()).toEqual([]);
    at(3, () => outbox.handleEpoch(otherEpoch!));
    sealAll(3);
    expect(offeredIds()).toEqual([id]);
    expect(shown(id!)).toEqual({ state: 'stored' });
  });

  it('PROTOCOL 9.3: seals one envelope at a time for each recipient, and offers them in order', () => {
    route = byServer;
    const ids = write(3);
    expect([seals.length, offeredIds()]).toEqual([1, []]);
    routesChange(1);
    expect(seals.length).toBe(1);
    sealAll(2);
    expect(offeredIds()).toEqual(ids);
    // The same envelope again, not another one.
    at(3, (now) => {
      for (const token of ids)
        outbox.handleEvent(now, {
          type: 'undelivered',
          peer: serverKey,
          instance: null,
          token,
          cause: 'unreachable',
        });
    });
    expect(seals).toEqual([]);
    expect(offeredIds()).toEqual([...ids, ...ids]);
  });

  it('takes the direct route that opens while an envelope is being sealed', () => {
    route = byServer;
    const [id] = write(1);
    route = direct;
    routesChange(1);
    expect(sent).toMatchObject([{ kind: 'message', id }]);
    sealAll(2);
    expect(sent).toHaveLength(1);
  });

  it('PROTOCOL 9.5: seals a message again later that its recipient could not open', () => {
    route = byServer;
    const [id] = write(1);
    sealAll(0);
    at(1, () => outbox.handleStored(serverKey, id!));
    expect(shown(id!)).toEqual({ state: 'stored' });
    at(2, (now) => outbox.handleBounce(now, { id: id!, recipient: serverKey, ...rejectionOf('wrong-key') }));
    expect(shown(id!)).toEqual({ state: 'stored' });
    at(2, (now) => outbox.handleBounce(now, { id: id!, recipient: bob, ...rejectionOf('wrong-key') }));
    expect(shown(id!)).toMatchObject({ state: 'waiting', reason: 'wrong-key' });
    expect(store.messages.find(id!)?.dispatches).toEqual([
      { recipient: bob, progress: { stage: 'pending' } },
    ]);
    const dueMs = outbox.pollTimeout()!;
    sent.length = 0;
    at(dueMs, (now) => outbox.handleTimeout(now));
    sealAll(dueMs);
    expect(offeredIds()).toEqual([id]);
  });

  it('PROTOCOL 6.95: offers again what was not accepted, later each time, and soon after a receipt', () => {
    const [id] = write(1);
    const rejection = rejectionOf('not-accepted');
    let nowMs = 1;
    const waitsMs = Array.from({ length: 5 }, () => {
      at(nowMs, (now) => outbox.handleReject(now, bob, id!, rejection));
      expect(shown(id!)).toEqual({ state: 'waiting', nextAttemptAtMs: null, reason: 'not-accepted' });
      const dueMs = outbox.pollTimeout()!;
      const waitMs = dueMs - nowMs;
      sent.length = 0;
      at(dueMs - 1, (now) => outbox.handleTimeout(now));
      expect(offeredIds()).toEqual([]);
      at(dueMs, (now) => outbox.handleTimeout(now));
      expect(offeredIds()).toEqual([id]);
      nowMs = dueMs + 1;
      return waitMs;
    });
    expect(waitsMs).toEqual([60_000, 120_000, 240_000, 300_000, 300_000]);
    at(nowMs, (now) => outbox.handleReject(now, bob, id!, rejection));
    // Only a receipt of the recipient counts.
    at(nowMs, (now) => outbox.handleAccepting(now, carol));
    expect(outbox.pollTimeout()).toBe(nowMs + 300_000);
    at(nowMs, (now) => outbox.handleAccepting(now, bob));
    expect(outbox.pollTimeout()).toBe(nowMs + 1_000);
    at(nowMs + 1_000, (now) => outbox.handleTimeout(now));
    at(nowMs + 1_001, (now) => outbox.handleReject(now, bob, id!, rejection));
    expect(outbox.pollTimeout()).toBe(nowMs + 1_001 + 60_000);
  });

  it('PROTOCOL 6.95: offers again soon what was not accepted before a receipt that came sooner, on either way', () => {
    const rejection = rejectionOf('not-accepted');
    const [id] = write(1);
    at(1, (now) => outbox.handleAccepting(now, bob));
    at(2, (now) => outbox.handleReject(now, bob, id!, rejection));
    expect(outbox.pollTimeout()).toBe(2 + 1_000);
    at(1_002, (now) => outbox.handleTimeout(now));
    at(1_003, (now) => outbox.handleReject(now, bob, id!, rejection));
    expect(outbox.pollTimeout()).toBe(1_003 + 60_000);

    route = byServer;
    const [stored] = write(1);
    sealAll(2_000);
    at(2_001, () => outbox.handleStored(serverKey, stored!));
    at(2_002, (now) => outbox.handleAccepting(now, bob));
    at(2_003, (now) => outbox.handleBounce(now, { id: stored!, recipient: bob, ...rejection }));
    expect(outbox.pollTimeout()).toBe(2_003 + 999);
    at(2_003 + 1_000, (now) => outbox.handleTimeout(now));
    sealAll(3_004);
    expect(offeredIds().at(-1)).toBe(stored);
  });

  it('PROTOCOL 6.95: says of all messages behind those that were not accepted that they wait, too', () => {
    const ids = write(offersInFlightMax + 2);
    const waits = { state: 'waiting', nextAttemptAtMs: null, reason: 'not-accepted' };
    for (const id of ids.slice(0, offersInFlightMax))
      at(1, (now) => outbox.handleReject(now, bob, id, rejectionOf('not-accepted')));
    const [later] = write(1);
    for (const id of [...ids, later!]) expect(shown(id)).toEqual(waits);
    at(2, (now) => outbox.handleAccepting(now, bob));
    sent.length = 0;
    at(1_002, (now) => outbox.handleTimeout(now));
    expect(offeredIds()).toEqual(ids.slice(0, offersInFlightMax));
    at(1_003, () => ids.slice(0, 3).forEach((id) => outbox.handleDelivered(id, bob, 'direct')));
    expect(offeredIds().slice(offersInFlightMax)).toEqual([...ids.slice(offersInFlightMax), later]);
  });

  it('PROTOCOL 6.95: a receipt does not shorten the wait of a message that was rejected for another reason', () => {
    const [id] = write(1);
    at(1, (now) => outbox.handleReject(now, bob, id!, rejectionOf('mailbox-full')));
    const dueMs = outbox.pollTimeout();
    at(2, (now) => outbox.handleAccepting(now, bob));
    expect(outbox.pollTimeout()).toBe(dueMs);
  });

  it('PROTOCOL 9.5: fails a message that its recipient rejected for good', () => {
    route = byServer;
    const ids = write(2);
    sealAll(0);
    at(1, () => ids.forEach((id) => outbox.handleStored(serverKey, id)));
    at(2, (now) => outbox.handleBounce(now, { id: ids[0]!, recipient: bob, code: 'malformed' }));
    at(2, (now) => outbox.handleBounce(now, { id: ids[1]!, recipient: bob, code: 'message-expired' }));
    expect(ids.map((id) => shown(id))).toEqual([
      { state: 'failed', code: 'refused' },
      { state: 'failed', code: 'message-expired' },
    ]);
  });

  it('shows a message with several recipients as far as the last of them has it', () => {
    const [id] = write(1, [bob, carol]);
    at(1, () => outbox.handleDelivered(id!, carol, 'direct'));
    expect(shown(id!)).toBeUndefined();
    at(2, (now) => outbox.handleEvent(now, { type: 'attempt', peer: bob, instance, token: id!, attempt: 1 }));
    expect(shown(id!)).toEqual({ state: 'sending', attempt: 1, via: 'direct' });
    at(3, () => outbox.handleDelivered(id!, bob, 'direct'));
    expect(shown(id!)).toEqual({ state: 'delivered', later: false });
    expect(outbox.wantsConnection(bob)).toBe(false);
    expect(outbox.pollTimeout()).toBeUndefined();
  });

  it('offers only the failed dispatches of a message again', () => {
    const [id] = write(1, [bob, carol]);
    at(1, () => outbox.handleDelivered(id!, carol, 'direct'));
    at(2, (now) => outbox.handleReject(now, bob, id!, { code: 'malformed' }));
    expect(shown(id!)).toEqual({ state: 'failed', code: 'refused' });
    sent.length = 0;
    at(3, () => outbox.retry(store.messages.findOutgoing(id!)!));
    expect(offeredIds()).toEqual([id]);
    at(4, () => outbox.handleDelivered(id!, bob, 'direct'));
    expect(shown(id!)).toEqual({ state: 'delivered', later: false });
  });

  it('PROTOCOL 9.24: seals each message to a key of its own, and nothing before it has one', () => {
    route = byServer;
    keys = { type: 'asked' };
    write(2);
    expect([seals.length, offeredIds()]).toEqual([0, []]);
    keys = { type: 'key', key: mailKey(1) };
    routesChange(1);
    keys = { type: 'key', key: mailKey(2) };
    sealAll(2);
    expect(sent.map((one) => (one.kind === 'store' ? one.keyId : one.kind))).toEqual(
      [1, 2].map(sampleMailKeyId),
    );
  });

  it.each([500, null])(
    'PROTOCOL 9.24: shows all messages as waiting until %j while the server has no key of their recipient',
    (untilMs) => {
      route = { type: 'connecting', attempt: 1 };
      const ids = write(2);
      route = byServer;
      keys = { type: 'none', untilMs };
      routesChange(1);
      const waiting = { state: 'waiting', nextAttemptAtMs: untilMs, reason: 'unknown-recipient' };
      expect(ids.map(shown)).toEqual([waiting, waiting]);
    },
  );

  it('PROTOCOL 9.26: seals a message again, under the same id, when its mail key is unknown', () => {
    route = byServer;
    const [id] = write(1);
    sealAll(1);
    keys = { type: 'key', key: mailKey(2) };
    at(2, (now) => outbox.handleReject(now, serverKey, id!, rejectionOf('unknown-mail-key')));
    expect(forgotten).toEqual([bob]);
    at(1_002, (now) => outbox.handleTimeout(now));
    sealAll(1_003);
    at(1_004, () => outbox.handleStored(serverKey, id!));
    keys = { type: 'key', key: mailKey(3) };
    at(1_005, (now) =>
      outbox.handleBounce(now, { id: id!, recipient: bob, ...rejectionOf('unknown-mail-key') }),
    );
    at(3_005, (now) => outbox.handleTimeout(now));
    sealAll(3_006);
    const stores = sent.flatMap((one) => (one.kind === 'store' ? [one] : []));
    expect(stores.map((one) => [one.id, one.keyId])).toEqual(
      [1, 2, 3].map((number) => [id, sampleMailKeyId(number)]),
    );
    expect(
      emitted.flatMap((event) => (event.type === 'delivery' ? [event.delivery.state] : [])),
    ).not.toContain('failed');
  });
});
