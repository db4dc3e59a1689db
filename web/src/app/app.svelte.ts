import type { Banned, BanSubject } from '../../../shared/ban.ts';
import type { KnownServer } from '../../../shared/join-address.ts';
import type { CheckTarget } from '../../../shared/bridge/check.ts';
import type { NewOwner, Traffic } from '../../../shared/bridge/administration.ts';
import type { Answer, AnswerTo, Command, CommandOf, Query } from '../../../shared/bridge/commands.ts';
import type { BridgeEvent, Snapshot } from '../../../shared/bridge/events.ts';
import type { Contact } from '../../../shared/bridge/schema.ts';
import type { Statistics } from '../../../shared/bridge/statistics.ts';
import type { CheckReport } from '../../../shared/check/connection-check.ts';
import { directConversation, type ConversationId } from '../../../shared/conversation.ts';
import type { ErrorCode } from '../../../shared/errors.ts';
import type { ExportForm } from '../../../shared/export-forms.ts';
import { isMember, nameOfConversation, sortedRooms } from '../../../shared/model/rooms.ts';
import type { RoomView } from '../../../shared/bridge/rooms.ts';
import {
  parseMessageId,
  roomIdFromBytes,
  type MessageId,
  type PeerKey,
  type RoomId,
} from '../../../shared/ids.ts';
import { newestMessagesMax } from '../../../shared/limits.ts';
import type { NotifyLevel, TypedContent } from '../../../shared/message.ts';
import { idSource } from '../../../shared/new-id.ts';
import {
  applyEvent,
  applySnapshot,
  changeConversation,
  initialState,
  newestConversationId,
  ownKey,
  type ChatState,
} from '../../../shared/model/chat.ts';
import type { ConversationState } from '../../../shared/model/conversation.ts';
import type { Quotas } from '../../../shared/quotas.ts';
import type { SettingName } from '../../../shared/settings.ts';
import { CommandQueue } from '../bridge/command-queue.ts';
import { BrowserCommandStorage } from '../bridge/command-storage.ts';
import { EventBatch } from '../bridge/event-batch.ts';
import { BridgeSocket } from '../bridge/socket.ts';
import { afterPaint } from '../browser/after-paint.ts';
import { beforeLeaving } from '../browser/before-leaving.ts';
import { Attention } from '../browser/attention.svelte.ts';
import { Clock } from '../browser/clock.svelte.ts';
import { Drafts, isTyping } from '../browser/drafts.svelte.ts';
import { chooseLanguage, languageChoice } from '../browser/language.ts';
import { saveFrom } from '../browser/save-from.ts';
import { openStorage } from '../browser/storage.ts';
import { Theme } from '../browser/theme.svelte.ts';
import type {
  AppView,
  CheckSubject,
  JoinTarget,
  MessageAction,
  RoomAction,
  WipeRefusal,
} from '../model/app-view.ts';
import { problemOf, type FormProblem } from '../model/form-problem.ts';
import type { CodeProblem, GatewayStatus, NoAccessCause } from '../model/gateway-status.ts';
import type { LanguageChoice } from '../model/language.ts';
import type { NearbyList } from '../model/nearby-chats.ts';
import type { NotificationAccess, Notice } from '../model/notifications.ts';
import type { PendingMessage } from '../model/pending.ts';
import type { GuestCommand } from '../model/guests.ts';
import { commandToResume } from '../model/resume.ts';
import type { ThemeChoice } from '../model/theme.ts';
import { contactsPath } from '../model/paths.ts';
import { contactAt, pathToConversation, pathToRoom, roomAt } from '../model/route.ts';
import { toastsAfter, withToast, type Toast } from '../model/toasts.ts';
import { OutgoingMessages } from './outgoing-messages.svelte.ts';
import type { PageWay } from './page-way.ts';
import { RoomCreations } from './room-creations.ts';
import { ReadMarker } from './read-marker.svelte.ts';
import { ShownChat } from './shown-chat.svelte.ts';
import { Typing } from './typing.svelte.ts';
import { UserNotifications } from './user-notifications.svelte.ts';

