import type { RawData } from 'ws';
import type { NumberedEvent, EventCursor } from '../../shared/bridge/events.ts';
import { bridgeVersion, type GatewayFrame, type TabFrame } from '../../shared/bridge/frames.ts';
import type { Command } from '../../shared/bridge/commands.ts';
import { eventLogMax, tabCommandsInFlightMax, tabQueueBytesMax } from '../../shared/limits.ts';
import type { EphemeralSubscription } from '../control/ephemeral-subscription.ts';
import type { GatewayApi } from '../control/gateway-api.ts';
import type { GatewayProof } from './browser-auth.ts';
import { parseTabFrame } from './parse-frame.ts';

/** RFC 6455 section 7.4.1 and the IANA registry. */
const closeCodes = { goingAway: 1001, policyViolation: 1008 } as const;

/**
 * Events wait in the log, not in the tab's queue, while more bytes than this are on their way to it. So a slow tab costs
 * no more than this, until the log no longer has what it missed.
 */
export const eventWindowBytes = 256 * 1024;

/** Ephemeral events wait while more bytes than this are on their way, so that a numbered one never waits for them. */
export const ephemeralWindowBytes = 64 * 1024;

/** Pings that may stay unanswered. At the next one the tab counts as gone. */
const pongsMissedMax = 2;

/** A message of a WebSocket, in parts or whole. */
export type SocketData = RawData;

/** The part of ws's WebSocket that a tab needs. */
export interface TabSocket {
  readonly bufferedAmount: number;
  readonly isPaused: boolean;
  on(event: 'message', listener: (data: RawData, isBinary: boolean) => void): unknown;
  on(event: 'pong' | 'close', listener: () => void): unknown;
  /** `onFlushed` is called when the kernel has taken the text or has given up. */
  send(text: string, onFlushed: () => void): void;
  ping(): void;
  pause(): void;
  resume(): void;
  close(code: number, reason: string): void;
  terminate(): void;
}

/** The browser of a tab, known by its cookie, and what both sides prove. */
export interface TabIdentity {
  /** Proves the gateway's key to the tab, which sent this nonce. */
  prove(tabNonce: string): GatewayProof;
  /** Whether the browser has proved its key. */
  isProved(proof: GatewayProof, signature: string): boolean;
  /** The browser has proved its key, and the tab is connected. */
  admitted(): void;
}

export interface TabContext {
  readonly api: GatewayApi;
  readonly helloTimeoutMs: number;
  /** Null: the connection has proved the keys of both sides. */
  readonly identity: TabIdentity | null;
  /** Returns the frame of an event as JSON, made once for all tabs. */
  readonly eventText: (event: NumberedEvent) => string;
  /** For the log: why the tab was dropped. */
  readonly onDropped: (reason: string) => void;
}

type Subscription = ReturnType<GatewayApi['subscribe']>;

/** opening -> proving -> live. Both steps share the time for `hello`. */
type State =
  | { readonly phase: 'opening'; readonly helloTimer: NodeJS.Timeout }
  /** The gateway has proved its key, and waits for the browser's proof. */
  | {
      readonly phase: 'proving';
      readonly helloTimer: NodeJS.Timeout;
      readonly proof: GatewayProof;
      readonly isOtherVersion: boolean;
    }
  /** `cursor` is that of the last event handed to the socket: the tab is a reader of the log. */
  | {
      readonly phase: 'live';
      cursor: EventCursor;
      readonly subscription: Subscription;
      readonly ephemeral: EphemeralSubscription;
    }
  | { readonly phase: 'closed' };

/** One connected tab: the gateway's side of docs/BRIDGE.md. */
export class Tab {
  readonly #socket: TabSocket;
  readonly #context: TabContext;
  #state: State;
  #commandsInFlight = 0;
  /** Bytes of a snapshot on its way. A snapshot is as large as the chat, so it does not count as slowness. */
  #snapshotBytes = 0;
  #pongsMissed = 0;

