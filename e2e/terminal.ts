import type { Gateway } from './gateways.ts';
import { expect } from './test.ts';

/** Waits until a gateway at a prompt, or a server, has printed a line with these words. */
export function says(
  gateway: Gateway,
  words: string | RegExp,
  options: { readonly timeout?: number } = {},
): Promise<void> {
  const matching = typeof words === 'string' ? expect.stringContaining(words) : expect.stringMatching(words);
  return expect.poll(() => gateway.stdout, options).toContainEqual(matching);
}
