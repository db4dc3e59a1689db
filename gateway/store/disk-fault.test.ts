import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { diskFaultSentence } from './disk-fault.ts';
import { storeFailure } from './sqlite/failure.ts';

let folder = '';
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'chatagram-fault-'));
});
afterEach(() => {
  fs.rmSync(folder, { recursive: true, force: true });
});

it.each([
  ['ENOSPC', 'is full. Make room.'],
  [13, 'is full. Make room.'],
  ['EROFS', 'read-only'],
  ['EACCES', 'may not use /data/x'],
  ['ENOENT', 'There is no /data/x'],
  ['EISDIR', '/data/x is a folder'],
  ['ENOTDIR', 'is a file'],
  [5, 'Another program uses /data/x'],
  ['EIO', 'failed. Check the disk'],
  ['EMFILE', 'too many files are open'],
])('says what %s means for a file, and what to do', (code, text) => {
  const sentence = diskFaultSentence(code, '/data/x', 'strange');
  expect(sentence).toContain(text);
  expect(sentence).not.toContain('does not let');
});

it('keeps the words of the system for a code that it does not know', () => {
  expect(diskFaultSentence('EWHAT', '/data/x', 'strange')).toBe(
    'The disk does not let Chatagram use /data/x: strange.',
  );
  expect(diskFaultSentence(undefined, '/data/x', 'strange')).toContain('strange');
});

it('reads the codes of real errors', () => {
  const errorOf = (step: () => unknown): Error => {
    try {
      step();
    } catch (error) {
      return storeFailure(error, folder);
    }
    throw new Error('the step did not fail');
  };
  fs.writeFileSync(path.join(folder, 'file'), '');
  expect(errorOf(() => fs.writeFileSync(folder, '')).message).toContain('is a folder');
  expect(errorOf(() => fs.readFileSync(path.join(folder, 'none'))).message).toContain('There is no');
  expect(errorOf(() => fs.mkdirSync(path.join(folder, 'file', 'x'))).message).toContain('is a file');
  expect(errorOf(() => new DatabaseSync(folder)).message).toContain('cannot be opened');
});

it('tells a path that is too long for SQLite from one that cannot be opened', () => {
  const deep = path.join(folder, 'a'.repeat(200), 'b'.repeat(200));
  fs.mkdirSync(deep, { recursive: true });
  const fileOf = (bytes: number) => path.join(deep, 'c'.repeat(bytes - deep.length - 1));
  new DatabaseSync(fileOf(504)).close();
  expect(() => new DatabaseSync(fileOf(505))).toThrow('unable to open');
  const sqliteCannotOpen = 14;
  expect(diskFaultSentence(sqliteCannotOpen, fileOf(504), '')).toContain('cannot be opened');
  expect(diskFaultSentence(sqliteCannotOpen, fileOf(505), '')).toContain('is too long for a database');
});
