import { initialState, type ChatState } from '../../../shared/model/chat.ts';

/**
 * The chat as components see it. Each part is a source of its own, so that a message reaches only what shows messages: in a long
 * conversation, hundreds of rows read the contacts.
 */
export class ShownChat implements ChatState {
  session = $state.raw(initialState.session);
  hosting = $state.raw(initialState.hosting);
  guests = $state.raw(initialState.guests);
  lab = $state.raw(initialState.lab);
  contacts = $state.raw(initialState.contacts);
  conversations = $state.raw(initialState.conversations);
  rooms = $state.raw(initialState.rooms);
  browsed = $state.raw(initialState.browsed);
  readers = $state.raw(initialState.readers);
  movedConversations = $state.raw(initialState.movedConversations);
  settings = $state.raw(initialState.settings);
  profiles = $state.raw(initialState.profiles);
  messagesMax = $state.raw(initialState.messagesMax);

  /** A part that is still the same object changes nothing. */
  show(state: ChatState): void {
    Object.assign(this, state);
  }
}
