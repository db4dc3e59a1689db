import Type from 'typebox';

/**
 * A gateway and a browser prove to each other that they have their keys, the gateway first (docs/BRIDGE.md). Both keys are
 * ECDSA over P-256 with SHA-256, which every browser has. All bytes are base64url.
 */

/** 32 random bytes, new for each connection. */
export const NonceSchema = Type.String({ pattern: '^[A-Za-z0-9_-]{43}$' });
/** A point of P-256, uncompressed (SEC 1 section 2.3.3): 65 bytes. */
export const PublicKeySchema = Type.String({ pattern: '^[A-Za-z0-9_-]{87}$' });
/** r and s, 32 bytes each. Empty from a browser without a key. */
export const SignatureSchema = Type.String({ pattern: '^([A-Za-z0-9_-]{86})?$' });

export const nonceBytes = 32;

export interface ProofTerms {
  /** Scheme, host and port of the page, as the browser sends it in Origin. */
  readonly origin: string;
  readonly gatewayKey: string;
  readonly tabNonce: string;
  readonly gatewayNonce: string;
}

/**
 * Returns what each side signs. Only the two ends of one connection can use it: another program at another address has
 * another origin, and a recorded proof has other nonces.
 */
export function proofText(
  prover: 'gateway' | 'browser',
  { origin, gatewayKey, tabNonce, gatewayNonce }: ProofTerms,
): string {
  return ['chatagram browser proof', prover, origin, gatewayKey, tabNonce, gatewayNonce].join('\n');
}
