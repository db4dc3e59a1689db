import { PackedDecoder } from '../../../shared/files/packed.ts';
import type { PackedRefusalCode } from '../../../shared/files/refusals.ts';
import type { UploadCheck } from '../uploads.ts';

/** Checks an upload that claims to be a packed stream, as it comes. It keeps the index and no bytes. */
export class PackedCheck implements UploadCheck<PackedRefusalCode> {
  readonly #decoder: PackedDecoder;
  #isAtEnd = false;

  /** @param size as it was announced */
  constructor(size: number) {
    this.#decoder = new PackedDecoder(size);
  }

  add(bytes: Uint8Array): PackedRefusalCode | undefined {
    for (const part of this.#decoder.add(bytes)) {
      if (part.type === 'refused') return part.code;
      if (part.type === 'end') this.#isAtEnd = true;
    }
    return undefined;
  }

  end(): PackedRefusalCode | undefined {
    return this.#isAtEnd ? undefined : 'packed-malformed';
  }
}
