import { describe, expect, it } from 'vitest';
import { toHex } from '../../../shared/ids.ts';
import { MemoryStorage } from '../browser/storage.ts';
import { GuestKeyring, type GuestIdentity } from './guest-keyring.ts';

const place = 'chatagram:guest';

/** Keys of one byte each, which differ. */
class Browser {
  readonly storage = new MemoryStorage();
  #count = 0;
  readonly keyring = new GuestKeyring(this.storage, (byteCount) =>
    new Uint8Array(byteCount).fill(++this.#count),
  );

  get keptCount(): number {
    return (JSON.parse(this.storage.getItem(place) ?? '[]') as unknown[]).length;
  }
}

const hashOf = (host: number): Uint8Array => new Uint8Array(16).fill(host);
const nameOf = ({ keys }: GuestIdentity): string => toHex(keys.publicKey);

describe('the identities of a guest', () => {
  it('differ from host to host, and each host meets the same one again', () => {
    const { keyring } = new Browser();
    const atOne = { ...keyring.identityAt(hashOf(1)), gatewayKeyHash: hashOf(1), isKnown: true };
    keyring.keep(atOne);
    const atOther = { ...keyring.identityAt(hashOf(2)), gatewayKeyHash: hashOf(2), isKnown: true };
    keyring.keep(atOther);
    expect(nameOf(atOther)).not.toBe(nameOf(atOne));
    expect([hashOf(1), hashOf(2), null].map((hash) => nameOf(keyring.identityAt(hash)))).toEqual([
      nameOf(atOne),
      nameOf(atOther),
      nameOf(atOther),
    ]);
    keyring.forget(atOther);
    expect(nameOf(keyring.identityAt(null))).toBe(nameOf(atOne));
  });

  it('that no host has let in yet survive a reload', () => {
    const { keyring } = new Browser();
    const waiting = keyring.identityAt(null);
    expect([null, hashOf(1)].map((hash) => nameOf(keyring.identityAt(hash)))).toEqual([
      nameOf(waiting),
      nameOf(waiting),
    ]);
  });

  it('are at most eight', () => {
    const browser = new Browser();
    for (let host = 1; host <= 20; host++) {
      const identity = browser.keyring.identityAt(hashOf(host));
      browser.keyring.keep({ ...identity, gatewayKeyHash: hashOf(host) });
    }
    expect(browser.keptCount).toBe(8);
  });

  it.each([
    '{',
    '7',
    '{}',
    '[null, 7, {}]',
    '[{"secretKey":"00","gatewayKeyHash":null,"isKnown":true}]',
    `[{"secretKey":"${'zz'.repeat(32)}","gatewayKeyHash":null,"isKnown":true}]`,
    `[{"secretKey":"${'01'.repeat(32)}","gatewayKeyHash":"01","isKnown":true}]`,
  ])('are new where the storage has something else: %s', (text) => {
    const browser = new Browser();
    browser.storage.setItem(place, text);
    expect(browser.keyring.identityAt(null)).toMatchObject({ gatewayKeyHash: null, isKnown: false });
    expect(browser.keptCount).toBe(1);
  });
});
