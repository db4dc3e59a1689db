import { describe, expect, it } from 'vitest';
import type { ProtocolMessage } from '../../../shared/chat/kinds.ts';
import type { FileRefusalCode } from '../../../shared/files/refusals.ts';
import { pieceBytes } from '../../../shared/files/tree.ts';
import { instanceIdFromBytes, type PeerKey } from '../../../shared/ids.ts';
import { fileRequestsMax, filePiecesSentMax, openFileRefusalsMax } from '../../../shared/limits.ts';
import { fileBytes } from '../../simulation/files/file-fixture.ts';
import { SimulatedFileDisk } from '../../simulation/files/simulated-file-disk.ts';
import { sampleId, sampleKey } from '../../store/sample.ts';
import { runJob, type Job, type JobResult } from '../../turn/jobs.ts';
import { PendingJobs } from '../../turn/pending-jobs.ts';
import { Serving, type Permission } from './serving.ts';

const of = sampleId(1);
const instance = instanceIdFromBytes(new Uint8Array(8));
const [alice, bob] = [sampleKey(1), sampleKey(2)];

/** An author with one file of 40 pieces. Its disk works when the test says so, and peers acknowledge when the test says so. */
function author(pieces = 40) {
  const disk = new SimulatedFileDisk();
  const source = disk.addBlob(fileBytes(pieces * pieceBytes));
  const sent: { peer: PeerKey; message: ProtocolMessage; token: string }[] = [];
  const pending = new PendingJobs();
  const jobs: Job[] = [];
  const collect = (): Job[] => {
    for (let job = pending.poll(); job !== undefined; job = pending.poll()) jobs.push(job);
    return jobs;
  };
  let permission: Permission = { type: 'yes', source };
  const changed: string[] = [];
  const serving = new Serving({
    context: {
      send: (peer, message, token) => void sent.push({ peer, message, token }),
      runJob: pending.run,
    },
    mayHave: () => permission,
    handleChanged: (id) => void changed.push(id),
  });
  return {
    serving,
    sent,
    /** What the disk was asked for and has not answered. */
    jobs: collect,
    changed,
    disk,
    forbid: (code: FileRefusalCode) => void (permission = { type: 'no', code }),
    work: (count = collect().length) => {
      for (const job of collect().splice(0, count))
        pending.handleResult({ wallMs: 0, monotonicMs: 0 }, resultOf(disk, job));
    },
    get: (peer: PeerKey, request: number, from: number, count: number) =>
      serving.handleGet(peer, { kind: 'file-get', request, at: { of }, pieces: [{ from, count }] }),
    acknowledge: (peer: PeerKey, count: number, token = 'file:1') => {
      for (let each = 0; each < count; each++)
        serving.handleEvent({ type: 'acknowledged', peer, instance, token });
    },
    heard: (peer: PeerKey) => sent.filter((one) => one.peer === peer).map(({ message }) => message),
    piecesTo: (peer: PeerKey) =>
      sent.flatMap(({ peer: to, message }) =>
        to === peer && message.kind === 'file-piece' ? [message.piece] : [],
      ),
  };
}

/** Does a job at once. */
function resultOf(disk: SimulatedFileDisk, { number, request }: Job): JobResult {
  const sealer = { seal: () => undefined, open: () => undefined };
  const output = runJob({ sealer, store: { erase: () => true }, files: disk }, request);
  if (output instanceof Promise) throw new Error('a simulated disk answers at once');
  return { number, output };
}

