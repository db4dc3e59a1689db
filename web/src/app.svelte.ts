import { uuidv7 } from 'uuidv7';
import { parseMessageId, type MessageId, type PeerKey } from '../../shared/ids.ts';
import { historyMessagesMax } from '../../shared/limits.ts';
import {
  type Command,
  type CommandOf,
  type Answer,
  type SafetyNumber,
} from '../../shared/bridge/commands.ts';
import { resultOf } from '../../shared/command-result.ts';
import { directConversation, peerOfDirect } from '../../shared/conversation.ts';
import type { NamesResult } from '../../shared/bridge/administration.ts';
import type { Person } from '../../shared/bridge/schema.ts';
import type { ErrorCode } from '../../shared/errors.ts';
import type { Quotas } from '../../shared/quotas.ts';
import type { Statistics } from '../../shared/bridge/statistics.ts';
import { checkAccess, exchangeSecret, secretIn } from './bridge/access.ts';
import { bridgeUrl, browserSocketPorts } from './bridge/browser-ports.ts';
import { CommandQueue } from './bridge/command-queue.ts';
import { BrowserCommandStorage, type StoredCommand } from './bridge/command-storage.ts';
import { EventBatch } from './bridge/event-batch.ts';
import { BridgeSocket } from './bridge/socket.ts';
import { Attention } from './browser/attention.svelte.ts';
import { Clock } from './browser/clock.svelte.ts';
import { Drafts } from './browser/drafts.ts';
import { Navigation } from './browser/navigation.svelte.ts';
import { openStorage } from './browser/storage.ts';
import type { AppView } from './model/app-view.ts';
import { conversationWith, ownKey, type ChatState } from './model/chat.ts';
import { ChatStore } from './model/chat-store.svelte.ts';
import { problemOf, type FormProblem } from './model/first-screen.ts';
import type { GatewayStatus } from './model/gateway-status.ts';
import type { Toast } from './model/toasts.ts';
import type { PendingMessage } from './model/pending.ts';
import { PendingStore } from './model/pending-store.svelte.ts';
import { contactsPath, personOf } from './model/route.ts';

/** Composition root of the tab: joins the bridge, the states and the browser, and is what components see. */
export class App implements AppView {
  readonly timeZone = new Intl.DateTimeFormat().resolvedOptions().timeZone;
  readonly #chat = new ChatStore();
  readonly #pending = new PendingStore();
  readonly #clock = new Clock();
  readonly #attention = new Attention();
  readonly #navigation = new Navigation();
  readonly #storage = openStorage();
  readonly #commandStorage = new BrowserCommandStorage(this.#storage);
  readonly #drafts = new Drafts(this.#storage);
  // Plain collections: nothing on the screen is drawn from them.
  // eslint-disable-next-line svelte/prefer-svelte-reactivity
  readonly #loadingOlder = new Set<PeerKey>();
  // eslint-disable-next-line svelte/prefer-svelte-reactivity
  readonly #markedRead = new Map<PeerKey, MessageId>();
  #owner: PeerKey | null = null;
  #gateway = $state.raw<GatewayStatus>({ status: 'connecting' });
  #entering = $state(false);
  #readingPeer = $state.raw<PeerKey | null>(null);

