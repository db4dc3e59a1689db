import type { RawData } from 'ws';
import { guestMessageCostBytes, guestPageRate } from '../../../shared/limits.ts';
import { TokenBucket } from '../../transport/fair-rate.ts';
import type { GuestSocket } from '../guest-door.ts';

/** The WebSocket of a page, as ws has it. */
export interface PagedSocket extends GuestSocket {
  on(event: 'message' | 'ping', listener: (data: RawData) => void): unknown;
  on(event: 'message', listener: (data: RawData, isBinary: boolean) => void): unknown;
  on(event: 'pong' | 'close', listener: () => void): unknown;
}

export interface PacedSocketOptions {
  readonly nowMs: () => number;
  /** Calls back after so many milliseconds, unless the returned function is called before. */
  readonly after: (waitMs: number, callback: () => void) => () => void;
}

/**
 * The WebSocket of a page that is not read faster than the rate of a page. What comes beyond waits in the buffers of the network and of the
 * browser, so a page that floods slows only itself.
 */
export class PacedSocket implements GuestSocket {
  readonly #socket: PagedSocket;
  readonly #options: PacedSocketOptions;
  readonly #bucket = new TokenBucket(guestPageRate);
  #isPausedByOwner = false;
  #cancelWait: (() => void) | undefined;
  #isOver = false;

  constructor(socket: PagedSocket, options: PacedSocketOptions) {
    this.#socket = socket;
    this.#options = options;
    socket.on('message', (data: RawData) => this.#charge(byteCountOf(data)));
    // A ping and a pong say nothing, and still take time.
    socket.on('ping', (data: RawData) => this.#charge(byteCountOf(data)));
    socket.on('pong', () => this.#charge(0));
    socket.on('close', () => this.#end());
  }

  get bufferedAmount(): number {
    return this.#socket.bufferedAmount;
  }

  /** Nothing is read, for whatever reason. */
  get isPaused(): boolean {
    return this.#isPausedByOwner || this.#cancelWait !== undefined;
  }

  on(event: 'message', listener: (data: RawData, isBinary: boolean) => void): unknown;
  on(event: 'pong' | 'close', listener: () => void): unknown;
  on(event: 'message' | 'pong' | 'close', listener: (data: RawData, isBinary: boolean) => void): unknown {
    if (event === 'message') return this.#socket.on(event, listener);
    return this.#socket.on(event, listener as () => void);
  }

  send(bytes: Uint8Array, onFlushed: () => void): void {
    this.#socket.send(bytes, onFlushed);
  }

  ping(): void {
    this.#socket.ping();
  }

  pause(): void {
    this.#isPausedByOwner = true;
    this.#socket.pause();
  }

  resume(): void {
    this.#isPausedByOwner = false;
    if (this.#cancelWait === undefined) this.#socket.resume();
  }

  close(code: number, reason: string): void {
    this.#end();
    // The close frame of the page would not be read.
    this.#socket.resume();
    this.#socket.close(code, reason);
  }

  terminate(): void {
    this.#end();
    this.#socket.terminate();
  }

  #charge(byteCount: number): void {
    this.#bucket.fill(this.#options.nowMs());
    this.#bucket.spend(byteCount + guestMessageCostBytes);
    if (!this.#isOver && this.#cancelWait === undefined) this.#waitForTokens();
  }

  #waitForTokens(): void {
    const tokens = this.#bucket.fill(this.#options.nowMs());
    if (tokens >= 0) {
      if (!this.#isPausedByOwner) this.#socket.resume();
      return;
    }
    this.#socket.pause();
    this.#cancelWait = this.#options.after(Math.ceil((-tokens * 1_000) / guestPageRate.perSecond), () => {
      this.#cancelWait = undefined;
      this.#waitForTokens();
    });
  }

  #end(): void {
    this.#isOver = true;
    this.#cancelWait?.();
    this.#cancelWait = undefined;
  }
}

function byteCountOf(data: RawData): number {
  return Array.isArray(data) ? data.reduce((sum, { length }) => sum + length, 0) : data.byteLength;
}
