import { createPrivateKey, createPublicKey, diffieHellman } from 'node:crypto';
import { fromHex } from '../../shared/ids.ts';

/**
 * The cryptography of the vectors once more, over node:crypto alone and without the packages of the program. What both compute is
 * not only this program's own opinion.
 */

const privatePrefix = fromHex('302e020100300506032b656e04220420');
const publicPrefix = fromHex('302a300506032b656e032100');

/** X25519 (RFC 7748). Throws for a public key that gives a zero secret. */
export function x25519(secretKey: Uint8Array, publicKey: Uint8Array): Uint8Array {
  return Uint8Array.from(
    diffieHellman({
      privateKey: privateKeyOf(secretKey),
      publicKey: createPublicKey({
        key: Buffer.concat([publicPrefix, publicKey]),
        format: 'der',
        type: 'spki',
      }),
    }),
  );
}

export function x25519PublicKey(secretKey: Uint8Array): Uint8Array {
  const spki = createPublicKey(privateKeyOf(secretKey)).export({ format: 'der', type: 'spki' });
  return Uint8Array.from(spki.subarray(publicPrefix.length));
}

function privateKeyOf(secretKey: Uint8Array) {
  const key = Buffer.concat([privatePrefix, secretKey]);
  return createPrivateKey({ key, format: 'der', type: 'pkcs8' });
}
