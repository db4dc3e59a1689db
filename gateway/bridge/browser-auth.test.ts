import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { accessCodeTriesMax, browsersMax, linkLifetimeMs, linksOpenMax } from '../../shared/limits.ts';
import { fileAuthStore } from './browser-auth-store.ts';
import { BrowserAuth, linkHash, type Credential } from './browser-auth.ts';
import { browserName } from './browser-name.ts';
import { BrowserKey, memoryAuthStore, openAuth, secretOf, temporaryFolder } from './bridge-under-test.ts';

const address = 'http://127.0.0.1:5050/';
const key = new BrowserKey();

/** The clock of a test. */
class Clock {
  monotonicMs = 5_000;
  wallMs = 1_767_225_600_000;
  readonly now = () => ({ monotonicMs: this.monotonicMs, wallMs: this.wallMs });

  pass(ms: number): void {
    this.monotonicMs += ms;
    this.wallMs += ms;
  }
}

function enter(auth: BrowserAuth, credential: Credential, token?: string) {
  return auth.enter({ credential, publicKey: key.publicKey, name: 'Firefox on Linux', token });
}

function enterByLink(auth: BrowserAuth, token?: string) {
  const entry = enter(auth, { secret: secretOf(auth.newLink(address)) }, token);
  if (entry.type !== 'granted') throw new Error(`expected a token, got ${entry.type}`);
  return entry;
}

const wrongCode = (code: string) => ({ code: code.startsWith('0') ? '1111-1111' : '0000-0000' });

