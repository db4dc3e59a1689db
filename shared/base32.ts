/** Crockford's base32: no i, l, o (they look like digits), and no u. */
const digits = '0123456789abcdefghjkmnpqrstvwxyz';

/** Returns the characters without hyphens and spaces, in lower case, with `i` and `l` as 1 and `o` as 0. */
export function base32Characters(text: string): string {
  return text.toLowerCase().replaceAll(/[-\s]/gu, '').replaceAll(/[il]/gu, '1').replaceAll('o', '0');
}

/** Five bits a character, the highest first. Zero bits fill the last character. */
export function encodeBase32(bytes: Uint8Array): string {
  let text = '';
  let bits = 0;
  let bitCount = 0;
  for (const byte of bytes) {
    bits = (bits << 8) | byte;
    bitCount += 8;
    for (; bitCount >= 5; bitCount -= 5) text += digits.charAt((bits >> (bitCount - 5)) & 31);
    bits &= 31;
  }
  return bitCount === 0 ? text : text + digits.charAt((bits << (5 - bitCount)) & 31);
}

/** Undefined for another character, and for a last character with filling bits that are not zero. */
export function decodeBase32(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(Math.floor((text.length * 5) / 8));
  let length = 0;
  let bits = 0;
  let bitCount = 0;
  for (const character of text) {
    const value = digits.indexOf(character);
    if (value < 0) return undefined;
    bits = (bits << 5) | value;
    bitCount += 5;
    if (bitCount < 8) continue;
    bitCount -= 8;
    bytes[length++] = bits >> bitCount;
    bits &= (1 << bitCount) - 1;
  }
  return bits === 0 ? bytes : undefined;
}

/** `k7q2-m4xd-9f3a-t6nz` */
export function inGroupsOfFour(characters: string): string {
  return characters.replaceAll(/.{4}(?=.)/gu, '$&-');
}
