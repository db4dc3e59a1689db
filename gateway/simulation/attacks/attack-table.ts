import { attackKinds } from './attack-kinds.ts';
import { brokenPromises, runAttack, type AttackResult } from './simulated-attack.ts';

/** Runs the attacks with names that begin like one of `only`, and prints a row for each. Returns whether all promises held. */
export function simulateAttacks(attackMs: number, only: readonly string[]): boolean {
  let isHeld = true;
  process.stdout.write(`| ${columns.map(([name]) => name).join(' | ')} | held |\n`);
  process.stdout.write(`|${'---|'.repeat(columns.length + 1)}\n`);
  for (const kind of attackKinds.filter(({ name }) => only.some((start) => name.startsWith(start)))) {
    for (const keys of ['unknown', 'registered'] as const) {
      const result = runAttack(kind, keys, attackMs);
      const broken = brokenPromises(result, attackMs);
      if (broken.length > 0) isHeld = false;
      const wanted = `${kind.wantedPerSecond.toFixed(0)} ${kind.unit}`;
      const cells = columns.map(([, figure]) => figure(result, wanted));
      process.stdout.write(`| ${cells.join(' | ')} | ${broken.length === 0 ? 'yes' : broken.join('; ')} |\n`);
    }
  }
  return isHeld;
}

const columns: readonly (readonly [
  name: string,
  figure: (result: AttackResult, wanted: string) => string,
])[] = [
  ['attack', ({ attack }) => attack],
  ['keys', ({ keys }) => keys],
  ['reached', ({ reachedPerSecond }) => reachedPerSecond.toFixed(0)],
  ['wanted', (_result, wanted) => wanted],
  ['p99 before, ms', ({ p99Ms }) => p99Ms.before.toFixed(0)],
  ['during, ms', ({ p99Ms }) => p99Ms.during.toFixed(0)],
  ['after, ms', ({ p99Ms }) => p99Ms.after.toFixed(0)],
  ['join, ms', ({ joinMs }) => joinMs.toFixed(0)],
  ['holdings, MiB more', ({ grownBytes }) => (grownBytes / 1024 / 1024).toFixed(1)],
  ['disk, MiB more', ({ diskGrownBytes }) => (diskGrownBytes / 1024 / 1024).toFixed(1)],
  ['as before, s', ({ recoveryMs }) => (recoveryMs / 1_000).toFixed(1)],
  ['processor, %', ({ processorShare }) => (100 * processorShare).toFixed(0)],
  ['lost, %', ({ lostShare }) => (100 * lostShare).toFixed(0)],
  ['reflected', ({ amplification }) => amplification.toFixed(2)],
  ['notices', ({ notices }) => notices.toFixed(0)],
];
