import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { uuidv7 } from 'uuidv7';
import { parseMessageId, type MessageId, type PeerKey } from '../../shared/ids.ts';
import { SeededRandom } from '../net/seeded-random.ts';
import { UdpSocket } from '../net/udp-socket.ts';
import { DatabaseInspector } from './database-inspector.ts';
import { GatewayProcess } from './gateway-process.ts';
import { ScriptedUser } from './scripted-person.ts';

export interface CrashOptions {
  /** Decides who is killed after how many messages and for how long; the rest is this machine's luck. */
  readonly seed: number;
  readonly messagesEachRound: number;
  readonly killsEachRound: number;
  /** Every so many rounds the server also loses its folder, or gets it back from an earlier backup; 0: never. */
  readonly serverLossEvery: number;
  readonly tell: (line: string) => void;
}

export interface CrashReport {
  rounds: number;
  messages: number;
  readonly killed: Record<Victim, number>;
  /** Of the kills, those that a write of the victim's set off. */
  atWrite: number;
  /** Messages that were on the disk of a killed recipient or server, and whose sender had heard nothing of it. */
  keptUnheard: number;
  wiped: number;
  restored: number;
}

type Victim = 'server' | 'alice' | 'bob';

/** Commands of one person without an answer: enough that every kill hits some. */
const commandsUnderway = 16;
const downMsMax = 4_000;
/** Far above what a restart and every back-off of the outbox take; a message that is not there by then is lost. */
const settleTimeoutMs = 120_000;
const settlePauseMs = 100;
/** Whoever writes nothing for so long is killed all the same. */
const nextWriteMsMax = 500;

/** One person's words to the other. */
interface Talk {
  readonly from: ScriptedUser;
  readonly to: ScriptedUser;
  /** In the order in which they were said; those of this round. */
  said: MessageId[];
  /** The newest message that earlier rounds have shown to be in its place. */
  proved: MessageId | undefined;
}

/** A server and two people who write to each other in real processes, and are killed while they do. */
export class CrashRun {
  readonly report: CrashReport = {
    ...{ rounds: 0, messages: 0, killed: { server: 0, alice: 0, bob: 0 } },
    ...{ atWrite: 0, keptUnheard: 0, wiped: 0, restored: 0 },
  };
  readonly folder = fs.mkdtempSync(path.join(os.tmpdir(), 'chatagram-crash-'));
  readonly #options: CrashOptions;
  readonly #random: SeededRandom;
  readonly #autopsy: DatabaseInspector;
  readonly #server: GatewayProcess;
  readonly #people: { readonly alice: ScriptedUser; readonly bob: ScriptedUser };
  readonly #talks: readonly Talk[];
  readonly #backup: string;
  #hasBackup = false;

