import { connect, type Socket } from 'node:net';
import type { Codec, ReceivedMessage } from '@homebridge/dbus-native/lib/message.js';
import { busAnswersWaitingMax, busMessageBytesMax } from '../../shared/limits.ts';

/** A method call (D-Bus Specification, "Message Protocol"). */
export interface BusCall {
  readonly destination: string;
  readonly path: string;
  readonly interface: string;
  readonly member: string;
  readonly signature?: string;
  readonly body?: readonly unknown[];
}

export interface BusSignal {
  readonly interface: string;
  readonly member: string;
  readonly body: readonly unknown[];
}

export interface BusListeners {
  readonly onSignal: (signal: BusSignal) => void;
  /** Called once, for whatever reason. */
  readonly onClosed: () => void;
}

const messageTypes = { methodCall: 1, methodReturn: 2, error: 3, signal: 4 } as const;
const greetingBytesMax = 1_024;
/** A bus and its services answer in some milliseconds. */
const answerTimeoutMs = 5_000;

/** The own methods of the bus. */
export const busItself = {
  destination: 'org.freedesktop.DBus',
  path: '/org/freedesktop/DBus',
  interface: 'org.freedesktop.DBus',
} as const;

/**
 * A connection to a D-Bus session bus over its Unix socket. A bus that hangs, breaks the protocol or goes away closes it, and
 * nothing throws.
 */
export class BusConnection {
  readonly #socket: Socket;
  readonly #codec: Codec;
  readonly #listeners: BusListeners;
  readonly #answers = new Map<number, (body: readonly unknown[] | undefined) => void>();
  readonly #greeted = Promise.withResolvers<undefined>();
  #isGreeted = false;
  #isClosed = false;
  #received = Buffer.alloc(0);
  #lastSerial = 0;
  #readMessages: () => void = () => undefined;

  private constructor(socket: Socket, codec: Codec, listeners: BusListeners) {
    this.#socket = socket;
    this.#codec = codec;
    this.#listeners = listeners;
    const source = {
      on: (_event: 'readable', read: () => void): void => void (this.#readMessages = read),
      read: (bytes: number): Buffer | null => this.#take(bytes),
    };
    codec.unmarshalMessages(source, (message) => this.#handle(message), {});
    // The gateway ends although the bus is there.
    socket.unref();
    socket.on('data', (bytes) => this.#receive(bytes));
    socket.on('error', () => this.close());
    socket.on('close', () => this.close());
  }

  /** Connects and says hello. Undefined: there is no such bus, or it does not answer. */
  static async open(address: string, listeners: BusListeners): Promise<BusConnection | undefined> {
    const path = socketPathOf(address);
    if (path === undefined) return undefined;
    // Loaded only now: most gateways never notify a desktop.
    const { default: codec } = await import('@homebridge/dbus-native/lib/message.js');
    const bus = new BusConnection(connect(path), codec, listeners);
    return (await bus.#greet()) ? bus : undefined;
  }

  /** Returns the body of the answer; undefined after an error, a silence or the end of the connection. */
  call(call: BusCall): Promise<readonly unknown[] | undefined> {
    if (this.#isClosed || this.#answers.size >= busAnswersWaitingMax) return Promise.resolve(undefined);
    const serial = ++this.#lastSerial;
    const { promise, resolve } = Promise.withResolvers<readonly unknown[] | undefined>();
    const timer = setTimeout(() => this.close(), answerTimeoutMs);
    timer.unref();
    this.#answers.set(serial, (body) => {
      clearTimeout(timer);
      this.#answers.delete(serial);
      resolve(body);
    });
    this.#socket.write(this.#codec.marshall({ ...call, type: messageTypes.methodCall, serial }));
    return promise;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#received = Buffer.alloc(0);
    this.#socket.destroy();
    this.#greeted.resolve(undefined);
    for (const answer of [...this.#answers.values()]) answer(undefined);
    this.#listeners.onClosed();
  }

  /** Authenticates by the account of this process, which the socket proves. */
  async #greet(): Promise<boolean> {
    const timer = setTimeout(() => this.close(), answerTimeoutMs);
    timer.unref();
    const account = Buffer.from(String(process.getuid?.() ?? 0)).toString('hex');
    this.#socket.write(`\0AUTH EXTERNAL ${account}\r\n`);
    await this.#greeted.promise;
    clearTimeout(timer);
    return (await this.call({ ...busItself, member: 'Hello' })) !== undefined;
  }

  #receive(bytes: Buffer): void {
    if (this.#isClosed) return;
    this.#received = Buffer.concat([this.#received, bytes]);
    try {
      if (!this.#isGreeted) this.#takeGreeting();
      if (this.#isGreeted) this.#readMessages();
    } catch {
      // The package throws for bytes that are no message.
      this.close();
    }
  }

  #takeGreeting(): void {
    const end = this.#received.indexOf('\r\n');
    if (end === -1 && this.#received.length <= greetingBytesMax) return;
    if (end === -1 || !this.#received.subarray(0, end).toString('latin1').startsWith('OK '))
      return this.close();
    this.#received = this.#received.subarray(end + 2);
    this.#isGreeted = true;
    this.#socket.write('BEGIN\r\n');
    this.#greeted.resolve(undefined);
  }

  /** The package reads from this as from a stream. */
  #take(bytes: number): Buffer | null {
    if (bytes > busMessageBytesMax) throw new RangeError('a message of the bus is too long');
    if (this.#received.length < bytes) return null;
    const taken = this.#received.subarray(0, bytes);
    this.#received = this.#received.subarray(bytes);
    return taken;
  }

  #handle({ type, replySerial, interface: from = '', member = '', body = [] }: ReceivedMessage): void {
    if (type === messageTypes.signal) this.#listeners.onSignal({ interface: from, member, body });
    if (replySerial === undefined) return;
    this.#answers.get(replySerial)?.(type === messageTypes.methodReturn ? body : undefined);
  }
}

/**
 * Returns the socket of the first address that is one, such as `unix:path=/run/user/1000/bus`. Other transports are not for the
 * desktop of this machine.
 */
export function socketPathOf(addresses: string): string | undefined {
  for (const address of addresses.split(';')) {
    const [, transport, pairs = ''] = /^([^:]*):(.*)$/u.exec(address) ?? [];
    if (transport !== 'unix') continue;
    const fields = new Map(pairs.split(',').map((pair) => [pair.slice(0, pair.indexOf('=')), pair]));
    for (const [name, start] of [
      ['path', ''],
      ['abstract', '\0'],
    ] as const) {
      const path = unescaped(fields.get(name)?.slice(name.length + 1) ?? '');
      if (path !== undefined && path !== '' && !path.includes('\0')) return start + path;
    }
  }
  return undefined;
}

function unescaped(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
