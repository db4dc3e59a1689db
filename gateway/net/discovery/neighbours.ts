import { readFileSync } from 'node:fs';

/** The hosts of IPv4 in the table of the kernel (RFC 826), as Linux has it in a file. Empty on other systems. */
export function neighbours(table: string = arpTable()): string[] {
  return table
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/u))
    .filter(([, , flags]) => (Number.parseInt(flags ?? '', 16) & entryComplete) !== 0)
    .flatMap(([host]) => (host === undefined ? [] : [host]));
}

/** ATF_COM of net/if_arp.h: the hardware address is known. */
const entryComplete = 0x2;

function arpTable(): string {
  if (process.platform !== 'linux') return '';
  try {
    return readFileSync('/proc/net/arp', 'latin1');
  } catch {
    return '';
  }
}
