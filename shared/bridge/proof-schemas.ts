import Type from 'typebox';

/** The parts of the proof in frames (shared/bridge/browser-proof.ts). All bytes are base64url. */

/** 32 random bytes, new for each connection. */
export const NonceSchema = Type.String({ pattern: '^[A-Za-z0-9_-]{43}$' });
/** A point of P-256, uncompressed (SEC 1 section 2.3.3): 65 bytes. */
export const PublicKeySchema = Type.String({ pattern: '^[A-Za-z0-9_-]{87}$' });
/** r and s, 32 bytes each. Empty from a browser without a key. */
export const SignatureSchema = Type.String({ pattern: '^([A-Za-z0-9_-]{86})?$' });
