import type { Address } from '../../shared/address.ts';
import { done, refused, type CommandResult } from '../../shared/command-result.ts';
import {
  directConversation,
  peerOfDirect,
  roomOfConversation,
  type ConversationId,
} from '../../shared/conversation.ts';
import type { HostStatement } from '../../shared/chat/guest.ts';
import type { CheckId, JoinCode, MessageId, PeerKey, RoomId } from '../../shared/ids.ts';
import { snapshotMessagesMax } from '../../shared/limits.ts';
import type { MessagePosition, NotifyLevel } from '../../shared/message.ts';
import type { Moment } from '../../shared/moment.ts';
import type { TypedSearch } from '../../shared/search/query.ts';
import type { SettingName, Settings } from '../../shared/settings.ts';
import type { MovedConversation } from '../store/client-store.ts';
import type { EndpointAction, EndpointEvent } from '../transport/events.ts';
import { signGuest } from '../turn/guest-statement.ts';
import type { FileSource } from '../turn/file-disk.ts';
import { FaultBackOff } from '../turn/fault-back-off.ts';
import type { Job, JobResult } from '../turn/jobs.ts';
import type { Role } from '../turn/role.ts';
import { ClientCore, type ClientOptions } from './client-core.ts';
import type {
  ClientEvent,
  ConversationView,
  FileView,
  FoundPage,
  HistoryPage,
  ContactView,
  SessionView,
  TypingView,
  RoomMembers,
  RoomView,
} from './client-event.ts';
import type { CheckAnswer, CheckQuestion } from './connections/peer-checks.ts';
import type { PeerPlace } from './connections/reachability.ts';
import { ServerClock } from './connections/server-clock.ts';
import { ClientEffects } from './context.ts';
import { History } from './messages/history.ts';
import type { FileWriting, Writing } from './messages/own-messages.ts';
import { queryOf } from './messages/search-names.ts';
import type { NewRoomEntry } from './rooms/room-writer.ts';
import type { NewRoom } from './rooms/rooms.ts';

export type { ClientOptions } from './client-core.ts';

/** The client role: the rules of the chat for one user, without I/O. */
export class Client implements Role<ClientEvent> {
  readonly #options: ClientOptions;
  readonly #effects: ClientEffects;
  /** Measured, not stored: it outlives a fault. */
  readonly #clock: ServerClock;
  /** A disk that stays full must not make this client dial as fast as it can. */
  readonly #faults = new FaultBackOff(500, 30_000);
  #core: ClientCore;

  constructor(options: ClientOptions) {
    this.#options = options;
    this.#effects = new ClientEffects(options.grease);
    this.#clock = new ServerClock(this.#effects);
    this.#core = new ClientCore(options, this.#effects, this.#clock);
  }

  // --- commands, to be called inside a turn -----------------------------------------------------------------

  /** Goes online, or tries again at once. `joinCode`: what the user has typed. */
  register(now: Moment, joinCode?: JoinCode): void {
    this.#run(now, ({ session }) => session.register(now, joinCode));
  }

  /** Goes offline in the server's table. `session()` tells when it is done. */
  deregister(now: Moment, options?: { readonly release: boolean }): void {
    this.#run(now, ({ session }) => session.deregister(now, options));
  }

