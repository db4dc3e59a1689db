import { describe, expect, it } from 'vitest';
import type { ChatMessage } from '../../../shared/message.ts';
import { bob, carol, idOf, me, messageOf, roomViewOf, sentMessageOf } from '../../../shared/model/samples.ts';
import { choiceViews, lastEditable, quoteOf, reactionViews } from './changes.ts';
import { messageActions, type MessageActions } from './message-actions.ts';
import { entryOf } from './timeline.ts';

it('reactions show what is one emoji, and which are the user’s', () => {
  const reactions = [
    { emoji: '👍', keys: [bob, me] },
    { emoji: 'no emoji', keys: [bob] },
    { emoji: '🎉', keys: [carol] },
  ];
  expect(reactionViews(messageOf(1, { reactions }), me)).toEqual([
    { emoji: '👍', keys: [bob, me], isMine: true },
    { emoji: '🎉', keys: [carol], isMine: false },
  ]);
});

it('the choices of a poll show their voters and their share of the votes', () => {
  expect(choiceViews(['yes', 'no'], { votes: [[bob, me, carol], []] }, me)).toEqual([
    { choice: 'yes', voters: [bob, me, carol], isMine: true, share: 1 },
    { choice: 'no', voters: [], isMine: false, share: 0 },
  ]);
  expect(choiceViews(['yes', 'no'], {}, me).map(({ share }) => share)).toEqual([0, 0]);
});

it('Arrow up edits the newest own message with words', () => {
  const messages = [
    sentMessageOf(1),
    sentMessageOf(2, { content: { kind: 'deleted' } }),
    sentMessageOf(3, { delivery: { state: 'failed', code: 'refused' } }),
    messageOf(4),
  ];
  expect(lastEditable(messages, me)?.id).toBe(idOf(1));
  expect(lastEditable([messageOf(4)], me)).toBeUndefined();
});

it('a quote never has the words of a deleted or hidden message', () => {
  expect(quoteOf(messageOf(1))).toMatchObject({ kind: 'words', author: bob });
  expect(quoteOf(messageOf(1, { content: { kind: 'deleted' } }))).toEqual({ kind: 'deleted', author: bob });
  expect(quoteOf(messageOf(1, { hidden: true }))).toEqual({ kind: 'hidden', author: bob });
  expect(quoteOf(undefined)).toEqual({ kind: 'missing' });
});

describe('the menu of a message', () => {
  const offered = (actions: MessageActions) =>
    Object.entries(actions)
      .filter(([, isOffered]) => isOffered)
      .map(([action]) => action);
  const menuOf = (message: ChatMessage, room = roomViewOf(1, 'lab'), canWrite = true) =>
    offered(messageActions(entryOf(message, me), message, room, me, canWrite));

  it('offers what everyone may do, and more to the author', () => {
    expect(menuOf(messageOf(1))).toEqual(['reply', 'react', 'copy']);
    const mine = sentMessageOf(1, { delivery: { state: 'in-room', delivered: 1, read: 0, of: 2 } });
    expect(menuOf(mine)).toEqual(['reply', 'react', 'copy', 'edit', 'delete', 'readers']);
  });

  it('offers moderators to pin and to hide, and the opposite afterwards', () => {
    const room = roomViewOf(1, 'lab', { standing: 'moderator' });
    expect(menuOf(messageOf(1), room)).toEqual(['reply', 'react', 'copy', 'pin', 'hide']);
    expect(menuOf(messageOf(1), { ...room, pins: [idOf(1)] })).toContain('unpin');
    expect(menuOf(messageOf(1, { hidden: true }), room)).toEqual(['unhide']);
  });

  it('offers reactions and copies alone to a member of a moderated room', () => {
    expect(menuOf(messageOf(1), roomViewOf(1, 'lab', { mode: { name: 'moderated' } }), false)).toEqual([
      'react',
      'copy',
    ]);
  });

  it('offers nothing of a deleted message, and a copy of one that has not left the tab', () => {
    expect(menuOf(messageOf(1, { content: { kind: 'deleted' } }))).toEqual([]);
    const pending = {
      id: idOf(1),
      conversation: messageOf(1).conversation,
      content: { kind: 'text', text: 'hi' },
      typedAtMs: 0,
      state: { kind: 'in-tab' },
    } as const;
    const entry = {
      source: 'tab',
      id: idOf(1),
      author: me,
      isMine: true,
      atMs: 0,
      message: pending,
    } as const;
    expect(offered(messageActions(entry, null, null, me, true))).toEqual(['copy']);
  });

  it('offers the author of a poll to close it, once', () => {
    const poll = sentMessageOf(1, {
      content: { kind: 'poll', question: 'When?', choices: ['now', 'later'] },
    });
    expect(menuOf(poll)).toContain('closePoll');
    expect(menuOf({ ...poll, closed: true })).not.toContain('closePoll');
    expect(menuOf(poll)).not.toContain('edit');
  });
});
