import type { ProtocolMessage, ProtocolMessageOf } from '../../../shared/chat/kinds.ts';
import { roomConversation } from '../../../shared/conversation.ts';
import type { MessageId, PeerKey, ServerEpoch, SigningKey } from '../../../shared/ids.ts';
import { contentText } from '../../../shared/content-text.ts';
import type { Moment } from '../../../shared/moment.ts';
import type { Role, RoomContent } from '../../../shared/rooms/content.ts';
import { isSamePoint, logStart, type LogPoint } from '../../../shared/rooms/entry.ts';
import { applyEntry } from '../../../shared/rooms/reducer.ts';
import { nextSequenceOf } from '../../../shared/rooms/room-state.ts';
import { TestRoom, testInstallation, testKey, testServerKey } from '../../../shared/rooms/test-room.ts';
import { sha256 } from '../../crypto/sha256.ts';
import type { ClientStore } from '../../store/client-store.ts';
import { openClientStore } from '../../store/sqlite/client/client-store.ts';
import { Blocks } from '../../client/contacts/blocks.ts';
import type { ClientEvent } from '../../client/client-event.ts';
import { ServerClock } from '../../client/connections/server-clock.ts';
import { Conversations } from '../../client/messages/conversations.ts';
import { MessageViews } from '../../client/messages/message-views.ts';
import { Rooms } from '../../client/rooms/rooms.ts';

/** For tests: members of one room, and its server in memory, without a network. */
export class RoomLab {
  server: TestRoom;
  readonly members: LabMember[] = [];
  /** What the server does otherwise than an honest one, to a message that it sends. */
  lie: (message: ProtocolMessageOf<'room-entries'>, to: LabMember) => ProtocolMessageOf<'room-entries'> = (
    message,
  ) => message;
  /** Refuses a `room-append`, in place of the room's rules. */
  refuses: (id: MessageId) => { readonly code: string; readonly retryAfterMs?: number } | undefined = () =>
    undefined;
  nowMs = 0;
  #ids = 0;
  #isSettling = false;

  constructor(server: TestRoom) {
    this.server = server;
  }

  member(number: number): LabMember {
    const member = new LabMember(this, testKey(number));
    this.members.push(member);
    return member;
  }

  now(): Moment {
    return { monotonicMs: this.nowMs, wallMs: this.server.nowMs + this.nowMs };
  }

