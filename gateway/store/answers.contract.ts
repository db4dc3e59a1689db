import { describe, expect, it } from 'vitest';
import type { CommandResult } from '../../shared/command-result.ts';
import { commandResultsMax } from '../../shared/limits.ts';
import type { ClientStore } from './client-store.ts';

/** Describes the answers of a ClientStore. `inTurn` gives an empty store inside of a turn. */
export function describeAnswers(inTurn: (use: (store: ClientStore) => void) => void): void {
  describe('answers', () => {
    const refused: CommandResult = {
      status: 'refused',
      code: 'not-joined',
      sentence: 'Join first.',
      retry: false,
    };

    it('stay the first ones when a command id is repeated', () =>
      inTurn((store) => {
        store.answers.put('one', refused);
        store.answers.put('one', { status: 'done' });
        expect(store.answers.find('one')).toEqual(refused);
        expect(store.answers.find('two')).toBeUndefined();
      }));

    it('are kept up to commandResultsMax, and the oldest are dropped', () =>
      inTurn((store) => {
        for (let number = 0; number < commandResultsMax + 3; number++) {
          store.answers.put(`command ${number}`, { status: 'done' });
        }
        expect(store.answers.find('command 2')).toBeUndefined();
        expect(store.answers.find('command 3')).toEqual({ status: 'done' });
        expect(store.answers.find(`command ${commandResultsMax + 2}`)).toEqual({ status: 'done' });
      }));
  });
}
