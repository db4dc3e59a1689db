import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { peerKeyFromBytes } from './ids.ts';
import { formatJoinAddress, parseJoinAddress, parseNamedKey } from './join-address.ts';
import { splitJoinAddress, withJoinCode } from './join-address-text.ts';

const address = { host: '192.168.1.7', port: 50_000 };
const whole = '000g40r40m30e209185gr38e1w8124gk2gahc5rr34d1p70x3rfg';
const key = peerKeyFromBytes(Uint8Array.from({ length: 32 }, (_, index) => index));

describe('a join address', () => {
  it('has an address, and a fingerprint in groups of four or all 52 characters of a key', () => {
    const fingerprint = parseJoinAddress('192.168.1.7:50000#bh99-42kj-cfhs-tnwj');
    expect(fingerprint).toEqual({
      address,
      key: { type: 'fingerprint', fingerprint: 'bh9942kjcfhstnwj' },
    });
    if ('error' in fingerprint) throw new Error(fingerprint.error);
    expect(formatJoinAddress(fingerprint)).toBe('192.168.1.7:50000#bh99-42kj-cfhs-tnwj');
    expect(parseJoinAddress(`192.168.1.7:50000#${whole}`)).toEqual({ address, key: { type: 'whole', key } });
    expect(formatJoinAddress({ address, key: { type: 'whole', key } })).toBe(`192.168.1.7:50000#${whole}`);
    expect(formatJoinAddress({ address })).toBe('192.168.1.7:50000');
  });

  it('may leave out the port or the key, and may have spaces around it', () => {
    expect(parseJoinAddress(' 192.168.1.7 ')).toEqual({ address });
    expect(parseJoinAddress(' 192.168.1.7#bh99-42kj-cfhs-tnwj ')).toMatchObject({ address, key: {} });
    expect(parseJoinAddress('[fe80::1]:50001#bh99-42kj-cfhs-tnwj')).toMatchObject({
      address: { host: 'fe80::1', port: 50_001 },
    });
    expect(splitJoinAddress(' 192.168.1.7 # bh99')).toEqual({
      server: { address: '192.168.1.7', key: ' bh99' },
    });
  });

  it('may have a join code after a dot behind its key', () => {
    const text = withJoinCode('192.168.1.7:50000#bh99-42kj-cfhs-tnwj', '9f3a-t6nz-k7q2-m4xd');
    expect(text).toBe('192.168.1.7:50000#bh99-42kj-cfhs-tnwj.9f3a-t6nz-k7q2-m4xd');
    expect(withJoinCode('192.168.1.7:50000', null)).toBe('192.168.1.7:50000');
    expect(splitJoinAddress(text)).toEqual({
      server: { address: '192.168.1.7:50000', key: 'bh99-42kj-cfhs-tnwj' },
      joinCode: '9f3a-t6nz-k7q2-m4xd',
    });
    expect(parseJoinAddress(text)).toEqual(parseJoinAddress('192.168.1.7:50000#bh99-42kj-cfhs-tnwj'));
    expect(parseJoinAddress(`${text}0`)).toEqual({ error: 'join-code-invalid' });
    expect(parseJoinAddress('192.168.1.7#.9f3a-t6nz-k7q2-m4xd')).toEqual({ error: 'server-key-invalid' });
  });

  it('says which of its two parts is wrong', () => {
    expect(parseJoinAddress('example.org#bh99-42kj-cfhs-tnwj')).toEqual({ error: 'address-invalid' });
    expect(parseJoinAddress('#bh99-42kj-cfhs-tnwj')).toEqual({ error: 'address-invalid' });
    for (const wrong of ['', 'bh99', 'bh99-42kj-cfhs-tnw', 'bh99-42kj-cfhs-tnwj-0', 'uh99-42kj-cfhs-tnwj'])
      expect(parseJoinAddress(`192.168.1.7#${wrong}`)).toEqual({ error: 'server-key-invalid' });
    expect(parseJoinAddress('192.168.1.7#bh99-42kj#cfhs-tnwj')).toEqual({ error: 'server-key-invalid' });
  });

  it('reads a key in upper and lower case, i and l as 1, o as 0, with or without hyphens', () => {
    const fingerprint = { type: 'fingerprint', fingerprint: '1101abcdefghjkmn' };
    for (const text of ['1101-abcd-efgh-jkmn', 'ILO1ABCDEFGHJKMN', 'li0l abcd efgh jkmn'])
      expect(parseNamedKey(text)).toEqual(fingerprint);
  });

  it('refuses a whole key if its last four bits are not zero, so that each key has one text', () => {
    expect(parseNamedKey(whole)).toBeDefined();
    expect(parseNamedKey(`${whole.slice(0, -1)}h`)).toBeUndefined();
  });

  it('is read as it was written, for every key, and any text is read or refused without a throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
        const named = { type: 'whole', key: peerKeyFromBytes(bytes) } as const;
        expect(parseJoinAddress(formatJoinAddress({ address, key: named }))).toEqual({ address, key: named });
      }),
    );
    fc.assert(fc.property(fc.string(), (text) => void parseJoinAddress(`192.168.1.7#${text}`)));
  });
});
