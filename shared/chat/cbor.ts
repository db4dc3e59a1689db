/**
 * Reads CBOR (RFC 8949) from untrusted peers: any well-formed item, whatever a later version puts into fields that this one does
 * not know. Hostile input is a value, never a throw.
 */

/**
 * Stands for an item of a kind that no field of this protocol has: a float, a tag, an integer that is not safe, `undefined`
 * or another simple value, or a map with a key that is not a text. It fits no schema, so a known field that holds one is
 * malformed, and an unknown field is ignored.
 */
export const foreign: unique symbol = Symbol('an item of a kind that the protocol does not use');

export type CborValue =
  | number
  | string
  | boolean
  | null
  | Uint8Array
  | typeof foreign
  | readonly CborValue[]
  | { readonly [key: string]: CborValue };

/** Items inside of items, tags included. What is nested deeper is malformed, so that no input can exhaust the stack. */
export const cborDepthMax = 64;

/**
 * Returns the one item that the bytes hold; undefined for anything else: bytes that are not well-formed or follow the item,
 * a text that is not UTF-8, a map that has a text key twice, or items nested deeper than `cborDepthMax`.
 */
export function decodeCbor(bytes: Uint8Array): CborValue | undefined {
  const reader = new CborReader(bytes);
  try {
    const value = reader.read(0);
    return reader.isAtEnd ? value : undefined;
  } catch (error) {
    if (error === malformed) return undefined;
    throw error;
  }
}

/** One error for all. The reader is not told what is wrong with a stranger's bytes, so no stack is taken for each. */
const malformed = new Error('malformed CBOR');

const major = { unsigned: 0, negative: 1, bytes: 2, text: 3, array: 4, map: 5, tag: 6, simple: 7 } as const;
/** The additional information of an item without a length (RFC 8949 section 3.2.1). */
const indefinite = 31;
const breakByte = 0xff;

class CborReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get isAtEnd(): boolean {
    return this.#offset === this.#bytes.length;
  }

  /** Throws `malformed`. */
  read(depth: number): CborValue {
    if (depth > cborDepthMax) throw malformed;
    const initial = this.#byte();
    const [type, info] = [initial >> 5, initial & 0x1f];
    switch (type) {
      case major.unsigned:
        return this.#integer(info, (value) => value);
      case major.negative:
        return this.#integer(info, (value) => -1 - value);
      case major.bytes:
        return this.#string(type, info);
      case major.text:
        return this.#text(info);
      case major.array:
        return this.#array(info, depth);
      case major.map:
        return this.#map(info, depth);
      case major.tag:
        this.#argument(info);
        this.read(depth + 1);
        return foreign;
      default:
        return this.#simple(info);
    }
  }

  #integer(info: number, valueOf: (argument: number) => number): number | typeof foreign {
    const value = valueOf(this.#argument(info));
    return Number.isSafeInteger(value) ? value : foreign;
  }

  #text(info: number): string {
    if (info !== indefinite) return textOf(this.#take(this.#argument(info)));
    // Each part is valid UTF-8 of its own (RFC 8949 section 3.2.3).
    return this.#parts(major.text).map(textOf).join('');
  }

  #string(type: number, info: number): Uint8Array {
    // A copy, also of a Buffer: its `slice` would be a view of memory that is used again.
    if (info !== indefinite) return new Uint8Array(this.#take(this.#argument(info)));
    const parts = this.#parts(type);
    const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
    let offset = 0;
    for (const part of parts) {
      whole.set(part, offset);
      offset += part.length;
    }
    return whole;
  }

  /** The parts of a string without a length: strings of the same type with a length, up to a break. */
  #parts(type: number): Uint8Array[] {
    const parts: Uint8Array[] = [];
    while (!this.#tookBreak()) {
      const initial = this.#byte();
      if (initial >> 5 !== type || (initial & 0x1f) === indefinite) throw malformed;
      parts.push(this.#take(this.#argument(initial & 0x1f)));
    }
    return parts;
  }

  #array(info: number, depth: number): CborValue[] {
    const items: CborValue[] = [];
    this.#forEach(info, () => items.push(this.read(depth + 1)));
    return items;
  }

  #map(info: number, depth: number): CborValue {
    const map: Record<string, CborValue> = {};
    let otherKeys = 0;
    this.#forEach(info, () => {
      const key = this.#key(depth + 1);
      const value = this.read(depth + 1);
      if (typeof key !== 'string') otherKeys++;
      else if (Object.hasOwn(map, key)) throw malformed;
      // A plain assignment would set the prototype, and is several times as fast for all other keys.
      else if (key === '__proto__')
        Object.defineProperty(map, key, { value, enumerable: true, configurable: true, writable: true });
      else map[key] = value;
    });
    return otherKeys === 0 ? map : foreign;
  }

  /** Nearly all keys are names of fields. */
  #key(depth: number): CborValue {
    const initial = this.#bytes[this.#offset] ?? 0;
    const length = initial & 0x1f;
    if (initial >> 5 !== major.text || length > nameBytesMax) return this.read(depth);
    this.#offset++;
    return nameOf(this.#take(length));
  }

  #simple(info: number): boolean | null | typeof foreign {
    switch (info) {
      case 20:
        return false;
      case 21:
        return true;
      case 22:
        return null;
      case 24:
        // Values below 32 have a form of one byte, and no other (RFC 8949 section 3.3).
        if (this.#byte() < 32) throw malformed;
        return foreign;
      case indefinite:
        // A break where none can be.
        throw malformed;
      default:
        // Other simple values, and floats of 2, 4 and 8 bytes.
        this.#argument(info);
        return foreign;
    }
  }

  /** Calls `readEntry` for each entry of an array or map. */
  #forEach(info: number, readEntry: () => void): void {
    if (info === indefinite) while (!this.#tookBreak()) readEntry();
    else for (let left = this.#argument(info); left > 0; left--) readEntry();
  }

  /** The argument of an item's head. Above 2^53 it may lose its last bits, where only its size counts. */
  #argument(info: number): number {
    if (info < 24) return info;
    switch (info) {
      case 24:
        return this.#byte();
      case 25:
        return this.#view.getUint16(this.#skip(2));
      case 26:
        return this.#view.getUint32(this.#skip(4));
      case 27:
        return Number(this.#view.getBigUint64(this.#skip(8)));
      default:
        throw malformed;
    }
  }

  #tookBreak(): boolean {
    if (this.#bytes[this.#offset] !== breakByte) return false;
    this.#offset++;
    return true;
  }

  #byte(): number {
    return this.#view.getUint8(this.#skip(1));
  }

  #take(length: number): Uint8Array {
    const start = this.#skip(length);
    return this.#bytes.subarray(start, start + length);
  }

  /** Moves over the next bytes, which must be there, and returns where they begin. */
  #skip(length: number): number {
    const start = this.#offset;
    if (length > this.#bytes.length - start) throw malformed;
    this.#offset = start + length;
    return start;
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function textOf(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw malformed;
  }
}

/** Names of fields are this short: the length is in the first byte of the item. To call the decoder for each would cost the most. */
const nameBytesMax = 23;
/** The newest name of each hash. A sender of other names gets slower answers, and takes no more memory. */
const names: ({ readonly bytes: Uint8Array; readonly text: string } | undefined)[] = [];
const namesMax = 1_024;

function nameOf(bytes: Uint8Array): string {
  let hash = bytes.length;
  for (let index = 0; index < bytes.length; index++) hash = (Math.imul(hash, 31) + (bytes[index] ?? 0)) | 0;
  const slot = hash & (namesMax - 1);
  const known = names[slot];
  if (known !== undefined && isSame(known.bytes, bytes)) return known.text;
  const text = textOf(bytes);
  names[slot] = { bytes: bytes.slice(), text };
  return text;
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  if (one.length !== other.length) return false;
  for (let index = 0; index < one.length; index++) if (one[index] !== other[index]) return false;
  return true;
}
