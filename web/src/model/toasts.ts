import type { BridgeEvent } from '../../../shared/bridge/events.ts';
import { roomConversation, type ConversationId } from '../../../shared/conversation.ts';
import type { Guests } from '../../../shared/bridge/guests.ts';
import type { ErrorCode } from '../../../shared/errors.ts';

/** The fields of each kind of toast. */
interface ToastFields {
  /** The user dropped or pasted files. */
  readonly 'files-refused': object;
  readonly 'waiting-messages': { readonly count: number };
  /** Something that the user did was refused: `room` is the name of the room that it was for, if it was for one. */
  readonly refused: { readonly code: ErrorCode; readonly room: string | null };
  /** A change of a message did not reach its recipient. `name`: the nickname, where there is one. */
  readonly 'change-failed': { readonly code: ErrorCode; readonly name: string | null };
  /** A visitor waits until the user lets it in. `others`: how many more wait. */
  readonly 'guest-waits': { readonly name: string; readonly others: number };
  /** `others`: how many further machines, which anyone can forge. */
  readonly 'other-version': { readonly from: string; readonly version: number; readonly others: number };
}

export type ToastKind = keyof ToastFields;

/** A message to the user that stays until the user dismisses it. */
export type Toast<Kind extends ToastKind = ToastKind> = {
  readonly [Each in Kind]: { readonly kind: Each } & ToastFields[Each];
}[Kind];

/** The words of each kind of toast in one language. */
export type ToastWords = { readonly [Kind in ToastKind]: (toast: Toast<Kind>) => string };

/** Adds a toast. It replaces an earlier one of its kind. */
export function withToast(toasts: readonly Toast[], added: Toast): readonly Toast[] {
  return [...toasts.filter(({ kind }) => kind !== added.kind), added];
}

function isAboutWaiting({ kind }: Toast): boolean {
  return kind === 'waiting-messages';
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

/** A new visitor has a toast, also after the user has put away the one about others. The last visitor takes it along. */
function guestToasts(
  toasts: readonly Toast[],
  waiting: Guests['waiting'],
  before: Guests['waiting'],
): readonly Toast[] {
  const newest = waiting.findLast(({ number }) => !before.some((each) => each.number === number));
  if (newest !== undefined)
    return withToast(toasts, { kind: 'guest-waits', name: newest.name, others: waiting.length - 1 });
  return waiting.length > 0 ? toasts : toasts.filter(({ kind }) => kind !== 'guest-waits');
}

/**
 * Returns the toasts after an event of the gateway. A reset is another chat, so it takes its toasts along. `nameOf`: the names of
 * conversations, those of rooms with their `#`. `guests`: what the user knew of guests before the event.
 */
export function toastsAfter(
  toasts: readonly Toast[],
  event: BridgeEvent,
  nameOf: (conversation: ConversationId) => string | null = () => null,
  guests: Guests | null = null,
): readonly Toast[] {
  switch (event.type) {
    case 'room-refused':
      // Without an entry, the server sends nothing more of the room. The room itself says why.
      if (event.id === null) return toasts;
      return withToast(toasts, {
        kind: 'refused',
        code: event.code,
        room: nameOf(roomConversation(event.room)),
      });
    case 'change-failed':
      return withToast(toasts, { kind: 'change-failed', code: event.code, name: nameOf(event.conversation) });
    case 'waiting-messages':
      return withToast(toasts, { kind: 'waiting-messages', count: event.count });
    case 'read':
      // The user has opened one of them, here or in another tab, and has found them.
      return toasts.some(isAboutWaiting) ? toasts.filter((toast) => !isAboutWaiting(toast)) : toasts;
    case 'guests':
      return guestToasts(toasts, event.guests?.waiting ?? [], guests?.waiting ?? []);
    case 'other-version':
      return withToast(toasts, otherVersion(toasts, event));
    case 'reset':
      return [];
    default:
      return toasts;
  }
}
