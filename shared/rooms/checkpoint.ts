import { encode } from 'cborg';
import Type, { type StaticDecode } from 'typebox';
import { decodeCbor } from '../chat/cbor.ts';
import {
  InstallationField,
  KeyField,
  MessageIdField,
  RoomIdField,
  RoomNameField,
  SequenceField,
  WallClockField,
} from '../chat/fields.ts';
import { decodeBySchema, encodeBySchema } from '../chat/transcoder.ts';
import type { Digest, PeerKey, RoomId } from '../ids.ts';
import {
  roomAuthorInstallationsMax,
  roomAuthorsMax,
  roomBansMax,
  roomFormerReadersMax,
  roomInvitationsMax,
  roomMembersMax,
  roomPinsMax,
  roomSilencedMax,
} from '../limits.ts';
import { ByteWriter } from './byte-writer.ts';
import { AccessField, HistoryField, ModeField, RetentionField, RoleField, TopicField } from './content.ts';
import {
  isSamePoint,
  pointBytes,
  LogPointSchema,
  writePoint,
  type LogPoint,
  type VerifySignature,
} from './entry.ts';
import { emptyRoom, type RoomState } from './room-state.ts';

/**
 * The state of a room at one entry of its log (PROTOCOL 10.24 to 10.27). A reducer starts from it where the entries before it
 * are cut off, or are not for this member. A client also keeps unsigned ones of its own, so that it can go back to them.
 */
export const CheckpointSchema = Type.Object({
  room: RoomIdField,
  /** The newest entry that the state contains. */
  point: LogPointSchema,
  name: RoomNameField,
  topic: TopicField,
  access: AccessField,
  mode: ModeField,
  history: HistoryField,
  retention: RetentionField,
  ended: Type.Union([Type.Literal('archived'), Type.Literal('closed'), Type.Null()]),
  /** Sorted by their keys, as the next three. */
  members: Type.Array(Type.Object({ key: KeyField, role: RoleField }), { maxItems: roomMembersMax }),
  invited: Type.Array(KeyField, { maxItems: roomInvitationsMax }),
  silenced: Type.Array(KeyField, { maxItems: roomSilencedMax }),
  banned: Type.Array(KeyField, { maxItems: roomBansMax }),
  /** The one that left first is first. */
  formerReaders: Type.Array(KeyField, { maxItems: roomFormerReadersMax }),
  /** The one that was pinned first is first. */
  pins: Type.Array(MessageIdField, { maxItems: roomPinsMax }),
  /** The one that has written nothing for the longest time is first, and so are its installations. */
  authors: Type.Array(
    Type.Object({
      key: KeyField,
      lastPostAtMs: Type.Union([WallClockField, Type.Null()]),
      installations: Type.Array(Type.Object({ installation: InstallationField, next: SequenceField }), {
        maxItems: roomAuthorInstallationsMax,
      }),
    }),
    { maxItems: roomAuthorsMax },
  ),
});
export type Checkpoint = StaticDecode<typeof CheckpointSchema>;

/** Returns the state as a checkpoint; undefined before the first entry, because there is nothing to start from. */
export function checkpointOf(state: RoomState): Checkpoint | undefined {
  if (state.about === null) return undefined;
  return {
    room: state.room,
    point: state.head,
    ...state.about,
    members: [...state.members].map(([key, role]) => ({ key, role })).toSorted(byKey),
    invited: [...state.invited].toSorted(),
    silenced: [...state.silenced].toSorted(),
    banned: [...state.banned].toSorted(),
    formerReaders: [...state.formerReaders],
    pins: [...state.pins],
    authors: [...state.authors].map(([key, { lastPostAtMs, nextSequences }]) => ({
      key,
      lastPostAtMs,
      installations: [...nextSequences].map(([installation, next]) => ({ installation, next })),
    })),
  };
}

/** Returns the state of a room at its checkpoint. The entries after `point` lead on from there. */
export function roomFromCheckpoint(server: PeerKey, checkpoint: Checkpoint): RoomState {
  const { room, point, name, topic, access, mode, history, retention, ended } = checkpoint;
  const state = emptyRoom(server, room);
  state.head = point;
  state.about = { name, topic, access, mode, history, retention, ended };
  for (const { key, role } of checkpoint.members) state.members.set(key, role);
  for (const key of checkpoint.invited) state.invited.add(key);
  for (const key of checkpoint.silenced) state.silenced.add(key);
  for (const key of checkpoint.banned) state.banned.add(key);
  for (const key of checkpoint.formerReaders) state.formerReaders.add(key);
  for (const id of checkpoint.pins) state.pins.add(id);
  for (const { key, lastPostAtMs, installations } of checkpoint.authors) {
    const nextSequences = new Map(installations.map(({ installation, next }) => [installation, next]));
    state.authors.set(key, { nextSequences, lastPostAtMs });
  }
  return state;
}

export function encodeCheckpoint(checkpoint: Checkpoint): Uint8Array {
  return encode(encodeBySchema(CheckpointSchema, checkpoint));
}

/** Returns undefined unless the bytes are a checkpoint. */
export function decodeCheckpoint(bytes: Uint8Array): Checkpoint | undefined {
  return decodeBySchema(CheckpointSchema, decodeCbor(bytes)) as Checkpoint | undefined;
}

/** The bytes that the server signs, in the context `room-checkpoint`. `digest` is that of the encoded checkpoint. */
export function checkpointSignedBytes(room: RoomId, point: LogPoint, digest: Digest): Uint8Array {
  return writePoint(new ByteWriter(16 + pointBytes + 32).hex(room), point).hex(digest).bytes;
}

/** The bytes of a checkpoint with the server's signature. */
export interface SignedCheckpoint {
  readonly bytes: Uint8Array;
  readonly signature: Uint8Array;
}

/** Returns the checkpoint of this room, if the server has signed it. */
export function readCheckpoint(
  server: PeerKey,
  room: RoomId,
  { bytes, signature }: SignedCheckpoint,
  ports: { readonly digestOf: (bytes: Uint8Array) => Digest; readonly verify: VerifySignature },
): Checkpoint | undefined {
  const checkpoint = decodeCheckpoint(bytes);
  if (checkpoint?.room !== room) return undefined;
  const signed = checkpointSignedBytes(room, checkpoint.point, ports.digestOf(bytes));
  return ports.verify('room-checkpoint', server, signed, signature) ? checkpoint : undefined;
}

/**
 * Compares a checkpoint with the state of a member that has the entries. `unchecked`: the state is of another entry, or contains an
 * entry of a later version. Fields of a later version are not compared.
 */
export function compareCheckpoint(
  state: RoomState,
  checkpoint: Checkpoint,
): 'equal' | 'differs' | 'unchecked' {
  const { point } = checkpoint;
  const own = checkpointOf(state);
  if (own === undefined || state.hasLaterKinds) return 'unchecked';
  if (point.seq !== state.head.seq || point.epoch !== state.head.epoch) return 'unchecked';
  if (!isSamePoint(point, state.head)) return 'differs';
  const [expected, actual] = [encodeCheckpoint(own), encodeCheckpoint(checkpoint)];
  const isEqual = expected.length === actual.length && expected.every((byte, at) => byte === actual[at]);
  return isEqual ? 'equal' : 'differs';
}

function byKey(one: { readonly key: PeerKey }, other: { readonly key: PeerKey }): number {
  return one.key < other.key ? -1 : 1;
}
