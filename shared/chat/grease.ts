import { encode } from 'cborg';
import { fromHex } from '../ids.ts';

/** Of so many messages, one gets an unknown field on average; of so many, one is followed by a message of an unknown kind. */
const fieldInterval = 16;
const kindInterval = 1_024;

const namePrefix = 'grease-';

/** Whether a name means nothing, in any program (PROTOCOL 6.65). */
export function isGrease(name: string): boolean {
  return name.startsWith(namePrefix);
}

/** Well-formed items of all sorts, most of which no field of the protocol has. */
const values = [
  '00',
  '3bffffffffffffffff',
  '43010203',
  '5f41014102ff',
  '6161',
  '820102',
  '9f01ff',
  'a10102',
  'a16161a0',
  'c249010000000000000000',
  'd9d9f7f4',
  'f6',
  'f7',
  'f8ff',
  'f93c00',
  'f97e00',
  'fb3ff199999999999a',
].map(fromHex);

/**
 * Unknown fields, kinds and features that this program sends on purpose, at random (GREASE, RFC 8701). A reader that does
 * not survive them is found now, and not by the first version that adds something (PROTOCOL 6.65).
 */
export class Grease {
  /** The same in the whole life of a process, so that it is no news in the client table. */
  readonly feature: string;
  readonly #random: (byteCount: number) => Uint8Array;

  constructor(random: (byteCount: number) => Uint8Array) {
    this.#random = random;
    this.feature = this.#name();
  }

  /** Returns the encoded map, now and then with one more field. */
  map(bytes: Uint8Array): Uint8Array {
    const head = bytes[0] ?? 0;
    // A map with a head of one byte, also with one more field.
    if (head < 0xa0 || head >= 0xb7 || this.#below(fieldInterval) !== 0) return bytes;
    const key = encode(this.#name());
    const value = values[this.#below(values.length)] ?? new Uint8Array(0);
    const longer = new Uint8Array(bytes.length + key.length + value.length);
    longer.set(bytes);
    longer[0] = head + 1;
    longer.set(key, bytes.length);
    longer.set(value, bytes.length + key.length);
    return longer;
  }

  /** Returns a message of an unknown kind now and then. */
  message(): Uint8Array | undefined {
    return this.#below(kindInterval) === 0 ? this.map(encode({ kind: this.#name() })) : undefined;
  }

  #name(): string {
    return `${namePrefix}${this.#below(256)}`;
  }

  #below(limit: number): number {
    const [high = 0, low = 0] = this.#random(2);
    return ((high << 8) | low) % limit;
  }
}
