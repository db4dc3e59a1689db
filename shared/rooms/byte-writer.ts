import { writeHex } from '../ids.ts';

/** Writes the bytes that are signed and hashed, without an array for each field: a log of 100,000 entries has 2 million of them. */
export class ByteWriter {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  /** `length`: of all that will be written. */
  constructor(length: number) {
    this.bytes = new Uint8Array(length);
    this.#view = new DataView(this.bytes.buffer);
  }

  raw(bytes: Uint8Array): this {
    this.bytes.set(bytes, this.#at);
    this.#at += bytes.length;
    return this;
  }

  /** The bytes of an id, a key or a digest. */
  hex(text: string): this {
    writeHex(text, this.bytes, this.#at);
    this.#at += text.length / 2;
    return this;
  }

  ascii(text: string): this {
    for (let index = 0; index < text.length; index++) this.byte(text.charCodeAt(index));
    return this;
  }

  byte(value: number): this {
    this.#view.setUint8(this.#at++, value);
    return this;
  }

  /** 8 bytes, signed and big-endian. The value must be a safe integer. */
  int64(value: number): this {
    this.#view.setInt32(this.#at, Math.floor(value / 2 ** 32));
    this.#view.setUint32(this.#at + 4, value >>> 0);
    this.#at += 8;
    return this;
  }
}
