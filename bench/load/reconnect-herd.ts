import { fork, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { CrowdReport } from './load-clients.ts';
import { GatewayProcess } from '../../gateway/system-tests/gateway-process.ts';

/**
 * `npm run reconnect-herd -- --clients 2000 --processes 4 --runs 3`: a real server on loopback and so many clients, each
 * with a socket of its own. The server is killed and started again; a line a run tells how long after the start of its
 * process it had everybody registered. All of it shares this machine's cores.
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
    'usage: npm run reconnect-herd -- --clients <how many> --processes <with them> --runs <n>\n',
  );
  process.exit(2);
}

const port = 50_321;
/** Joining is not what is measured. */
const joinedWithinMs = 600_000;
const settleMs = 10_000;
const downMs = 1_000;
const backWithinMs = 120_000;

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'chatagram-many-'));
const crowds: ChildProcess[] = [];
const onlineIn = new Map<number, number>();
let registrations = 0;
const server = new GatewayProcess('server', ['-s', String(port), '--data', folder], (line) => {
  if (line.includes(' registered at ')) registrations++;
});

try {
  server.start();
  for (let number = 0; number < processes; number++) startCrowd(number);
  await until('everybody online', () => onlineCount() === clients, joinedWithinMs);
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
  for (const crowd of crowds) crowd.kill('SIGKILL');
  await server.kill();
  fs.rmSync(folder, { recursive: true });
}

function startCrowd(number: number): void {
  const share = Math.floor(((number + 1) * clients) / processes) - Math.floor((number * clients) / processes);
  const program = fileURLToPath(new URL('load-clients.ts', import.meta.url));
  const crowd = fork(program, [String(number), String(share), String(port)]);
  crowd.on('message', (report: CrowdReport) => onlineIn.set(number, report.online));
  crowds.push(crowd);
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
