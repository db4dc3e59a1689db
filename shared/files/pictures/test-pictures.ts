import { crc32 } from '../crc32.ts';

/**
 * Pictures for tests, each of 21 x 13 pixels. They were made by programs of Debian 12, and Chromium shows each in the size that the tests
 * expect.
 */
export const samples = {
  png: fromBase64(
    'iVBORw0KGgoAAAANSUhEUgAAABUAAAANCAIAAADJ8LI3AAACm0lEQVR4nB2Sz2tdVRDHxzZNJ+kzGZ+vZbQhnNpHO4QGxirpCA96' +
      'LBIOaGWEFA5x4cEWuUIoF0G8bspFKt5FwbuSq7i4CILoxkV2grgSF27cuXDpH+CfoNfZf5nvjw8AAAIQAAMEAAFQAAOIAAnAATJA' +
      'AagAaoAGoAXoAHqAAWCE/9WITxGeYTwbcE3wnOK64fmImHDDcTPjhYKzCp+ucavB7Rapw2d6nA/47IiL6TXSGaI1pvVAKLSpNDPa' +
      'ikSJ5k6LTJcKcUXP17TT0G5LoaMXeloOdG0kmXwjnyVeZ94IPBPeVp4bX4zMiS8772a+UnhZ8fWa9xreb1k7fqnng4FfGXk1hcaw' +
      'RgE5zEIgCQsNbGEnhpDC0oPkcKMErcLLdbAmrNoQu/BaH9IQ3hiDT42hnCPZZNkOshB5TmXX5GoUSbLvcjPLrSKrSl6t5bCR11vx' +
      'Tu71cjzIO6M8mOpGXSedsc6Dsuiu6tJ0L6omPXBdZb1TNFX6Zq1HjR63Wjp9r9eTQT8YtZm2QjtPtsV2MdiO2FW1PbMXo1my226H' +
      '2e4WO6rs7drebez91urOPurt0WCfjvZkGhojUiSOHGKQKBrVosUYU0wePcdcYqliVce6iU0b2y52feyHOIxxnCjBtEFpzulySEtJ' +
      '+5oOLN2O6b97y9NxTvdLOqnSh3V61KTP2tR36cs+fTOkH8Z0OiGGvkm+YN8NLuI31Vfmh9E9+bH7g+wPizeVf1L7k8a/aH3s/Pve' +
      'Twf/efTfJj4xX6B8ifOVkG9IvqX5juW7MeeU73t+mPPHJT+u8ud1/qrJ37b5xy7/1Odfh/zHmP+a4MYyo8JclqGolJWWZOUolpLK' +
      'iZcml8el9FX5ui7fNeW0Lb905fe+/DmUv8fyz79XlMh9mLLDwAAAAABJRU5ErkJggg==',
  ),
  /** By libjpeg, with the head of JFIF. */
  jpeg: fromBase64(
    '/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAMCAgMCAgMDAwMEAwMEBQgFBQQEBQoHBwYIDAoMDAsKCwsNDhIQDQ4RDgsLEBYQERMU' +
      'FRUVDA8XGBYUGBIUFRT/2wBDAQMEBAUEBQkFBQkUDQsNFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQU' +
      'FBQUFBQUFBT/wAARCAANABUDASIAAhEBAxEB/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QAtRAAAgEDAwIEAwUF' +
      'BAQAAAF9AQIDAAQRBRIhMUEGE1FhByJxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVW' +
      'V1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKTlJWWl5iZmqKjpKWmp6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi' +
      '4+Tl5ufo6erx8vP09fb3+Pn6/8QAHwEAAwEBAQEBAQEBAQAAAAAAAAECAwQFBgcICQoL/8QAtREAAgECBAQDBAcFBAQAAQJ3AAEC' +
      'AxEEBSExBhJBUQdhcRMiMoEIFEKRobHBCSMzUvAVYnLRChYkNOEl8RcYGRomJygpKjU2Nzg5OkNERUZHSElKU1RVVldYWVpjZGVm' +
      'Z2hpanN0dXZ3eHl6goOEhYaHiImKkpOUlZaXmJmaoqOkpaanqKmqsrO0tba3uLm6wsPExcbHyMnK0tPU1dbX2Nna4uPk5ebn6Onq' +
      '8vP09fb3+Pn6/9oADAMBAAIRAxEAPwD88ND8H5/5Z13ujeCN8QPlV0mh6NASq44r0vw7oNqVQFRyPSssswyzJrm6muQZ/Om4nCaf' +
      '8P8AdbKfKor6D0vw3afZV+QflRX6HDgilOKlpqftVLiiapx3P//Z',
  ),
  /** By cwebp. */
  webpLossy: fromBase64(
    'UklGRmIAAABXRUJQVlA4IFYAAADQAwCdASoVAA0ALmlIpFIiJaWlhYBoS1AE6ZQYwASaZSuASUjBDgAA/v5Z1BbTfU784GMxL89v' +
      '0Z/xGCb35sHZKFTiuFxQaGcSeo1yytG5imP47gxAAA==',
  ),
  webpLossless: fromBase64(
    'UklGRkwAAABXRUJQVlA4TEAAAAAvFAADEAmAIAb8D5uI6H9qMfzlj/5HAiJtm8L7Vz10PAgTQJBtU8/xnfMKkzZguvsK8syFN0eM' +
      'D29K5mfJ9P0Q',
  ),
  /** Lossy, with a chunk of alpha. */
  webpAlpha: fromBase64(
    'UklGRp4AAABXRUJQVlA4WAoAAAAQAAAAFAAADAAAQUxQSB8AAAABD/Ct/4iIoKiRFIZevmg4M9jDNQ4i+t+DPcPOoZ8YAFZQOCBY' +
      'AAAA0AMAnQEqFQANAC5pSKRSIiWlpYWAaEtQBOmUGMAEmmUrgElIwQ4AAP7+WdQW031O/OBjMS/Pb9GNM6Qn85dBwxqt1C3RsBO2' +
      'rwKctTpX9g5rB3+kCsAAAA==',
  ),
  /** 3 frames by img2webp. */
  webpAnimation: fromBase64(
    'UklGRroBAABXRUJQVlA4WAoAAAACAAAAFAAADAAAQU5JTQYAAAD/////AABBTk1GbgAAAAAAAAAAABQAAAwAAGQAAAJWUDggVgAA' +
      'ANADAJ0BKhUADQAuaUikUiIlpaWFgGhLUATplBjABJplK4BJSMEOAAD+/lnUFtN9TvzgYzEvz2/Rn/EYJvfmwdkoVOK4XFBoZxJ6' +
      'jXLK0bmKY/juDEAAQU5NRoAAAAAAAAAAAAAUAAAMAABkAAAAVlA4IGgAAAD0AgCdASoVAA0ALmlIpFIAAAaEtgBOmUADVAFnJdAb' +
      'fAD+/e+E/L4B6i+Xe1ZRwld8h8VmTTfjTL+9Gy1pnr2zzKd/BLQ6x3ITpf8fT/5Xf7iAXxdo7/4NIj3/F/p7JsLyuREFw0gAAEFO' +
      'TUaQAAAAAAAAAAAAFAAADAAAZAAAAFZQOCB4AAAA9AMAnQEqFQANAD6ROppHgwCAAAEglsAJ0ygtQGOqga4VjyTse+6TIAD++SnO' +
      'KTnvloO4wvXx4CXFF9J7/FbUG0pFHQZUf9rXFQfT2q3WYZ4rvq//Fz71af7f/jUng+P9ZY0y379f/x2/6N/M/3eAwdlGpNh3rAAA',
  ),
  /** By avifenc with libaom. */
  avif: fromBase64(
    'AAAAIGZ0eXBhdmlmAAAAAGF2aWZtaWYxbWlhZk1BMUEAAADybWV0YQAAAAAAAAAoaGRscgAAAAAAAAAAcGljdAAAAAAAAAAAAAAA' +
      'AGxpYmF2aWYAAAAADnBpdG0AAAAAAAEAAAAeaWxvYwAAAABEAAABAAEAAAABAAABGgAAAEwAAAAoaWluZgAAAAAAAQAAABppbmZl' +
      'AgAAAAABAABhdjAxQ29sb3IAAAAAamlwcnAAAABLaXBjbwAAABRpc3BlAAAAAAAAABUAAAANAAAAEHBpeGkAAAAAAwgICAAAAAxh' +
      'djFDgSAAAAAAABNjb2xybmNseAABAA0ABoAAAAAXaXBtYQAAAAAAAAABAAEEAQKDBAAAAFRtZGF0EgAKCDgQ6YwgIaDSMj4WQAYY' +
      'YYQA7jXX5ygPjiYrg2XHlN8LaVfdzg/c0Ep1MS2CVHCg2six2rwP0zvO4oCYEXlAOVAkTIGzp5DGgA==',
  ),
  avifAlpha: fromBase64(
    'AAAAIGZ0eXBhdmlmAAAAAGF2aWZtaWYxbWlhZk1BMUEAAAGNbWV0YQAAAAAAAAAoaGRscgAAAAAAAAAAcGljdAAAAAAAAAAAAAAA' +
      'AGxpYmF2aWYAAAAADnBpdG0AAAAAAAEAAAAsaWxvYwAAAABEAAACAAEAAAABAAAB+QAAAEwAAgAAAAEAAAG1AAAARAAAAEJpaW5m' +
      'AAAAAAACAAAAGmluZmUCAAAAAAEAAGF2MDFDb2xvcgAAAAAaaW5mZQIAAAAAAgAAYXYwMUFscGhhAAAAABppcmVmAAAAAAAAAA5h' +
      'dXhsAAIAAQABAAAAw2lwcnAAAACdaXBjbwAAABRpc3BlAAAAAAAAABUAAAANAAAAEHBpeGkAAAAAAwgICAAAAAxhdjFDgSAAAAAA' +
      'ABNjb2xybmNseAABAA0ABoAAAAAOcGl4aQAAAAABCAAAAAxhdjFDgQAcAAAAADhhdXhDAAAAAHVybjptcGVnOm1wZWdCOmNpY3A6' +
      'c3lzdGVtczphdXhpbGlhcnk6YWxwaGEAAAAAHmlwbWEAAAAAAAAAAgABBAECgwQAAgQBBYYHAAAAmG1kYXQSAAoFGBDpjCoyOUQA' +
      'AO6An49hqjv9tLv/3sZlJp2Xg/XPalqej2lS6WiDmc/RAmbdQ2OboYxwo6MxXE9A/Jlb9ARUQBIACgg4EOmMICGg0jI+FkAGGGGE' +
      'AO411+coD44mK4Nlx5TfC2lX3c4P3NBKdTEtglRwoNrIsdq8D9M7zuKAmBF5QDlQJEyBs6eQxoA=',
  ),
  /** 21 x 13 with a turn by a quarter. */
  avifTurned: fromBase64(
    'AAAAIGZ0eXBhdmlmAAAAAGF2aWZtaWYxbWlhZk1BMUEAAAD8bWV0YQAAAAAAAAAoaGRscgAAAAAAAAAAcGljdAAAAAAAAAAAAAAA' +
      'AGxpYmF2aWYAAAAADnBpdG0AAAAAAAEAAAAeaWxvYwAAAABEAAABAAEAAAABAAABJAAAAEwAAAAoaWluZgAAAAAAAQAAABppbmZl' +
      'AgAAAAABAABhdjAxQ29sb3IAAAAAdGlwcnAAAABUaXBjbwAAABRpc3BlAAAAAAAAABUAAAANAAAAEHBpeGkAAAAAAwgICAAAAAxh' +
      'djFDgSAAAAAAABNjb2xybmNseAABAA0ABoAAAAAJaXJvdAEAAAAYaXBtYQAAAAAAAAABAAEFAQKDBIUAAABUbWRhdBIACgg4EOmM' +
      'ICGg0jI+FkAGGGGEAO411+coD44mK4Nlx5TfC2lX3c4P3NBKdTEtglRwoNrIsdq8D9M7zuKAmBF5QDlQJEyBs6eQxoA=',
  ),
  /** 3 frames with alpha. */
  avifSequence: fromBase64(
    'AAAALGZ0eXBhdmlzAAAAAGF2aWZhdmlzbXNmMWlzbzhtaWYxbWlhZk1BMUEAAAGNbWV0YQAAAAAAAAAoaGRscgAAAAAAAAAAcGlj' +
      'dAAAAAAAAAAAAAAAAGxpYmF2aWYAAAAADnBpdG0AAAAAAAEAAAAsaWxvYwAAAABEAAACAAEAAAABAAAG/wAAAF8AAgAAAAEAAAbE' +
      'AAAAGwAAAEJpaW5mAAAAAAACAAAAGmluZmUCAAAAAAEAAGF2MDFDb2xvcgAAAAAaaW5mZQIAAAAAAgAAYXYwMUFscGhhAAAAABpp' +
      'cmVmAAAAAAAAAA5hdXhsAAIAAQABAAAAw2lwcnAAAACdaXBjbwAAABRpc3BlAAAAAAAAABUAAAANAAAAEHBpeGkAAAAAAwgICAAA' +
      'AAxhdjFDgSAAAAAAABNjb2xybmNseAABAA0ABoAAAAAOcGl4aQAAAAABCAAAAAxhdjFDgQAcAAAAADhhdXhDAAAAAHVybjptcGVn' +
      'Om1wZWdCOmNpY3A6c3lzdGVtczphdXhpbGlhcnk6YWxwaGEAAAAAHmlwbWEAAAAAAAAAAgABBAECgwQAAgQBBYYHAAAFA21vb3YA' +
      'AAB4bXZoZAEAAAAAAAAA5zPhnAAAAADnM+GcAAAAHgAAAAAAAAADAAEAAAEAAAAAAAAAAAAAAAABAAAAAAAAAAAAAAAAAAAAAQAA' +
      'AAAAAAAAAAAAAAAAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAIAAAIldHJhawAAAGh0a2hkAQAAAQAAAADnM+GcAAAA' +
      'AOcz4ZwAAAABAAAAAAAAAAAAAAADAAAAAAAAAAAAAAAAAAAAAAABAAAAAAAAAAAAAAAAAAAAAQAAAAAAAAAAAAAAAAAAQAAAAAAV' +
      'AAAADQAAAAABtW1kaWEAAAAsbWRoZAEAAAAAAAAA5zPhnAAAAADnM+GcAAAAHgAAAAAAAAADVcQAAAAAAChoZGxyAAAAAAAAAABw' +
      'aWN0AAAAAAAAAAAAAAAAbGliYXZpZgAAAAFZbWluZgAAABR2bWhkAAAAAQAAAAAAAAAAAAAAJGRpbmYAAAAcZHJlZgAAAAAAAAAB' +
      'AAAADHVybCAAAAABAAABGXN0YmwAAAAUc3RjbwAAAAAAAAABAAAG/wAAABxzdHNjAAAAAAAAAAEAAAABAAAAAwAAAAEAAAAgc3Rz' +
      'egAAAAAAAAAAAAAAAwAAAF8AAABKAAAARAAAABRzdHNzAAAAAAAAAAEAAAABAAAAGHN0dHMAAAAAAAAAAQAAAAMAAAABAAAAlXN0' +
      'c2QAAAAAAAAAAQAAAIVhdjAxAAAAAAAAAAEAAAAAAAAAAAAAAAAAAAAAABUADQBIAAAASAAAAAAAAAABCkFPTSBDb2RpbmcAAAAA' +
      'AAAAAAAAAAAAAAAAAAAAAAAAGP//AAAADGF2MUOBIAAAAAAAE2NvbHJuY2x4AAEADQAGgAAAABBjY3N0AAAAAHwAAAAAAAJedHJh' +
      'awAAAGh0a2hkAQAAAQAAAADnM+GcAAAAAOcz4ZwAAAACAAAAAAAAAAAAAAADAAAAAAAAAAAAAAAAAAAAAAABAAAAAAAAAAAAAAAA' +
      'AAAAAQAAAAAAAAAAAAAAAAAAQAAAAAAVAAAADQAAAAAAFHRyZWYAAAAMYXV4bAAAAAEAAAHabWRpYQAAACxtZGhkAQAAAAAAAADn' +
      'M+GcAAAAAOcz4ZwAAAAeAAAAAAAAAANVxAAAAAAAKGhkbHIAAAAAAAAAAGF1eHYAAAAAAAAAAAAAAABsaWJhdmlmAAAAAX5taW5m' +
      'AAAAFHZtaGQAAAABAAAAAAAAAAAAAAAkZGluZgAAABxkcmVmAAAAAAAAAAEAAAAMdXJsIAAAAAEAAAE+c3RibAAAABRzdGNvAAAA' +
      'AAAAAAEAAAbEAAAAHHN0c2MAAAAAAAAAAQAAAAEAAAADAAAAAQAAACBzdHN6AAAAAAAAAAAAAAADAAAAGwAAABAAAAAQAAAAFHN0' +
      'c3MAAAAAAAAAAQAAAAEAAAAYc3R0cwAAAAAAAAABAAAAAwAAAAEAAAC6c3RzZAAAAAAAAAABAAAAqmF2MDEAAAAAAAAAAQAAAAAA' +
      'AAAAAAAAAAAAAAAAFQANAEgAAABIAAAAAAAAAAEKQU9NIENvZGluZwAAAAAAAAAAAAAAAAAAAAAAAAAAAAAY//8AAAAMYXYxQ4EA' +
      'HAAAAAAQY2NzdAAAAAB8AAAAAAAAOGF1eGkAAAAAdXJuOm1wZWc6bXBlZ0I6Y2ljcDpzeXN0ZW1zOmF1eGlsaWFyeTphbHBoYQAA' +
      'AAEwbWRhdBIACgkAAAACHTDa+SoyDBAAgADHmnhnijPbEBIAMgwwA4CA/fhGgAQAsRASADIMMAQBBX34RoAEAKjAEgAKDCAAAAId' +
      'MNr5ICGg0jJNEACwACiiiiQQQO5cI+MFum+7aVNc6vbW350g0n8HpIxfet1GiZp+UgaeDEL4lcnJW3pQMBPHBsYc2ENrpXhkq89V' +
      'NZLsL0XlbYczE6ASADJGMAOAgP34esAA4444kEAoALm+DBKOVIScUl6fOrzrpKFCItcMIjAX58EK/4RqooLhWb9+l+kqEWB4ATc8' +
      'hiokNpHQSvgCYBIAMkAwBAEFffh6wADjjjiQQAgAvCXbHPLgWn1oFqvwg+vrfMI4HY8j3mcnWfdkdYQchwDuahRRaUFbdbwdeC/n' +
      '904Y',
  ),
} as const;

