/**
 * From Enter in one Chromium to the painted frame in another: ours, and The Lounge over ngircd (`npm run bench:app -- --only latency`).
 * e2e/app-bench.ts runs this file in a network namespace, where it can lose packets.
 */
import { execFileSync, fork } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { chromium, type Browser } from '@playwright/test';
import type { RoomLoadCommand, RoomLoadReport } from '../bench/load/room-orders.ts';
import { stampsFolderVariable } from '../bench/latency/stamps-folder.ts';
import {
  latencyMs,
  ourSteps,
  type GatewayStamps,
  pageSteps,
  type PageTimes,
  type Stamp,
  type Step,
} from '../bench/latency/steps.ts';
import { channel, TheLounge } from '../bench/latency/the-lounge.ts';
import { quantile } from '../bench/process-figures.ts';
import { presentChromium } from '../scripts/chromium.mjs';
import { roomIdFromBytes } from '../shared/ids.ts';
import { joinRoom, openRoom, talkTo } from './app-page.ts';
import { Gateways, type Gateway, type ServerGateway } from './gateways.ts';
import { ObservedPage, timeMessage } from './latency-page.ts';
import { leaveProcessors } from './process-tree.ts';

const { values } = parseArgs({
  options: {
    messages: { type: 'string', default: '500' },
    /** Which of `scenarioNames`. */
    scenarios: { type: 'string' },
  },
});
const scenarioNames = ['direct', 'loss', 'room'] as const;
type ScenarioName = (typeof scenarioNames)[number];

const lossPerMille = 50;
const roomMembers = 20;
/** The first messages are not counted: scripts are compiled, and windows are opened. */
const warmUpMessages = 20;
/** Between what the bench does in a page and the next key, so that none waits for the work of the one before. */
const pauseMs = 100;
/** So the keys come at any moment of a frame. */
const frameMs = 17;

/** The same chat in two browsers. */
interface Chat {
  readonly name: 'ours' | 'The Lounge';
  readonly sender: ObservedPage;
  readonly recipient: ObservedPage;
  /** Types a text into the box of the sender, which keeps the focus. */
  readonly type: (text: string) => Promise<void>;
}

const preload = fileURLToPath(new URL('../bench/latency/gateway-stamps.ts', import.meta.url));
const memberProgram = fileURLToPath(new URL('../bench/load/room-member.ts', import.meta.url));

class Bench {
  readonly #gateways = new Gateways();
  readonly #browsers: readonly Browser[];
  readonly #lounge: TheLounge;
  readonly #stamps = mkdtempSync(path.join(tmpdir(), 'chatagram-bench-stamps-'));
  readonly #members: ReturnType<typeof fork>[] = [];

  static async start(): Promise<Bench> {
    const executablePath = presentChromium();
    const launch = () => chromium.launch(executablePath === undefined ? {} : { executablePath });
    return new Bench([await launch(), await launch()], await TheLounge.start());
  }

  private constructor(browsers: readonly Browser[], lounge: TheLounge) {
    this.#browsers = browsers;
    this.#lounge = lounge;
  }

