import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fileBytesMax, packedDepthMax, packedEntriesMax, packedIndexBytesMax } from '../limits.ts';
import { fileNameKey } from './names.ts';
import {
  headBytes,
  packedStartOf,
  PackedDecoder,
  readHead,
  readIndex,
  safePathsOf,
  type EntryToPack,
  type PackedPart,
  type PackedStart,
} from './packed.ts';

function file(path: string, size = 0): EntryToPack {
  return { type: 'file', path: path.split('/'), size };
}

function folder(path: string): EntryToPack {
  return { type: 'folder', path: path.split('/') };
}

function startOf(...entries: readonly EntryToPack[]): PackedStart {
  const start = packedStartOf(entries);
  if (start.type === 'refused') throw new Error(start.code);
  return start;
}

/** A whole stream with files that are filled with the number of their place. */
function streamOf(...entries: readonly EntryToPack[]): Uint8Array {
  const { bytes, size } = startOf(...entries);
  const stream = new Uint8Array(size);
  stream.set(bytes);
  let offset = bytes.length;
  entries.forEach((entry, index) => {
    if (entry.type !== 'file') return;
    stream.fill(index + 1, offset, offset + entry.size);
    offset += entry.size;
  });
  return stream;
}

function unpack(stream: Uint8Array, size = stream.length, cuts: readonly number[] = []): PackedPart[] {
  const decoder = new PackedDecoder(size);
  const places = [0, ...cuts.toSorted((one, other) => one - other), stream.length];
  return places.slice(1).flatMap((end, index) => decoder.add(stream.subarray(places[index], end)));
}

/** What a refused stream is refused with. Nothing of it was there before. */
function codeOf(stream: Uint8Array, size = stream.length): string {
  const parts = unpack(stream, size);
  const [first] = parts;
  return parts.length === 1 && first?.type === 'refused' ? first.code : 'taken';
}

/** Entries as a hostile author writes them. */
function hostile(
  entries: readonly {
    readonly type?: number;
    readonly parent?: number;
    readonly name?: string | Uint8Array;
    readonly size?: bigint;
    readonly offset?: bigint;
  }[],
  { count = entries.length, rest = 0 } = {},
): Uint8Array {
  const index = Buffer.concat(
    entries.map(({ type = 0, parent = 0, name = 'a', size = 0n, offset = 0n }) => {
      const bytes = Buffer.from(name as string);
      const start = Buffer.alloc(6);
      start.writeUInt8(type);
      start.writeUInt32BE(parent, 1);
      start.writeUInt8(bytes.length, 5);
      const end = Buffer.alloc(type === 0 ? 16 : 0);
      if (type === 0) {
        end.writeBigUInt64BE(size);
        end.writeBigUInt64BE(offset, 8);
      }
      return Buffer.concat([start, bytes, end]);
    }),
  );
  const head = Buffer.alloc(headBytes);
  head.write('chatpack');
  head.writeUInt8(1, 8);
  head.writeUInt32BE(index.length, 9);
  head.writeUInt32BE(count, 13);
  return new Uint8Array(Buffer.concat([head, index, Buffer.alloc(rest)]));
}

