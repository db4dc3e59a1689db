import type { RoundTripPlan, RoundTrips } from './orders.ts';
import type { Link, Station } from './peers/peer.ts';

/** The pattern is the same for every peer: bursts, with one turn of the event loop between them. */
const burstMessages = 256;

/** Sends as fast as the link allows, until the process ends. */
export function flood(link: Link, station: Station, messageBytes: number): void {
  const message = new Uint8Array(messageBytes).fill(0x61);
  let isScheduled = false;
  const pump = (): void => {
    isScheduled = false;
    const count = Math.min(burstMessages, link.room(messageBytes));
    if (count < 1) return;
    link.send(message, count);
    schedule();
  };
  const schedule = (): void => {
    if (isScheduled) return;
    isScheduled = true;
    setImmediate(pump);
  };
  station.onRoom = schedule;
  schedule();
}

/** Without an answer for this time, a message is lost for good, or the peer hangs. */
const silenceMsMax = 10_000;

/** Keeps a number of messages in flight, each answered by the other side, and measures their time. */
export function makeRoundTrips(link: Link, station: Station, plan: RoundTripPlan): Promise<RoundTrips> {
  const { outstanding, messageBytes, warmUpMs, windowMs, samplesMin, windowMsMax } = plan;
  const message = new Uint8Array(messageBytes).fill(0x61);
  const done = Promise.withResolvers<RoundTrips>();
  const windowStartMs = performance.now() + warmUpMs;
  const samplesMs: number[] = [];
  let roundTrips = 0;
  let lastMs = windowStartMs;
  let leftMs = 0;
  let heardMs = performance.now();
  const watch = setInterval(() => {
    if (performance.now() - heardMs > silenceMsMax) done.reject(new Error('no answer came for 10 s'));
  }, 1_000);
  const send = (): void => {
    leftMs = performance.now();
    link.send(message, 1);
  };
  station.onMessage = () => {
    const nowMs = performance.now();
    heardMs = nowMs;
    if (nowMs >= windowStartMs) {
      // The message that crosses into the window belongs to the warm-up.
      if (lastMs === windowStartMs) lastMs = nowMs;
      else {
        roundTrips++;
        if (outstanding === 1) samplesMs.push(nowMs - leftMs);
      }
      const elapsedMs = nowMs - windowStartMs;
      if ((elapsedMs >= windowMs && roundTrips >= samplesMin) || elapsedMs >= windowMsMax) {
        clearInterval(watch);
        station.onMessage = () => {};
        samplesMs.sort((one, other) => one - other);
        done.resolve({
          roundTrips,
          seconds: (nowMs - lastMs) / 1_000,
          p50Ms: percentile(samplesMs, 50),
          p99Ms: percentile(samplesMs, 99),
        });
        return;
      }
    }
    send();
  };
  for (let sent = 0; sent < outstanding; sent++) send();
  return done.promise;
}

/** The nearest rank; 0 without samples. */
export function percentile(sorted: readonly number[], percent: number): number {
  return sorted[Math.max(0, Math.ceil((sorted.length * percent) / 100) - 1)] ?? 0;
}
