import type { BridgeEvent } from '../../../shared/bridge/events.ts';

/** A message to the user that stays until the user dismisses it. */
export type Toast =
  /** The user dropped or pasted files. */
  | { readonly kind: 'files-refused' }
  | { readonly kind: 'waiting-messages'; readonly count: number }
  /** `others`: how many further machines, which anyone can forge. */
  | {
      readonly kind: 'other-version';
      readonly from: string;
      readonly version: number;
      readonly others: number;
    };

/** Adds a toast. It replaces an earlier one of its kind. */
export function withToast(toasts: readonly Toast[], added: Toast): readonly Toast[] {
  return [...toasts.filter(({ kind }) => kind !== added.kind), added];
}

/** Counts the machines that an earlier toast was about. */
function otherVersion(
  toasts: readonly Toast[],
  { from, version, others }: Extract<BridgeEvent, { readonly type: 'other-version' }>,
): Toast {
  const earlier = toasts.find((toast) => toast.kind === 'other-version');
  const added = earlier === undefined ? 0 : earlier.others + (earlier.from === from ? 0 : 1);
  return { kind: 'other-version', from, version, others: others + added };
}

/** Returns the toasts after an event of the gateway. A reset is another chat, so it takes its toasts along. */
export function toastsAfter(toasts: readonly Toast[], event: BridgeEvent): readonly Toast[] {
  switch (event.type) {
    case 'waiting-messages':
      return withToast(toasts, { kind: 'waiting-messages', count: event.count });
    case 'other-version':
      return withToast(toasts, otherVersion(toasts, event));
    case 'reset':
      return [];
    default:
      return toasts;
  }
}