function fromBase64(text: string): Uint8Array {
  return bytesOf(atob(text));
}

/** Joins bytes, numbers of one byte, and texts of Latin-1. */
export function bytesOf(...parts: readonly (Uint8Array | readonly number[] | string)[]): Uint8Array {
  return Uint8Array.from(
    parts.flatMap((part) =>
      typeof part === 'string' ? Array.from(part, (character) => character.charCodeAt(0)) : [...part],
    ),
  );
}

export function bigEndian(value: number, bytes: 2 | 4 = 4): readonly number[] {
  return bytes === 2
    ? [value >> 8, value & 255]
    : [...bigEndian(value >>> 16, 2), ...bigEndian(value & 0xffff, 2)];
}

export function littleEndian(value: number, bytes: 2 | 3 | 4 = 4): readonly number[] {
  return bigEndian(value).toReversed().slice(0, bytes);
}

export function pngChunk(type: string, data: Uint8Array | readonly number[] | string = []): Uint8Array {
  const content = bytesOf(type, data);
  return bytesOf(bigEndian(content.length - 4), content, bigEndian(crc32(content)));
}

export function pngHeader(width: number, height: number): Uint8Array {
  return pngChunk('IHDR', [...bigEndian(width), ...bigEndian(height), 8, 6, 0, 0, 0]);
}

