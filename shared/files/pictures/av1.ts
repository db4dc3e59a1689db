import { byteAt } from './bytes.ts';
import { type Scan, type ScannedFile } from './scan.ts';

/**
 * The sizes in the bits of AV1, from which a decoder allocates. A container can claim a small picture around a huge one. The names are
 * those of the AV1 specification, sections 5.5 and 5.9.
 */

export interface CodedPicture {
  readonly width: number;
  readonly height: number;
}

interface Sequence extends CodedPicture {
  readonly isReduced: boolean;
  /** Bits of a presentation time that each shown frame has; 0 if it has none. */
  readonly presentationTimeBits: number;
  /** Bits of the number of a frame; 0 if it has none. */
  readonly frameIdBits: number;
  /** 0, 1, or 2 if each frame says so. */
  readonly screenContentTools: number;
  readonly integerMotionVectors: number;
}

/**
 * Reads the units of a range. Returns the size that they have, or undefined if they have none or several, if a frame has a size of its own,
 * or if they are damaged. `previous` is the size of what was decoded before them.
 */
export function* codedPicture(
  file: ScannedFile,
  from: number,
  to: number,
  previous: Av1Decoder = new Av1Decoder(),
): Scan<CodedPicture | undefined> {
  let at = from;
  while (at < to) {
    const head = yield* file.take(at, Math.min(unitHeadBytes, to - at));
    const unit = head === undefined ? undefined : unitAt(head, to - at);
    if (unit === undefined || at + unit.end > to) return undefined;
    const data = yield* file.take(at + unit.start, Math.min(unit.end - unit.start, unitReadBytes));
    if (data === undefined || !previous.takes(unit.type, data)) return undefined;
    at += unit.end;
  }
  return previous.size();
}

/** Decodes what decides the sizes. It goes on from one sample of a sequence to the next. */
export class Av1Decoder {
  #sequence: Sequence | undefined;
  #hasFrame = false;

  /** Returns false if the size changes or cannot be known. */
  takes(type: number, data: Uint8Array): boolean {
    switch (type) {
      case unitTypes.sequenceHeader: {
        const sequence = readSequence(new Bits(data));
        const known = this.#sequence;
        if (sequence === undefined) return false;
        if (known && (known.width !== sequence.width || known.height !== sequence.height)) return false;
        this.#sequence = sequence;
        return true;
      }
      case unitTypes.frameHeader:
      case unitTypes.redundantFrameHeader:
      case unitTypes.frame:
        this.#hasFrame = true;
        return this.#sequence !== undefined && !hasOwnSize(new Bits(data), this.#sequence);
      case unitTypes.tileList:
        return false;
      default:
        return true;
    }
  }

  size(): CodedPicture | undefined {
    return this.#hasFrame ? this.#sequence : undefined;
  }
}

const unitTypes = {
  sequenceHeader: 1,
  frameHeader: 3,
  frame: 6,
  redundantFrameHeader: 7,
  tileList: 8,
} as const;

/** A byte, perhaps one of an extension, and a length of at most 8 bytes. */
const unitHeadBytes = 10;
/** A sequence with 32 operating points has fewer than 512. */
const unitReadBytes = 1_024;

/** Returns the type of the unit and where its data begins and ends, from the first byte of the unit. */
function unitAt(
  head: Uint8Array,
  available: number,
): { readonly type: number; readonly start: number; readonly end: number } | undefined {
  const flags = byteAt(head, 0);
  if ((flags & 0x80) !== 0) return undefined;
  const type = (flags >> 3) & 15;
  let start = (flags & 4) === 0 ? 1 : 2;
  if ((flags & 2) === 0) return { type, start, end: available };
  let length = 0;
  for (let index = 0; index < 8; index++) {
    const byte = head[start++];
    if (byte === undefined) return undefined;
    length += (byte & 0x7f) * 2 ** (7 * index);
    if ((byte & 0x80) === 0) return length < 2 ** 32 ? { type, start, end: start + length } : undefined;
  }
  return undefined;
}

/** Reads bits. Past the end they are 0, and `isPastEnd` says so. */
class Bits {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isPastEnd(): boolean {
    return this.#at > 8 * this.#bytes.length;
  }

