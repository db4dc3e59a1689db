import type { EnvelopeHead } from '../../shared/chat/envelope.ts';
import type { HashPart } from '../../shared/files/tree.ts';
import type { BlobId, FileDisk, FileDiskAnswer, FileSource } from './file-disk.ts';
import type { TurnStore } from './role.ts';

/**
 * Background jobs: work that takes milliseconds of a processor or waits for a disk, so that no turn may wait for it. A
 * role asks for a job, a job runner does it beside the turns, and its result is the input of a later turn.
 *
 * Each row is one kind of job. Its second parameter is the request, and what it returns is the result. A new kind of job
 * is a new row; what it needs of the machine is a new port in JobPorts.
 */
export const jobTable = {
  seal: ({ sealer }: JobPorts, { head, publicKey, plaintext }: SealRequest) =>
    sealer.seal(head, publicKey, plaintext),
  open: ({ sealer }: JobPorts, { head, secretKey, sealed }: OpenRequest) =>
    sealer.open(head, secretKey, sealed),
  /** Overwrites what the store has removed. Returns false if that has to be tried again. */
  erase: ({ store }: JobPorts, _: object) => store.erase(),
  'file-begin': ({ files }: JobPorts, { blob }: BlobRequest) => files?.begin(blob) ?? noFiles,
  'file-write-hashes': ({ files }: JobPorts, { blob, part, hashes }: WriteHashesRequest) =>
    files?.writeHashes(blob, part, hashes) ?? noFiles,
  'file-write-piece': ({ files }: JobPorts, { blob, piece, leafHashes, leaves }: WritePieceRequest) =>
    files?.writePiece(blob, piece, leafHashes, leaves) ?? noFiles,
  'file-sync': ({ files }: JobPorts, { blob }: BlobRequest) => files?.sync(blob) ?? noFiles,
  'file-recheck': ({ files }: JobPorts, { blob, pieces }: RecheckRequest) =>
    files?.recheck(blob, pieces) ?? noFiles,
  'file-finish': ({ files }: JobPorts, { blob }: BlobRequest) => files?.finish(blob) ?? noFiles,
  'file-remove': ({ files }: JobPorts, { blob }: BlobRequest) => files?.remove(blob) ?? noFiles,
  'file-read-hashes': ({ files }: JobPorts, { source, part }: ReadHashesRequest) =>
    files?.readHashes(source, part) ?? noFiles,
  'file-read-piece': ({ files }: JobPorts, { source, piece }: ReadPieceRequest) =>
    files?.readPiece(source, piece) ?? noFiles,
} as const;

/** The answer of a role without a disk for files. */
const noFiles: FileDiskAnswer<never> = { type: 'failed', code: 'disk-refused' };

/** What jobs need of the machine. */
export interface JobPorts {
  readonly sealer: Sealer;
  readonly store: Pick<TurnStore, 'erase'>;
  /** Null for a role that neither sends nor takes files. */
  readonly files: FileDisk | null;
}

interface BlobRequest {
  readonly blob: BlobId;
}

interface WriteHashesRequest extends BlobRequest {
  readonly part: HashPart;
  readonly hashes: Uint8Array;
}

interface WritePieceRequest extends BlobRequest {
  readonly piece: number;
  readonly leafHashes: Uint8Array;
  readonly leaves: readonly Uint8Array[];
}

interface RecheckRequest extends BlobRequest {
  readonly pieces: readonly number[];
}

interface ReadHashesRequest {
  readonly source: FileSource;
  readonly part: HashPart;
}

interface ReadPieceRequest {
  readonly source: FileSource;
  readonly piece: number;
}

interface SealRequest {
  readonly head: EnvelopeHead;
  /** The mail key of the recipient that `head` names. */
  readonly publicKey: Uint8Array;
  readonly plaintext: Uint8Array;
}

interface OpenRequest {
  readonly head: EnvelopeHead;
  /** The mail key of this client that `head` names. */
  readonly secretKey: Uint8Array;
  readonly sealed: Uint8Array;
}

export type JobKind = keyof typeof jobTable;

/** What a role asks for. */
export type JobRequest<Kind extends JobKind = JobKind> = Extract<AnyRequest, { readonly type: Kind }>;

type AnyRequest = {
  [Kind in JobKind]: { readonly type: Kind } & Readonly<Parameters<(typeof jobTable)[Kind]>[1]>;
}[JobKind];

export type JobOutput<Kind extends JobKind = JobKind> = {
  [K in Kind]: Awaited<ReturnType<(typeof jobTable)[K]>>;
}[Kind];

/** A request with its number. No two jobs of a role have the same number, even after a fault. */
export interface Job {
  readonly number: number;
  readonly request: JobRequest;
}

export interface JobResult {
  /** The number of the job. */
  readonly number: number;
  readonly output: JobOutput;
}

/** Does one job. */
export function runJob(ports: JobPorts, request: JobRequest): JobOutput | Promise<JobOutput> {
  // The type of a request names its row, so the row takes this request.
  const run = jobTable[request.type] as (ports: JobPorts, request: JobRequest) => ReturnType<typeof runJob>;
  return run(ports, request);
}

/** Seals and opens envelopes with one identity's key. A simulation does it at once, a gateway beside its turns. */
export interface Sealer {
  /** Undefined when nothing can be sealed to this mail key. */
  seal(head: EnvelopeHead, publicKey: Uint8Array, plaintext: Uint8Array): Sealed;
  /** Undefined unless the envelope is from `head.from`, was sealed to this mail key, and is unchanged. */
  open(head: EnvelopeHead, secretKey: Uint8Array, sealed: Uint8Array): Sealed;
}

type Sealed = Uint8Array | undefined | Promise<Uint8Array | undefined>;
