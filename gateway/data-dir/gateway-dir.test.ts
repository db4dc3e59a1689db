import fs from 'node:fs';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { temporaryFolder } from '../system-tests/temporary-folder.ts';
import { acquireGatewayDir, authRecordName, forgetBrowsersAt } from './gateway-dir.ts';

function acquire(root: string) {
  const dir = acquireGatewayDir(root, 5050);
  fs.writeFileSync(path.join(dir.folder, authRecordName), '{}');
  return { ...dir, record: path.join(dir.folder, authRecordName) };
}

it('a gateway that does not get its former port forgets the browsers that knew it there', () => {
  const root = temporaryFolder();
  const { lock, record } = acquire(root);
  lock.release();
  forgetBrowsersAt(root, 5051);
  expect(fs.existsSync(record)).toBe(true);
  forgetBrowsersAt(root, 5050);
  expect(fs.existsSync(record)).toBe(false);
});

it('a gateway beside another one of the same data folder leaves the browsers of the other one alone', () => {
  const root = temporaryFolder();
  const { lock, record } = acquire(root);
  onTestFinished(() => lock.release());
  forgetBrowsersAt(root, 5050);
  expect(fs.existsSync(record)).toBe(true);
});

it('a second gateway on the same port of one data folder is refused', () => {
  const root = temporaryFolder();
  const { lock } = acquire(root);
  onTestFinished(() => lock.release());
  expect(() => acquireGatewayDir(root, 5050)).toThrow(/listens on port 5050/u);
});
