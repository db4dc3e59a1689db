import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseTabFrame } from './parse-frame.ts';
import { RecordingGateway, TestTab, browserFor, startTestBridge, tabNonce } from './bridge-under-test.ts';

const conversation = `direct:${'ab'.repeat(32)}`;
const id = '0198c0de-0000-7000-8000-000000000001';

const validFrames = [
  { type: 'hello', version: 1, nonce: tabNonce },
  { type: 'enter', version: 1 },
  { type: 'prove', signature: 'S'.repeat(86) },
  { type: 'prove', signature: '', cursor: { epoch: '00000000000000aa', number: 3 } },
  {
    type: 'command',
    id: 'a',
    command: { type: 'send', id, conversation, content: { kind: 'text', text: 'hello' } },
  },
  { type: 'command', id: 'b', command: { type: 'history', conversation, before: null, limit: 20 } },
];

function otherFieldsOf(frame: (typeof validFrames)[number]): string[] {
  if ('command' in frame) return ['id', 'command'];
  if ('nonce' in frame) return ['version', 'nonce'];
  return 'version' in frame ? ['version'] : ['signature'];
}

function read(value: unknown): ReturnType<typeof parseTabFrame> {
  return parseTabFrame(Buffer.from(JSON.stringify(value)), false);
}

describe('a frame from a tab', () => {
  it.each(validFrames)('is parsed if the contract knows it: %j', (frame) => {
    expect(read(frame)).toEqual({ frame });
  });

  it('ignores fields that it does not know: a newer app may have more', () => {
    expect(read({ type: 'hello', version: 1, nonce: tabNonce, theme: 'dark' })).toHaveProperty('frame');
  });

  it('gives a frame or a problem for any bytes, and never throws', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), (bytes, isBinary) => {
        expect(parseTabFrame(Buffer.from(bytes), isBinary)).toHaveProperty('problem');
      }),
    );
  });

  it('gives a frame or a problem for any JSON, and never throws', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
        expect(read(value)).toHaveProperty('problem');
      }),
    );
  });

  it('takes no frame with a field of another type', () => {
    const broken = fc.constantFrom(...validFrames).chain((frame) =>
      fc.tuple(
        fc.constant(frame),
        fc.constantFrom('type', ...otherFieldsOf(frame)),
        fc.jsonValue().filter((value) => typeof value !== 'number' && typeof value !== 'string'),
      ),
    );
    fc.assert(
      fc.property(broken, ([frame, field, value]) => {
        expect(read({ ...frame, [field]: value })).toHaveProperty('problem');
      }),
    );
  });

  it('is not hurt by depth', () => {
    expect(parseTabFrame(Buffer.from('['.repeat(100_000)), false)).toHaveProperty('problem');
    const deep = `${'['.repeat(60_000)}${']'.repeat(60_000)}`;
    expect(parseTabFrame(Buffer.from(`{"type":"hello","version":${deep}}`), false)).toHaveProperty('problem');
  });
});

it('garbage from one tab does not reach another tab, and is never executed', async () => {
  const api = new RecordingGateway();
  const bridge = await startTestBridge({ api });
  const browser = await browserFor(bridge);
  const witness = await TestTab.open(bridge, {}, browser);
  witness.hello();
  await witness.next();
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.string({ unit: 'binary' }), fc.json()), async (text) => {
      const tab = await TestTab.open(bridge, {}, browser);
      tab.hello();
      await tab.next();
      tab.socket.send(text);
      expect((await tab.next()).type).toBe('protocol-error');
      expect((await tab.closed).code).toBe(1008);
    }),
    { numRuns: 50 },
  );
  expect(api.executed).toEqual([]);
  witness.send({ type: 'command', id: 'a', command: { type: 'leave' } });
  expect((await witness.next()).type).toBe('answer');
});
