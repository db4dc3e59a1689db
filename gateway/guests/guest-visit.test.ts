import { describe, expect, it } from 'vitest';
import type { Command } from '../../shared/bridge/commands.ts';
import { guestEndCodes } from '../../shared/guests/ends.ts';
import { formatGuestLink } from '../../shared/guests/link.ts';
import { fourWords } from '../../shared/guests/words.ts';
import { toHex } from '../../shared/ids.ts';
import { idOf, withBob } from '../../shared/model/samples.ts';
import { CommandQueue } from '../../web/src/bridge/command-queue.ts';
import { BrowserCommandStorage } from '../../web/src/bridge/command-storage.ts';
import { BridgeSocket } from '../../web/src/bridge/socket.ts';
import { MemoryStorage } from '../../web/src/browser/storage.ts';
import { GuestKeyring } from '../../web/src/guest/guest-keyring.ts';
import { GuestLine, type LineHandlers, type LineSocket } from '../../web/src/guest/guest-line.ts';
import { GuestVisit, type GuestScreen } from '../../web/src/guest/guest-visit.ts';
import { guestBlake2b } from '../crypto/guest-crypto.ts';
import { SeededRandom } from '../net/seeded-random.ts';
import { ScriptedGateway } from '../terminal/frontend/scripted-gateway.ts';
import { arrivalMoment, DoorUnderTest, wordList } from './door-under-test.ts';
import type { GuestSocket } from './guest-door.ts';

/** The visit of a page at the real door of a gateway, without a network. */

const random = new SeededRandom(11);
const bytes = (byteCount: number): Uint8Array => random.bytes(byteCount);

