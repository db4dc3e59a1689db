import { describe, expect, it } from 'vitest';
import { latencyMs, ourSteps, pageSteps, type PageTimes, type Stamp, type StampKind } from './steps.ts';

function pageTimes(pressedMs: number, paintedMs = pressedMs + 60): PageTimes {
  return {
    pressedMs,
    handledMs: pressedMs + 1,
    sentMs: pressedMs + 3,
    receivedMs: pressedMs + 40,
    changedMs: pressedMs + 45,
    paintedMs,
  };
}

function stamps(...list: readonly (readonly [StampKind, number])[]): readonly Stamp[] {
  return list.map(([kind, atMs]) => ({ kind, atMs }));
}

function durations(steps: ReturnType<typeof pageSteps>): readonly number[] {
  return steps.map(({ p50Ms }) => p50Ms);
}

describe('the steps of a message', () => {
  it('counts from the key to the painted frame', () => {
    expect(latencyMs(pageTimes(1_000))).toBe(60);
  });

  it('joins what the pages note with the stamps of both gateways', () => {
    const sender = stamps(
      ['datagram-sent', 1_002],
      ['frame-read', 1_004],
      ['datagram-read', 1_005],
      ['commit-begins', 1_006],
      ['committed', 1_009],
      ['datagram-sent', 1_013],
      ['datagram-sent', 1_050],
    );
    const recipient = stamps(
      ['datagram-read', 1_001],
      ['committed', 1_012],
      ['datagram-read', 1_018],
      ['commit-begins', 1_024],
      ['committed', 1_031],
      ['frame-written', 1_039],
    );
    const steps = ourSteps([pageTimes(1_000)], sender, recipient);
    expect(durations(steps)).toEqual([1, 2, 1, 2, 3, 4, 5, 6, 7, 8, 1, 5, 15]);
  });

  it('leaves out a message for which a gateway has no stamp', () => {
    const whole = stamps(['frame-read', 4], ['commit-begins', 5], ['committed', 6], ['datagram-sent', 7]);
    const recipient = stamps(
      ['datagram-read', 8],
      ['commit-begins', 9],
      ['committed', 10],
      ['frame-written', 11],
    );
    const steps = ourSteps([pageTimes(0), pageTimes(1_000)], whole, recipient);
    expect(durations(steps)).toEqual(durations(ourSteps([pageTimes(0)], whole, recipient)));
  });

  it('gives the median and the 99th percentile of each step', () => {
    const messages = [...Array(100).keys()].map((index) =>
      pageTimes(index * 1_000, index * 1_000 + 46 + index),
    );
    const painted = pageSteps(messages).at(-1);
    expect(painted?.p50Ms).toBe(51);
    expect(painted?.p99Ms).toBe(100);
  });
});
