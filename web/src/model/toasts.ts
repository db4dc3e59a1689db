/** What is said once to the person, until they dismiss it. */
export type Toast =
  | { readonly kind: 'waiting-messages'; readonly count: number }
  | { readonly kind: 'other-version'; readonly from: string; readonly version: number };

/** Enough for everything that one can read; the oldest goes first. */
const toastsMax = 4;

/** Adds a notice; one that says the same of the same takes the place of the earlier. */
export function withToast(toasts: readonly Toast[], added: Toast): readonly Toast[] {
  return [...toasts.filter((toast) => !isSameMatter(toast, added)), added].slice(-toastsMax);
}

function isSameMatter(one: Toast, other: Toast): boolean {
  if (one.kind === 'other-version') return other.kind === 'other-version' && one.from === other.from;
  return one.kind === other.kind;
}
