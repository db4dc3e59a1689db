import { beforeEach, describe, expect, it } from 'vitest';
import { decodeSaid } from '../../shared/chat/codec.ts';
import { peerKeyFromBytes, type PeerKey, type RunId } from '../../shared/ids.ts';
import {
  candidatesMax,
  namesMax,
  nicknameCodePointsMax,
  transportMessageBytesMax,
} from '../../shared/limits.ts';
import type { Registrant } from './registry.ts';
import { isRosterToken, RosterBoard } from './roster-board.ts';

/** A burst of changes is one roster, at most one in this time. */
const rosterIntervalMs = 250;

function keyOf(number: number): PeerKey {
  return peerKeyFromBytes(Uint8Array.from({ length: 32 }, (_, index) => number >> (8 * (index % 2))));
}

function registrant(number: number, change: Partial<Registrant> = {}): Registrant {
  const run = '0000000000000001' as RunId;
  const presence = { state: 'online', registration: 1, run } as const;
  return { key: keyOf(number), nickname: `person${number}`, candidates: [], presence, ...change };
}

let people: Registrant[];
let sent: { readonly to: PeerKey; readonly bytes: Uint8Array; readonly token: string }[];
let board: RosterBoard;

function versionsTo(to: PeerKey): number[] {
  return sent.flatMap((one) => {
    const decoded = decodeSaid(one.bytes);
    return one.to === to && decoded.type === 'said' && decoded.said.kind === 'roster'
      ? [decoded.said.version]
      : [];
  });
}

/** Something about the table changes, and time passes until its roster may leave. */
function change(nowMs: number): void {
  board.changed(nowMs);
  board.round(nowMs, () => people);
}

beforeEach(() => {
  people = [registrant(1), registrant(2)];
  sent = [];
  board = new RosterBoard((to, bytes, token) => sent.push({ to, bytes, token }));
  for (const { key } of people) board.addReader(key);
});

describe('the roster board', () => {
  it('tells everybody of a change at once, and of a burst once in the interval', () => {
    change(0);
    expect(sent.map(({ to }) => to)).toEqual([keyOf(1), keyOf(2)]);
    for (const { to, token } of [...sent]) board.settled(to, token, () => people);
    for (let nowMs = 1; nowMs <= 100; nowMs++) change(nowMs);
    expect(sent).toHaveLength(2);
    expect(board.dueMs).toBe(rosterIntervalMs);
    board.round(rosterIntervalMs, () => people);
    expect(sent).toHaveLength(4);
  });

  it('sends nothing more to whom one is on its way, and then the newest only', () => {
    change(0);
    for (let round = 1; round <= 5; round++) change(round * rosterIntervalMs);
    expect(versionsTo(keyOf(1))).toEqual([1]);
    board.settled(keyOf(1), sent[0]!.token, () => people);
    expect(versionsTo(keyOf(1))).toEqual([1, 6]);
    expect(versionsTo(keyOf(2))).toEqual([1]);
  });

  it('offers again what found no room on the way, after the interval', () => {
    change(0);
    board.crowdedOut(1, keyOf(1), sent[0]!.token);
    expect(board.dueMs).toBe(1 + rosterIntervalMs);
    board.round(1 + rosterIntervalMs, () => people);
    expect(versionsTo(keyOf(1))).toEqual([1, 1]);
    expect(versionsTo(keyOf(2))).toEqual([1]);
  });

  it('starts anew without taking a version twice', () => {
    change(0);
    change(rosterIntervalMs);
    board.restart();
    expect(board.dueMs).toBeUndefined();
    board.addReader(keyOf(1));
    change(2 * rosterIntervalMs);
    expect(versionsTo(keyOf(1))).toEqual([1, 3]);
  });

  it('knows its tokens from others', () => {
    change(0);
    expect([isRosterToken(sent[0]!.token), isRosterToken('receipts')]).toEqual([true, false]);
  });

  it('fits into one message whatever people are called and wherever they live', () => {
    const nickname = '\u{1F600}'.repeat(nicknameCodePointsMax);
    const candidates = Array.from(
      { length: candidatesMax },
      (_, index) => `[ffff:ffff:ffff:ffff:ffff:ffff:ffff:fff${index}]:65535`,
    );
    people = Array.from({ length: namesMax }, (_, index) => registrant(index + 1, { nickname, candidates }));
    change(0);
    expect(sent[0]!.bytes.length).toBeLessThanOrEqual(transportMessageBytesMax);
  });
});
