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
      ['synced', 1_011],
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
    const steps = ourSteps([pageTimes(1_000)], { sender, recipient });
    expect(durations(steps)).toEqual([1, 2, 1, 2, 3, 2, 2, 5, 6, 7, 8, 1, 5, 15]);
  });

  it('goes over the server in a room', () => {
    const sender = stamps(
      ['frame-read', 1_004],
      ['commit-begins', 1_005],
      ['committed', 1_006],
      ['synced', 1_007],
      ['datagram-sent', 1_009],
    );
    const server = stamps(
      ['datagram-read', 1_012],
      ['commit-begins', 1_016],
      ['committed', 1_021],
      ['synced', 1_022],
      ['datagram-sent', 1_024],
      ['datagram-sent', 1_025],
    );
    const recipient = stamps(
      ['datagram-read', 1_027],
      ['commit-begins', 1_031],
      ['committed', 1_036],
      ['frame-written', 1_037],
    );
    const steps = ourSteps([pageTimes(1_000)], { sender, server, recipient });
    expect(durations(steps)).toEqual([1, 2, 1, 1, 1, 1, 2, 3, 4, 5, 1, 2, 3, 4, 5, 1, 3, 5, 15]);
  });

  it('leaves out a message for which a gateway has no stamp', () => {
    const whole = stamps(
      ['frame-read', 4],
      ['commit-begins', 5],
      ['committed', 6],
      ['synced', 6.5],
      ['datagram-sent', 7],
    );
    const recipient = stamps(
      ['datagram-read', 8],
      ['commit-begins', 9],
      ['committed', 10],
      ['frame-written', 11],
    );
    const steps = ourSteps([pageTimes(0), pageTimes(1_000)], { sender: whole, recipient });
    expect(durations(steps)).toEqual(durations(ourSteps([pageTimes(0)], { sender: whole, recipient })));
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
