import { labelledHash, type Blake2b } from './handshake-format.ts';

const wordBits = 11;
const wordCount = 4;

/** The words that a user compares. */
export type FourWords = readonly [string, string, string, string];

/**
 * The first 44 bits of a hash of the handshake hash, 11 bits for each word of a list of 2,048 (PROTOCOL 12.16). Both sides of one
 * handshake have the same words.
 */
export function fourWords(
  handshakeHash: Uint8Array,
  wordList: readonly string[],
  blake2b: Blake2b,
): FourWords {
  if (wordList.length !== 1 << wordBits) throw new RangeError(`a list of ${wordList.length} words`);
  const digest = labelledHash('chatagram guest words 1', [handshakeHash], blake2b);
  let bits = digest.slice(0, 6).reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n) >> 4n;
  const words: string[] = [];
  for (let place = 0; place < wordCount; place++) {
    words.unshift(wordList[Number(bits & 2_047n)] ?? '');
    bits >>= BigInt(wordBits);
  }
  const [first = '', second = '', third = '', fourth = ''] = words;
  return [first, second, third, fourth];
}
