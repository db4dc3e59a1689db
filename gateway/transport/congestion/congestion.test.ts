import { describe, expect, it } from 'vitest';
import { BottleneckLink } from '../../simulation/network/bottleneck-link.ts';
import { FlowEnd, FlowLab, type FlowParcel } from '../../simulation/transport/flow-lab.ts';
import type { CongestionController } from './controller.ts';
import { Copa } from './copa.ts';
import { NewReno } from './new-reno.ts';

const controllers: Record<string, () => CongestionController> = {
  NewReno: () => new NewReno(),
  Copa: () => new Copa(),
};
const linkBitsPerSecond = 10_000_000;
const backlogBytes = 400_000;

interface Bottleneck {
  readonly roundTripMs: number;
  readonly lossPercent: number;
}

/** Mbit/s of message bytes that each flow brings through one shared link, once the start is over. */
function goodputs(
  names: readonly string[],
  { roundTripMs, lossPercent }: Bottleneck,
  staggerMs = 0,
): number[] {
  const lab = new FlowLab();
  const spec = { bitsPerSecond: linkBitsPerSecond, queuePackets: 64, delayMs: roundTripMs / 2, bursts: null };
  const there = new BottleneckLink<FlowParcel>({ ...spec, lossPercent, seed: 1 });
  const back = new BottleneckLink<FlowParcel>({ ...spec, lossPercent: 0, seed: 2 });
  const receivers = names.map((name, place) => {
    const sender = new FlowEnd(`sender ${place}`, 0, { controller: controllers[name]! });
    const receiver = new FlowEnd(`receiver ${place}`, 0, { controller: () => new NewReno() });
    lab.join(sender, receiver, there, back);
    let sentBytes = 0;
    sender.onTurn = (nowMs) => {
      if (nowMs < place * staggerMs) return;
      while (sentBytes - receiver.receivedBytes < backlogBytes) {
        sender.flow.send('chat', tenKilobytes, 'history');
        sentBytes += tenKilobytes.length;
      }
    };
    return receiver;
  });
  lab.run(staggerMs);
  lab.run(5_000);
  const before = receivers.map(({ receivedBytes }) => receivedBytes);
  const seconds = 20;
  lab.run(seconds * 1_000);
  return receivers.map(({ receivedBytes }, place) => ((receivedBytes - before[place]!) * 8) / seconds / 1e6);
}

const tenKilobytes = new Uint8Array(10_000);
const lineRate = linkBitsPerSecond / 1e6;

describe('one flow on a bottleneck of 10 Mbit/s with a queue of 64 packets', () => {
  for (const name of Object.keys(controllers)) {
    for (const roundTripMs of [40, 80]) {
      it(`${name} uses at least 80 % of it, ${roundTripMs} ms`, () => {
        const [goodput = 0] = goodputs([name], { roundTripMs, lossPercent: 0 });
        expect(goodput).toBeGreaterThan(0.8 * lineRate);
        expect(goodput).toBeLessThan(lineRate);
      });
    }
  }
  it('Copa uses at least 80 % of it under 2 % random loss, and NewReno does not', () => {
    const bottleneck = { roundTripMs: 40, lossPercent: 2 };
    expect(goodputs(['Copa'], bottleneck)[0]).toBeGreaterThan(0.8 * lineRate);
    // Else the loss would be none, or the default no better than the reference.
    expect(goodputs(['NewReno'], bottleneck)[0]).toBeLessThan(0.4 * lineRate);
  });
});

describe('two flows on that bottleneck share it within 2 to 1', () => {
  const pairs = [
    ['NewReno', 'NewReno'],
    ['Copa', 'Copa'],
    ['NewReno', 'Copa'],
    ['Copa', 'NewReno'],
  ] as const;
  for (const [first, second] of pairs) {
    for (const roundTripMs of [40, 80]) {
      it(`${first}, then ${second}, ${roundTripMs} ms`, () => {
        const [one = 0, other = 0] = goodputs([first, second], { roundTripMs, lossPercent: 0 }, 700);
        expect(Math.max(one, other) / Math.min(one, other)).toBeLessThan(2);
        expect(one + other).toBeGreaterThan(0.8 * lineRate);
      });
    }
  }
});
