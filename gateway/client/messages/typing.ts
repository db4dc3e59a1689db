import { typingFeature } from '../../../shared/chat/features.ts';
import {
  directConversation,
  peerOfDirect,
  roomConversation,
  roomOfConversation,
  type ConversationId,
} from '../../../shared/conversation.ts';
import type { PeerKey, RoomId } from '../../../shared/ids.ts';
import { roomTypingMembersMax, typingPeopleInAllMax, typingPeopleMax } from '../../../shared/limits.ts';
import type { Moment } from '../../../shared/moment.ts';
import type { ClientStore } from '../../store/client-store.ts';
import type { TypingView } from '../client-event.ts';
import type { Session } from '../connections/session.ts';
import type { Blocks } from '../contacts/blocks.ts';
import type { Contacts } from '../contacts/contacts.ts';
import type { CoreContext } from '../context.ts';
import type { Rooms } from '../rooms/rooms.ts';

/** PROTOCOL 6.102: the others hear at most once in this time that the user types in a conversation. */
const toldEveryMs = 3_000;
/** PROTOCOL 6.103: after so long without news, a person does not type any longer. */
const shownForMs = 6_000;

export interface TypingOptions {
  readonly store: { readonly facts: Pick<ClientStore['facts'], 'get'> };
  readonly context: Pick<CoreContext, 'send' | 'emit' | 'currentConnection'>;
  readonly me: PeerKey;
  readonly contacts: Pick<Contacts, 'find' | 'isSpokenWith' | 'awaitsKeyDecision'>;
  readonly blocks: Pick<Blocks, 'has'>;
  readonly session: Pick<Session, 'isOnline' | 'isAway' | 'serverKey' | 'serverHas'>;
  readonly rooms: () => Pick<Rooms, 'audienceOf' | 'isMember'>;
}

/** Tells others that the user types, and shows who else does (PROTOCOL 6.101). Nothing of it is kept. */
export class Typing {
  readonly #options: TypingOptions;
  /** In each conversation, until when a person is shown. The one that typed most recently is last. */
  readonly #shown = new Map<ConversationId, Map<PeerKey, number>>();
  /** When the others heard of the user, the longest ago first. */
  readonly #toldAtMs = new Map<ConversationId, number>();

  constructor(options: TypingOptions) {
    this.#options = options;
  }

  view(): TypingView[] {
    return [...this.#shown].map(([conversation, people]) => ({ conversation, people: [...people.keys()] }));
  }

  // --- the user -------------------------------------------------------------------------------------------

  /** The user types in this conversation. Tells its people, unless they have just heard of it or may not know. */
  tell({ monotonicMs }: Moment, conversation: ConversationId): void {
    for (const [each, atMs] of this.#toldAtMs)
      if (monotonicMs - atMs >= toldEveryMs) this.#toldAtMs.delete(each);
    if (!this.#isWanted || this.#toldAtMs.has(conversation)) return;
    const peer = peerOfDirect(conversation);
    const room = roomOfConversation(conversation);
    const isTold = peer === undefined ? room !== undefined && this.#tellRoom(room) : this.#tellPeer(peer);
    if (isTold) this.#toldAtMs.set(conversation, monotonicMs);
  }

  /** A hint opens no connection: it goes over the one that is there, or not at all. */
  #tellPeer(peer: PeerKey): boolean {
    const { context, contacts, blocks, session } = this.#options;
    const contact = contacts.find(peer);
    // A person that the user never wrote to does not learn that the user is there.
    if (session.isAway || blocks.has(peer) || contact?.acceptance !== 'allowed') return false;
    if (contacts.awaitsKeyDecision(peer) || !contact.features.includes(typingFeature)) return false;
    if (context.currentConnection(peer) === undefined) return false;
    context.send(peer, { kind: 'typing' }, 'typing');
    return true;
  }

  /** The server does not know which members are blocked. In a room with one of them, nothing is told. */
  #tellRoom(room: RoomId): boolean {
    const { context, me, blocks, session, rooms } = this.#options;
    if (!session.isOnline || session.serverKey === undefined || !session.serverHas(typingFeature))
      return false;
    const members = rooms().audienceOf(room);
    if (members === undefined || members.length > roomTypingMembersMax) return false;
    if (members.every((key) => key === me) || members.some((key) => blocks.has(key))) return false;
    context.send(session.serverKey, { kind: 'room-typing', room }, 'room-typing');
    return true;
  }

  // --- the others -----------------------------------------------------------------------------------------

  handleTyping(now: Moment, peer: PeerKey): void {
    const { contacts, blocks } = this.#options;
    if (blocks.has(peer) || !contacts.isSpokenWith(peer) || contacts.awaitsKeyDecision(peer)) return;
    this.#show(now, directConversation(peer), peer);
  }

  /** The server says that a member of a room types. */
  handleRoomMember(now: Moment, room: RoomId, member: PeerKey): void {
    const { me, blocks, rooms } = this.#options;
    if (member === me || blocks.has(member) || !rooms().isMember(room, member)) return;
    this.#show(now, roomConversation(room), member);
  }

  /** A message is there: its author does not type it any longer. */
  handleMessage(conversation: ConversationId, author: PeerKey): void {
    if (this.#shown.get(conversation)?.delete(author) === true) this.#emit(conversation);
  }

  /** The user has blocked this key. */
  forget(person: PeerKey): void {
    for (const conversation of [...this.#shown.keys()]) this.handleMessage(conversation, person);
  }

  /** The user does not want to know any longer, or is away. */
  forgetAll(): void {
    for (const [conversation, people] of [...this.#shown]) {
      people.clear();
      this.#emit(conversation);
    }
  }

  handleTimeout({ monotonicMs }: Moment): void {
    for (const [conversation, people] of [...this.#shown]) {
      const before = people.size;
      for (const [person, untilMs] of people) if (untilMs <= monotonicMs) people.delete(person);
      if (people.size < before) this.#emit(conversation);
    }
  }

  pollTimeout(): number | undefined {
    const until = [...this.#shown.values()].flatMap((people) => [...people.values()]);
    return until.length === 0 ? undefined : Math.min(...until);
  }

  /** With the setting off, the user neither tells nor sees. */
  get #isWanted(): boolean {
    return this.#options.store.facts.get().settings.typing;
  }

  #show({ monotonicMs }: Moment, conversation: ConversationId, person: PeerKey): void {
    if (!this.#isWanted || this.#options.session.isAway) return;
    const people = this.#shown.get(conversation) ?? new Map<PeerKey, number>();
    this.#shown.set(conversation, people);
    const isNew = !people.delete(person);
    people.set(person, monotonicMs + shownForMs);
    if (!isNew) return;
    if (people.size > typingPeopleMax) forgetFirst(people);
    this.#emit(conversation);
    this.#forgetSurplus();
  }

  /** The conversation in which most people type loses the one that typed least recently. */
  #forgetSurplus(): void {
    const all = [...this.#shown];
    if (all.reduce((sum, [, { size }]) => sum + size, 0) <= typingPeopleInAllMax) return;
    const [conversation, people] = all.reduce((most, each) => (each[1].size > most[1].size ? each : most));
    forgetFirst(people);
    this.#emit(conversation);
  }

  #emit(conversation: ConversationId): void {
    const people = [...(this.#shown.get(conversation)?.keys() ?? [])];
    if (people.length === 0) this.#shown.delete(conversation);
    this.#options.context.emit({ type: 'typing', conversation, people });
  }
}

function forgetFirst(people: Map<PeerKey, number>): void {
  for (const first of people.keys()) {
    people.delete(first);
    return;
  }
}