describe('an author of a file', () => {
  it('PROTOCOL 13.30: ignores a request with a number that is not higher than those before', () => {
    const one = author();
    one.get(bob, 2, 0, 1);
    one.get(bob, 1, 1, 1);
    one.get(bob, 2, 2, 1);
    one.work();
    expect(one.piecesTo(bob)).toEqual([0]);
  });

  it('PROTOCOL 13.33: answers requests and pieces in their order, each piece with its hashes before its leaves', () => {
    const one = author();
    one.get(bob, 1, 3, 2);
    one.get(bob, 2, 0, 1);
    one.jobs().reverse();
    one.work();
    const kinds = one
      .heard(bob)
      .map((message) =>
        message.kind === 'file-leaf'
          ? message.leaf
          : message.kind === 'file-piece' && `piece ${message.piece}`,
      );
    const leaves = Array.from({ length: 16 }, (_, leaf) => leaf);
    expect(kinds).toEqual(['piece 3', ...leaves, 'piece 4', ...leaves, 'piece 0', ...leaves]);
  });

  it('PROTOCOL 13.38: serves peers in turns, and reads no more than what they take', () => {
    const one = author();
    one.get(alice, 1, 0, 20);
    one.get(bob, 1, 0, 20);
    expect(one.jobs()).toHaveLength(2 * filePiecesSentMax.peer);
    one.work();
    expect(one.jobs()).toEqual([]);
    expect([one.piecesTo(alice), one.piecesTo(bob)]).toEqual([
      [0, 1, 2, 3, 4, 5],
      [0, 1, 2, 3, 4, 5],
    ]);
    // A reader that never reads holds up only itself.
    one.acknowledge(bob, 3 * 17);
    one.work();
    expect(one.piecesTo(alice)).toHaveLength(6);
    expect(one.piecesTo(bob)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('PROTOCOL 13.38: has pieces under way to all peers together up to a bound, in equal shares', () => {
    const one = author();
    const peers = Array.from({ length: 32 }, (_, index) => sampleKey(index + 1));
    for (const peer of peers) one.get(peer, 1, 0, 10);
    for (let round = 0; round < 20; round++) one.work();
    expect(one.serving.piecesUnderWay).toBe(filePiecesSentMax.all);
    const counts = peers.map((peer) => one.piecesTo(peer).length);
    expect(Math.max(...counts)).toBeLessThanOrEqual(filePiecesSentMax.peer);
    // The first ones took more before the others came. What they take next is shared.
    for (let round = 0; round < 400; round++) {
      for (const peer of peers) one.acknowledge(peer, 17);
      one.work();
    }
    expect(peers.map((peer) => one.piecesTo(peer).length)).toEqual(peers.map(() => 10));
  });

  it('PROTOCOL 13.38: refuses requests past a bound, and stops refusing a peer that does not take the refusals', () => {
    const one = author();
    for (let request = 1; request <= fileRequestsMax + 1 + openFileRefusalsMax + 20; request++)
      one.get(bob, request, 0, 40);
    const refusals = one.heard(bob);
    expect(refusals).toHaveLength(openFileRefusalsMax);
    expect(refusals[0]).toEqual({ kind: 'file-no', request: fileRequestsMax + 1, code: 'file-busy' });
    one.acknowledge(bob, 1, 'file-no');
    one.get(bob, 1_000, 0, 1);
    expect(one.heard(bob)).toHaveLength(openFileRefusalsMax + 1);
  });

  it('PROTOCOL 13.39: sends nothing more of a request that was stopped', () => {
    const one = author();
    one.get(bob, 1, 0, 4);
    one.get(bob, 2, 9, 1);
    one.work(1);
    one.serving.handleStop(bob, { kind: 'file-stop', request: 1 });
    one.work();
    expect(one.piecesTo(bob)).toEqual([0, 9]);
  });

  it('PROTOCOL 13.32: looks before each piece whether the peer may still have it', () => {
    const one = author();
    one.get(bob, 1, 0, 20);
    one.work();
    one.forbid('no-such-file');
    one.acknowledge(bob, 17);
    one.work();
    expect(one.piecesTo(bob)).toHaveLength(6);
    expect(one.heard(bob).at(-1)).toEqual({ kind: 'file-no', request: 1, code: 'no-such-file' });
  });

  it('refuses pieces and parts that the file does not have', () => {
    const one = author();
    one.get(bob, 1, 39, 2);
    const hashes = { from: 0, count: 39 };
    one.serving.handleGet(bob, { kind: 'file-get', request: 2, at: { of }, hashes });
    expect(one.heard(bob)).toEqual(
      [1, 2].map((request) => ({ kind: 'file-no', request, code: 'no-such-file' })),
    );
    expect(one.jobs()).toEqual([]);
  });

  it('ends an answer that the transport has no room for, and goes on when there is room', () => {
    const one = author();
    one.get(bob, 1, 0, 8);
    one.get(bob, 2, 8, 1);
    one.work();
    one.serving.handleEvent({
      type: 'undelivered',
      peer: bob,
      instance,
      token: 'file:1',
      cause: 'queue-full',
    });
    expect(one.heard(bob).at(-1)).toEqual({ kind: 'file-no', request: 1, code: 'file-busy' });
    one.acknowledge(bob, 6 * 17);
    one.work();
    expect(one.piecesTo(bob)).not.toContain(8);
    one.serving.handleEvent({ type: 'writable', peer: bob, instance, channel: 'bulk' });
    one.work();
    expect(one.piecesTo(bob)).toContain(8);
  });

  it('PROTOCOL 13.31: ends all requests of a peer to which there is no connection', () => {
    const one = author();
    one.get(bob, 1, 0, 40);
    one.work();
    const event = { type: 'undelivered', peer: bob, instance, token: 'file:1', cause: 'closed' } as const;
    for (let each = 0; each < 6 * 17; each++) one.serving.handleEvent(event);
    expect([one.jobs(), one.serving.piecesUnderWay]).toEqual([[], 0]);
  });

  it('says that a file has changed, once its bytes are others', () => {
    const one = author();
    one.disk.refuses = () => 'file-changed';
    one.get(bob, 1, 0, 2);
    one.work();
    expect(one.heard(bob)).toEqual([{ kind: 'file-no', request: 1, code: 'file-changed' }]);
    expect(one.changed).toEqual([of]);
  });
});
