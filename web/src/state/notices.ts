/** What is said once to the person, until they dismiss it. */
export type Notice =
  | { readonly kind: 'waiting-messages'; readonly count: number }
  | { readonly kind: 'other-version'; readonly from: string; readonly version: number };

/** Enough for everything that one can read; the oldest goes first. */
const noticesMax = 4;

/** Adds a notice; one that says the same of the same takes the place of the earlier. */
export function withNotice(notices: readonly Notice[], added: Notice): readonly Notice[] {
  return [...notices.filter((notice) => !isSameMatter(notice, added)), added].slice(-noticesMax);
}

function isSameMatter(one: Notice, other: Notice): boolean {
  if (one.kind === 'other-version') return other.kind === 'other-version' && one.from === other.from;
  return one.kind === other.kind;
}
