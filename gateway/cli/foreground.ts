import { readFileSync } from 'node:fs';

/**
 * Returns whether this process may read from its terminal. The attempt would stop a process that a shell has started
 * in the background, together with all its work.
 */
export function mayReadTerminal(stat: string | undefined = ownStat()): boolean {
  if (stat === undefined) return true;
  // proc_pid_stat(5): the command is in parentheses and may contain anything.
  // Then follow state, ppid, pgrp, session, tty_nr and tpgid.
  const [, , group, , , foregroundGroup] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return group === foregroundGroup;
}

/** Only Linux has this file. */
function ownStat(): string | undefined {
  try {
    return readFileSync('/proc/self/stat', 'utf8');
  } catch {
    return undefined;
  }
}
