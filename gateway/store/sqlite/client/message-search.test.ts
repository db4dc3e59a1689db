import { expect, it } from 'vitest';
import { SeededRandom } from '../../../net/seeded-random.ts';
import type { ClientStore } from '../../client-store.ts';
import {
  sampleConversation,
  sampleId,
  sampleKey,
  sampleMessage,
  sampleMyIdentity,
  sampleQuery,
  text,
} from '../../sample.ts';
import { openClientStore } from './client-store.ts';

const vocabulary = ['boat', 'boats', 'harbour', 'six', '東京', 'https://example.org'];
const people = 4;
const undone = new Error('an input failed');

/** All stores get the same. With `undo`, the input fails in the end, so nothing of it stays. */
function inAll(stores: readonly ClientStore[], write: (store: ClientStore) => void, undo = false): void {
  for (const store of stores) {
    store.begin();
    const input = (): void => {
      write(store);
      if (undo) throw undone;
    };
    try {
      store.savepoint(input);
    } catch (error) {
      if (error !== undone) throw error;
    }
    store.commit();
    store.sync();
  }
}

/** Finds every result, some at a time. */
function foundIn(store: ClientStore, words: string): readonly string[] {
  const ids: string[] = [];
  for (let before: number | null = null; ;) {
    const { messages, next } = store.messages.search(sampleQuery(words), { before, limit: 7 });
    ids.push(...messages.map(({ id }) => id));
    if (next === null) return ids;
    before = next;
  }
}

/** Draws what happens next: mostly a new message, else an edit, a removal, or a person with another key or forgotten. */
function drawWrite(random: SeededRandom, step: number): (store: ClientStore) => void {
  const person = 1 + random.below(people);
  const words = Array.from(
    { length: 1 + random.below(3) },
    () => vocabulary[random.below(vocabulary.length)],
  );
  const said = text(words.join(' '));
  const id = sampleId(1 + random.below(step + 1));
  const what = random.below(40);
  if (what < 28) {
    const by = { author: sampleKey(person), conversation: sampleConversation(person) };
    return (store) => void store.messages.insert(sampleMessage(step + 1, { ...by, ...said }));
  }
  if (what < 33) return (store) => store.messages.remove(id);
  if (what < 38) {
    return (store) => {
      const known = store.messages.find(id);
      if (known === undefined) return;
      const { author, conversation } = known;
      const content = { kind: 'edit', of: id, text: words.join(' ') } as const;
      store.messages.insertChange({ ...sampleMessage(1_000 + step, { author, conversation }), content });
    };
  }
  const next = sampleKey(20 + (step % 200));
  return (store) => store.forget(sampleKey(person), next);
}

it.each([1, 2, 3, 4, 5, 6])(
  'seed %i: messages that wait to be indexed are found like those that are indexed, whatever happens to them',
  (seed) => {
    const random = new SeededRandom(seed);
    const stores = [openClientStore(), openClientStore(undefined, { waitingRowsMax: 1 })];
    inAll(stores, (store) => store.facts.set({ identity: sampleMyIdentity }));
    let found = 0;
    for (let step = 0; step < 300; step++) {
      inAll(stores, drawWrite(random, step), random.below(10) === 0);
      if (step % 20 !== 0) continue;
      for (const words of [...vocabulary, 'b', 'harb', 'boat six']) {
        const [waiting = [], indexed] = stores.map((store) => foundIn(store, words));
        expect(waiting, words).toEqual(indexed);
        found += waiting.length;
      }
    }
    expect(found).toBeGreaterThan(500);
    for (const store of stores) store.close();
  },
);
