import qrcode from 'qrcode';
import { expect, it } from 'vitest';
import { qrCodeLines } from './qr-code.ts';

const link = `http://192.168.1.7:5080/#${'04C8H4GR7J9V3M2K5TQZ'.repeat(3)}`;

/** The modules that a phone sees: true for a dark one. */
function modulesOf(lines: readonly string[]): boolean[][] {
  return lines.flatMap((line) => {
    // eslint-disable-next-line no-control-regex -- the colours have to be there
    const [, drawn = ''] = /^\u001B\[40;97m([ ▀▄█]+)\u001B\[0m$/u.exec(line) ?? [];
    const letters = [...drawn];
    return [letters.map((letter) => ' ▄'.includes(letter)), letters.map((letter) => ' ▀'.includes(letter))];
  });
}

it('a QR code in a terminal has all its modules, and light ones around it', async () => {
  const { modules } = qrcode.create(link, { errorCorrectionLevel: 'L' });
  const drawn = modulesOf(await qrCodeLines(link, 80));
  for (let row = 0; row < modules.size; row++) {
    const expected = Array.from({ length: modules.size }, (_, column) => modules.get(row, column) === 1);
    expect(drawn[row + 2]).toEqual([false, false, ...expected, false, false]);
  }
  const light = Array<boolean>(modules.size + 4).fill(false);
  expect([drawn[0], drawn[1], drawn[modules.size + 2]]).toEqual([light, light, light]);
});

it('a window that is too narrow for a QR code gets no lines', async () => {
  expect(await qrCodeLines(link, 20)).toEqual([]);
});