  /**
   * Saves a message, or a change of messages, in the outbox, and makes the change here. The same id and content again change
   * nothing.
   */
  write(now: Moment, writing: Writing): CommandResult {
    const conversation = this.#newestId(writing.conversation);
    const room = roomOfConversation(conversation);
    return this.#run(now, ({ rooms, ownMessages }) =>
      room === undefined
        ? ownMessages.write(now, { ...writing, conversation })
        : rooms.write(now, room, writing),
    );
  }

  /** Chooses of which messages of a conversation the user is notified. */
  setNotify(now: Moment, id: ConversationId, notify: NotifyLevel): CommandResult {
    const conversation = this.#newestId(id);
    return this.#run(now, ({ conversations, contacts }) => {
      const peer = peerOfDirect(conversation);
      if (peer !== undefined && peer !== this.#options.identity.key && contacts.find(peer) === undefined)
        return refused('unknown-recipient');
      if (conversations.notifyOf(conversation) === notify) return done;
      conversations.setNotify(conversation, notify);
      this.#effects.emit({ type: 'notify', conversation, notify });
      return done;
    });
  }

  /** Writes an entry of any kind into a room. The same id again changes nothing. */
  writeRoom(now: Moment, room: RoomId, entry: NewRoomEntry): CommandResult {
    return this.#run(now, ({ rooms }) => rooms.write(now, room, entry));
  }

  /** Writes a message that offers a file. Its bytes are at `source`. The same id again changes nothing. */
  offerFile(now: Moment, writing: FileWriting, source: FileSource): CommandResult {
    const result = this.write(now, writing);
    if (result.status === 'done') this.#run(now, ({ files }) => files.addOwn(writing.id, source));
    return result;
  }

  /** Loads the file of a message, when its author is there. Also one that was declined, cancelled or removed, or has failed. */
  acceptFile(now: Moment, of: MessageId): CommandResult {
    return this.#run(now, ({ files }) => files.accept(now, of));
  }

  declineFile(now: Moment, of: MessageId): CommandResult {
    return this.#run(now, ({ files }) => files.decline(of));
  }

  /** Stops the bytes until `resumeFile`. Of an own file, for all who load it. */
  pauseFile(now: Moment, of: MessageId): CommandResult {
    return this.#run(now, ({ files }) => files.pause(of));
  }

  resumeFile(now: Moment, of: MessageId): CommandResult {
    return this.#run(now, ({ files }) => files.resume(now, of));
  }

  /** Ends the loading of a file, or takes back the offer of an own one. */
  cancelFile(now: Moment, of: MessageId): CommandResult {
    return this.#run(now, ({ files }) => files.cancel(of));
  }

  /** Removes the bytes of a file from the disk. The message stays. */
  removeFile(now: Moment, of: MessageId): CommandResult {
    return this.#run(now, ({ files }) => files.remove(of));
  }

  /** Creates a room. The event `rooms` tells when the server has taken it. */
  createRoom(now: Moment, room: NewRoom): CommandResult {
    return this.#run(now, ({ rooms }) => rooms.create(now, room));
  }

  /** Asks for the rooms that anyone can join. The event `room-list` has the answer. */
  browseRooms(now: Moment, after: string | null): CommandResult {
    return this.#run(now, ({ rooms }) => rooms.browse(after));
  }

  /** Asks which members have an own message. The event `room-readers` has the answer. */
  askReaders(now: Moment, room: RoomId, id: MessageId): CommandResult {
    return this.#run(now, ({ rooms }) => rooms.askReaders(room, id));
  }

  retry(now: Moment, id: MessageId): CommandResult {
    return this.#run(now, ({ rooms, ownMessages }) => rooms.retry(now, id) ?? ownMessages.retry(id));
  }

  discard(now: Moment, id: MessageId): CommandResult {
    return this.#run(now, ({ rooms, ownMessages }) => rooms.discard(now, id) ?? ownMessages.discard(now, id));
  }

  /** The user has read the conversation up to this message. */
  markRead(now: Moment, conversation: ConversationId, id: MessageId): CommandResult {
    return this.#run(now, ({ reads, rooms }) => {
      const result = reads.markRead(this.#newestId(conversation), id);
      rooms.handleRead(conversation);
      return result;
    });
  }

  /** `key` replaces `peer` as the key of this person: history, read mark, unread count and open messages move to it. */
  acceptKey(now: Moment, peer: PeerKey, key: PeerKey): CommandResult {
    return this.#run(now, ({ contacts, outbox, conversations, limits, files }) => {
      const isExhausted = contacts.find(key)?.acceptance === 'exhausted';
      const accepted = contacts.acceptKey(peer, key);
      if (accepted === 'unknown') return refused('key-not-offered');
      if (accepted === 'moved') {
        conversations.handleRekey(peer, key);
        outbox.handleRekey(peer, key);
        files.handleRekey();
        // The user wrote to the person under the earlier key.
        if (isExhausted && contacts.find(key)?.acceptance === 'allowed') limits.tellSender(key);
      }
      this.#effects.emit({ type: 'key-accepted', peer, key });
      return done;
    });
  }

  /** The person keeps the key `peer`. */
  refuseKey(now: Moment, peer: PeerKey, key: PeerKey): CommandResult {
    return this.#run(now, ({ contacts }) =>
      contacts.refuseKey(peer, key) ? done : refused('key-not-offered'),
    );
  }

  /** Accepts this key for the server. Dials the server at once. */
  acceptServerKey(now: Moment, key: PeerKey): CommandResult {
    this.#run(now, ({ session, rooms }) => {
      session.acceptServerKey(now, key);
      rooms.handleServerChange();
    });
    return done;
  }

  /** Turns stop-and-wait with this peer on or off. A new connection with that profile replaces a live one. */
  setClassic(now: Moment, peer: PeerKey, classic: boolean): CommandResult {
    const isKnown = this.#run(now, ({ contacts }) => contacts.setClassic(peer, classic));
    return isKnown ? done : refused('unknown-recipient');
  }

  /** Marks the safety number with this key's owner as compared, or removes the mark. */
  setVerified(now: Moment, peer: PeerKey, verified: boolean): CommandResult {
    const isKnown = this.#run(now, ({ contacts }) => contacts.setVerified(peer, verified));
    return isKnown ? done : refused('unknown-recipient');
  }

  /**
   * Blocks a key, also one that no roster has named: nothing is sent to it, and nothing of it is taken. Its messages so far
   * stay.
   */
  block(now: Moment, peer: PeerKey): CommandResult {
    return this.#run(now, ({ blocks, contacts, session, reachability, receipts, typing, files }) => {
      if (peer === this.#options.identity.key || peer === session.serverKey) return refused('cannot-block');
      if (blocks.has(peer)) return done;
      blocks.add(peer);
      reachability.closeTo(peer);
      files.handleBlock(now, peer);
      receipts.withdrawRead(peer);
      typing.forget(peer);
      contacts.handleBlock(peer);
      return done;
    });
  }

  /** What the key sent while it was blocked stays gone. */
  unblock(now: Moment, peer: PeerKey): CommandResult {
    return this.#run(now, ({ blocks, contacts, outbox }) => {
      if (!blocks.has(peer)) return done;
      blocks.delete(peer);
      outbox.handleUnblock(peer);
      contacts.handleBlock(peer);
      return done;
    });
  }

  /** Takes all messages of this person, as if the user had answered. */
  allow(now: Moment, peer: PeerKey): CommandResult {
    return this.#run(now, ({ blocks, limits }) => {
      if (blocks.has(peer)) return refused('blocked');
      if (peer === this.#options.identity.key) return refused('unknown-recipient');
      return limits.allow(peer) ? done : refused('unknown-recipient');
    });
  }

  /** The user types in this conversation. Its people hear of it, if they may, or nothing happens. */
  tellTyping(now: Moment, conversation: ConversationId): CommandResult {
    this.#run(now, ({ typing }) => typing.tell(now, this.#newestId(conversation)));
    return done;
  }

  changeSetting(now: Moment, setting: SettingName, value: boolean): CommandResult {
    return this.#run(now, ({ preferences }) => preferences.set(setting, value));
  }

  /** Asks the server where a person is now, for a check. Returns false if that is known already, or cannot be asked. */
  lookUp(now: Moment, peer: PeerKey): boolean {
    return this.#run(now, ({ reachability }) => reachability.lookUp(now, peer));
  }

  /** Asks another client what it sees of the connection. `ports`: from which this side tries it. */
  askOtherSide(now: Moment, peer: PeerKey, ports: readonly number[]): CheckQuestion {
    return this.#run(now, ({ checks }) => checks.ask(peer, ports));
  }

  /** Tells another client, which has asked, what this side sees of the connection. */
  answerCheck(now: Moment, peer: PeerKey, check: CheckId, answer: CheckAnswer): void {
    this.#run(now, ({ checks }) => checks.answer(peer, check, answer));
  }

  /**
   * Signs that the key `guest` is a guest of this user's machine at the server with the key `server`. The guest's own client
   * gets it by its option `guestOf`. It counts only at that server, and never ends.
   */
  signGuest(guest: PeerKey, server: PeerKey): HostStatement {
    return signGuest(this.#options.identity, guest, server, this.#options.signer);
  }

  // --- what frontends ask -----------------------------------------------------------------------------------

  session(): SessionView {
    return this.#core.session.view();
  }

  /** Whether the server has freed the nickname, after `deregister` with `release`. */
  isNameReleased(): boolean {
    return this.#core.session.isNameReleased;
  }

  settings(): Settings {
    return this.#core.preferences.settings;
  }

  contacts(): ContactView[] {
    return this.#core.contacts.view();
  }

  contact(key: PeerKey): ContactView | undefined {
    return this.#core.contacts.viewOf(key);
  }

  /** Whether the user wrote to this person, or takes all their messages. */
  isAllowed(key: PeerKey): boolean {
    return this.#core.contacts.find(key)?.acceptance === 'allowed';
  }

  notifyOf(conversation: ConversationId): NotifyLevel {
    return this.#core.conversations.notifyOf(this.#newestId(conversation));
  }

  /** Returns all conversations. Each person has a direct one, also before its first message. */
  conversations(): ConversationView[] {
    const { contacts, conversations } = this.#core;
    const direct = Array.from(contacts.keys(), directConversation);
    return Array.from(new Set([...direct, ...conversations.ids()]), (conversation) => ({
      conversation,
      unread: conversations.unreadCount(conversation),
      mentions: conversations.mentionCount(conversation),
      notify: conversations.notifyOf(conversation),
      ...this.history(conversation, null, snapshotMessagesMax),
    }));
  }

  /** Returns the previous ids of direct conversations with peers that got new keys. */
  movedConversations(): MovedConversation[] {
    return this.#core.conversations.moved();
  }

  history(conversation: ConversationId, before: MessageId | null, limit: number): HistoryPage {
    const page = this.#options.store.messages.page(this.#newestId(conversation), before, limit);
    return { messages: page.messages.map((message) => this.#core.views.of(message)), hasMore: page.hasMore };
  }

  /** Returns the first `limit` messages from this one on, or from the first one of this time (milliseconds since 1970) on, in order. */
  historyFrom(conversation: ConversationId, from: MessageId | number, limit: number): HistoryPage {
    const { views } = this.#core;
    const history = new History(this.#options.store.messages, this.#newestId(conversation));
    const first =
      typeof from === 'number'
        ? history.firstSince((message) => views.of(message).sentAtMs >= from)
        : history.find(from);
    if (first === undefined) return { messages: [], hasMore: false };
    const { messages, hasMore } = history.pageFrom(first, limit);
    return { messages: messages.map((message) => views.of(message)), hasMore };
  }

  /** Returns messages that a search finds, from `before` on. It looks at a bounded part of all messages. */
  search(typed: TypedSearch, before: number | null, limit: number): FoundPage {
    const query = queryOf(typed, {
      me: this.#options.identity.key,
      nickname: this.#options.nickname,
      contacts: () => this.contacts(),
      rooms: () => this.rooms(),
    });
    const { messages, next } = this.#options.store.messages.search(query, { before, limit });
    return { messages: messages.map((message) => this.#core.views.of(message)), next };
  }

  /** Returns the first `limit` messages after this position, in order; null: from the first message on. */
  historyAfter(conversation: ConversationId, after: MessagePosition | null, limit: number): HistoryPage {
    const page = this.#options.store.messages.pageAfter(this.#newestId(conversation), after, limit);
    return { messages: page.messages.map((message) => this.#core.views.of(message)), hasMore: page.hasMore };
  }

  /** Returns files, the newest last: at most `limit` before `before`; null: the newest of all. */
  files(before: MessageId | null, limit: number): FileView[] {
    return this.#core.files.list(before, limit);
  }

  /** The file that this message offers. */
  file(of: MessageId): FileView | undefined {
    return this.#core.files.viewOf(of);
  }

  /** Returns the people that type, for each conversation with such people. */
  typing(): TypingView[] {
    return this.#core.typing.view();
  }

  /** Returns the blocked keys, the one first that was blocked first. */
  blockedKeys(): PeerKey[] {
    return this.#core.blocks.keys();
  }

  /**
   * PROTOCOL 6.88: whether the endpoint refuses connections with this peer. A blocked key may have become the server's since,
   * and a client that has not met its server yet cannot know which key that is.
   */
  refusesPeer(peer: PeerKey): boolean {
    const { blocks, session } = this.#core;
    return session.serverKey !== undefined && session.serverKey !== peer && blocks.has(peer);
  }

  /** The addresses at which the server of this chat is tried, and its key where that is known. */
  placeOfServer(): { readonly addresses: readonly Address[]; readonly key: PeerKey | null } {
    return this.#core.session.placeOfServer();
  }

  /** The addresses at which a person may be tried. Null for a key that is in no client table, and for one that is blocked. */
  placeOf(peer: PeerKey): PeerPlace | null {
    const { contacts, reachability } = this.#core;
    return contacts.find(peer) === undefined ? null : reachability.placeOf(peer);
  }

  /** The addresses of a person that has asked what this side sees. Null where they must not be tried. */
  placeOfAsker(peer: PeerKey): PeerPlace | null {
    return this.#core.checks.placeOfAsker(peer);
  }

  /** Null: the user has chosen nothing for this peer. */
  isClassicWanted(peer: PeerKey): boolean | null {
    return this.#core.contacts.find(peer)?.classic ?? null;
  }

  /** Returns the rooms in which the user has or had a part, and those to which the user is invited. */
  rooms(): RoomView[] {
    return this.#core.rooms.view();
  }

  /** Undefined for a room that is not the user's. */
  room(room: RoomId): RoomView | undefined {
    return this.#core.rooms.viewOf(room);
  }

  /** Undefined for a room that is not the user's. */
  roomMembers(room: RoomId): RoomMembers | undefined {
    return this.#core.rooms.members(room);
  }

  // --- the role -----------------------------------------------------------------------------------------------

  handleEvent(now: Moment, event: EndpointEvent): void {
    this.#run(now, (core) => core.handleEvent(now, event));
  }

  handleTimeout(now: Moment): void {
    this.#run(now, (core) => core.handleTimeout(now));
  }

  handleNetworkChange(now: Moment): void {
    this.#run(now, (core) => core.handleNetworkChange(now));
  }

  handleJob(now: Moment, result: JobResult): void {
    this.#run(now, () => this.#effects.handleJob(now, result));
  }

  pollTimeout(): number | undefined {
    return this.#core.pollTimeout();
  }

  pollAction(): EndpointAction | undefined {
    return this.#effects.pollAction();
  }

  pollJob(): Job | undefined {
    return this.#effects.pollJob();
  }

  pollChange(): ClientEvent | undefined {
    return this.#effects.pollEvent();
  }

  /** Builds the whole core from the store again. Connections are opened again, and open messages are offered again. */
  resetFromStore(now: Moment): void {
    this.#effects.clear();
    const { reachability, session } = this.#core;
    reachability.closeAll();
    session.closeConnection();
    this.#core.typing.forgetAll();
    this.#core = new ClientCore(this.#options, this.#effects, this.#clock, session.memory());
    this.#core.session.resume(now, this.#faults.untilAfterFault(now.monotonicMs) - now.monotonicMs);
  }

  /** Runs one input, and then lets messages and receipts use the routes that it has opened. */
  #run<Result>(now: Moment, input: (core: ClientCore) => Result): Result {
    const result = input(this.#core);
    this.#core.reachability.settle(now);
    return result;
  }

  /** A conversation that moved to a new key is found by its old id, unless the old key is a contact again. */
  #newestId(conversation: ConversationId): ConversationId {
    const peer = peerOfDirect(conversation);
    const isContact = peer !== undefined && this.#core.contacts.find(peer) !== undefined;
    return isContact ? conversation : this.#core.conversations.newestId(conversation);
  }
}
