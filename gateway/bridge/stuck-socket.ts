import type { GatewayFrame } from '../../shared/bridge/frames.ts';
import type { BridgeEvent, EphemeralEvent, EventCursor, NumberedEvent } from '../../shared/bridge/events.ts';
import type { PeerKey } from '../../shared/ids.ts';
import type { RecordingGateway } from './bridge-under-test.ts';
import { Tab, type TabIdentity, type TabSocket } from './tab.ts';

/** A tab over a socket that is no network, for what a network does too seldom. */
export function openTab(api: RecordingGateway, socket: TabSocket): Tab {
  const eventText = ({ number, event }: NumberedEvent): string =>
    JSON.stringify({ type: 'event', number, event });
  return new Tab(socket, { api, helloTimeoutMs: 60_000, identity, eventText, onDropped: () => undefined });
}

const filler = (length: number): string => 'A'.repeat(length);

/** Takes any proof. */
const identity: TabIdentity = {
  prove: (nonce) => ({
    terms: { origin: '', gatewayKey: filler(87), tabNonce: nonce, gatewayNonce: filler(43) },
    signature: filler(86),
  }),
  isProved: () => true,
  admitted: () => undefined,
};

/** A connection of which the other end takes nothing, until it is flushed. */
export class StuckSocket implements TabSocket {
  readonly sent: GatewayFrame[] = [];
  bufferedAmount = 0;
  isPaused = false;
  terminated = false;
  readonly #onFlushed: (() => void)[] = [];
  #onMessage: (data: Buffer, isBinary: boolean) => void = () => undefined;

  on(event: string, listener: (data: Buffer, isBinary: boolean) => void): void {
    if (event === 'message') this.#onMessage = listener;
  }

  /** The tab says hello and proves its key. */
  hello(cursor?: EventCursor): void {
    this.receive({ type: 'hello', version: 1, nonce: filler(43) });
    this.receive({ type: 'prove', signature: '', cursor });
  }

  receive(frame: unknown): void {
    this.#onMessage(Buffer.from(JSON.stringify(frame)), false);
  }

  send(text: string, onFlushed: () => void): void {
    this.sent.push(JSON.parse(text) as GatewayFrame);
    this.#onFlushed.push(onFlushed);
    this.bufferedAmount += Buffer.byteLength(text);
  }

  /** The other end takes everything that is on its way. */
  flush(): void {
    this.bufferedAmount = 0;
    for (const onFlushed of this.#onFlushed.splice(0)) onFlushed();
  }

  ping(): void {
    this.bufferedAmount += 2;
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }

  close(): void {
    this.terminate();
  }

  terminate(): void {
    this.terminated = true;
  }
}

/** An event that weighs `bytes`. */
export function heavy(bytes: number): BridgeEvent {
  return { type: 'other-version', from: 'x'.repeat(bytes), version: 2, others: 0 };
}

/** An ephemeral event. Its number of connections identifies it. All have one key. */
export function sampleEphemeral(connections: number): EphemeralEvent {
  const client = {
    connections,
    datagramsSent: 0,
    datagramsReceived: 0,
    bytesSent: 0,
    bytesReceived: 0,
    datagramsSentAgain: 0,
    dropped: {},
    sendErrors: 0,
    receiveErrors: 0,
    unsent: 0,
  };
  return {
    type: 'connection-statistics',
    peer: 'bb'.repeat(32) as PeerKey,
    statistics: { client, server: null, connections: [], classicWanted: null },
  };
}
