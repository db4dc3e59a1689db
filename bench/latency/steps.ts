import { quantile } from '../process-figures.ts';

/** What a gateway notes (gateway-stamps.ts), in milliseconds of the monotonic clock. */
export type StampKind =
  | 'frame-read'
  | 'commit-begins'
  | 'committed'
  | 'synced'
  | 'datagram-sent'
  | 'datagram-read'
  | 'frame-written';
export interface Stamp {
  readonly kind: StampKind;
  readonly atMs: number;
}

/** What the two pages note of one message, by the same clock. */
export interface PageTimes {
  /** The browser of the sender has the key. */
  readonly pressedMs: number;
  /** The page's scripts get the key. */
  readonly handledMs: number;
  /** The page gives the text to its WebSocket. */
  readonly sentMs: number;
  /** The page of the recipient gets the text from its WebSocket. */
  readonly receivedMs: number;
  readonly changedMs: number;
  readonly paintedMs: number;
}

export function latencyMs({ pressedMs, paintedMs }: PageTimes): number {
  return paintedMs - pressedMs;
}

export interface Step {
  readonly name: string;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** The stamps of the gateways that a message passes. A direct message passes no server. */
export interface GatewayStamps {
  readonly sender: readonly Stamp[];
  readonly server?: readonly Stamp[];
  readonly recipient: readonly Stamp[];
}

/** The steps of our messages: those of the pages, and those of the gateways between. A message without all stamps is left out. */
export function ourSteps(messages: readonly PageTimes[], stamps: GatewayStamps): readonly Step[] {
  const { sender, server, recipient } = stamps;
  const hops = [
    { stamps: new Stamps(sender), way: sending },
    ...(server === undefined ? [] : [{ stamps: new Stamps(server), way: passingOn }]),
    { stamps: new Stamps(recipient), way: receiving },
  ];
  const paths: number[][] = [];
  for (const message of messages) {
    const moments = [message.sentMs];
    for (const hop of hops) moments.push(...hop.stamps.path(moments.at(-1) ?? Number.NaN, hop.way));
    if (moments.some(Number.isNaN)) continue;
    const { pressedMs, handledMs, receivedMs, changedMs, paintedMs } = message;
    paths.push([pressedMs, handledMs, ...moments, receivedMs, changedMs, paintedMs]);
  }
  const between = hops.flatMap(({ way }) => way.map(({ name }) => name));
  return stepsOf([toPage, toSocket, ...between, 'WebSocket, to the page', shown, painted], paths);
}

/** The steps that a page shows of any chat. */
export function pageSteps(messages: readonly PageTimes[]): readonly Step[] {
  const paths = messages.map((message) => [
    message.pressedMs,
    message.handledMs,
    message.sentMs,
    message.receivedMs,
    message.changedMs,
    message.paintedMs,
  ]);
  return stepsOf(pageNames, paths);
}

/** The stamps of one gateway on the way of a message, each with the name of the step that it ends. */
type Way = readonly { readonly kind: StampKind; readonly name: string }[];

const sending: Way = [
  { kind: 'frame-read', name: 'WebSocket, to the gateway' },
  { kind: 'commit-begins', name: 'sending gateway, to its commit' },
  { kind: 'committed', name: 'commit of the sender' },
  { kind: 'synced', name: 'disk of the sender' },
  { kind: 'datagram-sent', name: 'sending gateway, to the datagram' },
];
const passingOn: Way = [
  { kind: 'datagram-read', name: 'UDP, to the server' },
  { kind: 'commit-begins', name: 'server, to its commit' },
  { kind: 'committed', name: 'commit of the server' },
  { kind: 'synced', name: 'disk of the server' },
  { kind: 'datagram-sent', name: 'server, to the first datagram' },
];
const receiving: Way = [
  { kind: 'datagram-read', name: 'UDP' },
  { kind: 'commit-begins', name: 'receiving gateway, to its commit' },
  { kind: 'committed', name: 'commit of the recipient' },
  { kind: 'frame-written', name: 'receiving gateway, to the frame' },
];

const [toPage, toSocket, shown, painted] = [
  'Enter, to the scripts of the page',
  'the page, to its WebSocket',
  'the page, to the changed document',
  'the browser, to the painted frame',
];
const pageNames: readonly string[] = [toPage, toSocket, 'all between the pages', shown, painted];
/** The stamps of one gateway, in the order of time. */
class Stamps {
  readonly #stamps: readonly Stamp[];

  constructor(stamps: readonly Stamp[]) {
    this.#stamps = stamps;
  }

  /** The first stamp of the first kind from this time on, the first one of the next kind after it, and so on. NaN without one. */
  path(fromMs: number, way: Way): readonly number[] {
    let at = this.#firstFrom(fromMs);
    return way.map(({ kind }) => {
      while (at < this.#stamps.length && this.#stamps[at]?.kind !== kind) at++;
      return this.#stamps[at]?.atMs ?? Number.NaN;
    });
  }

  #firstFrom(fromMs: number): number {
    let [low, high] = [0, this.#stamps.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#stamps[middle]?.atMs ?? 0) < fromMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function stepsOf(names: readonly string[], paths: readonly (readonly number[])[]): readonly Step[] {
  return names.map((name, index) => {
    const durations = paths.map((path) => (path[index + 1] ?? Number.NaN) - (path[index] ?? Number.NaN));
    return { name, p50Ms: quantile(durations, 0.5), p99Ms: quantile(durations, 0.99) };
  });
}
