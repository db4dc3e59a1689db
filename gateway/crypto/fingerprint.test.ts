import { expect, it } from 'vitest';
import { parsePeerKey } from '../../shared/ids.ts';
import { formatNamedKey, namesKey, parseNamedKey } from '../../shared/join-address.ts';
import { fingerprintOf } from './fingerprint.ts';

// Made with Python: hashlib.blake2b(key).digest()[:10], read as one number in base 32.
it.each([
  ['00'.repeat(32), 'kavt-eemq-m6hg-6506'],
  ['01'.repeat(32), 'vgmt-rnmj-d6ph-rjvd'],
  ['3f7a0c1be2d94856a7c8091f2e3d4c5b6a7988776655443322110f0e0d0c0b0a', '066c-7j3m-a7yw-tsdt'],
])('PROTOCOL 6.57: the fingerprint of the key %s is %s', (hex, text) => {
  const key = parsePeerKey(hex)!;
  expect(formatNamedKey({ type: 'fingerprint', fingerprint: fingerprintOf(key) })).toBe(text);
  const named = parseNamedKey(text)!;
  expect(namesKey(named, key, fingerprintOf)).toBe(true);
  expect(namesKey(named, parsePeerKey('02'.repeat(32))!, fingerprintOf)).toBe(false);
});
