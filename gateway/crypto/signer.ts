import sodium from 'sodium-native';
import { signingKeyToBytes } from '../../shared/ids.ts';
import { signatureContexts, type SignatureContext } from '../../shared/signature-contexts.ts';
import type { Identity } from '../store/client-store.ts';
import type { Signer } from '../turn/signer.ts';
import { signingKeysOf } from './identity.ts';

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
      sodium.crypto_sign_verify_detached(signature, inContext(context, bytes), signingKeyToBytes(key)),
  };
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
