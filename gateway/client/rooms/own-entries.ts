import { digestFromBytes, type InstallationId, type PeerKey } from '../../../shared/ids.ts';
import { isConversationKind } from '../../../shared/chat/content-kinds.ts';
import { checkpointOf, roomFromCheckpoint } from '../../../shared/rooms/checkpoint.ts';
import {
  entrySignedBytes,
  type EntryHeader,
  type LogEntry,
  type Sha256,
  type SignedEntry,
} from '../../../shared/rooms/entry.ts';
import { applyEntry, refusalOf } from '../../../shared/rooms/reducer.ts';
import type { RoomRefusal } from '../../../shared/rooms/refusals.ts';
import { nextSequenceOf, type RoomState } from '../../../shared/rooms/room-state.ts';
import type { WaitingEntry } from '../../store/room-repository.ts';
import type { Signer } from '../../turn/signer.ts';

export interface OwnAuthor {
  readonly me: PeerKey;
  readonly installation: InstallationId;
  readonly signer: Pick<Signer, 'sign'>;
  readonly sha256: Sha256;
}

/** Signs entries of the user in their order, for the log as the client has it. `next`: the sequence of the first one. */
export function signEntries(
  author: OwnAuthor,
  state: RoomState,
  waiting: readonly WaitingEntry[],
  next: number,
): SignedEntry[] {
  return waiting.map((entry, index) => {
    const header = headerOf(author, state, entry, next + index);
    const signature = author.signer.sign('room-entry', entrySignedBytes(state.server, header));
    return { header, signature, content: entry.content };
  });
}

/** Why the room, as the client has it, refuses an entry of the user now; undefined: it would take it. Changes nothing. */
export function refusalOfOwn(
  author: OwnAuthor,
  state: RoomState,
  waiting: WaitingEntry,
  serverMs: number,
): RoomRefusal | undefined {
  const { me, installation } = author;
  const header = headerOf(author, state, waiting, nextSequenceOf(state, me, installation));
  const entry: LogEntry = {
    header,
    signature: new Uint8Array(64),
    content: waiting.content,
    position: { epoch: state.head.epoch, seq: state.head.seq + 1, takenAtMs: serverMs },
  };
  if (isConversationKind(waiting.kind)) return refusalOf(state, entry);
  const checkpoint = checkpointOf(state);
  // The other kinds also depend on the members that they name. A copy shows what they would do.
  const copy = checkpoint === undefined ? undefined : roomFromCheckpoint(state.server, checkpoint);
  return copy === undefined ? refusalOf(state, entry) : applyEntry(copy, entry, state.head.hash);
}

function headerOf(
  { me, installation, sha256 }: OwnAuthor,
  state: RoomState,
  { id, kind, content, sentAtMs, clockOffsetMs }: WaitingEntry,
  sequence: number,
): EntryHeader {
  return {
    room: state.room,
    author: me,
    installation,
    sequence,
    id,
    kind,
    contentHash: digestFromBytes(sha256(content)),
    sentAtMs,
    ...(clockOffsetMs === null ? {} : { clockOffsetMs }),
    parent: state.head,
  };
}
