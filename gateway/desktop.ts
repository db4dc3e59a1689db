import { peerOfDirect, roomOfConversation, type ConversationId } from '../shared/conversation.ts';
import type { Bridge } from './bridge/bridge.ts';
import { openBrowser, type Desktop } from './cli/open-browser.ts';
import { BusConnection } from './notify/bus-connection.ts';
import { DesktopNotifications } from './notify/desktop-notifications.ts';
import type { DesktopNotifier } from './notify/notification.ts';
import type { Link } from '../shared/bridge/access.ts';

interface BrowserWays {
  readonly bridge: Bridge;
  readonly linkPage: (link: Link) => string | undefined;
}

/** Returns what notifies this desktop. Undefined without a session bus. Desktops of other systems have none. */
export function desktopNotifications(
  desktop: Desktop | undefined,
  opened: () => BrowserWays | undefined,
): DesktopNotifier | undefined {
  const address = desktop?.environment['DBUS_SESSION_BUS_ADDRESS'] ?? '';
  if (desktop?.platform !== 'linux' || address === '') return undefined;
  return new DesktopNotifications({
    openBus: (listeners) => BusConnection.open(address, listeners),
    onOpen: (conversation) => {
      const ways = opened();
      if (ways !== undefined) openConversation(ways, conversation, desktop);
    },
    nowMs: () => performance.now(),
  });
}

/**
 * Opens a browser at the conversation. Where no browser may use this gateway yet, the link lets the first one in, as at the start.
 */
function openConversation(
  { bridge, linkPage }: BrowserWays,
  conversation: ConversationId,
  desktop: Desktop,
): void {
  const hasBrowsers = bridge.browsers().length > 0;
  const address = hasBrowsers ? bridge.addressOf(pathOf(conversation)) : bridge.url();
  const page = (): string | undefined => (hasBrowsers ? undefined : linkPage(bridge.newLink()));
  void openBrowser({ address, page }, desktop);
}

/** The addresses of the app that need no name (web/src/model/route.ts). */
function pathOf(conversation: ConversationId): string {
  const peer = peerOfDirect(conversation);
  return peer === undefined ? `/r/${roomOfConversation(conversation)}` : `/k/${peer}`;
}
