import { describe, expect, it } from 'vitest';
import { bob, me, sentMessageOf, withBob, withCarol } from '../../../shared/model/samples.ts';
import { draftAfter, UnfinishedWriting } from './unfinished.ts';

const own = sentMessageOf(1);
const edit = { kind: 'edit', of: own, text: 'message 1, better' } as const;

describe('UI 3: an edit or an answer that was begun', () => {
  it('goes on when the user comes back to the conversation, until it ends, and for no other user', () => {
    const unfinished = new UnfinishedWriting();
    unfinished.keep(me, withBob, edit);
    expect(unfinished.of(me, withBob)).toBe(edit);
    expect(unfinished.of(me, withCarol)).toEqual({ kind: 'new' });
    expect(unfinished.of(bob, withBob)).toEqual({ kind: 'new' });
    unfinished.keep(me, withBob, { kind: 'new' });
    expect(unfinished.of(me, withBob)).toEqual({ kind: 'new' });
  });

  it('leaves its words in the draft when its message is deleted, below those that are there', () => {
    expect(draftAfter(edit, '')).toBe('message 1, better');
    expect(draftAfter(edit, 'a draft')).toBe('a draft\nmessage 1, better');
    expect(draftAfter({ ...edit, text: 'message 1' }, 'a draft')).toBe('a draft');
    expect(draftAfter({ kind: 'reply', to: own }, 'an answer')).toBe('an answer');
  });
});
