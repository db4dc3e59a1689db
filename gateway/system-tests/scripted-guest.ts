import { randomFillSync } from 'node:crypto';
import { uuidv7 } from 'uuidv7';
import { WebSocket } from 'ws';
import type { Answer, Command } from '../../shared/bridge/commands.ts';
import type { BridgeEvent, Snapshot } from '../../shared/bridge/events.ts';
import { bridgeVersion, type GatewayFrame, type TabFrame } from '../../shared/bridge/frames.ts';
import { guestEndOf } from '../../shared/guests/ends.ts';
import { parseGuestLink } from '../../shared/guests/link.ts';
import { guestSocketPath } from '../../shared/guests/paths.ts';
import { applyEvent, applySnapshot, initialState, type ChatState } from '../../shared/model/chat.ts';
import { guestKeysOf, type GuestKeys } from '../../web/src/guest/noise.ts';
import { PageChannel } from '../../web/src/guest/page-channel.ts';

const random = (byteCount: number): Uint8Array => randomFillSync(new Uint8Array(byteCount));

/** A page of a guest without a browser: it speaks the channel over a real WebSocket, and knows the chat as a page does. */
export class ScriptedGuest {
  readonly keys: GuestKeys;
  chat: ChatState = initialState;
  /** The reason in the close frame, or its code. */
  ended: string | undefined;
  isAdmitted = false;
  /** When each message came, by performance.now(). */
  readonly shownAtMs = new Map<string, number>();
  handshakeHash: Uint8Array | undefined;
  readonly #socket: WebSocket;
  readonly #channel: PageChannel;
  readonly #answers = new Map<string, (answer: Answer) => void>();

  /** `address`: a link, or an origin alone. `from`: an address of this computer. */
  constructor(address: string, name: string, keys: GuestKeys = guestKeysOf(random(32)), from?: string) {
    this.keys = keys;
    const url = new URL(address);
    const link = url.hash === '' ? null : parseGuestLink(url.hash);
    if (typeof link === 'string') throw new Error(`the link is ${link}`);
    this.#channel = new PageChannel({
      keys,
      request: { want: 'chat', name },
      entrance: link === null ? { type: 'address' } : { type: 'link', link },
      random,
    });
    this.#socket = new WebSocket(`ws://${url.host}${guestSocketPath}`, {
      origin: url.origin,
      localAddress: from,
    });
    this.#socket.on('open', () => this.#socket.send(this.#channel.opening));
    this.#socket.on('message', (data: Buffer) => this.#receive(data));
    this.#socket.on('close', (code) => (this.ended ??= guestEndOf(code) ?? String(code)));
    this.#socket.on('error', (error) => (this.ended ??= error.message));
  }

  execute(command: Command): Promise<Answer> {
    const { promise, resolve } = Promise.withResolvers<Answer>();
    const id = uuidv7();
    this.#answers.set(id, resolve);
    this.#send({ type: 'command', id, command });
    return promise;
  }

  /** Sends bytes that no key has sealed. */
  sendBytes(bytes: Uint8Array): void {
    this.#socket.send(bytes);
  }

  close(): void {
    this.#socket.close(1000);
  }

  #send(frame: TabFrame): void {
    const messages = this.#channel.send(JSON.stringify(frame));
    if (typeof messages === 'string') throw new Error(messages);
    for (const message of messages) this.#socket.send(message);
  }

  #receive(data: Buffer): void {
    const output = this.#channel.receive(data);
    switch (output.type) {
      case 'answer':
        this.handshakeHash = output.handshakeHash;
        this.#socket.send(output.message);
        break;
      case 'admitted':
        this.isAdmitted = true;
        this.#send({ type: 'enter', version: bridgeVersion });
        break;
      case 'frame':
        this.#handle(JSON.parse(output.text) as GatewayFrame);
        break;
      case 'incomplete':
        break;
      case 'ended':
        this.ended ??= output.reason;
        this.#socket.close();
        break;
      default:
        output satisfies never;
    }
  }

  #handle(frame: GatewayFrame): void {
    if (frame.type === 'snapshot') this.#load(frame.snapshot);
    else if (frame.type === 'event') this.#note(frame.event);
    else if (frame.type === 'answer') this.#answers.get(frame.id)?.(frame.answer);
  }

  #note(event: BridgeEvent): void {
    this.chat = applyEvent(this.chat, event);
    if (event.type === 'message' && !this.shownAtMs.has(event.message.id))
      this.shownAtMs.set(event.message.id, performance.now());
  }

  #load(snapshot: Snapshot): void {
    this.chat = applySnapshot(this.chat, snapshot);
  }
}