describe('a link', () => {
  it('has a secret of 256 bits in its fragment, and a code of 8 characters', () => {
    const { link, address: plain, code } = openAuth().newLink(address);
    expect(link).toMatch(/^http:\/\/127\.0\.0\.1:5050\/#s=[A-Za-z0-9_-]{43}$/u);
    expect(plain).toBe(address);
    expect(code).toMatch(/^[0-9a-z]{4}-[0-9a-z]{4}$/u);
  });

  it('lets one browser in, by its secret or by its code', () => {
    const auth = openAuth();
    for (const by of ['secret', 'code'] as const) {
      const link = auth.newLink(address);
      const secret = { secret: secretOf(link) };
      expect(enter(auth, by === 'secret' ? secret : link).type).toBe('granted');
      expect(enter(auth, secret).type).toBe('link-not-valid');
      expect(enter(auth, { code: link.code }).type).toBe('code-not-valid');
    }
  });

  it('works for 10 minutes, and no longer', () => {
    const clock = new Clock();
    const auth = openAuth(memoryAuthStore(), clock.now);
    const [used, late] = [auth.newLink(address), auth.newLink(address)];
    expect(late.expiresAtMs).toBe(clock.wallMs + 10 * 60_000);
    clock.pass(linkLifetimeMs - 1);
    expect(enter(auth, { secret: secretOf(used) }).type).toBe('granted');
    clock.pass(1);
    expect(enter(auth, { secret: secretOf(late) }).type).toBe('link-not-valid');
    expect(enter(auth, { code: late.code }).type).toBe('code-not-valid');
  });

  it('expires by a clock that never jumps, whatever the time of day does', () => {
    const clock = new Clock();
    const auth = openAuth(memoryAuthStore(), clock.now);
    const link = auth.newLink(address);
    clock.wallMs -= 86_400_000;
    clock.monotonicMs += linkLifetimeMs;
    expect(enter(auth, { secret: secretOf(link) }).type).toBe('link-not-valid');
  });

  it('has a code that ends after five wrong ones, while its secret still works', () => {
    const auth = openAuth();
    const link = auth.newLink(address);
    for (let count = 1; count < accessCodeTriesMax; count++)
      expect(enter(auth, wrongCode(link.code)).type).toBe('code-not-valid');
    const sameTries = auth.newLink(address);
    for (let count = 0; count < accessCodeTriesMax; count++) enter(auth, wrongCode(sameTries.code));
    expect(enter(auth, { code: sameTries.code }).type).toBe('code-not-valid');
    expect(enter(auth, { secret: secretOf(sameTries) }).type).toBe('granted');
    // The code of an older link does not come back.
    expect(enter(auth, { code: link.code }).type).toBe('code-not-valid');
    expect(enter(auth, { secret: secretOf(link) }).type).toBe('granted');
  });

  it('takes a code in upper case and with other spaces, and counts what is no code as wrong', () => {
    const auth = openAuth();
    const { code } = auth.newLink(address);
    expect(enter(auth, { code: '' }).type).toBe('code-not-valid');
    expect(enter(auth, { code: 'x'.repeat(128) }).type).toBe('code-not-valid');
    expect(enter(auth, { code: ` ${code.toUpperCase().replace('-', '')} ` }).type).toBe('granted');
  });

  it('is the oldest of too many no longer', () => {
    const auth = openAuth();
    const oldest = auth.newLink(address);
    for (let count = 0; count < linksOpenMax; count++) auth.newLink(address);
    expect(enter(auth, { secret: secretOf(oldest) }).type).toBe('link-not-valid');
  });

  it('reports its end: used, expired, or too many', () => {
    const clock = new Clock();
    const ended: string[] = [];
    const store = memoryAuthStore();
    const onLinkEnded = (hash: string) => ended.push(hash);
    const auth = new BrowserAuth({ store, now: clock.now, onSaveFailed: () => undefined, onLinkEnded });
    const [used, expired] = [auth.newLink(address), auth.newLink(address)];
    enter(auth, { secret: secretOf(used) });
    expect(ended).toEqual([linkHash(used)]);
    clock.pass(linkLifetimeMs);
    auth.newLink(address);
    expect(ended).toEqual([linkHash(used), linkHash(expired)]);
  });
});

describe('a browser', () => {
  it('needs its cookie to be found, and its key to be let in', () => {
    const auth = openAuth();
    const { token, browserId } = enterByLink(auth);
    expect(auth.browserId(token)).toBe(browserId);
    expect(auth.browserId(undefined)).toBeUndefined();
    expect(auth.browserId('A'.repeat(43))).toBeUndefined();
    const { terms } = auth.prove('http://127.0.0.1:5050', 'N'.repeat(43));
    expect(auth.isProved(browserId, terms, key.prove(terms))).toBe(true);
    expect(auth.isProved(browserId, terms, new BrowserKey().prove(terms))).toBe(false);
    for (const none of ['', 'A'.repeat(86)]) expect(auth.isProved(browserId, terms, none)).toBe(false);
    const other = auth.prove('http://127.0.0.1:5051', 'N'.repeat(43));
    expect(auth.isProved(browserId, other.terms, key.prove(terms))).toBe(false);
    expect(auth.isProved('00000000', terms, key.prove(terms))).toBe(false);
  });

  it('with a key that is no point of the curve is refused, and the link still works', () => {
    const auth = openAuth();
    const credential = { secret: secretOf(auth.newLink(address)) };
    const broken = Buffer.from(key.publicKey, 'base64url');
    broken[40] = (broken[40] ?? 0) ^ 1;
    for (const publicKey of [broken.toString('base64url'), 'A'.repeat(87)]) {
      expect(auth.enter({ credential, publicKey, name: '', token: undefined }).type).toBe('key-not-valid');
    }
    expect(enter(auth, credential).type).toBe('granted');
  });

  it('without a key, as on the network, is let in by its cookie', () => {
    const auth = openAuth();
    const credential = { secret: secretOf(auth.newLink(address)) };
    const entry = auth.enter({ credential, publicKey: null, name: '', token: undefined });
    if (entry.type !== 'granted') throw new Error(entry.type);
    const { terms } = auth.prove('http://192.168.1.7:5050', 'N'.repeat(43));
    expect(auth.isProved(entry.browserId, terms, '')).toBe(true);
  });

  it('keeps its row when it uses another link, with a new token and a new key', () => {
    const clock = new Clock();
    const auth = openAuth(memoryAuthStore(), clock.now);
    const first = enterByLink(auth);
    clock.pass(60_000);
    const second = enterByLink(auth, first.token);
    expect(second.browserId).toBe(first.browserId);
    expect(auth.browserId(first.token)).toBeUndefined();
    expect(auth.browsers()).toMatchObject([{ addedAtMs: clock.wallMs - 60_000, lastSeenAtMs: clock.wallMs }]);
  });

  it('is forgotten past the maximum if it was seen least recently', () => {
    const clock = new Clock();
    const auth = openAuth(memoryAuthStore(), clock.now);
    const entries = Array.from({ length: browsersMax }, () => {
      clock.pass(60_000);
      return enterByLink(auth);
    });
    clock.pass(60_000);
    auth.seen(entries[0]?.browserId ?? '');
    const newest = enterByLink(auth);
    expect(auth.browsers()).toHaveLength(browsersMax);
    expect(auth.browserId(entries[1]?.token)).toBeUndefined();
    for (const { token } of [entries[0]!, entries[2]!, newest]) expect(auth.browserId(token)).toBeDefined();
  });

  it('is remembered across a restart with the same gateway key, and links are not', () => {
    const store = memoryAuthStore();
    const before = openAuth(store);
    const { token, browserId } = enterByLink(before);
    const link = before.newLink(address);
    const after = openAuth(store);
    expect(after.cookieName).toBe(before.cookieName);
    expect(after.gatewayKey).toBe(before.gatewayKey);
    expect(after.browserId(token)).toBe(browserId);
    expect(enter(after, { secret: secretOf(link) }).type).toBe('link-not-valid');
  });

  it('that is signed out is not remembered', () => {
    const store = memoryAuthStore();
    const auth = openAuth(store);
    const { token, browserId } = enterByLink(auth);
    expect(auth.signOut(browserId)).toBe(true);
    expect(auth.signOut(browserId)).toBe(false);
    expect(auth.browserId(token)).toBeUndefined();
    expect(openAuth(store).browsers()).toEqual([]);
  });

  it('is written at most once a minute when it comes back', () => {
    const clock = new Clock();
    const store = memoryAuthStore();
    let saves = 0;
    const save: typeof store.save = (record) => {
      saves += 1;
      store.save(record);
    };
    const counting = { load: store.load, save };
    const auth = openAuth(counting, clock.now);
    const { browserId } = enterByLink(auth);
    const before = saves;
    for (let count = 0; count < 59; count++) {
      clock.pass(1_000);
      auth.seen(browserId);
    }
    expect(saves).toBe(before);
    clock.pass(1_000);
    auth.seen(browserId);
    expect(saves).toBe(before + 1);
    expect(auth.browsers()[0]?.lastSeenAtMs).toBe(clock.wallMs);
  });

  it('gets in when the disk refuses, and the fault is told', () => {
    const failures: unknown[] = [];
    const store = {
      load: () => undefined,
      save: () => {
        throw new Error('ENOSPC');
      },
    };
    const onSaveFailed = (error: unknown) => failures.push(error);
    const auth = new BrowserAuth({ store, now: new Clock().now, onSaveFailed });
    expect(auth.browserId(enterByLink(auth).token)).toBeDefined();
    expect(failures).toHaveLength(2);
  });
});

it.each([
  ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox on Linux'],
  [
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0',
    'Edge on Windows',
  ],
  [
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15',
    'Safari on macOS',
  ],
  [
    'Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36',
    'Chrome on Android',
  ],
  ['curl/8.0', 'Unknown browser'],
  ['Linux', 'Browser on Linux'],
  [undefined, 'Unknown browser'],
])('the browser %s is called %s', (userAgent, name) => {
  expect(browserName(userAgent)).toBe(name);
});

describe('fileAuthStore', () => {
  it('gives back what it saved, in a file for its owner only, and leaves no drafts', () => {
    const folder = join(temporaryFolder(), 'bridge');
    const { token } = enterByLink(openAuth(fileAuthStore(folder)));
    expect(openAuth(fileAuthStore(folder)).browserId(token)).toBeDefined();
    expect(readdirSync(folder)).toEqual(['access.json']);
    expect(statSync(join(folder, 'access.json')).mode & 0o777).toBe(0o600);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(readFileSync(join(folder, 'access.json'), 'utf8')).not.toContain(token);
  });

  it.each([
    ['nothing', ''],
    ['no JSON', '{"gatewayId":'],
    ['another shape', '{"gatewayId":"x","browsers":[]}'],
  ])('starts over when the file holds %s', (_what, text) => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'access.json'), text);
    const auth = openAuth(fileAuthStore(folder));
    expect(auth.browserId(enterByLink(auth).token)).toBeDefined();
    expect(openAuth(fileAuthStore(folder)).gatewayId).toBe(auth.gatewayId);
  });

  it('does not take a fault of the disk for a missing file', () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'access.json'));
    expect(() => fileAuthStore(folder).load()).toThrow('EISDIR');
  });
});