describe('a packed stream', () => {
  const entries = [
    folder('src'),
    file('src/a.ts', 5),
    file('src/deep/b.ts'),
    folder('empty'),
    file('README', 3),
  ];

  it('PROTOCOL 13.18: gives back its folders, its files and their bytes, in the order of the index', () => {
    const parts = unpack(streamOf(...entries));
    const [index, ...rest] = parts;
    expect(index).toMatchObject({
      type: 'index',
      entries: [
        { type: 'folder', path: ['src'] },
        { type: 'file', path: ['src', 'a.ts'], size: 5 },
        { type: 'folder', path: ['src', 'deep'] },
        { type: 'file', path: ['src', 'deep', 'b.ts'], size: 0 },
        { type: 'folder', path: ['empty'] },
        { type: 'file', path: ['README'], size: 3 },
      ],
    });
    expect(rest.map((part) => [part.type, 'file' in part ? part.file.path.join('/') : ''])).toEqual([
      ['bytes', 'src/a.ts'],
      ['file-end', 'src/a.ts'],
      ['file-end', 'src/deep/b.ts'],
      ['bytes', 'README'],
      ['file-end', 'README'],
      ['end', ''],
    ]);
    expect(rest[0]).toMatchObject({ bytes: new Uint8Array(5).fill(2) });
    expect(rest[3]).toMatchObject({ bytes: new Uint8Array(3).fill(5) });
  });

  it('PROTOCOL 13.18: gives the same however it is cut, and no end before its last byte', () => {
    const stream = streamOf(...entries);
    const bytesOf = (parts: readonly PackedPart[]) =>
      parts.flatMap((part) => {
        if (part.type === 'bytes')
          return [...part.bytes].map((byte) => `${part.file.path.join('/')} ${byte}`);
        return [part.type === 'file-end' ? `end of ${part.file.path.join('/')}` : part.type];
      });
    const whole = bytesOf(unpack(stream));
    fc.assert(
      fc.property(fc.array(fc.nat(stream.length), { maxLength: 30 }), (cuts) => {
        expect(bytesOf(unpack(stream, stream.length, cuts))).toEqual(whole);
      }),
      { numRuns: 50 },
    );
    const short = new PackedDecoder(stream.length).add(stream.subarray(0, -1));
    expect(short.map(({ type }) => type)).not.toContain('end');
  });

  it('PROTOCOL 13.18: can hold nothing, or only empty files', () => {
    expect(unpack(streamOf()).map(({ type }) => type)).toEqual(['index', 'end']);
    expect(unpack(streamOf(file('a'), file('b'))).map(({ type }) => type)).toEqual([
      'index',
      'file-end',
      'file-end',
      'end',
    ]);
  });

  it('PROTOCOL 13.18: says for each file where its bytes are', () => {
    const stream = streamOf(...entries);
    const { bytes } = startOf(...entries);
    const head = readHead(bytes.subarray(0, headBytes), stream.length);
    if (head.type === 'refused') throw new Error(head.code);
    const index = readIndex(bytes.subarray(headBytes), head, stream.length);
    if (index.type === 'refused') throw new Error(index.code);
    const readme = index.entries.at(-1);
    expect(readme).toMatchObject({ type: 'file', offset: stream.length - 3 });
  });

  it('PROTOCOL 13.19: cannot say links, devices or anything else than folders and files', () => {
    for (const type of [2, 3, 7, 255]) expect(codeOf(hostile([{ type }]))).toBe('packed-malformed');
  });

  it('PROTOCOL 13.19: has only earlier folders as folders', () => {
    expect(codeOf(hostile([{ type: 1, name: 'a' }, { parent: 1 }]))).toBe('taken');
    expect(codeOf(hostile([{ parent: 1 }]))).toBe('packed-malformed');
    expect(codeOf(hostile([{ parent: 2 }, { type: 1, name: 'b' }]))).toBe('packed-malformed');
    expect(codeOf(hostile([{ name: 'a' }, { parent: 1, name: 'b' }]))).toBe('packed-malformed');
    expect(codeOf(hostile([{ parent: 2 ** 32 - 1 }]))).toBe('packed-malformed');
  });

  it('PROTOCOL 13.20: is refused when files overlap, leave a gap, or do not fill it exactly', () => {
    const two = (size: bigint, offset: bigint) => [
      { name: 'a', size: 4n },
      { name: 'b', size, offset },
    ];
    expect(codeOf(hostile(two(4n, 4n), { rest: 8 }))).toBe('taken');
    expect(codeOf(hostile(two(4n, 0n), { rest: 8 }))).toBe('packed-sizes');
    expect(codeOf(hostile(two(4n, 3n), { rest: 8 }))).toBe('packed-sizes');
    expect(codeOf(hostile(two(4n, 5n), { rest: 9 }))).toBe('packed-sizes');
    expect(codeOf(hostile(two(5n, 4n), { rest: 8 }))).toBe('packed-sizes');
    expect(codeOf(hostile(two(3n, 4n), { rest: 8 }))).toBe('packed-sizes');
  });

  it('PROTOCOL 13.20: never becomes larger than it is', () => {
    const huge = [2n ** 40n, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n];
    for (const size of huge) expect(codeOf(hostile([{ size }], { rest: 100 }))).toBe('packed-sizes');
    const many = Array.from({ length: 1_000 }, (_, index) => ({ name: `f${index}`, size: 100n }));
    expect(codeOf(hostile(many, { rest: 100 }))).toBe('packed-sizes');
    const stream = streamOf(file('a', 3));
    const decoder = new PackedDecoder(stream.length);
    expect(decoder.add(stream).at(-1)).toEqual({ type: 'end' });
    expect(decoder.add(new Uint8Array(1))).toEqual([{ type: 'refused', code: 'packed-sizes' }]);
    expect(decoder.add(new Uint8Array(1))).toEqual([]);
  });

  it.each(['', '.', '..', 'a/b', '/', 'a\\b', 'a\0', 'a\nb', '\u0085'])(
    'PROTOCOL 13.21: is refused with a name that could leave its folder: %j',
    (name) => {
      expect(codeOf(hostile([{ name }]))).toBe('packed-name-not-allowed');
      expect(codeOf(hostile([{ type: 1, name }]))).toBe('packed-name-not-allowed');
    },
  );

  it('PROTOCOL 13.21: is refused with a name that is not UTF-8', () => {
    for (const name of [Uint8Array.of(0xff), Uint8Array.of(0xc0, 0xaf), Uint8Array.of(0xed, 0xa0, 0x80)])
      expect(codeOf(hostile([{ name }]))).toBe('packed-name-not-allowed');
  });

  it('PROTOCOL 13.21: is refused with the same name twice in a folder, and not in two folders', () => {
    expect(codeOf(hostile([{}, {}]))).toBe('packed-name-twice');
    expect(codeOf(hostile([{ type: 1 }, {}]))).toBe('packed-name-twice');
    expect(codeOf(hostile([{ type: 1, name: 'x' }, {}, { parent: 1 }]))).toBe('taken');
  });

  it('PROTOCOL 13.23: is refused with too many entries, a long index, or deep paths, before it costs much', () => {
    expect(codeOf(hostile([], { count: packedEntriesMax + 1 }))).toBe('packed-too-many-entries');
    expect(codeOf(hostile([], { count: 1_000_000 }))).toBe('packed-too-many-entries');
    expect(codeOf(hostile([], { count: 1 }))).toBe('packed-malformed');
    const long = hostile([]);
    new DataView(long.buffer).setUint32(9, packedIndexBytesMax + 1);
    expect(codeOf(long, 2 ** 30)).toBe('packed-index-too-long');
    new DataView(long.buffer).setUint32(9, 1_000);
    expect(codeOf(long)).toBe('packed-sizes');
    const chain = (depth: number, name = 'd') =>
      Array.from({ length: depth }, (_, index) => ({ type: 1, parent: index, name }));
    expect(codeOf(hostile(chain(packedDepthMax)))).toBe('taken');
    expect(codeOf(hostile(chain(packedDepthMax + 1)))).toBe('packed-too-deep');
    expect(codeOf(hostile(chain(8, 'x'.repeat(255))))).toBe('taken');
    expect(codeOf(hostile(chain(9, 'x'.repeat(255))))).toBe('packed-too-deep');
  });

  it('PROTOCOL 13.23: is refused when its head or its index is no such thing', () => {
    const stream = streamOf(file('a', 3));
    const changed = (place: number, value: number) => {
      const copy = new Uint8Array(stream);
      copy[place] = value;
      return copy;
    };
    expect(codeOf(changed(0, 0x43))).toBe('packed-malformed');
    expect(codeOf(changed(8, 2))).toBe('packed-version-unknown');
    // The index ends within its only entry, or goes on behind it.
    expect(codeOf(changed(12, 22))).toBe('packed-malformed');
    expect(codeOf(changed(12, 24))).toBe('packed-malformed');
    expect(codeOf(changed(16, 0))).toBe('packed-malformed');
    expect(readHead(stream.subarray(0, 5), 5)).toEqual({ type: 'refused', code: 'packed-malformed' });
  });

  it('is read from any bytes without a throw', () => {
    const valid = streamOf(...entries);
    fc.assert(
      fc.property(fc.nat(valid.length - 1), fc.nat(255), fc.nat(2 * valid.length), (place, value, size) => {
        const copy = new Uint8Array(valid);
        copy[place] = value;
        unpack(copy);
        unpack(copy, size);
      }),
      { numRuns: 500 },
    );
  });
});

