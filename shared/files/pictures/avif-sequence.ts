import { pictureFramesMax } from '../../limits.ts';
import { Av1Decoder, type CodedPicture, codedPicture } from './av1.ts';
import { boxesIn, contentOf, Fields } from './boxes.ts';
import { uint16 } from './bytes.ts';
import { type PictureSize } from './picture.ts';
import { type Scan, type ScannedFile } from './scan.ts';

/**
 * Returns the size and the frames of a sequence of AVIF: of the track with the pictures, and perhaps one with their alpha. Each sample is
 * read, because each could hold frames of another size.
 */
export function* sequenceOf(file: ScannedFile, movie: Uint8Array): Scan<PictureSize | undefined> {
  const tracks = boxesIn(movie)?.filter((box) => box.type === 'trak') ?? [];
  if (tracks.length === 0 || tracks.length > tracksMax) return undefined;
  let picture: PictureSize | undefined;
  for (const { start, end } of tracks) {
    const track = trackOf(movie.subarray(start, end));
    if (track === undefined) return undefined;
    const { width, height } = track.size;
    if (picture !== undefined && (picture.width !== width || picture.height !== height)) return undefined;
    const decoder = new Av1Decoder();
    for (const sample of track.samples) {
      const coded = yield* codedPicture(file, sample.start, sample.end, decoder);
      if (coded?.width !== width || coded.height !== height) return undefined;
    }
    picture = { width, height, frames: Math.max(picture?.frames ?? 0, track.samples.length) };
  }
  return picture;
}

const tracksMax = 2;

interface Track {
  readonly size: CodedPicture;
  readonly samples: readonly { readonly start: number; readonly end: number }[];
}

function trackOf(track: Uint8Array): Track | undefined {
  const media = contentOf(track, 'mdia');
  const table = contentOf(contentOf(media, 'minf'), 'stbl');
  const size = entrySize(contentOf(table, 'stsd'));
  const samples = samplesOf(table);
  return size === undefined || samples === undefined ? undefined : { size, samples };
}

/** The one description of the samples: AV1, with its width and height after 24 bytes. */
function entrySize(content: Uint8Array | undefined): CodedPicture | undefined {
  const entries = content && boxesIn(content.subarray(8));
  const [entry] = entries ?? [];
  if (content === undefined || entry?.type !== 'av01' || entries?.length !== 1) return undefined;
  const data = content.subarray(8 + entry.start, 8 + entry.end);
  const size = { width: uint16(data, 24), height: uint16(data, 26) };
  // What follows can cut a part out of the picture.
  const properties = boxesIn(data.subarray(78)) ?? [];
  const isCut = properties.some((box) => box.type === 'clap');
  return data.length >= 78 && size.width > 0 && size.height > 0 && !isCut ? size : undefined;
}

/** Puts the lengths of the samples (stsz), the samples in each chunk (stsc) and the places of chunks (stco, co64) together. */
function samplesOf(table: Uint8Array | undefined): Track['samples'] | undefined {
  const lengths = sampleLengths(contentOf(table, 'stsz'));
  const chunks = chunkStarts(table);
  const inChunk = samplesInChunks(contentOf(table, 'stsc'));
  if (lengths === undefined || chunks === undefined || inChunk === undefined) return undefined;
  const samples: { start: number; end: number }[] = [];
  for (const [index, chunk] of chunks.entries()) {
    const count = inChunk.findLast((run) => run.firstChunk <= index + 1)?.samples ?? 0;
    let at = chunk;
    for (let sample = 0; sample < count; sample++) {
      const length = lengths[samples.length];
      if (length === undefined) return undefined;
      samples.push({ start: at, end: at + length });
      at += length;
    }
  }
  return samples.length > 0 && samples.length === lengths.length ? samples : undefined;
}

function sampleLengths(content: Uint8Array | undefined): readonly number[] | undefined {
  if (content === undefined) return undefined;
  const fields = new Fields(content);
  const common = fields.number(4);
  const count = fields.number(4);
  if (count > pictureFramesMax) return undefined;
  const lengths = Array.from({ length: count }, () => (common === 0 ? fields.number(4) : common));
  return fields.isPastEnd || lengths.includes(0) ? undefined : lengths;
}

function chunkStarts(table: Uint8Array | undefined): readonly number[] | undefined {
  const short = contentOf(table, 'stco');
  const long = contentOf(table, 'co64');
  const content = short ?? long;
  if (content === undefined || (short !== undefined && long !== undefined)) return undefined;
  const fields = new Fields(content);
  const count = fields.number(4);
  if (count > pictureFramesMax) return undefined;
  const starts = Array.from({ length: count }, () => fields.number(short === undefined ? 8 : 4));
  return fields.isPastEnd ? undefined : starts;
}

/** From a first chunk on, each chunk has so many samples. */
interface Run {
  readonly firstChunk: number;
  readonly samples: number;
}

function samplesInChunks(content: Uint8Array | undefined): readonly Run[] | undefined {
  if (content === undefined) return undefined;
  const fields = new Fields(content);
  const count = fields.number(4);
  if (count > runsMax) return undefined;
  const runs = Array.from({ length: count }, () => {
    const run = { firstChunk: fields.number(4), samples: fields.number(4) };
    fields.skip(4);
    return run;
  });
  const rises = runs.every(({ firstChunk }, index) => firstChunk > (runs[index - 1]?.firstChunk ?? 0));
  return rises && !fields.isPastEnd ? runs : undefined;
}

/** Each run is looked for in each chunk, of which there are at most as many as frames. */
const runsMax = 64;
