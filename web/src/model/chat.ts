import { directConversation, type ConversationId } from '../../../shared/conversation.ts';
import type { MessageId, PeerKey } from '../../../shared/ids.ts';
import type { HistoryResult } from '../../../shared/bridge/commands.ts';
import type { BridgeEvent, Snapshot } from '../../../shared/bridge/events.ts';
import type { Hosting, Person, Profile, Session } from '../../../shared/bridge/schema.ts';
import {
  conversationFromSnapshot,
  emptyConversation,
  withDelivery,
  withHistory,
  withMessage,
  withoutMessage,
  type ConversationState,
} from './conversation.ts';
import type { Settings } from '../../../shared/settings.ts';
import { withToast, type Toast } from './toasts.ts';

/** What the gateway has told this tab, and nothing else. */
export interface ChatState {
  readonly session: Session;
  readonly hosting: Hosting;
  readonly lab: string | null;
  readonly contacts: ReadonlyMap<PeerKey, Person>;
  readonly conversations: ReadonlyMap<ConversationId, ConversationState>;
  readonly settings: Settings | null;
  readonly profiles: readonly Profile[];
  readonly toasts: readonly Toast[];
}

export const initialState: ChatState = {
  session: { phase: 'none' },
  hosting: null,
  lab: null,
  contacts: new Map(),
  conversations: new Map(),
  settings: null,
  profiles: [],
  toasts: [],
};

/** A snapshot replaces everything except what was said to the person and not dismissed yet. */
export function applySnapshot(state: ChatState, snapshot: Snapshot): ChatState {
  return {
    session: snapshot.session,
    hosting: snapshot.hosting,
    lab: snapshot.lab,
    contacts: new Map(snapshot.people.map((contact) => [contact.key, contact])),
    conversations: new Map(
      snapshot.conversations.map((conversation) => [
        conversation.conversation,
        conversationFromSnapshot(conversation),
      ]),
    ),
    settings: snapshot.settings,
    profiles: snapshot.profiles,
    toasts: state.toasts,
  };
}

export function applyEvent(state: ChatState, event: BridgeEvent): ChatState {
  switch (event.type) {
    case 'session':
      return { ...state, session: event.session };
    case 'hosting':
      return { ...state, hosting: event.hosting };
    case 'settings':
      return { ...state, settings: event.settings };
    case 'people':
      return { ...state, contacts: withContacts(state.contacts, event.people) };
    case 'people-gone':
      return {
        ...state,
        contacts: without(state.contacts, event.keys),
        conversations: without(state.conversations, event.keys.map(directConversation)),
      };
    case 'message':
      return changeConversation(state, event.message.conversation, (conversation) =>
        withMessage(conversation, event.message, event.unread),
      );
    case 'delivery':
      return changeConversation(state, event.conversation, (conversation) =>
        withDelivery(conversation, event.id, event.delivery),
      );
    case 'discarded':
      return changeConversation(state, event.conversation, (conversation) =>
        withoutMessage(conversation, event.id),
      );
    case 'read':
      return changeConversation(state, event.conversation, (conversation) => ({
        ...conversation,
        unread: event.unread,
      }));
    case 'waiting-messages':
      return {
        ...state,
        toasts: withToast(state.toasts, { kind: 'waiting-messages', count: event.count }),
      };
    case 'delivered-by-server':
      return changeConversation(state, event.conversation, (conversation) => ({
        ...conversation,
        deliveredByServer: new Set([...conversation.deliveredByServer, event.id]),
      }));
    case 'other-version':
      return {
        ...state,
        toasts: withToast(state.toasts, {
          kind: 'other-version',
          from: event.from,
          version: event.version,
        }),
      };
    case 'key-accepted':
      // The reset that follows has all of it.
      return state;
    case 'reset':
      return applySnapshot({ ...state, toasts: [] }, event.snapshot);
    default:
      return event satisfies never;
  }
}

export function applyHistory(
  state: ChatState,
  peer: PeerKey,
  before: MessageId,
  history: HistoryResult,
): ChatState {
  return changeConversation(state, directConversation(peer), (conversation) =>
    withHistory(conversation, before, history),
  );
}

export function dismissToast(state: ChatState, toast: Toast): ChatState {
  return { ...state, toasts: state.toasts.filter((other) => other !== toast) };
}

/** The key of the person here, once a chat was joined. */
export function ownKey(session: Session): PeerKey | null {
  return session.phase === 'none' || session.phase === 'joining' ? null : session.me;
}

export function conversationWith(state: ChatState, peer: PeerKey): ConversationState {
  return conversationOf(state, directConversation(peer));
}

function withContacts(
  contacts: ReadonlyMap<PeerKey, Person>,
  changed: readonly Person[],
): ReadonlyMap<PeerKey, Person> {
  const next = new Map(contacts);
  for (const contact of changed) next.set(contact.key, contact);
  return next;
}

function without<Key, Value>(map: ReadonlyMap<Key, Value>, keys: readonly Key[]): ReadonlyMap<Key, Value> {
  const next = new Map(map);
  for (const key of keys) next.delete(key);
  return next;
}

function conversationOf(state: ChatState, id: ConversationId): ConversationState {
  return state.conversations.get(id) ?? emptyConversation(id);
}

function changeConversation(
  state: ChatState,
  id: ConversationId,
  change: (conversation: ConversationState) => ConversationState,
): ChatState {
  const before = conversationOf(state, id);
  const after = change(before);
  if (after === before) return state;
  return { ...state, conversations: new Map(state.conversations).set(id, after) };
}
