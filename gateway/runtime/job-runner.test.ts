import { describe, expect, it } from 'vitest';
import type { EnvelopeHead } from '../../shared/chat/envelope.ts';
import { sampleId, sampleKey, sampleMailKeyId } from '../store/sample.ts';
import type { JobResult, Sealer } from '../turn/jobs.ts';
import { JobRunner } from './job-runner.ts';

const head: EnvelopeHead = {
  format: 1,
  from: sampleKey(1),
  to: sampleKey(2),
  type: 'text',
  id: sampleId(1),
  keyId: sampleMailKeyId(1),
};
const bytes = Uint8Array.of(1, 2, 3);
const [publicKey, secretKey] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
const store = { erase: () => true };

/** Resolves with the first group of results, or rejects with the first fault. */
function runnerWith(sealer: Sealer): { runner: JobRunner; first: Promise<readonly JobResult[]> } {
  const { promise, resolve, reject } = Promise.withResolvers<readonly JobResult[]>();
  const runner = new JobRunner({
    ports: { sealer, store, files: null },
    onResults: resolve,
    onFault: reject,
  });
  return { runner, first: promise };
}

describe('the job runner', () => {
  it('gives each job to the row of its kind, and returns results that are ready together in one group', async () => {
    const { runner, first } = runnerWith({
      seal: (_head, _key, plaintext) => Promise.resolve(plaintext.toReversed()),
      open: (_head, _key, sealed) => Promise.resolve(sealed.subarray(1)),
    });
    runner.take({ number: 1, request: { type: 'seal', head, publicKey, plaintext: bytes } });
    runner.take({ number: 2, request: { type: 'open', head, secretKey, sealed: bytes } });
    runner.take({ number: 3, request: { type: 'erase' } });
    expect(await first).toEqual([
      { number: 1, output: Uint8Array.of(3, 2, 1) },
      { number: 2, output: Uint8Array.of(2, 3) },
      { number: 3, output: true },
    ]);
  });

  it('reports a job that throws as a fault, and goes on with the next one', async () => {
    const bug = new Error('a bug');
    let calls = 0;
    const results: JobResult[] = [];
    const done = Promise.withResolvers<undefined>();
    const faults: unknown[] = [];
    const runner = new JobRunner({
      ports: {
        sealer: {
          seal: () => {
            if (++calls === 1) throw bug;
            return bytes;
          },
          open: () => undefined,
        },
        store,
        files: null,
      },
      onResults: (group) => {
        results.push(...group);
        done.resolve(undefined);
      },
      onFault: (error) => faults.push(error),
    });
    for (const number of [1, 2])
      runner.take({ number, request: { type: 'seal', head, publicKey, plaintext: bytes } });
    await done.promise;
    expect([results, faults]).toEqual([[{ number: 2, output: bytes }], [bug]]);
  });

  it('gives no result after it is closed', async () => {
    const sealed = Promise.withResolvers<Uint8Array>();
    const groups: (readonly JobResult[])[] = [];
    const runner = new JobRunner({
      ports: { sealer: { seal: () => sealed.promise, open: () => undefined }, store, files: null },
      onResults: (group) => groups.push(group),
      onFault: (error) => groups.push([error as JobResult]),
    });
    runner.take({ number: 1, request: { type: 'seal', head, publicKey, plaintext: bytes } });
    runner.close();
    sealed.resolve(bytes);
    await sealed.promise;
    await new Promise((resolve) => setImmediate(resolve));
    expect(groups).toEqual([]);
  });
});
