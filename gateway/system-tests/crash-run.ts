import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { uuidv7 } from 'uuidv7';
import { parseMessageId, type MessageId, type PeerKey } from '../../shared/ids.ts';
import { SeededRandom } from '../net/seeded-random.ts';
import { CrashRoom } from './crash-room.ts';
import { DatabaseInspector, type Victim } from './database-inspector.ts';
import { freeUdpPort } from './free-port.ts';
import { GatewayProcess } from './gateway-process.ts';
import { ScriptedUser } from './scripted-user.ts';

export interface CrashOptions {
  /** Decides which process is killed, after how many messages and for how long. The machine's timing decides the rest. */
  readonly seed: number;
  readonly messagesEachRound: number;
  /** What each of the three users posts into their room in a round. */
  readonly postsEachRound: number;
  readonly killsEachRound: number;
  /** Every so many rounds the server also loses its folder, or is restored from an earlier backup; 0 for never. */
  readonly serverLossEvery: number;
  readonly log: (line: string) => void;
}

export interface CrashReport {
  rounds: number;
  messages: number;
  posts: number;
  readonly killed: Record<Victim, number>;
  /** The kills that a write of the victim triggered. */
  atWrite: number;
  /** Messages on the disk of a killed recipient or server, without a confirmation to the sender. */
  storedUnconfirmed: number;
  wiped: number;
  restored: number;
}

/** Commands of one user without an answer: enough that every kill hits some. */
const commandsInFlight = 16;
const downMsMax = 4_000;
/** Far above a restart and every back-off of the outbox. A message that is missing by then is lost. */
const settleTimeoutMs = 120_000;
const settlePauseMs = 100;
/** A victim that writes nothing for so long is killed without a write. */
const nextWriteMsMax = 500;

/** The messages of one user to the other. */
interface Conversation {
  readonly from: ScriptedUser;
  readonly to: ScriptedUser;
  /** The messages of this round, in the order of sending. */
  sent: MessageId[];
  /** The newest message that earlier rounds verified. */
  verified: MessageId | undefined;
}

/**
 * A server, two users that write to each other, and a third that posts with them in a room, in real processes, and kills of these
 * processes.
 */
export class CrashRun {
  readonly report: CrashReport = {
    rounds: 0,
    messages: 0,
    posts: 0,
    killed: { server: 0, alice: 0, bob: 0, carol: 0 },
    atWrite: 0,
    storedUnconfirmed: 0,
    wiped: 0,
    restored: 0,
  };
  readonly folder = fs.mkdtempSync(path.join(os.tmpdir(), 'chatagram-crash-'));
  readonly #options: CrashOptions;
  readonly #random: SeededRandom;
  readonly #inspector: DatabaseInspector;
  readonly #server: GatewayProcess;
  readonly #users: Readonly<Record<Exclude<Victim, 'server'>, ScriptedUser>>;
  readonly #room: CrashRoom;
  readonly #conversations: readonly Conversation[];
  readonly #backup: string;
  #hasBackup = false;

