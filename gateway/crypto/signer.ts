import sodium from 'sodium-native';
import { signingKeyToBytes } from '../../shared/ids.ts';
import { signatureContexts, type SignatureContext } from '../../shared/signature-contexts.ts';
import type { Identity } from '../store/client-store.ts';
import type { Signer } from '../turn/signer.ts';
import { signingKeysOf } from './identity.ts';
import { Remembered } from './remembered.ts';
import { sha256 } from './sha256.ts';

const signatureBytes = 64;

/** Ed25519 (RFC 8032) by libsodium. */
export function signerOf({ seed }: Identity): Signer {
  const { secretKey } = signingKeysOf(seed);
  return {
    sign: (context, bytes) => {
      const signature = new Uint8Array(signatureBytes);
      sodium.crypto_sign_detached(signature, inContext(context, bytes), secretKey);
      return signature;
    },
    verify: (context, key, bytes, signature) =>
      signature.length === signatureBytes &&
      isGenuine(signature, inContext(context, bytes), signingKeyToBytes(key)),
  };
}

/** Guests of one gateway all get the same entries of a room, and to verify a signature takes 50 times as long as to hash it. */
const verdictsMax = 1_024;
const verdicts = new Remembered<string, boolean>(verdictsMax);

function isGenuine(signature: Uint8Array, signed: Uint8Array, key: Uint8Array): boolean {
  // The first two have a fixed length, so that no other three have the same hash.
  const question = Buffer.from(sha256(Buffer.concat([signature, key, signed]))).toString('latin1');
  return verdicts.get(question, () => sodium.crypto_sign_verify_detached(signature, signed, key));
}

/** The zero byte ends the context: no context is the beginning of another one. */
const labels = new Map(
  Object.entries(signatureContexts).map(([context, label]) => [
    context,
    new TextEncoder().encode(`${label}\0`),
  ]),
);

function inContext(context: SignatureContext, bytes: Uint8Array): Uint8Array {
  const label = labels.get(context);
  if (label === undefined) throw new RangeError(`${context} is no context of signatures`);
  const signed = new Uint8Array(label.length + bytes.length);
  signed.set(label);
  signed.set(bytes, label.length);
  return signed;
}
