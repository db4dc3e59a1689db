import type { SeededRandom } from '../../net/seeded-random.ts';
import type { LinkSpec } from './link.ts';

/** Draws a bad path: loss up to 40 %, bursts, copies, reordering, damage, 0 to 300 ms, a narrow uplink. */
export function drawNetworkConditions(random: SeededRandom): Partial<LinkSpec> {
  // Evenly distributed loss would rarely leave a connection alive for long.
  const severity = [0.05, 0.4, 1][random.below(3)] ?? 1;
  // Never 0, because two endpoints that answer each other must not stop the clock.
  const delayMs = Math.max(0.05, random.below(301) * severity);
  return {
    lossPercent: random.below(41) * severity,
    duplicatePercent: random.below(31) * severity,
    reorderPercent: random.below(31) * severity,
    corruptPercent: random.below(11) * severity,
    delayMs,
    jitterMs: Math.min(random.below(150), delayMs - 0.05, 300 - delayMs < 0 ? 0 : 300 - delayMs),
    uplink: random.below(3) === 0 ? drawUplink(random) : null,
  };
}

function drawUplink(random: SeededRandom): LinkSpec['uplink'] {
  const bitsPerSecond = 10 ** (5 + random.fraction() * 3);
  const queuePackets = 4 + random.below(61);
  const bursts = {
    beginPercent: 1 + random.below(5),
    endPercent: 10 + random.below(40),
    lossPercent: 80,
  };
  const hasBursts = random.below(2) === 0;
  return { bitsPerSecond, queuePackets, delayMs: 0, lossPercent: 0, bursts: hasBursts ? bursts : null };
}

/** Draws the largest UDP payload of an interface or a path, in bytes. */
export function drawDatagramBytes(random: SeededRandom): number {
  return [1_200, 1_300, 1_452, 1_472, 4_000, 8_192][random.below(6)] ?? 1_200;
}