  read(count: number): number {
    let value = 0;
    for (let index = 0; index < count; index++, this.#at++)
      value = 2 * value + ((byteAt(this.#bytes, this.#at >> 3) >> (7 - (this.#at & 7))) & 1);
    return value;
  }

  flag(): boolean {
    return this.read(1) === 1;
  }

  /** Skips a number with as many zeros before it as it has bits. */
  skipVariable(): void {
    let zeros = 0;
    while (!this.isPastEnd && zeros < 32 && !this.flag()) zeros++;
    this.read(zeros);
  }
}

interface Timing {
  presentationTimeBits: number;
  bufferDelayBits: number;
}

function readSequence(bits: Bits): Sequence | undefined {
  bits.read(3 + 1);
  const isReduced = bits.flag();
  let timing: Timing = { presentationTimeBits: 0, bufferDelayBits: 0 };
  if (isReduced) bits.read(5);
  else {
    timing = readTiming(bits);
    skipOperatingPoints(bits, timing.bufferDelayBits);
  }
  const widthBits = 1 + bits.read(4);
  const heightBits = 1 + bits.read(4);
  const width = 1 + bits.read(widthBits);
  const height = 1 + bits.read(heightBits);
  const frameIdBits = !isReduced && bits.flag() ? 2 + bits.read(4) + 1 + bits.read(3) : 0;
  // Large superblocks and two filters inside of a frame.
  bits.read(3);
  const tools = isReduced ? { screenContentTools: 2, integerMotionVectors: 2 } : readTools(bits);
  if (bits.isPastEnd) return undefined;
  return {
    width,
    height,
    isReduced,
    presentationTimeBits: timing.presentationTimeBits,
    frameIdBits,
    ...tools,
  };
}

/** timing_info and decoder_model_info. */
function readTiming(bits: Bits): Timing {
  const none = { presentationTimeBits: 0, bufferDelayBits: 0 };
  if (!bits.flag()) return none;
  bits.read(32 + 32);
  const isEven = bits.flag();
  if (isEven) bits.skipVariable();
  if (!bits.flag()) return none;
  const bufferDelayBits = 1 + bits.read(5);
  bits.read(32 + 5);
  const presentationTimeBits = 1 + bits.read(5);
  return { bufferDelayBits, presentationTimeBits: isEven ? 0 : presentationTimeBits };
}

function skipOperatingPoints(bits: Bits, bufferDelayBits: number): void {
  const hasDisplayDelay = bits.flag();
  const points = 1 + bits.read(5);
  for (let point = 0; point < points; point++) {
    bits.read(12);
    if (bits.read(5) > 7) bits.read(1);
    if (bufferDelayBits > 0 && bits.flag()) bits.read(2 * bufferDelayBits + 1);
    if (hasDisplayDelay && bits.flag()) bits.read(4);
  }
}

function readTools(bits: Bits): Pick<Sequence, 'screenContentTools' | 'integerMotionVectors'> {
  // Compounds, warped motion, and filters in two directions.
  bits.read(4);
  const hasOrderHint = bits.flag();
  if (hasOrderHint) bits.read(2);
  const screenContentTools = bits.flag() ? 2 : bits.read(1);
  const integerMotionVectors = screenContentTools === 0 || bits.flag() ? 2 : bits.read(1);
  if (hasOrderHint) bits.read(3);
  return { screenContentTools, integerMotionVectors };
}

/** Whether a frame has another size than its sequence. Also if its header ends before it says so. */
function hasOwnSize(bits: Bits, sequence: Sequence): boolean {
  if (sequence.isReduced) return false;
  const showsExisting = bits.flag();
  if (showsExisting) return false;
  const type = bits.read(2);
  const isShown = bits.flag();
  if (isShown) bits.read(sequence.presentationTimeBits);
  else bits.read(1);
  const isSwitch = type === 3;
  if (!isSwitch && !(type === 0 && isShown)) bits.read(1);
  bits.read(1);
  const hasTools = sequence.screenContentTools === 2 ? bits.flag() : sequence.screenContentTools === 1;
  if (hasTools && sequence.integerMotionVectors === 2) bits.read(1);
  bits.read(sequence.frameIdBits);
  return isSwitch || bits.flag() || bits.isPastEnd;
}
