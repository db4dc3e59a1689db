import { beforeEach, describe, expect, it } from 'vitest';
import type { ProtocolMessage } from '../../shared/chat/kinds.ts';
import {
  installationIdFromBytes,
  parseMessageId,
  peerKeyFromBytes,
  serverEpochFromBytes,
  type MessageId,
} from '../../shared/ids.ts';
import { offersInFlightMax } from '../../shared/limits.ts';
import type { Moment } from '../../shared/moment.ts';
import type { ClientStore } from '../store/client-store.ts';
import { openClientStore } from '../store/sqlite/client-store.ts';
import type { ClientEvent } from './client-event.ts';
import { Outbox } from './outbox.ts';
import type { Route } from './routes.ts';
import type { JobDone } from './pending-jobs.ts';

const me = peerKeyFromBytes(new Uint8Array(32).fill(1));
const bob = peerKeyFromBytes(new Uint8Array(32).fill(2));
const serverKey = peerKeyFromBytes(new Uint8Array(32).fill(9));
const installation = installationIdFromBytes(new Uint8Array(8));
const [epoch, otherEpoch] = [1, 2].map((byte) => serverEpochFromBytes(new Uint8Array(8).fill(byte)));
const direct: Route = { type: 'direct' };
const byServer: Route = { type: 'server', server: serverKey };

let store: ClientStore;
let said: ProtocolMessage[];
let told: ClientEvent[];
let route: Route;
/** What waits to be sealed. */
let seals: JobDone[];
let outbox: Outbox;

/** Runs in one turn at this time, as the client would. */
function at(monotonicMs: number, run: (now: Moment) => unknown): void {
  const now = { monotonicMs, wallMs: monotonicMs };
  store.begin();
  store.savepoint(() => {
    run(now);
    outbox.flush(now);
  });
  store.commit();
}

function write(count: number): MessageId[] {
  const ids: MessageId[] = [];
  at(0, () => {
    for (let index = 0; index < count; index++) {
      const sequence = store.outbox.nextSequence(bob);
      const id = parseMessageId(`01890a5d-ac96-774b-bcce-${sequence.toString(16).padStart(12, '0')}`)!;
      const text = `m${sequence}`;
      store.messages.insert({ id, peer: bob, direction: 'out', text, sentAtMs: 0, installation, sequence });
      outbox.add(
        {
          id,
          peer: bob,
          text,
          sentAtMs: 0,
          installation,
          sequence,
          clockOffsetMs: null,
          progress: { stage: 'pending' },
        },
        0,
      );
      ids.push(id);
    }
  });
  return ids;
}

function offeredIds(): MessageId[] {
  return said.flatMap((one) => (one.kind === 'message' || one.kind === 'store' ? [one.id] : []));
}

/** Everything that waits to be sealed is, one after the other. */
function sealAll(atMs: number): void {
  for (let done = seals.shift(); done !== undefined; done = seals.shift()) {
    const current = done;
    at(atMs, (now) => current(now, Uint8Array.of(7)));
  }
}

function shown(id: MessageId) {
  return told
    .flatMap((change) => (change.type === 'delivery' && change.id === id ? [change.delivery] : []))
    .at(-1);
}

beforeEach(() => {
  store = openClientStore();
  said = [];
  told = [];
  seals = [];
  route = direct;
  const context = {
    transport: () => undefined,
    send: (_to: unknown, _channel: unknown, one: ProtocolMessage) => said.push(one),
    emit: (change: ClientEvent) => told.push(change),
    runJob: (_work: unknown, done: unknown) => seals.push(done as JobDone),
  };
  outbox = new Outbox({ store, context, me, clock: { offsetMsThen: () => undefined }, route: () => route });
  outbox.handleEpoch(epoch!);
});

