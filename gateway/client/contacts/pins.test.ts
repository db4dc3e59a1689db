import { describe, expect, it } from 'vitest';
import { namesWithoutMessagesMax } from '../../../shared/limits.ts';
import { openClientStore } from '../../store/sqlite/client/client-store.ts';
import { sampleKey } from '../../store/sample.ts';
import { Pins } from './pins.ts';

const [bob, carol, mallory] = [sampleKey(1), sampleKey(2), sampleKey(3)];

/** Runs inside one turn of a store; `reopened` are the pins as another process would find them. */
function withPins(run: (pins: Pins, reopened: () => Pins) => void): void {
  const store = openClientStore();
  store.begin();
  store.savepoint(() => run(new Pins(store), () => new Pins(store)));
  store.commit();
}

const named = (key: typeof bob, nickname: string) => ({ key, nickname });

describe('the pin of a nickname', () => {
  it('belongs to the key that is first seen under it, however it is written', () =>
    withPins((pins) => {
      pins.see(bob, 'Bob');
      expect(pins.conflictOf(named(bob, 'Bob'))).toBeNull();
      expect([...pins.see(mallory, 'bob')]).toEqual([bob]);
      expect(pins.conflictOf(named(bob, 'Bob'))).toEqual({
        type: 'changed',
        newKey: mallory,
        refused: false,
      });
      expect(pins.conflictOf(named(mallory, 'bob'))).toEqual({
        type: 'not-pinned',
        pinned: bob,
        refused: false,
      });
    }));

  it('is known to the next process', () =>
    withPins((pins, reopened) => {
      pins.see(bob, 'bob');
      pins.see(mallory, 'bob');
      pins.refuse(bob, mallory);
      expect(reopened().conflictOf(named(bob, 'bob'))).toEqual({
        type: 'changed',
        newKey: mallory,
        refused: true,
      });
    }));

  it('shows a conflict at both contacts when the server swaps their nicknames', () =>
    withPins((pins) => {
      pins.see(bob, 'bob');
      pins.see(carol, 'carol');
      pins.see(bob, 'carol');
      pins.see(carol, 'bob');
      expect(pins.conflictOf(named(bob, 'carol'))).toMatchObject({ type: 'not-pinned', pinned: carol });
      expect(pins.conflictOf(named(carol, 'bob'))).toMatchObject({ type: 'not-pinned', pinned: bob });
      pins.see(bob, 'bob');
      pins.see(carol, 'carol');
      expect(pins.conflictOf(named(bob, 'bob'))).toBeNull();
      expect(pins.conflictOf(named(carol, 'carol'))).toBeNull();
    }));

  it('stays with a key that gave it up, so that the next owner is not taken for the first', () =>
    withPins((pins) => {
      pins.see(bob, 'bob');
      pins.see(bob, 'robert');
      pins.see(mallory, 'bob');
      expect(pins.conflictOf(named(bob, 'robert'))).toBeNull();
      expect(pins.conflictOf(named(mallory, 'bob'))).toMatchObject({ type: 'not-pinned', pinned: bob });
      expect(pins.accept(bob, mallory)).toBe(true);
      expect(pins.conflictOf(named(mallory, 'bob'))).toBeNull();
      expect(pins.conflictOf(named(bob, 'robert'))).toBeNull();
    }));

  it('shows a conflict at the key that is not pinned, in whatever order the server names two keys', () =>
    withPins((pins) => {
      pins.see(bob, 'bob');
      pins.see(mallory, 'bob');
      expect(pins.isContested(named(bob, 'bob'))).toBe(true);
      expect([...pins.see(bob, 'bob')]).toEqual([mallory]);
      expect(pins.conflictOf(named(bob, 'bob'))).toBeNull();
      expect(pins.conflictOf(named(mallory, 'bob'))).toMatchObject({ type: 'not-pinned' });
      // No key claims the nickname, so there is nothing to accept.
      expect(pins.accept(bob, mallory)).toBe(false);
      expect(pins.refuse(bob, mallory)).toBe(false);
    }));

  it('asks the user again about a third key, also after the user refused the second', () =>
    withPins((pins) => {
      pins.see(bob, 'bob');
      pins.see(mallory, 'bob');
      pins.refuse(bob, mallory);
      pins.see(carol, 'bob');
      expect(pins.conflictOf(named(bob, 'bob'))).toEqual({ type: 'changed', newKey: carol, refused: false });
      expect(pins.accept(bob, mallory)).toBe(false);
    }));

  it('moves, with all other nicknames of that person, to the new key', () =>
    withPins((pins) => {
      pins.see(bob, 'robert');
      pins.see(bob, 'bob');
      pins.see(mallory, 'bob');
      pins.accept(bob, mallory);
      pins.rekey(bob, mallory);
      expect(pins.conflictOf(named(mallory, 'robert'))).toBeNull();
      expect(pins.conflictOf(named(bob, 'bob'))).toMatchObject({ type: 'not-pinned', pinned: mallory });
    }));

  it('PROTOCOL 6.43: of the nicknames of one key without messages, the oldest is given up', () =>
    withPins((pins, reopened) => {
      pins.see(bob, 'bob');
      pins.keep(named(bob, 'bob'));
      for (let number = 1; number <= namesWithoutMessagesMax; number++) pins.see(bob, `name${number}`);
      pins.see(mallory, 'name1');
      expect(pins.conflictOf(named(mallory, 'name1'))).toMatchObject({ type: 'not-pinned' });
      expect([...pins.see(bob, 'another')]).toEqual([mallory]);
      for (const each of [pins, reopened()]) {
        expect(each.conflictOf(named(mallory, 'name1'))).toBeNull();
        for (const name of ['bob', 'name2', 'another'])
          expect(each.conflictOf(named(mallory, name))).toMatchObject({ type: 'not-pinned', pinned: bob });
      }
    }));

  it('PROTOCOL 6.43: is given up with a forgotten key, unless there were messages or a decision under it', () =>
    withPins((pins, reopened) => {
      pins.see(bob, 'bob');
      pins.see(mallory, 'bob');
      pins.see(carol, 'carol');
      expect([bob, mallory, carol].map((key) => pins.isHeld(key))).toEqual([false, false, false]);
      pins.refuse(bob, mallory);
      expect([bob, mallory, carol].map((key) => pins.isHeld(key))).toEqual([true, true, false]);
      expect([...pins.forget(carol)]).toEqual([]);
      expect(reopened().conflictOf(named(mallory, 'carol'))).toBeNull();
      expect(reopened().conflictOf(named(mallory, 'bob'))).toMatchObject({ pinned: bob, refused: true });
    }));

  it('PROTOCOL 6.43: is no longer claimed by a key that is forgotten', () =>
    withPins((pins) => {
      pins.see(bob, 'bob');
      pins.see(mallory, 'bob');
      expect([...pins.forget(mallory)]).toEqual([bob]);
      expect(pins.conflictOf(named(bob, 'bob'))).toBeNull();
    }));
});
