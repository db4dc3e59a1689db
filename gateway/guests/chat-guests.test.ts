import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import type { ErrorCode } from '../../shared/errors.ts';
import { toHex } from '../../shared/ids.ts';
import { parseGuestLink } from '../../shared/guests/link.ts';
import { guestAwayMs } from '../../shared/limits.ts';
import { guestKeysOf, type GuestKeys } from '../../web/src/guest/noise.ts';
import { SeededRandom } from '../net/seeded-random.ts';
import { temporaryFolder } from '../system-tests/temporary-folder.ts';
import { ChatGuests, type GuestPort } from './chat-guests.ts';
import { GuestDesk } from './guest-desk.ts';
import type { GuestSocket } from './guest-door.ts';
import { fileGuestStore } from './guest-store.ts';
import { PageUnderTest, turnOver } from './page-under-test.ts';

/** The guests of a chat with a clock, a port and pages that a test moves. No guest joins the chat: these tests need no server. */

const secondMs = 1_000;
const hourMs = 60 * 60 * secondMs;

class VirtualTime {
  nowMs = 0;
  readonly #timers = new Set<{ readonly atMs: number; readonly callback: () => void }>();

  readonly after = (waitMs: number, callback: () => void): (() => void) => {
    const timer = { atMs: this.nowMs + waitMs, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  };

  async pass(durationMs: number): Promise<void> {
    const endMs = this.nowMs + durationMs;
    for (;;) {
      const [next] = [...this.#timers].toSorted((one, other) => one.atMs - other.atMs);
      if (next === undefined || next.atMs > endMs) break;
      this.nowMs = next.atMs;
      this.#timers.delete(next);
      next.callback();
      await turnOver();
    }
    this.nowMs = endMs;
  }
}

/** The port for guests, which another program can have. */
class FakePort {
  isTaken = false;
  isOpen = false;
  asked: (number | null)[] = [];
  onSocket: ((socket: GuestSocket, host: string) => void) | undefined;

  open(
    port: number | null,
    onSocket: (socket: GuestSocket, host: string) => void,
  ): Promise<GuestPort | { readonly error: ErrorCode }> {
    this.asked.push(port);
    if (this.isTaken) return Promise.resolve({ error: 'guest-port-taken' });
    this.isOpen = true;
    this.onSocket = onSocket;
    return Promise.resolve({
      port: port ?? 5_081,
      origins: () => ['http://192.168.1.7:5081', 'http://10.0.0.7:5081'],
      close: () => {
        this.isOpen = false;
        this.onSocket = undefined;
        return Promise.resolve();
      },
    });
  }
}

class GuestsUnderTest {
  readonly folder: string;
  readonly time: VirtualTime;
  readonly port = new FakePort();
  readonly random: SeededRandom;
  readonly faults: unknown[] = [];
  changes = 0;
  emptied = 0;
  readonly guests: ChatGuests;

  constructor(folder = temporaryFolder(), { time = new VirtualTime(), seed = 7 } = {}) {
    this.folder = folder;
    this.time = time;
    this.random = new SeededRandom(seed);
    this.guests = new ChatGuests(
      {
        folder,
        join: () => ({ server: { address: '127.0.0.1:50000' } }),
        startClient: () => () => Promise.reject(new Error('no guest of these tests joins')),
        onEmpty: () => {
          this.emptied++;
          return Promise.resolve();
        },
      },
      {
        listen: (port, onSocket) => this.port.open(port, onSocket),
        random: (byteCount) => this.random.bytes(byteCount),
        now: () => ({ monotonicMs: time.nowMs, wallMs: 1_764_500_000_000 + time.nowMs }),
        after: time.after,
        epoch: '0123456789abcdef',
        resolveAddress: () => Promise.reject(new Error('no guest of these tests joins')),
        lab: null,
        isOwnHost: () => true,
        onChange: () => this.changes++,
        onFault: (error) => this.faults.push(error),
      },
    );
  }

  /** A page of a guest. Without the link, it comes by the address. */
  async comes(
    name: string,
    { byLink = true, keys }: { byLink?: boolean; keys?: GuestKeys | undefined } = {},
  ) {
    const { link } = this.guests.view();
    const parsed = parseGuestLink(new URL(link ?? '').hash);
    if (typeof parsed === 'string') throw new Error(parsed);
    const page = new PageUnderTest({
      accept: (socket, host) => this.port.onSocket?.(socket, host),
      link: byLink ? parsed : null,
      random: (byteCount) => this.random.bytes(byteCount),
      name,
      keys,
    });
    await page.come();
    return page;
  }

  switchOn() {
    return this.guests.execute({ type: 'take-guests', on: true });
  }

  names(): readonly string[] {
    return this.guests.view().guests.map(({ name, state }) => `${name} ${state}`);
  }
}

/** A chat that takes guests and knows these, each with the keys of its page. */
async function withGuests(...names: readonly string[]) {
  const folder = temporaryFolder();
  const random = new SeededRandom(9);
  const unused = (): void => undefined;
  const desk = new GuestDesk({
    store: fileGuestStore(folder),
    randomHex: (byteCount) => toHex(random.bytes(byteCount)),
    isOwnHost: () => true,
    onAdmitted: unused,
    onEnded: unused,
    onForgotten: unused,
    onChange: unused,
  });
  desk.switchOn();
  const keys = names.map((name) => {
    const pair = guestKeysOf(random.bytes(32));
    const [key, host] = [toHex(pair.publicKey), '10.0.0.7'];
    desk.arrive(
      { monotonicMs: 0, wallMs: 1_764_500_000_000 },
      { key, name, host, hasSecret: true, words: '' },
    );
    desk.joined(key, name);
    return pair;
  });
  return { test: await switchedOn(folder), keys };
}

async function switchedOn(folder?: string): Promise<GuestsUnderTest> {
  const test = new GuestsUnderTest(folder);
  expect(await test.switchOn()).toEqual({ status: 'done' });
  return test;
}

describe('the guests of a chat', () => {
  it('leave no file before guests are switched on', async () => {
    const test = new GuestsUnderTest();
    test.guests.begin(false);
    await test.time.pass(3 * hourMs);
    await test.guests.close({ forGood: false });
    expect([fs.readdirSync(test.folder), test.port.asked, test.faults]).toEqual([[], [], []]);
  });

  it('have a link at the best address, and know it and the port again after a restart', async () => {
    const test = await switchedOn();
    const { link, origins } = test.guests.view();
    expect(link).toMatch(/^http:\/\/192\.168\.1\.7:5081\/#[0-9a-z]{79}$/u);
    expect(origins).toHaveLength(2);
    await test.guests.close({ forGood: false });
    const next = new GuestsUnderTest(test.folder, { seed: 8 });
    next.guests.begin(false);
    await turnOver();
    expect([next.guests.view().link, test.port.asked, next.port.asked]).toEqual([link, [null], [5_081]]);
  });

  it('are here while a page is, and for half a minute after it, and then away since then', async () => {
    const { test, keys } = await withGuests('zoe');
    const page = await test.comes('zoe', { keys: keys[0] });
    await test.time.pass(10 * secondMs);
    expect(test.guests.view().guests).toMatchObject([{ state: 'here', host: '10.0.0.7' }]);
    page.close(1000);
    await test.time.pass(29 * secondMs);
    expect(test.guests.view().guests).toMatchObject([{ state: 'here', host: null }]);
    await test.time.pass(2 * secondMs);
    expect(test.guests.view().guests).toMatchObject([
      { state: 'away', host: null, sinceMs: 1_764_500_000_000 + 40 * secondMs },
    ]);
  });

  it('are no guests while they choose a nickname, and nothing stays of them half a minute after their last page', async () => {
    const test = await switchedOn();
    await test.guests.execute({ type: 'limit-guests', limit: 1 });
    const page = await test.comes('alice');
    expect(test.guests.view().guests).toMatchObject([{ number: 1, name: '', state: 'choosing' }]);
    expect((await test.comes('yan')).ended).toBe('full');
    page.close(1000);
    await test.time.pass(31 * secondMs);
    expect([test.names(), fs.readdirSync(test.folder), test.faults]).toEqual([[], ['guests.json'], []]);
    await test.comes('yan');
    const next = new GuestsUnderTest(test.folder, { seed: 8 });
    expect([test.names(), next.names()]).toEqual([[' choosing'], []]);
  });

  it('that a full disk refuses are told to the host once, until the disk has taken something', async () => {
    const { test, keys } = await withGuests('zoe');
    using replace = vi.spyOn(fs, 'writeFileSync').mockImplementation(() => {
      throw Object.assign(new Error('no space left on device'), {
        code: 'ENOSPC',
        errno: -28,
        syscall: 'write',
      });
    });
    const page = await test.comes('zoe', { keys: keys[0] });
    expect(page.isAdmitted).toBe(true);
    await test.time.pass(2 * hourMs);
    expect(replace).toHaveBeenCalled();
    expect(test.faults).toHaveLength(1);
    replace.mockRestore();
    await test.time.pass(2 * hourMs);
    expect(test.faults).toHaveLength(1);
  });

  it('are forgotten after 7 days away, while one that stays is kept', async () => {
    const { test, keys } = await withGuests('zoe', 'yan');
    const page = await test.comes('zoe', { keys: keys[0] });
    await test.comes('yan', { keys: keys[1] });
    page.close(1000);
    await test.time.pass(guestAwayMs - hourMs);
    expect(test.names()).toEqual(['zoe away', 'yan here']);
    await test.time.pass(2 * hourMs);
    expect([test.names(), test.faults]).toEqual([['yan here'], []]);
  });

  it('that a crash left half forgotten are erased at the next start', async () => {
    const { test } = await withGuests('zoe');
    await test.guests.close({ forGood: false });
    const file = path.join(test.folder, 'guests.json');
    const record = JSON.parse(fs.readFileSync(file, 'utf8')) as {
      guests: { key: string }[];
      leaving: string[];
    };
    const key = record.guests[0]?.key ?? '';
    fs.writeFileSync(file, JSON.stringify({ ...record, guests: [], leaving: [key] }));
    for (const name of [key, 'ab'.repeat(32), 'not-a-guest'])
      fs.mkdirSync(path.join(test.folder, name), { recursive: true });
    const next = new GuestsUnderTest(test.folder, { seed: 8 });
    next.guests.begin(false);
    for (let turns = 0; turns < 5; turns++) await turnOver();
    expect(fs.readdirSync(test.folder).toSorted()).toEqual(['guests.json', 'not-a-guest']);
    expect(JSON.parse(fs.readFileSync(file, 'utf8'))).toMatchObject({ guests: [], leaving: [] });
    expect(next.faults).toEqual([]);
  });

  it('that cannot be erased now are erased by the next run', async () => {
    const { test, keys } = await withGuests('zoe');
    await test.comes('zoe', { keys: keys[0] });
    await turnOver();
    const file = path.join(test.folder, 'guests.json');
    const { guests } = JSON.parse(fs.readFileSync(file, 'utf8')) as { guests: { key: string }[] };
    const key = guests[0]?.key ?? '';
    const root = path.join(test.folder, key);
    using erase = vi.spyOn(fs, 'rmSync').mockImplementation((folder) => {
      if (folder === root) throw new Error('the disk refuses');
    });
    await test.guests.execute({ type: 'remove-guest', number: 1 });
    for (let turns = 0; turns < 5; turns++) await turnOver();
    expect(erase).toHaveBeenCalled();
    expect(JSON.parse(fs.readFileSync(file, 'utf8'))).toMatchObject({ guests: [], leaving: [key] });
    expect(test.faults).toHaveLength(1);
  });

  it('all end when the chat closes, and for a wipe they are forgotten', async () => {
    const test = await switchedOn();
    const [zoe, yan] = [await test.comes('zoe'), await test.comes('yan', { byLink: false })];
    await test.guests.close({ forGood: true });
    expect([zoe.ended, yan.ended, test.port.isOpen, test.emptied]).toEqual([
      'chat-closed',
      'chat-closed',
      false,
      1,
    ]);
    await test.time.pass(hourMs);
    expect([fs.readdirSync(test.folder), test.faults]).toEqual([['guests.json'], []]);
  });
});

describe('the port for guests', () => {
  it('that another program has is told, and tried again every 20 s', async () => {
    const test = new GuestsUnderTest();
    test.port.isTaken = true;
    test.guests.begin(true);
    await turnOver();
    expect(test.guests.view()).toMatchObject({
      isOn: true,
      link: null,
      origins: [],
      fault: 'guest-port-taken',
    });
    await test.time.pass(41 * secondMs);
    expect(test.port.asked).toHaveLength(3);
    test.port.isTaken = false;
    await test.time.pass(20 * secondMs);
    expect(test.guests.view()).toMatchObject({
      fault: null,
      origins: [expect.any(String), expect.any(String)],
    });
  });

  it('that cannot be opened leaves guests switched off, if they were off', async () => {
    const test = new GuestsUnderTest();
    test.port.isTaken = true;
    expect(await test.switchOn()).toMatchObject({ status: 'refused', code: 'guest-port-taken' });
    expect(test.guests.view()).toMatchObject({ isOn: false, link: null, fault: null });
    await test.time.pass(60 * secondMs);
    expect(test.port.asked).toHaveLength(1);
  });

  it('is closed again if the disk does not keep it, and guests stay switched off', async () => {
    const test = new GuestsUnderTest();
    fs.mkdirSync(path.join(test.folder, 'guests.json'));
    await expect(test.switchOn()).rejects.toThrow();
    expect([test.guests.view().isOn, test.port.isOpen]).toEqual([false, false]);
  });

  it('is opened and closed once, also when two frontends ask at the same time', async () => {
    const test = new GuestsUnderTest();
    const off = { type: 'take-guests', on: false } as const;
    await Promise.all([test.switchOn(), test.switchOn(), test.guests.execute(off), test.switchOn()]);
    expect([test.port.asked, test.port.isOpen]).toEqual([[null, 5_081], true]);
  });
});

describe('what the host sees', () => {
  it('changes at most four times a second, however many visitors come', async () => {
    const test = await switchedOn();
    test.changes = 0;
    for (let count = 0; count < 100; count++) {
      const page = await test.comes(`visitor${count}`, { byLink: false });
      page.close(1000);
      await test.time.pass(10);
    }
    expect(test.changes).toBeLessThanOrEqual(4);
    expect(test.changes).toBeGreaterThan(0);
  });

  it('has changed before a command is answered', async () => {
    const test = await switchedOn();
    test.changes = 0;
    await test.guests.execute({ type: 'limit-guests', limit: 3 });
    expect([test.changes, test.guests.view().limit]).toEqual([1, 3]);
  });
});
