import { fork, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { GatewayProcess } from '../../gateway/system-tests/gateway-process.ts';
import type { LoadCounts } from './load-client.ts';
import type { LoadOrder, LoadReport } from './load-process.ts';

/**
 * `npm run load -- --clients 200,2000 --seconds 20`: a real server on loopback, with its database on disk, and so many
 * clients with a socket each, in a few processes (load-client.ts). One joins or leaves each second, and messages for people
 * who are away are stored, each confirmed when it is on the server's disk. Then the server is killed and started again.
 * All of it shares this machine's cores, so that latencies are those of a busy machine.
 */
const { values } = parseArgs({
  options: {
    clients: { type: 'string', default: '200,2000' },
    processes: { type: 'string', default: '4' },
    seconds: { type: 'string', default: '20' },
    mail: { type: 'string', default: '500' },
  },
});
const sizes = values.clients.split(',').map(Number);
const [processes, seconds, mailPerSecond] = [values.processes, values.seconds, values.mail].map(Number) as [
  number,
  number,
  number,
];
if (
  ![...sizes, processes, seconds, mailPerSecond].every((count) => Number.isSafeInteger(count) && count > 0)
) {
  process.stderr.write(
    'usage: npm run load -- --clients <n,n,...> --processes <with them> --seconds <each part> --mail <a second>\n',
  );
  process.exit(2);
}

const port = 50_322;
/** Of each process's clients, those for whom messages wait. */
const awayInEach = 20;
const openWithinMs = 600_000;
const backWithinMs = 120_000;
const settleMs = 3_000;

interface Crowd {
  readonly process: ChildProcess;
  registered: number;
  registrations: number;
  isOpen: boolean;
  /** Waits for counts that were asked for. */
  take: ((report: Extract<LoadReport, { type: 'counts' }>) => void) | undefined;
}

const noState = { registered: 0, registrations: 0, isOpen: false };

const table: Record<string, Record<string, string>> = {};
for (const size of sizes) {
  table[`${size} clients`] = await measure(size);
  // After each, so that nothing is lost of a long run that somebody ends.
  console.table(transposed(table));
}

async function measure(size: number): Promise<Record<string, string>> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'chatagram-load-'));
  const server = new GatewayProcess('server', ['-s', String(port), '--data', folder]);
  const crowds: Crowd[] = [];
  try {
    server.start();
    const openedAtMs = performance.now();
    for (let number = 0; number < processes; number++) crowds.push(startCrowd(number, size));
    await until('everybody is there', () => crowds.every(({ isOpen }) => isOpen), openWithinMs);
    const openSeconds = (performance.now() - openedAtMs) / 1_000;
    process.stdout.write(`${size} clients are registered after ${openSeconds.toFixed(1)} s\n`);
    await delay(settleMs);
    await counted(crowds);

    const quiet = await during(server, seconds, () => undefined);
    await counted(crowds);

    const changing = await during(server, seconds, (second) => {
      order(crowds[second % crowds.length], { type: 'change' });
    });
    const { counts: told } = await counted(crowds);

    for (const crowd of crowds)
      order(crowd, { type: 'mail', perSecond: mailPerSecond / crowds.length, seconds });
    const loaded = await during(server, seconds, (second) => {
      order(crowds[second % crowds.length], { type: 'change' });
    });
    await delay(settleMs);
    const { counts: mailed, latenciesMs } = await counted(crowds);
    const bytes = memoryOf(server);

    const before = sumOf(crowds, 'registered');
    const registrations = sumOf(crowds, 'registrations');
    await server.kill();
    server.start();
    const startMs = performance.now();
    await until(
      'everybody is back',
      () => sumOf(crowds, 'registrations') - registrations >= before,
      backWithinMs,
    );
    const backSeconds = (performance.now() - startMs) / 1_000;
    await delay(settleMs);
    const { counts: returned } = await counted(crowds);

    const asked = mailed.stored + mailed.declined;
    return {
      'joined, s': openSeconds.toFixed(1),
      'stored of those asked for': `${mailed.stored} of ${asked}`,
      'send to stored, p50, ms': quantile(latenciesMs, 0.5),
      'send to stored, p99, ms': quantile(latenciesMs, 0.99),
      'send to stored, most, ms': quantile(latenciesMs, 1),
      'server: processor, quiet, %': quiet.toFixed(1),
      'server: processor, a change a second, %': changing.toFixed(1),
      'server: processor, and mail, %': loaded.toFixed(1),
      'server: memory now, most, MiB': bytes,
      'roster: bytes a change, to each': (told.rosterBytes / seconds / before).toFixed(0),
      'roster: bytes a change, to all': (told.rosterBytes / seconds).toFixed(0),
      'roster: rows in one, of so many': `${(told.rosterRows / told.rosterMessages).toFixed(2)} of ${size}`,
      'server killed: all back after, s': backSeconds.toFixed(1),
      'then roster: bytes to each': (returned.rosterBytes / before).toFixed(0),
    };
  } finally {
    for (const crowd of crowds) crowd.process.kill('SIGKILL');
    await server.kill();
    fs.rmSync(folder, { recursive: true });
  }
}