export function png(...chunks: readonly Uint8Array[]): Uint8Array {
  return bytesOf('\x89PNG\r\n\x1A\n', ...chunks, pngChunk('IEND'));
}

/** fcTL of an animation. */
export function pngFrame(sequence: number, place: readonly number[]): Uint8Array {
  return pngChunk('fcTL', [
    ...bigEndian(sequence),
    ...place.flatMap((value) => bigEndian(value)),
    0,
    1,
    0,
    10,
    0,
    0,
  ]);
}

/** A segment of JPEG. */
export function segment(marker: number, data: Uint8Array | readonly number[] | string = []): Uint8Array {
  const content = bytesOf(data);
  return bytesOf([0xff, marker], bigEndian(content.length + 2, 2), content);
}

export function jpegFrame(width: number, height: number, marker = 0xc0): Uint8Array {
  return segment(marker, [8, ...bigEndian(height, 2), ...bigEndian(width, 2), 1, 1, 0x11, 0]);
}

export function jpeg(...segments: readonly Uint8Array[]): Uint8Array {
  return bytesOf([0xff, 0xd8], ...segments, [0xff, 0xd9]);
}

/** A scan with coded data, which has an escaped 0xFF and a restart. */
export const jpegScan = bytesOf(segment(0xda, [1, 1, 0, 0, 63, 0]), [1, 0xff, 0, 2, 0xff, 0xd0, 3]);

