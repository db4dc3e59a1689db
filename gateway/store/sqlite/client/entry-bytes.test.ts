import { expect, it } from 'vitest';
import { testKey, testRoomOf } from '../../../../shared/rooms/test-room.ts';
import type { LogEntry } from '../../../../shared/rooms/entry.ts';
import { sha256 } from '../../../crypto/sha256.ts';
import { entryFromBytes, entryToBytes } from './entry-bytes.ts';

const entry = testRoomOf(sha256, testKey(1), [testKey(2)]).log[1]!;

it('an entry is the same after it was written and read, without its content', () => {
  const offset: LogEntry = { ...entry, header: { ...entry.header, clockOffsetMs: -7, sentAtMs: -8e15 } };
  for (const each of [entry, offset])
    expect(entryFromBytes(entryToBytes(each))).toEqual({ ...each, content: null });
});

it('bytes that are no entry give none', () => {
  const { header, position } = entry;
  const bytes = entryToBytes(entry);
  const broken = [
    { ...entry, header: { ...header, kind: 'Text' } },
    { ...entry, header: { ...header, kind: 'x'.repeat(33) } },
    { ...entry, header: { ...header, kind: '' } },
    { ...entry, header: { ...header, sequence: 0 } },
    { ...entry, header: { ...header, sequence: 2 ** 60 } },
    { ...entry, position: { ...position, seq: 0 } },
    { ...entry, header: { ...header, parent: { ...header.parent, seq: -1 } } },
  ].map(entryToBytes);
  for (const each of [
    ...broken,
    bytes.subarray(0, 200),
    new Uint8Array(bytes.length),
    new Uint8Array(65_536),
  ])
    expect(entryFromBytes(each)).toBeUndefined();
});
