import type { Address, InterfaceAddress } from '../../shared/address.ts';
import { decodeMessage, errorAbout } from '../../shared/chat/codec.ts';
import type { Rejection } from '../../shared/chat/codes.ts';
import type { HostStatement } from '../../shared/chat/guest.ts';
import type { Grease } from '../../shared/chat/grease.ts';
import { isFileMessage } from '../../shared/chat/file-kinds.ts';
import type { ProtocolMessage, ProtocolMessageOf } from '../../shared/chat/kinds.ts';
import {
  newMessageId,
  type InstallationId,
  type JoinCode,
  type MessageId,
  type PeerKey,
  type SigningKey,
} from '../../shared/ids.ts';
import type { FingerprintOf, HostName, JoinAddress } from '../../shared/join-address.ts';
import type { ProveJoinCode } from '../../shared/join-code.ts';
import type { Moment } from '../../shared/moment.ts';
import type { Sha256 } from '../../shared/rooms/entry.ts';
import type { ClientStore, Identity, StoredMessage } from '../store/client-store.ts';
import type { EndpointEvent } from '../transport/events.ts';
import type { Signer, SigningKeyCheck } from '../turn/signer.ts';
import { PeerChecks } from './connections/peer-checks.ts';
import { PeerClasses } from './connections/peer-classes.ts';
import { Reachability } from './connections/reachability.ts';
import type { ServerClock } from './connections/server-clock.ts';
import { Session, type SessionMemory } from './connections/session.ts';
import { isGuestOf as isProvedGuestOf, type GuestCheck, type GuestChecks } from '../turn/guest-statement.ts';
import { errorToken, OpenErrors } from '../turn/open-errors.ts';
import type { CoreContext } from './context.ts';
import { Eraser } from '../turn/eraser.ts';
import { OwnMailKeys } from './mail/own-mail-keys.ts';
import { RecipientMailKeys } from './mail/recipient-mail-keys.ts';
import { Conversations } from './messages/conversations.ts';
import { DeliveryReceipts } from './messages/delivery-receipts.ts';
import { Inbox } from './messages/inbox.ts';
import { Outbox } from './messages/outbox.ts';
import { MessageViews } from './messages/message-views.ts';
import { OwnMessages } from './messages/own-messages.ts';
import { ReadReceipts } from './messages/read-receipts.ts';
import { Typing } from './messages/typing.ts';
import { SenderLimits } from './messages/sender-limits.ts';
import { Withdrawals } from './messages/withdrawals.ts';
import { Blocks } from './contacts/blocks.ts';
import { Contacts } from './contacts/contacts.ts';
import { Files } from './files/files.ts';
import { Preferences } from './preferences.ts';
import { Rooms } from './rooms/rooms.ts';

export interface ClientOptions {
  readonly store: ClientStore;
  readonly identity: Identity;
  readonly isSigningKeyOf: SigningKeyCheck;
  readonly installation: InstallationId;
  readonly nickname: string;
  readonly fingerprintOf: FingerprintOf;
  readonly server: JoinAddress;
  readonly hostName?: HostName<Address> | undefined;
  readonly isOwnAddress?: (address: Address) => boolean;
  readonly joinCode?: JoinCode | undefined;
  readonly proveJoinCode: ProveJoinCode;
  /** This machine's interface addresses right now. */
  readonly interfaces: () => readonly InterfaceAddress[];
  /** Formatted addresses at which others can reach this client's socket. */
  readonly candidates: () => readonly string[];
  /** Signs with the identity. */
  readonly signer: Signer;
  /**
   * For a guest: returns what the host has signed for this guest at that server (`Client.signGuest`). Asked at each
   * registration, because the server's key is known only then. Left out by a user with a program of their own.
   */
  readonly guestOf?: ((server: PeerKey) => HostStatement) | undefined;
  /** Returns the public key of 32 secret bytes (RFC 7748 section 6.1). */
  readonly publicKeyOf: (secretKey: Uint8Array) => Uint8Array;
  /** The one signing key of a peer; undefined for what is no peer's key. */
  readonly signingKeyOf: (peer: PeerKey) => SigningKey | undefined;
  readonly sha256: Sha256;
  /** Unpredictable bytes. */
  readonly random: (byteCount: number) => Uint8Array;
  /** Sends unknown things now and then; null: never. */
  readonly grease: Grease | null;
}

/** A server that leaves gaps is asked for them no more often. */
const rosterAskIntervalMs = 5_000;

/**
 * All parts of a client that hold what is in its store, connected to each other. After a failed commit the client drops the
 * core and builds another one from the store.
 */
