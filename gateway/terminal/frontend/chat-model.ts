import type { BridgeEvent, Snapshot } from '../../../shared/bridge/events.ts';
import type { Guests } from '../../../shared/bridge/guests.ts';
import type { RoomReaders, RoomView } from '../../../shared/bridge/rooms.ts';
import type { Contact, Session } from '../../../shared/bridge/schema.ts';
import { peerOfDirect, roomConversation, type ConversationId } from '../../../shared/conversation.ts';
import type { PeerKey } from '../../../shared/ids.ts';
import {
  applyEvent,
  applySnapshot,
  conversationOf,
  initialState,
  ownKey,
  type BrowsedRooms,
  type ChatState,
} from '../../../shared/model/chat.ts';
import { conflictingKeys, contactByNickname } from '../../../shared/model/contacts.ts';
import type { ConversationState } from '../../../shared/model/conversation.ts';
import { wordsOf, type Words } from '../../../shared/model/mentions.ts';
import {
  mayMentionRoom,
  memberCount,
  nameOfConversation,
  roomByName,
  roomOf,
  sortedRooms,
} from '../../../shared/model/rooms.ts';
import { nicknameComparisonKey } from '../../../shared/nickname.ts';
import type { Settings } from '../../../shared/settings.ts';
import { safeLine } from '../text/safe-text.ts';

/** The prompt prints messages as they arrive, so its state need not keep more than one of each conversation. */
const messagesMax = 1;

/** The present state of the chat, with the questions that the prompt and JSON lines ask about it. */
export class ChatModel {
  #chat: ChatState;

  constructor(snapshot: Snapshot) {
    this.#chat = applySnapshot({ ...initialState, messagesMax }, snapshot);
  }

  get session(): Session {
    return this.#chat.session;
  }

  /** True if the server of the chat runs in this gateway. */
  get isHosting(): boolean {
    return this.#chat.hosting !== null;
  }

  /** What the user sees of guests; null without a chat. */
  get guests(): Guests | null {
    return this.#chat.guests;
  }

  /** The user's settings; null before the first join. */
  get settings(): Settings | null {
    return this.#chat.settings;
  }

