import type { GuestOf } from '../../../shared/chat/guest.ts';
import type { ProtocolMessage, ProtocolMessageOf, MessageKind } from '../../../shared/chat/kinds.ts';
import { featuresOf } from '../../../shared/chat/features.ts';
import { decodeMessage } from '../../../shared/chat/codec.ts';
import {
  digestFromBytes,
  installationIdFromBytes,
  newMessageId,
  roomIdFromBytes,
  serverEpochFromBytes,
  type InstanceId,
  type MessageId,
  type PeerKey,
  type RoomId,
} from '../../../shared/ids.ts';
import { encodeRoomContent, type RoomContent } from '../../../shared/rooms/content.ts';
import {
  entrySignedBytes,
  logStart,
  type EntryHeader,
  type LogEntry,
  type LogPoint,
  type SignedEntry,
  type SignedHead,
} from '../../../shared/rooms/entry.ts';
import { defaultServerSettings } from '../../../shared/settings.ts';
import { identityFromSeed, signingKeyOf } from '../../crypto/identity.ts';
import { sha256 } from '../../crypto/sha256.ts';
import { signerOf } from '../../crypto/signer.ts';
import type { Identity } from '../../store/client-store.ts';
import { makeRestoredServer } from '../../store/restored.ts';
import type { ServerStore } from '../../store/server-store.ts';
import { openServerStore } from '../../store/sqlite/server/server-store.ts';
import type { Signer } from '../../turn/signer.ts';
import { Registry } from '../../server/registry.ts';
import type { RoomPorts } from '../../server/rooms/ports.ts';
import { RoomService, type RoomMessage } from '../../server/rooms/room-service.ts';

/** Makes identities by number, the same in each run. */
function identityOf(number: number): Identity {
  for (let attempt = 0; attempt < 256; attempt++) {
    const seed = new Uint8Array(32).fill(number);
    seed[0] = attempt;
    const identity = identityFromSeed(seed);
    if (identity !== undefined) return identity;
  }
  throw new Error('no seed of this number makes an identity');
}

export const lab: RoomId = roomIdFromBytes(new Uint8Array(16).fill(0xaa));

/** What an author may write otherwise than an honest client. */
interface EntryOptions {
  readonly id?: MessageId;
  readonly sequence?: number;
  readonly parent?: LogPoint;
  readonly room?: RoomId;
  readonly author?: PeerKey;
  readonly kind?: string;
}

/** For tests: the rooms of a server with a real store and real signatures, without a network. */
export class RoomFixture {
  readonly identity = identityOf(200);
  store: ServerStore = openServerStore();
  rooms: RoomService;
  readonly members = new Map<number, TestMember>();
  readonly online = new Set<PeerKey>();
  nowMs = 1_000;
  erasures = 0;
  #epoch = 1;
  #randoms = 0;

  constructor() {
    this.rooms = this.#build();
    this.turn(() => this.rooms.start(this.now));
  }

  get now() {
    return { monotonicMs: this.nowMs, wallMs: 1_700_000_000_000 + this.nowMs };
  }

  turn<Result>(run: () => Result): Result {
    this.store.begin();
    let result: { readonly value: Result } | undefined;
    this.store.savepoint(() => {
      result = { value: run() };
    });
    this.store.commit();
    if (result === undefined) throw new Error('a turn has run');
    return result.value;
  }

  /** Runs a turn and undoes it, as if its commit had failed. */
  undone(run: () => void): void {
    const undo = new Error('undone');
    this.store.begin();
    try {
      this.store.savepoint(() => {
        run();
        throw undo;
      });
    } catch (error) {
      if (error !== undo) throw error;
    }
    this.store.commit();
    this.reset();
  }

  /** A user that is not in the client table. */
  stranger(number: number): TestMember {
    const stranger = new TestMember(this, identityOf(number));
    this.members.set(number, stranger);
    this.online.add(stranger.key);
    return stranger;
  }

  /** A user that is registered and online. `host`: the user is that one's guest. */
  member(number: number, host?: TestMember): TestMember {
    const known = this.members.get(number);
    if (known !== undefined) return known;
    const member = new TestMember(this, identityOf(number));
    this.members.set(number, member);
    this.#register(member, number, host);
    this.arrive(member);
    return member;
  }

