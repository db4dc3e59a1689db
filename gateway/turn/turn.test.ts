import { describe, expect, it } from 'vitest';
import type { EndpointAction } from '../transport/events.ts';
import type { Role, TurnStore } from './role.ts';
import { TurnRunner, type TurnEndpoint } from './turn.ts';

const now = { monotonicMs: 0, wallMs: 0 };
const redial: EndpointAction = { type: 'redial', peer: 'a peer' as never, candidates: [] };

/**
 * Runs a command that tells something and acts. Returns what happened, in its order. The step `fails` of the store, or of the role, throws. Something is
 * due at `dueMs`, and does as much.
 */
function stepsOfCommand(fails?: 'commit' | 'sync' | 'due work', dueMs?: number): string[] {
  const steps: string[] = [];
  let nextMs = dueMs;
  const step = (name: string) => (): void => {
    steps.push(name);
    if (name === fails) throw new Error(`the disk refuses the ${name}`);
  };
  const store: TurnStore = {
    begin: step('begin'),
    savepoint: (input) => input(),
    commit: step('commit'),
    sync: step('sync'),
    erase: () => true,
  };
  const changes: string[] = [];
  const actions: EndpointAction[] = [];
  const role: Role<string> = {
    handleEvent: () => undefined,
    handleTimeout: () => {
      nextMs = undefined;
      if (fails === 'due work') step(fails)();
      changes.push('of what was due');
      actions.push(redial);
    },
    pollTimeout: () => nextMs,
    pollAction: () => actions.shift(),
    pollChange: () => changes.shift(),
    resetFromStore: step('read the store again'),
  };
  const endpoint: TurnEndpoint = {
    handleDatagram: () => undefined,
    handleTimeout: () => undefined,
    handleNetworkChange: () => undefined,
    apply: (_nowMs, { type }) => steps.push(type),
    pollEvent: () => undefined,
    flush: () => undefined,
    isBulkHeld: false,
    releaseBulk: () => undefined,
    pollTransmit: () => undefined,
    pollTimeout: () => undefined,
    setTracesMax: () => undefined,
    pollTrace: () => undefined,
  };
  const onChange = (change: string): void => void steps.push(`tell ${change}`);
  const onFault = (error: unknown): void => void steps.push(String(error));
  const runner = new TurnRunner({ endpoint, role, store, onChange, onFault });
  const run = (): void => {
    changes.push('of a message');
    actions.push(redial);
  };
  try {
    runner.command(now, run);
  } catch (error) {
    steps.push(`throw ${String(error)}`);
  }
  return steps;
}

describe('a turn', () => {
  it('tells what it has committed while the disk takes it, and acts once the disk has it', () => {
    expect(stepsOfCommand()).toEqual(['begin', 'commit', 'tell of a message', 'sync', 'redial']);
  });

  it('does in its one commit what is due by now', () => {
    const [begin, commit, ofCommand, ...rest] = stepsOfCommand();
    const steps = [begin, commit, ofCommand, 'tell of what was due', ...rest, 'redial'];
    expect(stepsOfCommand(undefined, now.monotonicMs)).toEqual(steps);
  });

  it('keeps a command, and does not blame it, when due work in the same turn fails', () => {
    expect(stepsOfCommand('due work', now.monotonicMs)).toEqual([
      'begin',
      'due work',
      'read the store again',
      'commit',
      'tell of a message',
      'sync',
      'Error: the disk refuses the due work',
      'redial',
    ]);
  });

  it('leaves to a timer what is due later', () => {
    expect(stepsOfCommand(undefined, now.monotonicMs + 1)).toEqual(stepsOfCommand());
  });

  it('tells nothing and does nothing when its commit is refused', () => {
    expect(stepsOfCommand('commit')).toEqual([
      'begin',
      'commit',
      'read the store again',
      'Error: the disk refuses the commit',
      'throw Error: the disk refuses the commit',
    ]);
  });

  it('does nothing on which a peer would rely when its sync fails', () => {
    expect(stepsOfCommand('sync')).toEqual([
      'begin',
      'commit',
      'tell of a message',
      'sync',
      'read the store again',
      'Error: the disk refuses the sync',
      'throw Error: the disk refuses the sync',
    ]);
  });
});
