import { fourWords, type FourWords } from '../../../shared/guests/words.ts';
import { pageBlake2b } from './noise.ts';

/** The four words of a handshake. Only a guest without a link needs the list, so it is loaded here. */
export async function wordsOfHandshake(handshakeHash: Uint8Array): Promise<FourWords> {
  const { wordlist } = await import('@scure/bip39/wordlists/english.js');
  return fourWords(handshakeHash, wordlist, pageBlake2b);
}
