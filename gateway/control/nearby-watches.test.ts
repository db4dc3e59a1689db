import { describe, expect, it } from 'vitest';
import { EphemeralSubscription } from './ephemeral-subscription.ts';
import { NearbyWatches } from './nearby-watches.ts';

/** A search that a test drives. */
class ScriptedSearch {
  readonly calls: string[] = [];
  tell: () => void = () => undefined;
  phase: 'asking' | 'searched' = 'asking';

  start(onChange: () => void): void {
    this.calls.push('start');
    this.tell = onChange;
  }

  stop(): void {
    this.calls.push('stop');
  }

  found() {
    return { phase: this.phase, chats: [] };
  }
}

function subscription(): EphemeralSubscription {
  return new EphemeralSubscription(() => undefined);
}

describe('NearbyWatches', () => {
  it('looks for chats from the first subscriber to the last, and tells each of them at once', () => {
    const search = new ScriptedSearch();
    const watches = new NearbyWatches(search);
    const [one, other] = [subscription(), subscription()];
    watches.watch(one);
    watches.watch(other);
    watches.watch(one);
    expect(search.calls).toEqual(['start']);
    expect(other.take()).toEqual({ type: 'chats-nearby', phase: 'asking', chats: [] });
    watches.forget(one);
    watches.forget(one);
    expect(search.calls).toEqual(['start']);
    watches.forget(other);
    expect(search.calls).toEqual(['start', 'stop']);
    watches.watch(one);
    expect(search.calls).toEqual(['start', 'stop', 'start']);
  });

  it('replaces news that a slow subscriber has not taken', () => {
    const search = new ScriptedSearch();
    const watches = new NearbyWatches(search);
    const slow = subscription();
    watches.watch(slow);
    search.phase = 'searched';
    for (let index = 0; index < 1_000; index++) search.tell();
    expect(slow.take()).toEqual({ type: 'chats-nearby', phase: 'searched', chats: [] });
    expect(slow.take()).toBeUndefined();
  });
});
