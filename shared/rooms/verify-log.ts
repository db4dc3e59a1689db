import type { MessageId, PeerKey } from '../ids.ts';
import {
  hasSignedContent,
  headSignedBytes,
  entrySignedBytes,
  isSamePoint,
  pointOf,
  type LogEntry,
  type LogPoint,
  type Sha256,
  type SignedHead,
  type VerifySignature,
} from './entry.ts';
import { applyEntry, expectSequenceOf, passOver } from './reducer.ts';
import type { RoomRefusalCode } from './refusals.ts';
import { nextSequenceOf, type RoomState } from './room-state.ts';

/**
 * The checks of a member before it believes its server (PROTOCOL 10.28). A server can order, delay and withhold. It cannot forge,
 * alter or repeat an entry, and cannot show two logs of one room, without a finding at a member.
 */
export const findings = {
  'wrong-head': { taken: false, when: 'The signature of the head is not by the server.' },
  fork: {
    taken: false,
    when: 'The server has signed two logs of one life of its database, or an author has seen another log than this one.',
  },
  restored: {
    taken: false,
    when: 'The log of the server is of another life of its database, and does not contain what this member has.',
  },
  'log-gap': {
    taken: false,
    when: 'The entries do not follow one another, or not the newest one of this member.',
  },
  'broken-chain': {
    taken: false,
    when: 'The hashes of the entries do not lead to the signed head: an entry or its position was changed.',
  },
  'wrong-checkpoint': {
    taken: false,
    when: 'A checkpoint is not signed by the server, or is not the state that the entries lead to.',
  },
  forged: { taken: true, when: 'The signature of an entry is not by its author, for this room and server.' },
  altered: { taken: true, when: 'The content of an entry is not the one that its author signed.' },
  repeated: {
    taken: true,
    when: 'The log had an entry with this id, or with this sequence of its installation.',
  },
  'sequence-gap': {
    taken: true,
    when: 'Entries of an installation are missing: a sequence is not the next one.',
  },
  'against-the-rules': {
    taken: true,
    when: 'The table of rights or another rule refuses the entry (10.17).',
  },
} as const satisfies Record<string, { readonly taken: boolean; readonly when: string }>;

export type FindingKind = keyof typeof findings;

/** One thing that is wrong, for the user and for the log of the program. */
export interface Finding {
  readonly kind: FindingKind;
  /** The entry; null where it is about the batch as a whole. */
  readonly entry: { readonly seq: number; readonly author: PeerKey; readonly id: MessageId } | null;
  /** Only of `against-the-rules`. */
  readonly code?: RoomRefusalCode;
}

export interface LogBatch {
  readonly entries: readonly LogEntry[];
  /** Signs the last of the entries. */
  readonly head: SignedHead;
}

export interface LogPorts {
  readonly sha256: Sha256;
  readonly verify: VerifySignature;
  /** Whether the member has an entry of this room with this id. */
  readonly hasId: (id: MessageId) => boolean;
  /** The point of an entry that the member has; undefined where it is cut off. */
  readonly pointAt: (seq: number) => LogPoint | undefined;
}

export interface TakenEntry {
  /** Without a content that was altered. */
  readonly entry: LogEntry;
  readonly point: LogPoint;
  /** False: the entry has a place in the log and no effect. It is not shown. */
  readonly hasEffect: boolean;
}

export type BatchResult =
  | { readonly type: 'taken'; readonly entries: readonly TakenEntry[]; readonly findings: readonly Finding[] }
  /** The state is as it was. */
  | { readonly type: 'refused'; readonly finding: Finding };

/** Checks a batch of a server and applies it to the member's state. Entries that the member has are left out. */
export function takeBatch(state: RoomState, batch: LogBatch, ports: LogPorts): BatchResult {
  if (!isSignedHead(state, batch.head, ports.verify)) return refused('wrong-head');
  const fresh = batch.entries.filter(({ position }) => position.seq > state.head.seq);
  if (fresh.length === 0) return checkOldHead(state, batch.head.point, ports);
  const chained: ChainedEntry[] = [];
  let last = state.head;
  for (const entry of fresh) {
    if (entry.position.seq !== last.seq + 1) return refused('log-gap', entry);
    const signed = entrySignedBytes(state.server, entry.header);
    last = pointOf(state.server, last.hash, entry, ports.sha256, signed);
    chained.push({ entry, signed, point: last });
  }
  const { point } = batch.head;
  if (!isSamePoint(last, point))
    return refused(state.head.epoch === point.epoch ? 'broken-chain' : 'restored');
  return takeChained(state, chained, ports);
}

