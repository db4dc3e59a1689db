/** `docs/screens/`: the pictures of the app, made by `npm run screens`. */

/** GitHub shows the README with a picture in it, also over a slow line. */
export const pictureBytesMax = 100_000;
const pictureCount = 12;

interface Picture {
  readonly name: string;
  readonly bytes: number;
}

/** Compares the pictures with their table in docs/screens/README.md, and with README.md, which shows at least one. */
export function wrongPictures(pictures: readonly Picture[], table: string, readme: string): string[] {
  const there = pictures.map(({ name }) => name);
  const listed = [...table.matchAll(/^\| !\[[^\]]+\]\(([^)]+)\) \|/gmu)].map(([, name = '']) => name);
  const wrong: string[] = [];
  for (const name of there) if (!listed.includes(name)) wrong.push(`${name} is not in its table`);
  for (const name of listed) if (!there.includes(name)) wrong.push(`${name} is not there`);
  if (new Set(listed).size !== pictureCount || listed.length !== pictureCount)
    wrong.push(`its table has ${listed.length} pictures, and not ${pictureCount}`);
  for (const { name, bytes } of pictures)
    if (bytes > pictureBytesMax) wrong.push(`${name} has ${bytes} bytes, and not at most ${pictureBytesMax}`);
  const shown = [...readme.matchAll(/!\[[^\]]+\]\(docs\/screens\/([^)]+)\)/gu)].map(([, name = '']) => name);
  if (!shown.some((name) => there.includes(name))) wrong.push('README.md shows none of the pictures');
  return wrong.map((sentence) => `docs/screens: ${sentence}`);
}
