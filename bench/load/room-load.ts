import { fork, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { roomIdFromBytes } from '../../shared/ids.ts';
import { GatewayProcess } from '../../gateway/system-tests/gateway-process.ts';
import { cpuMsOf, memoryOf, quantile } from '../process-figures.ts';
import type { RoomLoadCommand, RoomLoadCounts, RoomLoadReport } from './room-orders.ts';

/**
 * `npm run load -- --room 50,200 --rate 20 --seconds 60`: one room with so many members, all online, that post in turn. The
 * server's database is on disk, those of the members on a tmpfs. Latency counts from the moment when a post was due to the
 * commit of the last member. `--stopped 50`: so many members read nothing. `--loss 20`: one member loses so many per cent of
 * the datagrams that it sends.
 * All processes share this machine's cores, so the latencies are those of a busy machine.
 */
export interface RoomLoadOptions {
  readonly sizes: readonly number[];
  readonly perSecond: number;
  readonly seconds: number;
  /** Members that join and then read nothing: their process is stopped. */
  readonly stopped: number;
  /** Of the first member, in per cent. */
  readonly loss: number;
}

const port = 50_323;
const processes = 2;
const openWithinMs = 600_000;
const settleMs = 3_000;
/** A tmpfs on every Linux. */
const memoryFolder = '/dev/shm';

export async function measureRooms(options: RoomLoadOptions): Promise<void> {
  const table: Record<string, Record<string, string>> = {};
  for (const size of options.sizes) {
    table[`${size} members`] = await measureRoom(size, options);
    // Printed after each size, so that an interrupted run has results.
    console.table(table);
  }
}

class MemberProcess {
  readonly process: ChildProcess;
  online = 0;
  joined = 0;
  #take: ((counts: RoomLoadCounts) => void) | undefined;

  constructor(number: number, count: number, folder: string, loss: number) {
    const program = fileURLToPath(new URL('room-member.ts', import.meta.url));
    this.process = fork(program, [number, count, port, folder, loss].map(String));
    this.process.on('message', (report: RoomLoadReport) => {
      if (report.type === 'counts') this.#take?.(report.counts);
      else {
        this.online = report.online;
        this.joined = report.joined;
      }
    });
  }

  send(command: RoomLoadCommand): void {
    this.process.send(command);
  }

  async counts(): Promise<RoomLoadCounts> {
    const { promise, resolve } = Promise.withResolvers<RoomLoadCounts>();
    this.#take = resolve;
    this.send({ type: 'report' });
    return promise;
  }
}

async function measureRoom(size: number, options: RoomLoadOptions): Promise<Record<string, string>> {
  const { perSecond, seconds, loss } = options;
  const stopped = Math.min(options.stopped, size - processes);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'chatagram-room-load-'));
  const memory = fs.mkdtempSync(path.join(memoryFolder, 'chatagram-room-load-'));
  const server = new GatewayProcess('server', ['-s', String(port), '--data', folder]);
  const reading: MemberProcess[] = [];
  let still: MemberProcess | undefined;
  try {
    server.start();
    const readers = size - stopped;
    for (let number = 0; number < processes; number++) {
      const share =
        Math.floor(((number + 1) * readers) / processes) - Math.floor((number * readers) / processes);
      reading.push(new MemberProcess(number, share, memory, number === 0 ? loss : 0));
    }
    if (stopped > 0) still = new MemberProcess(processes, stopped, memory, 0);
    const all = still === undefined ? reading : [...reading, still];
    const sumOf = (what: 'online' | 'joined') => all.reduce((sum, one) => sum + one[what], 0);
    await until('all members are online', () => sumOf('online') === size);
    const room = roomIdFromBytes(randomBytes(16));
    reading[0]?.send({ type: 'join', room, name: 'load', create: true });
    await until('the room is there', () => (reading[0]?.joined ?? 0) > 0);
    for (const one of all.slice(1)) one.send({ type: 'join', room, name: 'load', create: false });
    await until('all members have joined', () => sumOf('joined') === size);
    still?.process.kill('SIGSTOP');
    await delay(settleMs);
    for (const one of reading) await one.counts();

    const [startMs, startCpuMs] = [performance.now(), cpuMsOf(server)];
    for (const one of reading) one.send({ type: 'post', perSecond: perSecond / processes, seconds });
    await delay(1_000 * seconds);
    const processorPercent = (100 * (cpuMsOf(server) - startCpuMs)) / (performance.now() - startMs);
    await delay(settleMs);
    // Where the members are too slow for this rate, they post late, and what has not come by now counts as not delivered.
    const counts: RoomLoadCounts[] = [];
    for (const one of reading) counts.push(await one.counts());
    return rowsOf({
      counts,
      members: readers - (loss > 0 ? 1 : 0),
      posts: perSecond * seconds,
      readers,
      processorPercent,
      memory: `${memoryOf(server, 'VmRSS').toFixed(0)}, ${memoryOf(server, 'VmHWM').toFixed(0)}`,
    });
  } finally {
    for (const one of reading) one.process.kill('SIGKILL');
    still?.process.kill('SIGKILL');
    await server.kill();
    for (const each of [folder, memory]) fs.rmSync(each, { recursive: true });
  }
}

