import type { RawData } from 'ws';
import type { NumberedEvent, EventCursor } from '../../shared/bridge/events.ts';
import { bridgeVersion, type GatewayFrame, type TabFrame } from '../../shared/bridge/frames.ts';
import type { Command } from '../../shared/bridge/commands.ts';
import { eventLogMax, tabCommandsInFlightMax, tabQueueBytesMax } from '../../shared/limits.ts';
import type { EphemeralSubscription } from '../control/ephemeral-subscription.ts';
import type { GatewayApi } from '../control/gateway-api.ts';
import { readTabFrame } from './parse-frame.ts';

/** RFC 6455 section 7.4.1 and the IANA registry. */
const closeCodes = { goingAway: 1001, policyViolation: 1008 } as const;

/**
 * Events wait in the log, not in the tab's queue, while more bytes than this are on their way to it. So a
 * slow tab costs no more than this, until the log has moved past it.
 */
export const eventWindowBytes = 256 * 1024;

/** Ephemeral events wait while more bytes than this are on their way, so that a numbered one never waits for them. */
export const ephemeralWindowBytes = 64 * 1024;

/** Pings that may stay unanswered; at the next one the tab is taken for gone. */
const pongsMissedMax = 2;

/** What a tab needs of ws's WebSocket. */
export interface TabSocket {
  readonly bufferedAmount: number;
  readonly isPaused: boolean;
  on(event: 'message', listener: (data: RawData, isBinary: boolean) => void): unknown;
  on(event: 'pong' | 'close', listener: () => void): unknown;
  /** `onFlushed` is called when the kernel has taken the text, or never will. */
  send(text: string, onFlushed: () => void): void;
  ping(): void;
  pause(): void;
  resume(): void;
  close(code: number, reason: string): void;
  terminate(): void;
}

export interface TabContext {
  readonly face: GatewayApi;
  readonly helloTimeoutMs: number;
  /** The frame of an event as JSON, made once for all tabs. */
  readonly eventText: (event: NumberedEvent) => string;
  /** For the log: why the tab was let go. */
  readonly onDropped: (reason: string) => void;
}

type Subscription = ReturnType<GatewayApi['subscribe']>;

type State =
  | { readonly phase: 'opening'; readonly helloTimer: NodeJS.Timeout }
  /** `cursor` is that of the last event handed to the socket: the tab is a reader of the log. */
  | { 
      readonly phase: 'live';
      cursor: EventCursor;
      readonly subscription: Subscription;
      readonly ephemeral: EphemeralSubscription;
    }
  | { readonly phase: 'closed' };

/** One connected tab: docs/BRIDGE.md from the gateway's side. */
export class Tab {
  readonly #socket: TabSocket;
  readonly #context: TabContext;
  #state: State;
  #commandsInFlight = 0;
  /** Bytes of a snapshot on its way. It is as large as the chat is, so it does not count as slowness. */
  #snapshotBytes = 0;
  #pongsMissed = 0;

  constructor(socket: TabSocket, context: TabContext) {
    this.#socket = socket;
    this.#context = context;
    const helloTimer = setTimeout(
      () => this.#refuse('The gateway waited for hello.'),
      context.helloTimeoutMs,
    );
    this.#state = { phase: 'opening', helloTimer };
    socket.on('message', (data, isBinary) => this.#receive(data, isBinary));
    socket.on('pong', () => (this.#pongsMissed = 0));
    socket.on('close', () => this.#end());
  }

  /** Asks for a sign of life, and drops the tab when the earlier ones were not answered. */
  ping(): void {
    // Paused by its own commands: pongs are not read then.
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

  terminate(): void {
    this.#socket.terminate();
  }

  #receive(data: RawData, isBinary: boolean): void {
    if (this.#state.phase === 'closed') return;
    this.#pongsMissed = 0;
    const reading = readTabFrame(data, isBinary);
    if ('problem' in reading) {
      this.#refuse(reading.problem);
      return;
    }
    this.#handle(reading.frame);
  }

  #handle(frame: TabFrame): void {
    switch (frame.type) {
      case 'hello':
        this.#hello(frame.version, frame.cursor);
        break;
      case 'command':
        this.#command(frame.id, frame.command);
        break;
      default:
        frame satisfies never;
    }
  }

  #hello(version: number, cursor: EventCursor | undefined): void {
    if (this.#state.phase !== 'opening') {
      this.#refuse('Hello is said once.');
      return;
    }
    if (version !== bridgeVersion) {
      this.#refuse('This page is of another version of Chatagram; reload it.');
      return;
    }
    clearTimeout(this.#state.helloTimer);
    const canResume = cursor !== undefined && this.#context.face.missedSince(cursor) !== undefined;
    // Subscribing comes first, and the listener only looks into the log: an event that happens between
    // snapshot and subscription has a number above the snapshot's cursor, and is read from there.
    const subscription = this.#context.face.subscribe(() => this.#pump());
    const ephemeral = this.#context.face.subscribeEphemeral(() => this.#pump());
    const from = canResume ? this.#resume(cursor) : this.#sendSnapshot();
    this.#state = { phase: 'live', cursor: from, subscription, ephemeral };
    this.#pump();
  }

  #resume(cursor: EventCursor): EventCursor {
    this.#send({ type: 'resumed', cursor });
    return cursor;
  }

  #sendSnapshot(): EventCursor {
    const { cursor, snapshot } = this.#context.face.snapshot();
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
    void this.#context.face.execute(id, command, state.ephemeral).then((answer) => {
      this.#commandsInFlight -= 1;
      if (this.#socket.isPaused) this.#socket.resume();
      // Events that led to the answer go before it, as far as the window lets them.
      this.#pump();
      this.#send({ type: 'answer', id, answer });
    });
  }

  /** Hands the socket the next events of the log, as many as fit into the window; comes back when they are gone. */
  #pump(): void {
    const state = this.#state;
    if (state.phase !== 'live') return;
    if (this.#socket.bufferedAmount >= eventWindowBytes) {
      const behind = this.#context.face.cursor().number - state.cursor.number;
      if (behind > eventLogMax) this.#drop('too slow: the event log has moved past it');
      return;
    }
    const missed = this.#context.face.missedSince(state.cursor);
    if (missed === undefined) {
      // It takes what it gets, but the log went on without it, or a reset took the place of what it missed.
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

  /** The tab does not speak the contract: it is told why, and the conversation ends. */
  #refuse(sentence: string): void {
    this.#send({ type: 'protocol-error', sentence });
    this.#context.onDropped(sentence);
    this.#end();
    this.#socket.close(closeCodes.policyViolation, 'protocol error');
  }

  /** Without a goodbye, which would wait behind what the tab does not take; it reconnects and resumes. */
  #drop(reason: string): void {
    this.#context.onDropped(reason);
    this.#end();
    this.#socket.terminate();
  }

  #end(): void {
    if (this.#state.phase === 'opening') clearTimeout(this.#state.helloTimer);
    if (this.#state.phase === 'live') {
      this.#state.subscription.unsubscribe();
      this.#state.ephemeral.close();
    }
    this.#state = { phase: 'closed' };
    // A close handshake must be heard.
    if (this.#socket.isPaused) this.#socket.resume();
  }
}
