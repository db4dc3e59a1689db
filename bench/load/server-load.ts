import { fork, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { GatewayProcess } from '../../gateway/system-tests/gateway-process.ts';
import { cpuMsOf, memoryOf, quantile } from '../process-figures.ts';
import type { LoadCounts } from './load-client.ts';
import type { LoadCommand, LoadReport } from './load-process.ts';
import { measureRooms } from './room-load.ts';

/**
 * `npm run load -- --clients 200,2000 --seconds 20`: a real server on loopback, with its database on disk, and many
 * clients with a socket each, in a few processes (load-client.ts). One client joins or leaves each second. Messages for users
 * that are away are stored, and confirmed when they are on the server's disk. Then the server is killed and started again.
 * All processes share this machine's cores, so the latencies are those of a busy machine.
 */
const { values } = parseArgs({
  options: {
    clients: { type: 'string', default: '200,2000' },
    processes: { type: 'string', default: '4' },
    seconds: { type: 'string', default: '20' },
    mail: { type: 'string', default: '500' },
    room: { type: 'string' },
    rate: { type: 'string', default: '20' },
    stopped: { type: 'string', default: '0' },
    loss: { type: 'string', default: '0' },
  },
});
const roomSizes = values.room?.split(',').map(Number);
const sizes = values.clients.split(',').map(Number);
const [processes, seconds, mailPerSecond] = [values.processes, values.seconds, values.mail].map(Number) as [
  number,
  number,
  number,
];
const [rate, stopped, loss] = [values.rate, values.stopped, values.loss].map(Number) as [
  number,
  number,
  number,
];
const positive = [...sizes, ...(roomSizes ?? []), processes, seconds, mailPerSecond, rate];
if (
  !positive.every((count) => Number.isSafeInteger(count) && count > 0) ||
  ![stopped, loss].every((count) => Number.isSafeInteger(count) && count >= 0)
) {
  process.stderr.write(
    'usage: npm run load -- --clients <n,n,...> --processes <count> --seconds <per part> --mail <messages per second>\n' +
      '       npm run load -- --room <members,members,...> --rate <posts per second> --seconds <count> [--stopped <members>] [--loss <per cent>]\n',
  );
  process.exit(2);
}

const port = 50_322;
/** How many clients of each process are away, so that messages wait for them. */
const awayInEach = 20;
const openWithinMs = 600_000;
const backWithinMs = 120_000;
const settleMs = 3_000;

interface ClientProcess {
  readonly process: ChildProcess;
  registered: number;
  registrations: number;
  isOpen: boolean;
  /** Takes the counts that were requested. */
  take: ((report: Extract<LoadReport, { type: 'counts' }>) => void) | undefined;
}

const initialState = { registered: 0, registrations: 0, isOpen: false };

if (roomSizes !== undefined) {
  await measureRooms({ sizes: roomSizes, perSecond: rate, seconds, stopped, loss });
  process.exit();
}

const table: Record<string, Record<string, string>> = {};
for (const size of sizes) {
  table[`${size} clients`] = await measure(size);
  // Printed after each size, so that an interrupted run has results.
  console.table(transposed(table));
}

async function measure(size: number): Promise<Record<string, string>> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'chatagram-load-'));
  const server = new GatewayProcess('server', ['-s', String(port), '--data', folder]);
  const clientProcesses: ClientProcess[] = [];
  try {
    server.start();
    const openedAtMs = performance.now();
    for (let number = 0; number < processes; number++) clientProcesses.push(startClients(number, size));
    await until(
      'all clients are registered',
      () => clientProcesses.every(({ isOpen }) => isOpen),
      openWithinMs,
    );
    const openSeconds = (performance.now() - openedAtMs) / 1_000;
    process.stdout.write(`${size} clients are registered after ${openSeconds.toFixed(1)} s\n`);
    await delay(settleMs);
    await takeCounts(clientProcesses);

    const quiet = await during(server, seconds, () => undefined);
    await takeCounts(clientProcesses);

    const changing = await during(server, seconds, (second) => {
      send(clientProcesses[second % clientProcesses.length], { type: 'change' });
    });
    const { counts: published } = await takeCounts(clientProcesses);

    for (const clientProcess of clientProcesses)
      send(clientProcess, { type: 'mail', perSecond: mailPerSecond / clientProcesses.length, seconds });
    const loaded = await during(server, seconds, (second) => {
      send(clientProcesses[second % clientProcesses.length], { type: 'change' });
    });
    await delay(settleMs);
    const { counts: mailed, latenciesMs } = await takeCounts(clientProcesses);
    const memory = `${memoryOf(server, 'VmRSS').toFixed(0)}, ${memoryOf(server, 'VmHWM').toFixed(0)}`;

    const before = sumOf(clientProcesses, 'registered');
    const backSeconds = await secondsUntilAllAreBack(server, clientProcesses, before);
    await delay(settleMs);
    const { counts: reconnected } = await takeCounts(clientProcesses);

    return rowsOf({
      size,
      clientCount: before,
      openSeconds,
      processorPercents: { quiet, changing, loaded },
      published,
      mailed,
      latenciesMs,
      memory,
      backSeconds,
      reconnected,
    });
  } finally {
    for (const clientProcess of clientProcesses) clientProcess.process.kill('SIGKILL');
    await server.kill();
    fs.rmSync(folder, { recursive: true });
  }
}

