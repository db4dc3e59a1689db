import { encode } from 'cborg';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { messageIdToBytes, peerKeyToBytes, type Digest, type MessageId } from '../ids.ts';
import { batchItemsMax, mentionsMax, messageTextBytesMax, pollChoicesMax } from '../limits.ts';
import { decodeRoomContent, encodeRoomContent, roomKindSchemas, type RoomContent } from './content.ts';
import { testKey } from './test-room.ts';

const of = '01890a5d-ac96-774b-bcce-b302099a8057' as MessageId;
const member = testKey(7);
const root = 'ab'.repeat(32) as Digest;

/** One of each kind, and of each form that a kind has. */
const examples: readonly RoomContent[] = [
  { kind: 'text', text: 'hello' },
  { kind: 'text', text: '@bob @room', mentions: [member], mentionsRoom: true },
  { kind: 'reply', to: of, text: 'yes', fallback: 'yes' },
  { kind: 'edit', of, text: 'hello!' },
  { kind: 'delete', of },
  { kind: 'reaction', items: [{ of, emoji: '👍', on: true }] },
  { kind: 'announcement', text: 'Fire drill at noon' },
  { kind: 'acknowledge', items: [of] },
  { kind: 'poll', question: 'Pizza?', choices: ['yes', 'no'] },
  {
    kind: 'vote',
    items: [
      { of, choice: 1 },
      { of, choice: null },
    ],
  },
  { kind: 'close-poll', of },
  { kind: 'file', name: 'plan.pdf', size: 12_345, type: 'application/pdf', root },
  {
    kind: 'file',
    name: 'plans',
    size: 0,
    type: 'application/octet-stream',
    root,
    packed: true,
    preview: 'AAEC',
    text: 'new',
  },
  { kind: 'create', name: 'lab', access: 'closed' },
  { kind: 'join' },
  { kind: 'leave' },
  { kind: 'invite', member },
  { kind: 'remove', member },
  { kind: 'ban', member },
  { kind: 'unban', member },
  { kind: 'role', member, role: 'reader' },
  { kind: 'hand-over', member },
  { kind: 'silence', member },
  { kind: 'unsilence', member },
  { kind: 'hide', of },
  { kind: 'unhide', of },
  { kind: 'pin', of },
  { kind: 'unpin', of },
  { kind: 'topic', topic: '' },
  { kind: 'name', name: 'library' },
  { kind: 'mode', mode: { name: 'slow', seconds: 30 } },
  { kind: 'mode', mode: { name: 'moderated' } },
  { kind: 'history', history: 'none' },
  { kind: 'retention', retention: { days: 30, bytes: 1_000_000 } },
  { kind: 'archive' },
  { kind: 'name-owner', member },
  { kind: 'close' },
];

describe('the content of an entry', () => {
  it('PROTOCOL 10.15: is the same after it was written and read, for each kind', () => {
    for (const content of examples) {
      expect(decodeRoomContent(content.kind, encodeRoomContent(content))).toEqual({
        type: 'content',
        content,
      });
    }
    expect(new Set(examples.map(({ kind }) => kind))).toEqual(new Set(Object.keys(roomKindSchemas)));
  });

  it('PROTOCOL 10.13: is malformed under another kind than its own', () => {
    for (const content of examples) {
      const other = content.kind === 'join' ? 'leave' : 'join';
      expect(decodeRoomContent(other, encodeRoomContent(content)).type).toBe('malformed');
      expect(decodeRoomContent('later', encodeRoomContent(content)).type).toBe('malformed');
    }
  });

  it('PROTOCOL 10.14: has bounds in each field, and no words of another message', () => {
    const id = messageIdToBytes(of);
    const keys = Array.from({ length: mentionsMax + 1 }, () => peerKeyToBytes(member));
    const malformed: readonly Record<string, unknown>[] = [
      { kind: 'text', text: '' },
      { kind: 'text', text: 'x'.repeat(messageTextBytesMax + 1) },
      { kind: 'text', text: 'x', mentions: keys },
      { kind: 'text', text: 'x', mentions: [] },
      { kind: 'text', text: 'x', mentionsRoom: false },
      { kind: 'reply', to: 'abc', text: 'x' },
      { kind: 'delete' },
      { kind: 'poll', question: 'x', choices: ['one'] },
      { kind: 'poll', question: 'x', choices: Array.from({ length: pollChoicesMax + 1 }, String) },
      { kind: 'poll', question: 'x', choices: ['', 'two'] },
      { kind: 'vote', items: [{ of: id, choice: pollChoicesMax }] },
      { kind: 'file', name: '../x', size: 1, type: 'text/plain', root: new Uint8Array(32) },
      { kind: 'create', name: 'two words', access: 'open' },
      { kind: 'create', name: '#lab', access: 'open' },
      { kind: 'name', name: 'ﬁsh' },
      { kind: 'create', name: 'lab', access: 'secret' },
      { kind: 'role', member: peerKeyToBytes(member), role: 'king' },
      { kind: 'mode', mode: { name: 'slow' } },
      { kind: 'mode', mode: { name: 'slow', seconds: 0 } },
      { kind: 'retention', retention: { count: 0 } },
      { kind: 'topic', topic: 'x'.repeat(257) },
    ];
    for (const content of malformed)
      expect(decodeRoomContent(String(content.kind), encode(content)).type, JSON.stringify(content)).toBe(
        'malformed',
      );
    expect(Object.keys(roomKindSchemas.reply.properties)).not.toContain('quote');
  });

  it('PROTOCOL 10.10: is a batch of 1 to 64 reactions, votes or acknowledgements', () => {
    const items = (count: number): RoomContent => ({
      kind: 'acknowledge',
      items: Array.from({ length: count }, () => of),
    });
    const types = [0, 1, batchItemsMax, batchItemsMax + 1].map(
      (count) => decodeRoomContent('acknowledge', encodeRoomContent(items(count))).type,
    );
    expect(types).toEqual(['malformed', 'content', 'content', 'malformed']);
  });

  it('PROTOCOL 10.11: gives the fallback of a kind that is not known, where it has one', () => {
    expect(decodeRoomContent('later', encode({ kind: 'later', fallback: 'news', extra: [1.5] }))).toEqual({
      type: 'unknown',
      kind: 'later',
      fallback: 'news',
    });
    expect(decodeRoomContent('later', encode({ kind: 'later' }))).toMatchObject({ fallback: undefined });
  });

  it('is read from any bytes without a throw', () => {
    const kinds = fc.constantFrom(...Object.keys(roomKindSchemas), 'later');
    fc.assert(
      fc.property(kinds, fc.uint8Array({ maxLength: 60 }), (kind, bytes) => {
        decodeRoomContent(kind, bytes);
      }),
    );
  });
});
