import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { bytesOf, samples, webp, webpLossy } from '../../../shared/files/pictures/test-pictures.ts';
import { canvasCodec } from './preview-codec.ts';
import { makePreview, previewAttempts, type PreviewCodec, type PreviewSize } from './preview.ts';

const file = new Blob(['a picture']);

/** Encodes into so many bytes for each pixel, times the quality. */
function codecOf(bytesPerPixel: number): PreviewCodec & { readonly made: string[]; closed: number } {
  const codec = {
    made: new Array<string>(),
    closed: 0,
    async decode() {
      return {
        async encode({ width, height }: PreviewSize, quality: number) {
          codec.made.push(`${width}x${height} ${quality}`);
          const padding = Math.floor(width * height * quality * bytesPerPixel);
          return bytesOf(webp(webpLossy(width, height)), new Uint8Array(padding));
        },
        close() {
          codec.closed++;
        },
      };
    },
  };
  return codec;
}

describe('the attempts to make a preview', () => {
  it('begin with 512 pixels and keep the shape', () => {
    expect(previewAttempts({ width: 4_000, height: 3_000 })[0]).toEqual({
      size: { width: 512, height: 384 },
      quality: 0.7,
    });
    expect(previewAttempts({ width: 30_000, height: 10 })[0]?.size).toEqual({ width: 512, height: 1 });
  });

  it('never enlarge a picture, and try nothing twice', () => {
    const attempts = previewAttempts({ width: 100, height: 50 });
    expect(attempts.map(({ size, quality }) => `${size.width}x${size.height} ${quality}`)).toEqual([
      '100x50 0.7',
      '100x50 0.5',
      '100x50 0.3',
      '96x48 0.4',
      '48x24 0.3',
    ]);
  });

  it('are few, and fit the limits of a preview, for any size', () => {
    fc.assert(
      fc.property(fc.double(), fc.double(), (width, height) => {
        const attempts = previewAttempts({ width, height });
        expect(attempts.length).toBeLessThanOrEqual(9);
        for (const { size } of attempts)
          for (const side of [size.width, size.height]) {
            expect(side).toBeGreaterThanOrEqual(1);
            expect(side).toBeLessThanOrEqual(512);
          }
      }),
    );
  });
});

describe('a preview', () => {
  it('is the first attempt that fits', async () => {
    const codec = codecOf(0.1);
    const bytes = await makePreview(file, { width: 4_000, height: 3_000 }, codec);
    expect(bytes?.length).toBeLessThanOrEqual(8 * 1024);
    expect(codec.made).toEqual(['512x384 0.7', '512x384 0.5', '512x384 0.3']);
    expect(codec.closed).toBe(1);
  });

  it('is missing if none fits', async () => {
    const codec = codecOf(100);
    expect(await makePreview(file, { width: 4_000, height: 3_000 }, codec)).toBeUndefined();
    expect(codec.made).toHaveLength(9);
    expect(codec.closed).toBe(1);
  });

  it('is missing if the browser cannot decode or encode, or makes something else', async () => {
    const size = { width: 10, height: 10 };
    const close = (): void => {};
    const codecs: PreviewCodec[] = [
      { decode: () => Promise.reject(new Error('This is no picture.')) },
      { decode: async () => ({ encode: async () => undefined, close }) },
      { decode: async () => ({ encode: () => Promise.reject(new Error('No canvas.')), close }) },
      { decode: async () => ({ encode: async () => bytesOf('<svg/>'), close }) },
      { decode: async () => ({ encode: async () => samples.webpAnimation, close }) },
    ];
    for (const codec of codecs) expect(await makePreview(file, size, codec)).toBeUndefined();
    expect(await makePreview(file, { width: 0, height: 0 }, codecOf(0))).toBeUndefined();
  });
});

describe('the codec of the browser', () => {
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  /** A canvas of a browser that encodes these types. Any other type becomes a PNG. */
  function stubCanvas(types: readonly string[]): { readonly drawn: string[] } {
    const drawn: string[] = [];
    const context = {
      fillRect: () => drawn.push('background'),
      drawImage: (_: unknown, ...place: readonly number[]) => drawn.push(place.join(' ')),
    };
    vi.stubGlobal('createImageBitmap', async () => ({ close: () => drawn.push('closed') }));
    vi.stubGlobal('document', {
      createElement: () => ({
        getContext: () => context,
        toBlob: (done: (blob: Blob) => void, type: string) =>
          done(
            new Blob([new Uint8Array(samples.webpLossy)], {
              type: types.includes(type) ? type : 'image/png',
            }),
          ),
      }),
    });
    return { drawn };
  }

  it('encodes as WebP', async () => {
    const { drawn } = stubCanvas(['image/webp']);
    expect(await makePreview(file, { width: 21, height: 13 }, canvasCodec)).toEqual(samples.webpLossy);
    expect(drawn).toEqual(['0 0 21 13', 'closed']);
  });

  it('encodes as JPEG on a background where there is no WebP', async () => {
    const { drawn } = stubCanvas(['image/jpeg']);
    expect(await makePreview(file, { width: 21, height: 13 }, canvasCodec)).toEqual(samples.webpLossy);
    expect(drawn).toEqual(['0 0 21 13', 'background', '0 0 21 13', 'closed']);
  });
});
