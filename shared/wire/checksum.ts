import { Crc32c } from '@aws-crypto/crc32c';
import { checksumEnd, checksumOffset } from './layout.ts';

/**
 * Returns the CRC-32C (Castagnoli, RFC 9260 appendix A) of a whole datagram, with its checksum field as zero. It detects
 * damage by cables and memory, not by attackers: it proves nothing about the sender.
 */
export function datagramChecksum(datagram: Uint8Array): number {
  return new Crc32c()
    .update(datagram.subarray(0, checksumOffset))
    .update(zeroField)
    .update(datagram.subarray(checksumEnd))
    .digest();
}

const zeroField = new Uint8Array(checksumEnd - checksumOffset);
