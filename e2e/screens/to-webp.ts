interface Form {
  /** In base64. */
  readonly png: string;
  readonly colours: number;
  /** 1: without loss. */
  readonly quality: number;
}

/**
 * Runs in a page. Returns the picture as WebP in base64, with at most so many colours. Without loss, the text stays sharp, and the file is a
 * third of a PNG. Colours that are near become one.
 */
export async function toWebP({ png, colours, quality }: Form): Promise<string> {
  const image = new Image();
  image.src = `data:image/png;base64,${png}`;
  await image.decode();
  const canvas = document.createElement('canvas');
  canvas.width = image.naturalWidth;
  canvas.height = image.naturalHeight;
  const context = canvas.getContext('2d')!;
  context.drawImage(image, 0, 0);
  const picture = context.getImageData(0, 0, canvas.width, canvas.height);
  const pixels = new Uint32Array(picture.data.buffer);
  const counts = new Map<number, number>();
  for (const pixel of pixels) counts.set(pixel, (counts.get(pixel) ?? 0) + 1);
  const encoded = () => canvas.toDataURL('image/webp', quality).replace(/^[^,]*,/u, '');
  if (counts.size <= colours) return encoded();
  /** So many of the most frequent colours stay as they are: they are those of surfaces and lines. */
  const surfaces = 40;
  const byCount = [...counts].sort(([, one], [, other]) => other - one).map(([colour]) => colour);

  const away = (one: number, other: number) => {
    const red = (one & 255) - (other & 255);
    const green = ((one >> 8) & 255) - ((other >> 8) & 255);
    const blue = ((one >> 16) & 255) - ((other >> 16) & 255);
    return red * red + green * green + blue * blue;
  };
  /** The nearest of the colours so far, or the colour itself if all are further away. */
  const nearest = (palette: readonly number[], colour: number, distance: number) => {
    let found = colour;
    let foundAway = distance * distance;
    for (const other of palette) {
      const otherAway = away(colour, other);
      if (otherAway < foundAway) [found, foundAway] = [other, otherAway];
    }
    return found;
  };
  /** Undefined if the palette would be too large. */
  const paletteAt = (distance: number): Map<number, number> | undefined => {
    const palette: number[] = [];
    const become = new Map<number, number>();
    for (const [rank, colour] of byCount.entries()) {
      const shown = rank < surfaces ? colour : nearest(palette, colour, distance);
      if (shown === colour && palette.push(colour) > colours) return undefined;
      become.set(colour, shown);
    }
    return become;
  };
  let become: Map<number, number> | undefined;
  for (let distance = 1; become === undefined; distance++) become = paletteAt(distance);
  pixels.forEach((pixel, at) => (pixels[at] = become.get(pixel) ?? pixel));
  context.putImageData(picture, 0, 0);
  return encoded();
}
