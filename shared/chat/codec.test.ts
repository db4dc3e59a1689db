import { encode } from 'cborg';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromHex } from '../ids.ts';
import type {
  CheckId,
  Digest,
  InstallationId,
  MailKeyId,
  MessageId,
  PeerKey,
  RoomId,
  ServerEpoch,
  SigningKey,
} from '../ids.ts';
import {
  batchItemsMax,
  contentBytesMax,
  emojiCodePointsMax,
  fileBytesMax,
  filePreviewBytesMax,
  mentionsMax,
  messageTextBytesMax,
  pollChoiceCodePointsMax,
  pollChoicesMax,
} from '../limits.ts';
import { logStart, type LogEntry, type LogPoint, type SignedEntry, type SignedHead } from '../rooms/entry.ts';
import {
  decodeContent,
  decodeReceipt,
  decodeMessage,
  encodeContent,
  encodeReceipt,
  encodeMessage,
  errorAbout,
} from './codec.ts';
import { conversationKindSchemas, type ConversationContent } from './content-kinds.ts';
import { withFallback } from './fallback.ts';
import { featuresOf } from './features.ts';
import { kindTable } from './kind-table.ts';
import type { Content, ProtocolMessage, ProtocolMessageOf } from './kinds.ts';
import type { MailKey } from './mail-key.ts';

const key = 'ab'.repeat(32) as PeerKey;
const signingKey = 'cd'.repeat(32) as SigningKey;
const id = '01890a5d-ac96-774b-bcce-b302099a8057' as MessageId;
const idBytes = fromHex(id.replaceAll('-', ''));
const epoch = '0011223344556677' as ServerEpoch;
const body = new Uint8Array([1, 2, 3]);
const installation = '0011223344556677' as InstallationId;
const keyId = '0011223301020304' as MailKeyId;
const checkId = '8899aabbccddeeff' as CheckId;
const mailKey: MailKey = {
  keyId,
  kind: 'weekly',
  publicKey: new Uint8Array(32).fill(1),
  expiresAtMs: 1_700_000_000_000,
  signature: new Uint8Array(64).fill(2),
};
const envelope = { format: 1, type: 'text', id, keyId, sealed: body };

const room = 'aa'.repeat(16) as RoomId;
const signature = new Uint8Array(64).fill(3);
const logPoint: LogPoint = { epoch, seq: 7, hash: 'ef'.repeat(32) as Digest };
const head: SignedHead = { point: logPoint, signature };
const signedEntry: SignedEntry = {
  header: {
    room,
    author: key,
    installation,
    sequence: 3,
    id,
    kind: 'text',
    contentHash: '01'.repeat(32) as Digest,
    sentAtMs: 1_700_000_000_000,
    clockOffsetMs: -20,
    parent: logStart,
  },
  signature,
  content: body,
};
const logEntry: LogEntry = { ...signedEntry, position: { epoch, seq: 7, takenAtMs: 1_700_000_000_020 } };
const roomRow: ProtocolMessageOf<'room-list'>['rows'][number] = {
  room,
  name: 'lab',
  topic: '',
  access: 'open',
  ended: null,
  standing: 'guest',
  members: 3,
  head: logPoint,
};

