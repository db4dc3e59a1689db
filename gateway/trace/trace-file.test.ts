import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { parsePeerKey } from '../../shared/ids.ts';
import type { Trace } from '../../shared/trace.ts';
import { TraceFile, TraceFileError } from './trace-file.ts';

const folders: string[] = [];

function newPath(): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'chatagram-trace-'));
  folders.push(folder);
  return path.join(folder, 'trace.jsonl');
}

afterEach(() => {
  for (const folder of folders.splice(0)) fs.rmSync(folder, { recursive: true, force: true });
});

const now = { monotonicMs: 5, wallMs: 1_700_000_000_000 };
const timer: Trace = {
  type: 'timer',
  atMs: 6.123456,
  peer: parsePeerKey('ab'.repeat(32)) ?? null,
  timer: 'probe',
};

function open(file: string, bytesMax?: number): TraceFile {
  const onFailure = (error: unknown): never => {
    throw error;
  };
  return new TraceFile(file, {
    version: '0.1.0',
    now,
    onFailure,
    ...(bytesMax === undefined ? {} : { bytesMax }),
  });
}

function linesOf(file: string): Record<string, unknown>[] {
  const text = fs.readFileSync(file, 'utf8');
  expect(text.endsWith('\n')).toBe(true);
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('a trace file', () => {
  it('holds one JSON object per line, from start to end', () => {
    const file = newPath();
    const trace = open(file);
    trace.write('client', timer);
    trace.close({ monotonicMs: 7, wallMs: 0 });
    expect(linesOf(file)).toEqual([
      { type: 'start', atMs: 5, wallMs: 1_700_000_000_000, version: '0.1.0' },
      { type: 'timer', role: 'client', atMs: 6.123, peer: 'ab'.repeat(32), timer: 'probe' },
      { type: 'end', atMs: 7, reason: 'closed' },
    ]);
  });

  it('can be read by its owner alone', () => {
    const file = newPath();
    open(file).close(now);
    expect(fs.statSync(file).mode & 0o777).toBe(0o600);
  });

  it('refuses a file that exists, with a sentence, and leaves it as it is', () => {
    const file = newPath();
    fs.writeFileSync(file, 'precious');
    expect(() => open(file)).toThrow(TraceFileError);
    expect(() => open(file)).toThrow(`The file ${file} exists already. Give --trace the name of a new file.`);
    expect(fs.readFileSync(file, 'utf8')).toBe('precious');
  });

  it('refuses a folder that does not exist, with a sentence', () => {
    const file = path.join(newPath(), 'trace.jsonl');
    expect(() => open(file)).toThrow(`The trace file ${file} cannot be made (ENOENT). Choose another place.`);
  });

  it('ends at its maximum size with a line that says so', () => {
    const file = newPath();
    const bytesMax = 200_000;
    const trace = open(file, bytesMax);
    for (let line = 0; line < 5_000; line++) trace.write('server', timer);
    const lines = linesOf(file);
    expect(lines.at(-1)).toEqual({ type: 'end', atMs: 6.123, reason: 'size' });
    expect(lines.filter(({ type }) => type === 'end')).toHaveLength(1);
    expect(fs.statSync(file).size).toBeLessThanOrEqual(bytesMax);
    expect(fs.statSync(file).size).toBeGreaterThan(bytesMax - 400);
    trace.close(now);
    expect(linesOf(file)).toHaveLength(lines.length);
  });

  it('reports a write that fails once, and writes no more', () => {
    const failures: unknown[] = [];
    const file = newPath();
    const trace = new TraceFile(file, { version: '0.1.0', now, onFailure: (error) => failures.push(error) });
    const failure = new Error('no space left on the device');
    const writes = vi.spyOn(fs, 'writeFileSync').mockImplementation(() => {
      throw failure;
    });
    try {
      for (let line = 0; line < 2_000; line++) trace.write('client', timer);
      trace.close(now);
      expect(failures).toEqual([failure]);
      expect(writes).toHaveBeenCalledTimes(1);
    } finally {
      writes.mockRestore();
    }
    expect(fs.readFileSync(file, 'utf8')).toBe('');
  });
});
