import {
  digestFromBytes,
  fromHex,
  installationIdFromBytes,
  newMessageId,
  peerKeyFromBytes,
  roomIdFromBytes,
  serverEpochFromBytes,
  type InstallationId,
  type MessageId,
  type PeerKey,
  type RoomId,
  type ServerEpoch,
} from '../ids.ts';
import { signatureContexts, type SignatureContext } from '../signature-contexts.ts';
import {
  checkpointOf,
  checkpointSignedBytes,
  encodeCheckpoint,
  type SignedCheckpoint,
} from './checkpoint.ts';
import { ByteWriter } from './byte-writer.ts';
import { encodeRoomContent, type RoomContent } from './content.ts';
import {
  entrySignedBytes,
  headSignedBytes,
  logStart,
  pointOf,
  type EntryHeader,
  type LogEntry,
  type LogPoint,
  type Sha256,
  type SignedEntry,
  type VerifySignature,
} from './entry.ts';
import { applyEntry, type RoomDoor } from './reducer.ts';
import type { RoomRefusal } from './refusals.ts';
import { emptyRoom, everyoneRoom, nextSequenceOf, type RoomState } from './room-state.ts';
import type { LogBatch, LogPorts } from './verify-log.ts';

/** For tests: keys by number, and a server with one room in memory. Its signatures are digests that only look like signatures. */

export function testKey(number: number): PeerKey {
  return peerKeyFromBytes(new Uint8Array(32).fill(number));
}

export function testInstallation(number: number): InstallationId {
  return installationIdFromBytes(new Uint8Array(8).fill(number));
}

export const testServerKey = testKey(0xee);
export const testRoomId = roomIdFromBytes(new Uint8Array(16).fill(0xaa));

/** What an author may write otherwise than an honest client. */
export interface WriteOptions {
  readonly installation?: InstallationId;
  readonly sequence?: number;
  readonly id?: MessageId;
  /** The kind of the header, where it is another one than that of the content. */
  readonly kind?: string;
  readonly parent?: LogPoint;
  /** Bytes in place of a content. */
  readonly bytes?: Uint8Array;
  readonly room?: RoomId;
}

export class TestRoom {
  readonly log: LogEntry[] = [];
  readonly points: LogPoint[] = [];
  readonly #messages = new Map<MessageId, PeerKey>();
  readonly #sha256: Sha256;
  readonly state: RoomState;
  epoch: ServerEpoch = serverEpochFromBytes(new Uint8Array(8).fill(1));
  nowMs = 1_700_000_000_000;
  /** Keys that are not in the client table. */
  readonly strangers = new Set<PeerKey>();
  /** Keys that are guests of a host. */
  readonly guests = new Set<PeerKey>();
  /** The number in the next id. */
  idNumber = 0;

  constructor(sha256: Sha256, room: RoomId = testRoomId) {
    this.#sha256 = sha256;
    this.state = emptyRoom(testServerKey, room);
  }

  get head(): LogPoint {
    return this.points.at(-1) ?? logStart;
  }

  readonly verify: VerifySignature = (context, signer, bytes, signature) =>
    digestFromBytes(this.sign(context, signer, bytes).subarray(0, 32)) ===
      digestFromBytes(signature.subarray(0, 32)) && signature.length === 64;

