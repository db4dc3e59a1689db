import type { RoundTripPlan, RoundTrips } from './orders.ts';
import type { Link, Station } from './peers/peer.ts';

/** The same pattern for every peer: bursts, with a turn of the event loop between two. */
const burstMessages = 256;

/** Sends as fast as the link takes it, for as long as the process lives. */
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

/** No answer for so long is a lost message that nobody sends again, or a peer that hangs. */
const silenceMsMax = 10_000;

/** Keeps so many messages on their way, each answered by the other side, and times them. */
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
      // The one that crosses into the window belongs to the warm-up.
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

/** The nearest rank; 0 of no samples. */
export function percentile(sorted: readonly number[], percent: number): number {
  return sorted[Math.max(0, Math.ceil((sorted.length * percent) / 100) - 1)] ?? 0;
}
