import type { Ban, Banned } from '../../../shared/ban.ts';

/** Days of a ban; null: until the operator lifts it. */
export type BanDays = number | null;

/** What the app offers. The terminal takes any number of days. */
export const banChoices: readonly BanDays[] = [null, 1, 7, 30];

/** A ban as the operator's screen shows it. */
export interface BanRow {
  readonly id: string;
  /** A nickname, or else a key in short, or an address. */
  readonly name: string;
  readonly untilMs: number | null;
  readonly ban: Ban;
}

/** Returns the bans that have not ended, the newest first. */
export function banRows(bans: readonly Ban[], nowMs: number): BanRow[] {
  return bans
    .filter(({ untilMs }) => untilMs === null || untilMs > nowMs)
    .map((ban) => ({ id: idOf(ban), name: nameOfBanned(ban.banned), untilMs: ban.untilMs, ban }))
    .toReversed();
}

function idOf({ banned }: Ban): string {
  return banned.type === 'key' ? banned.key : banned.address;
}

export function nameOfBanned(banned: Banned): string {
  if (banned.type === 'address') return banned.address;
  return banned.nickname ?? banned.key.slice(0, 8);
}
