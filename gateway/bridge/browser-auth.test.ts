import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { linksOpenMax, sessionsKeptMax } from '../../shared/limits.ts';
import { fileAuthStore } from './browser-auth-store.ts';
import { BrowserAuth } from './browser-auth.ts';
import { memoryAuthStore, openAuth, temporaryFolder } from './bridge-under-test.ts';

function grantedToken(auth: BrowserAuth): string {
  const entry = auth.enter(auth.newSecret(), undefined);
  if (entry.type !== 'granted') throw new Error(`expected a token, got ${entry.type}`);
  return entry.token;
}

describe('BrowserAuth', () => {
  it('makes secrets and tokens of at least 128 bits, base64url', () => {
    const auth = openAuth();
    for (const text of [auth.newSecret(), grantedToken(auth)]) {
      expect(text).toMatch(/^[A-Za-z0-9_-]+$/);
      expect(Buffer.from(text, 'base64url').length).toBeGreaterThanOrEqual(16);
    }
    expect(auth.newSecret()).not.toBe(auth.newSecret());
  });

  it('lets a secret in once', () => {
    const auth = openAuth();
    const secret = auth.newSecret();
    expect(auth.enter(secret, undefined).type).toBe('granted');
    expect(auth.enter(secret, undefined).type).toBe('refused');
  });

  it('knows a browser with a valid token, whatever the secret', () => {
    const auth = openAuth();
    const token = grantedToken(auth);
    expect(auth.enter('used or wrong', token).type).toBe('known');
  });

  it('uses a secret up also when its browser was in already', () => {
    const auth = openAuth();
    const secret = auth.newSecret();
    expect(auth.enter(secret, grantedToken(auth)).type).toBe('known');
    expect(auth.enter(secret, undefined).type).toBe('refused');
  });

  it('keeps tokens across a restart, and secrets not', () => {
    const store = memoryAuthStore();
    const before = openAuth(store);
    const token = grantedToken(before);
    const secret = before.newSecret();
    const after = openAuth(store);
    expect(after.cookieName).toBe(before.cookieName);
    expect(after.isValidToken(token)).toBe(true);
    expect(after.enter(secret, undefined).type).toBe('refused');
  });

  it('stores no token, only its hash', () => {
    const store = memoryAuthStore();
    const token = grantedToken(openAuth(store));
    expect(JSON.stringify(store.record)).not.toContain(token);
  });

  it('forgets the oldest links and sessions past their maximum', () => {
    const auth = openAuth();
    const oldest = auth.newSecret();
    for (let count = 0; count < linksOpenMax; count++) auth.newSecret();
    expect(auth.enter(oldest, undefined).type).toBe('refused');

    const tokens = Array.from({ length: sessionsKeptMax + 1 }, () => grantedToken(auth));
    expect(auth.isValidToken(tokens.at(0))).toBe(false);
    expect(auth.isValidToken(tokens.at(1))).toBe(true);
    expect(auth.isValidToken(tokens.at(-1))).toBe(true);
  });

  it('lets people in when the disk refuses, and tells it', () => {
    const failures: unknown[] = [];
    const store = {
      load: () => undefined,
      save: () => {
        throw new Error('ENOSPC');
      },
    };
    const auth = new BrowserAuth(store, (error) => failures.push(error));
    expect(auth.isValidToken(grantedToken(auth))).toBe(true);
    expect(failures).toHaveLength(2);
  });
});

describe('fileAuthStore', () => {
  it('gives back what it saved, in a file for its owner only, and leaves no drafts', () => {
    const folder = join(temporaryFolder(), 'bridge');
    const token = grantedToken(openAuth(fileAuthStore(folder)));
    expect(openAuth(fileAuthStore(folder)).isValidToken(token)).toBe(true);
    expect(readdirSync(folder)).toEqual(['access.json']);
    expect(statSync(join(folder, 'access.json')).mode & 0o777).toBe(0o600);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(readFileSync(join(folder, 'access.json'), 'utf8')).not.toContain(token);
  });

  it.each([
    ['nothing', ''],
    ['no JSON', '{"gatewayId":'],
    ['another shape', '{"gatewayId":"x","tokenHashes":[]}'],
  ])('starts over when the file holds %s', (_what, text) => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'access.json'), text);
    const auth = openAuth(fileAuthStore(folder));
    expect(auth.isValidToken(grantedToken(auth))).toBe(true);
    expect(openAuth(fileAuthStore(folder)).gatewayId).toBe(auth.gatewayId);
  });

  it('does not take a fault of the disk for a missing file', () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'access.json'));
    expect(() => fileAuthStore(folder).load()).toThrow('EISDIR');
  });
});
