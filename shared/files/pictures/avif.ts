import { turned } from '../exif.ts';
import { type CodedPicture, codedPicture } from './av1.ts';
import { sequenceOf } from './avif-sequence.ts';
import { type Box, boxesIn, contentOf, Fields, topBoxes } from './boxes.ts';
import { byteAt, textAt, uint32 } from './bytes.ts';
import { type PictureSize } from './picture.ts';
import { type Scan, type ScannedFile } from './scan.ts';

/**
 * AVIF: a still picture of one item, or a sequence. The size in the boxes must be the size in the AV1 bits, because decoders allocate by the
 * latter. Grids of several items, pictures that are cut out of larger ones, and items in several parts are unreadable: no phone and
 * no browser makes them, and each would need rules of its own.
 */
export function* scanAvif(file: ScannedFile): Scan<PictureSize | undefined> {
  const boxes = yield* topBoxes(file);
  if (boxes?.[0]?.type !== 'ftyp') return undefined;
  const brands = yield* file.take(0, Math.min(boxes[0].end, brandsBytesMax));
  if (brands === undefined || boxes[0].end > brandsBytesMax) return undefined;
  const meta = yield* onlyBox(file, boxes, 'meta');
  const movie = yield* onlyBox(file, boxes, 'moov');
  if (meta === 'several' || movie === 'several') return undefined;
  const still = meta === undefined ? undefined : yield* stillOf(file, meta);
  if (movie === undefined || !/avis/.test(textAt(brands, 8, brands.length - 8))) return still;
  const sequence = yield* sequenceOf(file, movie);
  if (sequence === undefined || (meta !== undefined && still === undefined)) return undefined;
  const isSame = still === undefined || (still.width === sequence.width && still.height === sequence.height);
  return isSame ? sequence : undefined;
}

const brandsBytesMax = 256;
/** Both describe a picture and do not hold it. A profile of colours can be large. */
const describingBytesMax = 1024 * 1024;

function* onlyBox(
  file: ScannedFile,
  boxes: readonly Box[],
  type: string,
): Scan<Uint8Array | 'several' | undefined> {
  const [box, ...others] = boxes.filter((candidate) => candidate.type === type);
  if (box === undefined) return undefined;
  const length = box.end - box.start;
  const bytes = length <= describingBytesMax ? yield* file.take(box.start, length) : undefined;
  // The next range that is read takes the place of these bytes.
  return bytes === undefined || others.length > 0 ? 'several' : bytes.slice();
}

/** Returns the size of the primary item, if all coded items are what the boxes say, and none is larger. */
function* stillOf(file: ScannedFile, meta: Uint8Array): Scan<PictureSize | undefined> {
  const inside = meta.subarray(4);
  const items = itemsOf(inside);
  const primary = primaryOf(inside);
  const picture = items?.find((item) => item.id === primary);
  if (items === undefined || picture?.size === undefined || items.length > itemsMax) return undefined;
  for (const { type, size, place } of items) {
    if (type !== 'av01') {
      if (derivedTypes.has(type)) return undefined;
      continue;
    }
    if (size === undefined || place === undefined) return undefined;
    if (size.width > picture.size.width || size.height > picture.size.height) return undefined;
    const coded = yield* codedPicture(file, place.start, place.end);
    if (coded?.width !== size.width || coded.height !== size.height) return undefined;
  }
  if (picture.type !== 'av01') return undefined;
  return { ...turned(picture.size.width, picture.size.height, picture.isTurned ? 6 : 1), frames: 1 };
}

/** A picture, its alpha, a gain map, a thumbnail, and descriptions. */
const itemsMax = 16;
/** Items that are made of other items. */
const derivedTypes: ReadonlySet<string> = new Set(['grid', 'iovl', 'iden', 'tili']);

interface Item {
  readonly id: number;
  readonly type: string;
  readonly size?: CodedPicture;
  readonly isTurned: boolean;
  readonly place?: { readonly start: number; readonly end: number };
}

function primaryOf(meta: Uint8Array): number | undefined {
  const content = contentOf(meta, 'pitm');
  if (content === undefined) return undefined;
  const fields = new Fields(content);
  return fields.number(fields.version === 0 ? 2 : 4);
}