  readonly #ports = browserSocketPorts(bridgeUrl(location));
  readonly #events = new EventBatch(this.#ports, (events) => {
    for (const event of events) {
      this.#chat.event(event);
      if (event.type === 'message') this.#pending.remove(event.message.id);
      // What was being written to the one key is for the other.
      if (event.type === 'key-accepted') {
        this.saveDraft(event.key, this.draft(event.peer));
        this.saveDraft(event.peer, '');
      }
    }
    this.#afterChange();
  });

  readonly #socket = new BridgeSocket(this.#ports, {
    gateway: (status) => {
      // A page without access tries again when it is looked at; until that succeeds it stays what it is.
      if (this.#gateway.status !== 'no-access' || status.status === 'open') this.#gateway = status;
      if (status.status !== 'open') this.#queue.pause();
    },
    snapshot: (snapshot) => {
      this.#events.flush();
      this.#chat.snapshot(snapshot);
      this.#loadingOlder.clear();
      this.#afterChange();
    },
    ready: () => {
      sessionStorage.removeItem(reloadedKey);
      this.#queue.resume();
    },
    event: (event) => this.#events.add(event),
    answer: (id, answer) => {
      this.#events.flush();
      this.#queue.answer(id, answer);
    },
    protocolError: () => this.#reloadOnce(),
    neverGreeted: () => void this.#checkAccess(),
  });

  readonly #queue = new CommandQueue({
    send: (frame) => this.#socket.send(frame),
    newId: uuidv7,
    nowMs: () => Date.now(),
    storage: this.#commandStorage,
    answered: (stored, answer, sentBefore) => this.#answered(stored, answer, sentBefore),
  });

  // --- what is so --------------------------------------------------------------------------------------

  get chat(): ChatState {
    return this.#chat.current;
  }
  get gateway(): GatewayStatus {
    return this.#gateway;
  }
  get pending(): readonly PendingMessage[] {
    return this.#pending.all;
  }
  get nowMs(): number {
    return this.#clock.nowMs;
  }
  get attentive(): boolean {
    return this.#attention.attentive;
  }
  get entering(): boolean {
    return this.#entering;
  }
  get readingPeer(): PeerKey | null {
    return this.#readingPeer;
  }
  get openContact(): Person | undefined {
    const contact = personOf(this.#navigation.route, this.chat.contacts);
    return contact?.key === ownKey(this.chat.session) ? undefined : contact;
  }
  get unknownName(): string | null {
    const { route } = this.#navigation;
    if (route.screen === 'people' || this.openContact !== undefined) return null;
    return 'key' in route ? route.key.slice(0, 8) : route.nickname;
  }

  // --- what a person can do ------------------------------------------------------------------------------

  /** Opens the gateway with the secret of a fresh link, if the address has one, and connects. */
  async start(): Promise<void> {
    window.addEventListener('hashchange', () => void this.#enter());
    window.addEventListener('online', () => this.reconnect());
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'visible') this.reconnect();
    });
    await this.#enter();
  }

  host(nickname: string): Promise<FormProblem | null> {
    return this.#enterChat({ type: 'host', nickname });
  }
  join(nickname: string, server: string, acceptServerKey?: PeerKey): Promise<FormProblem | null> {
    const accepted = acceptServerKey === undefined ? {} : { acceptServerKey };
    return this.#enterChat({ type: 'join', nickname, server, ...accepted });
  }
  leave(): void {
    this.#run({ type: 'leave' });
    this.go(contactsPath);
  }
  goOffline(): void {
    this.#run({ type: 'deregister' });
  }
  goOnline(): void {
    this.#run({ type: 'register' });
  }
  reconnect(): void {
    // Another tab may have brought the cookie meanwhile.
    if (this.#gateway.status !== 'other-version') this.#socket.connect();
  }

  send(peer: PeerKey, text: string): void {
    const id = parseMessageId(uuidv7());
    if (id === undefined) throw new Error('uuidv7() gave no UUIDv7');
    this.#pending.put({ id, peer, text, typedAtMs: Date.now(), state: { kind: 'kept' } });
    this.#run({
      type: 'send',
      id,
      conversation: directConversation(peer),
      content: { kind: 'text', text },
    });
  }
  retry(id: MessageId): void {
    const refused = this.#takeRefused(id);
    if (refused === undefined) {
      this.#run({ type: 'retry', id });
      return;
    }
    this.#pending.put({ ...refused, state: { kind: 'kept' } });
    this.#run({
      type: 'send',
      id,
      conversation: directConversation(refused.peer),
      content: { kind: 'text', text: refused.text },
    });
  }
  discard(id: MessageId): void {
    if (this.#takeRefused(id) === undefined) this.#run({ type: 'discard', id });
    else this.#pending.remove(id);
  }

  reading(peer: PeerKey | null): void {
    this.#readingPeer = peer;
    this.#markRead();
  }
  setReadReceipts(on: boolean): void {
    this.#run({ type: 'set-setting', setting: 'readReceipts', value: on });
  }
  setLastSeen(on: boolean): void {
    this.#run({ type: 'set-setting', setting: 'lastSeen', value: on });
  }
  async loadOlder(peer: PeerKey): Promise<void> {
    const conversation = conversationWith(this.chat, peer);
    const before = conversation.messages[0]?.id;
    if (!conversation.hasMore || before === undefined || this.#loadingOlder.has(peer)) return;
    this.#loadingOlder.add(peer);
    const answer = await this.#queue.execute({
      type: 'history',
      conversation: directConversation(peer),
      before,
      limit: historyMessagesMax / 4,
    });
    this.#loadingOlder.delete(peer);
    const page = resultOf(answer);
    if (page !== undefined) this.#chat.history(peer, before, page);
  }

  async statistics(peer: PeerKey): Promise<Statistics | undefined> {
    return resultOf(await this.#queue.execute({ type: 'statistics', peer }));
  }
  async safetyNumber(peer: PeerKey): Promise<SafetyNumber | undefined> {
    return resultOf(await this.#queue.execute({ type: 'safety-number', peer }));
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
  acceptServerKey(key: PeerKey): void {
    this.#run({ type: 'accept-server-key', key });
  }
  async setClassic(peer: PeerKey, classic: boolean): Promise<void> {
    await this.#queue.execute({ type: 'set-classic', peer, classic });
  }

  async hostNames(part: string): Promise<NamesResult | undefined> {
    return resultOf(await this.#queue.execute({ type: 'names', part }));
  }
  async releaseName(nickname: string): Promise<ErrorCode | null> {
    return refusalOf(await this.#queue.execute({ type: 'release-name', nickname }));
  }
  async hostQuotas(): Promise<Quotas | undefined> {
    return resultOf(await this.#queue.execute({ type: 'quotas' }))?.quotas;
  }
  async setHostQuotas(quotas: Quotas): Promise<ErrorCode | null> {
    return refusalOf(await this.#queue.execute({ type: 'set-quotas', quotas }));
  }

  draft(peer: PeerKey): string {
    return this.#drafts.read(this.#owner, peer);
  }
  saveDraft(peer: PeerKey, text: string): void {
    this.#drafts.write(this.#owner, peer, text);
  }
  dismiss(toast: Toast): void {
    this.#chat.dismiss(toast);
  }
  go(path: string): void {
    this.#navigation.go(path);
  }

  // --- inside --------------------------------------------------------------------------------------------

  async #enter(): Promise<void> {
    const secret = secretIn(location.hash);
    if (secret !== undefined) {
      await exchangeSecret(fetchFromGateway, secret);
      // Another link may have been opened in this page meanwhile: its secret is not this one's to drop.
      if (secretIn(location.hash) === secret) this.#navigation.dropHash();
    }
    this.#socket.connect();
  }

  async #enterChat(command: CommandOf<'host' | 'join'>): Promise<FormProblem | null> {
    this.#entering = true;
    const answer = await this.#queue.execute(command);
    this.#entering = false;
    return problemOf(answer);
  }

  /** A refused upgrade looks like any other failure to a page, so the reason is asked for by HTTP. */
  async #checkAccess(): Promise<void> {
    const access = await checkAccess(fetchFromGateway);
    if (access !== 'missing' || this.#gateway.status === 'open') return;
    this.#socket.stop();
    this.#gateway = { status: 'no-access' };
  }

  /** The gateway was updated under an open tab: the page that it serves now fits. If not, say so. */
  #reloadOnce(): void {
    if (sessionStorage.getItem(reloadedKey) === null) {
      sessionStorage.setItem(reloadedKey, '1');
      location.reload();
    } else this.#gateway = { status: 'other-version' };
  }

  #run(command: Command): void {
    void this.#queue.execute(command);
  }

  #afterChange(): void {
    const owner = ownKey(this.chat.session);
    if (owner !== this.#owner) this.#changeOwner(owner);
    this.#markRead();
  }

  #changeOwner(owner: PeerKey | null): void {
    this.#owner = owner;
    this.#markedRead.clear();
    this.#pending.clear();
    for (const stored of this.#queue.setOwner(owner)) this.#show(stored, { kind: 'kept' });
    if (owner === null) return;
    for (const stored of this.#commandStorage.refused(owner)) {
      if (stored.refusal !== undefined) this.#show(stored, { kind: 'refused', ...stored.refusal });
    }
  }

  #show({ command, typedAtMs }: StoredCommand, state: PendingMessage['state']): void {
    if (command.type !== 'send') return;
    const peer = peerOfDirect(command.conversation);
    if (peer === undefined) return;
    this.#pending.put({ id: command.id, peer, text: command.content.text, typedAtMs, state });
  }

  #answered(stored: StoredCommand, answer: Answer, sentBefore: boolean): void {
    const { command } = stored;
    if (command.type !== 'send') return;
    if (answer.status === 'refused') {
      const refusal = { code: answer.code, retry: answer.retry };
      this.#commandStorage.put({ ...stored, refusal });
      this.#show(stored, { kind: 'refused', ...refusal });
    } else if (sentBefore) {
      // It was carried out before, perhaps long ago: its message came with the snapshot or lies above it.
      this.#pending.remove(command.id);
    } else if (this.#pending.find(command.id) !== undefined) this.#show(stored, { kind: 'saved' });
  }

  /** Takes a message that the gateway refused out of the storage; undefined when it is the gateway's own by now. */
  #takeRefused(id: MessageId): PendingMessage | undefined {
    const message = this.#pending.find(id);
    if (message?.state.kind !== 'refused' || this.#owner === null) return undefined;
    for (const stored of this.#commandStorage.refused(this.#owner)) {
      if (stored.command.type === 'send' && stored.command.id === id) this.#commandStorage.remove(stored);
    }
    return message;
  }

  /** Once for each newest message that somebody looks at. */
  #markRead(): void {
    const peer = this.#readingPeer;
    if (peer === null) return;
    const conversation = conversationWith(this.chat, peer);
    const newest = conversation.messages.findLast((message) => message.author !== this.#owner);
    // A latecomer makes a conversation unread again whose newest message was read.
    if (conversation.unread === 0) this.#markedRead.delete(peer);
    if (conversation.unread === 0 || newest === undefined || this.#markedRead.get(peer) === newest.id) return;
    this.#markedRead.set(peer, newest.id);
    this.#run({ type: 'mark-read', conversation: conversation.conversation, id: newest.id });
  }
}

const reloadedKey = 'chatagram:reloaded';

function refusalOf(answer: Answer): ErrorCode | null {
  return answer.status === 'refused' ? answer.code : null;
}

function fetchFromGateway(path: string, init?: RequestInit): Promise<Response> {
  return fetch(path, init);
}
