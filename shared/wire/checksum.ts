import { Crc32c } from '@aws-crypto/crc32c';
import { checksumEnd, checksumOffset } from './layout.ts';

/**
 * CRC-32C (Castagnoli, RFC 9260 appendix A) of a whole datagram whose checksum field counts as zero. It finds what
 * cables and memory do, not what people do: it is no proof of who wrote a datagram.
 */
export function datagramChecksum(datagram: Uint8Array): number {
  return new Crc32c()
    .update(datagram.subarray(0, checksumOffset))
    .update(zeroField)
    .update(datagram.subarray(checksumEnd))
    .digest();
}

const zeroField = new Uint8Array(checksumEnd - checksumOffset);
