import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { guestMessageCostBytes, guestPageRate } from '../../../shared/limits.ts';
import { PacedSocket } from './paced-socket.ts';

/** The WebSocket of a page, without a network. */
class PageSocket extends EventEmitter {
  readonly bufferedAmount = 0;
  isPaused = false;
  readonly sent: Uint8Array[] = [];
  closed: number | 'cut off' | undefined;

  send(bytes: Uint8Array, onFlushed: () => void): void {
    this.sent.push(bytes);
    onFlushed();
  }

  ping(): void {
    this.sent.push(new Uint8Array());
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }

  close(code: number): void {
    this.closed = code;
  }

  terminate(): void {
    this.closed = 'cut off';
  }
}

class Paced {
  nowMs = 0;
  readonly page = new PageSocket();
  readonly socket: PacedSocket;
  readonly #timers: { readonly atMs: number; readonly callback: () => void }[] = [];

  constructor() {
    this.socket = new PacedSocket(this.page, {
      nowMs: () => this.nowMs,
      after: (waitMs, callback) => {
        const timer = { atMs: this.nowMs + waitMs, callback };
        this.#timers.push(timer);
        return () => void this.#timers.splice(this.#timers.indexOf(timer), 1);
      },
    });
  }

  get timerCount(): number {
    return this.#timers.length;
  }

  get waitMs(): number {
    return (this.#timers[0]?.atMs ?? this.nowMs) - this.nowMs;
  }

  pass(ms: number): void {
    this.nowMs += ms;
    for (const timer of this.#timers.filter(({ atMs }) => atMs <= this.nowMs)) {
      this.#timers.splice(this.#timers.indexOf(timer), 1);
      timer.callback();
    }
  }

  /** The page sends this much at once. */
  flood(event: 'message' | 'ping' | 'pong', byteCount: number): number {
    let count = 0;
    while (!this.page.isPaused && count < 10_000) {
      this.page.emit(event, Buffer.alloc(byteCount), true);
      count++;
    }
    return count;
  }
}

describe('a page that sends too much', () => {
  it('is read again when its rate allows it, and loses nothing', () => {
    const paced = new Paced();
    let received = 0;
    paced.socket.on('message', () => received++);
    const sent = paced.flood('message', 16 * 1024);
    expect(sent).toBe(received);
    expect(sent * (16 * 1024 + guestMessageCostBytes)).toBeGreaterThan(guestPageRate.burst);
    expect(paced.socket.isPaused).toBe(true);
    paced.pass(paced.waitMs - 1);
    expect(paced.page.isPaused).toBe(true);
    paced.pass(1);
    expect(paced.page.isPaused).toBe(false);
    expect(paced.socket.isPaused).toBe(false);
  });

  it.each(['ping', 'pong', 'message'] as const)('is slowed down although each %s is empty', (event) => {
    const paced = new Paced();
    expect(paced.flood(event, 0)).toBeLessThanOrEqual(guestPageRate.burst / guestMessageCostBytes + 1);
    expect(paced.waitMs).toBeGreaterThan(0);
  });

  it('owes what a chunk has brought beyond the rate', () => {
    const paced = new Paced();
    paced.flood('message', 65_535);
    const shortMs = paced.waitMs;
    for (let count = 0; count < 10; count++) paced.page.emit('ping', Buffer.alloc(100));
    expect(paced.timerCount).toBe(1);
    paced.pass(shortMs);
    expect(paced.page.isPaused).toBe(true);
    paced.pass(paced.waitMs);
    expect(paced.page.isPaused).toBe(false);
  });

  it('stays paused while its tab wants that, and while its rate wants that', () => {
    const paced = new Paced();
    paced.socket.pause();
    expect(paced.page.isPaused).toBe(true);
    paced.socket.resume();
    expect(paced.page.isPaused).toBe(false);
    paced.flood('message', 65_535);
    paced.socket.pause();
    paced.socket.resume();
    expect(paced.page.isPaused).toBe(true);
    paced.socket.pause();
    paced.pass(paced.waitMs);
    expect(paced.page.isPaused).toBe(true);
    paced.socket.resume();
    expect(paced.page.isPaused).toBe(false);
  });

  it.each(['close', 'terminate', 'gone'] as const)('leaves no timer behind at its end: %s', (end) => {
    const paced = new Paced();
    paced.flood('message', 65_535);
    if (end === 'close') paced.socket.close(4_014, 'removed');
    else if (end === 'terminate') paced.socket.terminate();
    else paced.page.emit('close');
    expect(paced.timerCount).toBe(0);
    paced.page.emit('message', Buffer.alloc(65_535), true);
    expect(paced.timerCount).toBe(0);
    // Otherwise the close frame of the page would never be read.
    if (end === 'close') expect(paced.page.isPaused).toBe(false);
  });
});