function startCrowd(number: number, size: number): Crowd {
  const share = Math.floor(((number + 1) * size) / processes) - Math.floor((number * size) / processes);
  const program = fileURLToPath(new URL('load-process.ts', import.meta.url));
  const words = [number, share, Math.min(awayInEach, Math.floor(share / 2)), port].map(String);
  const crowd: Crowd = { process: fork(program, words), ...noState, take: undefined };
  crowd.process.on('message', (report: LoadReport) => {
    if (report.type === 'counts') crowd.take?.(report);
    else {
      const { registered, registrations, isOpen } = report;
      Object.assign(crowd, { registered, registrations, isOpen });
    }
  });
  return crowd;
}

function sumOf(crowds: readonly Crowd[], count: 'registered' | 'registrations'): number {
  return crowds.reduce((sum, crowd) => sum + crowd[count], 0);
}

function order(crowd: Crowd | undefined, said: LoadOrder): void {
  crowd?.process.send(said);
}

/** What all have counted since the last time. */
async function counted(crowds: readonly Crowd[]): Promise<{ counts: LoadCounts; latenciesMs: number[] }> {
  const counts: LoadCounts = { stored: 0, declined: 0, rosterMessages: 0, rosterBytes: 0, rosterRows: 0 };
  const latenciesMs: number[] = [];
  for (const crowd of crowds) {
    const report = await new Promise<Extract<LoadReport, { type: 'counts' }>>((resolve) => {
      crowd.take = resolve;
      order(crowd, { type: 'report' });
    });
    for (const name of Object.keys(counts) as (keyof LoadCounts)[]) counts[name] += report.counts[name];
    latenciesMs.push(...report.latenciesMs);
  }
  return { counts, latenciesMs };
}

/** Does something each second, and gives how much of one core the server took meanwhile, in per cent. */
async function during(
  server: GatewayProcess,
  forSeconds: number,
  each: (second: number) => void,
): Promise<number> {
  const [startMs, startCpuMs] = [performance.now(), cpuMsOf(server)];
  for (let second = 0; second < forSeconds; second++) {
    each(second);
    await delay(startMs + (second + 1) * 1_000 - performance.now());
  }
  return (100 * (cpuMsOf(server) - startCpuMs)) / (performance.now() - startMs);
}

/** proc_pid_stat(5): fields 14 and 15, in ticks of 10 ms; counted after the name, which may hold spaces. */
function cpuMsOf({ pid }: GatewayProcess): number {
  const text = fs.readFileSync(`/proc/${pid ?? 'self'}/stat`, 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

function memoryOf({ pid }: GatewayProcess): string {
  const text = fs.readFileSync(`/proc/${pid ?? 'self'}/status`, 'utf8');
  const mebibytes = (name: string): string => {
    const kibibytes = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1];
    return (Number(kibibytes) / 1_024).toFixed(0);
  };
  return `${mebibytes('VmRSS')}, ${mebibytes('VmHWM')}`;
}

function quantile(samples: readonly number[], share: number): string {
  const sorted = samples.toSorted((one, other) => one - other);
  return (sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN).toFixed(1);
}

function transposed(rows: Record<string, Record<string, string>>): Record<string, Record<string, string>> {
  const columns: Record<string, Record<string, string>> = {};
  for (const [size, row] of Object.entries(rows))
    for (const [name, value] of Object.entries(row)) (columns[name] ??= {})[size] = value;
  return columns;
}

async function until(what: string, isDone: () => boolean, withinMs: number): Promise<void> {
  const deadlineMs = performance.now() + withinMs;
  while (!isDone()) {
    if (performance.now() > deadlineMs) throw new Error(`not within ${withinMs} ms: ${what}`);
    await delay(20);
  }
}
