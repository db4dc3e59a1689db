import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { uuidv7 } from 'uuidv7';
import { parseMessageId, type MessageId, type PeerKey } from '../../shared/ids.ts';
import { SeededRandom } from '../net/seeded-random.ts';
import { UdpSocket } from '../net/udp-socket.ts';
import { GatewayProcess } from './gateway-process.ts';
import { ScriptedPerson } from './scripted-person.ts';

/**
 * Real processes, kill -9 at random moments: server, sender or recipient. Afterwards every message that a sender's
 * gateway has answered with `done` stands in the recipient's conversation exactly once and in order, no message was
 * told twice, and every sender knows that all of it was delivered.
 *
 *     node gateway/testing/crash-harness.ts [--rounds 30] [--messages 500] [--kills 3] [--seed 1]
 *
 * The seed decides who is killed after how many messages and for how long; the rest is this machine's luck. Prints a
 * line a round, and leaves with 1 and the folder of the evidence at the first round that is not as it should be.
 */
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '30' },
    messages: { type: 'string', default: '500' },
    kills: { type: 'string', default: '3' },
    seed: { type: 'string', default: '1' },
  },
});
const rounds = Number(values.rounds);
const messagesEachRound = Number(values.messages);
const killsEachRound = Number(values.kills);
const seed = Number(values.seed);

/** Commands of one person without an answer: enough that every kill hits some. */
const commandsUnderway = 16;
const downMsMax = 4_000;
/** Far above what a restart and every back-off of the outbox take; a message that is not there by then is lost. */
const settleTimeoutMs = 120_000;
const settlePauseMs = 500;

/** One person's words to the other. */
interface Talk {
  readonly from: ScriptedPerson;
  readonly to: ScriptedPerson;
  /** In the order in which they were said; those of this round. */
  said: MessageId[];
  /** The newest message that earlier rounds have shown to be in its place. */
  proved: MessageId | undefined;
}

const random = new SeededRandom(seed);
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'chatagram-crash-'));
const port = await freePort();
const server = new GatewayProcess('server', ['-s', String(port), '--data', path.join(folder, 'server')]);
const alice = new ScriptedPerson('alice', { host: '127.0.0.1', port }, path.join(folder, 'alice'));
const bob = new ScriptedPerson('bob', { host: '127.0.0.1', port }, path.join(folder, 'bob'));
const killed = { server: 0, alice: 0, bob: 0 };
const talks: Talk[] = [
  { from: alice, to: bob, said: [], proved: undefined },
  { from: bob, to: alice, said: [], proved: undefined },
];

for (const one of [server, alice, bob]) one.start();
await until(
  'both know each other',
  () => keyFor(alice, bob) !== undefined && keyFor(bob, alice) !== undefined,
);

try {
  for (let round = 1; round <= rounds; round++) await runRound(round);
  const exitCodes = await Promise.all([alice.process.stop(), bob.process.stop()]);
  exitCodes.push(await server.stop());
  if (exitCodes.some((code) => code !== 0))
    throw new Error(`a polite end gave the codes ${exitCodes.join(', ')}`);
  const kills = killed.server + killed.alice + killed.bob;
  console.log(
    `${rounds * messagesEachRound} messages, ${kills} kills (server ${killed.server}, alice ${killed.alice}, ` +
      `bob ${killed.bob}): nothing lost, nothing doubled, all in order`,
  );
  fs.rmSync(folder, { recursive: true, force: true });
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  console.error(`seed ${seed}; what the processes wrote is on disk in ${folder}`);
  for (const { name, stderr } of [server, alice.process, bob.process]) {
    fs.writeFileSync(path.join(folder, `${name}.stderr`), stderr.join('\n'));
  }
  process.exitCode = 1;
  await Promise.all([alice.process.kill(), bob.process.kill(), server.kill()]);
}

async function runRound(round: number): Promise<void> {
  const startMs = performance.now();
  for (const talk of talks) talk.said = [];
  let answered = 0;
  const onAnswer = (): void => {
    answered++;
  };
  const [story] = await Promise.all([
    killSome(() => answered),
    ...talks.map((talk) => speak(round, talk, onAnswer)),
  ]);
  const saidMs = performance.now() - startMs;
  for (const talk of talks) await prove(talk);
  const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;
  console.log(
    `round ${round}: ${answered} answered in ${seconds(saidMs)}, all proved after ` +
      `${seconds(performance.now() - startMs)}; killed ${story.join(', ')}`,
  );
}

/** Says this person's half of the round's messages, a bounded number at a time, in order. */
async function speak(round: number, talk: Talk, onAnswer: () => void): Promise<void> {
  const to = keyFor(talk.from, talk.to);
  if (to === undefined) throw new Error('nobody to speak to');
  const underway = new Set<Promise<void>>();
  for (let number = 1; number <= messagesEachRound / 2; number++) {
    const id = newMessageId();
    talk.said.push(id);
    const sending = talk.from
      .send(id, to, `round ${round}, ${talk.from.nickname}'s message ${number}`)
      .then(() => {
        underway.delete(sending);
        onAnswer();
      });
    underway.add(sending);
    if (underway.size >= commandsUnderway) await Promise.race(underway);
  }
  await Promise.all(underway);
}

/** Kills at moments spread over the round; each victim is back after a while that the seed decides. */
async function killSome(answered: () => number): Promise<string[]> {
  const moments = Array.from({ length: killsEachRound }, () => random.below(messagesEachRound)).toSorted(
    (a, b) => a - b,
  );
  const story: string[] = [];
  const returns: Promise<void>[] = [];
  for (const moment of moments) {
    const victim = (['server', 'alice', 'bob'] as const)[random.below(3)] ?? 'server';
    const afterMs = random.below(40);
    const downMs = random.below(4) === 0 ? random.below(downMsMax) : random.below(300);
    while (answered() < moment) await delay(5);
    await delay(afterMs);
    story.push(`${victim} at ${answered()} for ${downMs} ms`);
    returns.push(killAndReturn(victim, downMs));
  }
  await Promise.all(returns);
  return story;
}

async function killAndReturn(victim: keyof typeof killed, downMs: number): Promise<void> {
  const role = { server, alice, bob }[victim];
  const process = role instanceof ScriptedPerson ? role.process : role;
  if (!process.isAlive) return;
  killed[victim]++;
  await process.kill();
  await delay(downMs);
  role.start();
}

/** Waits until the recipient has it all and the sender knows it, then compares word for word. */
async function prove(talk: Talk): Promise<void> {
  const { from, to, said } = talk;
  const [sender, recipient] = [keyFor(to, from), keyFor(from, to)];
  if (sender === undefined || recipient === undefined) throw new Error('somebody has been forgotten');
  const deadlineMs = performance.now() + settleTimeoutMs;
  for (;;) {
    const arrived = (await to.historySince(sender, talk.proved)).filter(
      ({ direction }) => direction === 'in',
    );
    const sent = (await from.historySince(recipient, talk.proved)).filter(
      ({ direction }) => direction === 'out',
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

function keyFor(asker: ScriptedPerson, other: ScriptedPerson): PeerKey | undefined {
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