  constructor(socket: TabSocket, context: TabContext) {
    this.#socket = socket;
    this.#context = context;
    const helloTimer = setTimeout(
      () => this.#refuse('The tab did not send hello in time.'),
      context.helloTimeoutMs,
    );
    this.#state = { phase: 'opening', helloTimer };
    socket.on('message', (data, isBinary) => this.#receive(data, isBinary));
    socket.on('pong', () => (this.#pongsMissed = 0));
    socket.on('close', () => this.#end());
  }

  /** Pings the tab, and drops it when the previous pings were not answered. */
  ping(): void {
    // While the tab's own commands pause the socket, its pongs are not read.
    if (this.#socket.isPaused || this.#state.phase === 'closed') return;
    if (this.#pongsMissed >= pongsMissedMax) {
      this.#drop('silent');
      return;
    }
    this.#pongsMissed += 1;
    this.#socket.ping();
  }

  /** The gateway stops. */
  close(): void {
    this.#end();
    this.#socket.close(closeCodes.goingAway, 'the gateway stops');
  }

  /** The browser may not use the gateway, or no longer. */
  signOut(): void {
    this.#send({ type: 'not-admitted' });
    this.#end();
    this.#socket.close(closeCodes.policyViolation, 'not admitted');
  }

  terminate(): void {
    this.#socket.terminate();
  }

  /** Cuts off a tab that takes too long for its proof, while others need its place. */
  giveWay(): void {
    this.#drop('its proof took too long');
  }

  get isProving(): boolean {
    return this.#state.phase === 'opening' || this.#state.phase === 'proving';
  }

  #receive(data: RawData, isBinary: boolean): void {
    if (this.#state.phase === 'closed') return;
    this.#pongsMissed = 0;
    const reading = parseTabFrame(data, isBinary);
    if ('problem' in reading) {
      this.#refuse(reading.problem);
      return;
    }
    this.#handle(reading.frame);
  }

  #handle(frame: TabFrame): void {
    switch (frame.type) {
      case 'hello':
        this.#hello(frame.version, frame.nonce);
        break;
      case 'prove':
        this.#prove(frame.signature, frame.cursor);
        break;
      case 'enter':
        this.#enter(frame.version, frame.cursor);
        break;
      case 'command':
        this.#command(frame.id, frame.command);
        break;
      default:
        frame satisfies never;
    }
  }

  #hello(version: number, nonce: string): void {
    const state = this.#state;
    if (state.phase !== 'opening') {
      this.#refuse('Send hello only once.');
      return;
    }
    const { identity } = this.#context;
    if (identity === null) {
      this.#refuse('Both sides are known already. Send enter.');
      return;
    }
    const proof = identity.prove(nonce);
    const { terms, signature } = proof;
    // A page of another version reloads itself, but only for the gateway that it knows.
    const isOtherVersion = version !== bridgeVersion;
    this.#state = { phase: 'proving', helloTimer: state.helloTimer, proof, isOtherVersion };
    this.#send({ type: 'proof', gatewayKey: terms.gatewayKey, nonce: terms.gatewayNonce, signature });
  }

  #prove(signature: string, cursor: EventCursor | undefined): void {
    const state = this.#state;
    if (state.phase !== 'proving') {
      this.#refuse('Send prove once, after the proof of the gateway.');
      return;
    }
    const { identity } = this.#context;
    if (identity?.isProved(state.proof, signature) !== true) {
      this.signOut();
      return;
    }
    if (this.#goLive(state.helloTimer, state.isOtherVersion, cursor)) identity.admitted();
    this.#pump();
  }

  /** The page of a guest, behind a channel. */
  #enter(version: number, cursor: EventCursor | undefined): void {
    const state = this.#state;
    if (this.#context.identity !== null || state.phase !== 'opening') {
      this.#refuse('Only the page of a guest sends enter, once.');
      return;
    }
    this.#goLive(state.helloTimer, version !== bridgeVersion, cursor);
    this.#pump();
  }

  /** Returns false if the page is of another version. */
  #goLive(helloTimer: NodeJS.Timeout, isOtherVersion: boolean, cursor: EventCursor | undefined): boolean {
    if (isOtherVersion) {
      this.#refuse('This page belongs to another version of Chatagram. Reload it.');
      return false;
    }
    clearTimeout(helloTimer);
    const canResume = cursor !== undefined && this.#context.api.missedSince(cursor) !== undefined;
    // The subscription comes first, and its listener only reads the log. An event between subscription and snapshot has
    // a number above the snapshot's cursor, so the log still gives it.
    const subscription = this.#context.api.subscribe(() => this.#pump());
    const ephemeral = this.#context.api.subscribeEphemeral(() => this.#pump());
    const from = canResume ? this.#resume(cursor) : this.#sendSnapshot();
    this.#state = { phase: 'live', cursor: from, subscription, ephemeral };
    return true;
  }

  #resume(cursor: EventCursor): EventCursor {
    this.#send({ type: 'resumed', cursor });
    return cursor;
  }