describe('the start of a packed stream', () => {
  const refusalOf = (...entries: readonly EntryToPack[]) => {
    const start = packedStartOf(entries);
    return start.type === 'refused' ? [start.code, start.path.join('|')] : [];
  };

  it('PROTOCOL 13.23: is refused with the path that does not fit', () => {
    expect(refusalOf(file('a'), { type: 'file', path: ['b', 'x\\y'], size: 1 })).toEqual([
      'packed-name-not-allowed',
      'b|x\\y',
    ]);
    expect(refusalOf({ type: 'file', path: ['a/b', 'c'], size: 1 })).toEqual([
      'packed-name-not-allowed',
      'a/b|c',
    ]);
    expect(refusalOf({ type: 'folder', path: [] })).toEqual(['packed-name-not-allowed', '']);
    expect(refusalOf(file('a'), file('a'))).toEqual(['packed-name-twice', 'a']);
    expect(refusalOf(file('a'), file('a/b'))).toEqual(['packed-name-twice', 'a|b']);
    expect(refusalOf(file('a/b'), file('a'))).toEqual(['packed-name-twice', 'a']);
    const deep = Array.from({ length: packedDepthMax + 1 }, () => 'd').join('/');
    expect(refusalOf(file(deep))[0]).toBe('packed-too-deep');
    expect(refusalOf(file('a', fileBytesMax - 10))).toEqual(['packed-sizes', '']);
    for (const size of [-1, 0.5, NaN, fileBytesMax + 1])
      expect(refusalOf(file('a', size))).toEqual(['packed-sizes', 'a']);
  });

  it('PROTOCOL 13.23: is refused beyond 65,536 entries or 16 MiB of index', () => {
    const many = (count: number, name: (index: number) => string) =>
      Array.from({ length: count }, (_, index) => file(name(index)));
    expect(refusalOf(...many(1, String))).toEqual([]);
    expect(packedStartOf(many(packedEntriesMax, String)).type).toBe('start');
    expect(packedStartOf(many(packedEntriesMax + 1, String))).toMatchObject({
      code: 'packed-too-many-entries',
    });
    const long = many(packedEntriesMax, (index) => `${'x'.repeat(249)}${index + 100_000}`);
    expect(packedStartOf(long)).toMatchObject({ code: 'packed-index-too-long' });
  });

  it('PROTOCOL 13.19: has each folder once, also those that only the paths of files name', () => {
    const { entries } = unpack(streamOf(file('a/b/c'), file('a/b/d'), folder('a/b'), folder('a')))[0] as {
      readonly entries: readonly unknown[];
    };
    expect(entries).toHaveLength(4);
  });
});

