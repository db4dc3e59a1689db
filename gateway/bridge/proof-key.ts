import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
  verify,
  type KeyObject,
} from 'node:crypto';
import Type, { type Static } from 'typebox';

const coordinate = Type.String({ pattern: '^[A-Za-z0-9_-]{43}$' });
/** A private key of P-256 as RFC 7518 section 6.2.2 writes it. */
export const PrivateKeySchema = Type.Object({ x: coordinate, y: coordinate, d: coordinate });
export type PrivateKey = Static<typeof PrivateKeySchema>;

const curve = { kty: 'EC', crv: 'P-256' } as const;
const coordinateBytes = 32;
/** SEC 1 section 2.3.3: the first byte of a point that is not compressed. */
const uncompressed = 4;

/** The key by which a browser recognizes its gateway. */
export class ProofKey {
  /** As `PublicKeySchema` has it. */
  readonly publicKey: string;
  readonly #key: KeyObject;

  /** Throws when the three parts do not belong together. */
  constructor(key: PrivateKey) {
    this.#key = createPrivateKey({ key: { ...curve, ...key }, format: 'jwk' });
    const [x, y] = [key.x, key.y].map((text) => Buffer.from(text, 'base64url'));
    this.publicKey = Buffer.concat(
      [Buffer.of(uncompressed), x ?? [], y ?? []].map((part) => Buffer.from(part)),
    ).toString('base64url');
  }

  sign(text: string): string {
    const key = { key: this.#key, dsaEncoding: 'ieee-p1363' } as const;
    return sign('sha256', Buffer.from(text), key).toString('base64url');
  }
}

export function newPrivateKey(): PrivateKey {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { x = '', y = '', d = '' } = privateKey.export({ format: 'jwk' });
  return { x, y, d };
}

/** Whether the text is a point of P-256. */
export function isPublicKey(publicKey: string): boolean {
  return publicKeyOf(publicKey) !== undefined;
}

export function isSignature(publicKey: string, text: string, signature: string): boolean {
  const key = publicKeyOf(publicKey);
  if (key === undefined) return false;
  const bytes = Buffer.from(signature, 'base64url');
  return verify('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' }, bytes);
}

function publicKeyOf(publicKey: string): KeyObject | undefined {
  const bytes = Buffer.from(publicKey, 'base64url');
  if (bytes.length !== 1 + 2 * coordinateBytes || bytes[0] !== uncompressed) return undefined;
  const x = bytes.subarray(1, 1 + coordinateBytes).toString('base64url');
  const y = bytes.subarray(1 + coordinateBytes).toString('base64url');
  try {
    return createPublicKey({ key: { ...curve, x, y }, format: 'jwk' });
  } catch {
    return undefined;
  }
}
