import { describe, expect, it } from 'vitest';
import { idOf, me, messageOf, sentMessageOf } from '../../../shared/model/samples.ts';
import { firstUnread } from './new-line.ts';

const notice = messageOf(3, { content: { kind: 'notice', entry: { kind: 'join' } } });
const messages = [messageOf(1), sentMessageOf(2), notice, messageOf(4), messageOf(5), messageOf(6)];

describe('UI 11: the first unread message', () => {
  it('is so many received messages before the end', () => {
    expect(firstUnread(messages, { end: idOf(6), count: 2 }, me)).toBe(idOf(5));
  });

  it('is neither an own message nor a notice', () => {
    expect(firstUnread(messages, { end: idOf(6), count: 4 }, me)).toBe(idOf(1));
  });

  it('stays the same when more messages arrive', () => {
    expect(firstUnread([...messages, messageOf(7)], { end: idOf(6), count: 2 }, me)).toBe(idOf(5));
  });

  it('is unknown while it is not loaded, or if the end is gone', () => {
    expect(firstUnread(messages, { end: idOf(6), count: 5 }, me)).toBeUndefined();
    expect(firstUnread(messages, { end: idOf(9), count: 1 }, me)).toBeUndefined();
  });
});
