import type { OwnName, RivalName } from './peers/peer.ts';
import {
  loopback,
  type Network,
  runCrowd,
  runFlood,
  runHandshakes,
  runRoundTrips,
  type TrialOptions,
} from './trials.ts';

export const measureNames = [
  'one-way',
  'round-trip-p50',
  'round-trips-32',
  'lossy-1-round-trips',
  'lossy-5-p99',
  'one-way-lossy-5',
  'cpu-per-datagram',
  'memory-per-connection',
  'handshakes',
  'bulk-1472',
  'bulk-8192',
] as const;
export type MeasureName = (typeof measureNames)[number];

/** One run: new processes, and one figure in the unit of the measure. */
export type Trial = (options: TrialOptions) => Promise<Figure>;

export interface Figure {
  readonly value: number;
  /** Shown beside the figure: facts that make it plausible or not. */
  readonly note?: string;
}

export interface Measure {
  readonly name: MeasureName;
  readonly unit: string;
  readonly better: 'higher' | 'lower';
  readonly ours: Trial;
  /** The rivals that run in turn with ours. Without any, the figure stands alone. */
  readonly rivals: readonly Rival[];
  /** The target of a figure that stands alone. */
  readonly goal?: Goal;
  /** Shown beside the figures; not a figure of a peer. */
  readonly bound?: { readonly label: string; readonly trial: Trial };
}

export interface Rival {
  /** `none`: the rival is our transport too, under other conditions. */
  readonly peer: RivalName | 'none';
  readonly trial: Trial;
  /** The target of the ratio to this rival. */
  readonly goal: Goal;
}

/** What the figure, or the ratio if there is one, must reach, and its goal. */
export interface Goal {
  readonly must: number | null;
  readonly aim: number;
}

export function makeMeasures(): readonly Measure[] {
  return [
    oneWay,
    roundTripP50,
    roundTrips32,
    lossyRoundTrips,
    lossyP99,
    oneWayLossy,
    cpu,
    memory,
    handshakes,
    bulk('bulk-1472', 'chatagram-1472'),
    bulk('bulk-8192', 'chatagram'),
  ];
}

/** The approximate size of a chat message on the wire. */
const messageBytes = 100;

const oneWay: Measure = {
  name: 'one-way',
  unit: 'messages/s',
  better: 'higher',
  ours: flooding('chatagram', loopback),
  rivals: [
    rival('raw-dgram', 2.5, 3.5),
    rival('udx', 1.6, 2.3),
    rival('wss', 0.55, 0.8),
    rival('ws', 3, 4.5),
    rival('socket.io', 7, 10),
    rival('coap', 50, 80),
    rival('stop-and-wait', 60, 90),
  ],
};

function rival(peer: RivalName, must: number, aim: number): Rival {
  return { peer, trial: flooding(peer, loopback), goal: { must, aim } };
}

const roundTripP50: Measure = {
  name: 'round-trip-p50',
  unit: 'us',
  better: 'lower',
  ours: medianRoundTrip('chatagram', loopback),
  rivals: [
    { peer: 'raw-dgram', trial: medianRoundTrip('raw-dgram', loopback), goal: { must: 1.25, aim: 1.1 } },
  ],
};

const roundTrips32: Measure = {
  name: 'round-trips-32',
  unit: 'round trips/s',
  better: 'higher',
  ours: roundTrips('chatagram', 32, loopback),
  rivals: [{ peer: 'raw-dgram', trial: roundTrips('raw-dgram', 32, loopback), goal: { must: 2, aim: 2.5 } }],
};

const lossy1: Network = { type: 'namespace', lossPercent: 1 };
const lossy5: Network = { type: 'namespace', lossPercent: 5 };
const lossless: Network = { type: 'namespace', lossPercent: 0 };

/** Under loss a window contains few of the waits that determine the figure, so it is longer. */
const lossyWindowFactor = 3;

const lossyRoundTrips: Measure = {
  name: 'lossy-1-round-trips',
  unit: 'round trips/s',
  better: 'higher',
  ours: roundTrips('chatagram', 1, lossy1, lossyWindowFactor),
  rivals: [{ peer: 'ws', trial: roundTrips('ws', 1, lossy1, lossyWindowFactor), goal: { must: 7, aim: 15 } }],
};

const lossyP99: Measure = {
  name: 'lossy-5-p99',
  unit: 'ms',
  better: 'lower',
  ours: async (options) => {
    const plan = {
      messageBytes,
      outstanding: 1,
      warmUpMs: options.windowMs,
      windowMs: options.windowMs * lossyWindowFactor,
      // With fewer samples the 99th percentile is one or two samples.
      samplesMin: 100,
      windowMsMax: 20_000,
    };
    const { p99Ms, roundTrips: samples } = await runRoundTrips('chatagram', plan, lossy5, options);
    return { value: p99Ms, note: `of ${samples} samples` };
  },
  rivals: [],
  goal: { must: 50, aim: 20 },
};

const oneWayLossy: Measure = {
  name: 'one-way-lossy-5',
  unit: 'messages/s',
  better: 'higher',
  ours: flooding('chatagram', lossy5),
  // The required value is a share of the bound below, which differs between machines.
  rivals: [{ peer: 'none', trial: flooding('chatagram', lossless), goal: { must: null, aim: 0.6 } }],
  bound: { label: "NewReno's own bound (Mathis), at most what is done at 0 %", trial: newRenoBound },
};

