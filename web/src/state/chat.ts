import type { MessageId, PeerKey } from '../../../shared/ids.ts';
import type { HistoryResult } from '../../../shared/bridge/commands.ts';
import type { BridgeEvent, Snapshot } from '../../../shared/bridge/events.ts';
import type { Hosting, Person, Profile, Session, Settings } from '../../../shared/bridge/schema.ts';
import {
  asChatMessage,
  conversationFromSnapshot,
  emptyConversation,
  withDelivery,
  withHistory,
  withMessage,
  withoutMessage,
  type ConversationState,
} from './conversation.ts';
import { withNotice, type Notice } from './notices.ts';

/** What the gateway has told this tab, and nothing else. */
export interface ChatState {
  readonly session: Session;
  readonly hosting: Hosting;
  readonly lab: string | null;
  readonly people: ReadonlyMap<PeerKey, Person>;
  readonly conversations: ReadonlyMap<PeerKey, ConversationState>;
  readonly settings: Settings | null;
  readonly profiles: readonly Profile[];
  readonly notices: readonly Notice[];
}

export const nothingKnown: ChatState = {
  session: { phase: 'none' },
  hosting: null,
  lab: null,
  people: new Map(),
  conversations: new Map(),
  settings: null,
  profiles: [],
  notices: [],
};

/** A snapshot replaces everything except what was said to the person and not dismissed yet. */
export function applySnapshot(state: ChatState, snapshot: Snapshot): ChatState {
  return {
    session: snapshot.session,
    hosting: snapshot.hosting,
    lab: snapshot.lab,
    people: new Map(snapshot.people.map((person) => [person.key, person])),
    conversations: new Map(
      snapshot.conversations.map((conversation) => [
        conversation.peer,
        conversationFromSnapshot(conversation),
      ]),
    ),
    settings: snapshot.settings,
    profiles: snapshot.profiles,
    notices: state.notices,
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
      return { ...state, people: withPeople(state.people, event.people) };
    case 'people-gone':
      return {
        ...state,
        people: without(state.people, event.keys),
        conversations: without(state.conversations, event.keys),
      };
    case 'message':
      return changeConversation(state, event.message.peer, (conversation) =>
        withMessage(conversation, asChatMessage(event.message), event.unread),
      );
    case 'delivery':
      return changeConversation(state, event.peer, (conversation) =>
        withDelivery(conversation, event.id, event.delivery),
      );
    case 'discarded':
      return changeConversation(state, event.peer, (conversation) => withoutMessage(conversation, event.id));
    case 'read':
      return changeConversation(state, event.peer, (conversation) => ({
        ...conversation,
        unread: event.unread,
      }));
    case 'waiting-messages':
      return {
        ...state,
        notices: withNotice(state.notices, { kind: 'waiting-messages', count: event.count }),
      };
    case 'delivered-by-server':
      return changeConversation(state, event.peer, (conversation) => ({
        ...conversation,
        deliveredByServer: new Set([...conversation.deliveredByServer, event.id]),
      }));
    case 'other-version':
      return {
        ...state,
        notices: withNotice(state.notices, {
          kind: 'other-version',
          from: event.from,
          version: event.version,
        }),
      };
    case 'key-accepted':
      // The reset that follows has all of it.
      return state;
    case 'reset':
      return applySnapshot({ ...state, notices: [] }, event.snapshot);
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
  return changeConversation(state, peer, (conversation) => withHistory(conversation, before, history));
}

export function dismissNotice(state: ChatState, notice: Notice): ChatState {
  return { ...state, notices: state.notices.filter((other) => other !== notice) };
}

/** The key of the person here, once a chat was joined. */
export function ownKey(session: Session): PeerKey | null {
  return session.phase === 'none' || session.phase === 'joining' ? null : session.me;
}

export function conversationWith(state: ChatState, peer: PeerKey): ConversationState {
  return state.conversations.get(peer) ?? emptyConversation(peer);
}

function withPeople(
  people: ReadonlyMap<PeerKey, Person>,
  changed: readonly Person[],
): ReadonlyMap<PeerKey, Person> {
  const next = new Map(people);
  for (const person of changed) next.set(person.key, person);
  return next;
}

function without<Value>(
  map: ReadonlyMap<PeerKey, Value>,
  keys: readonly PeerKey[],
): ReadonlyMap<PeerKey, Value> {
  const next = new Map(map);
  for (const key of keys) next.delete(key);
  return next;
}

function changeConversation(
  state: ChatState,
  peer: PeerKey,
  change: (conversation: ConversationState) => ConversationState,
): ChatState {
  const before = conversationWith(state, peer);
  const after = change(before);
  if (after === before) return state;
  return { ...state, conversations: new Map(state.conversations).set(peer, after) };
}
