import Type from 'typebox';
import {
  roomBatchEntriesMax,
  roomBrowseRowsMax,
  roomFiguresMax,
  roomFollowPointsMax,
  roomReadersMax,
  roomSentEntriesMax,
} from '../limits.ts';
import { AccessField, RoleField, TopicField } from '../rooms/content.ts';
import { LogEntrySchema, LogPointSchema, SignedEntrySchema, SignedHeadSchema } from '../rooms/entry.ts';
import {
  CheckpointPartField,
  CodeField,
  CountField,
  KeyField,
  MessageIdField,
  RetryAfterField,
  RoomIdField,
  RoomNameField,
  SequenceField,
  SignatureField,
} from './fields.ts';

/** The messages between clients and servers about rooms (PROTOCOL 10.38). */

// --- client to server ----------------------------------------------------------------------------------

/**
 * Asks the server to put these entries into the log, in this order. All are of one installation. The server answers with
 * `room-appended`, and takes an entry that it has already as taken. A client has one unanswered batch in a room.
 */
const RoomAppend = Type.Object({
  kind: Type.Literal('room-append'),
  room: RoomIdField,
  entries: Type.Array(SignedEntrySchema, { minItems: 1, maxItems: roomBatchEntriesMax }),
});

/**
 * Asks for the entries after the newest of these points that the server's log has, now and later. The first point is the client's newest
 * entry, the others go back with growing steps, to the start of the log. The server answers with `room-entries`, before it with
 * `room-checkpoint` where the log begins later, or with `room-refused`.
 */
const RoomFollow = Type.Object({
  kind: Type.Literal('room-follow'),
  room: RoomIdField,
  points: Type.Array(LogPointSchema, { minItems: 1, maxItems: roomFollowPointsMax }),
  /**
   * The newest head that the client has from this server: it proves that the client may know the log up to there, also to a server
   * that was restored from a backup and does not know that.
   */
  head: Type.Optional(SignedHeadSchema),
});

/**
 * Entries that the log of a restored server lacks, one after the other, to a head that the server had signed: a batch as the client
 * got it. Answered with `room-appended`.
 */
const RoomOffer = Type.Object({
  kind: Type.Literal('room-offer'),
  room: RoomIdField,
  entries: Type.Array(LogEntrySchema, { minItems: 1, maxItems: roomSentEntriesMax }),
  head: SignedHeadSchema,
});

/** The client has the entries up to `delivered` on its disk. Its user has read up to `read`: 0 where the user does not tell. Not answered. */
const RoomAck = Type.Object({
  kind: Type.Literal('room-ack'),
  room: RoomIdField,
  delivered: CountField,
  read: CountField,
});

/** Asks which members have a message, and which have read it. The server answers the author with `room-readers`. */
const RoomReadersRequest = Type.Object({
  kind: Type.Literal('room-readers-request'),
  room: RoomIdField,
  id: MessageIdField,
});

/** Asks for open rooms. Their names come after this one, by their comparison keys; null: from the first. Answered with `room-list`. */
const RoomBrowse = Type.Object({
  kind: Type.Literal('room-browse'),
  after: Type.Union([RoomNameField, Type.Null()]),
});

/** The user types in this room. Not answered, and not kept. */
const RoomTyping = Type.Object({ kind: Type.Literal('room-typing'), room: RoomIdField });

// --- server to client ----------------------------------------------------------------------------------

/** The entries `taken` are on the server's disk, at these places. The first one that was refused is `refused`, and all after it were not looked at. */
const RoomAppended = Type.Object({
  kind: Type.Literal('room-appended'),
  room: RoomIdField,
  taken: Type.Array(Type.Object({ id: MessageIdField, seq: SequenceField }), {
    maxItems: roomSentEntriesMax,
  }),
  refused: Type.Optional(Type.Object({ id: MessageIdField, code: CodeField, retryAfterMs: RetryAfterField })),
  /** The next sequence of the installation of the batch. */
  next: SequenceField,
});

