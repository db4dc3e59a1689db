import { describe, expect, it } from 'vitest';
import type { HistoryResult } from '../../../shared/bridge/commands.ts';
import { doneWith } from '../../../shared/command-result.ts';
import { newestMessagesMax } from '../../../shared/limits.ts';
import { applyEvent, applySnapshot, changeConversation, conversationOf } from '../../../shared/model/chat.ts';
import { initialState } from '../../../shared/model/chat.ts';
import { bob, idOf, messageOf, snapshotOf, withBob } from '../../../shared/model/samples.ts';
import type { AppView } from './app-view.ts';
import { HistoryLoader } from './history-loader.ts';

const pageOf = (numbers: readonly number[], hasMore: boolean) => ({
  messages: numbers.map((number) => messageOf(number)),
  hasMore,
});

/** A page with the messages 90 and 91. The test answers what it asks, the oldest question first. */
function loaderUnderTest() {
  const conversation = { conversation: withBob, unread: 0, mentions: 0, notify: 'all' as const };
  const snapshot = snapshotOf({ conversations: [{ ...conversation, ...pageOf([90, 91], true) }] });
  let chat = applySnapshot({ ...initialState, messagesMax: newestMessagesMax }, snapshot);
  const questions: ((page: HistoryResult) => void)[] = [];
  const ask = () => {
    const { promise, resolve } = Promise.withResolvers<{ status: 'done'; result: HistoryResult }>();
    questions.push((page) => resolve(doneWith(page)));
    return promise;
  };
  const app = {
    ask,
    changeLoaded: ((id, change) => {
      chat = changeConversation(chat, id, change);
    }) satisfies AppView['changeLoaded'],
    get chat() {
      return chat;
    },
  };
  return {
    loader: new HistoryLoader(app, withBob),
    async answer(page: HistoryResult): Promise<void> {
      questions.shift()?.(page);
      for (let hops = 0; hops < 10; hops++) await Promise.resolve();
    },
    apply(event: Parameters<typeof applyEvent>[1]): void {
      chat = applyEvent(chat, event);
    },
    lose(): void {
      chat = applySnapshot(chat, snapshot);
    },
    past: () => conversationOf(chat, withBob).past?.messages.map(({ id }) => id) ?? null,
    contents: () => conversationOf(chat, withBob).past?.messages.map(({ content }) => content.kind),
  };
}

describe('the messages around a place far up', () => {
  it('are loaded below it and then above it', async () => {
    const { loader, answer, past } = loaderUnderTest();
    const jump = loader.loadAround(idOf(10));
    await answer(pageOf([10, 11], true));
    expect(past()).toEqual([idOf(10), idOf(11)]);
    await answer(pageOf([8, 9], true));
    expect(await jump).toBe(idOf(10));
    expect(past()).toEqual([8, 9, 10, 11].map(idOf));
  });

  it('lose what is deleted or discarded while those above are still loaded', async () => {
    const { loader, answer, apply, past, contents } = loaderUnderTest();
    const jump = loader.loadAround(idOf(10));
    await answer(pageOf([10, 11, 12], true));
    const content = { kind: 'deleted' } as const;
    const change = { author: bob, kind: 'delete' } as const;
    apply({ type: 'changed', message: { ...messageOf(11), content }, change, mentions: 0 });
    apply({ type: 'discarded', conversation: withBob, id: idOf(12) });
    await answer(pageOf([9], true));
    await jump;
    expect(past()).toEqual([9, 10, 11].map(idOf));
    expect(contents()).toEqual(['text', 'text', 'deleted']);
  });

  it('are not shown to a reader who has gone back or elsewhere in the meantime', async () => {
    const { loader, answer, past } = loaderUnderTest();
    const early = loader.loadAround(idOf(10));
    loader.leavePast();
    await answer(pageOf([10, 11], true));
    expect([await early, past()]).toEqual([null, null]);
    const left = loader.loadAround(idOf(10));
    await answer(pageOf([10, 11], true));
    loader.leavePast();
    await answer(pageOf([8, 9], true));
    expect([await left, past()]).toEqual([idOf(10), null]);
    const first = loader.loadAround(idOf(10));
    const second = loader.loadAround(idOf(30));
    await answer(pageOf([10, 11], true));
    await answer(pageOf([30, 31], true));
    await answer(pageOf([29], true));
    expect([await first, await second, past()]).toEqual([null, idOf(30), [29, 30, 31].map(idOf)]);
  });

  it('do not come to a reader who scrolled on in place of waiting for them', async () => {
    const { loader, answer, past } = loaderUnderTest();
    const jump = loader.loadAround(idOf(10));
    loader.stay();
    await answer(pageOf([10, 11], true));
    expect([await jump, past()]).toEqual([null, null]);
  });

  it('do not join newest messages that a new connection has brought', async () => {
    const { loader, answer, lose, past } = loaderUnderTest();
    const jump = loader.loadAround(idOf(10));
    await answer(pageOf([10, 11], true));
    lose();
    await answer(pageOf([8, 9], true));
    await jump;
    expect(past()).toBeNull();
  });
});
