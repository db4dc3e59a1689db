import { describe, expect, it } from 'vitest';
import type { BridgeEvent } from '../../../shared/bridge/events.ts';
import { snapshotOf } from '../../../shared/model/samples.ts';
import { toastsAfter, type Toast } from './toasts.ts';

const after = (...events: readonly BridgeEvent[]): readonly Toast[] => events.reduce(toastsAfter, []);
const otherVersionAt = (from: string): BridgeEvent => ({ type: 'other-version', from, version: 9 });

describe('toasts', () => {
  it('stay until a reset, which is another chat', () => {
    const waiting: BridgeEvent = { type: 'waiting-messages', count: 2 };
    expect(after(waiting, { type: 'session', session: snapshotOf().session })).toEqual([
      { kind: 'waiting-messages', count: 2 },
    ]);
    expect(after(waiting, { type: 'reset', snapshot: snapshotOf() })).toEqual([]);
  });

  it('replace an earlier one about the same subject', () => {
    expect(after(otherVersionAt('10.0.0.1:1'), otherVersionAt('10.0.0.1:1'))).toEqual([
      { kind: 'other-version', from: '10.0.0.1:1', version: 9 },
    ]);
  });

  it('are never more than four', () => {
    expect(after(...['a', 'b', 'c', 'd', 'e', 'f'].map(otherVersionAt))).toHaveLength(4);
  });
});
