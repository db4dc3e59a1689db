import { describe, expect, it } from 'vitest';
import { bob, me, withBob, withCarol } from '../../../shared/model/samples.ts';
import { ForgivingStorage, MemoryStorage } from './storage.ts';
import { Drafts } from './drafts.svelte.ts';

const never = () => undefined;
const notTyping = () => false;

describe('UI 3: drafts', () => {
  it('belong to one user and one conversation, and survive a reload', () => {
    const storage = new MemoryStorage();
    new Drafts(storage, never, notTyping).write(me, withBob, 'for bob');
    const drafts = new Drafts(storage, never, notTyping);
    expect(drafts.read(me, withBob)).toBe('for bob');
    expect(drafts.read(me, withCarol)).toBe('');
    expect(drafts.read(bob, withBob)).toBe('');
    expect(drafts.read(null, withBob)).toBe('');
  });

  it('reach the storage later when they are long, once for all keys typed until then, and are read at once', () => {
    const storage = new MemoryStorage();
    const saves: (() => void)[] = [];
    const drafts = new Drafts(storage, (save) => saves.push(save), notTyping);
    const long = 'x'.repeat(100_000);
    for (const end of ['a', 'b', 'c']) drafts.write(me, withBob, long + end);
    expect([storage.length, saves.length]).toEqual([0, 1]);
    expect(drafts.read(me, withBob)).toBe(`${long}c`);
    saves[0]!();
    expect(new Drafts(storage, never, notTyping).read(me, withBob)).toBe(`${long}c`);
    drafts.write(me, withBob, `${long}d`);
    drafts.write(me, withBob, '');
    saves[1]!();
    expect([saves.length, storage.length]).toEqual([2, 0]);
  });

  it('move to the conversation of the accepted key without losing a text', () => {
    const drafts = new Drafts(new MemoryStorage(), never, notTyping);
    drafts.write(me, withBob, 'to the old key');
    drafts.move(me, withBob, withCarol);
    expect([drafts.read(me, withBob), drafts.read(me, withCarol)]).toEqual(['', 'to the old key']);
    drafts.write(me, withBob, 'more');
    drafts.move(me, withBob, withCarol);
    expect(drafts.read(me, withCarol)).toBe('to the old key\nmore');
    drafts.write(me, withBob, '["begun"]', 'writing');
    drafts.move(me, withBob, withCarol);
    expect([drafts.read(me, withBob, 'writing'), drafts.read(me, withCarol, 'writing')]).toEqual([
      '',
      '["begun"]',
    ]);
    // Another tab of the user moves the same draft.
    drafts.move(me, withBob, withCarol);
    expect(drafts.read(me, withCarol)).toBe('to the old key\nmore');
  });
});

describe('UI 3: the draft of a conversation that two tabs show', () => {
  const key = `chatagram:draft:${me}:${withBob}`;

  it('is in both what the user typed last, in whichever tab', () => {
    const storage = new MemoryStorage();
    const one = new Drafts(storage, never, notTyping);
    const other = new Drafts(storage, never, notTyping);
    one.write(me, withBob, 'in one');
    other.hear(key);
    other.write(me, withBob, 'in one and the other');
    one.hear(key);
    expect(one.read(me, withBob)).toBe('in one and the other');
    other.write(me, withBob, '');
    one.hear(key);
    expect(one.read(me, withBob)).toBe('');
  });

  it('stays as it is in the box in which the user is typing, which the other tab then follows', () => {
    const storage = new MemoryStorage();
    const saves: (() => void)[] = [];
    const typing = new Drafts(
      storage,
      (save) => saves.push(save),
      () => true,
    );
    typing.write(me, withBob, 'my words');
    new Drafts(storage, never, notTyping).write(me, withBob, 'a late save');
    typing.hear(key);
    expect(typing.read(me, withBob)).toBe('my words');
    for (const save of saves) save();
    expect([storage.getItem(key), saves.length]).toEqual(['my words', 1]);
  });

  it('is taken from the other tab in a box that has the focus, but nothing of its own', () => {
    const storage = new MemoryStorage();
    const empty = new Drafts(storage, never, () => true);
    empty.write(me, withBob, '');
    new Drafts(storage, never, notTyping).write(me, withBob, 'from the other tab');
    empty.hear(key);
    expect(empty.read(me, withBob)).toBe('from the other tab');
  });
});

describe('UI 3: a box that shows the text of another tab', () => {
  it('does not go back to its own when it gets the focus, and more comes from the other tab', () => {
    const storage = new MemoryStorage();
    let hasFocus = true;
    const one = new Drafts(storage, never, () => hasFocus);
    const other = new Drafts(storage, never, notTyping);
    const says = (text: string) => {
      other.write(me, withBob, text);
      one.hear(`chatagram:draft:${me}:${withBob}`);
    };
    one.write(me, withBob, 'hello');
    hasFocus = false;
    says('hello, bob');
    hasFocus = true;
    says('hello, bob, and more');
    expect(one.read(me, withBob)).toBe('hello, bob, and more');
  });
});

describe('a full storage', () => {
  class FullStorage extends MemoryStorage {
    full = true;

    override setItem(key: string, value: string): void {
      if (this.full) throw new Error('QuotaExceededError');
      super.setItem(key, value);
    }
  }

  it('lets the user go on typing, and stores the draft once there is room', () => {
    const browser = new FullStorage();
    const drafts = new Drafts(new ForgivingStorage(browser), never, notTyping);
    drafts.write(me, withBob, 'half a senten');
    expect(drafts.read(me, withBob)).toBe('half a senten');
    browser.full = false;
    drafts.write(me, withBob, 'half a sentence');
    expect(new Drafts(browser, never, notTyping).read(me, withBob)).toBe('half a sentence');
    drafts.write(me, withBob, '');
    expect(drafts.read(me, withBob)).toBe('');
  });
});

describe('the storage of a browser', () => {
  it('tells of drafts and commands of earlier chats, and loses them when the user says so, but not what the user chose', () => {
    const kept = new MemoryStorage();
    const storage = new ForgivingStorage(kept);
    new Drafts(storage, never, notTyping).write(me, withBob, 'for bob');
    new Drafts(storage, never, notTyping).write(bob, withCarol, 'for carol');
    new Drafts(storage, never, notTyping).write(me, withCarol, '["begun"]', 'writing');
    storage.setItem(`chatagram:command:${me}:1`, '{}');
    storage.setItem('chatagram:language', 'de');
    expect(storage.hasChats()).toBe(true);
    storage.clearChats();
    expect(storage.hasChats()).toBe(false);
    expect([kept.length, kept.getItem('chatagram:language')]).toEqual([1, 'de']);
  });

  it('is empty after a wipe, and keeps no draft that is written when its page goes away', () => {
    const kept = new MemoryStorage();
    const storage = new ForgivingStorage(kept);
    const saves: (() => void)[] = [];
    const drafts = new Drafts(storage, (save) => saves.push(save), notTyping);
    drafts.write(me, withBob, 'for bob');
    drafts.write(me, withCarol, 'x'.repeat(100_000));
    storage.clearForGood();
    for (const save of saves) save();
    drafts.write(me, withBob, 'for bob');
    expect(kept.length).toBe(0);
  });
});
