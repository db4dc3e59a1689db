import { nonceBytes, proofText, type ProofTerms } from '../../../shared/bridge/browser-proof.ts';
import type { ProofAnswer, Prover, ReceivedProof } from '../bridge/socket.ts';
import { allKeys, type GatewayKey } from './keyring.ts';

const curve = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const algorithm = { name: 'ECDSA', hash: 'SHA-256' } as const;

/** Whether browsers give keys to this page. Over the network they give none (Secure Contexts, section 3.1). */
export const hasKeys = globalThis.isSecureContext;

/** Proves this browser's key to its gateway, after the gateway has proved its own. */
export class BrowserProver implements Prover {
  readonly #onKnown: (browser: string) => void;

  /** `onKnown` is called with the id of this browser when its gateway has proved its key. */
  constructor(onKnown: (browser: string) => void) {
    this.#onKnown = onKnown;
  }

  newNonce(): string {
    return base64url(crypto.getRandomValues(new Uint8Array(nonceBytes)));
  }

  answer(proof: ReceivedProof, then: (answer: ProofAnswer) => void): void {
    // Without storage there is no key either.
    void this.#answer(proof)
      .catch((): ProofAnswer => ({ type: 'no-key' }))
      .then(then);
  }

  async #answer({ signature, ...proof }: ReceivedProof): Promise<ProofAnswer> {
    if (!hasKeys) return { type: 'proved', signature: '' };
    const known = await allKeys();
    if (known.length === 0) return { type: 'no-key' };
    const key = known.find(({ gatewayKey }) => gatewayKey === proof.gatewayKey);
    const terms = { ...proof, origin: location.origin };
    if (key === undefined || !(await isProvedByGateway(terms, signature))) return { type: 'stranger' };
    this.#onKnown(key.browser);
    return { type: 'proved', signature: await ownProof(terms, key) };
  }
}

/** As the gateway takes it: a point that is not compressed. */
export async function publicKeyText({ publicKey }: CryptoKeyPair): Promise<string> {
  return base64url(new Uint8Array(await crypto.subtle.exportKey('raw', publicKey)));
}

async function isProvedByGateway(terms: ProofTerms, signature: string): Promise<boolean> {
  const key = await crypto.subtle.importKey('raw', bytesOf(terms.gatewayKey), curve, false, ['verify']);
  const text = new TextEncoder().encode(proofText('gateway', terms));
  return crypto.subtle.verify(algorithm, key, bytesOf(signature), text);
}

async function ownProof(terms: ProofTerms, { keys }: GatewayKey): Promise<string> {
  const text = new TextEncoder().encode(proofText('browser', terms));
  return base64url(new Uint8Array(await crypto.subtle.sign(algorithm, keys.privateKey, text)));
}

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}
