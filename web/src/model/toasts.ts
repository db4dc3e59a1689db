/** A message to the user that stays until the user dismisses it. */
export type Toast =
  | { readonly kind: 'waiting-messages'; readonly count: number }
  | { readonly kind: 'other-version'; readonly from: string; readonly version: number };

/** As many as a user reads. The oldest goes first. */
const toastsMax = 4;

/** Adds a toast. It replaces an earlier one about the same subject. */
export function withToast(toasts: readonly Toast[], added: Toast): readonly Toast[] {
  return [...toasts.filter((toast) => !hasSameSubject(toast, added)), added].slice(-toastsMax);
}

function hasSameSubject(one: Toast, other: Toast): boolean {
  if (one.kind === 'other-version') return other.kind === 'other-version' && one.from === other.from;
  return one.kind === other.kind;
}
