import type { BridgeEvent } from '../../../shared/bridge/events.ts';

/** A message to the user that stays until the user dismisses it. */
export type Toast =
  | { readonly kind: 'waiting-messages'; readonly count: number }
  | { readonly kind: 'other-version'; readonly from: string; readonly version: number };

/** As many as a user reads. The oldest goes first. */
const toastsMax = 4;

/** Adds a toast. It replaces an earlier one about the same subject. */
function withToast(toasts: readonly Toast[], added: Toast): readonly Toast[] {
  return [...toasts.filter((toast) => !hasSameSubject(toast, added)), added].slice(-toastsMax);
}

function hasSameSubject(one: Toast, other: Toast): boolean {
  if (one.kind === 'other-version') return other.kind === 'other-version' && one.from === other.from;
  return one.kind === other.kind;
}

/** Returns the toasts after an event of the gateway. A reset is another chat, so it takes its toasts along. */
export function toastsAfter(toasts: readonly Toast[], event: BridgeEvent): readonly Toast[] {
  switch (event.type) {
    case 'waiting-messages':
      return withToast(toasts, { kind: 'waiting-messages', count: event.count });
    case 'other-version':
      return withToast(toasts, { kind: 'other-version', from: event.from, version: event.version });
    case 'reset':
      return [];
    default:
      return toasts;
  }
}