async function settled(): Promise<void> {
  for (let turn = 0; turn < 12; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** The timers of a page, which only the test lets pass. */
class Clock {
  #nowMs = 0;
  #timers: { readonly atMs: number; readonly callback: () => void }[] = [];

  readonly after = (delayMs: number, callback: () => void): (() => void) => {
    const timer = { atMs: this.#nowMs + delayMs, callback };
    this.#timers.push(timer);
    return () => (this.#timers = this.#timers.filter((other) => other !== timer));
  };

  async pass(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms;
    for (;;) {
      const [next] = this.#timers
        .filter(({ atMs }) => atMs <= untilMs)
        .toSorted((one, other) => one.atMs - other.atMs);
      if (next === undefined) break;
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.#nowMs = next.atMs;
      next.callback();
      await settled();
    }
    this.#nowMs = untilMs;
  }
}

class Host {
  readonly gateway = new ScriptedGateway();
  /** Whether the network carries anything between pages and the host. */
  isReachable = true;
  readonly connections: Connection[] = [];
  readonly #atDoor = new DoorUnderTest({
    random: bytes,
    sit: (key) => Promise.resolve({ api: this.#apiOf(key), end: () => undefined }),
    after: () => () => undefined,
  });
  readonly desk = this.#atDoor.desk;
  readonly door = this.#atDoor.door;

  get gatewayKeyHash(): Uint8Array {
    return this.#atDoor.link.gatewayKeyHash;
  }

  get fragment(): string {
    return `#${formatGuestLink(this.#atDoor.link)}`;
  }

  /** The network is gone, and both sides know it, or only the host. */
  cut(pagesKnow: boolean): void {
    for (const connection of this.connections) connection.cut(pagesKnow);
  }

  open(handlers: LineHandlers): LineSocket {
    const connection = new Connection(this, handlers);
    this.connections.push(connection);
    return connection.pageEnd;
  }

  #apiOf(key: string): ScriptedGateway {
    this.gateway.answer = (command) => {
      if (command.type === 'leave') this.desk.leave(key);
      return undefined;
    };
    return this.gateway;
  }
}

/** A WebSocket between a page and the host. */
class Connection implements GuestSocket {
  readonly bufferedAmount = 0;
  readonly isPaused = false;
  readonly #handlers: LineHandlers;
  readonly #host: Host;
  readonly #listeners: { event: string; listener: (data: Buffer, isBinary: boolean) => void }[] = [];
  readonly #toPage: (() => void)[] = [];
  #isOpen = true;
  readonly pageEnd: LineSocket = {
    send: (message) => {
      if (this.#carries()) this.#emit('message', Buffer.from(message));
    },
    close: () => this.#close(1000),
  };

  constructor(host: Host, handlers: LineHandlers) {
    this.#host = host;
    this.#handlers = handlers;
    setImmediate(() => {
      if (host.isReachable) {
        host.door.accept(this, '10.0.0.7');
        handlers.opened();
      } else this.#close(1006);
    });
  }

  cut(pageKnows: boolean): void {
    if (pageKnows) this.#close(1006);
    else this.#emit('close', Buffer.of());
  }

  send(message: Uint8Array, onFlushed: () => void): void {
    this.#toPage.push(() => {
      if (this.#carries()) this.#handlers.received(Uint8Array.from(message));
      onFlushed();
    });
    setImmediate(() => this.#toPage.shift()?.());
  }

  on(event: string, listener: (data: Buffer, isBinary: boolean) => void): void {
    this.#listeners.push({ event, listener });
  }

  close(code: number): void {
    this.#close(code);
  }

  terminate(): void {
    this.#close(1006);
  }

  ping(): void {
    this.#emit('pong', Buffer.of());
  }

  pause(): void {}

  resume(): void {}

  #carries(): boolean {
    return this.#isOpen && this.#host.isReachable;
  }

  #close(code: number): void {
    if (!this.#isOpen) return;
    // The page gets each earlier message before the close.
    for (const arrive of this.#toPage.splice(0)) arrive();
    this.#isOpen = false;
    this.#emit('close', Buffer.of());
    this.#handlers.closed(code);
  }

  #emit(event: string, data: Buffer): void {
    for (const each of [...this.#listeners]) if (each.event === event) each.listener(data, true);
  }
}

/** The page of a guest, in a browser with this storage. */
class Page {
  readonly clock = new Clock();
  readonly screens: GuestScreen[] = [];
  readonly visit: GuestVisit;
  readonly queue: CommandQueue;
  fragment: string;
  readonly #socket: BridgeSocket;

  constructor(host: Host, storage: MemoryStorage, fragment = '') {
    this.fragment = fragment;
    const { after } = this.clock;
    this.visit = new GuestVisit({
      keyring: new GuestKeyring(storage, bytes),
      fragment,
      connect: () => this.#socket.connect(),
      disconnect: () => line.hangUp(),
      dropLink: () => (this.fragment = ''),
      changed: (screen) => this.screens.push(screen),
      after,
    });
    const line = new GuestLine({ random: bytes, open: (handlers) => host.open(handlers), after }, this.visit);
    let ids = 0;
    this.queue = new CommandQueue({
      send: (frame) => this.#socket.send(frame),
      newId: () => `${toHex(bytes(4))}-${++ids}`,
      nowMs: () => 0,
      storage: new BrowserCommandStorage(new MemoryStorage()),
      answered: () => undefined,
    });
    const nothing = (): void => undefined;
    this.#socket = new BridgeSocket(
      { prover: null, open: (handlers) => line.open(handlers), nowMs: () => 0, after },
      {
        gateway: ({ status }) => {
          if (status !== 'open') this.queue.pause();
        },
        snapshot: nothing,
        ready: () => this.queue.resume(),
        event: nothing,
        ephemeral: nothing,
        answer: (id, answer) => this.queue.answer(id, answer),
        protocolError: nothing,
        neverGreeted: nothing,
        notAdmitted: () => this.queue.pause(),
        stranger: nothing,
      },
    );
    if (this.visit.screen.type === 'coming') this.#socket.connect();
  }

  get screen(): GuestScreen {
    return this.visit.screen;
  }

  get isConnected(): boolean {
    return this.#socket.isConnected;
  }

  /** As the page does when the user returns to it. */
  lookAgain(): void {
    if (this.visit.comesBack) this.#socket.connect();
  }

  async come(name: string): Promise<this> {
    this.visit.come(name);
    return this.settled();
  }

  async settled(): Promise<this> {
    await settled();
    return this;
  }
}

const over = (end: string) => expect.objectContaining({ type: 'over', end }) as unknown;
const sendOf = (number: number): Command => ({
  type: 'send',
  id: idOf(number),
  conversation: withBob,
  content: { kind: 'text', text: `text ${number}` },
});

async function guestOf(host: Host, storage = new MemoryStorage()): Promise<Page> {
  const page = await new Page(host, storage, host.fragment).come('Zoë');
  if (page.screen.type === 'in') page.visit.joined();
  return page;
}

describe('a visit by the link', () => {
  it('asks for the nickname first, and keeps only a key, the hash of the gateway, and no link', async () => {
    const [host, storage] = [new Host(), new MemoryStorage()];
    const page = new Page(host, storage, host.fragment);
    expect([page.screen, host.connections]).toEqual([{ type: 'name', isForgotten: false }, []]);
    await page.come('Zoë');
    page.visit.joined();
    expect([page.screen, page.fragment, page.isConnected]).toEqual([{ type: 'in' }, '', true]);
    expect(page.screens.map(({ type }) => type)).toEqual(['coming', 'in']);
    const kept = JSON.parse(storage.getItem('chatagram:guest') ?? '') as unknown;
    const hash = toHex(host.gatewayKeyHash);
    expect(kept).toEqual([{ secretKey: expect.any(String) as unknown, gatewayKeyHash: hash, isKnown: true }]);
    expect(storage).toHaveLength(1);
  });

  it('keeps the link until the chat has taken the nickname, because a reload needs it again', async () => {
    const [host, storage] = [new Host(), new MemoryStorage()];
    const page = await new Page(host, storage, host.fragment).come('Zoë');
    expect([page.screen, page.fragment]).toEqual([{ type: 'in' }, host.fragment]);
    const again = new Page(host, storage, page.fragment);
    expect(again.screen).toEqual({ type: 'name', isForgotten: false });
    await again.come('Zoe');
    again.visit.joined();
    expect([again.screen, again.fragment]).toEqual([{ type: 'in' }, '']);
    expect((await new Page(host, storage).settled()).screen).toEqual({ type: 'in' });
  });

  it('is the same guest after a reload and in a second tab, without a nickname and a link', async () => {
    const [host, storage] = [new Host(), new MemoryStorage()];
    await guestOf(host, storage);
    host.desk.newLink();
    const [again, other] = [
      await new Page(host, storage).settled(),
      await new Page(host, storage, host.fragment).settled(),
    ];
    expect([again.screen, other.screen]).toEqual([{ type: 'in' }, { type: 'in' }]);
    expect(host.desk.list().guests.map(({ name }) => name)).toEqual(['Zoë']);
  });

  it('with a damaged link, or one of a newer page, says so, and can go on without it', async () => {
    const host = new Host();
    const damaged = new Page(host, new MemoryStorage(), host.fragment.slice(0, 40));
    const newer = new Page(host, new MemoryStorage(), `#08${'0'.repeat(77)}`);
    expect([damaged.screen, newer.screen]).toEqual([over('link-damaged'), over('link-newer')]);
    damaged.visit.beginWithoutLink();
    await damaged.come('Zoë');
    await damaged.clock.pass(1_000);
    expect(damaged.screen.type).toBe('waiting');
  });

  it('with an earlier link ends, and the host can be asked without it', async () => {
    const host = new Host();
    const page = new Page(host, new MemoryStorage(), host.fragment);
    host.desk.newLink();
    await page.come('Zoë');
    expect([page.screen, host.desk.list().guests]).toEqual([over('secret-wrong'), []]);
    page.visit.beginWithoutLink();
    await page.come('Zoë');
    expect(host.desk.list().waiting.map(({ name }) => name)).toEqual(['Zoë']);
  });
});

describe('a visit without a link', () => {
  it('shows the words that the host sees, and waits as long as the host takes', async () => {
    const host = new Host();
    const page = await new Page(host, new MemoryStorage()).come('Zoë');
    expect(page.screen.type).toBe('coming');
    await page.clock.pass(600_000);
    const [visitor] = host.desk.list().waiting;
    const hash = page.screen.type === 'waiting' ? page.screen.handshakeHash : bytes(64);
    expect(fourWords(hash, wordList, guestBlake2b).join(' ')).toBe(visitor?.words);
    host.desk.admit(arrivalMoment, visitor?.number ?? 0);
    await page.settled();
    expect([page.screen.type, page.isConnected]).toEqual(['in', true]);
  });

  it('is one visitor after a reload, and gets new words when it asks again', async () => {
    const [host, storage] = [new Host(), new MemoryStorage()];
    const first = await new Page(host, storage).come('Zoë');
    await first.clock.pass(1_000);
    const page = await new Page(host, storage).come('Zoë');
    await page.clock.pass(1_000);
    const earlier = host.desk.list().waiting;
    page.visit.askAgain();
    await page.settled();
    await page.clock.pass(1_000);
    const later = host.desk.list().waiting;
    expect(earlier).toHaveLength(1);
    expect(later).toHaveLength(1);
    expect(later[0]?.words).not.toBe(earlier[0]?.words);
    expect(page.screen.type).toBe('waiting');
  });

  it('tells another gateway at the same address nothing, until the guest says so', async () => {
    const [host, other, storage] = [new Host(), new Host(), new MemoryStorage()];
    await guestOf(host, storage);
    const page = await new Page(other, storage).settled();
    expect([page.screen, other.desk.list().waiting]).toEqual([over('gateway-key-wrong'), []]);
    page.visit.beginWithoutLink();
    await page.come('Zoë');
    const known = host.desk.list().guests[0]?.key;
    expect(other.desk.list().waiting).toHaveLength(1);
    expect(other.desk.admit(arrivalMoment, 1)).toBe(true);
    expect(other.desk.list().guests[0]?.key).not.toBe(known);
  });
});

describe('the end of a visit', () => {
  it('by the host is final: the page comes back only when the guest asks, as the same person', async () => {
    const host = new Host();
    const page = await guestOf(host);
    const key = host.desk.list().guests[0]?.key;
    host.desk.remove(1);
    await page.settled();
    expect(page.screen).toEqual(over('removed'));
    page.lookAgain();
    await page.clock.pass(600_000);
    expect(host.connections).toHaveLength(1);
    page.visit.tryAgain();
    await page.settled();
    await page.clock.pass(1_000);
    expect(page.screen.type).toBe('waiting');
    host.desk.admit(arrivalMoment, 2);
    expect(host.desk.list().guests.map((guest) => guest.key)).toEqual([key]);
  });

  it('by a bar, by a limit, and by the switch has its reason on the screen', async () => {
    const host = new Host();
    const barred = await guestOf(host);
    host.desk.bar(1);
    host.desk.setLimit(1);
    const [first, late] = [await guestOf(host), await guestOf(host)];
    host.desk.switchOff();
    await settled();
    expect([barred.screen, late.screen, first.screen]).toEqual([
      over('barred'),
      over('full'),
      over('switched-off'),
    ]);
  });

  it('by the switch passes: the guest is in again by itself when the host takes guests', async () => {
    const host = new Host();
    const page = await guestOf(host);
    host.desk.switchOff();
    await page.settled();
    await page.clock.pass(60_000);
    expect(page.screen).toEqual(over('switched-off'));
    host.desk.switchOn();
    await page.clock.pass(20_000);
    expect([page.screen, page.isConnected]).toEqual([{ type: 'in' }, true]);
  });

  it('by many tabs of one guest pushes out none of the others', async () => {
    const [host, storage] = [new Host(), new MemoryStorage()];
    const oldest = await guestOf(host, storage);
    const others: Page[] = [];
    while (oldest.screen.type === 'in') others.push(await new Page(host, storage).settled());
    await oldest.clock.pass(600_000);
    expect(oldest.screen).toEqual(over('busy'));
    expect(others.filter(({ screen }) => screen.type !== 'in')).toEqual([]);
  });

  it('by the guest forgets the key, and the next visit is another person', async () => {
    const [host, storage] = [new Host(), new MemoryStorage()];
    const page = await guestOf(host, storage);
    const key = host.desk.list().guests[0]?.key;
    page.visit.leave(() => page.queue.execute({ type: 'leave' }));
    await page.settled();
    expect([page.screen, storage.length, host.desk.list().guests]).toEqual([over('left'), 0, []]);
    const next = await guestOf(host, storage);
    expect([next.screen.type, host.desk.list().guests[0]?.key === key]).toEqual(['in', false]);
  });

  it('by the guest while the host is away is told when the host is back', async () => {
    const [host, storage] = [new Host(), new MemoryStorage()];
    const page = await guestOf(host, storage);
    host.isReachable = false;
    host.cut(true);
    page.visit.leave(() => page.queue.execute({ type: 'leave' }));
    await page.clock.pass(60_000);
    expect([page.screen.type, host.desk.list().guests.length]).toEqual(['leaving', 1]);
    host.isReachable = true;
    await page.clock.pass(10_000);
    expect([page.screen, storage.length, host.desk.list().guests]).toEqual([over('left'), 0, []]);
  });

  it('by 7 days away asks a page without a nickname for one, and the host sees no visitor until then', async () => {
    const [host, storage] = [new Host(), new MemoryStorage()];
    await guestOf(host, storage);
    host.cut(true);
    host.desk.leave(host.desk.list().guests[0]?.key ?? '');
    const page = await new Page(host, storage).settled();
    await page.clock.pass(1_000);
    expect([page.screen, host.desk.list().waiting]).toEqual([{ type: 'name', isForgotten: true }, []]);
    await page.come('Zoë');
    await page.clock.pass(1_000);
    expect(page.screen.type).toBe('waiting');
  });

  it('by a changed message has its reason, and the guest connects again', async () => {
    const host = new Host();
    const page = await guestOf(host);
    host.connections[0]?.send(bytes(40), () => undefined);
    await page.settled();
    expect(page.screen).toEqual(over('not-genuine'));
    page.visit.tryAgain();
    await page.settled();
    expect([page.screen, page.isConnected]).toEqual([{ type: 'in' }, true]);
  });

  it('by a code that no version has is a lost connection', async () => {
    const host = new Host();
    const page = await guestOf(host);
    host.connections[0]?.close(1 + Math.max(...Object.values(guestEndCodes)));
    await page.clock.pass(1_000);
    expect([page.screen, page.isConnected]).toEqual([{ type: 'in' }, true]);
  });
});

describe('a lost network', () => {
  it('leaves the guest in, and sends once what was typed in that time', async () => {
    const host = new Host();
    const page = await guestOf(host);
    host.isReachable = false;
    host.cut(true);
    void page.queue.execute(sendOf(1));
    await page.clock.pass(60_000);
    expect([page.screen, host.gateway.commands]).toEqual([{ type: 'in' }, []]);
    host.isReachable = true;
    await page.clock.pass(5_000);
    await page.clock.pass(60_000);
    expect(host.gateway.commands.map(({ command }) => command)).toEqual([sendOf(1)]);
  });

  it('of which the browser says nothing is found by the silence after a command', async () => {
    const host = new Host();
    const page = await guestOf(host);
    host.cut(false);
    void page.queue.execute(sendOf(1));
    await page.clock.pass(9_000);
    expect(host.connections).toHaveLength(1);
    await page.clock.pass(5_000);
    expect([page.isConnected, host.gateway.commands.length]).toEqual([true, 1]);
  });

  it('while the host is asked begins the question again', async () => {
    const host = new Host();
    const page = await new Page(host, new MemoryStorage()).come('Zoë');
    await page.clock.pass(1_000);
    host.isReachable = false;
    host.cut(true);
    expect([page.screen, host.desk.list().waiting]).toEqual([{ type: 'coming' }, []]);
    await page.clock.pass(30_000);
    host.isReachable = true;
    await page.clock.pass(10_000);
    expect([page.screen.type, host.desk.list().waiting.length]).toEqual(['waiting', 1]);
  });

  it('before the gateway answers is tried again', async () => {
    const host = new Host();
    host.isReachable = false;
    const page = await new Page(host, new MemoryStorage(), host.fragment).come('Zoë');
    await page.clock.pass(120_000);
    host.isReachable = true;
    await page.clock.pass(10_000);
    expect([page.screen, page.isConnected]).toEqual([{ type: 'in' }, true]);
  });
});