const examples: ProtocolMessage[] = [
  {
    kind: 'register',
    signingKey,
    installation,
    formerInstallations: [installation],
    userInitiated: true,
    registration: 1,
    nickname: 'alice',
    candidates: ['10.0.0.1:5'],
    roster: { epoch, version: 7 },
    settings: { lastSeen: false },
    features: ['content-text', 'x'],
  },
  { kind: 'settings', settings: { lastSeen: true } },
  { kind: 'candidates', candidates: ['10.0.0.1:5'] },
  { kind: 'roster-request', epoch, version: 3 },
  { kind: 'time-request' },
  { kind: 'time-reply', wallMs: 5 },
  { kind: 'locate', key },
  { kind: 'location', key, addressRevision: 3, candidates: ['10.0.0.1:5'] },
  { kind: 'deregister', registration: 1 },
  { kind: 'deregister', registration: 1, release: true },
  { kind: 'store', to: key, ...envelope },
  { kind: 'withdraw', items: [{ to: key, id }] },
  { kind: 'withdrawn', items: [{ to: key, id }] },
  { kind: 'deliver-ack', items: [{ sender: key, id }] },
  { kind: 'deliver-ack', items: [{ sender: key, id, unopened: true }] },
  { kind: 'receipt-ack', ids: [id] },
  {
    kind: 'registered',
    signingKey,
    registration: 1,
    epoch,
    nickname: 'alice',
    observed: '10.0.0.1:5',
    waiting: 2,
    wallMs: 5,
    features: [],
  },
  { kind: 'register-rejected', registration: 1, code: 'nickname-taken', suggestion: 'alice2' },
  { kind: 'register-rejected', registration: 1, code: 'too-often', retryAfterMs: 1_000, suggestion: null },
  { kind: 'deregistered', registration: 1 },
  { kind: 'deregistered', registration: 1, released: true },
  {
    kind: 'roster',
    epoch,
    from: 3,
    to: 5,
    last: true,
    rows: [
      { key, signingKey, nickname: 'bob', online: true, addressRevision: 1, lastSeenMs: null, features: [] },
      {
        key,
        signingKey: null,
        nickname: null,
        online: false,
        addressRevision: 0,
        lastSeenMs: 5,
        features: [],
      },
    ],
  },
  { kind: 'stored', id },
  { kind: 'mail-keys', installation, weekly: mailKey, oneTime: [{ ...mailKey, kind: 'one-time' }] },
  { kind: 'mail-keys-kept', weekly: keyId, oneTimeLeft: 64 },
  { kind: 'mail-keys-wanted', oneTimeLeft: 0 },
  { kind: 'mail-key-request', peer: key, oneTime: true },
  { kind: 'mail-key', peer: key, oneTime: true, installation, key: mailKey },
  { kind: 'mail-key', peer: key, oneTime: false },
  { kind: 'deliver', from: key, to: key, ...envelope },
  { kind: 'deliver-reject', sender: key, id, code: 'wrong-key', retryAfterMs: 300_000 },
  { kind: 'bounces', items: [{ id, recipient: key, code: 'wrong-key', retryAfterMs: 300_000 }] },
  { kind: 'reject', id, code: 'mailbox-full', retryAfterMs: 30_000 },
  { kind: 'reject', id, code: 'malformed' },
  { kind: 'message', id, body },
  { kind: 'receipt', ids: [id] },
  { kind: 'typing' },
  { kind: 'check-request', from: key, to: key, check: checkId, ports: [40_000, 40_001] },
  {
    kind: 'check-reply',
    from: key,
    to: key,
    check: checkId,
    attempts: [{ address: '10.0.0.1:5', state: 'answered' }],
    arrived: false,
    firewall: 'ufw',
  },
  { kind: 'check-reply', from: key, to: key, check: checkId, attempts: [], arrived: true },
  { kind: 'room-append', room, entries: [signedEntry, { ...signedEntry, content: null }] },
  { kind: 'room-follow', room, points: [logPoint, logStart] },
  { kind: 'room-follow', room, points: [logStart], head },
  { kind: 'room-offer', room, entries: [logEntry], head },
  { kind: 'room-ack', room, delivered: 7, read: 0 },
  { kind: 'room-readers-request', room, id },
  { kind: 'room-browse', after: null },
  { kind: 'room-browse', after: 'lab' },
  { kind: 'room-typing', room },
  { kind: 'room-appended', room, taken: [{ id, seq: 7 }], next: 4 },
  {
    kind: 'room-appended',
    room,
    taken: [],
    refused: { id, code: 'slow', retryAfterMs: 5_000 },
    next: 3,
  },
  { kind: 'room-entries', room, from: logStart, entries: [logEntry], head },
  { kind: 'room-checkpoint', room, point: logPoint, signature, size: 3, offset: 0, bytes: body },
  { kind: 'room-refused', room, code: 'no-such-room' },
  { kind: 'room-refused', room, code: 'too-often', retryAfterMs: 1_000, id },
  { kind: 'room-figures', room, items: [{ id, delivered: 28, read: 3, of: 30 }] },
  { kind: 'room-readers', room, id, read: [key], delivered: [], pending: [key], more: 0 },
  { kind: 'room-member-typing', room, member: key },
  { kind: 'room-list', mine: true, rows: [roomRow], next: null },
  { kind: 'room-list', mine: false, rows: [], next: 'lab' },
  { kind: 'file-get', request: 1, at: { of: id }, hashes: { from: 512, count: 3 } },
  {
    kind: 'file-get',
    request: 2,
    at: { room, of: id },
    pieces: [
      { from: 0, count: 2 },
      { from: 7, count: 1 },
    ],
  },
  { kind: 'file-hashes', request: 1, from: 0, hashes: new Uint8Array(64), proof: new Uint8Array(0) },
  { kind: 'file-piece', request: 2, piece: 7, leaves: new Uint8Array(512) },
  { kind: 'file-leaf', request: 2, piece: 7, leaf: 15, bytes: body },
  { kind: 'file-no', request: 2, code: 'no-such-file' },
  { kind: 'file-stop', request: 2 },
  { kind: 'file-state', at: { of: id }, state: 'loading', pieces: 7 },
  { kind: 'file-ready', at: { room, of: id } },
  { kind: 'error', code: 'unknown-kind', about: null },
  { kind: 'error', code: 'malformed', about: 'store', id },
];

