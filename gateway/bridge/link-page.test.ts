import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { linkLifetimeMs } from '../../shared/limits.ts';
import { openAuth, temporaryFolder } from './bridge-under-test.ts';
import { linkHash } from './browser-auth.ts';
import { LinkPage } from './link-page.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function written() {
  const page = new LinkPage(path.join(temporaryFolder(), 'open.html'));
  const link = openAuth().newLink('http://127.0.0.1:5050/');
  return { page, link, file: page.write(link) };
}

it('the page leads to the link, and only its owner can read it', () => {
  const { link, file } = written();
  expect(fs.readFileSync(file, 'utf8')).toContain(`content="0; url=${link.link}"`);
  expect(fs.statSync(file).mode & 0o777).toBe(0o600);
});

it('the page goes when its link was used, and not when another link was', () => {
  const { page, link, file } = written();
  page.linkEnded(linkHash({ link: 'http://127.0.0.1:5050/#s=another' }));
  expect(fs.existsSync(file)).toBe(true);
  page.linkEnded(linkHash(link));
  expect(fs.existsSync(file)).toBe(false);
});

it('the page goes when its link is too old', () => {
  const { file } = written();
  vi.advanceTimersByTime(linkLifetimeMs - 1);
  expect(fs.existsSync(file)).toBe(true);
  vi.advanceTimersByTime(1);
  expect(fs.existsSync(file)).toBe(false);
});

it('ends no chat when the disk does not let it go', () => {
  const { page, link, file } = written();
  fs.rmSync(file);
  // A folder is refused even to root.
  fs.mkdirSync(file);
  page.linkEnded(linkHash(link));
  expect(fs.existsSync(file)).toBe(true);
});

it('a new page replaces the previous one, which no longer removes it', () => {
  const { page, link, file } = written();
  vi.advanceTimersByTime(linkLifetimeMs / 2);
  page.write(openAuth().newLink('http://127.0.0.1:5050/'));
  vi.advanceTimersByTime(linkLifetimeMs / 2);
  page.linkEnded(linkHash(link));
  expect(fs.existsSync(file)).toBe(true);
  page.remove();
  expect(fs.existsSync(file)).toBe(false);
});
