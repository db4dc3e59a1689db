import type { GatewayFrame, TabFrame } from '../../shared/bridge/frames.ts';
import { guestEndOf } from '../../shared/guests/ends.ts';
import type { GuestLink } from '../../shared/guests/link.ts';
import { guestKeysOf, type GuestKeys, type RandomBytes } from '../../web/src/guest/noise.ts';
import { PageChannel } from '../../web/src/guest/page-channel.ts';
import type { GuestSocket } from './guest-door.ts';

export interface PageOptions {
  /** What happens with the connection of the page. */
  readonly accept: (socket: GuestSocket, host: string) => void;
  /** Null: the guest has typed the address. */
  readonly link: GuestLink | null;
  readonly random: RandomBytes;
  readonly keys?: GuestKeys | undefined;
  readonly name?: string | undefined;
  readonly from?: string | undefined;
}

/** Resolves when everything that waits for nothing else is done. */
export function turnOver(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** The page of a guest, and its connection. */
export class PageUnderTest implements GuestSocket {
  readonly keys: GuestKeys;
  readonly frames: GatewayFrame[] = [];
  readonly channel: PageChannel;
  handshakeHash: Uint8Array | undefined;
  isAdmitted = false;
  /** The reason in the close frame; `cut off` without one. */
  ended: string | undefined;
  readonly bufferedAmount = 0;
  isPaused = false;
  readonly #listeners: { event: string; listener: (data: Buffer, isBinary: boolean) => void }[] = [];

  constructor({ accept, link, random, keys, name = 'Zoë', from = '10.0.0.7' }: PageOptions) {
    this.keys = keys ?? guestKeysOf(random(32));
    this.channel = new PageChannel({
      keys: this.keys,
      request: { want: 'chat', name },
      entrance: link === null ? { type: 'address' } : { type: 'link', link },
      random,
    });
    accept(this, from);
  }

  /** Does the handshake, and enters once it is let in. */
  async come(): Promise<this> {
    this.say(this.channel.opening);
    await turnOver();
    await turnOver();
    return this;
  }

  tell(frame: TabFrame): void {
    const messages = this.channel.send(JSON.stringify(frame));
    if (typeof messages === 'string') throw new Error(messages);
    for (const message of messages) this.say(message);
  }

  say(data: Uint8Array, isBinary = true): void {
    this.#emit('message', Buffer.from(data), isBinary);
  }

  send(message: Uint8Array, onFlushed: () => void): void {
    const output = this.channel.receive(message);
    if (output.type === 'answer') {
      this.handshakeHash = output.handshakeHash;
      this.say(output.message);
    } else if (output.type === 'admitted') this.isAdmitted = true;
    else if (output.type === 'frame') this.frames.push(JSON.parse(output.text) as GatewayFrame);
    onFlushed();
  }

  on(event: string, listener: (data: Buffer, isBinary: boolean) => void): void {
    this.#listeners.push({ event, listener });
  }

  close(code: number): void {
    this.ended ??= guestEndOf(code) ?? String(code);
    this.#emit('close', Buffer.of(), false);
  }

  terminate(): void {
    this.ended ??= 'cut off';
    this.#emit('close', Buffer.of(), false);
  }

  ping(): void {
    this.#emit('pong', Buffer.of(), false);
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }

  #emit(event: string, data: Buffer, isBinary: boolean): void {
    for (const each of [...this.#listeners]) if (each.event === event) each.listener(data, isBinary);
  }
}
