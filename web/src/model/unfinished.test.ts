import { describe, expect, it } from 'vitest';
import { bob, me, sentMessageOf, withBob, withCarol } from '../../../shared/model/samples.ts';
import {
  draftAfter,
  overtakenEdit,
  sharedWriting,
  storedWriting,
  UnfinishedWriting,
  writingFrom,
} from './unfinished.ts';

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

  it('goes on after a reload: an edit of any message, and an answer to one that is loaded', () => {
    const answer = { kind: 'reply', to: own } as const;
    const restored = writingFrom(storedWriting(edit), []);
    expect(restored).toEqual({ ...edit, of: { id: own.id, content: own.content } });
    expect(draftAfter(restored, '')).toBe(edit.text);
    expect(writingFrom(storedWriting(answer), [own])).toEqual(answer);
    expect(writingFrom(storedWriting(answer), [])).toEqual({ kind: 'new' });
    const deleted = sentMessageOf(1, { content: { kind: 'deleted' } });
    expect(writingFrom(storedWriting(answer), [deleted])).toEqual({ kind: 'new' });
    expect(storedWriting({ kind: 'new' })).toBe('');
  });

  it('goes on as another tab has gone on with it, or ended it', () => {
    const restored = { ...edit, of: { id: own.id, content: own.content } };
    const answer = { kind: 'reply', to: own } as const;
    expect(sharedWriting(edit, storedWriting(edit), [])).toBe(edit);
    expect(sharedWriting({ kind: 'new' }, storedWriting(edit), [])).toEqual(restored);
    expect(sharedWriting({ ...edit, text: 'message 1' }, storedWriting(edit), [])).toEqual(restored);
    expect(sharedWriting(edit, '', [])).toEqual({ kind: 'new' });
    expect(sharedWriting(edit, storedWriting(answer), [own])).toEqual(answer);
  });

  it('stays as it is while another tab answers a message that is not loaded here', () => {
    const answer = { kind: 'reply', to: sentMessageOf(2) } as const;
    expect(sharedWriting(edit, storedWriting(answer), [own])).toBe(edit);
    expect(sharedWriting(answer, storedWriting(answer), [])).toBe(answer);
  });

  it('ends when its message was edited elsewhere, unless the user has typed something else in it', () => {
    const now = { kind: 'text', text: 'message 1, elsewhere' } as const;
    expect(overtakenEdit(edit, own.content)).toBe('no');
    expect(overtakenEdit(edit, undefined)).toBe('no');
    expect(overtakenEdit(edit, { kind: 'deleted' })).toBe('no');
    expect(overtakenEdit({ kind: 'reply', to: own }, now)).toBe('no');
    expect(overtakenEdit({ ...edit, text: 'message 1' }, now)).toBe('ends');
    expect(overtakenEdit({ ...edit, text: now.text }, now)).toBe('ends');
    expect(overtakenEdit(edit, now)).toBe('goes-on');
  });

  it('is ignored where the browser has something else in its place', () => {
    for (const stored of [
      '',
      '{',
      'null',
      '5',
      '{"0":1}',
      '[]',
      '[1,2,3]',
      '["no id","a","b"]',
      `["${own.id}",1,2]`,
    ])
      expect(writingFrom(stored, [])).toEqual({ kind: 'new' });
  });

  it('leaves its words in the draft when its message is deleted, below those that are there', () => {
    expect(draftAfter(edit, '')).toBe('message 1, better');
    expect(draftAfter(edit, 'a draft')).toBe('a draft\nmessage 1, better');
    for (const draft of ['message 1, better', 'a draft\nmessage 1, better'])
      expect(draftAfter(edit, draft)).toBe(draft);
    expect(draftAfter({ ...edit, text: 'message 1' }, 'a draft')).toBe('a draft');
    expect(draftAfter({ kind: 'reply', to: own }, 'an answer')).toBe('an answer');
  });
});
