import { beforeEach, describe, expect, it } from 'vitest';
import { decodeMessage } from '../../shared/chat/codec.ts';
import type { ProtocolMessageOf } from '../../shared/chat/kinds.ts';
import type { PeerKey } from '../../shared/ids.ts';
import { datagramBytesBase, nicknameCodePointsMax, rosterChunkRowsMax } from '../../shared/limits.ts';
import { sampleEpoch, sampleKey, sampleSigningKeyOf } from '../store/sample.ts';
import { RosterLog } from './roster-log.ts';
import { RosterPublisher, type RosterPublisherOptions } from './roster-publisher.ts';

/** The least time between two publications. */
const publishIntervalMs = 250;

const [ann, ben] = [sampleKey(1), sampleKey(2)];

interface Sent {
  readonly to: PeerKey;
  readonly token: string;
  readonly message: ProtocolMessageOf<'roster'>;
  readonly byteCount: number;
}

let log: RosterLog;
let changed: Set<PeerKey>;
let sent: Sent[];
let options: RosterPublisherOptions;
let publisher: RosterPublisher;
let nickname: string;

/** A table. All its changes may be published at once. */
beforeEach(() => {
  log = new RosterLog([], 0);
  changed = new Set();
  sent = [];
  nickname = 'nickname';
  options = {
    epoch: sampleEpoch(1),
    table: {
      get version() {
        return log.version;
      },
      get publishDueMs() {
        return changed.size > 0 ? Number.NEGATIVE_INFINITY : undefined;
      },
      publish: () => {
        for (const key of changed) log.touch(key);
        changed.clear();
      },
      resumableFrom: (version) => version,
      since: (version, rowsMax) => log.since(version, rowsMax),
      row: (key) => ({
        key,
        signingKey: sampleSigningKeyOf(key),
        nickname,
        online: true,
        addressRevision: 0,
        lastSeenMs: null,
        features: [],
      }),
    },
    send: (to, bytes, token) => {
      const decoded = decodeMessage(bytes);
      if (decoded.type !== 'message' || decoded.message.kind !== 'roster') throw new Error('not a roster');
      sent.push({ to, token, message: decoded.message, byteCount: bytes.length });
    },
  };
  publisher = new RosterPublisher(options);
});

function change(nowMs: number, ...numbers: number[]): void {
  for (const number of numbers) changed.add(sampleKey(number));
  publisher.publish(nowMs);
}

/** Acknowledges everything that was sent since the last call, and returns it. */
function acknowledge(nowMs: number): Sent[] {
  const acknowledged = sent.splice(0);
  for (const { to, token } of acknowledged) publisher.handleAcknowledged(nowMs, to, token);
  return acknowledged;
}

function rowsOf({ message }: Pick<Sent, 'message'>): PeerKey[] {
  return message.rows.map(({ key }) => key);
}

describe('the roster publisher', () => {
  it('sends a new subscriber what it lacks at once, and an empty chunk if it lacks nothing', () => {
    change(0, 1, 2);
    publisher.subscribe(10, ann, null);
    publisher.subscribe(10, ben, { epoch: sampleEpoch(1), version: 2 });
    expect(sent.map((one) => [one.to, one.message.from, one.message.to, rowsOf(one)])).toEqual([
      [ann, 0, 2, [ann, ben]],
      [ben, 2, 2, []],
    ]);
  });

  it('PROTOCOL 6.50: sends a burst of changes as one roster, and no client gets two within 250 ms', () => {
    publisher.subscribe(0, ann, null);
    acknowledge(0);
    const received: (readonly [number, number])[] = [];
    for (let nowMs = 10; nowMs <= 1_000; nowMs += 10) {
      change(nowMs, nowMs);
      received.push(...acknowledge(nowMs).map((one) => [nowMs, rowsOf(one).length] as const));
    }
    // The first publication comes within 250 ms of what Ann got when she subscribed.
    expect(received).toEqual([
      [260, 26],
      [510, 25],
      [760, 25],
    ]);
  });

  it('sends as much as has changed, however large the table is', () => {
    change(0, ...Array.from({ length: 1_000 }, (_, index) => index));
    publisher.subscribe(0, ann, { epoch: sampleEpoch(1), version: log.version });
    acknowledge(0);
    change(1_000, 5);
    const [one] = sent;
    expect(rowsOf(one!)).toEqual([sampleKey(5)]);
    expect(one!.byteCount).toBeLessThan(datagramBytesBase / 4);
  });

  it('sends nothing to a subscriber while a chunk is in flight, and then all that it lacks', () => {
    publisher.subscribe(0, ann, null);
    for (let number = 1; number <= 5; number++) change(number * 1_000, number);
    expect(sent).toHaveLength(1);
    acknowledge(6_000);
    publisher.publish(6_000);
    expect(sent.map((one) => [one.message.from, one.message.to])).toEqual([[0, 5]]);
  });

  it('sends a long delta in chunks, each one when the previous one is acknowledged', () => {
    change(0, ...Array.from({ length: 2 * rosterChunkRowsMax + 5 }, (_, index) => index));
    publisher.subscribe(0, ann, null);
    const chunks: Sent[] = [];
    while (sent.length > 0) chunks.push(...acknowledge(1));
    expect(
      chunks.map(({ message }) => [message.from, message.to, message.rows.length, message.last]),
    ).toEqual([
      [0, 200, 200, false],
      [200, 400, 200, false],
      [400, 405, 5, true],
    ]);
  });

  it('sends a chunk again in the first publication after a full queue has room again', () => {
    publisher.subscribe(0, ann, null);
    const [first] = sent.splice(0);
    publisher.handleQueueFull(1, ann, first!.token);
    publisher.publish(100);
    change(100, 1);
    publisher.publish(100 + publishIntervalMs);
    expect(sent).toEqual([]);
    expect(publisher.dueMs).toBeUndefined();
    publisher.handleWritable(ann);
    publisher.publish(100 + 2 * publishIntervalMs);
    expect(sent.map(({ to, message }) => [to, message.from, message.last])).toEqual([[ann, 0, true]]);
  });

  it('sends after a fault again what may not have been sent, and ignores a late acknowledgement', () => {
    change(0, 1);
    publisher.subscribe(0, ann, null);
    const [lost] = sent.splice(0);
    publisher = new RosterPublisher(options, publisher);
    publisher.handleAcknowledged(1, ann, lost!.token);
    publisher.publish(publishIntervalMs);
    expect(sent.map((one) => [one.message.from, one.message.to])).toEqual([[0, 1]]);
    publisher.handleAcknowledged(publishIntervalMs, ann, lost!.token);
    change(3 * publishIntervalMs, 2);
    expect(sent).toHaveLength(1);
  });

  it('sends nothing to a client that has unsubscribed', () => {
    publisher.subscribe(0, ann, null);
    acknowledge(0);
    publisher.unsubscribe(ann);
    change(1_000, 1);
    expect(sent).toEqual([]);
  });

  it('PROTOCOL 6.8: sends a chunk of the longest names in far fewer bytes than a message may have', () => {
    nickname = '\u{1F600}'.repeat(nicknameCodePointsMax);
    change(0, ...Array.from({ length: rosterChunkRowsMax }, (_, index) => index));
    publisher.subscribe(0, ann, null);
    expect(sent[0]!.byteCount).toBeLessThan(64 * 1024);
  });
});