  async close(): Promise<void> {
    for (const member of this.#members) member.kill('SIGKILL');
    for (const browser of this.#browsers) await browser.close();
    this.#lounge.close();
    await this.#gateways.close();
    rmSync(this.#stamps, { recursive: true, force: true });
  }

  async run(name: ScenarioName, messages: number): Promise<void> {
    process.env['NODE_OPTIONS'] = `--import=${preload}`;
    process.env[stampsFolderVariable] = this.#stamps;
    const server = await this.#gateways.server();
    const alice = await this.#gateways.client('alice', server);
    const bob = await this.#gateways.client('bob', server);
    delete process.env['NODE_OPTIONS'];
    if (name === 'room') await this.#fillRoom(server);
    const ours = await this.#ours(name, alice, bob);
    const theirs = await this.#theirs(name);
    const times = await this.#measure(name, [ours, theirs], messages);
    await Promise.all([alice, bob, server].map((gateway) => gateway.kill('SIGTERM')));
    report(name, times, {
      sender: this.#stampsOf(alice),
      ...(name === 'room' ? { server: this.#stampsOf(server) } : {}),
      recipient: this.#stampsOf(bob),
    });
    for (const { sender, recipient } of [ours, theirs])
      for (const { page } of [sender, recipient]) await page.context().close();
  }

  async #measure(name: ScenarioName, chats: readonly Chat[], messages: number): Promise<Times> {
    const times: Times = { ours: [], 'The Lounge': [] };
    for (let number = 0; number < messages + warmUpMessages; number++) {
      if (number === warmUpMessages && name === 'loss') this.#lose();
      for (const chat of chats) {
        const text = `Message ${String(number).padStart(5, '0')} from one browser to the other`;
        await chat.type(text);
        await delay(pauseMs + randomInt(frameMs));
        const measured = await timeMessage(chat.sender, chat.recipient, text);
        if (number >= warmUpMessages) times[chat.name].push(measured);
        await delay(pauseMs);
      }
    }
    if (name === 'loss') this.#endLoss();
    return times;
  }

  async #ours(name: ScenarioName, alice: Gateway, bob: Gateway): Promise<Chat> {
    const [sender, recipient] = [await this.#page(0), await this.#page(1)];
    await Promise.all([sender.page.goto(alice.link), recipient.page.goto(bob.link)]);
    const open =
      name === 'room'
        ? ({ page }: ObservedPage) => joinRoom(page, channel).then(() => openRoom(page, channel))
        : ({ page }: ObservedPage) => talkTo(page, page === sender.page ? 'bob' : 'alice');
    const [{ box }, answers] = [await open(sender), await open(recipient)];
    // Without an answer, a new sender may send only a few messages.
    await answers.say('Hello');
    await sender.page.getByRole('log').getByText('Hello', { exact: true }).waitFor();
    await Promise.all([sender.readClock(), recipient.readClock()]);
    return { name: 'ours', sender, recipient, type: (text) => box.fill(text) };
  }

  async #theirs(name: ScenarioName): Promise<Chat> {
    const [sender, recipient] = [await this.#page(0), await this.#page(1)];
    // At most nine characters, as ngircd wants it.
    const nicknames = [`al-${name}`, `bo-${name}`] as const;
    for (const { page } of [sender, recipient]) {
      await page.goto(this.#lounge.pageOf(nicknames[page === sender.page ? 0 : 1]));
      await page.getByRole('button', { name: 'Connect', exact: true }).click();
    }
    if (name === 'room') await this.#lounge.addMembers(roomMembers - nicknames.length);
    for (const { page } of [sender, recipient]) {
      const other = page === sender.page ? nicknames[1] : nicknames[0];
      await page.locator('.channel-list-item', { hasText: `#${channel}` }).click();
      await page.locator('#chat .user', { hasText: other }).first().waitFor();
      if (name === 'room') continue;
      await page.locator('#input').fill(`/query ${other}`);
      await page.keyboard.press('Enter');
      await page.locator('.channel-list-item.active', { hasText: other }).waitFor();
    }
    await Promise.all([sender.readClock(), recipient.readClock()]);
    const box = sender.page.locator('#input');
    return { name: 'The Lounge', sender, recipient, type: (text) => box.fill(text) };
  }

  async #page(browser: 0 | 1): Promise<ObservedPage> {
    const context = await this.#browsers[browser]?.newContext();
    if (context === undefined) throw new Error('there are two browsers');
    return ObservedPage.open(context);
  }

  /** All members but alice and bob, in one process that leaves the processors to the others: each would have its own computer. */
  async #fillRoom({ port }: ServerGateway): Promise<void> {
    const count = roomMembers - 2;
    const folder = path.join(this.#stamps, 'members');
    const member = fork(memberProgram, [1, count, port, folder, 0].map(String));
    this.#members.push(member);
    if (member.pid !== undefined) leaveProcessors(member.pid);
    const room = roomIdFromBytes(randomBytes(16));
    const until = (what: 'online' | 'joined', wanted: number) =>
      new Promise<void>((resolve) => {
        const look = (message: RoomLoadReport): void => {
          if (message.type !== 'state' || message[what] < wanted) return;
          member.off('message', look);
          resolve();
        };
        member.on('message', look);
      });
    await until('online', count);
    const join = (create: boolean) =>
      member.send({ type: 'join', room, create, name: channel } satisfies RoomLoadCommand);
    join(true);
    await until('joined', 1);
    join(false);
    await until('joined', count);
  }

  /** Both chats lose the same share of the packets that would cross a network: our datagrams, and the segments of IRC. */
  #lose(): void {
    const loss = ['numgen', 'random', 'mod', '1000', '<', String(lossPerMille), 'counter', 'drop'];
    const port = String(this.#lounge.ircPort);
    for (const packets of [
      ['meta', 'l4proto', 'udp'],
      ['tcp', 'dport', port],
      ['tcp', 'sport', port],
    ])
      execFileSync('nft', ['add', 'rule', 'inet', 'bench', 'input', ...packets, ...loss]);
  }

  #endLoss(): void {
    const rules = execFileSync('nft', ['list', 'chain', 'inet', 'bench', 'input'], { encoding: 'utf8' });
    const [datagrams = 0, ...segments] = [...rules.matchAll(/counter packets (\d+)/g)].map(([, count]) =>
      Number(count),
    );
    const ofIrc = segments.reduce((sum, count) => sum + count, 0);
    process.stdout.write(`loss: ${datagrams} datagrams of ours and ${ofIrc} segments of IRC were lost\n`);
    if (datagrams === 0 || ofIrc === 0)
      throw new Error('nothing was lost, so this was measured without loss');
    execFileSync('nft', ['flush', 'chain', 'inet', 'bench', 'input']);
  }

  #stampsOf({ pid }: Gateway): readonly Stamp[] {
    const file = readdirSync(this.#stamps).find((name) => name === `${pid}.json`);
    if (file === undefined) throw new Error('a gateway left no stamps');
    return JSON.parse(readFileSync(path.join(this.#stamps, file), 'utf8')) as Stamp[];
  }
}

type Times = Record<Chat['name'], PageTimes[]>;

function report(name: ScenarioName, times: Times, stamps: GatewayStamps): void {
  const figures = (messages: readonly PageTimes[]) => {
    const latencies = messages.map(latencyMs);
    return [0.5, 0.9, 0.99, 1].map((share) => quantile(latencies, share));
  };
  const [ours, theirs] = [figures(times.ours), figures(times['The Lounge'])];
  const line = (who: string, row: readonly number[]) =>
    `${name}: ${who}, ${times.ours.length} messages, p50 p90 p99 most`.padEnd(62) +
    ` ${row.map((ms) => ms.toFixed(1)).join(' ')} ms\n`;
  process.stdout.write(line('ours', ours) + line('The Lounge', theirs));
  const ratios = ours.map((ms, index) => (ms / (theirs[index] ?? Number.NaN)).toFixed(2));
  const wanted = name === 'loss' ? 'p99 < 100 ms' : 'p50 at most 1.0x, aim 0.9x';
  process.stdout.write(
    `${`${name}: ours divided by The Lounge`.padEnd(62)} ${ratios.join(' ').padEnd(34)} wanted: ${wanted}\n`,
  );
  // With loss, a datagram that was lost would be taken for the one that came.
  printSteps('ours', name === 'loss' ? pageSteps(times.ours) : ourSteps(times.ours, stamps));
  printSteps('The Lounge', pageSteps(times['The Lounge']));
}

function printSteps(who: string, steps: readonly Step[]): void {
  for (const { name, p50Ms, p99Ms } of steps)
    process.stdout.write(
      `    ${`${who}: ${name}`.padEnd(58)} ${p50Ms.toFixed(2).padStart(7)} ${p99Ms.toFixed(2).padStart(7)} ms\n`,
    );
}

const chosen = values.scenarios?.split(',') ?? [...scenarioNames];
const bench = await Bench.start();
try {
  for (const name of scenarioNames) if (chosen.includes(name)) await bench.run(name, Number(values.messages));
} finally {
  await bench.close();
}
