import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contentText } from './content-text.ts';
import {
  compareMessages,
  deliveryMayBecome,
  furthestBehind,
  textBytes,
  waitingReasons,
  withoutBlankEdges,
  type Delivery,
} from './message.ts';

const saved: Delivery = { state: 'saved' };
const sending: Delivery = { state: 'sending', attempt: 2, via: 'direct' };
const waiting: Delivery = { state: 'waiting', nextAttemptAtMs: null, reason: 'no-connection' };
const stored: Delivery = { state: 'stored' };
const failed: Delivery = { state: 'failed', code: 'refused' };
const delivered: Delivery = { state: 'delivered', later: false };

describe('the state of a message', () => {
  it('moves freely while it is underway', () => {
    for (const from of [saved, sending, waiting])
      for (const to of [saved, sending, waiting]) expect(deliveryMayBecome(from, to)).toBe(true);
  });

  it('never goes back a stage', () => {
    const stages = [[saved, sending, waiting], [stored], [failed], [delivered]];
    for (const [later, stage] of stages.entries())
      for (const from of stage)
        for (const [earlier, others] of stages.entries())
          for (const to of others) expect(deliveryMayBecome(from, to)).toBe(earlier >= later);
  });

  it('has figures of a room that only rise, while members come and go', () => {
    const inRoom = (delivered: number, read: number, of = 3): Delivery => ({
      state: 'in-room',
      delivered,
      read,
      of,
    });
    expect(deliveryMayBecome(inRoom(1, 0), inRoom(2, 1, 2))).toBe(true);
    expect(deliveryMayBecome(inRoom(2, 0), inRoom(1, 0))).toBe(false);
    expect(deliveryMayBecome(inRoom(2, 1), inRoom(2, 0))).toBe(false);
    expect(deliveryMayBecome(sending, inRoom(0, 0))).toBe(true);
    expect(deliveryMayBecome(inRoom(0, 0), stored)).toBe(false);
  });

  it('goes back from a room to the sender: a server that was restored no longer has it', () => {
    const inRoom: Delivery = { state: 'in-room', delivered: 1, read: 0, of: 2 };
    for (const to of [saved, sending, waiting]) expect(deliveryMayBecome(inRoom, to)).toBe(true);
    expect(deliveryMayBecome(delivered, sending)).toBe(false);
  });

  it('goes back from the server only for a reason that means that the server no longer has it', () => {
    const back = waitingReasons.filter((reason) =>
      deliveryMayBecome(stored, { state: 'waiting', nextAttemptAtMs: null, reason }),
    );
    expect(back).toEqual(['unknown-recipient', 'not-accepted', 'wrong-key', 'refused-for-now']);
  });

  it('can still become delivered after it failed: the recipient knows best', () => {
    expect(deliveryMayBecome(failed, delivered)).toBe(true);
  });
});

describe('the delivery of a message with several dispatches', () => {
  it('is that of the dispatch that is furthest behind', () => {
    expect(furthestBehind([delivered, stored, failed])).toEqual(stored);
    expect(furthestBehind([delivered, failed, { state: 'read' }])).toEqual(failed);
    expect(furthestBehind([stored, sending])).toEqual(sending);
    expect(furthestBehind([delivered])).toEqual(delivered);
  });

  it('is delivered when there is no recipient', () => {
    expect(furthestBehind([])).toEqual({ state: 'delivered', later: false });
  });
});

describe('the order of a conversation', () => {
  it('is by the major position, then by the minor one', () => {
    const at = (major: number, minor: number) => ({ position: { major, minor } });
    expect([at(2, 1), at(1, 9), at(1, 2), at(3, 0)].toSorted(compareMessages)).toEqual([
      at(1, 2),
      at(1, 9),
      at(2, 1),
      at(3, 0),
    ]);
  });
});

describe('the length of a text', () => {
  it('is counted in bytes of UTF-8', () => {
    expect(['', 'a', 'ü', '€', '\u{1F600}'].map(textBytes)).toEqual([0, 1, 2, 3, 4]);
    const units = fc.constantFrom(
      'a',
      '\u007f',
      '\u0080',
      '\u07ff',
      '\u0800',
      '\ud7ff',
      '\ud800',
      '\udbff',
      '\udc00',
      '\udfff',
      '\ue000',
    );
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: units })), (text) => {
        expect(textBytes(text)).toBe(new TextEncoder().encode(text).length);
      }),
    );
  });
});

describe('a typed text', () => {
  it('keeps the indentation of its first line, and loses blank lines before it and white space behind it', () => {
    expect(withoutBlankEdges('\n \n\r\n    if (x)\n      y\n\n  ')).toBe('    if (x)\n      y');
    expect(withoutBlankEdges('\tword ')).toBe('\tword');
    expect(withoutBlankEdges(' \n\t\n ')).toBe('');
    expect(withoutBlankEdges('')).toBe('');
  });
});

describe('a content as a text', () => {
  it('is the words of each kind, and a sentence where no words are left', () => {
    expect(contentText({ kind: 'poll', question: 'Tea?', choices: ['yes', 'no'] })).toBe(
      'Tea?\n1. yes\n2. no',
    );
    expect(contentText({ kind: 'announcement', text: 'Exam at 9' })).toBe('Exam at 9');
    expect(contentText({ kind: 'deleted' })).toBe('This message was deleted.');
    expect(contentText({ kind: 'erased' })).toBe('The text of this message is no longer kept.');
    expect(contentText({ kind: 'notice', entry: { kind: 'topic', topic: 'Exams' } })).toBe(
      'changed the topic to "Exams"',
    );
    expect(contentText({ kind: 'notice', entry: { kind: 'join' } })).toBe('joined the room');
  });
});
