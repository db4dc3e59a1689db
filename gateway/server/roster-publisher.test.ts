import { beforeEach, describe, expect, it } from 'vitest';
import { decodeMessage } from '../../shared/chat/codec.ts';
import type { ProtocolMessageOf } from '../../shared/chat/kinds.ts';
import type { PeerKey } from '../../shared/ids.ts';
import { datagramBytesBase, nicknameCodePointsMax, rosterPiecePeopleMax } from '../../shared/limits.ts';
import { sampleEpoch, sampleKey, sampleSigningKeyOf } from '../store/sample.ts';
import { RosterPublisher } from './roster-publisher.ts';
import { RosterLog } from './roster-log.ts';

/** A burst of changes is one roster, at most one in this time. */
const rosterIntervalMs = 250;

const [ann, ben] = [sampleKey(1), sampleKey(2)];

interface Sent {
  readonly to: PeerKey;
  readonly token: string;
  readonly said: ProtocolMessageOf<'roster'>;
  readonly byteCount: number;
}

let log: RosterLog;
let changed: Set<PeerKey>;
let sent: Sent[];
let board: RosterPublisher;
let nickname: string;

/** A table of which every change may be told at once. */
beforeEach(() => {
  log = new RosterLog([], 0);
  changed = new Set();
  sent = [];
  nickname = 'somebody';
  board = new RosterPublisher({
    epoch: sampleEpoch(1),
    table: () => ({
      get version() {
        return log.version;
      },
      publishDueMs: changed.size > 0 ? Number.NEGATIVE_INFINITY : undefined,
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
      }),
    }),
    send: (to, bytes, token) => {
      const decoded = decodeMessage(bytes);
      if (decoded.type !== 'said' || decoded.said.kind !== 'roster') throw new Error('no roster');
      sent.push({ to, token, said: decoded.said, byteCount: bytes.length });
    },
  });
});

function change(nowMs: number, ...who: number[]): void {
  for (const number of who) changed.add(sampleKey(number));
  board.publish(nowMs);
}

/** Everything that was sent since the last time arrives. */
function arrive(nowMs: number): Sent[] {
  const arrived = sent.splice(0);
  for (const { to, token } of arrived) board.settled(nowMs, to, token);
  return arrived;
}

function rowsOf({ said }: Pick<Sent, 'said'>): PeerKey[] {
  return said.people.map(({ key }) => key);
}

describe('the roster board', () => {
  it('tells who comes what is lacking at once, and if it is nothing, that', () => {
    change(0, 1, 2);
    board.addReader(10, ann, null);
    board.addReader(10, ben, { epoch: sampleEpoch(1), version: 2 });
    expect(sent.map((one) => [one.to, one.said.from, one.said.to, rowsOf(one)])).toEqual([
      [ann, 0, 2, [ann, ben]],
      [ben, 2, 2, []],
    ]);
  });

  it('PROTOCOL 6.50: a burst of changes is one roster, and nobody gets two within 250 ms', () => {
    board.addReader(0, ann, null);
    arrive(0);
    const told: (readonly [number, number])[] = [];
    for (let nowMs = 10; nowMs <= 1_000; nowMs += 10) {
      change(nowMs, nowMs);
      told.push(...arrive(nowMs).map((one) => [nowMs, rowsOf(one).length] as const));
    }
    // The first round is while what ann had when she came is fresh.
    expect(told).toEqual([
      [260, 26],
      [510, 25],
      [760, 25],
    ]);
  });

  it('grows with the change, not with the table', () => {
    change(0, ...Array.from({ length: 1_000 }, (_, index) => index));
    board.addReader(0, ann, { epoch: sampleEpoch(1), version: log.version });
    arrive(0);
    change(1_000, 5);
    const [one] = sent;
    expect(rowsOf(one!)).toEqual([sampleKey(5)]);
    expect(one!.byteCount).toBeLessThan(datagramBytesBase / 4);
  });

  it('sends nothing more to whom one is on its way, and then all that is lacking', () => {
    board.addReader(0, ann, null);
    for (let round = 1; round <= 5; round++) change(round * 1_000, round);
    expect(sent).toHaveLength(1);
    arrive(6_000);
    board.publish(6_000);
    expect(sent.map((one) => [one.said.from, one.said.to])).toEqual([[0, 5]]);
  });

  it('sends a long one in pieces, the next when one has arrived', () => {
    change(0, ...Array.from({ length: 2 * rosterPiecePeopleMax + 5 }, (_, index) => index));
    board.addReader(0, ann, null);
    const pieces: Sent[] = [];
    while (sent.length > 0) pieces.push(...arrive(1));
    expect(pieces.map(({ said }) => [said.from, said.to, said.people.length, said.last])).toEqual([
      [0, 200, 200, false],
      [200, 400, 200, false],
      [400, 405, 5, true],
    ]);
  });

  it('offers again what found no room on the way, after the interval', () => {
    board.addReader(0, ann, null);
    const [first] = sent.splice(0);
    board.crowdedOut(1, ann, first!.token);
    board.publish(100);
    expect(sent).toEqual([]);
    expect(board.dueMs).toBeDefined();
    board.publish(100 + rosterIntervalMs);
    expect(sent.map(({ to, said }) => [to, said.from, said.last])).toEqual([[ann, 0, true]]);
  });

  it('says again after a fault what may not have left', () => {
    change(0, 1);
    board.addReader(0, ann, null);
    const [lost] = sent.splice(0);
    board.restart();
    board.settled(1, ann, lost!.token);
    board.publish(rosterIntervalMs);
    expect(sent.map((one) => [one.said.from, one.said.to])).toEqual([[0, 1]]);
  });

  it('forgets who goes', () => {
    board.addReader(0, ann, null);
    arrive(0);
    board.removeReader(ann);
    change(1_000, 1);
    expect(sent).toEqual([]);
  });

  it('PROTOCOL 6.8: a piece of the longest names is far below what a message may have', () => {
    nickname = '\u{1F600}'.repeat(nicknameCodePointsMax);
    change(0, ...Array.from({ length: rosterPiecePeopleMax }, (_, index) => index));
    board.addReader(0, ann, null);
    expect(sent[0]!.byteCount).toBeLessThan(64 * 1024);
  });
});
