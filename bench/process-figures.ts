import fs from 'node:fs';
/** `pid`: undefined for this process. */
type Process = { readonly pid?: number | undefined };

/**
 * The processor time of a process so far. proc_pid_stat(5): fields 14 and 15, in ticks of 10 ms. The fields are counted after
 * the name, which may hold spaces.
 */
export function cpuMsOf({ pid }: Process): number {
  const text = fs.readFileSync(`/proc/${pid ?? 'self'}/stat`, 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** The memory of a process in MiB: now (VmRSS), or the most so far (VmHWM). */
export function memoryOf({ pid }: Process, name: 'VmRSS' | 'VmHWM'): number {
  const text = fs.readFileSync(`/proc/${pid ?? 'self'}/status`, 'utf8');
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1]) / 1_024;
}

export function quantile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}
