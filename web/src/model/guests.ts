import type { CommandOf } from '../../../shared/bridge/commands.ts';
import type { Guests } from '../../../shared/bridge/guests.ts';
import { guestsMax } from '../../../shared/limits.ts';

/** What a host does about guests. */
export type GuestCommand = CommandOf<
  | 'take-guests'
  | 'new-guest-link'
  | 'limit-guests'
  | 'ask-for-guests'
  | 'admit-guest'
  | 'remove-guest'
  | 'bar-guest'
>;

/** A way to the page of guests, at one address of this computer. */
export interface GuestWay {
  /** `192.168.1.7:5080`, as a visitor without the link types it. */
  readonly address: string;
  /** With the secret. */
  readonly link: string;
}

/** Returns the link of each address, the one that most likely works first. They have the same secret. */
export function guestWays({ link, origins }: Pick<Guests, 'link' | 'origins'>): readonly GuestWay[] {
  if (link === null) return [];
  const at = link.indexOf('#');
  const fragment = at === -1 ? '' : link.slice(at);
  return origins.map((origin) => ({
    address: origin.replace(/^https?:\/\//u, ''),
    link: `${origin}/${fragment}`,
  }));
}

/** Reads how many guests may come. Null for another text. */
export function guestLimitOf(typed: string): number | null {
  const limit = /^\d{1,4}$/u.test(typed.trim()) ? Number(typed) : 0;
  return limit >= 1 && limit <= guestsMax ? limit : null;
}
