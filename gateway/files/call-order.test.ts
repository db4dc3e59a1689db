import { describe, expect, it } from 'vitest';
import { CallOrder } from './call-order.ts';

/** Calls that end when the test says so. */
function calls() {
  const order = new CallOrder();
  const log: string[] = [];
  const ends = new Map<string, () => void>();
  const run = (name: string) => async () => {
    log.push(name);
    const { promise, resolve } = Promise.withResolvers<undefined>();
    ends.set(name, () => {
      log.push(`${name}.`);
      resolve(undefined);
    });
    await promise;
  };
  return {
    log,
    shared: (name: string, key = 'a') => order.shared(key, run(name)),
    alone: (name: string, key = 'a') => order.alone(key, run(name)),
    end: async (name: string) => {
      ends.get(name)?.();
      await new Promise(setImmediate);
    },
    failing: async () =>
      order.alone('a', async () => {
        throw new Error('the disk is gone');
      }),
  };
}

describe('the order of calls', () => {
  it('lets calls share the time between two calls that are alone', async () => {
    const { log, shared, alone, end } = calls();
    const all = [
      shared('one'),
      shared('two'),
      alone('begin'),
      shared('three'),
      shared('four'),
      alone('finish'),
    ];
    await end('');
    expect(log).toEqual(['one', 'two']);
    await end('two');
    expect(log).toEqual(['one', 'two', 'two.']);
    await end('one');
    await end('begin');
    expect(log.slice(3)).toEqual(['one.', 'begin', 'begin.', 'three', 'four']);
    for (const name of ['three', 'four', 'finish']) await end(name);
    await Promise.all(all);
    expect(log.slice(-3)).toEqual(['four.', 'finish', 'finish.']);
  });

  it('keeps the calls of other keys out of it', async () => {
    const { log, alone, end } = calls();
    const all = [alone('one'), alone('other', 'b')];
    await end('');
    expect(log).toEqual(['one', 'other']);
    await end('one');
    await end('other');
    await Promise.all(all);
  });

  it('goes on after a call that failed', async () => {
    const { log, alone, shared, end, failing } = calls();
    await expect(failing()).rejects.toThrow('the disk is gone');
    const failed = failing();
    const after = [shared('one'), alone('two')];
    await expect(failed).rejects.toThrow('the disk is gone');
    await end('');
    await end('one');
    await end('two');
    await Promise.all(after);
    expect(log).toEqual(['one', 'one.', 'two', 'two.']);
  });
});
