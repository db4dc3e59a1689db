import { describe, expect, it } from 'vitest';
import { newestMessagesMax, pastMessagesMax } from '../limits.ts';
import type { ConversationState } from './conversation.ts';
import { emptyConversation, withChanged, withDelivery, withMessage, withoutMessage } from './conversation.ts';
import { withHistory, withLater, withoutPast, withPast } from './history.ts';
import { idOf, messageOf, sentMessageOf, withBob } from './samples.ts';

const pageOf = (numbers: readonly number[], hasMore: boolean) => ({
  messages: numbers.map((number) => messageOf(number)),
  hasMore,
});
const loaded: ConversationState = { ...emptyConversation(withBob), ...pageOf([10, 11], true) };
const idsOf = ({ messages }: { readonly messages: readonly { readonly id: string }[] }) =>
  messages.map(({ id }) => id);
const pastOf = ({ past }: ConversationState) => past && idsOf(past);
const numbered = (...numbers: number[]) => numbers.map(idOf);

describe('an answer to history', () => {
  it('is added above the loaded part, and tells whether there is more', () => {
    const state = withHistory(loaded, idOf(10), pageOf([8, 9], false));
    expect(idsOf(state)).toEqual(numbered(8, 9, 10, 11));
    expect(state.hasMore).toBe(false);
  });

  it('is ignored if the top of the loaded part has changed since, because it would leave a gap', () => {
    expect(withHistory(loaded, idOf(7), pageOf([6], false))).toBe(loaded);
  });
});

describe('what the page keeps', () => {
  const numbers = (first: number, count: number) => Array.from({ length: count }, (_, at) => first + at);
  const full = { ...loaded, ...pageOf(numbers(20_000, newestMessagesMax), true) };

  it('is the newest messages, and the past where the reader goes further up', () => {
    const state = withHistory(full, idOf(20_000), pageOf([18_000], true));
    expect(idsOf(state)).toEqual(idsOf(full));
    expect(pastOf(state)).toEqual([idOf(18_000), ...idsOf(full)]);
    const back = withLater(state, pageOf([20_999], false));
    expect([back.past, back.messages.length]).toEqual([null, newestMessagesMax + 1]);
  });

  it('is bounded at both ends of the past', () => {
    const long = { ...full, past: pageOf(numbers(2_000, pastMessagesMax), false) };
    const up = withHistory(long, idOf(2_000), pageOf([1_998, 1_999], true));
    expect(up.past?.messages.length).toBe(pastMessagesMax);
    expect([up.past?.messages[0]?.id, up.past?.messages.at(-1)?.id]).toEqual(numbered(1_998, 11_997));
    const down = withLater(long, pageOf([11_999, 12_000], true));
    expect(down.past?.messages.length).toBe(pastMessagesMax);
    expect([down.past?.messages[0]?.id, down.past?.messages.at(-1)?.id]).toEqual(numbered(2_001, 12_000));
    expect(down.past?.hasMore).toBe(true);
  });
});

describe('the past', () => {
  const inPast = withPast(loaded, pageOf([3], true), pageOf([4, 5], true));

  it('grows at both ends until it reaches the newest messages', () => {
    expect(pastOf(inPast)).toEqual(numbered(3, 4, 5));
    expect(idsOf(inPast)).toEqual(numbered(10, 11));
    const above = withHistory(inPast, idOf(3), pageOf([1, 2], false));
    const below = withLater(above, pageOf([5, 6, 7], true));
    expect(pastOf(below)).toEqual(numbered(1, 2, 3, 4, 5, 6, 7));
    const joined = withLater(below, pageOf([7, 8, 9, 10], true));
    expect(joined.past).toBeNull();
    expect(idsOf(joined)).toEqual(numbered(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11));
    expect(joined.hasMore).toBe(false);
  });

  it('ends where the reader leaves it, and an answer that comes late changes nothing', () => {
    const left = withoutPast(inPast);
    expect(left).toEqual(loaded);
    expect(withLater(left, pageOf([5, 6], true))).toBe(left);
    expect(withLater(inPast, pageOf([6, 7], true))).toBe(inPast);
    expect(withoutPast(left)).toBe(left);
  });

  it('joins the newest messages where there is nothing after it', () => {
    const state = withPast(loaded, pageOf([8], false), pageOf([9], false));
    expect([idsOf(state), state.past]).toEqual([numbered(8, 9, 10, 11), null]);
  });

  it('follows edits and discarded messages', () => {
    const edited = { ...messageOf(4), content: { kind: 'text', text: 'new words' } } as const;
    const changed = withChanged(inPast, edited, 0);
    expect(changed.past?.messages[1]).toEqual(edited);
    expect(pastOf(withoutMessage(changed, idOf(4)))).toEqual(numbered(3, 5));
  });

  it('follows deliveries', () => {
    const own = withPast(loaded, pageOf([3], true), { messages: [sentMessageOf(4)], hasMore: true });
    const delivered = { state: 'delivered', later: false } as const;
    expect(withDelivery(own, idOf(4), delivered).past?.messages.at(-1)?.delivery).toEqual(delivered);
    expect(withDelivery(own, idOf(77), delivered)).toBe(own);
  });

  it('takes a late message between its ends, once, and no other one', () => {
    const counts = { unread: 0, mentions: 0 };
    const gap = withoutMessage(inPast, idOf(4));
    const late = withMessage(withMessage(gap, messageOf(4), counts), messageOf(4), counts);
    expect(pastOf(late)).toEqual(numbered(3, 4, 5));
    expect(pastOf(withMessage(gap, messageOf(1), counts))).toEqual(numbered(3, 5));
    expect(pastOf(withMessage(gap, messageOf(7), counts))).toEqual(numbered(3, 5));
  });
});
