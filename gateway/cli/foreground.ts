import { readFileSync } from 'node:fs';

/**
 * Whether this process may read from its terminal. One that a shell has started in the background would be stopped by
 * the attempt, and with it everything that it does.
 */
export function mayReadTerminal(stat: string | undefined = ownStat()): boolean {
  if (stat === undefined) return true;
  // proc_pid_stat(5): the command stands in parentheses and may hold anything; then state, ppid, pgrp, session, tty_nr, tpgid.
  const [, , group, , , foregroundGroup] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return group === foregroundGroup;
}

/** Linux alone has it; elsewhere nobody says. */
function ownStat(): string | undefined {
  try {
    return readFileSync('/proc/self/stat', 'utf8');
  } catch {
    return undefined;
  }
}
