import { setTimeout as delay } from 'node:timers/promises';
import { LossNamespace } from './loss-namespace.ts';
import type { RoundTripPlan, RoundTrips, Snapshot } from './orders.ts';
import { Pair, type SideOptions } from './pair.ts';
import type { PeerName } from './peers/peer.ts';

export interface TrialOptions {
  /** How long one run measures, after a warm-up of the same length. */
  readonly windowMs: number;
  readonly profiles: string | null;
}

/** A network: the loopback of this machine, or a namespace that loses packets (0 means none, for comparison). */
export type Network =
  { readonly type: 'loopback' } | { readonly type: 'namespace'; readonly lossPercent: number };
export const loopback: Network = { type: 'loopback' };

/** The counts of both sides between two moments of a flood. */
export interface FloodRun {
  readonly messagesPerSecond: number;
  readonly source: Difference;
  readonly sink: Difference;
  /** The mean round trip that the source measured in the window; null for other transports. */
  readonly roundTripMs: number | null;
}

interface Difference {
  readonly messages: number;
  readonly cpuMicroseconds: number;
  /** That time as a share of the elapsed time. */
  readonly processors: number;
  readonly datagramsSent: number;
  readonly fullDatagramsSent: number;
  readonly fullDatagramsReceived: number;
}

export async function runFlood(
  peer: PeerName,
  messageBytes: number,
  network: Network,
  options: TrialOptions,
): Promise<FloodRun> {
  return inNetwork(network, options, async (side) => {
    using pair = new Pair(side);
    const { port } = await pair.listener.ask({ type: 'listen', peer, answers: false });
    await pair.dialer.ask({ type: 'connect', peer, port });
    await pair.dialer.ask({ type: 'flood', messageBytes });
    const both = (): Promise<[Snapshot, Snapshot]> =>
      Promise.all([pair.dialer.ask({ type: 'snapshot' }), pair.listener.ask({ type: 'snapshot' })]);
    await delay(options.windowMs);
    const [sourceStart, sinkStart] = await both();
    const roundTripsMs: number[] = [];
    for (let look = 0; look < looks; look++) {
      await delay(options.windowMs / looks);
      const { roundTripMs } = await pair.dialer.ask({ type: 'snapshot' });
      if (roundTripMs !== null) roundTripsMs.push(roundTripMs);
    }
    const [sourceEnd, sinkEnd] = await both();
    const sink = difference(sinkStart, sinkEnd);
    if (sink.messages === 0) throw new Error('no message arrived');
    // Measured by the sink's own clock between its two snapshots, so that late orders do not matter.
    const seconds = (sinkEnd.atMs - sinkStart.atMs) / 1_000;
    return {
      messagesPerSecond: sink.messages / seconds,
      source: difference(sourceStart, sourceEnd),
      sink,
      roundTripMs:
        roundTripsMs.length === 0 ? null : roundTripsMs.reduce((sum, one) => sum + one) / roundTripsMs.length,
    };
  });
}

/** A window of handshakes, as the listening side counts them. */
export interface HandshakeRun {
  readonly handshakes: number;
  readonly seconds: number;
  /** The processor time of each side in the window. */
  readonly dialerCpuSeconds: number;
  readonly listenerCpuSeconds: number;
}

/** Opens and closes connections, `parallel` at a time, and counts those that the listener opened in the window. */
export async function runHandshakes(parallel: number, options: TrialOptions): Promise<HandshakeRun> {
  using pair = new Pair({ namespace: null, profiles: options.profiles });
  const { port } = await pair.listener.ask({ type: 'listen', peer: 'chatagram', answers: false });
  await pair.dialer.ask({ type: 'handshakes', port, parallel });
  const both = (): Promise<[Snapshot, Snapshot]> =>
    Promise.all([pair.dialer.ask({ type: 'snapshot' }), pair.listener.ask({ type: 'snapshot' })]);
  await delay(options.windowMs);
  const [dialerStart, listenerStart] = await both();
  await delay(options.windowMs);
  const [dialerEnd, listenerEnd] = await both();
  const handshakes = listenerEnd.counts.connections - listenerStart.counts.connections;
  if (handshakes === 0) throw new Error('no connection opened');
  return {
    handshakes,
    seconds: (listenerEnd.atMs - listenerStart.atMs) / 1_000,
    dialerCpuSeconds: (dialerEnd.cpuMicroseconds - dialerStart.cpuMicroseconds) / 1_000_000,
    listenerCpuSeconds: (listenerEnd.cpuMicroseconds - listenerStart.cpuMicroseconds) / 1_000_000,
  };
}

/** How often the round trip time of a flood is sampled. */
const looks = 8;

export async function runRoundTrips(
  peer: PeerName,
  plan: RoundTripPlan,
  network: Network,
  options: TrialOptions,
): Promise<RoundTrips> {
  return inNetwork(network, options, async (side) => {
    using pair = new Pair(side);
    const { port } = await pair.listener.ask({ type: 'listen', peer, answers: true });
    await pair.dialer.ask({ type: 'connect', peer, port });
    const result = await pair.dialer.ask({ type: 'round-trips', ...plan });
    if (result.roundTrips < plan.samplesMin) {
      throw new Error(
        `${result.roundTrips} round trips, of at least ${plan.samplesMin} that the figure needs`,
      );
    }
    return result;
  });
}

/** Returns the bytes that an endpoint holds per idle connection: for `count` connections after as many earlier ones. */
export async function runCrowd(count: number, options: TrialOptions): Promise<number> {
  using pair = new Pair({ namespace: null, profiles: options.profiles });
  const { port } = await pair.listener.ask({ type: 'listen', peer: 'chatagram', answers: false });
  await pair.dialer.ask({ type: 'crowd', port, count: crowdBefore });
  const before = await pair.listener.ask({ type: 'memory' });
  await pair.dialer.ask({ type: 'crowd', port, count });
  const after = await pair.listener.ask({ type: 'memory' });
  const opened = after.connections - before.connections;
  if (opened !== count) throw new Error(`${opened} connections opened, of ${count}`);
  return (after.heldBytes - before.heldBytes) / count;
}

/** These earlier connections cause the one-time costs, such as compiled code. */
const crowdBefore = 100;

async function inNetwork<Result>(
  network: Network,
  { profiles }: TrialOptions,
  run: (side: SideOptions) => Promise<Result>,
): Promise<Result> {
  if (network.type === 'loopback') return run({ namespace: null, profiles });
  using namespace = await LossNamespace.open(network.lossPercent);
  const result = await run({ namespace, profiles });
  if (network.lossPercent > 0 && (await namespace.lostPackets()) === 0) {
    throw new Error('the network was to lose packets and lost none');
  }
  return result;
}

function difference(start: Snapshot, end: Snapshot): Difference {
  const cpuMicroseconds = end.cpuMicroseconds - start.cpuMicroseconds;
  return {
    messages: end.messages - start.messages,
    cpuMicroseconds,
    processors: cpuMicroseconds / ((end.atMs - start.atMs) * 1_000),
    datagramsSent: end.counts.datagramsSent - start.counts.datagramsSent,
    fullDatagramsSent: end.counts.fullDatagramsSent - start.counts.fullDatagramsSent,
    fullDatagramsReceived: end.counts.fullDatagramsReceived - start.counts.fullDatagramsReceived,
  };
}