  newId(): MessageId {
    const count = (++this.#ids).toString(16).padStart(12, '0');
    return `01890a5d-ac96-774b-bcce-${count}` as MessageId;
  }

  /** Lets time pass for all members. */
  pass(ms: number): void {
    this.nowMs += ms;
    for (const member of this.members) member.input((rooms, now) => rooms.handleTimeout(now));
  }

  /** Lets the acknowledgements come that wait (PROTOCOL 10.42), and what they lead to. One that the server's lies prevent never comes. */
  settle(): void {
    if (this.#isSettling) return;
    this.#isSettling = true;
    for (let round = 0; round < 3 && this.members.some(({ isUnanswered }) => isUnanswered); round++)
      this.pass(1);
    this.#isSettling = false;
  }

  /** The server returns to a backup of its first entries, and begins another life. */
  restore(length: number, epoch = '2222222222222222', connects = true): void {
    const backup = new TestRoom(sha256, this.server.state.room);
    backup.nowMs = this.server.nowMs + 1;
    for (const entry of this.server.log.slice(0, length)) {
      const point = backup.pointAfter(backup.head, entry);
      applyEntry(backup.state, entry, point.hash, backup.door);
      backup.append(entry, point);
    }
    backup.epoch = epoch as ServerEpoch;
    backup.idNumber = 1_000 * (this.server.idNumber + 1);
    this.server = backup;
    if (connects) for (const member of this.members) member.connect();
  }

  /** What the server does with a message of a member. */
  receive(from: LabMember, message: ProtocolMessage): void {
    switch (message.kind) {
      case 'room-follow':
        from.sentTo =
          message.points.find((point) => isSamePoint(this.#pointAt(point.seq), point)) ?? logStart;
        return this.#send(from);
      case 'room-ack':
        from.acked = message;
        from.isUnanswered = false;
        if (from.sentTo !== null && from.sentTo.seq < this.server.head.seq) this.#send(from);
        return;
      case 'room-append':
        this.#append(from, message);
        return this.fanOut();
      case 'room-offer':
        this.#takeOffer(from, message);
        return this.fanOut();
      default:
        from.sent.push(message);
    }
  }

  /** Sends the newest entries to all that follow. */
  fanOut(): void {
    for (const member of this.members)
      if (member.sentTo !== null && !member.isUnanswered && member.sentTo.seq < this.server.head.seq)
        this.#send(member);
  }

  #append(from: LabMember, { room, entries }: ProtocolMessageOf<'room-append'>): void {
    const taken: { id: MessageId; seq: number }[] = [];
    let refused: ProtocolMessageOf<'room-appended'>['refused'];
    for (const entry of entries) {
      const { id } = entry.header;
      const known = this.server.log.find(({ header }) => header.id === id);
      const refusal = known === undefined ? (this.refuses(id) ?? this.server.take(entry)) : undefined;
      if (refusal !== undefined) {
        refused = { id, ...refusal };
        break;
      }
      taken.push({ id, seq: known?.position.seq ?? this.server.head.seq });
    }
    const next = nextSequenceOf(this.server.state, from.key, testInstallation(1));
    from.receive({ kind: 'room-appended', room, taken, ...(refused === undefined ? {} : { refused }), next });
  }

  #takeOffer(from: LabMember, { room, entries }: ProtocolMessageOf<'room-offer'>): void {
    const taken: { id: MessageId; seq: number }[] = [];
    for (const entry of entries) {
      const known = this.server.log.find(({ header }) => header.id === entry.header.id);
      if (known === undefined) {
        const point = this.server.pointAfter(this.server.head, entry);
        const isNext = entry.position.seq === this.server.head.seq + 1;
        if (isNext && applyEntry(this.server.state, entry, point.hash, this.server.door) === undefined)
          this.server.append(entry, point);
        else if (this.server.take(entry) !== undefined) continue;
      }
      taken.push({ id: entry.header.id, seq: known?.position.seq ?? this.server.head.seq });
    }
    const next = nextSequenceOf(this.server.state, from.key, testInstallation(1));
    from.receive({ kind: 'room-appended', room, taken, next });
  }

  #send(to: LabMember): void {
    const from = to.sentTo ?? logStart;
    const { entries, head } = this.server.batch(from.seq, Math.min(this.server.log.length, from.seq + 128));
    to.sentTo = head.point;
    to.isUnanswered = true;
    to.receive(
      this.lie({ kind: 'room-entries', room: this.server.state.room, from, entries: [...entries], head }, to),
    );
  }

  #pointAt(seq: number): LogPoint {
    return this.server.points[seq - 1] ?? logStart;
  }
}

export class LabMember {
  readonly key: PeerKey;
  readonly store: ClientStore = openClientStore();
  readonly events: ClientEvent[] = [];
  /** What the server got of this member and does not answer. */
  readonly sent: ProtocolMessage[] = [];
  acked: ProtocolMessageOf<'room-ack'> | null = null;
  sentTo: LogPoint | null = null;
  isUnanswered = false;
  readonly session = { serverKey: testServerKey, isOnline: false };
  readonly #lab: RoomLab;
  readonly blocks: Blocks;
  #conversations: Conversations;
  #rooms: Rooms;
  #queue: ProtocolMessage[] = [];
  #isRunning = false;

  constructor(lab: RoomLab, key: PeerKey) {
    this.#lab = lab;
    this.key = key;
    this.blocks = new Blocks(this.store);
    this.#conversations = new Conversations(this.store);
    this.#rooms = this.#newRooms();
  }

  get room() {
    return this.#lab.server.state.room;
  }

  get conversation() {
    return roomConversation(this.room);
  }

  /** Ends the process, and starts another one. */
  restart(): void {
    this.session.isOnline = false;
    this.sentTo = null;
    this.#queue = [];
    this.#conversations = new Conversations(this.store);
    this.#rooms = this.#newRooms();
  }

