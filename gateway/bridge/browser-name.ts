/**
 * Returns a name by which the user recognizes a browser: `Firefox on Linux`. It is coarse, because every browser may claim what
 * it likes. The first row that fits gives each part: most browsers also name those that they resemble.
 */
export function browserName(userAgent: string | undefined): string {
  const nameIn = (rows: readonly Row[]) => rows.find(([sign]) => userAgent?.includes(sign) === true)?.[1];
  const browser = nameIn(browsers);
  const system = nameIn(systems);
  if (browser === undefined && system === undefined) return 'Unknown browser';
  return system === undefined ? `${browser}` : `${browser ?? 'Browser'} on ${system}`;
}

type Row = readonly [sign: string, name: string];

const browsers: readonly Row[] = [
  ['Edg', 'Edge'],
  ['OPR/', 'Opera'],
  ['Vivaldi/', 'Vivaldi'],
  ['SamsungBrowser/', 'Samsung Internet'],
  ['FxiOS/', 'Firefox'],
  ['Firefox/', 'Firefox'],
  ['CriOS/', 'Chrome'],
  ['Chromium/', 'Chromium'],
  ['Chrome/', 'Chrome'],
  ['Safari/', 'Safari'],
];

const systems: readonly Row[] = [
  ['Android', 'Android'],
  ['iPhone', 'iPhone'],
  ['iPad', 'iPad'],
  ['CrOS', 'ChromeOS'],
  ['Windows', 'Windows'],
  ['Macintosh', 'macOS'],
  ['Linux', 'Linux'],
];
