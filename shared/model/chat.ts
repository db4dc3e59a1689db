import type { BridgeEvent, EventOf, Snapshot } from '../bridge/events.ts';
import type { Guests } from '../bridge/guests.ts';
import type { RoomReaders, RoomRow, RoomView } from '../bridge/rooms.ts';
import type { Hosting, Contact, Profile, Session } from '../bridge/schema.ts';
import { directConversation, peerOfDirect, type ConversationId } from '../conversation.ts';
import type { MessageId, PeerKey, RoomId } from '../ids.ts';
import type { Delivery } from '../message.ts';
import type { Settings } from '../settings.ts';
import {
  conversationFromSnapshot,
  emptyConversation,
  withChanged,
  withDelivery,
  withMessage,
  withNewestOnly,
  withoutMessage,
  type ConversationState,
} from './conversation.ts';

/**
 * The chat as a frontend has loaded it from the gateway. A state is never changed: each event gives a new one, which shares
 * the parts that stay the same.
 */
export interface ChatState {
  readonly session: Session;
  readonly hosting: Hosting;
  /** The guests of the open chat; null without a chat, and for a guest. */
  readonly guests: Guests | null;
  /** The specification of the network conditioner while it is on. */
  readonly lab: string | null;
  /** The client table. The user's own row is in it too. */
  readonly contacts: ReadonlyMap<PeerKey, Contact>;
  readonly conversations: ReadonlyMap<ConversationId, ConversationState>;
  /** The rooms of the user. */
  readonly rooms: ReadonlyMap<RoomId, RoomView>;
  /** What `room-browse` has found so far; null before it was asked. */
  readonly browsed: BrowsedRooms | null;
  /** The newest answer to `room-readers`. */
  readonly readers: RoomReaders | null;
  /** From each previous id of a conversation to the one that it has now. */
  readonly movedConversations: ReadonlyMap<ConversationId, ConversationId>;
  /** Null while no chat is joined. */
  readonly settings: Settings | null;
  readonly profiles: readonly Profile[];
  /** A conversation keeps this many messages, the newest. The gateway has the others. */
  readonly messagesMax: number;
}

/** The rooms that the user can join, in the order of their names. `next`: where the next question goes on; null: these are all. */
export interface BrowsedRooms {
  readonly rooms: readonly RoomRow[];
  readonly next: string | null;
}

/** The state before the first snapshot. It keeps every message, unless loaded otherwise. */
export const initialState: ChatState = {
  session: { phase: 'none' },
  hosting: null,
  guests: null,
  lab: null,
  contacts: new Map(),
  conversations: new Map(),
  rooms: new Map(),
  browsed: null,
  readers: null,
  movedConversations: new Map(),
  settings: null,
  profiles: [],
  messagesMax: Number.POSITIVE_INFINITY,
};

/** Replaces everything that was loaded from the gateway. */
export function applySnapshot(state: ChatState, snapshot: Snapshot): ChatState {
  return {
    session: snapshot.session,
    hosting: snapshot.hosting,
    guests: snapshot.guests,
    lab: snapshot.lab,
    contacts: new Map(snapshot.contacts.map((contact) => [contact.key, contact])),
    conversations: new Map(
      snapshot.conversations.map((loaded) => [
        loaded.conversation,
        withNewestOnly(conversationFromSnapshot(loaded), state.messagesMax),
      ]),
    ),
    rooms: new Map(snapshot.rooms.map((view) => [view.room, view])),
    browsed: null,
    readers: null,
    movedConversations: new Map(snapshot.movedConversations.map(({ from, to }) => [from, to])),
    settings: snapshot.settings,
    profiles: snapshot.profiles,
    messagesMax: state.messagesMax,
  };
}

/** The one reducer of all frontends. Applying an event a second time changes nothing. */
export function applyEvent(state: ChatState, event: BridgeEvent): ChatState {
  switch (event.type) {
    case 'session':
      return { ...state, session: event.session };
    case 'hosting':
      return { ...state, hosting: event.hosting };
    case 'guests':
      return { ...state, guests: event.guests };
    case 'settings':
      return { ...state, settings: event.settings };
    case 'contacts':
      return { ...state, contacts: withContacts(state.contacts, event.contacts) };
    case 'contacts-removed':
      return {
        ...state,
        contacts: without(state.contacts, event.keys),
        conversations: without(state.conversations, event.keys.map(directConversation)),
      };
    case 'message':
    case 'changed':
    case 'delivery':
    case 'discarded':
    case 'read':
    case 'notify':
    case 'delivered-by-server':
      return withConversationEvent(state, event);
    case 'rooms':
      return { ...state, rooms: withRooms(state.rooms, event.rooms) };
    case 'room-list':
      return { ...state, browsed: withBrowsed(state.browsed, event) };
    case 'room-readers':
      return { ...state, readers: event.readers };
    case 'key-accepted':
      // The reset that follows carries the conversation under its new id.
      return {
        ...state,
        movedConversations: withMove(
          state.movedConversations,
          directConversation(event.peer),
          directConversation(event.key),
        ),
      };
    case 'file':
    case 'change-failed':
    case 'room-refused':
    case 'waiting-messages':
    case 'other-version':
    case 'wiped':
      // News for the user. Each frontend shows them in its own way.
      return state;
    case 'reset':
      return applySnapshot(state, event.snapshot);
    default:
      return event satisfies never;
  }
}

