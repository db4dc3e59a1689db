import { performance } from 'node:perf_hooks';
import type { SeededRandom } from '../../gateway/net/seeded-random.ts';
import type { MessageQuery, MessageRepository, StoredMessage } from '../../gateway/store/client-store.ts';

/** For measurements at the interface of a store: texts as in a natural language, and times of one operation at a time. */

const repetitions = 200;
const warmUpRepetitions = 5;
const wordCount = 30_000;

export interface Times {
  readonly clockMs: number[];
  readonly processorMs: number[];
}

/** Measures each repetition after some warm-up runs: wall time, and processor time of this process. */
export function timed(run: () => unknown, times = repetitions): Times {
  const measured: Times = { clockMs: [], processorMs: [] };
  for (let round = -warmUpRepetitions; round < times; round++) {
    const startMs = performance.now();
    const before = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(before);
    if (round < 0) continue;
    measured.clockMs.push(performance.now() - startMs);
    measured.processorMs.push((user + system) / 1_000);
  }
  return measured;
}

/** Prints the times and returns p99, to which the goal applies. On a busy machine the worst time is not the store's. */
export function print(what: string, { clockMs, processorMs }: Times): number {
  const p99Ms = at(clockMs, 0.99);
  console.log(
    `${what}: p50 ${text(at(clockMs, 0.5))}, p99 ${text(p99Ms)}; processor p50 ${text(at(processorMs, 0.5))}, ` +
      `p99 ${text(at(processorMs, 0.99))}`,
  );
  return p99Ms;
}

function at(eachMs: readonly number[], share: number): number {
  const sorted = eachMs.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

function text(ms: number): string {
  return `${ms.toFixed(2)} ms`;
}

/**
 * Asks for pages until there are 50 results, or all messages were searched. Each page is an answer of its own, so the gateway does
 * other things between them.
 */
export function firstResults(messages: MessageRepository, query: MessageQuery): StoredMessage[] {
  const results: StoredMessage[] = [];
  let next: number | null = null;
  do {
    const page = messages.search(query, { before: next, limit: resultsWanted - results.length });
    results.push(...page.messages);
    next = page.next;
  } while (next !== null && results.length < resultsWanted);
  return results;
}

const resultsWanted = 50;

/** Characters as frequent as in a natural language, of the 3,000 most common. */
export function chinese(random: SeededRandom, length: number): string {
  return Array.from({ length }, () =>
    String.fromCodePoint(0x4e00 + Math.floor(3_000 ** (random.below(1_000_000) / 1_000_000))),
  ).join('');
}

/** Words are as frequent as in a natural language: the n-th has a share of about 1/n (Zipf). */
export class Language {
  readonly #random: SeededRandom;
  readonly #words: readonly string[];

  constructor(random: SeededRandom) {
    this.#random = random;
    this.#words = Array.from({ length: wordCount }, (_, rank) => wordOf(random, rank));
  }

  sentence(): string {
    return Array.from({ length: 3 + this.#random.below(12) }, () => {
      const rank = Math.floor(wordCount ** (this.#random.below(1_000_000) / 1_000_000)) - 1;
      return this.#words[rank] ?? this.#words[0];
    }).join(' ');
  }

  /** One of the 20 most common words. */
  common(): string {
    return this.#words[this.#random.below(20)] ?? '';
  }

  any(): string {
    return this.#words[this.#random.below(wordCount)] ?? '';
  }
}

/** Common words are short, as in a natural language. */
function wordOf(random: SeededRandom, rank: number): string {
  const syllables = 1 + Math.floor(Math.log10(1 + rank));
  return Array.from({ length: syllables }, () => {
    const consonant = 'bcdfghjklmnprstvwz'[random.below(18)] ?? '';
    return consonant + ('aeiou'[random.below(5)] ?? '');
  }).join('');
}