  arrive(member: TestMember): void {
    this.online.add(member.key);
    this.turn(() => this.rooms.handleArrival(member.key));
  }

  leave(member: TestMember): void {
    this.online.delete(member.key);
    this.turn(() => this.rooms.handleDeparture(member.key));
  }

  /** Lets the service do all that is due up to this time. */
  pass(ms: number): void {
    const endMs = this.nowMs + ms;
    for (let dueMs = this.rooms.pollTimeout(); dueMs <= endMs; dueMs = this.rooms.pollTimeout()) {
      this.nowMs = Math.max(this.nowMs, dueMs);
      this.turn(() => this.rooms.handleTimeout(this.now));
    }
    this.nowMs = endMs;
  }

  /** As after a failed commit: the parts are built from the store again. */
  reset(): void {
    const previous = this.rooms;
    this.rooms = this.#build();
    this.turn(() => this.rooms.resume(this.now, previous));
  }

  /** The process starts again, and all clients have to register. */
  restart(): void {
    this.online.clear();
    this.rooms = this.#build();
    this.turn(() => this.rooms.start(this.now));
  }

  /** The database is a backup of this moment, or new; it begins another epoch. */
  restore(store: ServerStore): void {
    this.store = store;
    this.turn(() => makeRestoredServer(store));
    this.#epoch++;
    for (const [number, member] of this.members) this.#register(member, number);
    this.restart();
  }

  #build(): RoomService {
    const { store } = this;
    const ports: RoomPorts = {
      store,
      registry: new Registry(store.names, () => this.nowMs),
      epoch: serverEpochFromBytes(new Uint8Array(8).fill(this.#epoch)),
      key: this.identity.key,
      signingKey: this.identity.signingKey,
      signer: signerOf(this.identity),
      sha256,
      signingKeyOf,
      random: (byteCount) =>
        sha256(new TextEncoder().encode(`server ${this.#randoms++}`)).subarray(0, byteCount),
    };
    const hear = (key: PeerKey, message: ProtocolMessage): void => {
      for (const member of this.members.values())
        if (member.key === key && this.online.has(key)) member.heard.push(message);
    };
    return new RoomService({
      ports,
      context: {
        isStopping: false,
        isOnline: (key) => this.online.has(key),
        perform: () => undefined,
        answer: ({ peer }, message) => hear(peer, message),
        send: hear,
        emit: () => undefined,
      },
      sendBytes: (key, bytes, token) => {
        const decoded = decodeMessage(bytes);
        if (decoded.type === 'message') hear(key, decoded.message);
        this.tokens.push({ key, token });
      },
      eraseSoon: () => {
        this.erasures++;
      },
    });
  }

  /** What the endpoint would say of the messages with a token. */
  readonly tokens: { readonly key: PeerKey; readonly token: string }[] = [];

  /** As the server keeps it after it has verified the signatures. */
  #guestOf(host: TestMember): GuestOf {
    const signature = new Uint8Array(64);
    return {
      host: host.key,
      hostSigningKey: host.signingKey,
      hostSignature: signature,
      guestSignature: signature,
    };
  }

  #register({ key, signingKey }: TestMember, number: number, host?: TestMember): void {
    const { store } = this;
    this.turn(() => {
      const registry = new Registry(store.names, () => 0);
      registry.register(key, {
        signingKey,
        nickname: `person${number}`,
        candidates: [],
        from: { host: `10.0.0.${number}` },
        now: this.now,
        registration: 1,
        instanceId: '0'.repeat(16) as InstanceId,
        userInitiated: true,
        settings: defaultServerSettings,
        features: featuresOf('client', null),
        guestOf: host === undefined ? null : this.#guestOf(host),
      });
      registry.publish(this.nowMs);
    });
    const followers = this.rooms as RoomService | undefined;
    if (followers !== undefined) this.reset();
  }
}

/** A user of a fixture, with the log that it has. */
export class TestMember {
  readonly #fixture: RoomFixture;
  readonly #signer: Signer;
  readonly key: PeerKey;
  readonly signingKey: Identity['signingKey'];
  readonly installation = installationIdFromBytes(new Uint8Array(8).fill(9));
  readonly heard: ProtocolMessage[] = [];
  readonly #sequences = new Map<RoomId, number>();
  #ids = 0;

