import { describe, expect, it } from 'vitest';
import { LaterSync } from './later-sync.ts';

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A disk that ends each sync when the test says so. */
class Disk {
  readonly steps: string[] = [];
  readonly #syncs: PromiseWithResolvers<undefined>[] = [];
  readonly later = new LaterSync({
    syncLater: async () => {
      this.steps.push('sync');
      const sync = Promise.withResolvers<undefined>();
      this.#syncs.push(sync);
      await sync.promise;
    },
  });

  pass(name: string): void {
    this.later.pass(() => this.steps.push(name));
  }

  async end(error?: Error): Promise<void> {
    const sync = this.#syncs.shift();
    if (error === undefined) sync?.resolve(undefined);
    else sync?.reject(error);
    await settled();
  }
}

describe('a later sync', () => {
  it('lets nothing pass before the disk has what was committed before', async () => {
    const disk = new Disk();
    disk.pass('one');
    disk.pass('two');
    await settled();
    expect(disk.steps).toEqual(['sync']);
    await disk.end();
    // `two` came after the first sync had begun.
    expect(disk.steps).toEqual(['sync', 'one', 'sync']);
    disk.pass('three');
    await disk.end();
    await disk.end();
    expect(disk.steps).toEqual(['sync', 'one', 'sync', 'two', 'sync', 'three']);
  });

  it('takes together what waits for a sync', async () => {
    const disk = new Disk();
    for (const name of ['one', 'two', 'three', 'four']) disk.pass(name);
    await disk.end();
    await disk.end();
    expect(disk.steps).toEqual(['sync', 'one', 'sync', 'two', 'three', 'four']);
  });

  it('lets nothing pass after a sync has failed, and says why', async () => {
    const disk = new Disk();
    const failure = new Error('the disk refuses');
    disk.pass('one');
    disk.pass('two');
    disk.later.check();
    await disk.end(failure);
    expect(() => disk.later.check()).toThrow(failure);
    disk.pass('three');
    await disk.end();
    expect(disk.steps).toEqual(['sync']);
  });
});