interface StartedCheck {
  readonly target: CheckTarget;
  readonly tell: (told: CheckReport | ErrorCode) => void;
}

/** The parts of the app begin with the way to the gateway. */
class OnWay {
  protected readonly way: PageWay;

  constructor(way: PageWay) {
    this.way = way;
  }
}

/** The composition root of a tab: joins the bridge, the models and the browser, and is the app that components see. */
export class App extends OnWay implements AppView {
  readonly may = this.way.may;
  readonly guest = this.way.guest;
  readonly timeZone = new Intl.DateTimeFormat().resolvedOptions().timeZone;
  readonly #clock = new Clock();
  readonly #attention = new Attention();
  #removedTexts = $state(false);
  readonly #commandStorage = new BrowserCommandStorage(this.way.storage);
  readonly #theme = new Theme(openStorage());
  readonly #drafts = new Drafts(this.way.storage, beforeLeaving, isTyping);
  readonly #creations = new RoomCreations();
  // A plain collection: no component draws it.
  // eslint-disable-next-line svelte/prefer-svelte-reactivity
  readonly #watching = new Map<PeerKey, (statistics: Statistics) => void>();

  /** The connection check, while it is on the screen. */
  #check: StartedCheck | null = null;

  /** The list of chats nearby, while it is on the screen. */
  #onChats: ((nearby: NearbyList) => void) | null = null;

  /** The figures of the server here, while they are on the screen. */
  #onTraffic: ((traffic: Traffic) => void) | null = null;

  #state: ChatState = { ...initialState, messagesMax: newestMessagesMax };
  readonly #chat = new ShownChat();
  #followedMoves = initialState.movedConversations;
  // Raw: states are replaced, never changed, so nothing has to be wrapped.
  #toasts = $state.raw<readonly Toast[]>([]);
  #gateway = $state.raw<GatewayStatus>({ status: 'connecting' });
  #owner = $state.raw<PeerKey | null>(null);
  #sought = $state.raw<AppView['sought']>(null);
  #checked = $state.raw<CheckSubject | null>(null);
  #entering = $state(false);
  #resuming = $state(false);
  /** The user has just joined, and `#everyone` opens when it is there. */
  #opensEveryone = false;
  // Derived once for all rows of the list, which may be 10,000.
  readonly #openContact = $derived.by(() => {
    const contact = contactAt(this.way.places.route, this.#chat);
    return contact?.key === ownKey(this.#chat.session) ? undefined : contact;
  });