  constructor(fixture: RoomFixture, identity: Identity) {
    this.#fixture = fixture;
    this.#signer = signerOf(identity);
    this.key = identity.key;
    this.signingKey = identity.signingKey;
  }

  tell(message: RoomMessage): void {
    const fixture = this.#fixture;
    fixture.turn(() => fixture.rooms.handleMessage(fixture.now, this.key, message));
  }

  heardOf<K extends MessageKind>(kind: K): ProtocolMessageOf<K>[] {
    return this.heard.filter((message): message is ProtocolMessageOf<K> => message.kind === kind);
  }

  last<K extends MessageKind>(kind: K): ProtocolMessageOf<K> {
    const message = this.heardOf(kind).at(-1);
    if (message === undefined) throw new Error(`nothing of kind ${kind} was heard`);
    return message;
  }

  /** An entry as an honest client signs it, unless told otherwise. */
  sign(content: RoomContent, options: EntryOptions = {}): SignedEntry {
    return this.signBytes(options.kind ?? content.kind, encodeRoomContent(content), options);
  }

  signBytes(kind: string, bytes: Uint8Array, options: EntryOptions = {}): SignedEntry {
    const { room = lab } = options;
    const header: EntryHeader = {
      room,
      author: options.author ?? this.key,
      installation: this.installation,
      sequence: options.sequence ?? this.#sequences.get(room) ?? 1,
      id:
        options.id ??
        newMessageId(this.#fixture.nowMs, sha256(new TextEncoder().encode(`${this.key}${this.#ids++}`))),
      kind,
      contentHash: digestFromBytes(sha256(bytes)),
      sentAtMs: this.#fixture.now.wallMs,
      parent: options.parent ?? logStart,
    };
    const signature = this.#signer.sign('room-entry', entrySignedBytes(this.#fixture.identity.key, header));
    return { header, signature, content: bytes };
  }

  /** Sends entries, and returns the answer. */
  append(...entries: readonly SignedEntry[]): ProtocolMessageOf<'room-appended'> {
    const room = entries[0]?.header.room ?? lab;
    this.tell({ kind: 'room-append', room, entries: [...entries] });
    const answer = this.last('room-appended');
    this.#sequences.set(room, answer.next);
    return answer;
  }

  /** Writes one entry. Returns the code of the refusal, or undefined. */
  write(content: RoomContent, options: EntryOptions = {}): string | undefined {
    return this.append(this.sign(content, options)).refused?.code;
  }

  /** Writes a text and returns its id. */
  say(text: string, room: RoomId = lab): MessageId {
    const entry = this.sign({ kind: 'text', text }, { room });
    const { refused } = this.append(entry);
    if (refused !== undefined) throw new Error(`refused: ${refused.code}`);
    return entry.header.id;
  }

  follow(room: RoomId = lab, points: LogPoint[] = [logStart], head?: SignedHead): void {
    this.tell({ kind: 'room-follow', room, points, ...(head === undefined ? {} : { head }) });
    this.#fixture.pass(0);
  }

  /** Acknowledges what it has heard, until nothing new comes. Returns the entries that it has. */
  receive(room: RoomId = lab): LogEntry[] {
    for (let count = -1; count !== this.heardOf('room-entries').length;) {
      count = this.heardOf('room-entries').length;
      const delivered = this.entries(room).at(-1)?.position.seq ?? 0;
      this.tell({ kind: 'room-ack', room, delivered, read: 0 });
      this.#fixture.pass(0);
    }
    return this.entries(room);
  }

  /** The entries that came, in order, each once. */
  entries(room: RoomId = lab): LogEntry[] {
    const all = this.heardOf('room-entries').filter((message) => message.room === room);
    return all.flatMap(({ entries }) => entries);
  }
}

/** An open room of member 1, in which these numbers are members, too. */
export function labOf(
  fixture: RoomFixture,
  access: 'open' | 'closed' = 'open',
  ...others: readonly number[]
) {
  const owner = fixture.member(1);
  const refusal = owner.write({ kind: 'create', name: 'lab', access });
  if (refusal !== undefined) throw new Error(refusal);
  return [
    owner,
    ...others.map((number) => {
      const member = fixture.member(number);
      if (access === 'closed') owner.write({ kind: 'invite', member: member.key });
      member.write({ kind: 'join' });
      return member;
    }),
  ] as const;
}