export class ClientCore {
  readonly blocks: Blocks;
  readonly contacts: Contacts;
  readonly session: Session;
  readonly reachability: Reachability;
  readonly checks: PeerChecks;
  readonly conversations: Conversations;
  readonly outbox: Outbox;
  readonly ownMessages: OwnMessages;
  readonly views: MessageViews;
  readonly withdrawals: Withdrawals;
  readonly receipts: DeliveryReceipts;
  readonly reads: ReadReceipts;
  readonly typing: Typing;
  readonly limits: SenderLimits;
  readonly inbox: Inbox;
  readonly preferences: Preferences;
  readonly eraser: Eraser;
  readonly ownMailKeys: OwnMailKeys;
  readonly recipientMailKeys: RecipientMailKeys;
  readonly rooms: Rooms;
  readonly files: Files;
  readonly #classes: PeerClasses;
  readonly #openErrors = new OpenErrors();
  readonly #context: CoreContext;
  readonly #clock: ServerClock;
  /** When a gap in the roster may be asked for again. */
  #rosterAskableAtMs = Number.NEGATIVE_INFINITY;

  /** `memory` comes from the session of the core that failed. */
  constructor(options: ClientOptions, context: CoreContext, clock: ServerClock, memory?: SessionMemory) {
    const { store, installation, interfaces, signer } = options;
    const me = options.identity.key;
    this.#context = context;
    this.#clock = clock;
    const blocks = new Blocks(store);
    const isGuestOf: GuestCheck = (guestOf, guest) => this.#isGuestOf(options, guestOf, guest);
    const contacts = new Contacts({ ...options, context, me, blocks, clock, isGuestOf });
    const eraser = (this.eraser = new Eraser(context));
    const ownMailKeys = new OwnMailKeys({ ...options, context, clock, eraser });
    const session = new Session({ ...options, context, contacts, mailKeys: ownMailKeys }, memory);
    const files = () => this.files;
    const classes = (this.#classes = new PeerClasses({ context, contacts, session, files }));
    const reachability = new Reachability({ context, session, contacts, blocks, interfaces });
    this.checks = new PeerChecks({ ...options, context, me, contacts, blocks, session, reachability });
    const recipientMailKeys = new RecipientMailKeys({ context, contacts, reachability, signer, clock });
    const conversations = new Conversations(store);
    // Receipts go before messages, since receipts follow the routes first.
    const receipts = new DeliveryReceipts({
      store,
      context,
      me,
      newId: (now) => newMessageId(now.wallMs, options.random(10)),
      reachability,
      mailKeys: recipientMailKeys,
    });
    const mailKeys = recipientMailKeys;
    const outbox = new Outbox({ store, context, me, clock, reachability, mailKeys, grease: options.grease });
    const limits = (this.limits = new SenderLimits({ store, contacts, receipts }));
    const withdrawals = (this.withdrawals = new Withdrawals({ store, context, session }));
    const views = (this.views = new MessageViews({
      context,
      me,
      conversations,
      outbox,
      roomDeliveryOf: (conversation, id) => this.rooms.deliveryOf(conversation, id),
      onNew: (message) => this.#handleNew(message),
    }));
    this.typing = new Typing({ store, context, me, contacts, blocks, session, rooms: () => this.rooms });
    const shared = { store, context, me, contacts, blocks, limits, conversations, outbox, receipts, eraser };
    const reads = new ReadReceipts(shared);
    const inbox = new Inbox({ ...shared, views, reads, clock, session, mailKeys: ownMailKeys });
    this.rooms = new Rooms({ ...options, ...shared, views, session, clock });
    this.files = new Files({ ...options, ...shared, reachability, rooms: this.rooms, classes });
    session.observe(() => this.#handleSession());
    this.blocks = blocks;
    this.contacts = contacts;
    this.session = session;
    this.reachability = reachability;
    this.conversations = conversations;
    this.receipts = receipts;
    this.outbox = outbox;
    this.ownMessages = new OwnMessages({ ...shared, views, withdrawals, installation, clock });
    this.reads = reads;
    this.inbox = inbox;
    this.ownMailKeys = ownMailKeys;
    this.recipientMailKeys = recipientMailKeys;
    this.preferences = new Preferences({ store, context, receipts, session, typing: this.typing });
  }

  handleEvent(now: Moment, event: EndpointEvent): void {
    this.#openErrors.handleEvent(event);
    switch (event.type) {
      case 'received':
        if (!this.#openErrors.isRefused(event)) this.#handleBytes(now, event);
        return;
      case 'other-version':
        return this.#context.emit({
          type: 'other-version',
          from: event.from.host,
          version: event.version,
          others: event.others,
        });
      case 'received-unreliable':
        return this.#handleUnreliable(now, event.peer, event.bytes);
      case 'attempt':
      case 'writable':
      case 'acknowledged':
        return this.#tellSenders(now, event, this.#context.followConnection(event));
      case 'undelivered':
        this.#tellSenders(now, event, this.#context.followConnection(event));
        if (event.cause === 'no-connection') this.#handleNoConnection(now, event);
        return;
      case 'moved':
        if (!this.#context.followConnection(event)) return;
        if (!this.session.handleEvent(now, event)) this.reachability.handleEvent(now, event);
        return;
      case 'connected':
        this.#tellSenders(now, event, this.#context.followConnection(event));
        this.#handleConnection(now, event);
        return this.#classes.handleConnected(event.peer);
      case 'disconnected':
        return this.#handleDisconnected(now, event);
      case 'dial-failed':
        return this.#handleConnection(now, event);
      default:
        event satisfies never;
    }
  }

  handleTimeout(now: Moment): void {
    this.session.handleTimeout(now);
    this.reachability.handleTimeout(now);
    this.inbox.handleTimeout(now);
    this.outbox.handleTimeout(now);
    this.withdrawals.handleTimeout(now);
    this.receipts.handleTimeout(now);
    this.typing.handleTimeout(now);
    this.ownMailKeys.handleTimeout(now);
    this.recipientMailKeys.handleTimeout(now);
    this.rooms.handleTimeout(now);
    this.files.handleTimeout(now);
    this.eraser.handleTimeout(now);
  }

  pollTimeout(): number | undefined {
    const { session, reachability, inbox, outbox, withdrawals, receipts } = this;
    const { typing, ownMailKeys, recipientMailKeys, rooms, files, eraser } = this;
    const parts = [session, reachability, inbox, outbox, withdrawals, receipts, typing, ownMailKeys];
    const deadlines = [...parts, recipientMailKeys, rooms, files, eraser]
      .map((part) => part.pollTimeout())
      .filter((due) => due !== undefined);
    return deadlines.length === 0 ? undefined : Math.min(...deadlines);
  }

  /** Peers that were out of reach are tried at once. */
  handleNetworkChange(now: Moment): void {
    this.session.handleNetworkChange(now);
    // PROTOCOL 6.42: a clock that was set looks like a sleep.
    this.#clock.checkForStep(now);
    if (this.session.isOnline && this.session.serverKey !== undefined)
      this.#clock.ask(this.session.serverKey);
    this.reachability.forgiveAll();
  }

  #handleNew(message: StoredMessage): void {
    this.typing.handleMessage(message.conversation, message.author);
    this.files.handleNew(message);
  }

  #isGuestOf(checks: GuestChecks, ...[guestOf, guest]: Parameters<GuestCheck>): boolean {
    const { serverKey } = this.session;
    return serverKey !== undefined && isProvedGuestOf(guestOf, guest, serverKey, checks);
  }

