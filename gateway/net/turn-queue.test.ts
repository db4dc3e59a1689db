import { describe, expect, it } from 'vitest';
import { TurnQueue } from './turn-queue.ts';

/** A queue on a clock of its own. Each turn takes a millisecond. */
class Loop {
  nowMs = 0;
  readonly done: string[] = [];
  readonly #ticks: (() => void)[] = [];
  readonly queue = new TurnQueue({
    nowMs: () => this.nowMs,
    nextTick: (callback) => void this.#ticks.push(callback),
  });

  turn(name: string, more: () => void = () => undefined): () => void {
    return () => {
      this.nowMs++;
      this.done.push(name);
      more();
    };
  }

  get ticks(): number {
    return this.#ticks.length;
  }

  tick(): void {
    this.#ticks.shift()?.();
    this.done.push('|');
  }
}

describe('a queue of turns', () => {
  it('runs them in their order, and pauses after 4 ms', () => {
    const loop = new Loop();
    for (const name of 'abcdef') loop.queue.add(loop.turn(name));
    loop.tick();
    loop.tick();
    expect(loop.done.join('')).toBe('abcd|ef|');
    expect(loop.ticks).toBe(0);
  });

  it('runs a turn once that is added again while it waits', () => {
    const loop = new Loop();
    const turn = loop.turn('a');
    for (let count = 0; count < 3; count++) loop.queue.add(turn);
    loop.tick();
    loop.queue.add(turn);
    loop.tick();
    expect(loop.done.join('')).toBe('a|a|');
  });

  it('runs a turn that adds itself behind the others', () => {
    const loop = new Loop();
    const greedy = loop.turn('g', () => loop.queue.add(greedy));
    loop.queue.add(greedy);
    loop.queue.add(loop.turn('a'));
    loop.tick();
    loop.tick();
    expect(loop.done.join('')).toBe('gagg|gggg|');
  });

  it('goes on in the next tick after a turn that throws', () => {
    const loop = new Loop();
    loop.queue.add(
      loop.turn('a', () => {
        throw new Error('a bug');
      }),
    );
    loop.queue.add(loop.turn('b'));
    expect(() => loop.tick()).toThrow('a bug');
    loop.tick();
    expect(loop.done.join('')).toBe('ab|');
  });

  it('forgets a turn that is wanted no more', () => {
    const loop = new Loop();
    const turn = loop.turn('a');
    loop.queue.add(turn);
    loop.queue.add(loop.turn('b'));
    loop.queue.delete(turn);
    loop.tick();
    expect(loop.done.join('')).toBe('b|');
  });
});
