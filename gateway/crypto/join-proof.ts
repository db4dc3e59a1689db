import { createHmac } from 'node:crypto';
import { joinCodeToBytes, type ProveJoinCode } from '../../shared/join-code.ts';

/** PROTOCOL 6.85: another use of the code would have another text here. */
const context = Uint8Array.from(Buffer.from('chatagram join code 1\0', 'ascii'));

/** Returns HMAC-SHA-256 (RFC 2104) by the 10 bytes of the code: 32 bytes. */
export const proveJoinCode: ProveJoinCode = (code, handshakeHash) =>
  Uint8Array.from(createHmac('sha256', joinCodeToBytes(code)).update(context).update(handshakeHash).digest());
