import {
  fileBytesMax,
  packedDepthMax,
  packedEntriesMax,
  packedIndexBytesMax,
  packedPathBytesMax,
} from '../limits.ts';
import { textBytes } from '../message.ts';
import { checkFileName, FolderNames } from './names.ts';
import type { PackedRefusalCode } from './refusals.ts';
import { isFileSize } from './tree.ts';

/**
 * A packed stream (PROTOCOL 13.18 to 13.23): a folder or several files as one file without compression. First stands the index,
 * then the bytes of the files one after the other:
 *
 *     head     `chatpack`, the version, the length of the index, the number of entries
 *     index    one entry for each folder and each file: its folder, its name; of a file also its size and its offset
 *     bytes    those of the files, in the order of the index
 *
 * An entry names its folder by number, so there are no paths, and nothing but folders and files can be said. A name is checked
 * as data. `safePathsOf` says under which names the entries may stand on a disk.
 */

export interface PackedFolder {
  readonly type: 'folder';
  readonly path: readonly string[];
}
export interface PackedFile {
  readonly type: 'file';
  readonly path: readonly string[];
  readonly size: number;
  /** Where its bytes begin in the stream. */
  readonly offset: number;
}
export type PackedEntry = PackedFolder | PackedFile;

interface Refused {
  readonly type: 'refused';
  readonly code: PackedRefusalCode;
}

// --- writing -----------------------------------------------------------------------------------------------

/** A file or a folder that is to be packed. Folders on the way to a file need no entry of their own. */
export type EntryToPack = PackedFolder | Omit<PackedFile, 'offset'>;

/** What a stream begins with. The bytes of the files follow, in the order of the entries, each file with its size. */
export interface PackedStart {
  readonly type: 'start';
  /** The head and the index. */
  readonly bytes: Uint8Array;
  /** The size of the whole stream. */
  readonly size: number;
}

/** Returns how the stream of these entries begins, or why there can be none, with the path of the entry that does not fit. */
export function packedStartOf(
  entries: Iterable<EntryToPack>,
): PackedStart | (Refused & { readonly path: readonly string[] }) {
  const writer = new IndexWriter();
  for (const entry of entries) {
    const code = writer.add(entry);
    if (code !== undefined) return { type: 'refused', code, path: entry.path };
  }
  return writer.start();
}

/** A folder that stands in the index, or the top. */
interface Place {
  /** Of its entry; 0 for the top. */
  readonly number: number;
  readonly depth: number;
  /** Bytes of its path, with a separator behind it. */
  readonly pathBytes: number;
}

interface WrittenFolder extends Place {
  readonly children: Map<string, WrittenFolder | 'file'>;
}

class IndexWriter {
  #bytes = new Uint8Array(4_096);
  #length = headBytes;
  #offset = 0;
  #count = 0;
  readonly #top: WrittenFolder = { ...top, children: new Map() };

  add({ path, ...entry }: EntryToPack): PackedRefusalCode | undefined {
    const name = path.at(-1);
    if (name === undefined) return 'packed-name-not-allowed';
    let folder = this.#top;
    for (const part of path.slice(0, -1)) {
      const next = this.#folderIn(folder, part);
      if (typeof next === 'string') return next;
      folder = next;
    }
    if (entry.type === 'file') return this.#addFile(folder, name, entry.size);
    const added = this.#folderIn(folder, name);
    return typeof added === 'string' ? added : undefined;
  }

