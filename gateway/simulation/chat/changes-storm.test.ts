import { describe, expect, it } from 'vitest';
import type { ConversationContent } from '../../../shared/chat/content-kinds.ts';
import type { MessageId } from '../../../shared/ids.ts';
import type { ChatMessage } from '../../../shared/message.ts';
import { SeededRandom } from '../../net/seeded-random.ts';
import { ChatFixture } from './chat-fixture.ts';
import type { SimulatedClient } from './chat-simulation.ts';
import { sampleQuery } from '../../store/sample.ts';

const emojis = ['👍', '🎉', '😢'];
const link = { lossPercent: 10, duplicatePercent: 10, reorderPercent: 10, delayMs: 5, jitterMs: 20 };

/**
 * Two people write, edit, delete, react, vote and acknowledge, while packets are lost, repeated and reordered, each of them and
 * the server crashes, and the direct path between them is cut now and then.
 */
class ChangesStorm {
  readonly #random: SeededRandom;
  readonly #chat: ChatFixture;
  readonly #people: readonly [SimulatedClient, SimulatedClient];
  readonly #posts: { readonly id: MessageId; readonly author: SimulatedClient }[] = [];
  readonly #running = new Set<SimulatedClient>();
  #serverRuns = true;
  #number = 0;

  constructor(seed: number) {
    this.#random = new SeededRandom(seed);
    this.#chat = new ChatFixture(link, seed);
    this.#people = this.#chat.online('alice', 'bob');
    for (const one of this.#people) this.#running.add(one);
    const [alice, bob] = this.#people;
    // Each takes all messages of the other.
    alice.allow(bob);
    bob.allow(alice);
  }

  run(): void {
    for (let step = 0; step < 60; step++) {
      this.#step();
      this.#chat.simulation.pass(this.#random.below(1_500));
    }
    this.#calm();
    this.#compare();
  }

  #step(): void {
    const [one, other] = this.#random.below(2) === 0 ? this.#people : [this.#people[1], this.#people[0]];
    const fault = this.#random.below(20);
    if (fault === 0) this.#toggle(one);
    else if (fault === 1) this.#toggleServer();
    else if (fault === 2) this.#chat.part(...this.#people);
    else if (fault === 3) this.#chat.heal(...this.#people);
    else if (this.#running.has(one)) this.#write(one, other);
  }

  #toggle(one: SimulatedClient): void {
    if (this.#running.delete(one)) return one.kill();
    one.start();
    this.#running.add(one);
  }

  #toggleServer(): void {
    if (this.#serverRuns) this.#chat.server.kill();
    else this.#chat.server.start();
    this.#serverRuns = !this.#serverRuns;
  }

  #write(one: SimulatedClient, other: SimulatedClient): void {
    const shown = one.messagesWith(other).map(({ id }) => id);
    const of = shown[this.#random.below(Math.max(1, shown.length))];
    const text = `words ${++this.#number}`;
    const draw = this.#random.below(10);
    if (of === undefined || draw < 3) return this.#post(one, other, this.#newPost(text, of));
    // A refused change, such as the edit of a message of the other one, changes nothing.
    one.tryToWrite(other, this.#change(of, text, draw));
  }

  #newPost(text: string, of: MessageId | undefined): ConversationContent {
    const draw = this.#random.below(4);
    if (draw === 0 && of !== undefined) return { kind: 'reply', to: of, text };
    if (draw === 1) return { kind: 'announcement', text };
    if (draw === 2) return { kind: 'poll', question: text, choices: ['yes', 'no', 'perhaps'] };
    return { kind: 'text', text };
  }

  #post(one: SimulatedClient, other: SimulatedClient, content: ConversationContent): void {
    this.#posts.push({ id: one.write(other, content), author: one });
  }

  #change(of: MessageId, text: string, draw: number): ConversationContent {
    if (draw < 5) return { kind: 'edit', of, text };
    if (draw < 6) return { kind: 'delete', of };
    if (draw < 8) {
      const emoji = emojis[this.#random.below(emojis.length)]!;
      return { kind: 'reaction', items: [{ of, emoji, on: this.#random.below(3) > 0 }] };
    }
    if (draw < 9) return { kind: 'vote', items: [{ of, choice: this.#random.below(3) }] };
    return { kind: 'acknowledge', items: [of] };
  }

  #calm(): void {
    const { simulation, server } = this.#chat;
    this.#chat.heal(...this.#people);
    if (!this.#serverRuns) server.start();
    for (const one of this.#people) if (!this.#running.has(one)) one.start();
    const isDone = (one: SimulatedClient) =>
      one.store.dispatches.open().length === 0 && one.store.withdrawals.first(1).length === 0;
    simulation.until('all is delivered', () => this.#people.every(isDone), 600_000);
    simulation.pass(5_000);
  }

  #compare(): void {
    const [alice, bob] = this.#people;
    for (const { id, author } of this.#posts) {
      const reader = author === alice ? bob : alice;
      const [written, read] = [viewOf(author, reader, id), viewOf(reader, author, id)];
      // A message that its author deleted before it arrived is not there at all.
      if (read === undefined) expect(written?.content).toEqual({ kind: 'deleted' });
      else expect(read).toEqual(written);
      const announced = reader.events.filter((event) => event.type === 'message' && event.message.id === id);
      expect(announced.length).toBeLessThanOrEqual(1);
    }
    const deleted = this.#posts.filter(({ id, author }) => {
      const content = author.store.messages.find(id)?.content;
      return content?.kind === 'deleted';
    });
    for (const one of this.#people)
      for (const { id } of deleted)
        expect(
          one.store.messages.search(sampleQuery('words'), { before: null, limit: 1_000 }).messages,
        ).not.toContainEqual(expect.objectContaining({ id }));
  }
}

/** What both sides have to agree about. The order of those who reacted is that in which it arrived. */
function viewOf(
  one: SimulatedClient,
  other: SimulatedClient,
  id: MessageId,
): Partial<ChatMessage> | undefined {
  const message = one.messagesWith(other).find((each) => each.id === id);
  if (message === undefined) return undefined;
  const { author, content, edited, reactions, votes, acknowledgedBy } = message;
  return {
    author,
    content,
    ...(edited === true ? { edited } : {}),
    reactions: (reactions ?? [])
      .map(({ emoji, keys }) => ({ emoji, keys: keys.toSorted() }))
      .toSorted((left, right) => (left.emoji < right.emoji ? -1 : 1)),
    votes: (votes ?? []).map((keys) => keys.toSorted()),
    acknowledgedBy: (acknowledgedBy ?? []).toSorted(),
  };
}

describe('a storm of changes between two people', () => {
  it.each(Array.from({ length: 20 }, (_, index) => index + 1))(
    'seed %i: leaves the same messages on both sides, and no word of a deleted one',
    (seed) => {
      new ChangesStorm(seed).run();
    },
  );
});