interface Measurement {
  readonly size: number;
  /** How many clients were registered before the kill. */
  readonly clientCount: number;
  readonly openSeconds: number;
  readonly processorPercents: { readonly quiet: number; readonly changing: number; readonly loaded: number };
  /** Counts of the part with a change a second, of the part with mail, and after the return. */
  readonly published: LoadCounts;
  readonly mailed: LoadCounts;
  readonly reconnected: LoadCounts;
  readonly latenciesMs: readonly number[];
  readonly memory: string;
  readonly backSeconds: number;
}

function rowsOf(measured: Measurement): Record<string, string> {
  const { size, clientCount, processorPercents, published, mailed, reconnected, latenciesMs } = measured;
  const answered = mailed.stored + mailed.rejected;
  return {
    'joined, s': measured.openSeconds.toFixed(1),
    'stored of those asked for': `${mailed.stored} of ${answered}`,
    'send to stored, p50, ms': quantile(latenciesMs, 0.5).toFixed(1),
    'send to stored, p99, ms': quantile(latenciesMs, 0.99).toFixed(1),
    'send to stored, most, ms': quantile(latenciesMs, 1).toFixed(1),
    'server: processor, quiet, %': processorPercents.quiet.toFixed(1),
    'server: processor, a change a second, %': processorPercents.changing.toFixed(1),
    'server: processor, and mail, %': processorPercents.loaded.toFixed(1),
    'server: memory now, most, MiB': measured.memory,
    'roster: bytes a change, to each': (published.rosterBytes / seconds / clientCount).toFixed(0),
    'roster: bytes a change, to all': (published.rosterBytes / seconds).toFixed(0),
    'roster: rows in one, of so many': `${(published.rosterRows / published.rosterMessages).toFixed(2)} of ${size}`,
    'server killed: all back after, s': measured.backSeconds.toFixed(1),
    'then roster: bytes to each': (reconnected.rosterBytes / clientCount).toFixed(0),
  };
}

/** Kills the server, starts it again, and returns after how many seconds it has all clients registered. */
async function secondsUntilAllAreBack(
  server: GatewayProcess,
  clientProcesses: readonly ClientProcess[],
  count: number,
): Promise<number> {
  const registrations = sumOf(clientProcesses, 'registrations');
  await server.kill();
  server.start();
  const startMs = performance.now();
  await until(
    'all clients are registered again',
    () => sumOf(clientProcesses, 'registrations') - registrations >= count,
    backWithinMs,
  );
  return (performance.now() - startMs) / 1_000;
}

function startClients(number: number, size: number): ClientProcess {
  const share = Math.floor(((number + 1) * size) / processes) - Math.floor((number * size) / processes);
  const program = fileURLToPath(new URL('load-process.ts', import.meta.url));
  const words = [number, share, Math.min(awayInEach, Math.floor(share / 2)), port].map(String);
  const clientProcess: ClientProcess = { process: fork(program, words), ...initialState, take: undefined };
  clientProcess.process.on('message', (report: LoadReport) => {
    if (report.type === 'counts') clientProcess.take?.(report);
    else {
      const { registered, registrations, isOpen } = report;
      Object.assign(clientProcess, { registered, registrations, isOpen });
    }
  });
  return clientProcess;
}

function sumOf(clientProcesses: readonly ClientProcess[], count: 'registered' | 'registrations'): number {
  return clientProcesses.reduce((sum, clientProcess) => sum + clientProcess[count], 0);
}

function send(clientProcess: ClientProcess | undefined, command: LoadCommand): void {
  clientProcess?.process.send(command);
}

/** Sums up the counts of all processes since the last call. */
async function takeCounts(
  clientProcesses: readonly ClientProcess[],
): Promise<{ counts: LoadCounts; latenciesMs: number[] }> {
  const counts: LoadCounts = { stored: 0, rejected: 0, rosterMessages: 0, rosterBytes: 0, rosterRows: 0 };
  const latenciesMs: number[] = [];
  for (const clientProcess of clientProcesses) {
    const report = await new Promise<Extract<LoadReport, { type: 'counts' }>>((resolve) => {
      clientProcess.take = resolve;
      send(clientProcess, { type: 'report' });
    });
    for (const name of Object.keys(counts) as (keyof LoadCounts)[]) counts[name] += report.counts[name];
    latenciesMs.push(...report.latenciesMs);
  }
  return { counts, latenciesMs };
}

/** Calls `each` every second, and returns the processor time of the server in per cent of one core. */
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