describe('the chat codec', () => {
  it('PROTOCOL 6.1: has an example of each kind in this test', () => {
    expect(new Set(examples.map(({ kind }) => kind))).toEqual(new Set(Object.keys(kindTable)));
  });

  it.each(examples)('PROTOCOL 6.1: $kind is decoded as it was encoded', (message) => {
    expect(decodeMessage(encodeMessage(message))).toEqual({ type: 'message', message });
  });

  it('PROTOCOL 6.2: the decoder ignores fields that it does not know', () => {
    const bytes = encode({ kind: 'deregister', registration: 1, mood: 'sad', half: 0.5, sure: undefined });
    expect(decodeMessage(bytes)).toEqual({
      type: 'message',
      message: { kind: 'deregister', registration: 1 },
    });
    const item = { id: idBytes, recipient: new Uint8Array(32), code: 'x', mood: 'sad', half: 0.5 };
    const decoded = decodeMessage(encode({ kind: 'bounces', items: [item] }));
    expect(decoded).toMatchObject({ type: 'message', message: { items: [{ id, code: 'x' }] } });
    if (decoded.type === 'message') expect(decodeMessage(encodeMessage(decoded.message))).toEqual(decoded);
  });

  it('PROTOCOL 6.2: the decoder drops settings that it does not know, so that a server never stores them', () => {
    const bytes = encode({ kind: 'settings', settings: { lastSeen: true, mood: 'sad' } });
    expect(decodeMessage(bytes)).toEqual({
      type: 'message',
      message: { kind: 'settings', settings: { lastSeen: true } },
    });
  });

  it('PROTOCOL 6.54: an absent setting has its default, because an earlier version does not know it', () => {
    expect(decodeMessage(encode({ kind: 'settings', settings: {} }))).toEqual({
      type: 'message',
      message: { kind: 'settings', settings: { lastSeen: false } },
    });
    expect(decodeMessage(encode({ kind: 'settings', settings: { lastSeen: 1 } })).type).toBe('malformed');
  });

  it('PROTOCOL 6.2: the decoder tells a kind of a later version from a malformed message', () => {
    expect(decodeMessage(encode({ kind: 'wave', to: 1 }))).toEqual({ type: 'unknown-kind', kind: 'wave' });
    expect(decodeMessage(encode({ kind: 'toString' }))).toEqual({ type: 'unknown-kind', kind: 'toString' });
  });

  it.each<[string, unknown]>([
    [
      'a key of 31 bytes',
      { kind: 'deliver-ack', items: [{ sender: new Uint8Array(31), id: new Uint8Array(16) }] },
    ],
    ['an id that is not a UUIDv7', { kind: 'stored', id: new Uint8Array(16) }],
    ['a negative count', { kind: 'deregister', registration: -1 }],
    ['a number in a string', { kind: 'deregister', registration: '1' }],
    ['a fraction', { kind: 'deregister', registration: 1.5 }],
    ['no ids at all', { kind: 'receipt', ids: [] }],
    ['undefined in an optional field', { kind: 'receipt', ids: [idBytes], read: undefined }],
    ['a body beyond the limit', { kind: 'message', id: new Uint8Array(16), body: new Uint8Array(1 << 15) }],
    ['a missing field', { kind: 'register', registration: 1 }],
  ])('PROTOCOL 6.3: %s is malformed', (_, value) => {
    expect(decodeMessage(encode(value))).toMatchObject({ type: 'malformed' });
  });

  it('PROTOCOL 6.68: an id of another version or variant than a UUIDv7 is malformed', () => {
    expect(decodeMessage(encode({ kind: 'stored', id: idBytes })).type).toBe('message');
    for (const [at, value] of [
      [6, 0x40],
      [6, 0x80],
      [8, 0x3f],
      [8, 0xc0],
    ] as const) {
      const other = idBytes.slice();
      other[at] = value;
      expect(decodeMessage(encode({ kind: 'stored', id: other }))).toEqual({
        type: 'malformed',
        kind: 'stored',
      });
    }
  });

  it('PROTOCOL 6.3: a kind is named in the answer up to 64 code points, as `about` can hold', () => {
    const long = '\u{1f680}'.repeat(64);
    expect(decodeMessage(encode({ kind: long }))).toEqual({ type: 'unknown-kind', kind: long });
    expect(decodeMessage(encode({ kind: `${long}x` }))).toEqual({ type: 'malformed', kind: null });
  });

  it('PROTOCOL 6.3: the decoder returns a value for any bytes and never throws', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => decodeMessage(bytes).type.length > 0),
      {
        numRuns: 5_000,
      },
    );
    const valid = examples.map(encodeMessage);
    fc.assert(
      fc.property(fc.constantFrom(...valid), fc.nat(), fc.nat(255), (bytes, at, value) => {
        const mutated = bytes.slice();
        mutated[at % mutated.length] = value;
        return decodeMessage(mutated).type.length > 0;
      }),
      { numRuns: 5_000 },
    );
  });
});

