import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { linksOpenMax, sessionsKeptMax } from '../../shared/limits.ts';
import { fileAccessStore } from './browser-auth-store.ts';
import { BrowserAuth } from './browser-auth.ts';
import { memoryAccessStore, openAccess, temporaryFolder } from './bridge-under-test.ts';

function grantedToken(access: BrowserAuth): string {
  const entry = access.enter(access.newSecret(), undefined);
  if (entry.type !== 'granted') throw new Error(`expected a token, got ${entry.type}`);
  return entry.token;
}

describe('Access', () => {
  it('makes secrets and tokens of at least 128 bits, base64url', () => {
    const access = openAccess();
    for (const text of [access.newSecret(), grantedToken(access)]) {
      expect(text).toMatch(/^[A-Za-z0-9_-]+$/);
      expect(Buffer.from(text, 'base64url').length).toBeGreaterThanOrEqual(16);
    }
    expect(access.newSecret()).not.toBe(access.newSecret());
  });

  it('lets a secret in once', () => {
    const access = openAccess();
    const secret = access.newSecret();
    expect(access.enter(secret, undefined).type).toBe('granted');
    expect(access.enter(secret, undefined).type).toBe('refused');
  });

  it('lets whoever has a valid token in, whatever the secret', () => {
    const access = openAccess();
    const token = grantedToken(access);
    expect(access.enter('used or wrong', token).type).toBe('known');
  });

  it('uses a secret up also when its browser was in already', () => {
    const access = openAccess();
    const secret = access.newSecret();
    expect(access.enter(secret, grantedToken(access)).type).toBe('known');
    expect(access.enter(secret, undefined).type).toBe('refused');
  });

  it('keeps tokens across a restart, and secrets not', () => {
    const store = memoryAccessStore();
    const before = openAccess(store);
    const token = grantedToken(before);
    const secret = before.newSecret();
    const after = openAccess(store);
    expect(after.cookieName).toBe(before.cookieName);
    expect(after.isValidToken(token)).toBe(true);
    expect(after.enter(secret, undefined).type).toBe('refused');
  });

  it('stores no token, only its hash', () => {
    const store = memoryAccessStore();
    const token = grantedToken(openAccess(store));
    expect(JSON.stringify(store.record)).not.toContain(token);
  });

  it('forgets the oldest links and sessions past their maximum', () => {
    const access = openAccess();
    const oldest = access.newSecret();
    for (let count = 0; count < linksOpenMax; count++) access.newSecret();
    expect(access.enter(oldest, undefined).type).toBe('refused');

    const tokens = Array.from({ length: sessionsKeptMax + 1 }, () => grantedToken(access));
    expect(access.isValidToken(tokens.at(0))).toBe(false);
    expect(access.isValidToken(tokens.at(1))).toBe(true);
    expect(access.isValidToken(tokens.at(-1))).toBe(true);
  });

  it('lets people in when the disk refuses, and tells it', () => {
    const failures: unknown[] = [];
    const store = {
      load: () => undefined,
      save: () => {
        throw new Error('ENOSPC');
      },
    };
    const access = new BrowserAuth(store, (error) => failures.push(error));
    expect(access.isValidToken(grantedToken(access))).toBe(true);
    expect(failures).toHaveLength(2);
  });
});

describe('fileAccessStore', () => {
  it('gives back what it saved, in a file for its owner only, and leaves no drafts', () => {
    const folder = join(temporaryFolder(), 'bridge');
    const token = grantedToken(openAccess(fileAccessStore(folder)));
    expect(openAccess(fileAccessStore(folder)).isValidToken(token)).toBe(true);
    expect(readdirSync(folder)).toEqual(['access.json']);
    expect(statSync(join(folder, 'access.json')).mode & 0o777).toBe(0o600);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(readFileSync(join(folder, 'access.json'), 'utf8')).not.toContain(token);
  });

  it.each([
    ['nothing', ''],
    ['no JSON', '{"gatewayId":'],
    ['another shape', '{"gatewayId":"x","tokenHashes":[]}'],
  ])('begins anew when the file holds %s', (_what, text) => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'access.json'), text);
    const access = openAccess(fileAccessStore(folder));
    expect(access.isValidToken(grantedToken(access))).toBe(true);
    expect(openAccess(fileAccessStore(folder)).gatewayId).toBe(access.gatewayId);
  });

  it('does not take a fault of the disk for a missing file', () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'access.json'));
    expect(() => fileAccessStore(folder).load()).toThrow('EISDIR');
  });
});