/** Entries that follow on `from`, and a head that the server has signed: that of the last one, or of `from` where nothing is newer. */
const RoomEntries = Type.Object({
  kind: Type.Literal('room-entries'),
  room: RoomIdField,
  from: LogPointSchema,
  entries: Type.Array(LogEntrySchema, { maxItems: roomSentEntriesMax }),
  head: SignedHeadSchema,
});

/** A part of a signed checkpoint, from the byte `offset` on. `size` is the length of the whole. The parts come in order. */
const RoomCheckpoint = Type.Object({
  kind: Type.Literal('room-checkpoint'),
  room: RoomIdField,
  point: LogPointSchema,
  signature: SignatureField,
  size: CountField,
  offset: CountField,
  bytes: CheckpointPartField,
});

/** The server sends no entries of this room, or no later ones. With an `id`, it does not say the readers of that message. */
const RoomRefused = Type.Object({
  kind: Type.Literal('room-refused'),
  room: RoomIdField,
  code: CodeField,
  retryAfterMs: RetryAfterField,
  id: Type.Optional(MessageIdField),
});

/** How many members have the author's messages, of how many, and how many have read them. The newest figures replace earlier ones. */
const RoomFigures = Type.Object({
  kind: Type.Literal('room-figures'),
  room: RoomIdField,
  items: Type.Array(
    Type.Object({
      id: MessageIdField,
      delivered: CountField,
      read: CountField,
      of: CountField,
    }),
    { minItems: 1, maxItems: roomFiguresMax },
  ),
});

/** Each member of that moment in one of three lists. In `#everyone`, `more` counts those that had no place. */
const RoomReaders = Type.Object({
  kind: Type.Literal('room-readers'),
  room: RoomIdField,
  id: MessageIdField,
  read: Type.Array(KeyField, { maxItems: roomReadersMax }),
  delivered: Type.Array(KeyField, { maxItems: roomReadersMax }),
  pending: Type.Array(KeyField, { maxItems: roomReadersMax }),
  more: CountField,
});

/** This member types in this room. Not answered, and not kept. */
const RoomMemberTyping = Type.Object({
  kind: Type.Literal('room-member-typing'),
  room: RoomIdField,
  member: KeyField,
});

/** Rooms, with the standing of the client in each. `mine`: rows of the client's own rooms that are new or changed. Otherwise an answer to `room-browse`. */
const RoomList = Type.Object({
  kind: Type.Literal('room-list'),
  mine: Type.Boolean(),
  rows: Type.Array(
    Type.Object({
      room: RoomIdField,
      name: RoomNameField,
      topic: TopicField,
      access: AccessField,
      ended: Type.Union([Type.Literal('archived'), Type.Literal('closed'), Type.Null()]),
      /** `former`: the client was a member, and its entries lead up to its end. */
      standing: Type.Union([
        RoleField,
        Type.Literal('invited'),
        Type.Literal('guest'),
        Type.Literal('former'),
      ]),
      members: CountField,
      head: LogPointSchema,
    }),
    { maxItems: roomBrowseRowsMax },
  ),
  /** The name after which the next `room-browse` goes on; null: these were all. */
  next: Type.Union([RoomNameField, Type.Null()]),
});

export const roomMessageSchemas = {
  'room-append': RoomAppend,
  'room-follow': RoomFollow,
  'room-offer': RoomOffer,
  'room-ack': RoomAck,
  'room-readers-request': RoomReadersRequest,
  'room-browse': RoomBrowse,
  'room-typing': RoomTyping,
  'room-appended': RoomAppended,
  'room-entries': RoomEntries,
  'room-checkpoint': RoomCheckpoint,
  'room-refused': RoomRefused,
  'room-figures': RoomFigures,
  'room-readers': RoomReaders,
  'room-member-typing': RoomMemberTyping,
  'room-list': RoomList,
} as const;
