import type { RoomView } from '../../../shared/bridge/rooms.ts';
import type { Contact } from '../../../shared/bridge/schema.ts';
import { directConversation, type ConversationId } from '../../../shared/conversation.ts';
import type { ChatMessage } from '../../../shared/message.ts';

/** The other side of a conversation: one person, or a room. */
export type Party =
  { readonly kind: 'direct'; readonly contact: Contact } | { readonly kind: 'room'; readonly view: RoomView };

export function conversationOfParty(party: Party): ConversationId {
  return party.kind === 'room' ? party.view.conversation : directConversation(party.contact.key);
}

/** What the composer writes next: a new message, an answer, or other words for a message that is there. */
export type Writing =
  | { readonly kind: 'new' }
  | { readonly kind: 'reply'; readonly to: ChatMessage }
  | { readonly kind: 'edit'; readonly of: Pick<ChatMessage, 'id' | 'content'>; readonly text: string };