  start(): PackedStart | (Refused & { readonly path: readonly string[] }) {
    const size = this.#length + this.#offset;
    if (size > fileBytesMax) return { ...refused('packed-sizes'), path: [] };
    const bytes = this.#bytes.slice(0, this.#length);
    bytes.set(magic);
    const view = new DataView(bytes.buffer);
    view.setUint8(magic.length, version);
    view.setUint32(magic.length + 1, this.#length - headBytes);
    view.setUint32(magic.length + 5, this.#count);
    return { type: 'start', bytes, size };
  }

  /** Returns the folder with this name, which is written when it is new. */
  #folderIn(parent: WrittenFolder, name: string): WrittenFolder | PackedRefusalCode {
    const known = parent.children.get(name);
    if (known === 'file') return 'packed-name-twice';
    if (known !== undefined) return known;
    const code = this.#write(folderType, parent, name, 0);
    if (code !== undefined) return code;
    const folder = {
      ...placeIn(parent, name, this.#count),
      children: new Map<string, WrittenFolder | 'file'>(),
    };
    parent.children.set(name, folder);
    return folder;
  }

  #addFile(parent: WrittenFolder, name: string, size: number): PackedRefusalCode | undefined {
    if (parent.children.has(name)) return 'packed-name-twice';
    if (!isFileSize(size) || this.#offset + size > fileBytesMax) return 'packed-sizes';
    const code = this.#write(fileType, parent, name, sizeBytes);
    if (code !== undefined) return code;
    parent.children.set(name, 'file');
    const view = new DataView(this.#bytes.buffer);
    setUint64(view, this.#length - 16, size);
    setUint64(view, this.#length - 8, this.#offset);
    this.#offset += size;
    return undefined;
  }

  /** Writes an entry, and leaves room for `rest` bytes behind its name. */
  #write(type: number, parent: Place, name: string, rest: number): PackedRefusalCode | undefined {
    const code = refusalOfName(parent, name);
    if (code !== undefined) return code;
    const bytes = new TextEncoder().encode(name);
    const end = this.#length + entryBytes + bytes.length + rest;
    if (this.#count === packedEntriesMax) return 'packed-too-many-entries';
    if (end - headBytes > packedIndexBytesMax) return 'packed-index-too-long';
    while (end > this.#bytes.length) this.#grow();
    const view = new DataView(this.#bytes.buffer);
    view.setUint8(this.#length, type);
    view.setUint32(this.#length + 1, parent.number);
    view.setUint8(this.#length + 5, bytes.length);
    this.#bytes.set(bytes, this.#length + entryBytes);
    this.#length = end;
    this.#count++;
    return undefined;
  }

  #grow(): void {
    const longer = new Uint8Array(2 * this.#bytes.length);
    longer.set(this.#bytes);
    this.#bytes = longer;
  }
}

// --- reading -----------------------------------------------------------------------------------------------

/** Bytes of the head of a stream. */
export const headBytes = 17;

/** What the head says of the index. */
export interface PackedHead {
  readonly type: 'head';
  readonly indexBytes: number;
  readonly entries: number;
}

/** Reads the first `headBytes` bytes of a stream of this size. */
export function readHead(bytes: Uint8Array, size: number): PackedHead | Refused {
  if (bytes.length !== headBytes) return refused('packed-malformed');
  if (!magic.every((byte, index) => bytes[index] === byte)) return refused('packed-malformed');
  const view = viewOf(bytes);
  if (view.getUint8(magic.length) !== version) return refused('packed-version-unknown');
  const indexBytes = view.getUint32(magic.length + 1);
  const entries = view.getUint32(magic.length + 5);
  if (indexBytes > packedIndexBytesMax) return refused('packed-index-too-long');
  if (entries > packedEntriesMax) return refused('packed-too-many-entries');
  return headBytes + indexBytes > size ? refused('packed-sizes') : { type: 'head', indexBytes, entries };
}

export interface PackedIndex {
  readonly type: 'index';
  readonly entries: readonly PackedEntry[];
}

/** Reads the index that follows the head, of a stream of this size. The files must fill the stream exactly. */
export function readIndex(bytes: Uint8Array, head: PackedHead, size: number): PackedIndex | Refused {
  if (bytes.length !== head.indexBytes) return refused('packed-malformed');
  const reader = new IndexReader(bytes);
  for (let number = 0; number < head.entries; number++) {
    const code = reader.next();
    if (code !== undefined) return refused(code);
  }
  if (!reader.isAtEnd()) return refused('packed-malformed');
  return reader.offset === size ? { type: 'index', entries: reader.entries } : refused('packed-sizes');
}

class IndexReader {
  readonly entries: PackedEntry[] = [];
  /** Where the next file begins in the stream. */
  offset: number;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #read = 0;
  /** By number. */
  readonly #folders = new Map<number, ReadFolder>([[top.number, { ...top, path: [], names: new Set() }]]);

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = viewOf(bytes);
    this.offset = headBytes + bytes.length;
  }

  isAtEnd(): boolean {
    return this.#read === this.#bytes.length;
  }

  /** Takes the next entry into `entries`. */
  next(): PackedRefusalCode | undefined {
    const start = this.#read;
    if (start + entryBytes > this.#bytes.length) return 'packed-malformed';
    const type = this.#view.getUint8(start);
    const nameEnd = start + entryBytes + this.#view.getUint8(start + 5);
    this.#read = nameEnd + (type === fileType ? sizeBytes : 0);
    if (this.#read > this.#bytes.length) return 'packed-malformed';
    const folder = this.#folders.get(this.#view.getUint32(start + 1));
    if (folder === undefined || (type !== fileType && type !== folderType)) return 'packed-malformed';
    const name = textIn(this.#bytes.subarray(start + entryBytes, nameEnd));
    if (name === undefined) return 'packed-name-not-allowed';
    const code = refusalOfName(folder, name);
    if (code !== undefined) return code;
    if (folder.names.has(name)) return 'packed-name-twice';
    folder.names.add(name);
    const path = [...folder.path, name];
    if (type === fileType) return this.#takeFile(path, nameEnd);
    this.entries.push({ type: 'folder', path });
    const number = this.entries.length;
    this.#folders.set(number, { ...placeIn(folder, name, number), path, names: new Set() });
    return undefined;
  }

  #takeFile(path: readonly string[], sizeStart: number): PackedRefusalCode | undefined {
    const size = uint64At(this.#view, sizeStart);
    const contentStart = headBytes + this.#bytes.length;
    if (uint64At(this.#view, sizeStart + 8) !== this.offset - contentStart) return 'packed-sizes';
    this.entries.push({ type: 'file', path, size, offset: this.offset });
    this.offset += size;
    return this.offset > fileBytesMax ? 'packed-sizes' : undefined;
  }
}

interface ReadFolder extends Place {
  readonly path: readonly string[];
  readonly names: Set<string>;
}

/** What a stream brought. */
export type PackedPart =
  | PackedIndex
  /** The next bytes of a file, which are a part of those that were added. */
  | { readonly type: 'bytes'; readonly file: PackedFile; readonly bytes: Uint8Array }
  /** All bytes of the file were there. Also an empty file ends. */
  | { readonly type: 'file-end'; readonly file: PackedFile }
  /** Nothing more comes. */
  | { readonly type: 'end' }
  /** The stream is not to be unpacked. What came before does not count. */
  | Refused;

/** Unpacks a stream as its bytes come. It keeps the index, and of the files nothing. A stream that was cut short has no `end`. */
export class PackedDecoder {
  readonly #size: number;
  #read = 0;
  #state: DecoderState = { type: 'head', kept: new Uint8Array(headBytes) };

  /** @param size of the whole stream, by its offer */
  constructor(size: number) {
    this.#size = size;
  }

  /** Takes the next bytes of the stream, however many. Nothing comes after `end` and `refused`. */
  add(bytes: Uint8Array): readonly PackedPart[] {
    const parts: PackedPart[] = [];
    let rest = bytes;
    while (rest.length > 0 || this.#isReady()) {
      const before = this.#state;
      if (before.type === 'over') {
        if (rest.length > 0 && before.isWhole) parts.push(this.#refuse('packed-sizes'));
        break;
      }
      const taken = this.#step(rest, parts);
      this.#read += taken;
      rest = rest.subarray(taken);
    }
    return parts;
  }

  /** Whether a step needs no further byte: the last one filled the head or the index, or the next file is empty. */
  #isReady(): boolean {
    const state = this.#state;
    if (state.type === 'bytes') return (state.files[state.next]?.size ?? 0) === 0;
    return state.type === 'index' && state.kept.length === 0;
  }

  #step(bytes: Uint8Array, parts: PackedPart[]): number {
    const state = this.#state;
    switch (state.type) {
      case 'head':
      case 'index': {
        const filled = this.#read - (state.type === 'head' ? 0 : headBytes);
        const taken = bytes.subarray(0, state.kept.length - filled);
        state.kept.set(taken, filled);
        if (filled + taken.length === state.kept.length) this.#takeKept(state, parts);
        return taken.length;
      }
      case 'bytes':
        return this.#takeBytes(state, bytes, parts);
      case 'over':
        return bytes.length;
      default:
        return state satisfies never;
    }
  }

  #takeKept(state: Extract<DecoderState, { readonly kept: Uint8Array }>, parts: PackedPart[]): void {
    if (state.type === 'head') {
      const head = readHead(state.kept, this.#size);
      if (head.type === 'refused') return void parts.push(this.#refuse(head.code));
      this.#state = { type: 'index', head, kept: new Uint8Array(head.indexBytes) };
      return;
    }
    const index = readIndex(state.kept, state.head, this.#size);
    if (index.type === 'refused') return void parts.push(this.#refuse(index.code));
    parts.push(index);
    const files = index.entries.filter((entry) => entry.type === 'file');
    this.#state = { type: 'bytes', files, next: 0, left: null };
  }

  #takeBytes(
    state: Extract<DecoderState, { readonly type: 'bytes' }>,
    bytes: Uint8Array,
    parts: PackedPart[],
  ): number {
    const file = state.files[state.next];
    if (file === undefined) {
      parts.push({ type: 'end' });
      this.#state = { type: 'over', isWhole: true };
      return 0;
    }
    const left = state.left ?? file.size;
    const taken = bytes.subarray(0, left);
    if (taken.length > 0) parts.push({ type: 'bytes', file, bytes: taken });
    if (taken.length < left) this.#state = { ...state, left: left - taken.length };
    else {
      parts.push({ type: 'file-end', file });
      this.#state = { ...state, next: state.next + 1, left: null };
    }
    return taken.length;
  }

  #refuse(code: PackedRefusalCode): Refused {
    this.#state = { type: 'over', isWhole: false };
    return refused(code);
  }
}

type DecoderState =
  | { readonly type: 'head'; readonly kept: Uint8Array }
  | { readonly type: 'index'; readonly head: PackedHead; readonly kept: Uint8Array }
  /** `left`: bytes of the file `next` that are still to come; null for all. */
  | {
      readonly type: 'bytes';
      readonly files: readonly PackedFile[];
      readonly next: number;
      readonly left: number | null;
    }
  | { readonly type: 'over'; readonly isWhole: boolean };

/**
 * Returns the names under which each entry may stand on a disk of any system, in their order. Names that are equal on some system get
 * numbers, and reserved ones another letter. No two entries of a folder have the same name.
 */
export function safePathsOf(entries: readonly PackedEntry[]): string[][] {
  const top: SafeFolder = { path: [], names: new FolderNames() };
  const folders = new Map<string, SafeFolder>();
  return entries.map(({ type, path }) => {
    const folder = folders.get(path.slice(0, -1).join('/')) ?? top;
    const safe = [...folder.path, folder.names.take(path.at(-1) ?? '')];
    if (type === 'folder') folders.set(path.join('/'), { path: safe, names: new FolderNames() });
    return safe;
  });
}

interface SafeFolder {
  readonly path: readonly string[];
  readonly names: FolderNames;
}

// --- the format --------------------------------------------------------------------------------------------

const magic = new TextEncoder().encode('chatpack');
const version = 1;
const fileType = 0;
const folderType = 1;
/** Bytes of an entry before its name: the type, the number of its folder, the length of the name. */
const entryBytes = 6;
/** Bytes of a file behind its name: size and offset. */
const sizeBytes = 16;

const top: Place = { number: 0, depth: 0, pathBytes: 0 };

function placeIn(parent: Place, name: string, number: number): Place {
  return { number, depth: parent.depth + 1, pathBytes: parent.pathBytes + textBytes(name) + 1 };
}

/** Returns why no entry of the folder can have this name. */
function refusalOfName({ depth, pathBytes }: Place, name: string): PackedRefusalCode | undefined {
  if (checkFileName(name) !== 'ok') return 'packed-name-not-allowed';
  const isTooDeep = depth === packedDepthMax || pathBytes + textBytes(name) > packedPathBytesMax;
  return isTooDeep ? 'packed-too-deep' : undefined;
}

function refused(code: PackedRefusalCode): Refused {
  return { type: 'refused', code };
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** Returns undefined for bytes that are not UTF-8. A mark of the byte order is a character of the name. */
function textIn(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Exact up to 2^53. What is more is more than any file has. */
function uint64At(view: DataView, place: number): number {
  return view.getUint32(place) * 2 ** 32 + view.getUint32(place + 4);
}

function setUint64(view: DataView, place: number, value: number): void {
  view.setUint32(place, Math.floor(value / 2 ** 32));
  view.setUint32(place + 4, value % 2 ** 32);
}