/** An entry of a batch, with what its place in the chain gives. */
interface ChainedEntry {
  readonly entry: LogEntry;
  readonly signed: Uint8Array;
  readonly point: LogPoint;
}

/** The chain holds, so each entry has its place, also one with a finding. */
function takeChained(state: RoomState, chained: readonly ChainedEntry[], ports: LogPorts): BatchResult {
  const found: Finding[] = [];
  const seen = new Set<MessageId>();
  const points = new Map(chained.map(({ point }) => [point.seq, point]));
  const whole: LogPorts = {
    ...ports,
    hasId: (id) => seen.has(id) || ports.hasId(id),
    pointAt: (seq) => points.get(seq) ?? ports.pointAt(seq),
  };
  const entries = chained.map((each) => {
    const taken = takeEntry(state, each, whole, found);
    seen.add(each.entry.header.id);
    return taken;
  });
  return { type: 'taken', entries, findings: found };
}

/** Whether two heads prove that a server keeps two logs of one room. Both must be signed. */
export function isFork(one: LogPoint, other: LogPoint): boolean {
  return one.seq === other.seq && one.epoch === other.epoch && one.hash !== other.hash;
}

export function isSignedHead(
  { room, server }: Pick<RoomState, 'room' | 'server'>,
  { point, signature }: SignedHead,
  verify: VerifySignature,
): boolean {
  return verify('room-head', server, headSignedBytes(room, point), signature);
}

/** A head without news must be one that the member knows. */
function checkOldHead(state: RoomState, point: LogPoint, { pointAt }: LogPorts): BatchResult {
  if (point.seq > state.head.seq) return refused('log-gap');
  const own = point.seq === state.head.seq ? state.head : pointAt(point.seq);
  if (own === undefined || isSamePoint(own, point)) return { type: 'taken', entries: [], findings: [] };
  return refused(isFork(own, point) ? 'fork' : 'restored');
}

function takeEntry(
  state: RoomState,
  { entry: received, signed, point }: ChainedEntry,
  ports: LogPorts,
  found: Finding[],
): TakenEntry {
  const { header } = received;
  const without = (finding: Finding, isByAuthor: boolean): TakenEntry => {
    found.push(finding);
    passOver(state, received, point.hash, isByAuthor);
    return { entry: received, point, hasEffect: false };
  };
  if (header.room !== state.room || !ports.verify('room-entry', header.author, signed, received.signature))
    return without(about('forged', received), false);
  const next = nextSequenceOf(state, header.author, header.installation);
  if (header.sequence < next || ports.hasId(header.id)) return without(about('repeated', received), false);
  if (hasSeenAnotherLog(received, ports)) found.push(about('fork', received));
  const isAltered = !hasSignedContent(received, ports.sha256);
  if (isAltered) found.push(about('altered', received));
  const entry = isAltered ? { ...received, content: null } : received;
  if (header.sequence > next) {
    found.push(about('sequence-gap', entry));
    expectSequenceOf(state, entry);
  }
  const refusal = applyEntry(state, entry, point.hash);
  if (refusal !== undefined)
    return without({ ...about('against-the-rules', entry), code: refusal.code }, true);
  return { entry, point, hasEffect: true };
}

/**
 * Whether the author had an entry that this log does not have at its place, though both are of one life of the database. An
 * honest server that was restored from a backup has another epoch.
 */
function hasSeenAnotherLog({ header, position }: LogEntry, { pointAt }: LogPorts): boolean {
  const { parent } = header;
  if (parent.seq === 0) return false;
  if (parent.seq >= position.seq) return parent.epoch === position.epoch;
  const own = pointAt(parent.seq);
  return own !== undefined && isFork(own, parent);
}

function refused(kind: FindingKind, entry?: LogEntry): BatchResult {
  return { type: 'refused', finding: entry === undefined ? { kind, entry: null } : about(kind, entry) };
}

function about(kind: FindingKind, { header, position }: LogEntry): Finding {
  return { kind, entry: { seq: position.seq, author: header.author, id: header.id } };
}
