/**
 * A gateway and a browser prove to each other that they have their keys, the gateway first (docs/BRIDGE.md). Both keys are
 * ECDSA over P-256 with SHA-256, which every browser has. Their parts are base64url in frames (shared/bridge/proof-schemas.ts).
 */

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
