import { Grease } from './grease.ts';

/** For tests: GREASE at each opportunity, with one value after the other. */
export function eagerGrease(): Grease {
  let count = 0;
  return new Grease(() => {
    count = (count + 1) % 64;
    return Uint8Array.of(count * 4, 0);
  });
}
