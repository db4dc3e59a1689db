import { addressGroup } from '../../shared/address.ts';
import type { NumberedEvent } from '../../shared/bridge/events.ts';
import type { GatewayFrame } from '../../shared/bridge/frames.ts';
import { guestEndCodes, type DeskDecision, type SessionEnd } from '../../shared/guests/ends.ts';
import { fourWords } from '../../shared/guests/words.ts';
import { fromHex, toHex } from '../../shared/ids.ts';
import { guestPagesMax, guestProofMs, guestsProvingMax } from '../../shared/limits.ts';
import type { Moment } from '../../shared/moment.ts';
import { parseNickname } from '../../shared/nickname.ts';
import { Tab, type SocketData, type TabSocket } from '../bridge/tab.ts';
import { guestBlake2b } from '../crypto/guest-crypto.ts';
import type { KeyPair } from '../transport/ports.ts';
import { GuestChannel, type GuestKnock } from './guest-channel.ts';
import type { GuestDesk } from './guest-desk.ts';
import type { GuestSeats } from './guest-seats.ts';
import { FairConnections } from './listener/fair-connections.ts';

/** The part of ws's WebSocket that the page of a guest needs: binary messages. */
export interface GuestSocket extends Omit<TabSocket, 'send'> {
  /** `onFlushed` is called when the kernel has taken the bytes or has given up. */
  send(bytes: Uint8Array, onFlushed: () => void): void;
}

export interface GuestDoorOptions {
  readonly desk: GuestDesk;
  readonly seats: Pick<GuestSeats, 'sit'>;
  readonly staticKeys: KeyPair;
  readonly ephemeralKeys: () => KeyPair;
  /** 2,048 words, of which both screens show the same four. */
  readonly wordList: readonly string[];
  readonly now: () => Moment;
  readonly onFault: (error: unknown) => void;
  /** Calls back after so many milliseconds, unless the returned function is called before. */
  readonly after: (waitMs: number, callback: () => void) => () => void;
}

