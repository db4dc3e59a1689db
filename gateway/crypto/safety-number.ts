import { createHash } from 'node:crypto';
import type { SafetyNumber } from '../../shared/bridge/commands.ts';
import { peerKeyToBytes, type PeerKey } from '../../shared/ids.ts';

/**
 * The number that two users compare, by voice or side by side. It is equal on both screens if and only if each side sees the
 * other's real key. It follows Signal's numeric fingerprint (libsignal, rust/protocol/src/fingerprint.rs): 30 digits of an
 * iterated SHA-512 of each key, the smaller ones first. docs/SECURITY.md has the derivation.
 */
export function safetyNumberOf(one: PeerKey, other: PeerKey): SafetyNumber {
  return {
    groups: [one, other]
      .map(digitsOf)
      .sort()
      .flatMap((digits) => digits.match(/\d{5}/g) ?? []),
  };
}

/** Names the purpose and version of the hash, so that no other hash of a key gives these digits. */
const label = new TextEncoder().encode('chatagram safety number 1');
/** As in Signal: makes a search for a key with equal digits 5,200 times as long. */
const rounds = 5_200;

/** 6 groups of 5 digits: about 99 bits of the hash. */
function digitsOf(key: PeerKey): string {
  const bytes = peerKeyToBytes(key);
  let hash = createHash('sha512').update(label).update(bytes).digest();
  for (let round = 1; round < rounds; round++)
    hash = createHash('sha512').update(hash).update(bytes).digest();
  return Array.from({ length: 6 }, (_, group) => {
    const number = hash.readUIntBE(group * 5, 5) % 100_000;
    return String(number).padStart(5, '0');
  }).join('');
}
