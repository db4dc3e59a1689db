import { fork, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { uuidv7 } from 'uuidv7';
import type { ClientEvent } from '../../gateway/client/client-event.ts';
import type { RunningClient } from '../../gateway/control/ports.ts';
import { askServerKey } from '../../gateway/runtime/ask-server-key.ts';
import { startClient } from '../../gateway/runtime/running-client.ts';
import {
  attackKinds,
  type AttackKeys,
  type AttackKind,
} from '../../gateway/simulation/attacks/attack-kinds.ts';
import { GatewayProcess } from '../../gateway/system-tests/gateway-process.ts';
import { cpuMsOf, memoryOf, quantile } from '../process-figures.ts';
import { directConversation } from '../../shared/conversation.ts';
import { parseMessageId, type MessageId, type PeerKey } from '../../shared/ids.ts';
import { userPath } from '../../scripts/processes.mjs';
import type { AttackOrder, AttackReport } from './attack-process.ts';
import { noAttack } from './no-attack.ts';

/**
 * `npm run attack -- --seconds 10 --only A1,A4 --profile /tmp/profiles`: the attacks on a server of gateway/simulation/attacks, against a real server
 * process on loopback, with real sockets. Beside each attack, an honest user writes messages of 5 kB to a user that is away,
 * and others join. All processes share this machine's cores.
 */
const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '10' },
    only: { type: 'string', default: '' },
    keys: { type: 'string', default: '' },
    profile: { type: 'string' },
  },
});
const seconds = Number(values.seconds);
const chosen = [noAttack, ...attackKinds].filter(
  ({ name, target }) => target === 'server' && values.only.split(',').some((only) => name.startsWith(only)),
);
if (!Number.isSafeInteger(seconds) || seconds < 1 || chosen.length === 0) {
  process.stderr.write(
    'usage: npm run attack -- --seconds <how long> --only <A1,A2,...> --keys <unknown or registered> --profile <folder>\n',
  );
  process.exit(2);
}

const port = 50_331;
const address = { host: '127.0.0.1', port };
const messageIntervalMs = 100;
const newcomerIntervalMs = 3_000;
const quietMs = 5_000;
const settleMs = 1_000;
const text5k = 'x'.repeat(5_000);

interface Row {
  readonly attack: string;
  readonly keys: AttackKeys;
  readonly reached: string;
  readonly wanted: string;
  readonly 'p99 before, ms': string;
  readonly 'during, ms': string;
  readonly 'after, ms': string;
  readonly 'join, ms': string;
  readonly 'memory, MiB more': string;
  readonly 'processor, %': string;
}

