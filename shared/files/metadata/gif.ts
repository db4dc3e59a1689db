import { textAt } from '../pictures/bytes.ts';
import { gifHeadEnd, walkGif } from '../pictures/gif.ts';
import { type Scan, type ScannedFile } from '../pictures/scan.ts';
import { type Parts } from './parts.ts';

/** Keeps the frames, what belongs to each of them, and how often they repeat. */
export function* gifWithoutMetadata(file: ScannedFile, bytes: Uint8Array): Scan<Parts | undefined> {
  const headEnd = yield* gifHeadEnd(file);
  if (headEnd === undefined) return undefined;
  const parts = [bytes.subarray(0, headEnd)];
  let control: Uint8Array | undefined;
  // eslint-disable-next-line require-yield -- the bytes are here, so nothing is asked for
  const whole = yield* walkGif(file, function* ({ kind, start, end }) {
    const part = bytes.subarray(start, end);
    if (kind === labels.control) control = part.length === controlBytes ? part : undefined;
    else if (kind === labels.application) {
      if (isLoop(part)) parts.push(part);
    } else if (kind === 'frame') {
      if (control !== undefined) parts.push(control);
      parts.push(part);
      control = undefined;
    } else if (kind === labels.text) control = undefined;
    return true;
  });
  return whole ? [...parts, Uint8Array.of(0x3b)] : undefined;
}

const labels = { text: 0x01, control: 0xf9, application: 0xff } as const;
const controlBytes = 8;
const loopBytes = 19;

/** Any other extension of a program is its own, such as XMP. */
function isLoop(part: Uint8Array): boolean {
  const name = textAt(part, 3, 11);
  const isKnown = name === 'NETSCAPE2.0' || name === 'ANIMEXTS1.0';
  return isKnown && part.length === loopBytes && part[2] === 11 && part[14] === 3 && part[15] === 1;
}
