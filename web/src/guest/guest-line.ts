import { guestEndCodes, guestEndOf, type SessionEnd } from '../../../shared/guests/ends.ts';
import type { OpenSocket, SocketHandlers } from '../bridge/socket.ts';
import { PageChannel, type PageChannelOptions, type PageChannelOutput } from './page-channel.ts';
import type { RandomBytes } from './noise.ts';

/** The used part of a WebSocket with binary messages. `closed` comes once and last. */
export interface LineSocket {
  send(message: Uint8Array): void;
  close(code: number, reason: string): void;
}
export interface LineHandlers {
  opened(): void;
  /** Null: a text, which no gateway sends. */
  received(message: Uint8Array | null): void;
  closed(code: number): void;
}

export interface LinePorts {
  readonly random: RandomBytes;
  open(handlers: LineHandlers): LineSocket;
  /** Calls back once after `delayMs`. The returned function cancels. */
  after(delayMs: number, callback: () => void): () => void;
}

export interface LineListener {
  /** The guest that comes, and the way. Asked for each connection. */
  caller(): Omit<PageChannelOptions, 'random'>;
  /** The gateway has the nickname, and says nothing more until it lets the guest in. */
  answered(handshakeHash: Uint8Array): void;
  admitted(gatewayKeyHash: Uint8Array): void;
  ended(reason: SessionEnd): void;
  /** The connection is gone without a reason. */
  lost(): void;
}

/**
 * A gateway answers each frame of a page at once, with an event if not with the answer. After this silence, the connection is dead: a
 * browser does not tell it of a Wi-Fi that is gone.
 */
const silenceMsMax = 10_000;
/** So long may it take to connect and to answer the first message. The host may then take its time. */
const answerMsMax = 10_000;
/** RFC 6455 section 7.4.1. */
const normalClosure = 1000;

/** The way of a guest's page to its gateway: for the bridge a socket like any other, behind the encrypted channel. */
export class GuestLine {
  readonly #ports: LinePorts;
  readonly #listener: LineListener;
  #handlers: SocketHandlers | undefined;

  constructor(ports: LinePorts, listener: LineListener) {
    this.#ports = ports;
    this.#listener = listener;
  }

  open(handlers: SocketHandlers): OpenSocket {
    this.#handlers = handlers;
    return new Connection(this.#ports, this.#listener, handlers);
  }

  /** Ends the connection. The bridge opens no other one until it is asked to. */
  hangUp(): void {
    this.#handlers?.refused();
  }
}

class Connection implements OpenSocket {
  readonly #ports: LinePorts;
  readonly #listener: LineListener;
  readonly #handlers: SocketHandlers;
  readonly #channel: PageChannel;
  readonly #socket: LineSocket;
  #gatewayKeyHash: Uint8Array | undefined;
  #isOver = false;
  /** Set while something has to come from the gateway. */
  #cancelSilence: (() => void) | undefined;

  constructor(ports: LinePorts, listener: LineListener, handlers: SocketHandlers) {
    this.#ports = ports;
    this.#listener = listener;
    this.#handlers = handlers;
    this.#channel = new PageChannel({ ...listener.caller(), random: ports.random });
    this.#socket = ports.open({
      opened: () => {
        if (!this.#isOver) this.#socket.send(this.#channel.opening);
      },
      received: (message) => {
        if (!this.#isOver) this.#receive(message);
      },
      closed: (code) => {
        if (!this.#isOver) this.#closed(code);
      },
    });
    this.#cancelSilence = ports.after(answerMsMax, () => this.#lose());
  }

  send(text: string): void {
    if (this.#isOver) return;
    const messages = this.#channel.send(text);
    if (typeof messages === 'string') {
      this.#end('too-long');
      return;
    }
    for (const message of messages) this.#socket.send(message);
    this.#cancelSilence ??= this.#ports.after(silenceMsMax, () => this.#lose());
  }

  close(): void {
    if (this.#isOver) return;
    this.#stop();
    this.#socket.close(normalClosure, '');
  }

  #receive(message: Uint8Array | null): void {
    this.#cancelSilence?.();
    this.#cancelSilence = undefined;
    if (message === null) this.#end('malformed');
    else this.#handle(this.#channel.receive(message));
  }

  #handle(output: PageChannelOutput): void {
    switch (output.type) {
      case 'answer':
        this.#gatewayKeyHash = output.gatewayKeyHash;
        this.#listener.answered(output.handshakeHash);
        this.#socket.send(output.message);
        return;
      case 'admitted':
        if (this.#gatewayKeyHash !== undefined) this.#listener.admitted(this.#gatewayKeyHash);
        this.#handlers.opened();
        return;
      case 'frame':
        this.#handlers.received(output.text);
        return;
      case 'incomplete':
        return;
      case 'ended':
        this.#end(output.reason);
        return;
      default:
        output satisfies never;
    }
  }

  /** The page ends the session. */
  #end(reason: SessionEnd): void {
    this.#stop();
    this.#socket.close(guestEndCodes[reason], reason);
    this.#handlers.refused();
    this.#listener.ended(reason);
  }

  #closed(code: number): void {
    const reason = guestEndOf(code);
    this.#stop();
    if (reason === undefined) {
      this.#handlers.closed();
      this.#listener.lost();
    } else {
      this.#handlers.refused();
      this.#listener.ended(reason);
    }
  }

  #lose(): void {
    this.#stop();
    this.#socket.close(normalClosure, '');
    this.#handlers.closed();
    this.#listener.lost();
  }

  #stop(): void {
    this.#isOver = true;
    this.#cancelSilence?.();
    this.#channel.end('left');
  }
}
