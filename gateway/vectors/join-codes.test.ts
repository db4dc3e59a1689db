import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import { fromHex, toHex } from '../../shared/ids.ts';
import { parseJoinAddress } from '../../shared/join-address.ts';
import { splitJoinAddress, withJoinCode } from '../../shared/join-address-text.ts';
import { formatJoinCode, joinCodeFromBytes, joinCodeToBytes, parseJoinCode } from '../../shared/join-code.ts';
import { proveJoinCode } from '../crypto/join-proof.ts';
import { describeVectors } from './describe-vectors.ts';
import type { VectorCase } from './vector-files.ts';

type JoinCodeCase =
  | (VectorCase & {
      readonly result: 'proof';
      readonly code: string;
      readonly text: string;
      readonly handshakeHash: string;
      readonly joinProof: string;
    })
  /** A join address with a code, as a writer writes it. */
  | (VectorCase & { readonly result: 'join-address'; readonly text: string; readonly joinCode: string })
  /** A code that a reader takes, and no writer writes. */
  | (VectorCase & { readonly result: 'only-read'; readonly text: string; readonly joinCode: string })
  | (VectorCase & { readonly result: 'refused'; readonly text: string })
  | (VectorCase & { readonly result: 'address-refused'; readonly text: string });

/** RFC 2104 once more, over the hash alone. */
function hmacByReference(key: Uint8Array, message: Uint8Array): string {
  const pad = (byte: number) =>
    Uint8Array.from({ length: 64 }, (_, index) => (index < key.length ? (key[index] ?? 0) : 0) ^ byte);
  const inner = createHash('sha256').update(pad(0x36)).update(message).digest();
  return createHash('sha256').update(pad(0x5c)).update(inner).digest('hex');
}

describeVectors<JoinCodeCase>('join-codes', {
  proof({ name, code: hex, handshakeHash }) {
    const code = joinCodeFromBytes(fromHex(hex));
    const hash = fromHex(handshakeHash);
    const joinProof = toHex(proveJoinCode(code, hash));
    const message = Buffer.concat([Buffer.from('chatagram join code 1', 'ascii'), Buffer.of(0), hash]);
    expect(joinProof).toBe(hmacByReference(joinCodeToBytes(code), message));
    const text = formatJoinCode(code);
    expect(parseJoinCode(text)).toBe(code);
    return { name, result: 'proof', code: hex, text, handshakeHash, joinProof };
  },
  'join-address'({ name, text: given }) {
    const { server, joinCode = '' } = splitJoinAddress(given);
    const code = parseJoinCode(joinCode);
    if (code === undefined) throw new Error('the address has no code');
    expect(parseJoinAddress(given)).not.toHaveProperty('error');
    const text = withJoinCode(`${server.address}#${server.key ?? ''}`, formatJoinCode(code));
    return { name, result: 'join-address', text, joinCode: code };
  },
  'only-read'({ name, text }) {
    const code = parseJoinCode(text);
    if (code === undefined) throw new Error('a reader takes the code');
    expect(formatJoinCode(code)).not.toBe(text);
    return { name, result: 'only-read', text, joinCode: code };
  },
  refused(vector) {
    expect(parseJoinCode(vector.text)).toBeUndefined();
    return vector;
  },
  'address-refused'(vector) {
    expect(parseJoinAddress(vector.text)).toHaveProperty('error');
    return vector;
  },
});
