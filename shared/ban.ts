import { addressGroup, isLoopback, parseHost } from './address.ts';
import { literalOf, readAddress } from './typed-address.ts';
import { parsePeerKey, type PeerKey } from './ids.ts';

/** What the operator of a server asks to ban, or to let in again. */
export type BanSubject =
  | { readonly type: 'nickname'; readonly nickname: string }
  /** An operator typed it, and it can be either. Only the server knows whether a nickname is meant. */
  | { readonly type: 'nickname-or-address'; readonly text: string }
  | { readonly type: 'key'; readonly key: PeerKey }
  | { readonly type: 'address'; readonly address: string };

/**
 * The key or the address that a ban is of. `nickname`: the one of the key when it was banned. `address`: an address group
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

const namePrefix = 'name:';
const addressPrefix = 'address:';

/**
 * Reads what an operator types: 64 hex digits as a key, and any other text as a nickname. `192.168.1.7` or `localhost` can be
 * a nickname, too, and the server decides. `name:` and `address:` before the text decide for sure. A key is longer than any
 * nickname.
 */
export function parseBanSubject(text: string): BanSubject {
  if (text.startsWith(namePrefix)) return { type: 'nickname', nickname: text.slice(namePrefix.length) };
  if (text.startsWith(addressPrefix)) return { type: 'address', address: text.slice(addressPrefix.length) };
  const key = parsePeerKey(text.toLowerCase());
  if (key !== undefined) return { type: 'key', key };
  const isAddress = parseBanAddress(text) !== undefined;
  return isAddress ? { type: 'nickname-or-address', text } : { type: 'nickname', nickname: text };
}

/** Returns the text that `parseBanSubject` reads as this nickname, also if it looks like an address. */
export function formatBanNickname(nickname: string): string {
  const subject = parseBanSubject(nickname);
  const isPlain = subject.type === 'nickname' && subject.nickname === nickname;
  return isPlain ? nickname : `${namePrefix}${nickname}`;
}

/** Returns the text that `parseBanSubject` reads as this address, also if a user has it as a nickname. */
export function formatBanAddress(address: string): string {
  return `${addressPrefix}${address}`;
}

/** Reads `192.168.1.7`, `192.168.1.7:50001`, `fd00::7`, `[fd00::7]:50001` or `fd00::/64` as an address group. */
export function parseBanAddress(text: string): string | undefined {
  const [, network] = /^([0-9a-f:]+:)\/64$/iu.exec(text.trim()) ?? [];
  const host = network === undefined ? typedHost(text) : parseHost(network);
  return host === undefined ? undefined : addressGroup({ host });
}

/** Undefined for the name of a host: a name can belong to another machine tomorrow. */
function typedHost(text: string): string | undefined {
  const typed = readAddress(text, { zoneOptional: true });
  return 'error' in typed ? undefined : literalOf(typed)?.host;
}

/** Whether the operator can ban this address group. The server's own machine is never kept out. */
export function isBannableAddress(address: string): boolean {
  return !isLoopback(address);
}
