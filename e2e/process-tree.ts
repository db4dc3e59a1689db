import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** Returns the process and those below it. Needs Linux. */
export function processTree(pid: number): readonly number[] {
  const pids = [pid];
  const parents = new Map(numbersIn('/proc').map((each) => [each, parentOf(each)]));
  // The list grows while the loop runs.
  for (const known of pids) for (const [child, parent] of parents) if (parent === known) pids.push(child);
  return pids;
}

/**
 * Leaves the processors to all others, as if the process had another computer (SCHED_IDLE of sched(7)). With the lowest priority of
 * setpriority(2) a process still gets its share, and Linux keeps that for each thread. Needs Linux and util-linux.
 */
export function leaveProcessors(pid: number): void {
  for (const process of processTree(pid)) {
    try {
      execFileSync('chrt', ['--all-tasks', '--idle', '--pid', '0', String(process)], { stdio: 'pipe' });
    } catch (error) {
      // It may have ended since the list was made.
      if (existsSync(`/proc/${process}`)) throw error;
    }
  }
}

/** Of proc_pid_stat(5), from field 3 on. Field 2 is the name, which may hold spaces. Empty for a process that has ended. */
export function statOf(pid: number): readonly string[] {
  const text = readProcess(pid, 'stat');
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
}

/** Returns a file of the process in /proc, and nothing if the process has just ended. */
export function readProcess(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}

function parentOf(pid: number): number {
  return Number(statOf(pid)[1]);
}

function numbersIn(folder: string): number[] {
  try {
    return readdirSync(folder)
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return [];
  }
}