/** Where the pages of guests arrive: it joins the channel, the desk, and the role of each guest. */
export class GuestDoor {
  readonly #options: GuestDoorOptions;
  /** The oldest first. */
  readonly #pages = new Set<GuestPage>();
  readonly #proving = new FairConnections<GuestPage>({
    max: guestsProvingMax,
    loses: 'oldest',
    cut: (page) => page.terminate(),
  });

  constructor(options: GuestDoorOptions) {
    this.#options = options;
  }

  /** A page has connected from this IP address. */
  accept(socket: GuestSocket, host: string): void {
    const group = addressGroup({ host });
    const page = new GuestPage(socket, host, this.#options, () => {
      this.#proving.delete(page, group);
      this.#limitPages(page);
    });
    this.#pages.add(page);
    socket.on('close', () => {
      this.#pages.delete(page);
      this.#proving.delete(page, group);
      const { key } = page;
      if (key !== null && page.waits && !this.#pagesOf(key).some(({ waits }) => waits))
        this.#options.desk.withdraw(key);
      page.gone();
    });
    this.#proving.add(page, group);
  }

  /** The host has let a visitor in. */
  admitted(key: string): void {
    for (const page of this.#pagesOf(key)) if (page.waits) void page.enter(key);
  }

  /** Every page with this key ends. */
  ended(key: string, why: DeskDecision): void {
    for (const page of this.#pagesOf(key)) page.end(why);
  }

  /** Finds pages that vanished without a close. To be called every 20 s. */
  ping(): void {
    for (const page of this.#pages) page.ping();
  }

  /** Every page ends. */
  close(): void {
    for (const page of this.#pages) page.end('chat-closed');
  }

  /** The IP address of the newest page with this key; null without one. */
  hostOf(key: string): string | null {
    return this.#pagesOf(key).at(-1)?.host ?? null;
  }

  #pagesOf(key: string): readonly GuestPage[] {
    return [...this.#pages].filter((page) => page.key === key);
  }

  /** A guest with many tabs takes no place of another guest. */
  #limitPages({ key }: GuestPage): void {
    if (key === null) return;
    const pages = this.#pagesOf(key);
    for (const page of pages.slice(0, Math.max(0, pages.length - guestPagesMax))) page.end('busy');
  }
}

/** One page of a guest, from its first byte to its last. */
class GuestPage {
  readonly host: string;
  readonly #socket: GuestSocket;
  readonly #options: GuestDoorOptions;
  readonly #channel: GuestChannel;
  readonly #onKnown: () => void;
  readonly #cancelProof: () => void;
  #key: string | null = null;
  #waits = false;
  #isOver = false;
  #tab: { readonly tab: Tab; receive(text: string): void; endSession(): void } | undefined;

  constructor(socket: GuestSocket, host: string, options: GuestDoorOptions, onKnown: () => void) {
    this.host = host;
    this.#socket = socket;
    this.#options = options;
    this.#onKnown = onKnown;
    const { desk, staticKeys, ephemeralKeys } = options;
    this.#channel = new GuestChannel({
      staticKeys,
      ephemeralKeys,
      secrets: desk.secret === null ? [] : [fromHex(desk.secret)],
      isLinkRequired: false,
    });
    this.#cancelProof = options.after(guestProofMs, () => this.terminate());
    socket.on('message', (data, isBinary) => this.#receive(data, isBinary));
  }

  /** X25519 public key in hex; null until it is proved. */
  get key(): string | null {
    return this.#key;
  }

  /** Whether the host is asked. */
  get waits(): boolean {
    return this.#waits;
  }

  /** The guest may come in. Starts the guest's role, unless it runs. */
  async enter(key: string): Promise<void> {
    this.#waits = false;
    try {
      const session = await this.#options.seats.sit(key);
      const admission = this.#isOver ? undefined : this.#channel.admit();
      if (admission === undefined) {
        session.end();
        return;
      }
      this.#openTab(session);
      this.#socket.send(admission, () => undefined);
    } catch (error) {
      this.#options.onFault(error);
      // No role runs that would end its place.
      this.#options.desk.away(this.#options.now(), key);
      this.terminate();
    }
  }

  end(why: SessionEnd): void {
    if (this.#isOver) return;
    this.gone();
    if (this.#socket.isPaused) this.#socket.resume();
    this.#socket.close(guestEndCodes[why], why);
  }

  ping(): void {
    if (this.#tab === undefined) this.#socket.ping();
    else this.#tab.tab.ping();
  }

  /** Without a close frame, for pages that have proved nothing. */
  terminate(): void {
    this.gone();
    this.#socket.terminate();
  }

  /** Nothing more comes from this page, and nothing goes to it. */
  gone(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#cancelProof();
    this.#channel.end('left');
    this.#tab?.endSession();
  }

  #receive(data: SocketData, isBinary: boolean): void {
    if (this.#isOver) return;
    if (!isBinary) {
      this.end('malformed');
      return;
    }
    const output = this.#channel.receive(bytesOf(data));
    switch (output.type) {
      case 'answer':
        this.#socket.send(output.message, () => undefined);
        break;
      case 'knock':
        this.#knock(output);
        break;
      case 'frame':
        this.#tab?.receive(output.text);
        break;
      case 'incomplete':
        break;
      case 'ended':
        this.end(output.reason);
        break;
      default:
        output satisfies never;
    }
  }

  #knock({ guestKey, secret, request, handshakeHash }: GuestKnock): void {
    this.#cancelProof();
    const parsed = parseNickname(request.name);
    if ('error' in parsed) {
      this.end('malformed');
      return;
    }
    const key = toHex(guestKey);
    this.#key = key;
    this.#onKnown();
    const { desk, now, wordList } = this.#options;
    const arrival = desk.arrive(now(), {
      key,
      name: parsed.nickname,
      host: this.host,
      hasSecret: secret !== undefined,
      words: fourWords(handshakeHash, wordList, guestBlake2b).join(' '),
    });
    if (arrival.type === 'in') void this.enter(key);
    else if (arrival.type === 'waiting') this.#waits = true;
    else this.end(arrival.why);
  }

  #openTab(session: Awaited<ReturnType<GuestSeats['sit']>>): void {
    const messages: ((data: SocketData, isBinary: boolean) => void)[] = [];
    const socket = sealedSocket(this.#socket, this.#channel, messages, () => this.end('too-long'));
    const tab = new Tab(socket, {
      api: session.api,
      helloTimeoutMs: guestProofMs,
      identity: null,
      eventText,
      onDropped: () => undefined,
    });
    this.#tab = {
      tab,
      receive: (text) => {
        for (const listener of messages) listener(Buffer.from(text), false);
      },
      endSession: () => session.end(),
    };
  }
}

/** The socket of a tab behind a channel: each text is sealed, and what the channel has opened comes in by `messages`. */
function sealedSocket(
  socket: GuestSocket,
  channel: GuestChannel,
  messages: ((data: SocketData, isBinary: boolean) => void)[],
  onTooLong: () => void,
): TabSocket {
  return {
    get bufferedAmount() {
      return socket.bufferedAmount;
    },
    get isPaused() {
      return socket.isPaused;
    },
    on: (event: string, listener: (data: SocketData, isBinary: boolean) => void): unknown => {
      if (event === 'message') return messages.push(listener);
      return socket.on(event === 'pong' ? 'pong' : 'close', listener as () => void);
    },
    send: (text, onFlushed) => {
      const sealed = channel.send(text);
      if (sealed === 'too-long') onTooLong();
      if (!Array.isArray(sealed)) return;
      sealed.forEach((bytes: Uint8Array, index) =>
        socket.send(bytes, index === sealed.length - 1 ? onFlushed : () => undefined),
      );
    },
    ping: () => socket.ping(),
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    close: (code, reason) => socket.close(code, reason),
    terminate: () => socket.terminate(),
  };
}

function eventText(event: NumberedEvent): string {
  return JSON.stringify({ type: 'event', number: event.number, event: event.event } satisfies GatewayFrame);
}

function bytesOf(data: SocketData): Uint8Array {
  if (Array.isArray(data)) return Buffer.concat(data);
  return Buffer.isBuffer(data) ? data : new Uint8Array(data);
}
