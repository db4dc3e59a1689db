import { describe, expect, it } from 'vitest';
import { guestsBarredMax, guestsMax, guestsWaitingMax } from '../../shared/limits.ts';
import { StoreError } from '../store/errors.ts';
import { temporaryFolder } from '../system-tests/temporary-folder.ts';
import { GuestDesk, type Visitor } from './guest-desk.ts';
import type { DeskRecord } from '../data-dir/guest-record.ts';
import { fileGuestStore, type GuestStore } from './guest-store.ts';

const dayMs = 24 * 60 * 60_000;
const at = (days: number) => ({ monotonicMs: days * dayMs, wallMs: 1_764_500_000_000 + days * dayMs });
const now = at(0);
const keyOf = (number: number): string => number.toString(16).padStart(64, '0');

function visitor(number: number, change: Partial<Visitor> = {}): Visitor {
  const words = `words of ${number} alone`;
  return { key: keyOf(number), name: `guest${number}`, host: '10.0.0.7', hasSecret: true, words, ...change };
}

/** A desk with all that it told. */
class DeskUnderTest {
  readonly told: string[] = [];
  saved: DeskRecord | undefined;
  isFull = false;
  readonly desk: GuestDesk;
  #bytes = 0;

  constructor(saved?: DeskRecord) {
    this.saved = saved;
    this.desk = new GuestDesk({
      store: { load: () => this.saved, save: (record) => this.#save(record) } satisfies GuestStore,
      randomHex: (byteCount) => (++this.#bytes).toString(16).padStart(2 * byteCount, 'f'),
      isOwnHost: (host) => host === '127.0.0.1',
      onAdmitted: ({ name }) => this.told.push(`admitted ${name}`),
      onEnded: (key, why) => this.told.push(`ended ${Number.parseInt(key, 16)}: ${why}`),
      onForgotten: (key) => this.told.push(`forgot ${Number.parseInt(key, 16)}`),
      onChange: () => undefined,
    });
  }

  static on(): DeskUnderTest {
    const test = new DeskUnderTest();
    test.desk.switchOn();
    return test;
  }

  /** They come by the link, and the chat takes their nicknames. */
  joins(...numbers: readonly number[]): void {
    for (const number of numbers) {
      expect(this.desk.arrive(now, visitor(number)).type).toBe('in');
      this.desk.joined(keyOf(number), `guest${number}`);
    }
  }

  choosing(): readonly string[] {
    return this.desk.list().choosing.map(({ number, name }) => `${number} ${name}`);
  }

  names(): readonly string[] {
    return this.desk.list().guests.map(({ name }) => name);
  }

  waiting(): readonly string[] {
    return this.desk.list().waiting.map(({ number, name }) => `${number} ${name}`);
  }

  #save(record: DeskRecord): void {
    if (this.isFull) throw new StoreError('disk-refused', 'The disk is full. Make room.');
    this.saved = record;
  }
}

describe('a visitor', () => {
  it('with the secret of the link is in at once, and again without it', () => {
    const { desk } = DeskUnderTest.on();
    expect(desk.arrive(now, visitor(1))).toMatchObject({ type: 'in', guest: { name: 'guest1', number: 1 } });
    desk.joined(keyOf(1), 'guest1');
    expect(desk.arrive(at(1), visitor(1, { hasSecret: false }))).toMatchObject({ type: 'in' });
    expect(desk.list().guests).toMatchObject([{ number: 1, lastSeenMs: at(1).wallMs }]);
  });

  it('without the secret waits for the host, who sees the words of the newest session', () => {
    const test = DeskUnderTest.on();
    const { desk } = test;
    expect(desk.arrive(now, visitor(1, { hasSecret: false }))).toEqual({ type: 'waiting', number: 1 });
    expect(desk.arrive(now, visitor(1, { hasSecret: false, words: 'new' }))).toEqual({
      type: 'waiting',
      number: 1,
    });
    expect(desk.list().waiting).toEqual([
      { number: 1, name: 'guest1', words: 'new', host: '10.0.0.7', hasSecret: false },
    ]);
    expect(desk.admit(now, 1)).toBe(true);
    expect([test.told, test.choosing(), test.waiting()]).toEqual([['admitted guest1'], ['1 guest1'], []]);
    expect(desk.admit(now, 1)).toBe(false);
  });

  it('with the secret waits too if the host wants to be asked', () => {
    const { desk } = DeskUnderTest.on();
    desk.setAsks(true);
    expect(desk.arrive(now, visitor(1))).toEqual({ type: 'waiting', number: 1 });
    desk.setAsks(false);
    expect(desk.arrive(now, visitor(1))).toMatchObject({ type: 'in' });
  });

  it('never gets the number of one who waited before: the host would let in the wrong one', () => {
    const test = DeskUnderTest.on();
    test.desk.arrive(now, visitor(1, { hasSecret: false }));
    test.desk.withdraw(keyOf(1));
    test.desk.arrive(now, visitor(2, { hasSecret: false }));
    expect(test.desk.admit(now, 1)).toBe(false);
    expect(test.waiting()).toEqual(['2 guest2']);
  });

  it('finds no place when as many guests as the host wants are there, also when the host lets it in', () => {
    const { desk } = DeskUnderTest.on();
    desk.setLimit(2);
    desk.arrive(now, visitor(1, { hasSecret: false }));
    desk.arrive(now, visitor(2));
    desk.arrive(now, visitor(3));
    expect(desk.arrive(now, visitor(4))).toEqual({ type: 'refused', why: 'full' });
    expect(desk.admit(now, 1)).toBe(false);
    expect(desk.arrive(now, visitor(2))).toMatchObject({ type: 'in' });
  });

  it('with the secret waits too where half of the places went to its address, and another address still comes in', () => {
    const { desk } = DeskUnderTest.on();
    desk.setLimit(10);
    const arrive = (number: number, host: string) => desk.arrive(now, visitor(number, { host })).type;
    const crowd = Array.from({ length: 7 }, (_, index) => arrive(index + 1, '10.0.0.9'));
    expect(crowd).toEqual(['in', 'in', 'in', 'in', 'in', 'waiting', 'waiting']);
    expect([arrive(20, '10.0.0.8'), arrive(1, '10.0.0.9')]).toEqual(['in', 'in']);
    expect(desk.admit(now, desk.list().waiting[0]?.number ?? 0)).toBe(true);
  });

  it('of this computer itself never waits because of its address', () => {
    const { desk } = DeskUnderTest.on();
    desk.setLimit(6);
    const host = '127.0.0.1';
    const types = Array.from(
      { length: 7 },
      (_, index) => desk.arrive(now, visitor(index + 1, { host })).type,
    );
    expect(types).toEqual(['in', 'in', 'in', 'in', 'in', 'in', 'refused']);
  });

  it('is refused while guests are switched off', () => {
    expect(new DeskUnderTest().desk.arrive(now, visitor(1))).toEqual({
      type: 'refused',
      why: 'switched-off',
    });
  });

  it('of the address with the most waiting loses when too many wait', () => {
    const test = DeskUnderTest.on();
    const waits = (number: number, host: string) =>
      test.desk.arrive(now, visitor(number, { host, hasSecret: false })).type;
    for (let number = 1; number <= guestsWaitingMax; number++)
      waits(number, number <= 3 ? '10.0.0.8' : '10.0.0.9');
    expect(waits(100, '10.0.0.9')).toBe('refused');
    expect(waits(101, '10.0.0.10')).toBe('waiting');
    expect(test.told).toEqual([`ended ${guestsWaitingMax}: busy`]);
    expect(test.desk.list().waiting).toHaveLength(guestsWaitingMax);
  });

  it('of the device with the most waiting loses, also if that has many IPv6 addresses', () => {
    const test = DeskUnderTest.on();
    const waits = (number: number, host: string) =>
      test.desk.arrive(now, visitor(number, { host, hasSecret: false })).type;
    for (let number = 1; number <= guestsWaitingMax; number++)
      waits(number, number <= 3 ? 'fd00:0:0:1::7' : `fd00:0:0:2::${number}`);
    expect(waits(100, 'fd00:0:0:2::100')).toBe('refused');
    expect(waits(101, '10.0.0.10')).toBe('waiting');
    expect(test.told).toEqual([`ended ${guestsWaitingMax}: busy`]);
  });

  it('under a new key each time waits until those that left are erased, and a guest still comes in', () => {
    const test = DeskUnderTest.on();
    const { desk } = test;
    test.joins(1);
    let last = 1;
    for (let number = 2; desk.arrive(now, visitor(number)).type === 'in'; number++)
      desk.leave(keyOf((last = number)));
    expect(desk.leaving).toHaveLength(guestsMax);
    expect(desk.arrive(now, visitor(last + 1))).toEqual({ type: 'refused', why: 'busy' });
    expect(desk.arrive(now, visitor(1)).type).toBe('in');
    desk.erased(keyOf(2));
    expect(desk.arrive(now, visitor(last + 1)).type).toBe('in');
  });

  it('who was forgotten and comes again is a guest, also in the next run', () => {
    const test = DeskUnderTest.on();
    const { desk } = test;
    test.joins(1);
    desk.leave(keyOf(1));
    expect(desk.leaving).toEqual([keyOf(1)]);
    test.joins(1);
    expect(desk.leaving).toEqual([]);
  });
});

describe('a visitor that the chat has not taken yet', () => {
  it('takes a place while it chooses a nickname, and none when it has gone', () => {
    const test = DeskUnderTest.on();
    test.desk.setLimit(2);
    test.joins(1);
    test.desk.arrive(now, visitor(2, { name: 'alice' }));
    expect([test.names(), test.choosing()]).toEqual([['guest1'], ['2 alice']]);
    expect(test.desk.arrive(now, visitor(3))).toEqual({ type: 'refused', why: 'full' });
    test.desk.away(now, keyOf(2));
    test.desk.away(now, keyOf(1));
    expect([test.names(), test.choosing()]).toEqual([['guest1'], []]);
    expect(test.desk.arrive(now, visitor(3)).type).toBe('in');
  });

  it('is no guest after a restart, and costs no write of the disk', () => {
    const test = DeskUnderTest.on();
    const { saved } = test;
    test.desk.arrive(now, visitor(1));
    test.desk.arrive(now, visitor(1));
    expect([test.saved, test.choosing()]).toEqual([saved, ['1 guest1']]);
    const next = new DeskUnderTest(test.saved);
    expect([next.names(), next.choosing()]).toEqual([[], []]);
  });

  it('is removed or barred by its number, and ends with the switch', () => {
    const test = DeskUnderTest.on();
    for (const number of [1, 2, 3]) test.desk.arrive(now, visitor(number));
    expect([test.desk.remove(1), test.desk.bar(2)]).toEqual([true, true]);
    test.desk.switchOff();
    expect(test.told).toEqual([
      'ended 1: removed',
      'forgot 1',
      'ended 2: barred',
      'forgot 2',
      'ended 3: switched-off',
    ]);
  });

  it('counts in the crowd of its address', () => {
    const { desk } = DeskUnderTest.on();
    desk.setLimit(10);
    const types = [1, 2, 3, 4, 5, 6].map((number) => desk.arrive(now, visitor(number)).type);
    expect(types).toEqual(['in', 'in', 'in', 'in', 'in', 'waiting']);
  });

  it('is a guest once it has a nickname, also while the disk refuses, which is tried again', () => {
    const test = DeskUnderTest.on();
    test.desk.arrive(now, visitor(1));
    test.isFull = true;
    expect(() => test.desk.joined(keyOf(1), 'zoe')).toThrow(StoreError);
    test.desk.away(now, keyOf(1));
    expect([test.names(), test.desk.isKnown(keyOf(1)), test.saved?.guests]).toEqual([['zoe'], true, []]);
    expect(() => test.desk.keepChanges()).toThrow(StoreError);
    test.isFull = false;
    test.desk.keepChanges();
    expect(test.saved?.guests).toMatchObject([{ name: 'zoe', number: 1 }]);
  });
});

describe('a host', () => {
  it('switches off: all sessions end, and the link; the guests are known when it is on again', () => {
    const test = DeskUnderTest.on();
    const { desk } = test;
    const before = desk.secret;
    test.joins(1);
    desk.arrive(now, visitor(2, { hasSecret: false }));
    desk.switchOff();
    expect([desk.secret, test.told]).toEqual([null, ['ended 2: switched-off', 'ended 1: switched-off']]);
    desk.switchOn();
    expect(desk.secret).not.toBe(before);
    expect(desk.arrive(now, visitor(1, { hasSecret: false }))).toMatchObject({ type: 'in' });
  });

  it('makes a new link: who is in stays, and who waits with the earlier one does not', () => {
    const test = DeskUnderTest.on();
    const { desk } = test;
    test.joins(1);
    desk.setAsks(true);
    desk.arrive(now, visitor(2));
    desk.arrive(now, visitor(3, { hasSecret: false }));
    const before = desk.secret;
    desk.newLink();
    expect(desk.secret).not.toBe(before);
    expect([test.told, test.names(), test.waiting()]).toEqual([
      ['ended 2: switched-off'],
      ['guest1'],
      ['3 guest3'],
    ]);
  });

  it('removes a guest, who may ask again, and bars another, who may not', () => {
    const test = DeskUnderTest.on();
    const { desk } = test;
    test.joins(1, 2);
    expect([desk.remove(1), desk.bar(2), desk.bar(9)]).toEqual([true, true, false]);
    expect(test.told).toEqual(['ended 1: removed', 'forgot 1', 'ended 2: barred', 'forgot 2']);
    expect(desk.arrive(now, visitor(1))).toMatchObject({ type: 'in' });
    expect(desk.arrive(now, visitor(2))).toEqual({ type: 'refused', why: 'barred' });
  });

  it('refuses one who waits, which is another end than that of a guest, and it may ask again', () => {
    const test = DeskUnderTest.on();
    test.desk.arrive(now, visitor(1, { hasSecret: false }));
    expect([test.desk.remove(1), test.told, test.waiting()]).toEqual([true, ['ended 1: not-let-in'], []]);
    expect(test.desk.arrive(now, visitor(1, { hasSecret: false })).type).toBe('waiting');
  });

  it('bars one who waits, and the newest barred keys are kept', () => {
    const test = DeskUnderTest.on();
    const { desk } = test;
    for (let number = 1; number <= guestsBarredMax + 1; number++) {
      const arrival = desk.arrive(now, visitor(number, { hasSecret: false }));
      if (arrival.type === 'waiting') desk.bar(arrival.number);
    }
    expect(desk.arrive(now, visitor(guestsBarredMax + 1))).toEqual({ type: 'refused', why: 'barred' });
    expect(desk.arrive(now, visitor(2))).toEqual({ type: 'refused', why: 'barred' });
    expect(desk.arrive(now, visitor(1))).toMatchObject({ type: 'in' });
    expect(test.told.filter((line) => line.startsWith('forgot'))).toEqual([]);
  });

  it('with a full disk is refused, and nothing has changed', () => {
    const test = DeskUnderTest.on();
    const { desk } = test;
    test.joins(1);
    desk.arrive(now, visitor(2, { hasSecret: false }));
    const [record, secret] = [test.saved, desk.secret];
    test.isFull = true;
    for (const change of [
      () => desk.switchOff(),
      () => desk.newLink(),
      () => desk.bar(1),
      () => desk.remove(1),
      () => desk.leave(keyOf(1)),
    ])
      expect(change).toThrow(StoreError);
    expect([test.saved, desk.secret, test.names(), test.waiting()]).toEqual([
      record,
      secret,
      ['guest1'],
      ['2 guest2'],
    ]);
    expect(test.told).toEqual([]);
  });
});

describe('a guest', () => {
  it('who joins under another nickname has that name on the list', () => {
    const test = DeskUnderTest.on();
    test.joins(1);
    test.desk.joined(keyOf(1), 'zoe');
    test.desk.joined(keyOf(2), 'someone');
    expect([test.names(), new DeskUnderTest(test.saved).names()]).toEqual([['zoe'], ['zoe']]);
  });

  it('who comes back after an hour or more costs a write of the disk, and one who comes and goes costs none', () => {
    const test = DeskUnderTest.on();
    test.desk.look(now, () => false);
    test.joins(1);
    const saved = test.saved;
    for (let count = 0; count < 10; count++) {
      test.desk.away(now, keyOf(1));
      test.desk.arrive(now, visitor(1));
    }
    expect(test.saved).toBe(saved);
    test.desk.look(at(0.5), () => false);
    test.isFull = true;
    expect(test.desk.arrive(at(0.5), visitor(1)).type).toBe('in');
    test.isFull = false;
    test.desk.keepChanges();
    expect(test.saved?.guests[0]).toMatchObject({ awayMs: 0 });
  });

  it('who goes was last seen then', () => {
    const test = DeskUnderTest.on();
    test.joins(1);
    test.desk.away(at(1), keyOf(1));
    expect(test.desk.list().guests[0]?.lastSeenMs).toBe(at(1).wallMs);
  });

  it('who leaves is forgotten, and so is one who was away for 7 days', () => {
    const test = DeskUnderTest.on();
    const { desk } = test;
    test.joins(1, 2, 3);
    desk.leave(keyOf(1));
    for (let day = 0; day <= 7; day++) desk.look(at(day), (key) => key === keyOf(2));
    expect([test.names(), test.told]).toEqual([
      ['guest2'],
      ['ended 1: left', 'forgot 1', 'ended 3: left', 'forgot 3'],
    ]);
  });

  it('who left is to be erased until that is done, also after a crash', () => {
    const test = DeskUnderTest.on();
    test.joins(1);
    test.desk.leave(keyOf(1));
    const { desk } = new DeskUnderTest(test.saved);
    expect([desk.leaving, desk.list().guests]).toEqual([[keyOf(1)], []]);
    desk.erased(keyOf(1));
    expect(desk.leaving).toEqual([]);
  });

  it('is not forgotten by a clock that jumps, forwards or backwards', () => {
    const test = DeskUnderTest.on();
    test.joins(1);
    for (const day of [0, 4_000, 1, -9_000, 2]) test.desk.look(at(day), () => false);
    expect(test.names()).toEqual(['guest1']);
  });

  it('is known after a restart, with the key of the gateway, the link, the port and who is barred', () => {
    const folder = temporaryFolder();
    const open = (): GuestDesk =>
      new GuestDesk({
        store: fileGuestStore(folder),
        randomHex: (byteCount) => 'ab'.repeat(byteCount),
        isOwnHost: () => true,
        onAdmitted: () => undefined,
        onEnded: () => undefined,
        onForgotten: () => undefined,
        onChange: () => undefined,
      });
    const before = open();
    before.switchOn();
    before.keepPort(5081);
    before.setLimit(7);
    before.setAsks(true);
    before.arrive(now, visitor(1, { hasSecret: false }));
    before.admit(now, 1);
    before.joined(keyOf(1), 'guest1');
    before.arrive(now, visitor(2));
    before.bar(2);
    const after = open();
    expect([after.privateKey, after.secret, after.port]).toEqual([before.privateKey, before.secret, 5081]);
    expect(after.list()).toEqual(before.list());
    expect(after.arrive(now, visitor(2))).toEqual({ type: 'refused', why: 'barred' });
    expect(after.arrive(now, visitor(3))).toEqual({ type: 'waiting', number: 2 });
  });
});