  /** The user's own key; undefined before the first join. */
  get me(): PeerKey | undefined {
    return ownKey(this.#chat.session) ?? undefined;
  }

  /** True once the server's newest table is here. It arrives in a separate message after the registration. */
  get hasRoster(): boolean {
    if (this.session.phase !== 'online') return false;
    for (const { online } of this.#chat.contacts.values()) if (online) return true;
    return false;
  }

  handle(event: BridgeEvent): void {
    this.#chat = applyEvent(this.#chat, event);
  }

  /** Finds the peer with the typed nickname (RFC 8266 section 2.4), which may be the user's own. */
  find(nickname: string): PeerKey | undefined {
    const contact = contactByNickname(this.#chat.contacts, nickname);
    if (contact !== undefined) return contact.key;
    if (!('me' in this.session)) return undefined;
    const isOwn = nicknameComparisonKey(this.session.nickname) === nicknameComparisonKey(nickname);
    return isOwn ? this.session.me : undefined;
  }

  /** All known nicknames, for completion. */
  nicknames(): string[] {
    return Array.from(this.#chat.contacts.values(), ({ nickname }) => nickname).filter(
      (nickname) => nickname !== null,
    );
  }

  /** Finds the room of the user with the typed name, with or without `#`. */
  findRoom(name: string): RoomView | undefined {
    return roomByName(this.#chat, name);
  }

  /** True once the server has listed the rooms of the user. The list arrives in a separate message after the registration. */
  get hasRooms(): boolean {
    return this.rooms().some(({ access, otherServer }) => access === 'everyone' && !otherServer);
  }

  roomOf(conversation: ConversationId): RoomView | undefined {
    return roomOf(this.#chat, conversation);
  }

  rooms(): readonly RoomView[] {
    return sortedRooms(this.#chat);
  }

  memberCount(view: RoomView): number {
    return memberCount(this.#chat, view);
  }

  /** The rooms that the server has listed for this gateway. */
  get browsed(): BrowsedRooms | null {
    return this.#chat.browsed;
  }

  /** The newest answer about a message of the user in a room. */
  get readers(): RoomReaders | null {
    return this.#chat.readers;
  }

  conversation(id: ConversationId): ConversationState {
    return conversationOf(this.#chat, id);
  }

  /** Returns `#lab` or a nickname, harmless on a terminal. */
  nameOf(conversation: ConversationId): string {
    const peer = peerOfDirect(conversation);
    if (peer !== undefined) return this.nicknameOf(peer);
    const name = nameOfConversation(this.#chat, conversation) ?? this.#browsedName(conversation);
    return safeLine(name ?? 'a room');
  }

  /** Of a room in the list of the server. It is not the user's yet. */
  #browsedName(conversation: ConversationId): string | undefined {
    const row = this.#chat.browsed?.rooms.find(({ room }) => roomConversation(room) === conversation);
    return row === undefined ? undefined : `#${row.name}`;
  }

  /** Returns the words of a typed text, with the people that it mentions. */
  words(text: string, conversation: ConversationId): Words {
    return wordsOf(text, this.#chat, mayMentionRoom(this.roomOf(conversation)));
  }

  isOnline(peer: PeerKey): boolean {
    return this.#chat.contacts.get(peer)?.online ?? false;
  }

  /** Returns a nickname that is harmless on a terminal; for a peer without one, a text that cannot be a nickname. */
  nicknameOf(peer: PeerKey): string {
    const contact = this.#chat.contacts.get(peer);
    if (contact === undefined || contact.nickname === null) return `new person (key ${peer.slice(0, 8)})`;
    const nickname = safeLine(contact.nickname);
    if (contact.keyConflict?.type === 'not-pinned') return `${nickname} (different key)`;
    return contact.looksLike === undefined ? nickname : `${nickname} (${lookAlikeMark(contact)})`;
  }

  /** Returns the host of a guest as `guest of alice`; undefined for others. */
  guestMarkOf(peer: PeerKey): string | undefined {
    const host = this.#chat.contacts.get(peer)?.guestOf;
    if (host === undefined) return undefined;
    return host === this.me ? 'your guest' : `guest of ${this.nicknameOf(host)}`;
  }

  /** PROTOCOL 6.116: says what the host of a guest can do; undefined for others. */
  guestNoticeOf(peer: PeerKey): string | undefined {
    const host = this.#chat.contacts.get(peer)?.guestOf;
    if (host === undefined) return undefined;
    const guest = this.nicknameOf(peer);
    const [role, computer] =
      host === this.me
        ? ['your guest', 'Your']
        : [`a guest of ${this.nicknameOf(host)}`, `${this.nicknameOf(host)}'s`];
    return `${guest} is ${role}. ${computer} computer can read what ${guest} reads and write in ${guest}'s name.`;
  }

  /** Returns whether the nickname of this peer is known, or is the user's own. */
  hasNickname(peer: PeerKey): boolean {
    return peer === this.me || (this.#chat.contacts.get(peer)?.nickname ?? null) !== null;
  }

  /** Returns whether a nickname leads to this peer, and the user can tell it from all others. */
  isNamed(peer: PeerKey): boolean {
    const { nickname = null, looksLike } = this.#chat.contacts.get(peer) ?? {};
    return nickname !== null && looksLike === undefined && this.find(nickname) === peer;
  }

  /** Returns whether the user has compared the safety number with this key. */
  isVerified(peer: PeerKey): boolean {
    return this.#chat.contacts.get(peer)?.verified === true;
  }

  /** Returns the two keys between which the user has to decide, if there is a conflict about this peer's key. */
  conflictingKeysOf(peer: PeerKey): { readonly old: PeerKey; readonly new: PeerKey } | undefined {
    const contact = this.#chat.contacts.get(peer);
    return contact === undefined ? undefined : (conflictingKeys(contact) ?? undefined);
  }

  /** Returns the client table like the original program's: one line per person, the user included. */
  clientLines(agoText: (wallMs: number) => string): string[] {
    const rows = new Map<string, string>();
    if ('me' in this.session)
      rows.set(this.session.nickname, this.session.phase === 'online' ? 'Online' : 'Offline');
    for (const contact of this.#chat.contacts.values()) {
      const { key, nickname, online, lastSeenMs, blocked, looksLike } = contact;
      if (nickname === null || key === this.me) continue;
      const ago = lastSeenMs === undefined ? '' : agoText(lastSeenMs);
      const presence = online ? 'Online' : ago === '' ? 'Offline' : `Offline, last seen ${ago}`;
      const guest = this.guestMarkOf(key);
      const marks = [
        ...(blocked === true ? ['blocked'] : []),
        ...(looksLike === undefined ? [] : [lookAlikeMark(contact)]),
        ...(guest === undefined ? [] : [guest]),
      ];
      rows.set(nickname, [presence, ...marks].join(', '));
    }
    return [...rows]
      .sort(([left], [right]) => left.localeCompare(right))
      .map(([nickname, presence]) => `${safeLine(nickname)} | ${presence}`);
  }
}

/** PROTOCOL 6.98: says which other nickname this one looks like, and by which key the two are told apart. */
function lookAlikeMark({ key, looksLike = '' }: Contact): string {
  return `looks like ${safeLine(looksLike)}, key ${key.slice(0, 8)}`;
}