describe('the names under which a stream is unpacked', () => {
  function safeOf(...paths: readonly string[]): string[] {
    const [index] = unpack(streamOf(...paths.map((path) => file(path))));
    if (index?.type !== 'index') throw new Error('no index');
    return safePathsOf(index.entries).map((path) => path.join('/'));
  }

  it('PROTOCOL 13.22: differ in each folder on every system', () => {
    const safe = safeOf('README', 'readme', 'caf\u00e9', 'cafe\u0301', 'Stra\u00dfe', 'STRASSE');
    expect(safe.slice(0, 2)).toEqual(['README', 'readme (2)']);
    expect(new Set(safe.map(fileNameKey)).size).toBe(6);
  });

  it('PROTOCOL 13.22: are never reserved on some system', () => {
    expect(safeOf('CON', 'aux.c', 'a.', 'b ', 'x:y', 'a\u202Efdp.exe')).toEqual([
      '_CON',
      '_aux.c',
      'a',
      'b',
      'x_y',
      'afdp.exe',
    ]);
  });

  it('PROTOCOL 13.22: keep files in their own folders, also when the names of these change', () => {
    expect(safeOf('src/a', 'SRC/a', 'con/b')).toEqual([
      'src',
      'src/a',
      'SRC (2)',
      'SRC (2)/a',
      '_con',
      '_con/b',
    ]);
  });
});
