import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { fromHex, toHex, type Digest, type ServerEpoch } from '../ids.ts';
import {
  decodeLogEntry,
  encodeLogEntry,
  entrySignedBytes,
  hasSignedContent,
  headSignedBytes,
  isSamePoint,
  logStart,
  pointOf,
  type EntryHeader,
  type Sha256,
} from './entry.ts';
import { testInstallation, testKey, testRoomId, testRoomOf, testServerKey } from './test-room.ts';

const sha256: Sha256 = (bytes) => createHash('sha256').update(bytes).digest();
const [owner, bob] = [testKey(1), testKey(2)];

function anEntry() {
  const room = testRoomOf(sha256, owner, [bob]);
  room.write(bob, { kind: 'text', text: 'hello' });
  return { room, entry: room.log.at(-1)!, previous: room.points.at(-2)! };
}

describe('an entry', () => {
  it('PROTOCOL 10.3: is signed with its server and each field of its header', () => {
    const { entry } = anEntry();
    const { header } = entry;
    const bytes = toHex(entrySignedBytes(testServerKey, header));
    expect(bytes).toBe(
      [
        'ee'.repeat(32),
        'aa'.repeat(16),
        '02'.repeat(32),
        '01'.repeat(8),
        '0000000000000002',
        header.id.replaceAll('-', ''),
        '04',
        toHex(new TextEncoder().encode('text')),
        header.contentHash,
        '0000018bcfe56800',
        '00',
        '00'.repeat(8),
        '01'.repeat(8),
        '0000000000000002',
        header.parent.hash,
      ].join(''),
    );
    const others: EntryHeader[] = [
      { ...header, room: 'ab'.repeat(16) as EntryHeader['room'] },
      { ...header, author: owner },
      { ...header, installation: testInstallation(9) },
      { ...header, sequence: 2 ** 40 },
      { ...header, id: '01890a5d-ac96-774b-bcce-b302099a8057' as EntryHeader['id'] },
      { ...header, kind: 'poll' },
      { ...header, contentHash: '01'.repeat(32) as Digest },
      { ...header, sentAtMs: -1 },
      { ...header, clockOffsetMs: 0 },
      { ...header, clockOffsetMs: -5 },
      { ...header, parent: logStart },
    ];
    const signed = others.map((other) => toHex(entrySignedBytes(testServerKey, other)));
    expect(new Set([bytes, toHex(entrySignedBytes(bob, header)), ...signed]).size).toBe(others.length + 2);
    expect(toHex(entrySignedBytes(testServerKey, { ...header, clockOffsetMs: -5 }))).toContain(
      '01fffffffffffffffb0101',
    );
  });

  it('PROTOCOL 10.4: verifies without its content, and not with another one', () => {
    const { room, entry } = anEntry();
    const signed = entrySignedBytes(testServerKey, entry.header);
    expect(room.verify('room-entry', bob, signed, entry.signature)).toBe(true);
    expect(hasSignedContent(entry, sha256)).toBe(true);
    expect(hasSignedContent({ ...entry, content: null }, sha256)).toBe(true);
    expect(hasSignedContent({ ...entry, content: Uint8Array.of(1) }, sha256)).toBe(false);
  });

  it('PROTOCOL 10.5: has a hash over the previous hash, its position, what its author signed, and the signature', () => {
    const { entry, previous, room } = anEntry();
    const hash = createHash('sha256')
      .update('chatagram room log 1\0')
      .update(fromHex(previous.hash))
      .update(fromHex('01'.repeat(8) + '0000000000000003' + '0000018bcfe56800'))
      .update(entrySignedBytes(testServerKey, entry.header))
      .update(entry.signature)
      .digest('hex');
    expect(room.head).toEqual({ epoch: '01'.repeat(8), seq: 3, hash });
    const erased = pointOf(testServerKey, previous.hash, { ...entry, content: null }, sha256);
    expect(isSamePoint(erased, room.head)).toBe(true);
    const { position } = entry;
    const changed = [
      pointOf(testServerKey, logStart.hash, entry, sha256),
      pointOf(testServerKey, previous.hash, { ...entry, position: { ...position, takenAtMs: 0 } }, sha256),
      pointOf(testServerKey, previous.hash, { ...entry, signature: new Uint8Array(64) }, sha256),
      pointOf(bob, previous.hash, entry, sha256),
    ];
    expect(new Set([hash, ...changed.map((point) => point.hash)]).size).toBe(changed.length + 1);
    expect(isSamePoint({ ...room.head, epoch: '02'.repeat(8) as ServerEpoch }, room.head)).toBe(false);
  });

  it('PROTOCOL 10.6: is the head of its log in bytes with its room, epoch, number and hash', () => {
    const { room } = anEntry();
    expect(toHex(headSignedBytes(testRoomId, room.head))).toBe(
      'aa'.repeat(16) + '01'.repeat(8) + '0000000000000003' + room.head.hash,
    );
  });

  it('PROTOCOL 10.2: is the same after it was written and read, also without its content', () => {
    const { entry } = anEntry();
    for (const each of [
      entry,
      { ...entry, content: null },
      { ...entry, header: { ...entry.header, clockOffsetMs: -7 } },
    ])
      expect(decodeLogEntry(encodeLogEntry(each))).toEqual(each);
    const broken = [
      { ...entry, signature: new Uint8Array(63) },
      { ...entry, position: { ...entry.position, seq: 0 } },
      { ...entry, header: { ...entry.header, sequence: 0 } },
      { ...entry, header: { ...entry.header, kind: 'Text' } },
      { ...entry, content: new Uint8Array(32_765) },
    ];
    for (const each of broken) expect(decodeLogEntry(encodeLogEntry(each))).toBeUndefined();
    expect(decodeLogEntry(Uint8Array.of(0xff))).toBeUndefined();
  });

  it('PROTOCOL 10.1: belongs to one room of one server', () => {
    const { entry, room } = anEntry();
    const elsewhere = entrySignedBytes(bob, entry.header);
    expect(room.verify('room-entry', bob, elsewhere, entry.signature)).toBe(false);
  });

  it('PROTOCOL 10.7: names the newest entry that its author had, or the start of the log', () => {
    const { room, entry, previous } = anEntry();
    expect(room.log[0]!.header.parent).toEqual(logStart);
    expect(entry.header.parent).toEqual(previous);
  });
});
