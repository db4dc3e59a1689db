import { describe, expect, it } from 'vitest';
import { kindSchemas } from '../../../shared/chat/kinds.ts';
import { decodeMessage } from '../../../shared/chat/codec.ts';
import { ByteMutator } from './byte-mutator.ts';
import { fuzzBytesMax, fuzzDecoder, fuzzTargets, type FuzzTargetName } from './decoders.ts';
import { sampleOf } from './sample-messages.ts';

/** `npm run fuzz` runs as many as one likes. */
const executions = 20_000;

describe('decoders of hostile bytes', () => {
  it.each(Object.keys(fuzzTargets) as FuzzTargetName[])(
    'PROTOCOL 7.2: %s give a value for mutated bytes, and read back what they read',
    (name) => {
      const { valid } = fuzzDecoder(name, executions, new ByteMutator(1, fuzzBytesMax));
      // With only invalid inputs, or only valid ones, the decoder would hardly be tried.
      expect(valid).toBeGreaterThan(executions / 100);
      expect(valid).toBeLessThan(executions);
    },
  );

  it('gets samples of every kind of message that the schemas allow', () => {
    const random = new ByteMutator(1, fuzzBytesMax);
    for (const [kind, schema] of Object.entries(kindSchemas)) {
      const isValid = Array.from(
        { length: 30 },
        () => decodeMessage(sampleOf(schema, random)).type === 'message',
      );
      expect(isValid, kind).toContain(true);
    }
  });

  it('mutates in the same way for the same seed', () => {
    const run = (seed: number): string[] => {
      const random = new ByteMutator(seed, 100);
      return Array.from({ length: 50 }, () =>
        random.mutate(new Uint8Array(20), new Uint8Array(30).fill(1)).join(),
      );
    };
    expect(run(1)).toEqual(run(1));
    expect(run(1)).not.toEqual(run(2));
  });
});