function itemsOf(meta: Uint8Array): readonly Item[] | undefined {
  const types = itemTypes(contentOf(meta, 'iinf'));
  const places = itemPlaces(contentOf(meta, 'iloc'));
  const properties = itemProperties(contentOf(meta, 'iprp'));
  if (types === undefined || places === undefined || properties === undefined) return undefined;
  return [...types].map(([id, type]) => {
    const place = places.get(id);
    const { size, isTurned } = properties.get(id) ?? { isTurned: false };
    return { id, type, isTurned, ...(size && { size }), ...(place && { place }) };
  });
}

function itemTypes(content: Uint8Array | undefined): ReadonlyMap<number, string> | undefined {
  if (content === undefined) return undefined;
  const inside = content.subarray(4 + (content[0] === 0 ? 2 : 4));
  const entries = boxesIn(inside);
  if (entries === undefined) return undefined;
  const types = new Map<number, string>();
  for (const entry of entries) {
    const fields = new Fields(inside.subarray(entry.start, entry.end));
    if (entry.type !== 'infe' || fields.version < 2) return undefined;
    const id = fields.number(fields.version === 2 ? 2 : 4);
    fields.skip(2);
    if (types.has(id)) return undefined;
    types.set(id, fields.text(4));
  }
  return types;
}

/** Only items in one part, in the file itself. Others have no place. */
function itemPlaces(
  content: Uint8Array | undefined,
): ReadonlyMap<number, { readonly start: number; readonly end: number }> | undefined {
  if (content === undefined) return undefined;
  const fields = new Fields(content);
  const sizes = fields.number(2);
  const [offsetBytes, lengthBytes, baseBytes] = [sizes >> 12, (sizes >> 8) & 15, (sizes >> 4) & 15];
  const indexBytes = fields.version === 0 ? 0 : sizes & 15;
  if (fields.version > 2 || ![offsetBytes, lengthBytes, baseBytes, indexBytes].every(isFieldLength))
    return undefined;
  const places = new Map<number, { start: number; end: number }>();
  const idBytes = fields.version < 2 ? 2 : 4;
  const count = fields.number(idBytes);
  for (let item = 0; item < count && !fields.isPastEnd; item++) {
    const id = fields.number(idBytes);
    const method = fields.version === 0 ? 0 : fields.number(2) & 15;
    const reference = fields.number(2);
    const base = fields.number(baseBytes);
    const extents = fields.number(2);
    if (extents !== 1) {
      fields.skip(extents * (indexBytes + offsetBytes + lengthBytes));
      continue;
    }
    fields.skip(indexBytes);
    const start = base + fields.number(offsetBytes);
    const end = start + fields.number(lengthBytes);
    if (places.has(id)) return undefined;
    if (method === 0 && reference === 0) places.set(id, { start, end });
  }
  return fields.isPastEnd ? undefined : places;
}

function isFieldLength(bytes: number): boolean {
  return bytes === 0 || bytes === 4 || bytes === 8;
}

interface Properties {
  size?: CodedPicture;
  isTurned: boolean;
}

/** The properties of each item. Undefined if an item has two sizes, or a property that cuts a part out of it. */
function itemProperties(content: Uint8Array | undefined): ReadonlyMap<number, Properties> | undefined {
  const container = contentOf(content, 'ipco');
  const associations = contentOf(content, 'ipma');
  const boxes = container && boxesIn(container);
  if (container === undefined || associations === undefined || boxes === undefined) return undefined;
  const fields = new Fields(associations);
  const items = new Map<number, Properties>();
  const count = fields.number(4);
  for (let entry = 0; entry < count && !fields.isPastEnd; entry++) {
    const id = fields.number(fields.version === 0 ? 2 : 4);
    if (items.has(id)) return undefined;
    const properties: Properties = { isTurned: false };
    items.set(id, properties);
    const links = fields.number(1);
    for (let link = 0; link < links; link++) {
      const isWide = (fields.flags & 1) === 1;
      const index = isWide ? fields.number(2) & 0x7fff : fields.number(1) & 0x7f;
      const box = boxes[index - 1];
      if (index === 0) continue;
      if (box === undefined || !addProperty(properties, box.type, container.subarray(box.start, box.end)))
        return undefined;
    }
  }
  return fields.isPastEnd ? undefined : items;
}

function addProperty(properties: Properties, type: string, content: Uint8Array): boolean {
  if (type === 'clap') return false;
  if (type === 'irot') properties.isTurned = (byteAt(content, 0) & 1) === 1;
  if (type !== 'ispe') return true;
  if (properties.size !== undefined || content.length !== 12) return false;
  properties.size = { width: uint32(content, 4), height: uint32(content, 8) };
  return properties.size.width > 0 && properties.size.height > 0;
}
