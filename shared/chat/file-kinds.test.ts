import { encode } from 'cborg';
import { describe, expect, it } from 'vitest';
import { leafBytes, partPieces } from '../files/tree.ts';
import { fromHex, type MessageId } from '../ids.ts';
import { fileBytesMax, fileRangesMax } from '../limits.ts';
import { decodeMessage, encodeMessage } from './codec.ts';

const id = '01890a5d-ac96-774b-bcce-b302099a8057' as MessageId;
const idBytes = fromHex(id.replaceAll('-', ''));
const at = { of: idBytes };

function typeOf(fields: Readonly<Record<string, unknown>>): string {
  return decodeMessage(encode(fields)).type;
}

function get(asked: Readonly<Record<string, unknown>>): string {
  return typeOf({ kind: 'file-get', request: 1, at, ...asked });
}

describe('a request for a file', () => {
  const whole = { from: 0, count: 1 };

  it('PROTOCOL 13.8: names an offer, and is malformed with a root in its place', () => {
    expect(get({ hashes: whole })).toBe('message');
    expect(get({ hashes: whole, at: { ...at, room: new Uint8Array(16) } })).toBe('message');
    const root = new Uint8Array(32);
    for (const other of [undefined, null, root, { root }, { room: new Uint8Array(16) }, { of: root }])
      expect(get({ hashes: whole, at: other })).toBe('malformed');
    expect(typeOf({ kind: 'file-get', request: 1, root, hashes: whole })).toBe('malformed');
  });

  it('PROTOCOL 13.9: has hashes or pieces, and not both', () => {
    expect(get({ pieces: [whole] })).toBe('message');
    expect(get({})).toBe('malformed');
    expect(get({ hashes: whole, pieces: [whole] })).toBe('malformed');
    expect(get({ pieces: [] })).toBe('malformed');
  });

  it('PROTOCOL 13.9: names each piece once, in at most 16 rising ranges', () => {
    const ranges = Array.from({ length: fileRangesMax + 1 }, (_, index) => ({ from: 2 * index, count: 1 }));
    expect(get({ pieces: ranges.slice(1) })).toBe('message');
    expect(get({ pieces: ranges })).toBe('malformed');
    expect(
      get({
        pieces: [
          { from: 0, count: 2 },
          { from: 2, count: 5 },
        ],
      }),
    ).toBe('message');
    expect(
      get({
        pieces: [
          { from: 0, count: 2 },
          { from: 1, count: 1 },
        ],
      }),
    ).toBe('malformed');
    expect(
      get({
        pieces: [
          { from: 7, count: 1 },
          { from: 0, count: 1 },
        ],
      }),
    ).toBe('malformed');
    expect(get({ pieces: [{ from: 0, count: 0 }] })).toBe('malformed');
  });

  it('PROTOCOL 13.9: names no piece that the largest file does not have', () => {
    const pieces = fileBytesMax / (16 * leafBytes);
    expect(get({ pieces: [{ from: 0, count: pieces }] })).toBe('message');
    expect(get({ pieces: [{ from: pieces - 1, count: 1 }] })).toBe('message');
    expect(get({ pieces: [{ from: pieces - 1, count: 2 }] })).toBe('malformed');
    expect(get({ hashes: { from: pieces - 1, count: 2 } })).toBe('malformed');
    expect(get({ pieces: [{ from: pieces, count: 1 }] })).toBe('malformed');
  });
});

describe('an answer with a part of a file', () => {
  const request = Number.MAX_SAFE_INTEGER;
  const piece = fileBytesMax / (16 * leafBytes) - 1;

  it('PROTOCOL 13.10: has at most 17 KiB, also the longest of each kind', () => {
    const longest = [
      encodeMessage({ kind: 'file-leaf', request, piece, leaf: 15, bytes: new Uint8Array(leafBytes) }),
      encodeMessage({ kind: 'file-piece', request, piece, leaves: new Uint8Array(16 * 32) }),
      encodeMessage({
        kind: 'file-hashes',
        request,
        from: piece,
        hashes: new Uint8Array(partPieces * 32),
        proof: new Uint8Array(13 * 32),
      }),
    ];
    for (const bytes of longest) {
      expect(decodeMessage(bytes).type).toBe('message');
      expect(bytes.length).toBeLessThanOrEqual(17 * 1024);
    }
  });

  it('PROTOCOL 13.10: is malformed with more bytes, with no byte, or with a part of a hash', () => {
    const leaf = { kind: 'file-leaf', request, piece, leaf: 0 };
    expect(typeOf({ ...leaf, bytes: new Uint8Array(leafBytes + 1) })).toBe('malformed');
    expect(typeOf({ ...leaf, bytes: new Uint8Array(0) })).toBe('malformed');
    const hashes = {
      kind: 'file-hashes',
      request,
      from: 0,
      hashes: new Uint8Array(32),
      proof: new Uint8Array(0),
    };
    expect(typeOf(hashes)).toBe('message');
    expect(typeOf({ ...hashes, hashes: new Uint8Array(33) })).toBe('malformed');
    expect(typeOf({ ...hashes, hashes: new Uint8Array(32 * (partPieces + 1)) })).toBe('malformed');
    expect(typeOf({ ...hashes, proof: new Uint8Array(14 * 32) })).toBe('malformed');
    expect(typeOf({ kind: 'file-piece', request, piece, leaves: new Uint8Array(17 * 32) })).toBe('malformed');
  });
});
