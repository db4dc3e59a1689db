import type { Contact } from '../../../shared/bridge/schema.ts';
import type { RoomView } from '../../../shared/bridge/rooms.ts';
import { nameContains } from '../../../shared/case-folding.ts';
import { directConversation, type ConversationId } from '../../../shared/conversation.ts';
import { conversationOf, type ChatState } from '../../../shared/model/chat.ts';
import { contactSections, contactsOf } from './contacts.ts';
import type { GatewayStatus } from './gateway-status.ts';
import { roomSections } from './rooms.ts';
import { pathTo, pathToRoom } from './route.ts';

/** A conversation of the list at the left, to go to. */
export type Place = {
  readonly conversation: ConversationId;
  readonly path: string;
  readonly unread: number;
} & (
  { readonly kind: 'person'; readonly contact: Contact } | { readonly kind: 'room'; readonly view: RoomView }
);

/** Returns all conversations in the order of the list. */
export function placesOf(chat: ChatState, gateway: GatewayStatus): readonly Place[] {
  const rooms = roomSections(chat, '');
  const people = contactSections(chat, gateway, '');
  return [
    ...[...rooms.current, ...rooms.past].map((view) => placeOfRoom(chat, view)),
    ...contactsOf(people).map((contact) => placeOfPerson(chat, contact)),
  ];
}

function placeOfRoom(chat: ChatState, view: RoomView): Place {
  const { conversation } = view;
  const { unread } = conversationOf(chat, conversation);
  return { kind: 'room', view, conversation, path: pathToRoom(view, chat), unread };
}

function placeOfPerson(chat: ChatState, contact: Contact): Place {
  const conversation = directConversation(contact.key);
  const { unread } = conversationOf(chat, conversation);
  return { kind: 'person', contact, conversation, path: pathTo(contact), unread };
}

/**
 * Returns the next place in a direction. After the last comes the first. `open` is the conversation on the screen, if there is one.
 * Undefined: there is no other place, or no unread one.
 */
export function nextPlace(
  places: readonly Place[],
  open: ConversationId | null,
  by: 1 | -1,
  unreadOnly: boolean,
): Place | undefined {
  const at = places.findIndex(({ conversation }) => conversation === open);
  const begin = at === -1 && by === -1 ? 0 : at;
  const others = places.map((_, step) => places.at((begin + by * (step + 1)) % places.length));
  return others.find(
    (place) => place !== undefined && place.conversation !== open && (!unreadOnly || place.unread > 0),
  );
}

/** The name as users read it: a room with its `#`. */
export function placeName(place: Place, unnamed: string): string {
  return place.kind === 'room' ? `#${place.view.name}` : (place.contact.nickname ?? unnamed);
}

/** Returns the places with all typed words in their name. Names that begin with what was typed come first. */
export function placesFor(places: readonly Place[], typed: string, unnamed: string): readonly Place[] {
  const words = typed.trim().split(/\s+/u);
  const found = places.filter((place) =>
    words.every((word) => nameContains(placeName(place, unnamed), word)),
  );
  if (typed.trim() === '') return found;
  const first = words[0] ?? '';
  const begins = (place: Place): number =>
    nameContains(placeName(place, unnamed).replace(/^#/, '').slice(0, first.length), first) ? 0 : 1;
  return found.toSorted((one, other) => begins(one) - begins(other));
}
