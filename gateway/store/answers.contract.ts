import { describe, expect, it } from 'vitest';
import type { CommandResult } from '../../shared/command-result.ts';
import { answersKeptMax } from '../../shared/limits.ts';
import type { ClientStore } from './client-store.ts';

/** What every ClientStore promises of the answers to commands; `inTurn` gives an empty one. */
export function describeAnswers(inTurn: (use: (store: ClientStore) => void) => void): void {
  describe('answers', () => {
    const refused: CommandResult = {
      status: 'refused',
      code: 'not-joined',
      sentence: 'Join first.',
      retry: false,
    };

    it('DESIGN 8: a repeated id gets the first answer', () =>
      inTurn((store) => {
        store.answers.put('one', refused);
        store.answers.put('one', { status: 'done' });
        expect(store.answers.find('one')).toEqual(refused);
        expect(store.answers.find('two')).toBeUndefined();
      }));

    it('are kept up to answersKeptMax; the oldest go', () =>
      inTurn((store) => {
        for (let number = 0; number < answersKeptMax + 3; number++) {
          store.answers.put(`command ${number}`, { status: 'done' });
        }
        expect(store.answers.find('command 2')).toBeUndefined();
        expect(store.answers.find('command 3')).toEqual({ status: 'done' });
        expect(store.answers.find(`command ${answersKeptMax + 2}`)).toEqual({ status: 'done' });
      }));
  });
}