describe('an error about a message that cannot be read', () => {
  const answerTo = (value: unknown) => {
    const decoded = decodeMessage(encode(value));
    return decoded.type === 'message' ? undefined : errorAbout(decoded);
  };

  it('PROTOCOL 6.62: names the kind and the id, as far as they can be read', () => {
    expect(answerTo({ kind: 'message', id: idBytes, body: 'no bytes' })).toEqual({
      kind: 'error',
      code: 'malformed',
      about: 'message',
      id,
    });
    expect(answerTo({ kind: 'wave', id: idBytes })).toEqual({
      kind: 'error',
      code: 'unknown-kind',
      about: 'wave',
      id,
    });
    expect(answerTo({ kind: 'message', id: new Uint8Array(16) })).toEqual({
      kind: 'error',
      code: 'malformed',
      about: 'message',
    });
    expect(answerTo('register')).toEqual({ kind: 'error', code: 'malformed', about: null });
  });
});

describe('features', () => {
  it.each([
    [['a', 'b-2'], 'message'],
    [[], 'message'],
    [['b', 'a'], 'malformed'],
    [['a', 'a'], 'malformed'],
    [['A'], 'malformed'],
    [[''], 'malformed'],
    [['x'.repeat(33)], 'malformed'],
    [Array.from({ length: 33 }, (_, index) => `f${index + 10}`), 'malformed'],
  ])('PROTOCOL 6.63: the list %j is a %s', (list, expected) => {
    const register = examples[0]!;
    const bytes = encodeMessage({ ...register, features: list } as ProtocolMessage);
    expect(decodeMessage(bytes).type).toBe(expected);
  });

  it('PROTOCOL 6.63: those of this program are such a list', () => {
    expect(featuresOf('client', null)).toEqual([
      'check',
      'content-acknowledge',
      'content-announcement',
      'content-close-poll',
      'content-delete',
      'content-edit',
      'content-file',
      'content-poll',
      'content-reaction',
      'content-reply',
      'content-text',
      'content-vote',
      'typing',
    ]);
    expect(featuresOf('server', null)).toEqual(['check', 'typing']);
  });
});

describe('mail keys', () => {
  const keyOf = (kind: string, change: object = {}): object => ({
    keyId: new Uint8Array(8),
    kind,
    publicKey: new Uint8Array(32),
    expiresAtMs: 0,
    signature: new Uint8Array(64),
    ...change,
  });
  const typeOf = (weekly: object, oneTime: object[]): string =>
    decodeMessage(encode({ kind: 'mail-keys', installation: new Uint8Array(8), weekly, oneTime })).type;

  it('PROTOCOL 9.21: are a weekly key and up to 64 one-time keys, also with fields of a later version', () => {
    const later = { 'grease-7': [1.5, undefined] };
    const many = Array.from({ length: 64 }, () => keyOf('one-time', later));
    expect(typeOf(keyOf('weekly', later), many)).toBe('message');
    expect(typeOf(keyOf('weekly'), [])).toBe('message');
    expect(typeOf(keyOf('weekly'), [...many, keyOf('one-time')])).toBe('malformed');
    expect(typeOf(keyOf('one-time'), [])).toBe('malformed');
    expect(typeOf(keyOf('weekly'), [keyOf('weekly')])).toBe('malformed');
    expect(typeOf(keyOf('monthly'), [])).toBe('malformed');
    expect(typeOf(keyOf('weekly', { publicKey: new Uint8Array(31) }), [])).toBe('malformed');
    expect(typeOf(keyOf('weekly', { signature: new Uint8Array(63) }), [])).toBe('malformed');
  });
});

