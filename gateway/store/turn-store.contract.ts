import { describe, expect, it } from 'vitest';
import type { TurnStore } from '../turn/role.ts';

/** A store of which one thing can be written and counted. */
export interface Countable {
  readonly store: TurnStore & { close(): void };
  /** Writes one more thing. */
  readonly write: () => void;
  /** How many have been written. */
  readonly count: () => number;
}

/** What every store promises about turns (gateway/turn/role.ts). */
export function describeTurns(open: () => Countable): void {
  describe('turns', () => {
    it('keep what was written, and show it before the commit', () => {
      const { store, write, count } = open();
      store.begin();
      store.savepoint(write);
      write();
      expect(count()).toBe(2);
      store.commit();
      expect(count()).toBe(2);
      store.close();
    });

    it('undo an input that throws, and only it; the exception goes on', () => {
      const { store, write, count } = open();
      const bug = new Error('a bug in an input');
      store.begin();
      store.savepoint(write);
      expect(() =>
        store.savepoint(() => {
          write();
          write();
          throw bug;
        }),
      ).toThrow(bug);
      expect(count()).toBe(1);
      store.savepoint(write);
      store.commit();
      expect(count()).toBe(2);
      store.close();
    });

    it('undo an input that throws before anything else was written', () => {
      const { store, write, count } = open();
      store.begin();
      expect(() =>
        store.savepoint(() => {
          write();
          throw new Error('a bug in an input');
        }),
      ).toThrow('a bug in an input');
      store.commit();
      expect(count()).toBe(0);
      store.close();
    });

    it('may be empty, or only read', () => {
      const { store, count } = open();
      store.begin();
      store.commit();
      store.begin();
      store.savepoint(() => expect(count()).toBe(0));
      store.commit();
      store.close();
    });

    it('are not nested, and writing needs one: anything else is a bug and throws', () => {
      const { store, write, count } = open();
      expect(() => store.commit()).toThrow('outside of a turn');
      expect(() => store.savepoint(write)).toThrow('outside of a turn');
      expect(write).toThrow('outside of a turn');
      store.begin();
      expect(() => store.begin()).toThrow('open already');
      expect(() => store.savepoint(() => store.savepoint(write))).toThrow('inside of a savepoint');
      expect(() => store.savepoint(() => store.commit())).toThrow('inside of a savepoint');
      store.savepoint(write);
      store.commit();
      expect(count()).toBe(1);
      store.close();
    });
  });
}
