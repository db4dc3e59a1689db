/** Numbers and texts in bytes. The caller has checked that they are there; what is not there counts as 0. */

export function uint16(bytes: Uint8Array, at: number): number {
  return (byteAt(bytes, at) << 8) | byteAt(bytes, at + 1);
}

export function uint32(bytes: Uint8Array, at: number): number {
  return uint16(bytes, at) * 0x1_0000 + uint16(bytes, at + 2);
}

export function uint16LittleEndian(bytes: Uint8Array, at: number): number {
  return byteAt(bytes, at) | (byteAt(bytes, at + 1) << 8);
}

export function uint24LittleEndian(bytes: Uint8Array, at: number): number {
  return uint16LittleEndian(bytes, at) | (byteAt(bytes, at + 2) << 16);
}

export function uint32LittleEndian(bytes: Uint8Array, at: number): number {
  return uint16LittleEndian(bytes, at + 2) * 0x1_0000 + uint16LittleEndian(bytes, at);
}

export function byteAt(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? 0;
}

/** Latin-1, so that each byte is one character. */
export function textAt(bytes: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + length));
}
