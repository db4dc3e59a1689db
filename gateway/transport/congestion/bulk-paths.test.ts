import { describe, expect, it } from 'vitest';
import { BulkPath, type BulkPathSpec } from '../../simulation/transport/bulk-path.ts';

/** Deep: a controller that only stops when packets are lost would fill it for seconds. */
const deepQueuePackets = 4_000;

function measured(spec: Partial<BulkPathSpec>, durationMs: number, warmUpMs = 1_500): BulkPath {
  const path = new BulkPath({
    megabitsPerSecond: 20,
    roundTripMs: 20,
    queuePackets: deepQueuePackets,
    ...spec,
  });
  path.run(warmUpMs);
  path.measure();
  path.chat(50);
  path.run(durationMs);
  return path;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** How much longer than on an idle path the slowest chat message took, without those of which a packet was lost. */
function addedDelaysMs({ chatDelaysMs, spec }: BulkPath): number[] {
  return chatDelaysMs.map((delayMs) => delayMs - spec.roundTripMs / 2).sort((one, other) => one - other);
}

describe('bulk on a path with a deep queue', () => {
  const rates = [1, 5, 20, 100] as const;
  for (const megabitsPerSecond of rates) {
    for (const roundTripMs of [1, 20]) {
      const name = `${megabitsPerSecond} Mbit/s, ${roundTripMs} ms`;
      it(`PROTOCOL 8.26: takes 0.95 of the rate, and a chat message waits for hardly more than the target, ${name}`, () => {
        const path = measured({ megabitsPerSecond, roundTripMs }, megabitsPerSecond >= 100 ? 1_500 : 6_000);
        expect(sum(path.shares)).toBeGreaterThan(0.95);
        const added = addedDelaysMs(path);
        expect(added.length).toBeGreaterThan(20);
        // The target, a packet that is being sent, and those that two more round trips brought. At 1 Mbit/s a packet takes 10 ms.
        expect(added.at(-1)).toBeLessThan(megabitsPerSecond === 1 ? 30 : 12);
        expect(path.lossShare).toBe(0);
      }, 60_000);
    }
  }

  it('PROTOCOL 8.26: takes 0.9 of 1,000 Mbit/s', () => {
    const path = measured({ megabitsPerSecond: 1_000, roundTripMs: 2 }, 300, 700);
    expect(sum(path.shares)).toBeGreaterThan(0.9);
    expect(addedDelaysMs(path).at(-1)).toBeLessThan(7);
  }, 60_000);

  it('PROTOCOL 8.26: lets the queue grow little when it begins, whatever the path', () => {
    for (const megabitsPerSecond of [10, 100]) {
      for (const roundTripMs of [1, 20]) {
        const path = new BulkPath({ megabitsPerSecond, roundTripMs, queuePackets: deepQueuePackets });
        path.chat(5);
        path.run(1_200);
        const added = addedDelaysMs(path);
        expect(added.at(-1), `${megabitsPerSecond} Mbit/s, ${roundTripMs} ms`).toBeLessThan(20);
      }
    }
  }, 60_000);
});

describe('bulk on a path that loses packets by chance', () => {
  for (const megabitsPerSecond of [10, 100]) {
    for (const roundTripMs of [1, 20]) {
      it(`PROTOCOL 8.26: takes 0.9 of the rate where 1 % are lost, ${megabitsPerSecond} Mbit/s, ${roundTripMs} ms`, () => {
        const path = measured(
          { megabitsPerSecond, roundTripMs, lossPercent: 1 },
          megabitsPerSecond === 100 ? 3_000 : 10_000,
        );
        expect(sum(path.shares)).toBeGreaterThan(0.9);
        expect(path.lossShare).toBeGreaterThan(0.006);
      }, 60_000);
    }
  }

  it('PROTOCOL 8.26: takes 0.75 of the rate where 2 % are lost', () => {
    expect(sum(measured({ lossPercent: 2 }, 10_000).shares)).toBeGreaterThan(0.75);
  }, 60_000);

  it('PROTOCOL 8.26: gives way where many are lost, because it cannot tell why', () => {
    expect(sum(measured({ lossPercent: 8 }, 5_000).shares)).toBeLessThan(0.5);
  }, 60_000);
});

describe('bulk on a path with a queue of 5 datagrams', () => {
  for (const megabitsPerSecond of [1, 10, 100]) {
    for (const roundTripMs of [1, 20, 40]) {
      const name = `${megabitsPerSecond} Mbit/s, ${roundTripMs} ms`;
      it(`PROTOCOL 8.26: loses at most 3 % of its packets, and takes 0.75 of the rate, ${name}`, () => {
        const path = measured(
          { megabitsPerSecond, roundTripMs, queuePackets: 5 },
          megabitsPerSecond === 100 ? 3_000 : 10_000,
        );
        expect(path.lossShare).toBeLessThan(0.03);
        expect(sum(path.shares)).toBeGreaterThan(0.75);
      }, 60_000);
    }
  }
});

describe('two transfers on one path', () => {
  const cases = [
    { megabitsPerSecond: 20, roundTripMs: 20 },
    { megabitsPerSecond: 100, roundTripMs: 1 },
  ];
  for (const one of cases) {
    const name = `${one.megabitsPerSecond} Mbit/s, ${one.roundTripMs} ms`;
    it(`PROTOCOL 8.26: share it within 2 to 1, also when one began earlier, ${name}`, () => {
      const path = measured({ ...one, transfers: 2, staggerMs: 1_500 }, 3_000, 6_500);
      const [first = 0, second = 0] = path.shares;
      expect(Math.max(first, second) / Math.min(first, second)).toBeLessThan(2);
      expect(first + second).toBeGreaterThan(0.95);
      expect(addedDelaysMs(path).at(-1)).toBeLessThan(10);
    }, 60_000);
  }

  it('PROTOCOL 8.26: come to share it although the later one has never seen the path without the queue of the other', () => {
    const path = new BulkPath({
      megabitsPerSecond: 20,
      roundTripMs: 20,
      queuePackets: deepQueuePackets,
      transfers: 2,
      staggerMs: 1_000,
      isNew: true,
    });
    path.run(70_000);
    path.measure();
    path.chat(50);
    path.run(15_000);
    const [first = 0, second = 0] = path.shares;
    expect(Math.max(first, second) / Math.min(first, second)).toBeLessThan(2);
    expect(addedDelaysMs(path).at(-1)).toBeLessThan(12);
  }, 60_000);
});

describe('the least round trip', () => {
  it('PROTOCOL 8.26: is found again by a drain in 30 s, when the path has become longer', () => {
    const path = new BulkPath({ megabitsPerSecond: 20, roundTripMs: 4, queuePackets: deepQueuePackets });
    path.run(2_000);
    path.there.delayMs = path.back.delayMs = 20;
    path.run(3_000);
    path.measure();
    path.run(3_000);
    // It takes the longer way for a queue, and gives way.
    expect(sum(path.shares)).toBeLessThan(0.3);
    path.run(30_000);
    path.measure();
    path.run(5_000);
    expect(sum(path.shares)).toBeGreaterThan(0.95);
  }, 60_000);

  it('PROTOCOL 8.26: costs little to find: drains leave 0.97 of the rate', () => {
    const path = measured({}, 65_000);
    expect(sum(path.shares)).toBeGreaterThan(0.97);
  }, 60_000);

  it('PROTOCOL 5.14: is forgotten with the path', () => {
    const path = new BulkPath({ megabitsPerSecond: 20, roundTripMs: 4, queuePackets: deepQueuePackets });
    path.run(2_000);
    path.there.delayMs = path.back.delayMs = 20;
    path.transfers[0]?.sender.flow.beginPath(path.lab.nowMs);
    path.run(1_500);
    path.measure();
    path.run(3_000);
    expect(sum(path.shares)).toBeGreaterThan(0.95);
  }, 60_000);
});