  #sendSnapshot(): EventCursor {
    const { cursor, snapshot } = this.#context.api.snapshot();
    const text = JSON.stringify({ type: 'snapshot', cursor, snapshot } satisfies GatewayFrame);
    this.#snapshotBytes = Buffer.byteLength(text);
    this.#socket.send(text, () => {
      this.#snapshotBytes = 0;
      this.#pump();
    });
    return cursor;
  }

  #command(id: string, command: Command): void {
    const state = this.#state;
    if (state.phase !== 'live') {
      this.#refuse('Hello comes first.');
      return;
    }
    this.#commandsInFlight += 1;
    if (this.#commandsInFlight >= tabCommandsInFlightMax) this.#socket.pause();
    void this.#context.api.execute(id, command, state.ephemeral).then((answer) => {
      this.#commandsInFlight -= 1;
      if (this.#socket.isPaused) this.#socket.resume();
      // Events of the command go before its answer, as far as the window lets them.
      this.#pump();
      this.#send({ type: 'answer', id, answer });
    });
  }

  /** Hands the socket the next events of the log, as many as fit into the window. Runs again when they have left. */
  #pump(): void {
    const state = this.#state;
    if (state.phase !== 'live') return;
    if (this.#socket.bufferedAmount >= eventWindowBytes) {
      const behind = this.#context.api.cursor().number - state.cursor.number;
      if (behind > eventLogMax) this.#drop('too slow: the event log has moved past it');
      return;
    }
    const missed = this.#context.api.missedSince(state.cursor);
    if (missed === undefined) {
      // The tab reads, but the log dropped what it missed, or a reset replaced it.
      state.cursor = this.#sendSnapshot();
      return;
    }
    for (const event of missed) {
      state.cursor = { epoch: state.cursor.epoch, number: event.number };
      this.#socket.send(this.#context.eventText(event), () => this.#pump());
      if (this.#socket.bufferedAmount >= eventWindowBytes) return;
    }
    this.#pumpEphemeral(state.ephemeral);
  }

  /** Hands the socket ephemeral events, after all numbered ones, as many as fit into their smaller window. */
  #pumpEphemeral(ephemeral: EphemeralSubscription): void {
    while (this.#socket.bufferedAmount < ephemeralWindowBytes) {
      const event = ephemeral.take();
      if (event === undefined) return;
      const frame: GatewayFrame = { type: 'ephemeral', event };
      this.#socket.send(JSON.stringify(frame), () => this.#pump());
    }
  }

  #send(frame: GatewayFrame): void {
    if (this.#state.phase === 'closed') return;
    if (this.#socket.bufferedAmount - this.#snapshotBytes > tabQueueBytesMax) {
      this.#drop('too slow: it does not take its answers');
      return;
    }
    this.#socket.send(JSON.stringify(frame), () => this.#pump());
  }

  /** The tab breaks the contract. It is told why, and the connection ends. */
  #refuse(sentence: string): void {
    this.#send({ type: 'protocol-error', sentence });
    this.#context.onDropped(sentence);
    this.#end();
    this.#socket.close(closeCodes.policyViolation, 'protocol error');
  }

  /** Ends without a close frame, which would wait behind unread bytes. The tab reconnects and resumes. */
  #drop(reason: string): void {
    this.#context.onDropped(reason);
    this.#end();
    this.#socket.terminate();
  }

  #end(): void {
    if ('helloTimer' in this.#state) clearTimeout(this.#state.helloTimer);
    if (this.#state.phase === 'live') {
      this.#state.subscription.unsubscribe();
      this.#state.ephemeral.close();
    }
    this.#state = { phase: 'closed' };
    // A paused socket would not read the close handshake.
    if (this.#socket.isPaused) this.#socket.resume();
  }
}