describe('content', () => {
  const contentOf = (part: Content['content']): Content => ({
    installation,
    sequence: 1,
    sentAtMs: -5,
    content: part,
  });
  const shown = (part: Content['content']) => {
    const decoded = decodeContent(encodeContent(contentOf(part)));
    return decoded.type === 'content' ? decoded.content.content : decoded.type;
  };
  const longest = 'ü'.repeat(messageTextBytesMax / 2);

  it('PROTOCOL 6.4: a content is decoded as it was encoded', () => {
    const content: Content = { ...contentOf({ kind: 'text', text: 'grüß dich 🚀' }), clockOffsetMs: 7 };
    expect(decodeContent(encodeContent(content))).toEqual({ type: 'content', content });
  });

  it('PROTOCOL 6.4: a content holds a text of up to 16 KiB, and a longer or an empty one is malformed', () => {
    expect(shown({ kind: 'text', text: longest })).toEqual({ kind: 'text', text: longest });
    expect(shown({ kind: 'text', text: `${longest}!` })).toBe('malformed');
    expect(shown({ kind: 'text', text: '' })).toBe('malformed');
    expect(shown({ kind: 'text' })).toBe('malformed');
    expect(decodeContent(body)).toEqual({ type: 'malformed' });
  });

  it('PROTOCOL 6.60: a content of an unknown kind is its fallback, and without one it is unknown', () => {
    expect(shown({ kind: 'song', fallback: 'Tea or coffee?' })).toEqual({
      kind: 'unknown',
      fallback: 'Tea or coffee?',
    });
    expect(shown({ kind: 'song' })).toBe('unknown-content');
    expect(shown({ kind: 'toString', fallback: longest })).toEqual({ kind: 'unknown', fallback: longest });
    expect(shown({ kind: 'song', fallback: `${longest}!` })).toBe('malformed');
    expect(shown({ kind: 'song', fallback: '' })).toBe('malformed');
    const fields = { installation: new Uint8Array(8), sequence: 1, sentAtMs: 0 };
    const song = { kind: 'song', text: 'not a text', choices: [1.5, undefined], fallback: 'Tea?' };
    expect(decodeContent(encode({ ...fields, content: song }))).toMatchObject({
      content: { content: { kind: 'unknown', fallback: 'Tea?' } },
    });
  });
});