type ConversationEvent = EventOf<
  'message' | 'changed' | 'delivery' | 'discarded' | 'read' | 'notify' | 'delivered-by-server'
>;

/** An event that changes one conversation. */
function withConversationEvent(state: ChatState, event: ConversationEvent): ChatState {
  switch (event.type) {
    case 'message':
      return changeConversation(state, event.message.conversation, (conversation) =>
        withNewestOnly(withMessage(conversation, event.message, event), state.messagesMax),
      );
    case 'changed':
      return changeConversation(state, event.message.conversation, (conversation) =>
        withChanged(conversation, event.message, event.mentions),
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
        mentions: event.mentions,
      }));
    case 'notify':
      return changeConversation(state, event.conversation, (conversation) => ({
        ...conversation,
        notify: event.notify,
      }));
    case 'delivered-by-server':
      return changeConversation(state, event.conversation, (conversation) => ({
        ...conversation,
        deliveredByServer: new Set([...conversation.deliveredByServer, event.id]),
      }));
    default:
      return event satisfies never;
  }
}

/** Returns the user's own key, or null before a chat is joined. */
export function ownKey(session: Session): PeerKey | null {
  return session.phase === 'none' || session.phase === 'joining' ? null : session.me;
}

/** Returns a conversation. One without any message is empty. */
export function conversationOf(state: ChatState, id: ConversationId): ConversationState {
  return state.conversations.get(id) ?? emptyConversation(id);
}

/**
 * Returns the id that a conversation has now. It is another one after the user accepted a new key of the peer, unless the
 * old key is a contact again.
 */
export function newestConversationId(
  { contacts, movedConversations }: Pick<ChatState, 'contacts' | 'movedConversations'>,
  id: ConversationId,
): ConversationId {
  const peer = peerOfDirect(id);
  return peer !== undefined && contacts.has(peer) ? id : (movedConversations.get(id) ?? id);
}

/**
 * Returns the delivery of a sent message, or undefined if the state does not hold the message. Ask before applying an event
 * to learn what the event changes.
 */
export function deliveryOf(
  state: ChatState,
  conversation: ConversationId,
  id: MessageId,
): Delivery | undefined {
  return state.conversations.get(conversation)?.messages.findLast((message) => message.id === id)?.delivery;
}

function withContacts(
  contacts: ReadonlyMap<PeerKey, Contact>,
  changed: readonly Contact[],
): ReadonlyMap<PeerKey, Contact> {
  const next = new Map(contacts);
  for (const contact of changed) next.set(contact.key, contact);
  return next;
}

function withRooms(
  rooms: ReadonlyMap<RoomId, RoomView>,
  changed: readonly RoomView[],
): ReadonlyMap<RoomId, RoomView> {
  const next = new Map(rooms);
  for (const view of changed) next.set(view.room, view);
  return next;
}

/** Another frontend may ask at the same time. A page that begins elsewhere than the list ends changes nothing. */
function withBrowsed(
  browsed: BrowsedRooms | null,
  { after, rooms, next }: EventOf<'room-list'>,
): BrowsedRooms | null {
  if (after === null) return { rooms, next };
  if (browsed?.next !== after) return browsed;
  return { rooms: [...browsed.rooms, ...rooms], next };
}

/** Every previous id leads to the newest one in one step, as in the gateway. No id leads away from the newest one. */
function withMove(
  moved: ReadonlyMap<ConversationId, ConversationId>,
  from: ConversationId,
  to: ConversationId,
): ReadonlyMap<ConversationId, ConversationId> {
  const next = new Map(Array.from(moved, ([old, now]) => [old, now === from ? to : now]));
  next.set(from, to);
  next.delete(to);
  return next;
}

function without<Key, Value>(map: ReadonlyMap<Key, Value>, keys: readonly Key[]): ReadonlyMap<Key, Value> {
  const next = new Map(map);
  for (const key of keys) next.delete(key);
  return next;
}

/** Puts what `change` returns in the place of a conversation. */
export function changeConversation(
  state: ChatState,
  id: ConversationId,
  change: (conversation: ConversationState) => ConversationState,
): ChatState {
  const before = conversationOf(state, id);
  const after = change(before);
  if (after === before) return state;
  return { ...state, conversations: new Map(state.conversations).set(id, after) };
}
