import { expect, type Page, test } from '@playwright/test';
import { exifOf } from '../shared/files/exif.ts';
import { withoutMetadata } from '../shared/files/metadata/without-metadata.ts';
import { pictureOf } from '../shared/files/pictures/picture.ts';
import { bytesOf, pngChunk, samples, segment } from '../shared/files/pictures/test-pictures.ts';

/** Our parsers decide by the size of a picture whether a page shows it. So they have to see what the browser sees. */

const orientations = [1, 2, 3, 4, 5, 6, 7, 8];
const headEnd = { jpeg: 2, png: 33 };

const pictures: readonly Uint8Array[] = [
  ...Object.values(samples),
  ...orientations.map((turn) => inserted(samples.png, headEnd.png, pngChunk('eXIf', exifOf(turn)))),
  ...orientations.map((turn) =>
    inserted(samples.jpeg, headEnd.jpeg, segment(0xe1, bytesOf('Exif\0\0', exifOf(turn)))),
  ),
];

test('our parsers see each picture in the size in which Chromium shows it', async ({ page }) => {
  const shown = await drawn(page, pictures);
  expect(pictures.map((bytes) => sizeText(bytes))).toEqual(shown.map(({ size }) => size));
  expect(new Set(shown.map(({ size }) => size))).toEqual(new Set(['21x13', '13x21']));
});

test('Chromium shows the same pixels once the metadata of a picture is gone', async ({ page }) => {
  const pairs = pictures.flatMap((original) => {
    const cleaned = withoutMetadata(original);
    return typeof cleaned === 'string' ? [] : [{ original, cleaned }];
  });
  expect(pairs.length).toBeGreaterThan(20);
  const before = await drawn(
    page,
    pairs.map(({ original }) => original),
  );
  const after = await drawn(
    page,
    pairs.map(({ cleaned }) => cleaned),
  );
  expect(after).toEqual(before);
});

function inserted(bytes: Uint8Array, at: number, part: Uint8Array): Uint8Array {
  return bytesOf(bytes.subarray(0, at), part, bytes.subarray(at));
}

function sizeText(bytes: Uint8Array): string {
  const verdict = pictureOf(bytes);
  return typeof verdict === 'string' ? verdict : `${verdict.width}x${verdict.height}`;
}

/** Draws each picture in the browser. The pixels are a PNG of what it has drawn. */
function drawn(
  page: Page,
  list: readonly Uint8Array[],
): Promise<readonly { readonly size: string; readonly pixels: string }[]> {
  const addresses = list.map((bytes) => `data:;base64,${Buffer.from(bytes).toString('base64')}`);
  return page.evaluate(async (sources) => {
    const results: { size: string; pixels: string }[] = [];
    for (const source of sources) {
      const image = new Image();
      image.src = source;
      await image.decode();
      const canvas = document.createElement('canvas');
      canvas.width = image.naturalWidth;
      canvas.height = image.naturalHeight;
      canvas.getContext('2d')?.drawImage(image, 0, 0);
      const size = `${image.naturalWidth}x${image.naturalHeight}`;
      results.push({ size, pixels: canvas.toDataURL('image/png') });
    }
    return results;
  }, addresses);
}
