import { create } from 'qrcode';
import { describe, expect, it } from 'vitest';
import { guestLimitOf, guestWays } from './guests.ts';
import { qrPath } from './qr-path.ts';

describe('the ways of guests', () => {
  it('have the same secret at each address of this computer', () => {
    const origins = ['http://192.168.1.7:5080', 'http://[fd00::7]:5080'];
    expect(guestWays({ link: 'http://192.168.1.7:5080/#abc', origins })).toEqual([
      { address: '192.168.1.7:5080', link: 'http://192.168.1.7:5080/#abc' },
      { address: '[fd00::7]:5080', link: 'http://[fd00::7]:5080/#abc' },
    ]);
  });

  it('do not exist while no guest can come', () => {
    expect(guestWays({ link: null, origins: ['http://192.168.1.7:5080'] })).toEqual([]);
  });
});

describe('the number of guests', () => {
  it('is a whole number from 1 to 200', () => {
    expect(['1', ' 50 ', '200'].map(guestLimitOf)).toEqual([1, 50, 200]);
    for (const typed of ['', '0', '201', '1.5', '-1', 'ten', '9'.repeat(400)])
      expect(guestLimitOf(typed)).toBeNull();
  });
});

describe('a QR code', () => {
  it('has each dark square of the code once, and four light ones around it', () => {
    const { modules } = create('http://192.168.1.7:5080/#abc');
    const { side, path } = qrPath(modules);
    expect(side).toBe(modules.size + 8);
    const dark = new Set<string>();
    for (const [, x = '', y = '', width = ''] of path.matchAll(/M(\d+) (\d+)h(\d+)v1h-\3z/gu))
      for (let step = 0; step < Number(width); step++) dark.add(`${Number(x) + step - 4} ${Number(y) - 4}`);
    let count = 0;
    for (let row = 0; row < modules.size; row++)
      for (let column = 0; column < modules.size; column++)
        if (modules.get(row, column)) {
          count += 1;
          expect(dark.has(`${column} ${row}`)).toBe(true);
        }
    expect(dark.size).toBe(count);
  });
});
