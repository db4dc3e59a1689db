import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  fromHex,
  installationIdFromBytes,
  parseMessageId,
  roomIdFromBytes,
  serverEpochFromBytes,
  toHex,
  type Digest,
  type PeerKey,
} from '../../shared/ids.ts';
import {
  checkpointOf,
  checkpointSignedBytes,
  decodeCheckpoint,
  encodeCheckpoint,
} from '../../shared/rooms/checkpoint.ts';
import {
  encodeLogEntry,
  decodeLogEntry,
  entrySignedBytes,
  headSignedBytes,
  logStart,
  pointOf,
  type EntryHeader,
  type LogEntry,
  type LogPoint,
  type Sha256,
  type VerifySignature,
} from '../../shared/rooms/entry.ts';
import { emptyRoom, type RoomState } from '../../shared/rooms/room-state.ts';
import { takeBatch, type LogPorts } from '../../shared/rooms/verify-log.ts';
import { identityFromSeed } from '../crypto/identity.ts';
import { signerOf } from '../crypto/signer.ts';
import { describeVectors } from './describe-vectors.ts';
import type { VectorCase } from './vector-files.ts';

interface PointJson {
  readonly epoch: string;
  readonly seq: number;
  readonly hash: string;
}

interface EntryFields extends VectorCase {
  readonly serverSeed: string;
  readonly authorSeed: string;
  readonly room: string;
  readonly installation: string;
  readonly sequence: number;
  readonly id: string;
  readonly kind: string;
  readonly content: string;
  readonly sentAtMs: number;
  readonly clockOffsetMs: number | null;
  readonly parent: PointJson;
  readonly position: { readonly epoch: string; readonly seq: number; readonly takenAtMs: number };
  readonly contentHash: string;
  readonly signedBytes: string;
  readonly signature: string;
  readonly hash: string;
  readonly headBytes: string;
  readonly headSignature: string;
  readonly bytes: string;
  readonly checkpoint: string;
  readonly checkpointBytes: string;
  readonly checkpointSignature: string;
}

type EntryCase =
  /** An entry on top of the cases before it, and the room after it. */
  | (EntryFields & { readonly result: 'taken' })
  /** An entry on top of the same entries, with the head of the server, and what a member finds out. */
  | (VectorCase & {
      readonly result: 'found-out';
      readonly bytes: string;
      readonly head: PointJson;
      readonly headSignature: string;
      readonly finding: string;
    });

const sha256: Sha256 = (bytes) => createHash('sha256').update(bytes).digest();

function identityOf(seed: string) {
  return identityFromSeed(fromHex(seed))!;
}

function pointFrom({ epoch, seq, hash }: PointJson): LogPoint {
  return { epoch: serverEpochFromBytes(fromHex(epoch)), seq, hash: hash as Digest };
}

function headerOf(vector: EntryFields): EntryHeader {
  return {
    room: roomIdFromBytes(fromHex(vector.room)),
    author: identityOf(vector.authorSeed).key,
    installation: installationIdFromBytes(fromHex(vector.installation)),
    sequence: vector.sequence,
    id: parseMessageId(vector.id)!,
    kind: vector.kind,
    contentHash: createHash('sha256').update(fromHex(vector.content)).digest('hex') as Digest,
    sentAtMs: vector.sentAtMs,
    ...(vector.clockOffsetMs === null ? {} : { clockOffsetMs: vector.clockOffsetMs }),
    parent: pointFrom(vector.parent),
  };
}

/** PROTOCOL 10.3, by hand. */
function signedByHand(server: PeerKey, vector: EntryFields): string {
  const int64 = (value: number) => BigInt.asUintN(64, BigInt(value)).toString(16).padStart(16, '0');
  const kind = Buffer.from(vector.kind, 'ascii');
  return [
    server,
    vector.room,
    identityOf(vector.authorSeed).key,
    vector.installation,
    int64(vector.sequence),
    vector.id.replaceAll('-', ''),
    kind.length.toString(16).padStart(2, '0'),
    kind.toString('hex'),
    vector.contentHash,
    int64(vector.sentAtMs),
    vector.clockOffsetMs === null ? '00' : '01',
    int64(vector.clockOffsetMs ?? 0),
    vector.parent.epoch,
    int64(vector.parent.seq),
    vector.parent.hash,
  ].join('');
}

/** The identities of the vectors. Others have signed nothing. */
function verifierOf(cases: readonly EntryCase[]): VerifySignature {
  const taken = cases.flatMap((vector) => (vector.result === 'taken' ? [vector] : []));
  const identities = taken.flatMap((vector) => [
    identityOf(vector.serverSeed),
    identityOf(vector.authorSeed),
  ]);
  const signingKeys = new Map(identities.map(({ key, signingKey }) => [key, signingKey]));
  return (context, signer, bytes, signature) => {
    const signingKey = signingKeys.get(signer);
    return signingKey !== undefined && signerOf(identities[0]!).verify(context, signingKey, bytes, signature);
  };
}