  private constructor(options: CrashOptions, port: number) {
    this.#options = options;
    this.#random = new SeededRandom(options.seed);
    const folderOf = (name: Victim): string => path.join(this.folder, name);
    const server = folderOf('server');
    const folders = { server, alice: folderOf('alice'), bob: folderOf('bob'), carol: folderOf('carol') };
    this.#inspector = new DatabaseInspector(folders);
    this.#backup = path.join(this.folder, 'chats.backup');
    this.#server = new GatewayProcess('server', ['-s', String(port), '--data', server]);
    const at = { host: '127.0.0.1', port };
    const userOf = (name: Exclude<Victim, 'server'>) => new ScriptedUser(name, at, folders[name]);
    const users = { alice: userOf('alice'), bob: userOf('bob'), carol: userOf('carol') };
    this.#users = users;
    this.#room = new CrashRoom(Object.values(users));
    this.#conversations = [
      { from: users.alice, to: users.bob, sent: [], verified: undefined },
      { from: users.bob, to: users.alice, sent: [], verified: undefined },
    ];
  }

  static async start(options: CrashOptions): Promise<CrashRun> {
    const run = new CrashRun(options, await freeUdpPort());
    const users = Object.values(run.#users);
    for (const one of [run.#server, ...users]) one.start();
    await until('all know each other', () =>
      users.every((one) => users.every((other) => keyFor(one, other) !== undefined)),
    );
    return run;
  }

  get kills(): number {
    return Object.values(this.report.killed).reduce((sum, count) => sum + count, 0);
  }

  /**
   * All users send and post while processes are killed. Then each message that was answered with `done` must be at its recipient
   * once and in order, and its sender must know that it was delivered. Each post must be in the room, once and at the same place for
   * all members. Throws otherwise.
   */
  async round(): Promise<void> {
    const number = ++this.report.rounds;
    await this.#room.open();
    const startMs = performance.now();
    for (const conversation of this.#conversations) conversation.sent = [];
    let [answered, posted] = [0, 0];
    const onAnswer = (): void => {
      answered++;
    };
    const onPosted = (): void => {
      posted++;
    };
    const [log] = await Promise.all([
      this.#killSome(() => answered + posted),
      this.#room.postAll(number, this.#options.postsEachRound, onPosted),
      ...this.#conversations.map((conversation) => this.#sendAll(number, conversation, onAnswer)),
    ]);
    const answeredMs = performance.now() - startMs;
    for (const conversation of this.#conversations) await verify(conversation);
    this.report.posts += await this.#room.verify();
    this.report.messages += answered;
    const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;
    this.#options.log(
      `round ${number}: ${answered} messages and ${posted} posts answered in ${seconds(answeredMs)}, all verified after ` +
        `${seconds(performance.now() - startMs)}; ${log.join(', ')}`,
    );
  }

  /** Stops all processes and removes the folder. Throws if a process exits with an error. */
  async end(): Promise<void> {
    const exitCodes = await Promise.all(Object.values(this.#users).map(({ process }) => process.stop()));
    exitCodes.push(await this.#server.stop());
    if (exitCodes.some((code) => code !== 0))
      throw new Error(`the processes exited with the codes ${exitCodes.join(', ')}`);
    fs.rmSync(this.folder, { recursive: true, force: true });
  }

  /** Kills all processes, and leaves their data and their output in the folder. */
  async keepEvidence(): Promise<void> {
    const processes = [this.#server, ...Object.values(this.#users).map(({ process }) => process)];
    await Promise.all(processes.map((process) => process.kill()));
    for (const { name, stderr } of processes)
      fs.writeFileSync(path.join(this.folder, `${name}.stderr`), stderr.join('\n'));
  }

  /** Sends one user's half of the round's messages in order, a bounded number at a time. */
  async #sendAll(round: number, conversation: Conversation, onAnswer: () => void): Promise<void> {
    const to = keyFor(conversation.from, conversation.to);
    if (to === undefined) throw new Error('the recipient is unknown');
    const inFlight = new Set<Promise<void>>();
    for (let number = 1; number <= this.#options.messagesEachRound / 2; number++) {
      const id = newMessageId();
      conversation.sent.push(id);
      const text = `round ${round}, ${conversation.from.nickname}'s message ${number}`;
      const sending = conversation.from.send(id, to, text).then(() => {
        inFlight.delete(sending);
        onAnswer();
      });
      inFlight.add(sending);
      if (inFlight.size >= commandsInFlight) await Promise.race(inFlight);
    }
    await Promise.all(inFlight);
  }

  /** Kills at moments spread over the round. Each victim starts again after a time that the seed decides. */
  async #killSome(answered: () => number): Promise<string[]> {
    const { messagesEachRound, postsEachRound, killsEachRound, serverLossEvery } = this.#options;
    const all = messagesEachRound + 3 * postsEachRound;
    const moments = Array.from({ length: killsEachRound }, () => this.#random.below(all));
    const losesServer = serverLossEvery > 0 && this.report.rounds % serverLossEvery === 0;
    const lossAt = losesServer ? this.#random.below(killsEachRound) : -1;
    const log: string[] = [];
    const returns: Promise<void>[] = [];
    for (const [index, moment] of moments.toSorted((a, b) => a - b).entries()) {
      const victim = (['server', 'alice', 'bob', 'carol'] as const)[this.#random.below(4)] ?? 'server';
      const afterMs = this.#random.below(40);
      const downMs = this.#random.below(4) === 0 ? this.#random.below(downMsMax) : this.#random.below(300);
      const isAtWrite = this.#random.below(2) === 0;
      while (answered() < moment) await delay(1);
      await delay(afterMs);
      if (index === lossAt) {
        returns.push(this.#loseServer(log));
        continue;
      }
      if (isAtWrite && this.#processOf(victim).isAlive) await this.#nextWriteOf(victim);
      log.push(`${victim} at ${answered()} for ${downMs} ms${isAtWrite ? ' (at a write)' : ''}`);
      returns.push(this.#killAndReturn(victim, downMs, isAtWrite));
    }
    await Promise.all(returns);
    return log;
  }

  async #killAndReturn(victim: Victim, downMs: number, isAtWrite: boolean): Promise<void> {
    const process = this.#processOf(victim);
    if (!process.isAlive) return;
    this.report.killed[victim]++;
    if (isAtWrite) this.report.atWrite++;
    await process.kill();
    this.#countUnconfirmed(victim);
    await delay(downMs);
    this.#startAgain(victim);
  }

  /** Takes a backup at first. Later, the server starts empty or from the newest backup. */
  async #loseServer(log: string[]): Promise<void> {
    const data = ['--data', this.#inspector.folders.server];
    if (!this.#hasBackup) {
      fs.rmSync(this.#backup, { force: true });
      await GatewayProcess.runCommand(['backup', this.#backup, ...data]);
      this.#hasBackup = true;
      return void log.push('a backup of the server');
    }
    if (!this.#server.isAlive) return;
    this.report.killed.server++;
    await this.#server.kill();
    if (this.#random.below(2) === 0) {
      log.push('the server and its folder');
      this.report.wiped++;
      this.#room.abandon();
      fs.rmSync(this.#inspector.folders.server, { recursive: true, force: true });
    } else {
      log.push('the server, restored from its backup');
      this.report.restored++;
      this.#room.handleRestored();
      await GatewayProcess.runCommand(['restore', this.#backup, ...data]);
    }
    this.#hasBackup = false;
    this.#server.start();
  }

  /** Counts what a killed process had stored without its sender knowing: it died between a commit and its effects. */
  #countUnconfirmed(victim: Victim): void {
    for (const { from, to, sent } of this.#conversations) {
      const [sender, recipient] = [keyFor(to, from), keyFor(from, to)];
      if (sender === undefined || recipient === undefined) continue;
      const unconfirmed = sent.filter((id) => from.shownStates.get(id) === undefined);
      if (victim !== 'server' && victim === to.nickname)
        this.report.storedUnconfirmed += this.#inspector.receivedOf(victim, unconfirmed);
      else if (victim === 'server')
        this.report.storedUnconfirmed += this.#inspector.waitingOf({ sender, recipient }, unconfirmed);
    }
  }

  #nextWriteOf(victim: Victim): Promise<void> {
    return this.#inspector.nextWrite(victim, nextWriteMsMax);
  }

  #processOf(victim: Victim): GatewayProcess {
    return victim === 'server' ? this.#server : this.#users[victim].process;
  }

  #startAgain(victim: Victim): void {
    if (victim === 'server') this.#server.start();
    else this.#users[victim].start();
  }
}

/** Waits until the recipient has all messages and the sender knows it, then compares their order. */
async function verify(conversation: Conversation): Promise<void> {
  const { from, to, sent } = conversation;
  const [sender, recipient] = [keyFor(to, from), keyFor(from, to)];
  if (sender === undefined || recipient === undefined) throw new Error('a user is unknown to the other');
  const deadlineMs = performance.now() + settleTimeoutMs;
  for (;;) {
    const arrived = (await to.historySince(sender, conversation.verified)).filter(
      ({ author }) => author === sender,
    );
    const own = (await from.historySince(recipient, conversation.verified)).filter(
      ({ author }) => author !== recipient,
    );
    const missing = sent.filter((id) => !arrived.some((message) => message.id === id));
    const unsure = own.filter(({ delivery }) => delivery?.state !== 'delivered');
    if (missing.length === 0 && unsure.length === 0) {
      if (arrived.map(({ id }) => id).join() !== sent.join())
        throw new Error(`the messages of ${from.nickname} are not in order, or not once, at ${to.nickname}`);
      break;
    }
    if (performance.now() > deadlineMs)
      throw new Error(
        `of ${from.nickname}'s ${sent.length} messages ${missing.length} are missing at ${to.nickname}, ` +
          `${unsure.length} are not known to be delivered: ${[...missing, ...unsure.map(({ id }) => id)].slice(0, 5).join()}`,
      );
    await delay(settlePauseMs);
  }
  const duplicates = [...to.shown].filter(([, count]) => count > 1).map(([id]) => id);
  if (duplicates.length > 0)
    throw new Error(`${to.nickname} was shown these more than once: ${duplicates.join()}`);
  conversation.verified = sent.at(-1) ?? conversation.verified;
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

function newMessageId(): MessageId {
  const id = parseMessageId(uuidv7());
  if (id === undefined) throw new Error('uuidv7 made an invalid id');
  return id;
}
