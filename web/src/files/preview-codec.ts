import { type DecodedPicture, type PreviewCodec, type PreviewSize } from './preview.ts';

/** Decodes and encodes with a canvas, which a page may do on plain http too. */
export const canvasCodec: PreviewCodec = {
  async decode(file, { width, height }) {
    // A browser that does not know these options gives the whole picture. It is made smaller when it is drawn.
    const bitmap = await createImageBitmap(file, {
      resizeWidth: width,
      resizeHeight: height,
      resizeQuality: 'high',
    });
    return decodedPicture(bitmap);
  },
};

function decodedPicture(bitmap: ImageBitmap): DecodedPicture {
  return {
    async encode(size, quality) {
      const webp = await encoded(draw(bitmap, size, undefined), 'image/webp', quality);
      // A browser that has no such encoder gives a PNG, which is far larger than a JPEG.
      if (webp === undefined || webp.type === 'image/webp') return bytesOf(webp);
      return bytesOf(await encoded(draw(bitmap, size, '#fff'), 'image/jpeg', quality));
    },
    close: () => bitmap.close(),
  };
}

/** JPEG has no transparency, so there the picture stands on a background. */
function draw(
  bitmap: ImageBitmap,
  { width, height }: PreviewSize,
  background: string | undefined,
): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext('2d');
  if (context === null) return canvas;
  if (background !== undefined) {
    context.fillStyle = background;
    context.fillRect(0, 0, width, height);
  }
  context.imageSmoothingQuality = 'high';
  context.drawImage(bitmap, 0, 0, width, height);
  return canvas;
}

function encoded(canvas: HTMLCanvasElement, type: string, quality: number): Promise<Blob | undefined> {
  return new Promise((resolve) => canvas.toBlob((blob) => resolve(blob ?? undefined), type, quality));
}

async function bytesOf(blob: Blob | undefined): Promise<Uint8Array | undefined> {
  return blob === undefined ? undefined : new Uint8Array(await blob.arrayBuffer());
}
