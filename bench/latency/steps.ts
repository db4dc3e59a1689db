import { quantile } from '../process-figures.ts';

/** What a gateway notes (gateway-stamps.ts), in milliseconds of the monotonic clock. */
export type StampKind =
  'frame-read' | 'commit-begins' | 'committed' | 'datagram-sent' | 'datagram-read' | 'frame-written';
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

/** The steps of our messages: those of the pages, and those of both gateways between. A message without all stamps is left out. */
export function ourSteps(
  messages: readonly PageTimes[],
  sender: readonly Stamp[],
  recipient: readonly Stamp[],
): readonly Step[] {
  const paths: number[][] = [];
  const [senderStamps, recipientStamps] = [new Stamps(sender), new Stamps(recipient)];
  for (const message of messages) {
    const moments = [message.pressedMs, message.handledMs, message.sentMs];
    const inSender = senderStamps.path(message.sentMs, sendingKinds);
    const sentMs = inSender?.at(-1);
    if (inSender === undefined || sentMs === undefined) continue;
    const inRecipient = recipientStamps.path(sentMs, receivingKinds);
    if (inRecipient === undefined) continue;
    moments.push(...inSender, ...inRecipient);
    paths.push([...moments, message.receivedMs, message.changedMs, message.paintedMs]);
  }
  return stepsOf(ourNames, paths);
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

const sendingKinds: readonly StampKind[] = ['frame-read', 'commit-begins', 'committed', 'datagram-sent'];
const receivingKinds: readonly StampKind[] = ['datagram-read', 'commit-begins', 'committed', 'frame-written'];

const [toPage, toSocket, shown, painted] = [
  'Enter, to the scripts of the page',
  'the page, to its WebSocket',
  'the page, to the changed document',
  'the browser, to the painted frame',
];
const pageNames: readonly string[] = [toPage, toSocket, 'all between the pages', shown, painted];
const ourNames: readonly string[] = [
  toPage,
  toSocket,
  'WebSocket, to the gateway',
  'sending gateway, to its commit',
  'commit of the sender',
  'sending gateway, to the datagram',
  'UDP',
  'receiving gateway, to its commit',
  'commit of the recipient',
  'receiving gateway, to the frame',
  'WebSocket, to the page',
  shown,
  painted,
];

/** The stamps of one gateway, in the order of time. */
class Stamps {
  readonly #stamps: readonly Stamp[];

  constructor(stamps: readonly Stamp[]) {
    this.#stamps = stamps;
  }

  /** The first stamp of the first kind from this time on, the first one of the next kind after it, and so on. */
  path(fromMs: number, kinds: readonly StampKind[]): readonly number[] | undefined {
    const moments: number[] = [];
    let at = this.#firstFrom(fromMs);
    for (const kind of kinds) {
      while (at < this.#stamps.length && this.#stamps[at]?.kind !== kind) at++;
      const found = this.#stamps[at];
      if (found === undefined) return undefined;
      moments.push(found.atMs);
    }
    return moments;
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
