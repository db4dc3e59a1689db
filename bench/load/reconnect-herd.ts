import { fork, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { ClientsReport } from './load-clients.ts';
import { GatewayProcess } from '../../gateway/system-tests/gateway-process.ts';

/**
 * `npm run reconnect-herd -- --clients 2000 --processes 4 --runs 3`: a real server on loopback and many clients, each
 * with a socket of its own. The server is killed and started again. Each run prints how long after its start the server had
 * all clients registered. All processes share this machine's cores.
 */
const { values } = parseArgs({
  options: {
    clients: { type: 'string', default: '2000' },
    processes: { type: 'string', default: '4' },
    runs: { type: 'string', default: '3' },
  },
});
const clients = Number(values.clients);
const processes = Number(values.processes);
const runs = Number(values.runs);
if (![clients, processes, runs].every((count) => Number.isSafeInteger(count) && count > 0)) {
  process.stderr.write(
    'usage: npm run reconnect-herd -- --clients <count> --processes <count> --runs <count>\n',
  );
  process.exit(2);
}

const port = 50_321;
/** The time to join is not measured. */
const joinedWithinMs = 600_000;
const settleMs = 10_000;
const downMs = 1_000;
const backWithinMs = 120_000;

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'chatagram-herd-'));
const clientProcesses: ChildProcess[] = [];
const onlineIn = new Map<number, number>();
let registrations = 0;
const server = new GatewayProcess('server', ['-s', String(port), '--data', folder], (line) => {
  if (line.includes(' registered at ')) registrations++;
});

try {
  server.start();
  for (let number = 0; number < processes; number++) startClients(number);
  await until('all online', () => onlineCount() === clients, joinedWithinMs);
  for (let run = 1; run <= runs; run++) {
    await delay(settleMs);
    await server.kill();
    await delay(downMs);
    registrations = 0;
    const startMs = performance.now();
    server.start();
    await until('all registered', () => registrations >= clients, backWithinMs);
    const seconds = ((performance.now() - startMs) / 1_000).toFixed(1);
    process.stdout.write(`run ${run}: ${clients} clients are registered ${seconds} s after the start\n`);
  }
} finally {
  for (const clientProcess of clientProcesses) clientProcess.kill('SIGKILL');
  await server.kill();
  fs.rmSync(folder, { recursive: true });
}

function startClients(number: number): void {
  const share = Math.floor(((number + 1) * clients) / processes) - Math.floor((number * clients) / processes);
  const program = fileURLToPath(new URL('load-clients.ts', import.meta.url));
  const clientProcess = fork(program, [String(number), String(share), String(port)]);
  clientProcess.on('message', (report: ClientsReport) => onlineIn.set(number, report.online));
  clientProcesses.push(clientProcess);
}

function onlineCount(): number {
  return [...onlineIn.values()].reduce((sum, count) => sum + count, 0);
}

async function until(what: string, isDone: () => boolean, withinMs: number): Promise<void> {
  const deadlineMs = performance.now() + withinMs;
  while (!isDone()) {
    if (performance.now() > deadlineMs) {
      const state = `${onlineCount()} online, ${registrations} registrations`;
      throw new Error(`not within ${withinMs} ms: ${what}; ${state}\n${server.stderr.join('\n')}`);
    }
    await delay(20);
  }
}