/**
 * Returns what NewReno can reach at this loss: sqrt(3 / 2p) datagrams per round trip (Mathis, Semke, Mahdavi and Ott, 1997, with
 * an acknowledgement for each datagram), and no more than without loss. The round trip is the one that NewReno's own
 * connection measures in such a flood, without the delay of ACKs.
 */
async function newRenoBound(options: TrialOptions): Promise<Figure> {
  const flood = await runFlood('chatagram', messageBytes, lossless, options);
  const reno = await runFlood('chatagram-new-reno', messageBytes, lossy5, options);
  if (reno.roundTripMs === null) throw new Error('no round trip was measured');
  const messagesPerDatagram = flood.sink.messages / flood.source.datagramsSent;
  const datagramsPerSecond = (Math.sqrt(3 / (2 * 0.05)) / reno.roundTripMs) * 1_000;
  const bound = Math.min(flood.messagesPerSecond, datagramsPerSecond * messagesPerDatagram);
  const share = (reno.messagesPerSecond / bound).toPrecision(2);
  return {
    value: bound,
    note: `round trip ${reno.roundTripMs.toPrecision(3)} ms; NewReno itself ${share} of it`,
  };
}

/** The longest text that a user may send: its fragments fill their datagrams. */
const longMessageBytes = 16 * 1024;

const cpu: Measure = {
  name: 'cpu-per-datagram',
  unit: 'us',
  better: 'lower',
  ours: async (options) => {
    // The goal applies to datagrams of 1,200 bytes: larger ones would spread their cost over more messages.
    const { source, sink } = await runFlood('chatagram-1200', longMessageBytes, loopback, options);
    if (source.fullDatagramsSent === 0 || sink.fullDatagramsReceived === 0) {
      throw new Error('no full datagram came along');
    }
    // The busier of the two sides counts, with its acknowledgements.
    const sent = source.cpuMicroseconds / source.fullDatagramsSent;
    const received = sink.cpuMicroseconds / sink.fullDatagramsReceived;
    return {
      value: Math.max(sent, received),
      note: `sent ${sent.toPrecision(3)}, received ${received.toPrecision(3)}`,
    };
  },
  rivals: [],
  goal: { must: 18, aim: 14 },
};

const memory: Measure = {
  name: 'memory-per-connection',
  unit: 'bytes',
  better: 'lower',
  ours: async (options) => ({ value: await runCrowd(1_000, options) }),
  rivals: [],
  goal: { must: 8 * 1024, aim: 4 * 1024 },
};

/** As many clients that come back at the same time. */
const handshakesInParallel = 16;

const handshakes: Measure = {
  name: 'handshakes',
  unit: 'per s and core',
  better: 'higher',
  ours: async (options) => {
    const run = await runHandshakes(handshakesInParallel, options);
    const { dialerCpuSeconds, listenerCpuSeconds } = run;
    // The busier side counts. Both sides do the same arithmetic, so a core that does both makes half as many.
    const value = run.handshakes / Math.max(dialerCpuSeconds, listenerCpuSeconds);
    const perSecond = run.handshakes / run.seconds;
    const micros = (seconds: number): string => ((seconds / run.handshakes) * 1_000_000).toPrecision(3);
    return {
      value,
      note: `${perSecond.toPrecision(3)}/s; us each: ${micros(dialerCpuSeconds)} dialing, ${micros(listenerCpuSeconds)} listening`,
    };
  },
  rivals: [],
};

const bulkMessageBytes = 256 * 1024;

function bulk(name: MeasureName, peer: OwnName): Measure {
  return {
    name,
    unit: 'MiB/s',
    better: 'higher',
    ours: async (options) => {
      const { messagesPerSecond, source, sink } = await runFlood(peer, bulkMessageBytes, loopback, options);
      const note = `processors: ${source.processors.toFixed(2)} sending, ${sink.processors.toFixed(2)} receiving`;
      return { value: (messagesPerSecond * bulkMessageBytes) / 2 ** 20, note };
    },
    rivals: [],
  };
}

function flooding(peer: OwnName | RivalName, network: Network): Trial {
  return async (options) => {
    const { messagesPerSecond, source, sink } = await runFlood(peer, messageBytes, network, options);
    // A value well below 1 means that other programs used the processors, or that the transport waits.
    const note = `processors: ${source.processors.toFixed(2)} sending, ${sink.processors.toFixed(2)} receiving`;
    return { value: messagesPerSecond, note };
  };
}

/** Microseconds. */
function medianRoundTrip(peer: OwnName | RivalName, network: Network): Trial {
  return async (options) => {
    const plan = steadyPlan(1, options.windowMs, options.windowMs);
    return { value: (await runRoundTrips(peer, plan, network, options)).p50Ms * 1_000 };
  };
}

function roundTrips(
  peer: OwnName | RivalName,
  outstanding: number,
  network: Network,
  windowFactor = 1,
): Trial {
  return async (options) => {
    const plan = steadyPlan(outstanding, options.windowMs, options.windowMs * windowFactor);
    const result = await runRoundTrips(peer, plan, network, options);
    return { value: result.roundTrips / result.seconds };
  };
}

function steadyPlan(outstanding: number, warmUpMs: number, windowMs: number) {
  return { messageBytes, outstanding, warmUpMs, windowMs, samplesMin: 10, windowMsMax: 20_000 };
}
