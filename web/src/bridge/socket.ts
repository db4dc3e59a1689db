import type { GatewayFrame, TabFrame } from '../../../shared/bridge/frames.ts';
import type { BridgeEvent, EphemeralEvent, EventCursor, Snapshot } from '../../../shared/bridge/events.ts';
import type { Answer } from '../../../shared/bridge/commands.ts';
import type { GatewayStatus } from '../model/gateway-status.ts';
import { retryDelayMs } from './back-off.ts';
import { bridgeVersion, gatewayFrame } from './checked-schemas.ts';
import { fits } from './schema-check.ts';

/** The way to the gateway: a WebSocket, or a channel in one. The handlers are called until `close`; `closed` or `refused` comes once and last. */
export interface OpenSocket {
  send(text: string): void;
  close(): void;
}
export interface SocketHandlers {
  opened(): void;
  received(data: unknown): void;
  closed(): void;
  /** In place of `closed`: the gateway does not want this page now. The tab does not come back by itself. */
  refused(): void;
}

/** How this browser meets the proof of a gateway. */
export type ProofAnswer =
  /** The gateway has proved its key. This is the browser's own proof. */
  | { readonly type: 'proved'; readonly signature: string }
  /** This browser has no key for any gateway at this address. */
  | { readonly type: 'no-key' }
  /** Another program answers in place of a gateway that this browser knows. */
  | { readonly type: 'stranger' };

/** The keys of this browser. */
export interface Prover {
  newNonce(): string;
  /** Checks the gateway's proof. Calls `then` once. */
  answer(proof: ReceivedProof, then: (answer: ProofAnswer) => void): void;
}
export interface ReceivedProof {
  readonly tabNonce: string;
  readonly gatewayKey: string;
  readonly gatewayNonce: string;
  readonly signature: string;
}

export interface SocketPorts {
  /** Null: what is open has proved the keys of both sides, and looks after the time that it takes. */
  readonly prover: Prover | null;
  open(handlers: SocketHandlers): OpenSocket;
  /** Wall clock in milliseconds. It serves only texts for the user. */
  nowMs(): number;
  /** Calls back once after `delayMs`. The returned function cancels. */
  after(delayMs: number, callback: () => void): () => void;
}

export interface SocketListener {
  gateway(status: GatewayStatus): void;
  /** `isRestart`: the gateway has started again since the last snapshot of this tab. */
  snapshot(snapshot: Snapshot, isRestart: boolean): void;
  /** Commands may be sent: a snapshot came, or the missed events begin to follow. */
  ready(): void;
  event(event: BridgeEvent): void;
  /** Has no number; a newer one of the same key replaces it. */
  ephemeral(event: EphemeralEvent): void;
  answer(id: string, answer: Answer): void;
  /** The tab and the gateway do not understand each other: they have different versions. */
  protocolError(): void;
  /** A connection ended before the gateway had greeted. A missing cookie may be the cause. */
  neverGreeted(): void;
  /** The gateway does not let this browser in, or this browser has no key. The tab does not try again by itself. */
  notAdmitted(): void;
  /** Another program answers at this address. The tab has told it nothing, and looks for its gateway again. */
  stranger(): void;
}

interface Connected<Name> {
  readonly name: Name;
  readonly socket: OpenSocket;
  readonly cancel: (() => void) | null;
}

/**
 * opening -> greeting (hello is sent) -> proving (the gateway's proof is checked) -> entering (the browser's proof is sent) ->
 * live. Until `entering`, the tab sends nothing but hello: another program may have taken the port. Without a prover, `entering` follows
 * on `opening`.
 */
type Phase =
  | { readonly name: 'stopped' }
  | { readonly name: 'waiting'; readonly cancel: () => void }
  | Connected<'opening'>
  | (Connected<'greeting'> & { readonly nonce: string })
  | Connected<'proving'>
  | Connected<'entering'>
  | Connected<'live'>;

type PhaseOf<Name extends Phase['name']> = Extract<Phase, { readonly name: Name }>;
type FrameOf<Type extends GatewayFrame['type']> = Extract<GatewayFrame, { type: Type }>;

