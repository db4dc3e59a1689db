import { fork } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { freeTcpPort, freeUdpPort } from '../../gateway/system-tests/free-port.ts';
import { GatewayProcess } from '../../gateway/system-tests/gateway-process.ts';
import { JsonUser } from '../../gateway/system-tests/json-user.ts';
import { cpuMsOf, memoryOf, quantile } from '../process-figures.ts';
import type { GuestAttackOrder, GuestAttackReport } from './guest-attack-process.ts';
import { guestAttacks, type GuestAttack, type Victim } from './guest-attacks.ts';

/**
 * `npm run attack:guests -- --seconds 5 --only requests,sockets`: attacks on the port for guests of a real gateway on loopback. Beside each
 * attack, the owner of that gateway writes to another user, and the time until the answer counts. All processes share this machine's cores.
 */
const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '5' }, only: { type: 'string', default: '' } },
});
const seconds = Number(values.seconds);
const only = values.only.split(',').filter((name) => name !== '');
const chosen = guestAttacks.filter(({ name }) => only.length === 0 || only.includes(name));
if (!Number.isSafeInteger(seconds) || seconds < 1 || chosen.length === 0) {
  const names = guestAttacks.map(({ name }) => name).join(',');
  process.stderr.write(`usage: npm run attack:guests -- --seconds <how long> --only <${names}>\n`);
  process.exit(2);
}

const messageIntervalMs = 50;
const quietMs = 3_000;
const answerWithinMs = 5_000;

interface Row {
  readonly attack: string;
  readonly 'times a second': string;
  readonly 'p50 before, ms': string;
  readonly 'p99 before, ms': string;
  readonly 'p50 during, ms': string;
  readonly 'p99 during, ms': string;
  readonly 'slowest, ms': string;
  readonly 'p99 after, ms': string;
  readonly 'memory, MiB more': string;
  readonly 'processor, %': string;
}

async function measure(attack: GuestAttack): Promise<Row> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'chatagram-guest-attack-'));
  const udpPort = await freeUdpPort();
  const server = new GatewayProcess('server', ['-s', String(udpPort), '--data', path.join(folder, 'server')]);
  const at = { host: '127.0.0.1', port: await freeTcpPort() };
  const user = (nickname: string, words: readonly string[]): JsonUser =>
    new JsonUser({
      nickname,
      server: { host: '127.0.0.1', port: udpPort },
      dataFolder: path.join(folder, nickname),
      words,
    });
  const owner = user('alice', ['--guests', '--guests-at', `${at.host}:${at.port}`]);
  const friend = user('bob', []);
  try {
    server.start();
    owner.process.start();
    friend.process.start();
    const link = await owner.waitFor(({ guests }) => guests?.link);
    // Bob takes any number of messages of a person to which he has written.
    await talk(friend, 'alice', messageIntervalMs);
    await talk(owner, 'bob', quietMs / 3);
    const before = await talk(owner, 'bob', quietMs);
    const memoryBefore = memoryOf(owner.process, 'VmRSS');
    const cpuBeforeMs = cpuMsOf(owner.process);
    const report = runAttack(attack, { ...at, link });
    const during = await talk(owner, 'bob', seconds * 1_000);
    const cpuPercent = (cpuMsOf(owner.process) - cpuBeforeMs) / (seconds * 10);
    const { done } = await report;
    const memory = memoryOf(owner.process, 'VmHWM') - memoryBefore;
    const after = await talk(owner, 'bob', quietMs);
    return {
      attack: attack.name,
      'times a second': (done / seconds).toFixed(0),
      'p50 before, ms': quantile(before, 0.5).toFixed(1),
      'p99 before, ms': quantile(before, 0.99).toFixed(1),
      'p50 during, ms': quantile(during, 0.5).toFixed(1),
      'p99 during, ms': quantile(during, 0.99).toFixed(1),
      'slowest, ms': Math.max(...during).toFixed(1),
      'p99 after, ms': quantile(after, 0.99).toFixed(1),
      'memory, MiB more': memory.toFixed(0),
      'processor, %': cpuPercent.toFixed(0),
    };
  } finally {
    await Promise.all([owner.process.kill(), friend.process.kill(), server.kill()]);
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

async function runAttack({ name }: GuestAttack, victim: Victim): Promise<GuestAttackReport> {
  const order: GuestAttackOrder = { name, seconds, victim };
  const child = fork(fileURLToPath(new URL('guest-attack-process.ts', import.meta.url)), [
    JSON.stringify(order),
  ]);
  const [report] = (await once(child, 'message')) as [GuestAttackReport];
  return report;
}

/** Writes to the other user for this time. Returns the milliseconds until each message was delivered. */
async function talk(from: JsonUser, to: string, durationMs: number): Promise<number[]> {
  const sentAtMs = new Map<string, number>();
  const endMs = performance.now() + durationMs;
  while (performance.now() < endMs) {
    const beginMs = performance.now();
    sentAtMs.set(await from.writeTo(to, 'How late is it there?'), beginMs);
    await delay(messageIntervalMs);
  }
  const times = () => [...sentAtMs].map(([id, ms]) => (from.deliveredAtMs.get(id) ?? Infinity) - ms);
  for (let waits = 0; waits < answerWithinMs / 50 && times().includes(Infinity); waits++) await delay(50);
  return times();
}

const rows: Row[] = [];
for (const attack of chosen) {
  rows.push(await measure(attack));
  process.stderr.write(`${JSON.stringify(rows.at(-1))}\n`);
}
const names = Object.keys(rows[0] ?? {}) as (keyof Row)[];
process.stdout.write(`| ${names.join(' | ')} |\n|${names.map(() => '---').join('|')}|\n`);
for (const row of rows) process.stdout.write(`| ${names.map((name) => row[name]).join(' | ')} |\n`);
process.exit(0);