async function measure(kind: AttackKind, keys: AttackKeys): Promise<Row> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'chatagram-attack-'));
  const words = ['-s', String(port), '--data', path.join(folder, 'server')];
  const server = new GatewayProcess('server', words, undefined, profiled(`${kind.name} ${keys}`));
  let attacker: ChildProcess | undefined;
  const honest = new HonestUsers(path.join(folder, 'clients'));
  try {
    server.start();
    await honest.meet();
    attacker = startAttacker(await honest.order(kind, keys));
    await reportOf(attacker, 'ready');
    const before = await honest.talk(quietMs);
    const memoryBefore = memoryOf(server, 'VmRSS');
    const cpuBeforeMs = cpuMsOf(server);
    attacker.send('begin');
    const finished = reportOf(attacker, 'done');
    const joins = honest.newcomers(seconds * 1_000);
    const during = await honest.talk(seconds * 1_000);
    const memory = memoryOf(server, 'VmHWM') - memoryBefore;
    const cpuPercent = (cpuMsOf(server) - cpuBeforeMs) / (seconds * 10);
    const report = await finished;
    await delay(settleMs);
    const after = await honest.talk(quietMs);
    const joinMs = Math.max(...(await joins));
    const reached = report.type === 'done' ? report.done / report.seconds : 0;
    return {
      attack: kind.name,
      keys,
      reached: reached.toFixed(0),
      wanted: `${kind.wantedPerSecond.toFixed(0)} ${kind.unit}`.trim(),
      'p99 before, ms': quantile(before, 0.99).toFixed(0),
      'during, ms': quantile(during, 0.99).toFixed(0),
      'after, ms': quantile(after, 0.99).toFixed(0),
      'join, ms': joinMs.toFixed(0),
      'memory, MiB more': memory.toFixed(0),
      'processor, %': cpuPercent.toFixed(0),
    };
  } finally {
    attacker?.kill('SIGKILL');
    await honest.close();
    // A process writes its profile when it ends by itself.
    await (values.profile === undefined ? server.kill() : server.stop());
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** Alice writes to Carol, who is away, and waits for the server to store each message. Others join. */
class HonestUsers {
  readonly #folder: string;
  readonly #clients: RunningClient[] = [];
  readonly #sentAtMs = new Map<MessageId, number>();
  readonly #times = new Map<MessageId, number>();
  #alice: RunningClient | undefined;
  #carol: PeerKey | undefined;
  #joined = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async meet(): Promise<void> {
    this.#alice = await this.#join('alice', (event) => this.#note(event));
    const carol = await this.#join('carol');
    this.#carol = carol.key;
    // Carol's mail keys have to be at the server before she goes.
    await delay(2_000);
    carol.command((client, now) => client.deregister(now));
    await delay(500);
    await carol.close({ forget: false });
    this.#clients.splice(this.#clients.indexOf(carol), 1);
  }

  async order(kind: AttackKind, keys: AttackKeys): Promise<AttackOrder> {
    const [alice, carol] = [this.#alice, this.#carol];
    const key = await askServerKey(address);
    if (key === undefined || alice === undefined || carol === undefined)
      throw new Error('the users have not met');
    return { name: kind.name, seconds, keys, server: { address, key }, recipients: [carol] };
  }

  /** Returns how long each message of this time took, in milliseconds. */
  async talk(durationMs: number): Promise<number[]> {
    const [alice, carol] = [this.#alice, this.#carol];
    if (alice === undefined || carol === undefined) throw new Error('the users have met');
    const ids: MessageId[] = [];
    const endMs = performance.now() + durationMs;
    while (performance.now() < endMs) {
      const id = parseMessageId(uuidv7());
      if (id === undefined) throw new Error('a UUIDv7 is a message id');
      ids.push(id);
      this.#sentAtMs.set(id, performance.now());
      const content = { kind: 'text', text: text5k } as const;
      const message = { id, conversation: directConversation(carol), content };
      alice.command((client, now) => client.write(now, message));
      await delay(messageIntervalMs);
    }
    for (let waits = 0; waits < 50 && ids.some((id) => !this.#times.has(id)); waits++) await delay(100);
    return ids.map((id) => this.#times.get(id) ?? Number.POSITIVE_INFINITY);
  }

  /** Lets others join for this time. Returns how long each took. */
  async newcomers(durationMs: number): Promise<number[]> {
    const endMs = performance.now() + durationMs;
    const times: number[] = [];
    while (performance.now() < endMs - 1_000) {
      const startMs = performance.now();
      try {
        await this.#join(`newcomer${++this.#joined}`);
        times.push(performance.now() - startMs);
      } catch {
        times.push(Number.POSITIVE_INFINITY);
      }
      await delay(newcomerIntervalMs);
    }
    return times;
  }

  async close(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.close({ forget: false })));
  }

  async #join(
    nickname: string,
    onChange: (event: ClientEvent) => void = () => undefined,
  ): Promise<RunningClient> {
    const client = await startClient(
      { nickname, server: { address }, clientPort: 0, hosted: false, keepTrying: true },
      {
        dataRoot: this.#folder,
        lab: null,
        profile: 'normal',
        url: () => null,
        onChange,
        onFault: (error) => console.error(error),
      },
    );
    this.#clients.push(client);
    client.command((role, now) => role.register(now));
    for (let waits = 0; client.client.session().phase !== 'online'; waits++) {
      if (waits > 3_000) throw new Error(`${nickname} cannot join`);
      await delay(10);
    }
    return client;
  }

  #note(event: ClientEvent): void {
    if (event.type !== 'delivery') return;
    const { state } = event.delivery;
    const sentAtMs = this.#sentAtMs.get(event.id);
    if (sentAtMs === undefined || this.#times.has(event.id)) return;
    if (state === 'stored' || state === 'delivered') this.#times.set(event.id, performance.now() - sentAtMs);
  }
}

/** The words before the command of a server that writes a CPU profile. */
function profiled(name: string): string[] {
  if (values.profile === undefined) return [];
  const file = `${name.replaceAll(' ', '-')}.cpuprofile`;
  const folder = userPath(values.profile);
  return ['env', `NODE_OPTIONS=--cpu-prof "--cpu-prof-dir=${folder}" --cpu-prof-name=${file}`];
}

function startAttacker(order: AttackOrder): ChildProcess {
  return fork(fileURLToPath(new URL('attack-process.ts', import.meta.url)), [JSON.stringify(order)]);
}

function reportOf(attacker: ChildProcess, type: AttackReport['type']): Promise<AttackReport> {
  return new Promise((resolve, reject) => {
    attacker.on('message', (report: AttackReport) => {
      if (report.type === type) resolve(report);
    });
    attacker.once('exit', (code) => reject(new Error(`the attacker ended with ${code ?? 'a signal'}`)));
  });
}

// At the end, because the class above has to be there.
const rows: Row[] = [];
for (const kind of chosen) {
  for (const keys of (['unknown', 'registered'] as const).filter((one) => one.startsWith(values.keys))) {
    rows.push(await measure(kind, keys));
    process.stderr.write(`${JSON.stringify(rows.at(-1))}\n`);
  }
}
const names = Object.keys(rows[0] ?? {}) as (keyof Row)[];
process.stdout.write(`| ${names.join(' | ')} |\n|${names.map(() => '---').join('|')}|\n`);
for (const row of rows) process.stdout.write(`| ${names.map((name) => row[name]).join(' | ')} |\n`);
process.exit(0);