  sign(context: SignatureContext, signer: PeerKey, bytes: Uint8Array): Uint8Array {
    const label = new TextEncoder().encode(signatureContexts[context]);
    const digest = this.#sha256(
      new ByteWriter(label.length + 32 + bytes.length).raw(label).hex(signer).raw(bytes).bytes,
    );
    return new ByteWriter(64).raw(digest).raw(digest).bytes;
  }

  newId(): MessageId {
    const count = this.idNumber++;
    return newMessageId(this.nowMs, Uint8Array.of(1, 2, 3, 4, count >> 16, count >> 8, count, 5, 6, 7));
  }

  /** An entry as its author signs it, for the log as it is. */
  signed(author: PeerKey, content: RoomContent, options: WriteOptions = {}): SignedEntry {
    const bytes = options.bytes ?? encodeRoomContent(content);
    const isServer = author === testServerKey;
    const installation =
      options.installation ?? (isServer ? installationIdFromBytes(fromHex(this.epoch)) : testInstallation(1));
    const header: EntryHeader = {
      room: options.room ?? this.state.room,
      author,
      installation,
      sequence: options.sequence ?? nextSequenceOf(this.state, author, installation),
      id: options.id ?? this.newId(),
      kind: options.kind ?? content.kind,
      contentHash: digestFromBytes(this.#sha256(bytes)),
      sentAtMs: this.nowMs,
      parent: options.parent ?? this.head,
    };
    const signature = this.sign('room-entry', author, entrySignedBytes(testServerKey, header));
    return { header, signature, content: bytes };
  }

  /** The entry at the end of this log. */
  positioned(entry: SignedEntry): LogEntry {
    return { ...entry, position: { epoch: this.epoch, seq: this.head.seq + 1, takenAtMs: this.nowMs } };
  }

  /** Takes an entry as an honest server, or returns the refusal. */
  write(author: PeerKey, content: RoomContent, options: WriteOptions = {}): RoomRefusal | undefined {
    return this.take(this.signed(author, content, options));
  }

  take(signed: SignedEntry): RoomRefusal | undefined {
    const entry = this.positioned(signed);
    if (this.#messages.has(entry.header.id)) return { code: 'message-id-used' };
    const point = this.pointAfter(this.head, entry);
    const refusal = applyEntry(this.state, entry, point.hash, this.door);
    if (refusal === undefined) this.append(entry, point);
    return refusal;
  }

  /** As a server that does not care for the rules. The own state stays behind. */
  force(signed: SignedEntry): LogEntry {
    const entry = this.positioned(signed);
    this.append(entry, this.pointAfter(this.head, entry));
    return entry;
  }

  append(entry: LogEntry, point: LogPoint): void {
    this.log.push(entry);
    this.points.push(point);
    this.#messages.set(entry.header.id, entry.header.author);
  }

  pointAfter(previous: LogPoint, entry: LogEntry): LogPoint {
    return pointOf(testServerKey, previous.hash, entry, this.#sha256);
  }

  readonly door: RoomDoor = {
    isInRoster: (key) => !this.strangers.has(key),
    isGuest: (key) => this.guests.has(key),
    authorOf: (id) => this.#messages.get(id),
    isErased: (id) => this.log.some(({ header, content }) => header.id === id && content === null),
  };

  /** The entries behind `seq`, up to `last`, with a signed head. */
  batch(seq: number, last: number = this.log.length): LogBatch {
    return { entries: this.log.slice(seq, last), head: this.signedHead(this.points[last - 1] ?? logStart) };
  }

  signedHead(point: LogPoint): LogBatch['head'] {
    const signature = this.sign('room-head', testServerKey, headSignedBytes(this.state.room, point));
    return { point, signature };
  }

  /** The bytes of the state; empty before the first entry. */
  stateBytes(state: RoomState = this.state): Uint8Array {
    const checkpoint = checkpointOf(state);
    return checkpoint === undefined ? new Uint8Array(0) : encodeCheckpoint(checkpoint);
  }

  signedCheckpoint(bytes: Uint8Array = this.stateBytes(), point: LogPoint = this.head): SignedCheckpoint {
    const digest = digestFromBytes(this.#sha256(bytes));
    const signed = checkpointSignedBytes(this.state.room, point, digest);
    return { bytes, signature: this.sign('room-checkpoint', testServerKey, signed) };
  }

  /** What a member needs to check batches. It has the first `known` entries of `room`. */
  ports(known: { readonly ids: ReadonlySet<MessageId>; readonly points: readonly LogPoint[] }): LogPorts {
    return {
      sha256: this.#sha256,
      verify: this.verify,
      hasId: (id) => known.ids.has(id),
      pointAt: (seq) => known.points.find((point) => point.seq === seq),
    };
  }
}

/** An open room of `owner` with these members. */
export function testRoomOf(sha256: Sha256, owner: PeerKey, members: readonly PeerKey[] = []): TestRoom {
  const room = new TestRoom(sha256);
  room.write(owner, { kind: 'create', name: 'lab', access: 'open' });
  for (const member of members) room.write(member, { kind: 'join' });
  return room;
}

/** `#everyone`, with an owner that the operator has named. */
export function testEveryone(sha256: Sha256, owner: PeerKey): TestRoom {
  const room = new TestRoom(sha256, everyoneRoom);
  room.write(testServerKey, { kind: 'create', name: 'everyone', access: 'everyone' });
  room.write(testServerKey, { kind: 'name-owner', member: owner });
  return room;
}