/** Without a greeting within this time, the tab abandons the connection and tries again. */
const greetingTimeoutMs = 10_000;

/**
 * The tab's end of docs/BRIDGE.md: says hello, lets the gateway prove its key first, passes what follows on in
 * order, and comes back by itself. It does not know what events and commands mean.
 */
export class BridgeSocket {
  readonly #ports: SocketPorts;
  readonly #listener: SocketListener;
  #phase: Phase = { name: 'stopped' };
  #cursor: EventCursor | undefined;
  /** Of the last snapshot. The cursor is forgotten after a gap. */
  #epoch: string | undefined;
  #failures = 0;
  #downSinceMs: number | undefined;

  constructor(ports: SocketPorts, listener: SocketListener) {
    this.#ports = ports;
    this.#listener = listener;
  }

  /** Tries at once, even if the next try was planned for later. Does nothing while a connection is open. */
  connect(): void {
    if (this.#phase.name !== 'stopped' && this.#phase.name !== 'waiting') return;
    if (this.#phase.name === 'waiting') this.#phase.cancel();
    if (this.#downSinceMs !== undefined) this.#reportDown(null);
    // A late call of an abandoned socket must not touch its successor.
    const current = () =>
      this.#phase.name !== 'stopped' && 'socket' in this.#phase && this.#phase.socket === socket;
    const socket: OpenSocket = this.#ports.open({
      opened: () => {
        if (current()) this.#greet();
      },
      received: (data) => {
        if (current()) this.#receive(data);
      },
      closed: () => {
        if (current()) this.#lost();
      },
      refused: () => {
        if (current()) this.#leaveOut();
      },
    });
    const giveUp = (): void => {
      if (current() && this.#phase.name !== 'live') this.#giveUp();
    };
    const cancel = this.#ports.prover && this.#ports.after(greetingTimeoutMs, giveUp);
    this.#phase = { name: 'opening', socket, cancel };
  }

  /** Ends the connection until the next `connect`. */
  stop(): void {
    const phase = this.#phase;
    this.#phase = { name: 'stopped' };
    if (phase.name !== 'stopped') phase.cancel?.();
    if ('socket' in phase) phase.socket.close();
  }

  get isConnected(): boolean {
    return this.#phase.name === 'live';
  }

  /** Returns false without a greeted connection. Then the caller keeps the frame. */
  send(frame: TabFrame): boolean {
    if (this.#phase.name !== 'live') return false;
    this.#phase.socket.send(JSON.stringify(frame));
    return true;
  }

  #greet(): void {
    const phase = this.#phase;
    if (phase.name !== 'opening') return;
    const { prover } = this.#ports;
    if (prover === null) {
      this.#phase = { ...phase, name: 'entering' };
      this.#enter(phase.socket, { type: 'enter', version: bridgeVersion });
      return;
    }
    const nonce = prover.newNonce();
    this.#phase = { ...phase, name: 'greeting', nonce };
    const hello: TabFrame = { type: 'hello', version: bridgeVersion, nonce };
    phase.socket.send(JSON.stringify(hello));
  }

  #receive(data: unknown): void {
    const frame = parseFrame(data);
    switch (this.#phase.name) {
      case 'greeting':
        if (frame?.type === 'proof') this.#checkProof(frame, this.#phase);
        // Only the gateway that this browser knows may make the tab reload itself.
        else this.#meetStranger();
        return;
      case 'entering':
      case 'live':
        if (frame === undefined) this.#refuse();
        else this.#handle(frame);
        return;
      case 'proving':
        this.#meetStranger();
        return;
      case 'opening':
      case 'stopped':
      case 'waiting':
        return;
      default:
        this.#phase satisfies never;
    }
  }

  #checkProof(frame: FrameOf<'proof'>, { nonce, socket, cancel }: PhaseOf<'greeting'>): void {
    const { gatewayKey, nonce: gatewayNonce, signature } = frame;
    const phase: PhaseOf<'proving'> = { name: 'proving', socket, cancel };
    this.#phase = phase;
    this.#ports.prover?.answer({ tabNonce: nonce, gatewayKey, gatewayNonce, signature }, (answer) => {
      // The connection may have ended while the proof was checked.
      if (this.#phase === phase) this.#answerProof(answer, phase);
    });
  }

  #answerProof(answer: ProofAnswer, { socket, cancel }: PhaseOf<'proving'>): void {
    switch (answer.type) {
      case 'proved': {
        this.#phase = { name: 'entering', socket, cancel };
        this.#enter(socket, { type: 'prove', signature: answer.signature });
        return;
      }
      case 'no-key':
        this.#leaveOut();
        return;
      case 'stranger':
        this.#meetStranger();
        return;
      default:
        answer satisfies never;
    }
  }

  #enter(socket: OpenSocket, frame: Extract<TabFrame, { type: 'prove' | 'enter' }>): void {
    socket.send(JSON.stringify(this.#cursor === undefined ? frame : { ...frame, cursor: this.#cursor }));
  }

  #leaveOut(): void {
    this.stop();
    this.#listener.notAdmitted();
  }

  #handle(frame: GatewayFrame): void {
    switch (frame.type) {
      case 'snapshot': {
        const isRestart = this.#epoch !== undefined && this.#epoch !== frame.cursor.epoch;
        this.#epoch = frame.cursor.epoch;
        this.#cursor = frame.cursor;
        this.#listener.snapshot(frame.snapshot, isRestart);
        this.#becomeLive();
        return;
      }
      case 'resumed':
        this.#becomeLive();
        return;
      case 'event':
        this.#receiveEvent(frame.number, frame.event);
        return;
      case 'ephemeral':
        this.#listener.ephemeral(frame.event);
        return;
      case 'answer':
        this.#listener.answer(frame.id, frame.answer);
        return;
      case 'not-admitted':
        this.#leaveOut();
        return;
      case 'proof':
      case 'protocol-error':
        this.#refuse();
        return;
      default:
        frame satisfies never;
    }
  }

  /** Passes each event on once and in order, whatever a reconnect repeats. After a gap, requests a snapshot. */
  #receiveEvent(number: number, event: BridgeEvent): void {
    if (this.#cursor === undefined || number <= this.#cursor.number) return;
    if (number !== this.#cursor.number + 1) {
      this.#cursor = undefined;
      this.#giveUp();
      return;
    }
    this.#cursor = { epoch: this.#cursor.epoch, number };
    this.#listener.event(event);
  }

  #becomeLive(): void {
    if (this.#phase.name !== 'entering') return;
    this.#phase.cancel?.();
    this.#phase = { ...this.#phase, name: 'live' };
    this.#failures = 0;
    this.#downSinceMs = undefined;
    this.#listener.gateway({ status: 'open' });
    this.#listener.ready();
  }

  #refuse(): void {
    this.stop();
    this.#listener.protocolError();
  }

  #meetStranger(): void {
    if ('socket' in this.#phase) this.#phase.socket.close();
    this.#lost(() => this.#listener.stranger());
  }

  #giveUp(): void {
    if ('socket' in this.#phase) this.#phase.socket.close();
    this.#lost();
  }

  /** `ungreeted` is called if the gateway had not greeted. */
  #lost(ungreeted: () => void = () => this.#listener.neverGreeted()): void {
    if (this.#phase.name === 'stopped') return;
    const greeted = this.#phase.name === 'live';
    this.#phase.cancel?.();
    this.#downSinceMs ??= this.#ports.nowMs();
    const delayMs = retryDelayMs(this.#failures);
    this.#failures += 1;
    this.#phase = { name: 'waiting', cancel: this.#ports.after(delayMs, () => this.connect()) };
    this.#reportDown(this.#ports.nowMs() + delayMs);
    if (!greeted) ungreeted();
  }

  #reportDown(nextAttemptAtMs: number | null): void {
    this.#listener.gateway({
      status: 'down',
      sinceMs: this.#downSinceMs ?? this.#ports.nowMs(),
      nextAttemptAtMs,
    });
  }
}

/** Parses a frame of the gateway. */
function parseFrame(data: unknown): GatewayFrame | undefined {
  if (typeof data !== 'string') return undefined;
  try {
    const value: unknown = JSON.parse(data);
    return isFrame(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isFrame(value: unknown): value is GatewayFrame {
  return fits(gatewayFrame, value);
}