describe('the kinds of content', () => {
  const mentions = Array.from({ length: mentionsMax }, () => key);
  const text = 'ü'.repeat(messageTextBytesMax / 2);
  const items = <Item>(item: Item): Item[] => Array.from({ length: batchItemsMax }, () => item);
  const choices = Array.from({ length: pollChoicesMax }, () => '🎉'.repeat(pollChoiceCodePointsMax));
  /** Each kind with the longest content that it can have. */
  const longest: ConversationContent[] = [
    { kind: 'text', text, mentions, mentionsRoom: true },
    { kind: 'reply', to: id, text, mentions, mentionsRoom: true },
    { kind: 'edit', of: id, text, mentions, mentionsRoom: true },
    { kind: 'delete', of: id },
    { kind: 'reaction', items: items({ of: id, emoji: '🎉'.repeat(emojiCodePointsMax), on: true }) },
    { kind: 'announcement', text, mentions, mentionsRoom: true },
    { kind: 'acknowledge', items: items(id) },
    { kind: 'poll', question: text, choices },
    { kind: 'vote', items: items({ of: id, choice: 19 }) },
    { kind: 'close-poll', of: id },
    {
      kind: 'file',
      name: 'ü'.repeat(127),
      size: fileBytesMax,
      type: `application/${'x'.repeat(115)}`,
      root: 'ab'.repeat(32) as Digest,
      packed: true,
      preview: Buffer.from(new Uint8Array(filePreviewBytesMax).fill(255)).toString('base64'),
      text,
    },
  ];
  const shortest: ConversationContent[] = [
    { kind: 'reply', to: id, text: 'x' },
    { kind: 'edit', of: id, text: 'x' },
    { kind: 'announcement', text: 'x' },
    { kind: 'file', name: 'a', size: 0, type: 'text/plain', root: '00'.repeat(32) as Digest },
  ];

  it.each([...longest, ...shortest])(
    'PROTOCOL 6.60: are read as they were written, with a fallback for others: $kind',
    (content) => {
      const sent = withFallback(content);
      const bytes = encodeContent({ installation, sequence: 1, sentAtMs: 0, content: sent });
      expect(bytes.length).toBeLessThanOrEqual(contentBytesMax);
      expect('fallback' in sent).toBe(content.kind !== 'text');
      expect(decodeContent(bytes)).toMatchObject({ type: 'content', content: { content } });
    },
  );

  it('PROTOCOL 10.14: have each an example in this test', () => {
    expect(longest.map(({ kind }) => kind).toSorted()).toEqual(
      Object.keys(conversationKindSchemas).toSorted(),
    );
  });

  const file = { kind: 'file', name: 'a.txt', size: 1, type: 'text/plain', root: new Uint8Array(32) };
  const decodedFile = (change: object) =>
    decodeContent(
      encode({ installation: new Uint8Array(8), sequence: 1, sentAtMs: 0, content: { ...file, ...change } }),
    ).type;

  it('PROTOCOL 13.14: take the name of a file as data, and no path', () => {
    for (const name of ['a', '.profile', 'CON', 'a\u202Efdp.exe', 'x'.repeat(255)])
      expect(decodedFile({ name })).toBe('content');
    for (const name of [
      '',
      '.',
      '..',
      'a/b',
      'a\\b',
      'a\0',
      'a\n',
      '\u0085',
      'x'.repeat(256),
      'ü'.repeat(128),
      7,
    ])
      expect(decodedFile({ name })).toBe('malformed');
  });

  it('PROTOCOL 13.15: take a size of a whole number of bytes, a media type and a whole root', () => {
    for (const size of [0, fileBytesMax]) expect(decodedFile({ size })).toBe('content');
    for (const size of [-1, fileBytesMax + 1, 0.5, '1']) expect(decodedFile({ size })).toBe('malformed');
    for (const type of ['image/svg+xml', 'application/vnd.ms-excel'])
      expect(decodedFile({ type })).toBe('content');
    for (const type of [
      '',
      'text',
      'text/',
      '/x',
      'Text/Plain',
      'text/plain; charset=utf-8',
      `a/${'x'.repeat(126)}`,
    ])
      expect(decodedFile({ type })).toBe('malformed');
    expect(decodedFile({ root: new Uint8Array(31) })).toBe('malformed');
    expect(decodedFile({ packed: false })).toBe('malformed');
  });

  it('PROTOCOL 13.16: take a preview of up to 8 KiB', () => {
    expect(decodedFile({ preview: new Uint8Array(filePreviewBytesMax) })).toBe('content');
    for (const preview of [new Uint8Array(filePreviewBytesMax + 1), new Uint8Array(0), 'aGVsbG8='])
      expect(decodedFile({ preview })).toBe('malformed');
  });

  it('PROTOCOL 13.17: say for other programs which file it is, and how large', () => {
    const root = '00'.repeat(32) as Digest;
    const plan = { kind: 'file', name: 'plan.pdf', size: 1_234_567, type: 'application/pdf', root } as const;
    expect(withFallback(plan)).toMatchObject({ fallback: 'File "plan.pdf" (1.2 MiB)' });
    expect(withFallback({ ...plan, packed: true, text: 'The new one' })).toMatchObject({
      fallback: 'Folder "plan.pdf" (1.2 MiB)\nThe new one',
    });
  });
});

describe('a receipt', () => {
  it('PROTOCOL 9.4: a receipt is decoded as it was encoded, and names up to 64 ids, or the last message read, or both', () => {
    expect(decodeReceipt(encodeReceipt({ ids: [id, id] }))).toEqual({ ids: [id, id] });
    expect(decodeReceipt(encodeReceipt({ ids: [], read: id }))).toEqual({ ids: [], read: id });
    expect(decodeReceipt(encodeReceipt({ ids: [] }))).toBeUndefined();
    expect(decodeReceipt(encodeReceipt({ ids: Array.from({ length: 65 }, () => id) }))).toBeUndefined();
    expect(decodeReceipt(body)).toBeUndefined();
  });
});
