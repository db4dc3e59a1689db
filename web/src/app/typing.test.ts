import { expect, it } from 'vitest';
import type { Command } from '../../../shared/bridge/commands.ts';
import { bob, carol, withBob } from '../../../shared/model/samples.ts';
import { directConversation } from '../../../shared/conversation.ts';
import { Typing } from './typing.svelte.ts';

function typingAt(): {
  readonly typing: Typing;
  readonly told: Command[];
  readonly at: (ms: number) => void;
} {
  const told: Command[] = [];
  let nowMs = 10_000;
  const typing = new Typing(
    (command) => told.push(command),
    () => nowMs,
  );
  return { typing, told, at: (ms) => (nowMs = ms) };
}

it('the tab tells the gateway at most every 3 s that the user types in a conversation', () => {
  const { typing, told, at } = typingAt();
  for (const ms of [10_000, 10_100, 12_999, 13_000, 14_000]) {
    at(ms);
    typing.tell(withBob);
  }
  expect(told).toEqual([
    { type: 'typing', conversation: withBob },
    { type: 'typing', conversation: withBob },
  ]);
  typing.tell(directConversation(carol));
  expect(told).toHaveLength(3);
});

it('the tab knows the people that type in each conversation, until the gateway says otherwise or is gone', () => {
  const { typing } = typingAt();
  typing.hear(withBob, [bob]);
  expect(typing.in(withBob)).toEqual([bob]);
  expect(typing.in(directConversation(carol))).toEqual([]);
  typing.hear(withBob, []);
  expect(typing.in(withBob)).toEqual([]);
  typing.hear(withBob, [bob]);
  typing.forget();
  expect(typing.in(withBob)).toEqual([]);
});
