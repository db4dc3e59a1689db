import { expect, it } from 'vitest';
import { fromHex, toHex } from '../../shared/ids.ts';
import { joinCodeFromBytes } from '../../shared/join-code.ts';
import { proveJoinCode } from './join-proof.ts';

// Made with Python: hmac.new(bytes(range(10)), b'chatagram join code 1\0' + bytes(range(64)), 'sha256').
it('PROTOCOL 6.85: a proof is HMAC-SHA-256 by the 10 bytes of the code, over the context and the handshake hash', () => {
  const code = joinCodeFromBytes(fromHex('00010203040506070809'));
  const hash = Uint8Array.from({ length: 64 }, (_, index) => index);
  expect(toHex(proveJoinCode(code, hash))).toBe(
    '3e4f5cee5fa1c3d6820cfa587b0148ee1dd26ee4417e52edf359a7216f01085c',
  );
});