interface RoomMeasurement {
  readonly counts: readonly RoomLoadCounts[];
  /** Members without loss that read. */
  readonly members: number;
  readonly readers: number;
  readonly posts: number;
  readonly processorPercent: number;
  readonly memory: string;
}

function rowsOf({
  counts,
  members,
  readers,
  posts,
  processorPercent,
  memory,
}: RoomMeasurement): Record<string, string> {
  const latenciesMs: number[] = [];
  const withLossMs: number[] = [];
  let [posted, complete] = [0, 0];
  for (const [id, postedMs] of counts.flatMap(({ posted }) => Object.entries(posted))) {
    posted++;
    const commits = counts.map(({ committed }) => committed[id as keyof typeof committed]);
    const reached = commits.reduce((sum, commit) => sum + (commit?.members ?? 0), 0);
    if (reached >= members) complete++;
    latenciesMs.push(Math.max(...commits.map((commit) => commit?.lastMs ?? postedMs)) - postedMs);
    for (const { committedWithLoss } of counts) {
      const lastMs = committedWithLoss[id as keyof typeof committedWithLoss];
      if (lastMs !== undefined) withLossMs.push(lastMs - postedMs);
    }
  }
  const sum = (what: 'bytesSent' | 'bytesReceived' | 'processorMs') =>
    counts.reduce((total, one) => total + one[what], 0);
  return {
    'posts, sent, at all members': `${posts}, ${posted}, ${complete}`,
    'to the last commit, p50, ms': quantile(latenciesMs, 0.5).toFixed(1),
    'p99, ms': quantile(latenciesMs, 0.99).toFixed(1),
    'most, ms': quantile(latenciesMs, 1).toFixed(1),
    ...(withLossMs.length === 0
      ? {}
      : {
          'with loss: p50, p99, ms': `${quantile(withLossMs, 0.5).toFixed(0)}, ${quantile(withLossMs, 0.99).toFixed(0)}`,
        }),
    'a post costs each member, ms of processor': (sum('processorMs') / posts / readers).toFixed(2),
    'server: processor, %': processorPercent.toFixed(1),
    'server: memory now, most, MiB': memory,
    'bytes to each member and post': (sum('bytesReceived') / posts / readers).toFixed(0),
    'bytes from each member and post': (sum('bytesSent') / posts / readers).toFixed(0),
  };
}

async function until(what: string, isDone: () => boolean): Promise<void> {
  const deadlineMs = performance.now() + openWithinMs;
  while (!isDone()) {
    if (performance.now() > deadlineMs) throw new Error(`not within ${openWithinMs} ms: ${what}`);
    await delay(20);
  }
}
