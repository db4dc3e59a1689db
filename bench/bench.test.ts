import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { compareWith, median } from './figures.ts';
import { makeMeasures, measureNames } from './measures.ts';
import { readOptions } from './options.ts';
import { percentile } from './workloads.ts';

/** Runs the bench itself, with runs as short as possible. */
async function runBench(args: readonly string[], env: NodeJS.ProcessEnv = process.env) {
  const bench = path.join(import.meta.dirname, 'bench.ts');
  const child = spawn(process.execPath, [bench, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let [output, errors] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, errors, lines: output.split('\n').filter((line) => line !== '') };
}

const short = ['--json', '--runs', '1', '--window', '0.05'];

describe('npm run bench -- --json', () => {
  it('prints a row for each peer, measured between two processes', async () => {
    const measures = 'one-way,round-trip-p50';
    const { code, errors, lines } = await runBench([
      ...short,
      '--only',
      measures,
      '--peers',
      'raw-dgram,wss',
    ]);
    expect(code, errors).toBe(0);
    const rows = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(rows.map(({ measure, peer }) => `${String(measure)} ${String(peer)}`)).toEqual([
      'one-way raw-dgram',
      'one-way wss',
      'round-trip-p50 raw-dgram',
    ]);
    for (const row of rows) {
      expect(Object.keys(row)).toEqual(['measure', 'peer', 'ratio', 'ours', 'theirs', 'unit', 'runs']);
      expect(row['ours']).toBeGreaterThan(0);
      expect(row['theirs']).toBeGreaterThan(0);
      expect(row['runs']).toBe(1);
    }
  });

  it('prints no row without a measurement, says why, and fails', async () => {
    // Without the programs that make a lossy network.
    const { code, errors, lines } = await runBench([...short, '--only', 'lossy-1-round-trips'], {
      ...process.env,
      PATH: '/nowhere',
    });
    expect(lines).toEqual([]);
    expect(errors).toContain('NOT MEASURED: lossy-1-round-trips, chatagram: ');
    expect(errors).toContain('1 figures could not be measured.');
    expect(code).toBe(1);
  });
});

describe('measures', () => {
  it('are the promised ones, each with its peers', () => {
    const measures = makeMeasures();
    expect(measures.map((measure) => measure.name)).toEqual([...measureNames]);
    const oneWay = measures.find((measure) => measure.name === 'one-way')!;
    expect(oneWay.rivals.map((rival) => rival.peer)).toEqual([
      'raw-dgram',
      'udx',
      'wss',
      'ws',
      'socket.io',
      'coap',
      'stop-and-wait',
    ]);
  });
});

describe('figures', () => {
  it('are medians, and undefined without samples', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
    expect(() => median([])).toThrow('no figure');
  });

  it('have ratios of our median to the rival’s', () => {
    const measure = makeMeasures().find((one) => one.name === 'one-way')!;
    expect(compareWith(measure, measure.rivals[0]!, [10, 30, 20], [4, 400, 5])).toEqual({
      measure: 'one-way',
      peer: 'raw-dgram',
      ratio: 4,
      ours: 20,
      theirs: 5,
      unit: 'messages/s',
      runs: 3,
    });
  });

  it('have percentiles by the nearest rank', () => {
    const samples = Array.from({ length: 200 }, (_, index) => index + 1);
    expect([50, 99, 100].map((percent) => percentile(samples, percent))).toEqual([100, 198, 200]);
  });
});

describe('options', () => {
  it.each([
    [['--runs', '0'], '--runs is a whole number from 1'],
    [['--window', 'x'], '--window is from 0 to 10 seconds'],
    [['--only', 'speed'], '--only: "speed" is not one of one-way, '],
    [['--peers', 'none'], '--peers: "none" is not one of raw-dgram, '],
    [['--fast'], "Unknown option '--fast'"],
  ])('%j: %s', (args, problem) => {
    expect(readOptions(args)).toContain(problem);
  });

  it('put profiles where the user stands, and not in the checkout', () => {
    vi.stubEnv('INIT_CWD', import.meta.dirname);
    onTestFinished(() => void vi.unstubAllEnvs());
    const profiles = path.join(import.meta.dirname, 'profiles');
    expect(readOptions(['--profile', './profiles'])).toMatchObject({ profiles });
    expect(readOptions(['--profile', '/profiles'])).toMatchObject({ profiles: '/profiles' });
  });
});
