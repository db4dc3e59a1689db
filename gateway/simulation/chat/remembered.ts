import { toHex } from '../../../shared/ids.ts';
import { keyPairOf } from '../../crypto/crypto.ts';
import { signerOf } from '../../crypto/signer.ts';
import type { Identity } from '../../store/client-store.ts';
import type { Signer } from '../../turn/signer.ts';

/**
 * Public keys and signatures that simulations made before. A test that tells one story again and again makes the same
 * 64 mail keys each time. The curve arithmetic of these keys would be a tenth of its time.
 */
class Remembered {
  readonly #known = new Map<string, Uint8Array>();

  get(name: string, make: () => Uint8Array): Uint8Array {
    let bytes = this.#known.get(name);
    if (bytes === undefined) {
      bytes = make();
      if (this.#known.size >= rememberedMax) this.#known.clear();
      this.#known.set(name, bytes);
    }
    return bytes.slice();
  }
}

/** Some dozen clients with their keys. */
const rememberedMax = 8_192;
const publicKeys = new Remembered();
const signatures = new Remembered();

export function rememberedPublicKey(secretKey: Uint8Array): Uint8Array {
  return publicKeys.get(toHex(secretKey), () => keyPairOf(secretKey).publicKey);
}

export function rememberingSigner(identity: Identity): Signer {
  const signer = signerOf(identity);
  const { signingKey: ownKey } = identity;
  return {
    sign: (context, bytes) =>
      signatures.get(`${ownKey} ${context} ${toHex(bytes)}`, () => signer.sign(context, bytes)),
    verify: (context, signingKey, bytes, signature) => signer.verify(context, signingKey, bytes, signature),
  };
}
