import { afterEach, expect, it, describe } from 'vitest';
import type { InterfaceAddress } from '../../shared/address.ts';
import { eventually } from '../system-tests/eventually.ts';
import { VirtualClock } from '../simulation/network/virtual-clock.ts';
import type { NetworkChange } from '../transport/events.ts';
import { NetworkWatch } from './network-watch.ts';

const cable = { host: '192.168.1.7', prefixBits: 24 };
const wifi = { host: '10.0.0.7', prefixBits: 8 };
/** No look of its own comes in a test. */
const never = 1_000_000_000;

let interfaces: readonly InterfaceAddress[] | undefined;
let clock: VirtualClock;
let seen: NetworkChange[];
const watches: NetworkWatch[] = [];

function watch(intervalMs: number): NetworkWatch {
  interfaces = [cable];
  clock = new VirtualClock();
  seen = [];
  const one = new NetworkWatch({
    clock,
    intervalMs,
    interfaces: () => {
      if (interfaces === undefined) throw new Error('the system does not tell');
      return interfaces;
    },
    onChange: (change) => seen.push(change),
  });
  watches.push(one);
  return one;
}

afterEach(() => {
  for (const one of watches.splice(0)) one.close();
});

describe('NetworkWatch', () => {
  it('reports addresses that come, go, change their subnet or their order', () => {
    const one = watch(never);
    const changes = [[cable], [cable, wifi], [wifi, cable], [wifi], [{ ...wifi, prefixBits: 24 }], []];
    const reported = changes.map((present) => {
      interfaces = present;
      one.look();
      return seen.splice(0);
    });
    expect(reported).toEqual([[], ['addresses'], ['addresses'], ['addresses'], ['addresses'], ['addresses']]);
  });

  it('reports a sleep by either clock, and a changed address instead when both happened', () => {
    const one = watch(never);
    clock.advanceTo(1_500);
    one.look();
    expect(seen).toEqual([]);
    clock.advanceTo(60_000);
    one.look();
    // Where the monotonic clock sleeps, too.
    clock.wallOffsetMs += 3_600_000;
    one.look();
    clock.wallOffsetMs += 3_600_000;
    interfaces = [wifi];
    one.look();
    expect(seen).toEqual(['woke', 'woke', 'addresses']);
  });

  it('reports a wall clock that was set back too, because it must be measured again', () => {
    const one = watch(never);
    clock.wallOffsetMs -= 3_600_000;
    one.look();
    expect(seen).toEqual(['woke']);
  });

  it('treats a system without this information as one without changes', () => {
    const one = watch(never);
    interfaces = undefined;
    one.look();
    interfaces = [cable];
    one.look();
    expect(seen).toEqual([]);
  });

  it('checks by itself until it is closed', async () => {
    const one = watch(1);
    interfaces = [wifi];
    await eventually(() => expect(seen).toEqual(['addresses']));
    one.close();
  });
});