  #handleSession(): void {
    if (!this.session.isOnline) {
      this.ownMailKeys.handleOffline();
      this.recipientMailKeys.handleServerChange();
      this.rooms.handleOffline();
    }
    if (!this.session.isAway) return;
    this.inbox.forgetUnaccepted();
    this.typing.forgetAll();
    this.checks.forgetAll();
    this.files.handleAway();
  }

  #handleDisconnected(now: Moment, event: Extract<EndpointEvent, { type: 'disconnected' }>): void {
    const isCurrent = this.#context.followConnection(event);
    this.#tellSenders(now, event, isCurrent);
    this.#classes.handleDisconnected(event.peer);
    // PROTOCOL 4.7: a process that has started again took the place of the previous one. Its `connected` follows.
    if (!isCurrent || event.cause === 'replaced') return;
    this.#handleConnection(now, event);
    const { peer } = event;
    const other = this.#context.currentConnection(peer);
    if (other === undefined) return;
    // Another process of the peer is still connected.
    this.#handleConnection(now, { type: 'connected', peer, dial: null, ...other });
  }

  /**
   * After an undone input, the client closes its connections behind what it did in the same turn. A `connected` that it took
   * before that may be of a connection that it closes. The endpoint does not tell the end of such a connection.
   */
  #handleNoConnection(
    now: Moment,
    { peer, instance }: Extract<EndpointEvent, { type: 'undelivered' }>,
  ): void {
    if (instance === null || !this.#context.isLive(peer, instance)) return;
    this.#handleDisconnected(now, { type: 'disconnected', peer, instance, cause: 'refused' });
  }

  /** What an earlier connection of the peer still says matters only to messages that were offered there. */
  #tellSenders(now: Moment, event: EndpointEvent, isCurrent: boolean): void {
    this.outbox.handleEvent(now, event);
    if (!isCurrent) return;
    if ('peer' in event && event.peer === this.session.serverKey) this.rooms.handleEvent(now, event);
    this.inbox.handleEvent(event);
    this.receipts.handleEvent(now, event);
    this.files.handleEvent(now, event);
  }

  #handleConnection(
    now: Moment,
    event: Extract<EndpointEvent, { type: 'connected' | 'disconnected' | 'dial-failed' }>,
  ): void {
    if (this.session.handleEvent(now, event)) return;
    const isBlocked = 'peer' in event && this.blocks.has(event.peer);
    if (!this.session.isAway && !isBlocked) return this.reachability.handleEvent(now, event);
    // A user who went offline is offline for all peers; their messages wait on the server. A blocked peer sees the same.
    if (event.type === 'connected')
      this.#context.transport({ type: 'close', peer: event.peer, reason: 'goodbye' });
  }

  #handleBytes(now: Moment, event: Extract<EndpointEvent, { type: 'received' }>): void {
    const { peer, bytes } = event;
    // PROTOCOL 6.88: the message was under way when the user blocked its sender. A blocked key may be the server's.
    if (this.blocks.has(peer) && peer !== this.session.serverKey) return;
    const decoded = decodeMessage(bytes);
    if (decoded.type !== 'message') {
      // An `error` is never answered.
      if (decoded.kind !== 'error') this.#sendError(now, peer, errorAbout(decoded));
    } else if (peer === this.session.serverKey) this.#handleServerMessage(now, peer, decoded.message);
    else if (!this.session.isAway) {
      // What is said about files on an earlier connection is over.
      if (isFileMessage(decoded.message) && !this.#context.followConnection(event)) return;
      this.#handlePeerMessage(now, peer, decoded.message);
    }
  }

  /** PROTOCOL 6.101: only hints come unreliably, and nothing there is answered. */
  #handleUnreliable(now: Moment, peer: PeerKey, bytes: Uint8Array): void {
    const isServer = peer === this.session.serverKey;
    if (this.blocks.has(peer) && !isServer) return;
    const decoded = decodeMessage(bytes);
    if (decoded.type !== 'message') return;
    const { message } = decoded;
    if (isServer && message.kind === 'room-member-typing') this.#handleServerMessage(now, peer, message);
    if (!isServer && !this.session.isAway && message.kind === 'typing') this.typing.handleTyping(now, peer);
  }

  #handleServerMessage(now: Moment, server: PeerKey, message: ProtocolMessage): void {
    const { session, contacts, reachability, outbox, inbox, receipts } = this;
    switch (message.kind) {
      case 'registered':
        if (!session.handleRegistered(now, message)) return;
        contacts.handleRegistered();
        this.#measureClock(now, message.wallMs);
        this.ownMailKeys.handleRegistered(now, server);
        outbox.handleEpoch(message.epoch);
        this.withdrawals.handleRegistered(now);
        this.rooms.handleRegistered(now, message.epoch);
        return inbox.expectBacklog(message.waiting);
      case 'time-reply':
        return this.#measureClock(now, message.wallMs);
      case 'register-rejected':
        return session.handleNotRegistered(now, message);
      case 'deregistered':
        return session.handleDeregistered(message);
      case 'roster':
        return this.#handleRoster(now, server, message);
      case 'location':
        contacts.handleLocation(message);
        return reachability.handleLocation(now, message.key);
      case 'check-request':
      case 'check-reply':
        return this.checks.handleMessage(now, server, message);
      case 'deliver':
        if (!session.isAway) inbox.handleDeliver(now, server, message);
        return;
      case 'stored':
        if (!receipts.handleStored(now, message.id)) outbox.handleStored(server, message.id);
        return;
      case 'withdrawn':
        return this.withdrawals.handleWithdrawn(now, message);
      case 'bounces': {
        for (const bounce of message.items) this.#handleBounce(now, bounce);
        const ids = message.items.map(({ id }) => id);
        return this.#context.send(server, { kind: 'receipt-ack', ids }, 'receipt-ack');
      }
      case 'reject':
        return this.#handleReject(now, server, message);
      case 'error':
        if (message.code === 'not-registered') return session.handleNotKnown(now);
        if (message.about === 'mail-key-request' && message.code === 'too-often')
          return this.recipientMailKeys.handleTooOften(now);
        if (message.about === 'check-request') return this.checks.handleError(server, message.code);
        return this.#handleError(now, server, message);
      case 'room-member-typing':
        return this.typing.handleRoomMember(now, message.room, message.member);
      case 'mail-keys-wanted':
        return this.ownMailKeys.handleWanted(now, message.oneTimeLeft);
      case 'mail-keys-kept':
        return this.ownMailKeys.handleKept(now, message);
      case 'mail-key':
        return this.recipientMailKeys.handleMailKey(now, server, message);
      default:
        if (this.rooms.handleMessage(now, message)) return;
        return this.#sendUnknownKind(now, server, message);
    }
  }

  #handleRoster(now: Moment, server: PeerKey, message: ProtocolMessageOf<'roster'>): void {
    const result = this.contacts.handleRoster(message);
    if (result.type === 'taken') {
      for (const peer of result.newlyReachable) this.reachability.handleReturn(now, peer);
      for (const peer of result.newlyAccepted) this.limits.tellSender(peer);
      return this.inbox.handleRoster();
    }
    if (now.monotonicMs < this.#rosterAskableAtMs) return;
    this.#rosterAskableAtMs = now.monotonicMs + rosterAskIntervalMs;
    this.#context.send(server, { kind: 'roster-request', ...result.has }, 'roster-request');
  }

  #handlePeerMessage(now: Moment, peer: PeerKey, message: ProtocolMessage): void {
    switch (message.kind) {
      case 'message':
        this.reachability.forgive(peer);
        this.#classes.handleMessage(peer);
        return this.inbox.handleMessage(now, peer, message);
      case 'receipt':
        this.reads.handleReceipt(now, peer, message, 'direct');
        return this.#context.send(peer, { ...message, kind: 'receipt-ack' }, 'receipt-ack');
      case 'receipt-ack':
        return this.receipts.handleReceiptAck(now, peer, message);
      case 'reject':
        return this.outbox.handleReject(now, peer, message.id, message);
      case 'typing':
        return this.typing.handleTyping(now, peer);
      case 'check-request':
      case 'check-reply':
        return this.checks.handleMessage(now, peer, message);
      case 'error':
        if (message.about === 'check-request') return this.checks.handleError(peer, message.code);
        return this.#handleError(now, peer, message);
      default:
        if (this.files.handleMessage(now, peer, message)) return;
        return this.#sendUnknownKind(now, peer, message);
    }
  }

  #handleBounce(now: Moment, bounce: ProtocolMessageOf<'bounces'>['items'][number]): void {
    const receipt = this.receipts.handleBounce(now, bounce);
    if (receipt === undefined) return this.outbox.handleBounce(now, bounce);
    if (receipt.read !== undefined) this.reads.tellAgain(bounce.recipient, receipt.read);
  }

  #measureClock(now: Moment, serverWallMs: number): void {
    this.#clock.handleTime(now, serverWallMs);
    this.outbox.handleClock();
    this.contacts.handleClock();
  }

  #handleReject(now: Moment, server: PeerKey, rejection: Rejection & { readonly id: MessageId }): void {
    if (!this.receipts.handleReject(now, rejection.id, rejection.code))
      this.outbox.handleReject(now, server, rejection.id, rejection);
  }

  /** PROTOCOL 6.62: a peer that cannot read a message refuses it for good. */
  #handleError(now: Moment, peer: PeerKey, { code, id }: ProtocolMessageOf<'error'>): void {
    if (id !== undefined) this.#handleReject(now, peer, { id, code });
  }

  /** A kind of this protocol that its sender does not send to a client. */
  #sendUnknownKind(now: Moment, peer: PeerKey, message: ProtocolMessage): void {
    const id = 'id' in message ? message.id : undefined;
    this.#sendError(now, peer, errorAbout({ type: 'unknown-kind', kind: message.kind, id }));
  }

  /** PROTOCOL 7.13: a peer that does not take its errors gets no more, and is refused. */
  #sendError(now: Moment, peer: PeerKey, message: ProtocolMessageOf<'error'>): void {
    const instance = this.#context.currentConnection(peer)?.instance;
    if (instance === undefined) return;
    if (this.#openErrors.add(now.monotonicMs, { peer, instance }, this.#classes.classOf(peer)))
      return this.#context.send(peer, message, errorToken);
    this.#handleDisconnected(now, { type: 'disconnected', peer, instance, cause: 'refused' });
    this.#context.transport({ type: 'refuse', peer, instance });
  }
}
