import type { BridgeEvent } from '../../shared/bridge/events.ts';
import type { HistoryResult } from '../../shared/bridge/commands.ts';
import type { Conversation, Person } from '../../shared/bridge/schema.ts';
import { directConversation } from '../../shared/conversation.ts';
import type { PeerKey } from '../../shared/ids.ts';
import type { ChatMessage, DirectMessage } from '../../shared/message.ts';
import type { ClientEvent, ConversationView, HistoryPage, PersonView } from '../client/client-event.ts';

/** Translates what a client reports into the bridge's own events. `me` is the client's key. */
export function bridgeEventOf(event: ClientEvent, me: PeerKey): BridgeEvent {
  switch (event.type) {
    case 'people':
      return { type: 'people', people: event.people.map(personOf) };
    case 'message':
      return {
        type: 'message',
        message: messageOf(event.message, me),
        unread: event.unread,
        backlog: event.backlog,
      };
    case 'delivery':
      return {
        type: 'delivery',
        conversation: directConversation(event.peer),
        id: event.id,
        delivery: event.delivery,
      };
    case 'discarded':
    case 'delivered-by-server':
      return { type: event.type, conversation: directConversation(event.peer), id: event.id };
    case 'read':
      return { type: 'read', conversation: directConversation(event.peer), unread: event.unread };
    case 'session':
    case 'settings':
    case 'people-gone':
    case 'waiting-messages':
    case 'key-accepted':
    case 'other-version':
      return event;
    default:
      return event satisfies never;
  }
}

export function personOf({ doubt, ...person }: PersonView): Person {
  return doubt === undefined ? person : { ...person, keyConflict: doubt };
}

export function conversationOf(view: ConversationView, me: PeerKey): Conversation {
  return {
    conversation: directConversation(view.peer),
    unread: view.unread,
    ...historyOf(view, me),
  };
}

export function historyOf({ messages, older }: HistoryPage, me: PeerKey): HistoryResult {
  return { messages: messages.map((message) => messageOf(message, me)), hasMore: older };
}

function messageOf(message: DirectMessage, me: PeerKey): ChatMessage {
  const { id, peer, direction, text, sentAtMs, place, sequence, delivery } = message;
  return {
    id,
    conversation: directConversation(peer),
    author: direction === 'out' ? me : peer,
    content: { kind: 'text', text },
    sentAtMs,
    position: { major: place, minor: sequence },
    ...(delivery === undefined ? {} : { delivery }),
  };
}