describe('the outbox', () => {
  it('has a bounded number of messages under way, and offers the next when one has arrived', () => {
    const ids = write(offersInFlightMax + 2);
    expect(offeredIds()).toEqual(ids.slice(0, offersInFlightMax));
    at(1, () => outbox.handleDelivered(ids[0]!, bob, 'direct'));
    expect(offeredIds()).toEqual(ids.slice(0, offersInFlightMax + 1));
  });

  it('tells no more of a long queue than of a short one while nobody can be reached', () => {
    route = { type: 'none', nextTryAtMs: null };
    write(1_000);
    for (let second = 1; second <= 10; second++) {
      route = { type: 'none', nextTryAtMs: second * 1_000 };
      at(second, () => outbox.touchAll());
    }
    expect(told.length).toBeLessThanOrEqual(offersInFlightMax * 11);
  });

  it('offers in order what came back, before everything younger', () => {
    const ids = write(offersInFlightMax + 1);
    said.length = 0;
    at(1, (now) => {
      for (const token of ids.slice(0, offersInFlightMax).reverse())
        outbox.handleEvent(now, { type: 'undelivered', peer: bob, token, cause: 'unreachable' });
    });
    expect(offeredIds()).toEqual(ids.slice(0, offersInFlightMax));
  });

  it('PROTOCOL 6.17: what is refused for now rests, whatever the reason, and is offered again', () => {
    route = byServer;
    for (const code of ['mailbox-full', 'unknown-recipient', 'storage-failed', 'not-registered']) {
      const [id] = write(1);
      sealAll(0);
      said.length = 0;
      at(1, (now) => outbox.handleDeclined(now, serverKey, id!, code));
      expect(shown(id!)?.state).toBe('waiting');
      const dueMs = outbox.pollTimeout()!;
      at(dueMs, (now) => outbox.handleTimeout(now));
      expect(offeredIds()).toEqual([id]);
      at(dueMs, () => outbox.handleDelivered(id!, bob, 'server'));
    }
  });

  it('PROTOCOL 6.17: what is refused for good has failed, and lets the others pass', () => {
    const ids = write(2);
    at(1, (now) => outbox.handleDeclined(now, bob, ids[0]!, 'malformed'));
    at(1, () => outbox.handleDelivered(ids[1]!, bob, 'direct'));
    expect([shown(ids[0]!), shown(ids[1]!)]).toEqual([
      { state: 'failed', code: 'refused' },
      { state: 'delivered', later: false },
    ]);
    expect(outbox.pollTimeout()).toBeUndefined();
  });

  it('believes a receipt only from the recipient, and a refusal only from whom it had asked', () => {
    const [id] = write(1);
    at(1, (now) => {
      outbox.handleDelivered(id!, serverKey, 'direct');
      outbox.handleDeclined(now, serverKey, id!, 'refused');
    });
    expect(shown(id!)).toBeUndefined();
  });

  it('offers again what the server had stored in an earlier life of its database', () => {
    route = byServer;
    const [id] = write(1);
    sealAll(0);
    at(1, () => outbox.handleStored(id!));
    said.length = 0;
    at(2, () => outbox.handleEpoch(epoch!));
    expect(offeredIds()).toEqual([]);
    at(3, () => outbox.handleEpoch(otherEpoch!));
    sealAll(3);
    expect(offeredIds()).toEqual([id]);
    expect(shown(id!)).toEqual({ state: 'stored' });
  });

  it('PROTOCOL 9.3: seals one envelope at a time for each person, and offers them in order', () => {
    route = byServer;
    const ids = write(3);
    expect([seals.length, offeredIds()]).toEqual([1, []]);
    at(1, () => outbox.touchAll());
    expect(seals.length).toBe(1);
    sealAll(2);
    expect(offeredIds()).toEqual(ids);
    // The same envelope again, not another one.
    at(3, (now) => {
      for (const token of ids)
        outbox.handleEvent(now, { type: 'undelivered', peer: serverKey, token, cause: 'unreachable' });
    });
    expect(seals).toEqual([]);
    expect(offeredIds()).toEqual([...ids, ...ids]);
  });

  it('takes the direct way that opens while an envelope is being sealed', () => {
    route = byServer;
    const [id] = write(1);
    route = direct;
    at(1, () => outbox.touchAll());
    expect(said).toMatchObject([{ kind: 'message', id }]);
    sealAll(2);
    expect(said).toHaveLength(1);
  });

  it('PROTOCOL 9.5: what its recipient could not open is not on the server any more, and is sealed again later', () => {
    route = byServer;
    const [id] = write(1);
    sealAll(0);
    at(1, () => outbox.handleStored(id!));
    expect(shown(id!)).toEqual({ state: 'stored' });
    at(2, (now) => outbox.handleNotice(now, { id: id!, recipient: serverKey, code: 'wrong-key' }));
    expect(shown(id!)).toEqual({ state: 'stored' });
    at(2, (now) => outbox.handleNotice(now, { id: id!, recipient: bob, code: 'wrong-key' }));
    expect(shown(id!)).toMatchObject({ state: 'waiting', reason: 'wrong-key' });
    expect(store.messages.find(id!)?.progress).toEqual({ stage: 'pending' });
    const dueMs = outbox.pollTimeout()!;
    said.length = 0;
    at(dueMs, (now) => outbox.handleTimeout(now));
    sealAll(dueMs);
    expect(offeredIds()).toEqual([id]);
  });

  it('PROTOCOL 9.5: what its recipient returned for good has failed', () => {
    route = byServer;
    const ids = write(2);
    sealAll(0);
    at(1, () => ids.forEach((id) => outbox.handleStored(id)));
    at(2, (now) => outbox.handleNotice(now, { id: ids[0]!, recipient: bob, code: 'malformed' }));
    at(2, (now) => outbox.handleNotice(now, { id: ids[1]!, recipient: bob, code: 'message-expired' }));
    expect(ids.map((id) => shown(id))).toEqual([
      { state: 'failed', code: 'refused' },
      { state: 'failed', code: 'message-expired' },
    ]);
  });
});
