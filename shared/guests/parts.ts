/** How an application frame travels in several messages of Noise (PROTOCOL 12.21). */

/** The longest message of Noise, with the tag of its cipher. */
export const noiseMessageBytesMax = 65_535;
export const noiseTagBytes = 16;
/** Bytes of a frame in one part, beside the byte that says what follows. */
export const partBytesMax = noiseMessageBytesMax - noiseTagBytes - 1;

const kinds = { last: 0, more: 1, admitted: 2 } as const;

/** The plaintext of the message by which the gateway says that the host lets the guest in. */
export function admissionPart(): Uint8Array {
  return Uint8Array.of(kinds.admitted);
}

/** Splits a frame. All parts but the last one are full. */
export function partsOf(frame: Uint8Array): Uint8Array[] {
  const parts: Uint8Array[] = [];
  for (let start = 0; start < frame.length; start += partBytesMax) {
    const body = frame.subarray(start, start + partBytesMax);
    const part = new Uint8Array(1 + body.length);
    part[0] = start + body.length < frame.length ? kinds.more : kinds.last;
    part.set(body, 1);
    parts.push(part);
  }
  return parts;
}

export type Joined =
  | { readonly type: 'incomplete' }
  | { readonly type: 'frame'; readonly frame: Uint8Array }
  | { readonly type: 'admitted' }
  | { readonly type: 'ended'; readonly reason: 'malformed' | 'too-long' };

/**
 * Joins the parts of frames. Because a part before the last one is full, the maximum of a frame also bounds the number of its
 * parts, and a peer that never ends a frame ends its session.
 */
export class PartJoiner {
  readonly #frameBytesMax: number;
  #parts: Uint8Array[] = [];
  #byteCount = 0;

  constructor(frameBytesMax: number) {
    this.#frameBytesMax = frameBytesMax;
  }

  add(part: Uint8Array): Joined {
    const [kind] = part;
    const body = part.subarray(1);
    switch (kind) {
      case kinds.admitted:
        return body.length === 0 && this.#parts.length === 0 ? { type: 'admitted' } : malformed;
      case kinds.last:
        return this.#addBody(body) ?? { type: 'frame', frame: this.#take() };
      case kinds.more:
        if (body.length !== partBytesMax) return malformed;
        return this.#addBody(body) ?? { type: 'incomplete' };
      default:
        return malformed;
    }
  }

  #addBody(body: Uint8Array): Joined | undefined {
    if (body.length === 0) return malformed;
    if (this.#byteCount + body.length > this.#frameBytesMax) return { type: 'ended', reason: 'too-long' };
    this.#byteCount += body.length;
    this.#parts.push(body);
    return undefined;
  }

  #take(): Uint8Array {
    const frame = new Uint8Array(this.#byteCount);
    let offset = 0;
    for (const part of this.#parts) {
      frame.set(part, offset);
      offset += part.length;
    }
    this.#parts = [];
    this.#byteCount = 0;
    return frame;
  }
}

const malformed = { type: 'ended', reason: 'malformed' } as const;
