import { expect, it } from 'vitest';
import { isForGuests, type CommandType } from '../../../../shared/bridge/commands.ts';
import Spinner from './Spinner.svelte';
import { loadAllParts, onDemand } from './on-demand.svelte.ts';

const loaded: string[] = [];

function part(name: string, command?: CommandType): void {
  onDemand(() => {
    loaded.push(name);
    return Promise.resolve({ default: Spinner });
  }, command);
}

it('a page loads ahead only the parts of commands that it may give, and no part twice', async () => {
  part('menu');
  part('operator', 'traffic');
  part('reactions', 'react');
  const turn = (): Promise<void> => Promise.resolve();
  await loadAllParts(turn, isForGuests);
  expect(loaded).toEqual(['menu', 'reactions']);
  await loadAllParts(turn, () => true);
  expect(loaded).toEqual(['menu', 'reactions', 'operator']);
});
