import { describe, expect, it } from 'vitest';
import type { TurnStore } from '../turn/role.ts';

/** A store in which a test writes and counts records of one kind. */
export interface Countable {
  readonly store: TurnStore & { close(): void };
  /** Writes one more record. */
  readonly write: () => void;
  /** Counts the records. */
  readonly count: () => number;
}

/** The contract of turns (gateway/turn/role.ts), which every store fulfils. */
export function describeTurns(open: () => Countable): void {
  describe('a turn', () => {
    it('keeps its writes, and shows them before the commit', () => {
      const { store, write, count } = open();
      store.begin();
      store.savepoint(write);
      write();
      expect(count()).toBe(2);
      store.commit();
      expect(count()).toBe(2);
      store.close();
    });

    it('undoes only the input that throws, and passes the exception on', () => {
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

    it('undoes an input that throws before the first complete write', () => {
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

    it('throws on nesting, and on a write, savepoint or commit outside a turn', () => {
      const { store, write, count } = open();
      expect(() => store.commit()).toThrow('outside a turn');
      expect(() => store.savepoint(write)).toThrow('outside a turn');
      expect(write).toThrow('outside a turn');
      store.begin();
      expect(() => store.begin()).toThrow('open already');
      expect(() => store.savepoint(() => store.savepoint(write))).toThrow('inside a savepoint');
      expect(() => store.savepoint(() => store.commit())).toThrow('inside a savepoint');
      store.savepoint(write);
      store.commit();
      expect(count()).toBe(1);
      store.close();
    });
  });
}
