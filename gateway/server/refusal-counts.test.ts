import { describe, expect, it } from 'vitest';
import { eagerGrease } from '../../shared/chat/eager-grease.ts';
import { decodeMessage, errorAbout } from '../../shared/chat/codec.ts';
import { RefusalCounts } from './refusal-counts.ts';

describe('the refusals that the operator sees', () => {
  it('count the kinds that the server does not know, but not those that mean nothing (PROTOCOL 6.65)', () => {
    const counts = new RefusalCounts();
    counts.add({ kind: 'error', code: 'unknown-kind', about: 'wave' });
    const decoded = decodeMessage(eagerGrease().message()!);
    if (decoded.type !== 'unknown-kind') throw new Error('This is GREASE.');
    counts.add(errorAbout(decoded));
    expect(counts.all()).toEqual({ 'unknown-kind': 1 });
  });

  it('count what has a code, and nothing else', () => {
    const counts = new RefusalCounts();
    counts.add({ kind: 'time-reply', wallMs: 1 });
    counts.add({ kind: 'error', code: 'malformed', about: null });
    counts.add({ kind: 'error', code: 'malformed', about: 'store' });
    expect(counts.all()).toEqual({ malformed: 2 });
  });
});