  /** A connection to the server, which tells the member that the room is one of its own. */
  connect(): void {
    this.session.isOnline = true;
    this.sentTo = null;
    this.isUnanswered = false;
    this.#queue = [];
    this.input((rooms, now) => rooms.handleRegistered(now, this.#lab.server.epoch));
    this.learnRow(this.#lab.server.state.members.get(this.key) ?? 'former');
  }

  /** The server tells the member what it is in the room. */
  learnRow(standing: Role | 'former' | 'invited'): void {
    const { state, head } = this.#lab.server;
    const about = state.about ?? { name: 'lab', topic: '', access: 'open', ended: null };
    const { name, topic, access, ended } = about;
    const row = { room: state.room, name, topic, access, ended, standing, members: state.members.size, head };
    this.receive({ kind: 'room-list', mine: true, rows: [row], next: null });
  }

  disconnect(): void {
    this.session.isOnline = false;
    this.sentTo = null;
    this.#queue = [];
    this.input((rooms) => rooms.handleOffline());
  }

  receive(message: ProtocolMessage): void {
    if (this.session.isOnline) this.input((rooms, now) => rooms.handleMessage(now, message));
  }

  write(content: RoomContent, id = this.#lab.newId()): string {
    let code = '';
    this.input((rooms, now) => {
      const result = rooms.write(now, this.room, { id, content });
      code = result.status === 'done' ? '' : result.code;
    });
    return code;
  }

  say(text: string): MessageId {
    const id = this.#lab.newId();
    if (this.write({ kind: 'text', text }, id) !== '') throw new Error(`${text} was refused`);
    return id;
  }

  /** The user reads all that is here. */
  readAll(): void {
    const newest = this.messages.at(-1);
    if (newest === undefined) return;
    this.input((rooms) => {
      if (this.#conversations.markRead(newest)) rooms.handleRead(this.conversation);
    });
  }

  /** Runs one turn, and then gives the server what it has sent. */
  input(run: (rooms: Rooms, now: Moment) => void): void {
    this.store.begin();
    run(this.#rooms, this.#lab.now());
    this.store.commit();
    if (this.#isRunning) return;
    this.#isRunning = true;
    for (let message = this.#queue.shift(); message !== undefined; message = this.#queue.shift())
      this.#lab.receive(this, message);
    this.#isRunning = false;
    this.#lab.settle();
  }

  get view() {
    return this.#rooms.view().find(({ room }) => room === this.room);
  }

  /** The codes with which the server refused what is no message. */
  get refusals(): string[] {
    return this.events.flatMap((event) => (event.type === 'room-refused' ? [event.code] : []));
  }

  get findings(): string[] {
    return this.view?.findings.map(({ kind }) => kind) ?? [];
  }

  /** The words that the user sees, in their order. */
  get texts(): string[] {
    return this.messages
      .filter(({ content }) => content.kind !== 'notice')
      .map(({ content }) => contentText(content));
  }

  get messages() {
    return this.store.messages.page(this.conversation, null, 1_000).messages;
  }

  deliveryOf(id: MessageId) {
    return this.#rooms.deliveryOf(this.conversation, id);
  }

  #newRooms(): Rooms {
    const { store, key, blocks } = this;
    const context = {
      transport: () => undefined,
      send: (_peer: PeerKey, message: ProtocolMessage) => void this.#queue.push(message),
      runJob: () => undefined,
      emit: (event: ClientEvent) => void this.events.push(event),
    };
    return new Rooms({
      store,
      context,
      me: key,
      session: this.session,
      contacts: { keys: () => [], find: () => undefined },
      blocks,
      signer: {
        sign: (signatureContext, bytes) => this.#lab.server.sign(signatureContext, key, bytes),
        verify: (signatureContext, signer, bytes, signature) =>
          this.#lab.server.verify(signatureContext, signer as string as PeerKey, bytes, signature),
      },
      signingKeyOf: (peer) => peer as string as SigningKey,
      sha256,
      installation: testInstallation(1),
      clock: new ServerClock(context),
      conversations: this.#conversations,
      eraser: { eraseSoon: () => undefined },
      views: new MessageViews({
        context,
        me: key,
        conversations: this.#conversations,
        outbox: { deliveryOf: () => ({ state: 'saved' }) },
        roomDeliveryOf: (_conversation, id) => this.deliveryOf(id),
        onNew: () => undefined,
      }),
    });
  }
}
