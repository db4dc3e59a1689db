import { filePreviewBytesMax, previewSidePixelsMax } from '../../../shared/limits.ts';
import { isPreview } from '../../../shared/files/pictures/picture.ts';

/** A smaller copy of a picture, made by re-encoding, that an offer carries: at most 8 KiB. */

export interface PreviewCodec {
  /** Decodes the picture into at most this size. Rejects if the browser cannot. */
  readonly decode: (file: Blob, size: PreviewSize) => Promise<DecodedPicture>;
}

export interface DecodedPicture {
  /** Returns the bytes of the picture in this size and quality, or undefined if the browser cannot encode it. */
  readonly encode: (size: PreviewSize, quality: number) => Promise<Uint8Array | undefined>;
  readonly close: () => void;
}

export interface PreviewSize {
  readonly width: number;
  readonly height: number;
}

/** Returns undefined if no preview can be made. The offer goes out without one then. */
export async function makePreview(
  file: Blob,
  size: PreviewSize,
  codec: PreviewCodec,
): Promise<Uint8Array | undefined> {
  const attempts = previewAttempts(size);
  const [first] = attempts;
  if (first === undefined) return undefined;
  const picture = await codec.decode(file, first.size).catch(() => undefined);
  if (picture === undefined) return undefined;
  try {
    for (const attempt of attempts) {
      const bytes = await picture.encode(attempt.size, attempt.quality);
      if (bytes === undefined) return undefined;
      if (bytes.length <= filePreviewBytesMax) return isPreview(bytes) ? bytes : undefined;
    }
    return undefined;
  } catch {
    return undefined;
  } finally {
    picture.close();
  }
}

interface Attempt {
  readonly size: PreviewSize;
  readonly quality: number;
}

/** From the largest and finest to the smallest. A photo mostly fits in the third attempt, and anything in the last. */
export function previewAttempts({ width, height }: PreviewSize): readonly Attempt[] {
  const longest = Math.max(width, height);
  if (!(width >= 1 && height >= 1 && Number.isFinite(longest))) return [];
  return steps
    .map(([side, quality]) => ({ side: Math.min(side, longest), quality }))
    .filter(
      (step, index, all) =>
        !all.slice(0, index).some(({ side, quality }) => side === step.side && quality <= step.quality),
    )
    .map(({ side, quality }) => ({
      size: {
        width: Math.max(1, Math.round(width * (side / longest))),
        height: Math.max(1, Math.round(height * (side / longest))),
      },
      quality,
    }));
}

/** The longest side in pixels, and the quality. */
const steps: readonly (readonly [side: number, quality: number])[] = [
  [previewSidePixelsMax, 0.7],
  [previewSidePixelsMax, 0.5],
  [previewSidePixelsMax, 0.3],
  [384, 0.4],
  [256, 0.5],
  [256, 0.3],
  [160, 0.4],
  [96, 0.4],
  [48, 0.3],
];