  readonly #openRoom = $derived.by(() => roomAt(this.way.places.route, this.#chat));
  readonly #shownConversation = $derived.by(() => {
    if (!this.#attention.attentive || ownKey(this.#chat.session) === null) return null;
    const { openRoom, openContact } = this;
    return openRoom?.conversation ?? (openContact === undefined ? null : directConversation(openContact.key));
  });

  readonly #events = new EventBatch(this.way.ports, (events) => {
    for (const event of events) this.#applyEvent(event);
    this.#afterChange();
  });

  readonly #socket = new BridgeSocket(this.way.ports, {
    gateway: (status) => {
      // Without access, each return to the page tries again. The screen stays until a try succeeds.
      if (this.#gateway.status !== 'no-access' || status.status === 'open') this.#gateway = status;
      if (status.status === 'open') return;
      this.#queue.pause();
      this.#typing.forget();
    },
    snapshot: (snapshot, isRestart) => {
      const resume = isRestart ? commandToResume(this.#chat.session, snapshot) : null;
      this.#applySnapshot(snapshot);
      if (resume !== null) void this.#resume(resume);
    },
    ready: () => {
      this.way.access.fits();
      this.#queue.resume();
      // A subscription ends with its connection.
      for (const peer of this.#watching.keys()) this.#run({ type: 'watch-connection', peer, watch: true });
      this.#notifications.tellAttention();
      if (this.#onChats !== null) this.#run({ type: 'find-chats', on: true });
      if (this.#check !== null) this.#startCheck(this.#check);
      if (this.#onTraffic !== null) this.#run({ type: 'watch-traffic', on: true });
      this.#run({ type: 'watch-typing', on: true });
    },
    event: (event) => this.#events.add(event),
    ephemeral: (event) => {
      if (event.type === 'chats-nearby') this.#onChats?.(event);
      else if (event.type === 'connection-check') this.#check?.tell(event.report);
      else if (event.type === 'traffic') this.#onTraffic?.(event.traffic);
      else if (event.type === 'typing') this.#typing.hear(event.conversation, event.people);
      else if (event.type === 'notification') this.#notifyAfterEvents(event);
      else if (event.type === 'connection-statistics') this.#watching.get(event.peer)?.(event.statistics);
    },
    answer: (id, answer) => {
      const isSend = this.#queue.commandOf(id)?.type === 'send';
      // The message is on the screen already. What comes of it is drawn once.
      if (!isSend) this.#events.flush();
      this.#events.afterwards(() => this.#queue.answer(id, answer));
    },
    protocolError: () => {
      if (!this.way.access.reloadOnce()) this.#gateway = { status: 'other-version' };
    },
    neverGreeted: () => void this.#checkAccess(),
    notAdmitted: () => void this.way.access.causeWithoutAccess().then((cause) => this.#loseAccess(cause)),
    // The tab goes on looking for its gateway.
    stranger: () => (this.#gateway = { status: 'no-access', cause: 'other-program' }),
  });

  readonly #queue = new CommandQueue({
    send: (frame) => this.#socket.send(frame),
    newId,
    nowMs: () => Date.now(),
    storage: this.#commandStorage,
    answered: (stored, answer, sentBefore) => this.#outgoing.answered(stored, answer, sentBefore),
  });

  readonly #outgoing = new OutgoingMessages({
    execute: (command) => this.#run(command),
    storage: this.#commandStorage,
    newMessageId,
    nowMs: () => Date.now(),
  });
  readonly #readMarker = new ReadMarker((command) => this.#run(command), afterPaint);
  readonly #typing = new Typing(
    (command) => this.#run(command),
    () => Date.now(),
  );
  readonly #notifications = new UserNotifications({
    chat: () => this.#chat,
    shown: () => this.#shownConversation,
    isConnected: () => this.#gateway.status === 'open',
    tell: (command) => this.#run(command),
    open: (conversation) => {
      const path = pathToConversation(conversation, this.#chat);
      if (path !== null) this.go(path);
    },
  });

  // --- the state that components see ---------------------------------------------------------------------

  get chat(): ChatState {
    return this.#chat;
  }
  get toasts(): readonly Toast[] {
    return this.#toasts;
  }
  get gateway(): GatewayStatus {
    return this.#gateway;
  }
  get pending(): readonly PendingMessage[] {
    return this.#outgoing.all;
  }
  get nowMs(): number {
    return this.#clock.nowMs;
  }
  get attentive(): boolean {
    return this.#attention.attentive;
  }
  get browserId(): string | null {
    return this.way.browserId;
  }
  get checked(): CheckSubject | null {
    return this.#checked;
  }
  get entering(): boolean {
    return this.#entering;
  }
  get resuming(): boolean {
    return this.#resuming;
  }
  get readingConversation(): ConversationId | null {
    return this.#readMarker.reading;
  }
  get theme(): ThemeChoice {
    return this.#theme.choice;
  }

  get languageChoice(): LanguageChoice {
    return languageChoice();
  }
  get openContact(): Contact | undefined {
    return this.#openContact;
  }
  get unknownName(): string | null {
    const { route } = this.way.places;
    if (route.screen !== 'conversation' || this.openContact !== undefined) return null;
    return 'key' in route ? route.key.slice(0, 8) : route.nickname;
  }
  get openRoom(): RoomView | undefined {
    return this.#openRoom;
  }
  get operatorOpen(): boolean {
    return this.way.places.route.screen === 'operator' && this.chat.hosting !== null;
  }
  get guestsOpen(): boolean {
    return this.way.places.route.screen === 'guests' && this.chat.guests !== null;
  }
  get settingsOpen(): boolean {
    return this.way.places.route.screen === 'settings';
  }
  get unknownRoom(): string | null {
    const { route } = this.way.places;
    if (route.screen !== 'room' || this.openRoom !== undefined) return null;
    return 'name' in route ? route.name : route.room.slice(0, 8);
  }

  // --- the actions of the user -----------------------------------------------------------------------------

  /** Opens the gateway with the secret of a fresh link, if the URL has one, and connects. */
  async start(): Promise<void> {
    window.addEventListener('hashchange', () => void this.#enter());
    window.addEventListener('online', () => this.reconnect());
    window.addEventListener('storage', ({ key }) => this.#drafts.hear(key));
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'visible') this.reconnect();
    });
    await this.#enter();
  }

  host(nickname: string): Promise<FormProblem | null> {
    return this.#enterChat({ type: 'host', nickname });
  }
  join(nickname: string, target: JoinTarget, acceptServer?: KnownServer): Promise<FormProblem | null> {
    const { server, joinCode } = target;
    return this.#enterChat({
      type: 'join',
      nickname,
      server,
      ...(joinCode === undefined ? {} : { joinCode }),
      ...(acceptServer === undefined ? {} : { acceptServer }),
    });
  }
  enterJoinCode(joinCode: string): Promise<ErrorCode | null> {
    return this.#refusalOf({ type: 'register', joinCode });
  }
  async switchChat(chat: string, endHosting: boolean): Promise<ErrorCode | null> {
    const refusal = await this.#refusalOf({ type: 'switch-chat', chat, endHosting });
    if (refusal === null) this.go(contactsPath);
    return refusal;
  }
  openEveryone(): void {
    this.#opensEveryone = true;
    this.#followEveryone();
  }
  async leave(): Promise<void> {
    this.#opensEveryone = false;
    this.go(contactsPath);
    await this.#queue.execute({ type: 'leave' });
  }
  async wipe(nickname: string): Promise<WipeRefusal | null> {
    const answer = await this.#queue.execute({ type: 'wipe', nickname });
    return answer.status === 'done' ? null : { code: answer.code, folders: answer.foldersInUse ?? [] };
  }
  goOffline(): void {
    this.#run({ type: 'deregister' });
  }
  goOnline(): void {
    this.#run({ type: 'register' });
  }
  async enterCode(code: string): Promise<CodeProblem | null> {
    const problem = await this.way.access.useCode(code);
    if (problem === null) this.#socket.connect();
    return problem;
  }
  signOutBrowser(browser: string): Promise<ErrorCode | null> {
    return this.#refusalOf({ type: 'sign-out-browser', browser });
  }
  reconnect(): void {
    // Another tab may have got the cookie since the last try.
    if (this.#gateway.status !== 'other-version' && this.way.comesBack()) this.#socket.connect();
  }

  send(conversation: ConversationId, content: TypedContent): void {
    this.#events.drawsNow();
    this.#outgoing.send(conversation, content);
  }
  retry(id: MessageId): void {
    this.#outgoing.retry(id);
  }
  discard(id: MessageId): void {
    this.#outgoing.discard(id);
  }
  setReading(conversation: ConversationId | null): void {
    this.#readMarker.look(conversation, this.chat);
  }
  setSetting(setting: SettingName, value: boolean): void {
    this.#run({ type: 'set-setting', setting, value });
  }
  setTheme(theme: ThemeChoice): void {
    this.#theme.choose(theme);
  }

  setLanguage(choice: LanguageChoice): void {
    chooseLanguage(choice);
  }
  changeLoaded(conversation: ConversationId, change: (loaded: ConversationState) => ConversationState): void {
    this.#change(changeConversation(this.#state, conversation, change));
  }
  get sought(): AppView['sought'] {
    return this.#sought;
  }
  showMessage(conversation: ConversationId, message: MessageId): void {
    const path = pathToConversation(conversation, this.chat);
    if (path === null) return;
    this.#sought = { conversation, message };
    this.go(path);
  }
  endSeeking(): void {
    this.#sought = null;
  }
  saveConversation(conversation: ConversationId, form: ExportForm): void {
    void this.#queue.execute({ type: 'export', conversation, form }).then((answer) => {
      if (answer.status === 'refused') this.sayRefused(answer.code);
      else saveFrom(`/transfer/${answer.result.ticket}`, answer.result.fileName);
    });
  }

  typingIn(conversation: ConversationId): readonly PeerKey[] {
    return this.#typing.in(conversation);
  }
  tellTyping(conversation: ConversationId): void {
    // Later, it would not be true.
    if (this.#gateway.status === 'open' && this.#chat.settings?.typing === true)
      this.#typing.tell(conversation);
  }

  act(action: MessageAction): void {
    void this.#refusalOf({ ...action, id: newMessageId() }).then((code) => {
      if (code !== null) this.sayRefused(code);
    });
  }
  get notificationAccess(): NotificationAccess {
    return this.#notifications.access;
  }
  askForNotifications(): void {
    this.#notifications.ask();
  }
  setNotify(conversation: ConversationId, notify: NotifyLevel): void {
    this.#run({ type: 'set-notify', conversation, notify });
  }

  async createRoom(name: string, access: 'open' | 'closed', left: AbortSignal): Promise<RoomId | ErrorCode> {
    const room = roomIdFromBytes(crypto.getRandomValues(new Uint8Array(16)));
    const answer = this.#creations.begin(room, name, left);
    const code = await this.#refusalOf({ type: 'room-create', id: newMessageId(), room, name, access });
    if (code !== null) this.#refuseCreation(room, code);
    return answer;
  }
  inRoom(action: RoomAction): Promise<ErrorCode | null> {
    return this.#refusalOf({ ...action, id: newMessageId() });
  }
  browseRooms(after: string | null): Promise<ErrorCode | null> {
    return this.#refusalOf({ type: 'room-browse', after });
  }
  askReaders(room: RoomId, id: MessageId): Promise<ErrorCode | null> {
    return this.#refusalOf({ type: 'room-readers', room, id });
  }

  ask<Q extends Query>(query: Q): Promise<AnswerTo<Q>> {
    return this.#queue.execute(query);
  }
  watchConnection(peer: PeerKey, onStatistics: (statistics: Statistics) => void): () => void {
    this.#watching.set(peer, onStatistics);
    this.#run({ type: 'watch-connection', peer, watch: true });
    return () => {
      this.#watching.delete(peer);
      this.#run({ type: 'watch-connection', peer, watch: false });
    };
  }
  findChats(onChats: (nearby: NearbyList) => void): () => void {
    this.#onChats = onChats;
    this.#run({ type: 'find-chats', on: true });
    return () => {
      this.#onChats = null;
      this.#run({ type: 'find-chats', on: false });
    };
  }
  showCheck(subject: CheckSubject | null): void {
    this.#checked = subject;
  }
  checkConnection(target: CheckTarget, tell: StartedCheck['tell']): () => void {
    const check = { target, tell };
    this.#check = check;
    this.#startCheck(check);
    return () => {
      // Another check has taken its place.
      if (this.#check !== check) return;
      this.#check = null;
      this.#run({ type: 'check', target, on: false });
    };
  }
  watchTraffic(onTraffic: (traffic: Traffic) => void): () => void {
    this.#onTraffic = onTraffic;
    this.#run({ type: 'watch-traffic', on: true });
    return () => {
      this.#onTraffic = null;
      this.#run({ type: 'watch-traffic', on: false });
    };
  }
  acceptKey(peer: PeerKey, key: PeerKey): void {
    this.#run({ type: 'accept-key', peer, key });
  }
  refuseKey(peer: PeerKey, key: PeerKey): void {
    this.#run({ type: 'refuse-key', peer, key });
  }
  setVerified(peer: PeerKey, verified: boolean): void {
    this.#run({ type: 'set-verified', peer, verified });
  }
  setBlocked(peer: PeerKey, blocked: boolean): void {
    this.#run({ type: blocked ? 'block' : 'unblock', peer });
  }
  allow(peer: PeerKey): void {
    this.#run({ type: 'allow', peer });
  }
  acceptServerKey(key: PeerKey): void {
    this.#run({ type: 'accept-server-key', key });
  }
  async setClassic(peer: PeerKey, classic: boolean): Promise<void> {
    await this.#queue.execute({ type: 'set-classic', peer, classic });
  }

  releaseName(nickname: string): Promise<ErrorCode | null> {
    return this.#refusalOf({ type: 'release-name', nickname });
  }
  async ban(subject: BanSubject, days: number | null): Promise<Banned | ErrorCode> {
    const until = days === null ? {} : { days };
    const answer = await this.#queue.execute({ type: 'ban', subject, ...until });
    return answer.status === 'refused' ? answer.code : answer.result.ban.banned;
  }
  unban(subject: BanSubject): Promise<ErrorCode | null> {
    return this.#refusalOf({ type: 'unban', subject });
  }
  requireJoinCode(required: boolean): Promise<ErrorCode | null> {
    return this.#refusalOf({ type: 'require-join-code', required });
  }
  closeRoom(room: RoomId): Promise<ErrorCode | null> {
    return this.#refusalOf({ type: 'close-room', room });
  }
  nameRoomOwner(room: RoomId, owner: NewOwner): Promise<ErrorCode | null> {
    return this.#refusalOf({ type: 'name-room-owner', room, owner });
  }
  setHostQuotas(quotas: Quotas): Promise<ErrorCode | null> {
    return this.#refusalOf({ type: 'set-quotas', quotas });
  }

  changeGuests(command: GuestCommand): Promise<ErrorCode | null> {
    return this.#refusalOf(command);
  }

  draft(conversation: ConversationId): string {
    return this.#drafts.read(this.#owner, conversation);
  }
  peekDraft(conversation: ConversationId): string {
    return this.#drafts.peek(this.#owner, conversation);
  }
  saveDraft(conversation: ConversationId, text: string): void {
    this.#drafts.write(this.#owner, conversation, text);
  }
  begun(conversation: ConversationId): string {
    return this.#drafts.read(this.#owner, conversation, 'writing');
  }
  saveBegun(conversation: ConversationId, stored: string): void {
    this.#drafts.write(this.#owner, conversation, stored, 'writing');
  }
  get keepsEarlierTexts(): boolean {
    const { session, profiles } = this.chat;
    return (
      session.phase === 'none' && profiles.length === 0 && !this.#removedTexts && this.way.storage.hasChats()
    );
  }
  removeEarlierTexts(): void {
    this.way.storage.clearChats();
    this.#removedTexts = true;
  }
  sayRefused(code: ErrorCode): void {
    this.#toasts = withToast(this.#toasts, { kind: 'refused', code, room: null });
  }
  refuseFiles(): void {
    this.#toasts = withToast(this.#toasts, { kind: 'files-refused' });
  }
  dismiss(toast: Toast): void {
    this.#toasts = this.#toasts.filter((other) => other !== toast);
  }
  go(path: string): void {
    this.way.places.go(path);
  }

  // --- the gateway's events --------------------------------------------------------------------------------

  #applySnapshot(snapshot: Snapshot): void {
    this.#events.flush();
    this.#change(applySnapshot(this.#state, snapshot));
    this.#afterChange();
  }

  #change(state: ChatState): void {
    this.#state = state;
    this.#chat.show(state);
  }

  #applyEvent(event: BridgeEvent): void {
    if (event.type === 'wiped') return void this.way.leaveForGood();
    const { guests } = this.#state;
    this.#change(applyEvent(this.#state, event));
    if (event.type === 'room-refused' && this.#refuseCreation(event.room, event.code)) return;
    this.#toasts = toastsAfter(
      this.#toasts,
      event,
      (conversation) => nameOfConversation(this.#chat, conversation),
      guests,
    );
    if (event.type === 'message') this.#outgoing.remove(event.message.id);
    if (event.type === 'read' && event.unread === 0) this.#notifications.handleRead(event.conversation);
    if (event.type === 'reset') this.#notifications.handleReset();
    if (event.type === 'rooms') for (const { room } of event.rooms) this.#creations.answer(room, room);
  }

  /** The notification has names that the events before it tell. */
  #notifyAfterEvents(notice: Notice): void {
    this.#events.flush();
    void this.#notifications.handle(notice);
  }

  /** Returns whether the room was one that the user creates. */
  #refuseCreation(room: RoomId, code: ErrorCode): boolean {
    const creation = this.#creations.answer(room, code);
    if (creation?.left === true)
      this.#toasts = withToast(this.#toasts, { kind: 'refused', code, room: `#${creation.name}` });
    return creation !== undefined;
  }

  #afterChange(): void {
    const owner = ownKey(this.chat.session);
    if (owner !== this.#owner) this.#changeOwner(owner);
    this.#followMoves();
    this.#followEveryone();
    this.#readMarker.markWhenShown(() => this.chat);
  }

  /**
   * The user accepted new keys, here or in another browser: what this tab holds for a previous id of a conversation goes to
   * its newest one.
   */
  #followMoves(): void {
    const { movedConversations } = this.chat;
    if (movedConversations === this.#followedMoves) return;
    this.#followedMoves = movedConversations;
    for (const from of movedConversations.keys()) {
      const to = newestConversationId(this.chat, from);
      if (to === from) continue;
      this.#drafts.move(this.#owner, from, to);
      this.#outgoing.moveConversation(from, to);
    }
  }

  #followEveryone(): void {
    if (!this.#opensEveryone) return;
    const everyone = sortedRooms(this.chat).find(
      (view) => view.access === 'everyone' && isMember(view) && view.ended === null && !view.otherServer,
    );
    // A place that the user has opened since then stays.
    const isFree = this.way.places.route.screen === 'contacts';
    if (everyone === undefined && isFree) return;
    this.#opensEveryone = false;
    if (everyone !== undefined && isFree) this.go(pathToRoom(everyone, this.chat));
  }

  #changeOwner(owner: PeerKey | null): void {
    this.#owner = owner;
    this.#readMarker.forget();
    this.#typing.forget();
    this.#outgoing.setOwner(owner, this.#queue.setOwner(owner));
  }

  // --- the commands ----------------------------------------------------------------------------------------

  #run(command: Command): void {
    void this.#queue.execute(command);
  }

  #startCheck(check: StartedCheck): void {
    void this.#refusalOf({ type: 'check', target: check.target, on: true }).then((code) => {
      if (code !== null && this.#check === check) check.tell(code);
    });
  }

  async #refusalOf(command: Command): Promise<ErrorCode | null> {
    return refusalOf(await this.#queue.execute(command));
  }

  async #enterChat(command: CommandOf<'host' | 'join'>): Promise<FormProblem | null> {
    this.#entering = true;
    const answer = await this.#queue.execute(command);
    this.#entering = false;
    return problemOf(answer);
  }

  /** The gateway has started again, and this tab was in a chat. The first screen shows only if that fails. */
  async #resume(command: CommandOf<'host' | 'join'>): Promise<void> {
    this.#resuming = true;
    await this.#queue.execute(command);
    this.#resuming = false;
  }

  async #enter(): Promise<void> {
    await this.way.access.enter();
    this.#socket.connect();
  }

  async #checkAccess(): Promise<void> {
    this.#loseAccess(await this.way.access.causeOfRefusal());
  }

  #loseAccess(cause: NoAccessCause | undefined): void {
    if (cause === undefined) {
      if (!this.#socket.isConnected) this.#queue.pause();
      return;
    }
    // Another try may have succeeded in the meantime.
    if (this.#gateway.status === 'open' && this.#socket.isConnected) return;
    this.#socket.stop();
    this.#queue.pause();
    this.#gateway = { status: 'no-access', cause };
  }
}

const newId = idSource(() => Date.now());

function newMessageId(): MessageId {
  const id = parseMessageId(newId());
  if (id === undefined) throw new Error('newId() gave no UUIDv7');
  return id;
}

function refusalOf(answer: Answer): ErrorCode | null {
  return answer.status === 'refused' ? answer.code : null;
}
