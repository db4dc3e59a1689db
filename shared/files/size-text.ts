/** `0 B`, `1.1 KiB`, `3.4 MiB`: a size in texts for programs and terminals. Rounded up, so that something is never nothing. */
export function sizeText(bytes: number): string {
  if (bytes < 1_024) return `${bytes} B`;
  for (const [unit, size] of units) if (bytes < 1_024 * size) return `${rounded(bytes / size)} ${unit}`;
  return `${rounded(bytes / 1_024 ** 4)} TiB`;
}

const units = [
  ['KiB', 1_024],
  ['MiB', 1_024 ** 2],
  ['GiB', 1_024 ** 3],
] as const;

function rounded(amount: number): number {
  return amount < 100 ? Math.ceil(amount * 10) / 10 : Math.ceil(amount);
}
