import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { guestPage, setUp, webApp } from '../setup.mjs';
import { filesOf, firstLoads } from './first-load.ts';

const folder = join(resolve(import.meta.dirname, '..', '..'), 'dist');

describe('the first load', () => {
  beforeAll(async () => {
    await setUp([webApp, guestPage]);
  });

  it('is at most 95 kB of script and style, gzipped, for the first screen and for the chat', () => {
    const loads = firstLoads(folder, 'web');
    expect(loads.length).toBeGreaterThan(0);
    expect(loads.filter(({ bytes, bytesMax }) => bytes > bytesMax)).toEqual([]);
  });

  it('of a guest is at most 90 kB until the nickname is typed, and 130 kB with the chat', () => {
    const loads = firstLoads(folder, 'guest');
    expect(loads.length).toBeGreaterThan(0);
    expect(loads.filter(({ bytes, bytesMax }) => bytes > bytesMax)).toEqual([]);
  });

  it('counts a part with all that it imports statically, each file once', () => {
    const manifest = {
      entry: { file: 'entry.js', imports: ['_shared'], dynamicImports: ['menu'], css: ['entry.css'] },
      screen: { file: 'screen.js', imports: ['_shared', 'entry'], css: ['screen.css'] },
      _shared: { file: 'shared.js', imports: ['_base'] },
      _base: { file: 'base.js' },
      menu: { file: 'menu.js' },
    };
    expect(filesOf(manifest, ['entry', 'screen'])).toEqual([
      'entry.js',
      'entry.css',
      'screen.js',
      'screen.css',
      'shared.js',
      'base.js',
    ]);
    expect(() => filesOf(manifest, ['gone'])).toThrow('no part gone');
  });
});
