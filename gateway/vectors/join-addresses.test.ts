import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import { fromHex, peerKeyFromBytes, type KeyFingerprint } from '../../shared/ids.ts';
import {
  formatJoinAddress,
  namesKey,
  parseJoinAddress,
  type JoinAddress,
  type NamedKey,
} from '../../shared/join-address.ts';
import { fingerprintOf } from '../crypto/fingerprint.ts';
import { describeVectors } from './describe-vectors.ts';
import type { VectorCase } from './vector-files.ts';

interface Place {
  readonly host: string;
  readonly port: number;
  /** How the text names the key of the server. */
  readonly form: 'whole' | 'fingerprint' | 'none';
  readonly fingerprint?: string;
  /** The key that the text names. */
  readonly peerKey?: string;
}

type JoinCase =
  /** A writer writes this text, and a reader reads it. */
  | (VectorCase & Place & { readonly result: 'join-address'; readonly text: string })
  /** A reader reads it as well. */
  | (VectorCase & Place & { readonly result: 'only-read'; readonly text: string })
  /** The text is readable, and names another key than the one that the handshake proves. */
  | (VectorCase & { readonly result: 'other-key'; readonly text: string; readonly peerKey: string })
  | (VectorCase & { readonly result: 'refused'; readonly part: 'address' | 'key'; readonly text: string });

function read(text: string): JoinAddress {
  const parsed = parseJoinAddress(text);
  if ('error' in parsed) throw new Error(parsed.error);
  return parsed;
}

function placeOf({ address, key }: JoinAddress): Place {
  const { host, port } = address;
  if (key === undefined) return { host, port, form: 'none' };
  return key.type === 'whole'
    ? { host, port, form: 'whole', peerKey: key.key }
    : { host, port, form: 'fingerprint', fingerprint: key.fingerprint };
}

/** Crockford's base32 by the integers of the language: zero bits at the end fill the last character. */
function base32(bytes: Uint8Array): string {
  const characters = Math.ceil((bytes.length * 8) / 5);
  const filling = BigInt(characters * 5 - bytes.length * 8);
  let left = BigInt(`0x${Buffer.from(bytes).toString('hex')}`) << filling;
  let text = '';
  for (let place = 0; place < characters; place++) {
    text = '0123456789abcdefghjkmnpqrstvwxyz'.charAt(Number(left & 31n)) + text;
    left >>= 5n;
  }
  return text;
}

function fingerprintByReference(peerKey: string): string {
  return base32(createHash('blake2b512').update(fromHex(peerKey)).digest().subarray(0, 10));
}

describeVectors<JoinCase>('join-addresses', {
  'join-address'(vector) {
    const { name, host, port, form, peerKey = '' } = vector;
    const address = { host, port };
    if (form === 'none') {
      const text = formatJoinAddress({ address });
      return { name, result: 'join-address', ...placeOf(read(text)), text };
    }
    const whole = peerKeyFromBytes(fromHex(peerKey));
    const fingerprint = fingerprintOf(whole);
    expect(fingerprint).toBe(fingerprintByReference(peerKey));
    const key: NamedKey =
      form === 'whole' ? { type: 'whole', key: whole } : { type: 'fingerprint', fingerprint };
    const text = formatJoinAddress({ address, key });
    const shown = form === 'whole' ? base32(fromHex(peerKey)) : fingerprint.match(/.{4}/gu)!.join('-');
    expect(text.endsWith(`#${shown}`)).toBe(true);
    const named = read(text).key;
    expect(named !== undefined && namesKey(named, whole, fingerprintOf)).toBe(true);
    return { name, result: 'join-address', ...placeOf(read(text)), peerKey, fingerprint, text };
  },
  'only-read'({ name, text }) {
    expect(formatJoinAddress(read(text))).not.toBe(text);
    return { name, result: 'only-read', ...placeOf(read(text)), text };
  },
  'other-key'(vector) {
    const { key } = read(vector.text);
    const proved = peerKeyFromBytes(fromHex(vector.peerKey));
    const byReference = () => fingerprintByReference(vector.peerKey) as KeyFingerprint;
    expect(key !== undefined && !namesKey(key, proved, byReference)).toBe(true);
    expect(key !== undefined && !namesKey(key, proved, fingerprintOf)).toBe(true);
    return vector;
  },
  refused({ name, text }) {
    const parsed = parseJoinAddress(text);
    if (!('error' in parsed)) throw new Error('the text is a join address');
    return { name, result: 'refused', part: parsed.error === 'address-invalid' ? 'address' : 'key', text };
  },
});