export function gif(width: number, height: number, ...parts: readonly Uint8Array[]): Uint8Array {
  return bytesOf(
    'GIF89a',
    littleEndian(width, 2),
    littleEndian(height, 2),
    [0x80, 0, 0],
    [0, 0, 0, 255, 255, 255],
    ...parts,
    [0x3b],
  );
}

export function gifFrame(x: number, y: number, width: number, height: number): Uint8Array {
  const place = [x, y, width, height].flatMap((value) => littleEndian(value, 2));
  return bytesOf([0x2c], place, [0], [2, 2, 0x4c, 1, 0]);
}

export function riffChunk(type: string, data: Uint8Array | readonly number[] | string): Uint8Array {
  const content = bytesOf(data);
  return bytesOf(type, littleEndian(content.length), content, content.length % 2 === 1 ? [0] : []);
}

export function webp(...chunks: readonly Uint8Array[]): Uint8Array {
  const content = bytesOf('WEBP', ...chunks);
  return bytesOf('RIFF', littleEndian(content.length), content);
}

/** The head of an extended file. */
export function webpHead(flags: number, width: number, height: number): Uint8Array {
  return riffChunk('VP8X', [flags, 0, 0, 0, ...littleEndian(width - 1, 3), ...littleEndian(height - 1, 3)]);
}

export function webpLossy(width: number, height: number): Uint8Array {
  return riffChunk('VP8 ', [0, 0, 0, 0x9d, 1, 0x2a, ...littleEndian(width, 2), ...littleEndian(height, 2)]);
}

export function webpFrame(
  x: number,
  y: number,
  width: number,
  height: number,
  ...chunks: readonly Uint8Array[]
): Uint8Array {
  const place = [x / 2, y / 2, width - 1, height - 1].flatMap((value) => littleEndian(value, 3));
  return riffChunk('ANMF', bytesOf(place, [0, 0, 0, 0], ...chunks));
}

export const webpLoop = riffChunk('ANIM', [0, 0, 0, 0, 0, 0]);

/** Replaces one part of the bytes by another one of the same length. */
export function replaced(bytes: Uint8Array, part: Uint8Array, by: Uint8Array): Uint8Array {
  const text = latin1(bytes);
  const at = text.indexOf(latin1(part));
  if (at === -1 || part.length !== by.length) throw new Error('The bytes do not have this part.');
  return bytesOf(bytes.subarray(0, at), by, bytes.subarray(at + part.length));
}

export function latin1(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
}
