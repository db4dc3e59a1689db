import type { ConversationId } from '../../shared/conversation.ts';
import {
  busItself,
  type BusConnection,
  type BusCall,
  type BusListeners,
  type BusSignal,
} from './bus-connection.ts';
import type { DesktopNotifier, Notification, NotificationNames } from './notification.ts';

/** The part of a bus connection that notifications need. */
export type Bus = Pick<BusConnection, 'call' | 'close'>;

export interface DesktopNotificationsOptions {
  /** Connects to the session bus. Undefined: it does not answer. */
  readonly openBus: (listeners: BusListeners) => Promise<Bus | undefined>;
  /** The user clicked on a notification. */
  readonly onOpen: (conversation: ConversationId) => void;
  /** A clock that never goes back. */
  readonly nowMs: () => number;
}

/** Desktop Notifications Specification 1.2. */
const service = {
  destination: 'org.freedesktop.Notifications',
  path: '/org/freedesktop/Notifications',
  interface: 'org.freedesktop.Notifications',
} as const;

/** After a failure, the next try waits so long. */
const retryAfterMs = 60_000;
const openAction = 'default';

type Wish =
  | { readonly type: 'show'; readonly notification: Notification; readonly names: NotificationNames }
  | { readonly type: 'withdraw' };

interface OpenBus {
  readonly bus: Bus;
  readonly hasActions: boolean;
  readonly hasMarkup: boolean;
}

/**
 * Notifications of a Linux desktop, by D-Bus. No program is run with what a message says, because other accounts can list the arguments
 * of every process. It calls the bus for one thing at a time, and gives up silently for a minute when that fails.
 */
export class DesktopNotifications implements DesktopNotifier {
  readonly #options: DesktopNotificationsOptions;
  readonly #wishes = new Map<ConversationId, Wish>();
  /** The ids that the desktop gave. */
  readonly #shown = new Map<ConversationId, number>();
  #open: OpenBus | undefined;
  #isWorking = false;
  #isClosed = false;
  #failedAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: DesktopNotificationsOptions) {
    this.#options = options;
  }

  isAvailable(): boolean {
    return !this.#isClosed && this.#options.nowMs() - this.#failedAtMs >= retryAfterMs;
  }

  show(notification: Notification, names: NotificationNames): void {
    this.#wish(notification.conversation, { type: 'show', notification, names });
  }

  withdraw(conversation: ConversationId): void {
    this.#wish(conversation, { type: 'withdraw' });
  }

  close(): void {
    this.#isClosed = true;
    this.#wishes.clear();
    this.#open?.bus.close();
  }

  #wish(conversation: ConversationId, wish: Wish): void {
    if (!this.isAvailable()) return;
    this.#wishes.set(conversation, wish);
    if (!this.#isWorking) void this.#work();
  }

  async #work(): Promise<void> {
    this.#isWorking = true;
    for (const [conversation, wish] of this.#wishes) {
      this.#wishes.delete(conversation);
      if (!(await this.#fulfil(conversation, wish))) this.#fail();
    }
    this.#isWorking = false;
  }

  #fail(): void {
    this.#failedAtMs = this.#options.nowMs();
    this.#wishes.clear();
    this.#open?.bus.close();
  }

  async #fulfil(conversation: ConversationId, wish: Wish): Promise<boolean> {
    const id = this.#shown.get(conversation);
    if (wish.type === 'withdraw') {
      this.#shown.delete(conversation);
      if (id === undefined || this.#open === undefined) return true;
      // The desktop refuses one that it has closed itself.
      await this.#open.bus.call({ ...service, member: 'CloseNotification', signature: 'u', body: [id] });
      return true;
    }
    const open = (this.#open ??= await this.#openBus());
    if (open === undefined) return false;
    const [given] = (await open.bus.call(notifyCall(wish, id ?? 0, open))) ?? [];
    if (typeof given !== 'number') return false;
    this.#shown.delete(conversation);
    this.#shown.set(conversation, given);
    return true;
  }

  async #openBus(): Promise<OpenBus | undefined> {
    const bus = await this.#options.openBus({
      onSignal: (signal) => this.#handleSignal(signal),
      onClosed: () => this.#handleClosed(),
    });
    if (bus === undefined) return undefined;
    const rule = `type='signal',sender='${service.destination}',interface='${service.interface}'`;
    const match = await bus.call({ ...busItself, member: 'AddMatch', signature: 's', body: [rule] });
    const [capabilities] = (await bus.call({ ...service, member: 'GetCapabilities' })) ?? [];
    if (match === undefined || !Array.isArray(capabilities) || this.#isClosed) {
      bus.close();
      return undefined;
    }
    const hasActions = capabilities.includes('actions');
    return { bus, hasActions, hasMarkup: capabilities.includes('body-markup') };
  }

  #handleClosed(): void {
    this.#open = undefined;
    this.#shown.clear();
  }

  #handleSignal({ interface: from, member, body: [id, action] }: BusSignal): void {
    if (from !== service.interface) return;
    const conversation = [...this.#shown].find(([, shownId]) => shownId === id)?.[0];
    if (conversation === undefined) return;
    if (member === 'NotificationClosed') this.#shown.delete(conversation);
    if (member === 'ActionInvoked' && action === openAction) this.#options.onOpen(conversation);
  }
}

function notifyCall(
  { notification, names }: Extract<Wish, { type: 'show' }>,
  replacedId: number,
  { hasActions, hasMarkup }: OpenBus,
): BusCall {
  const body = bodyOf(notification, names);
  const hints = [
    ['category', ['s', 'im.received']],
    notification.hasSound ? ['sound-name', ['s', 'message-new-instant']] : ['suppress-sound', ['b', true]],
  ];
  return {
    ...service,
    member: 'Notify',
    signature: 'susssasa{sv}i',
    body: [
      'Chatagram',
      replacedId,
      '',
      names.conversation,
      hasMarkup ? escaped(body) : body,
      // A desktop without actions may show a dialog in place of the notification.
      hasActions ? [openAction, 'Open'] : [],
      hints,
      -1,
    ],
  };
}

function bodyOf({ text, count, mentionsMe }: Notification, { author, isRoom }: NotificationNames): string {
  if (text !== null) {
    const said = isRoom ? `${author}: ${text}` : text;
    return count === 1 ? said : `${said} (${count} new)`;
  }
  const from = isRoom ? ` from ${author}` : '';
  if (mentionsMe) return isRoom ? `${author} mentions you` : 'Mentions you';
  return count === 1
    ? `New message${from}`
    : `${count} new messages${from === '' ? '' : `, the last${from}`}`;
}

/** The body may have markup, and a text has none. The title never has. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
