import { base32Characters, decodeBase32, encodeBase32 } from '../base32.ts';

/** What the fragment of a guest's link holds. A browser never sends a fragment. */
export interface GuestLink {
  /** The pre-shared key of the handshake, 32 random bytes. */
  readonly secret: Uint8Array;
  /** 16 bytes of the hash of the gateway's guest key (PROTOCOL 12.9). */
  readonly gatewayKeyHash: Uint8Array;
}

const guestSecretBytes = 32;
export const gatewayKeyHashBytes = 16;
const linkVersion = 1;
/** 49 bytes, and 3 zero bits. */
const linkCharacters = 79;
/** What stands behind a link in a sentence. No link ends with it. */
const sentenceEnd = /[.,;:!?)\]}>"'»”’]+$/u;

/** Writes 79 characters of Crockford's base32 (PROTOCOL 12.8): the version, the secret and the hash. */
export function formatGuestLink({ secret, gatewayKeyHash }: GuestLink): string {
  if (secret.length !== guestSecretBytes || gatewayKeyHash.length !== gatewayKeyHashBytes)
    throw new RangeError('a guest link has a secret of 32 bytes and a hash of 16 bytes');
  return encodeBase32(Uint8Array.of(linkVersion, ...secret, ...gatewayKeyHash));
}

/**
 * Reads a fragment, with or without its `#`: upper or lower case, `i` and `l` as 1, `o` as 0, hyphens and spaces ignored, and so is
 * the punctuation of a sentence at its end. A link of another version is told apart from a damaged one, because a newer page can
 * read it. It is never shorter than one of this version, so a word or half a link is damaged (PROTOCOL 12.8).
 */
export function parseGuestLink(fragment: string): GuestLink | 'malformed' | 'version-unknown' {
  // Longer fragments are not worth the work. A later version may be longer than this one.
  if (fragment.length > 8 * linkCharacters) return 'malformed';
  const characters = base32Characters(fragment.replace(/^#/u, '').replace(sentenceEnd, ''));
  const bytes = decodeBase32(characters);
  const version = bytes?.[0] ?? 0;
  if (bytes === undefined || version === 0) return 'malformed';
  if (characters.length < linkCharacters) return 'malformed';
  if (version !== linkVersion) return 'version-unknown';
  if (characters.length > linkCharacters) return 'malformed';
  return {
    secret: bytes.slice(1, 1 + guestSecretBytes),
    gatewayKeyHash: bytes.slice(1 + guestSecretBytes),
  };
}
