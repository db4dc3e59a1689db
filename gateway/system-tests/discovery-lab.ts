import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { BridgeEvent, EphemeralEvent } from '../../shared/bridge/events.ts';
import type { CheckReport } from '../../shared/check/connection-check.ts';
import type { NearbyChat } from '../../shared/bridge/schema.ts';
import type { PeerKey } from '../../shared/ids.ts';
import { GatewayProcess } from './gateway-process.ts';
import type { LabMachine } from './lan-lab.ts';

/** A gateway that looks for chats, as one with an open first screen does. */
export class LookingGateway {
  readonly process: GatewayProcess;
  chats: readonly NearbyChat[] = [];
  phase = '';
  /** Each list that it told, with the time since it began to look. */
  readonly lists: { readonly atMs: number; readonly names: readonly string[] }[] = [];
  /** All events so far, the contacts among them. */
  readonly events: BridgeEvent[] = [];
  /** The newest report of its connection check. */
  report: CheckReport | undefined;
  /** What its commands were answered with, by their ids. */
  readonly answers = new Map<string, { readonly status: string }>();
  #startedAtMs = 0;
  #isReady = false;

  constructor(machine: LabMachine, dataFolder: string, ...words: readonly string[]) {
    this.process = new GatewayProcess(
      'looking',
      ['--json', '--data', dataFolder, ...words],
      (line) => this.#handleLine(line),
      machine.within,
    );
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  look(on = true): void {
    this.#startedAtMs = performance.now();
    this.execute(`look ${this.#startedAtMs}`, { type: 'find-chats', on });
  }

  execute(id: string, command: object): void {
    this.process.write(JSON.stringify({ id, command }));
  }

  /** The key of a contact, as soon as the roster has named it. */
  keyOf(nickname: string): PeerKey | undefined {
    const contacts = this.events.flatMap((event) => (event.type === 'contacts' ? event.contacts : []));
    return contacts.find((contact) => contact.nickname === nickname)?.key;
  }

  names(): string[] {
    return this.chats.map(({ name }) => name);
  }

  #handleLine(text: string): void {
    const line = JSON.parse(text) as {
      readonly event?: BridgeEvent;
      readonly ephemeral?: EphemeralEvent;
      readonly id?: string;
      readonly answer?: { readonly status: string };
    };
    this.#isReady = true;
    if (line.event !== undefined) this.events.push(line.event);
    if (line.id !== undefined && line.answer !== undefined) this.answers.set(line.id, line.answer);
    if (line.ephemeral?.type === 'connection-check') this.report = line.ephemeral.report;
    if (line.ephemeral?.type !== 'chats-nearby') return;
    this.chats = line.ephemeral.chats;
    this.phase = line.ephemeral.phase;
    this.lists.push({ atMs: performance.now() - this.#startedAtMs, names: this.names() });
  }
}

/** A gateway that hosts a chat. */
export class HostingGateway {
  readonly process: GatewayProcess;
  readonly lines: string[] = [];

  constructor(machine: LabMachine, dataFolder: string, ...words: readonly string[]) {
    this.process = new GatewayProcess(
      'hosting',
      ['-s', '50000', '--data', dataFolder, ...words],
      (line) => this.lines.push(line),
      machine.within,
    );
  }

  /** The fingerprint of its key, as its window shows it. */
  get fingerprint(): string | undefined {
    return /#([0-9a-z-]{19})/u.exec(this.lines.join('\n'))?.[1];
  }
}

const nodeScript = fileURLToPath(new URL('./discovery-node.ts', import.meta.url));

/** A program of the lab that is no gateway (discovery-node.ts), with the lines that it printed. */
export class DiscoveryNode {
  readonly lines: Readonly<Record<string, unknown>>[] = [];
  readonly #child: ChildProcess;
  /** Asked for at the start: a process that ends by itself says so once. */
  readonly #closed: Promise<unknown>;

  constructor(machine: LabMachine, ...words: readonly string[]) {
    const [command = '', ...within] = machine.within;
    this.#child = spawn(command, [...within, process.execPath, nodeScript, ...words], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#closed = once(this.#child, 'close');
    if (this.#child.stdout === null) throw new Error('the child has no output');
    createInterface({ input: this.#child.stdout }).on('line', (line) => {
      this.lines.push(JSON.parse(line) as Readonly<Record<string, unknown>>);
    });
  }

  has(field: string): boolean {
    return this.lines.some((line) => field in line);
  }

  /** When each line with a time was printed that satisfies the condition. */
  timesMs(matches: (line: Readonly<Record<string, unknown>>) => boolean = () => true): number[] {
    return this.lines.filter(matches).flatMap(({ atMs }) => (typeof atMs === 'number' ? [atMs] : []));
  }

  async stop(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#closed;
  }
}
