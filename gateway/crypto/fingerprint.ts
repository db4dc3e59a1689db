import sodium from 'sodium-native';
import { peerKeyToBytes } from '../../shared/ids.ts';
import { fingerprintBytes, fingerprintFromBytes, type FingerprintOf } from '../../shared/join-address.ts';

/** BLAKE2b's longest digest (RFC 7693), as in the handshake. A shorter digest would be another hash. */
const digestBytes = 64;

/** Returns the fingerprint of a key: the first 80 bits of the BLAKE2b hash of its 32 bytes (PROTOCOL 6.57). */
export const fingerprintOf: FingerprintOf = (key) => {
  const digest = new Uint8Array(digestBytes);
  sodium.crypto_generichash(digest, peerKeyToBytes(key));
  return fingerprintFromBytes(digest.subarray(0, fingerprintBytes));
};