/** A member that has the cases before this one. `known` may end before this case, or hold all. */
function memberBefore(
  known: readonly EntryCase[],
  current: EntryCase,
): { state: RoomState; ports: LogPorts } {
  const at = known.findIndex(({ name }) => name === current.name);
  const earlier = at === -1 ? known : known.slice(0, at);
  const verify = verifierOf([...earlier, current]);
  const earlierEntries = earlier.flatMap((vector) => (vector.result === 'taken' ? [vector] : []));
  const first = [...earlierEntries, current].find((vector) => vector.result === 'taken')!;
  const state = emptyRoom(identityOf(first.serverSeed).key, roomIdFromBytes(fromHex(first.room)));
  const points: LogPoint[] = [];
  const ports: LogPorts = {
    sha256,
    verify,
    hasId: (id) => earlierEntries.slice(0, points.length).some((vector) => vector.id === id),
    pointAt: (seq) => points[seq - 1],
  };
  for (const vector of earlierEntries) {
    const entry = decodeLogEntry(fromHex(vector.bytes))!;
    const point = { epoch: entry.position.epoch, seq: entry.position.seq, hash: vector.hash as Digest };
    const result = takeBatch(
      state,
      { entries: [entry], head: { point, signature: fromHex(vector.headSignature) } },
      ports,
    );
    expect(result).toMatchObject({ type: 'taken', findings: [] });
    points.push(point);
  }
  return { state, ports };
}

const cases = describeVectors<EntryCase>('room-entries', {
  taken(vector, known) {
    const server = identityOf(vector.serverSeed);
    const [serverSigner, signer] = [signerOf(server), signerOf(identityOf(vector.authorSeed))];
    const header = headerOf(vector);
    const signed = entrySignedBytes(server.key, header);
    expect(toHex(signed)).toBe(signedByHand(server.key, { ...vector, contentHash: header.contentHash }));
    const { epoch, seq, takenAtMs } = vector.position;
    const position = { epoch: serverEpochFromBytes(fromHex(epoch)), seq, takenAtMs };
    const entry: LogEntry = {
      header,
      signature: signer.sign('room-entry', signed),
      content: fromHex(vector.content),
      position,
    };
    const previous = known.find((other) => other.result === 'taken' && other.position.seq === seq - 1);
    const point = pointOf(
      server.key,
      (previous?.result === 'taken' ? previous.hash : logStart.hash) as Digest,
      entry,
      sha256,
    );
    const headBytes = headSignedBytes(header.room, point);
    const bytes = encodeLogEntry(entry);
    const { state, ports } = memberBefore(known, vector);
    const head = { point, signature: serverSigner.sign('room-head', headBytes) };
    const result = takeBatch(state, { entries: [decodeLogEntry(bytes)!], head }, ports);
    expect(result).toMatchObject({ type: 'taken', findings: [], entries: [{ hasEffect: true }] });
    const checkpoint = encodeCheckpoint(checkpointOf(state)!);
    expect(decodeCheckpoint(checkpoint)).toEqual(checkpointOf(state));
    const digest = createHash('sha256').update(checkpoint).digest('hex') as Digest;
    const checkpointBytes = checkpointSignedBytes(header.room, point, digest);
    return {
      ...vector,
      contentHash: header.contentHash,
      signedBytes: toHex(signed),
      signature: toHex(entry.signature),
      hash: point.hash,
      headBytes: toHex(headBytes),
      headSignature: toHex(head.signature),
      bytes: toHex(bytes),
      checkpoint: toHex(checkpoint),
      checkpointBytes: toHex(checkpointBytes),
      checkpointSignature: toHex(serverSigner.sign('room-checkpoint', checkpointBytes)),
    };
  },
  'found-out'(vector, known) {
    const { state, ports } = memberBefore(known, vector);
    const head = { point: pointFrom(vector.head), signature: fromHex(vector.headSignature) };
    const result = takeBatch(state, { entries: [decodeLogEntry(fromHex(vector.bytes))!], head }, ports);
    const found = result.type === 'refused' ? result.finding : result.findings[0];
    return { ...vector, finding: found?.kind ?? 'nothing' };
  },
});

describe('the vectors of entries', () => {
  it('PROTOCOL 10.28: have findings of a member', () => {
    const found = cases.flatMap((vector) => (vector.result === 'found-out' ? [vector.finding] : []));
    expect(new Set(found)).toEqual(
      new Set([
        'forged',
        'altered',
        'repeated',
        'sequence-gap',
        'broken-chain',
        'wrong-head',
        'against-the-rules',
        'fork',
      ]),
    );
  });
});
