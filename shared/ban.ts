import { addressGroup, isLoopback, parseAddress, parseHost } from './address.ts';
import { parsePeerKey, type PeerKey } from './ids.ts';

/** What the operator of a server asks to ban, or to let in again. */
export type BanSubject =
  | { readonly type: 'nickname'; readonly nickname: string }
  | { readonly type: 'key'; readonly key: PeerKey }
  | { readonly type: 'address'; readonly address: string };

/**
 * What a server keeps out. `nickname`: the one of the key when it was banned. `address`: an address group
 * (shared/address.ts), so all addresses of one subnet of IPv6 are banned together.
 */
export type Banned =
  | { readonly type: 'key'; readonly key: PeerKey; readonly nickname: string | null }
  | { readonly type: 'address'; readonly address: string };

export interface Ban {
  readonly banned: Banned;
  /** By the wall clock of the server; null: until the operator lifts it. */
  readonly untilMs: number | null;
}

export const banDayMs = 86_400_000;

/** Reads 64 hex digits as a key, an address with or without a port as an address, and any other text as a nickname. */
export function parseBanSubject(text: string): BanSubject {
  const key = parsePeerKey(text);
  if (key !== undefined) return { type: 'key', key };
  const address = parseBanAddress(text);
  return address === undefined ? { type: 'nickname', nickname: text } : { type: 'address', address };
}

/** Reads `192.168.1.7`, `192.168.1.7:50001`, `fd00::7`, `[fd00::7]:50001` or `fd00::/64` as an address group. */
export function parseBanAddress(text: string): string | undefined {
  const [, network] = /^([0-9a-f:]+:)\/64$/iu.exec(text.trim()) ?? [];
  const host = network === undefined ? parseAddress(text)?.host : parseHost(network);
  return host === undefined ? undefined : addressGroup({ host });
}

/** Whether the operator can ban this address group. The server's own machine is never kept out. */
export function isBannableAddress(address: string): boolean {
  return !isLoopback(address);
}
