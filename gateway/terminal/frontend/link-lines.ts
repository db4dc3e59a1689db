import type { Link } from '../../../shared/bridge/access.ts';

/** Returns what the user needs to open the app in a browser. */
export function linkLines({ link, address, code }: Link): string[] {
  return [
    `Open ${link} in a browser on this computer.`,
    `Or open ${address} there and type the code ${code}. Both work once, for 10 minutes.`,
  ];
}