  private constructor(options: CrashOptions, port: number) {
    this.#options = options;
    this.#random = new SeededRandom(options.seed);
    const [server, alice, bob] = ['server', 'alice', 'bob'].map((name) => path.join(this.folder, name));
    if (server === undefined || alice === undefined || bob === undefined) throw new RangeError('three names');
    this.#autopsy = new DatabaseInspector({ server, alice, bob });
    this.#backup = path.join(this.folder, 'chats.backup');
    this.#server = new GatewayProcess('server', ['-s', String(port), '--data', server]);
    const at = { host: '127.0.0.1', port };
    const people = { alice: new ScriptedUser('alice', at, alice), bob: new ScriptedUser('bob', at, bob) };
    this.#people = people;
    this.#talks = [
      { from: people.alice, to: people.bob, said: [], proved: undefined },
      { from: people.bob, to: people.alice, said: [], proved: undefined },
    ];
  }

  static async start(options: CrashOptions): Promise<CrashRun> {
    const run = new CrashRun(options, await freePort());
    const { alice, bob } = run.#people;
    for (const one of [run.#server, alice, bob]) one.start();
    await until(
      'both know each other',
      () => keyFor(alice, bob) !== undefined && keyFor(bob, alice) !== undefined,
    );
    return run;
  }

  get kills(): number {
    const { server, alice, bob } = this.report.killed;
    return server + alice + bob;
  }

  /**
   * Both say their words while some are killed; then all that was answered with `done` must stand on the other's screen
   * once and in order, and be known to be delivered. Throws when it is not so.
   */
  async round(): Promise<void> {
    const number = ++this.report.rounds;
    const startMs = performance.now();
    for (const talk of this.#talks) talk.said = [];
    let answered = 0;
    const onAnswer = (): void => {
      answered++;
    };
    const [story] = await Promise.all([
      this.#killSome(() => answered),
      ...this.#talks.map((talk) => this.#speak(number, talk, onAnswer)),
    ]);
    const saidMs = performance.now() - startMs;
    for (const talk of this.#talks) await prove(talk);
    this.report.messages += answered;
    const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;
    this.#options.tell(
      `round ${number}: ${answered} answered in ${seconds(saidMs)}, all proved after ` +
        `${seconds(performance.now() - startMs)}; ${story.join(', ')}`,
    );
  }

  /** Politely; throws when a process does not end as it should. Leaves nothing behind. */
  async end(): Promise<void> {
    const { alice, bob } = this.#people;
    const exitCodes = await Promise.all([alice.process.stop(), bob.process.stop()]);
    exitCodes.push(await this.#server.stop());
    if (exitCodes.some((code) => code !== 0))
      throw new Error(`a polite end gave the codes ${exitCodes.join(', ')}`);
    fs.rmSync(this.folder, { recursive: true, force: true });
  }

  /** Leaves what the disks hold and what the processes wrote in the folder. */
  async abandon(): Promise<void> {
    const processes = [this.#server, this.#people.alice.process, this.#people.bob.process];
    await Promise.all(processes.map((process) => process.kill()));
    for (const { name, stderr } of processes)
      fs.writeFileSync(path.join(this.folder, `${name}.stderr`), stderr.join('\n'));
  }

  /** Says this person's half of the round's messages, a bounded number at a time, in order. */
  async #speak(round: number, talk: Talk, onAnswer: () => void): Promise<void> {
    const to = keyFor(talk.from, talk.to);
    if (to === undefined) throw new Error('nobody to speak to');
    const underway = new Set<Promise<void>>();
    for (let number = 1; number <= this.#options.messagesEachRound / 2; number++) {
      const id = newMessageId();
      talk.said.push(id);
      const text = `round ${round}, ${talk.from.nickname}'s message ${number}`;
      const sending = talk.from.send(id, to, text).then(() => {
        underway.delete(sending);
        onAnswer();
      });
      underway.add(sending);
      if (underway.size >= commandsUnderway) await Promise.race(underway);
    }
    await Promise.all(underway);
  }

  /** Kills at moments spread over the round; each victim is back after a while that the seed decides. */
  async #killSome(answered: () => number): Promise<string[]> {
    const { messagesEachRound, killsEachRound, serverLossEvery } = this.#options;
    const moments = Array.from({ length: killsEachRound }, () => this.#random.below(messagesEachRound));
    const losesServer = serverLossEvery > 0 && this.report.rounds % serverLossEvery === 0;
    const lossAt = losesServer ? this.#random.below(killsEachRound) : -1;
    const story: string[] = [];
    const returns: Promise<void>[] = [];
    for (const [index, moment] of moments.toSorted((a, b) => a - b).entries()) {
      const victim = (['server', 'alice', 'bob'] as const)[this.#random.below(3)] ?? 'server';
      const afterMs = this.#random.below(40);
      const downMs = this.#random.below(4) === 0 ? this.#random.below(downMsMax) : this.#random.below(300);
      const isAtWrite = this.#random.below(2) === 0;
      while (answered() < moment) await delay(1);
      await delay(afterMs);
      if (index === lossAt) {
        returns.push(this.#loseServer(story));
        continue;
      }
      if (isAtWrite && this.#processOf(victim).isAlive) await this.#nextWriteOf(victim);
      story.push(`${victim} at ${answered()} for ${downMs} ms${isAtWrite ? ' (at a write)' : ''}`);
      returns.push(this.#killAndReturn(victim, downMs, isAtWrite));
    }
    await Promise.all(returns);
    return story;
  }

  async #killAndReturn(victim: Victim, downMs: number, isAtWrite: boolean): Promise<void> {
    const process = this.#processOf(victim);
    if (!process.isAlive) return;
    this.report.killed[victim]++;
    if (isAtWrite) this.report.atWrite++;
    await process.kill();
    this.#examine(victim);
    await delay(downMs);
    this.#startAgain(victim);
  }

  /** Takes a backup at first; later the server comes back empty, or with what the newest backup holds. */
  async #loseServer(story: string[]): Promise<void> {
    const data = ['--data', this.#autopsy.folders.server];
    if (!this.#hasBackup) {
      fs.rmSync(this.#backup, { force: true });
      await GatewayProcess.runToEnd(['backup', this.#backup, ...data]);
      this.#hasBackup = true;
      return void story.push('a backup of the server');
    }
    if (!this.#server.isAlive) return;
    this.report.killed.server++;
    await this.#server.kill();
    if (this.#random.below(2) === 0) {
      story.push('the server, and its folder');
      this.report.wiped++;
      fs.rmSync(this.#autopsy.folders.server, { recursive: true, force: true });
    } else {
      story.push('the server, back from its backup');
      this.report.restored++;
      await GatewayProcess.runToEnd(['restore', this.#backup, ...data]);
    }
    this.#hasBackup = false;
    this.#server.start();
  }

  /** What a killed process had on disk without its sender knowing: it died between a commit and what follows from it. */
  #examine(victim: Victim): void {
    for (const { from, to, said } of this.#talks) {
      const [sender, recipient] = [keyFor(to, from), keyFor(from, to)];
      if (sender === undefined || recipient === undefined) continue;
      const unheard = said.filter((id) => from.shownStates.get(id) === undefined);
      if (victim !== 'server' && victim === to.nickname)
        this.report.keptUnheard += this.#autopsy.receivedOf(victim, unheard);
      else if (victim === 'server')
        this.report.keptUnheard += this.#autopsy.waitingOf({ sender, recipient }, unheard);
    }
  }

  #nextWriteOf(victim: Victim): Promise<void> {
    return this.#autopsy.nextWrite(victim, nextWriteMsMax);
  }

  #processOf(victim: Victim): GatewayProcess {
    return victim === 'server' ? this.#server : this.#people[victim].process;
  }

  #startAgain(victim: Victim): void {
    if (victim === 'server') this.#server.start();
    else this.#people[victim].start();
  }
}

/** Waits until the recipient has it all and the sender knows it, then compares word for word. */
async function prove(talk: Talk): Promise<void> {
  const { from, to, said } = talk;
  const [sender, recipient] = [keyFor(to, from), keyFor(from, to)];
  if (sender === undefined || recipient === undefined) throw new Error('somebody has been forgotten');
  const deadlineMs = performance.now() + settleTimeoutMs;
  for (;;) {
    const arrived = (await to.historySince(sender, talk.proved)).filter(({ author }) => author === sender);
    const sent = (await from.historySince(recipient, talk.proved)).filter(
      ({ author }) => author !== recipient,
    );
    const missing = said.filter((id) => !arrived.some((message) => message.id === id));
    const unsure = sent.filter(({ delivery }) => delivery?.state !== 'delivered');
    if (missing.length === 0 && unsure.length === 0) {
      if (arrived.map(({ id }) => id).join() !== said.join())
        throw new Error(`what ${from.nickname} said is not in order, or not once, at ${to.nickname}`);
      break;
    }
    if (performance.now() > deadlineMs)
      throw new Error(
        `of ${from.nickname}'s ${said.length} messages ${missing.length} are missing at ${to.nickname}, ` +
          `${unsure.length} are not known to be delivered: ${[...missing, ...unsure.map(({ id }) => id)].slice(0, 5).join()}`,
      );
    await delay(settlePauseMs);
  }
  const doubled = [...to.shown].filter(([, count]) => count > 1).map(([id]) => id);
  if (doubled.length > 0)
    throw new Error(`${to.nickname} was told of these more than once: ${doubled.join()}`);
  talk.proved = said.at(-1) ?? talk.proved;
}

function keyFor(asker: ScriptedUser, other: ScriptedUser): PeerKey | undefined {
  return asker.keyOf(other.nickname);
}

async function until(what: string, condition: () => boolean): Promise<void> {
  const deadlineMs = performance.now() + settleTimeoutMs;
  while (!condition()) {
    if (performance.now() > deadlineMs) throw new Error(`not in time: ${what}`);
    await delay(20);
  }
}

async function freePort(): Promise<number> {
  const socket = await UdpSocket.open({ port: 0 });
  await socket.close();
  return socket.port;
}

function newMessageId(): MessageId {
  const id = parseMessageId(uuidv7());
  if (id === undefined) throw new Error('uuidv7 gave no UUIDv7');
  return id;
}
