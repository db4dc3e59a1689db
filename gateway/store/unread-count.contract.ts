import { describe, expect, it } from 'vitest';
import { roomConversation, type ConversationId } from '../../shared/conversation.ts';
import type { ChangeContent } from '../../shared/chat/timeline.ts';
import { comparePositions, type Content } from '../../shared/message.ts';
import { testRoomId, testServerKey } from '../../shared/rooms/test-room.ts';
import { SeededRandom } from '../net/seeded-random.ts';
import type { ClientStore, NewMessage } from './client-store.ts';
import {
  by,
  sampleConversation,
  sampleId,
  sampleInstallation,
  sampleKey,
  sampleMe,
  sampleMessage,
  sampleMyIdentity,
  sampleOwn,
  sampleSigningKeyOf,
} from './sample.ts';

const room = roomConversation(testRoomId);
const operations = 250;
const seeds = 8;

/** Describes the unread counts that a ClientStore keeps. `open` gives a new and empty store. */
export function describeUnreadCounts(open: () => ClientStore): void {
  describe('the unread count', () => {
    it.each(Array.from({ length: seeds }, (_, seed) => seed))(
      'is what a count of the messages gives, after any operations (seed %i)',
      (seed) => {
        const store = open();
        const history = new RandomHistory(store, new SeededRandom(seed));
        for (let step = 0; step < operations; step++) {
          const done = history.step();
          for (const { id } of store.conversations.all())
            expect(store.conversations.unreadCount(id), `${done} (step ${step})`).toBe(recount(store, id));
        }
        // A history in which nothing is ever unread would show nothing.
        expect(history.mostUnread).toBeGreaterThan(5);
        store.close();
      },
    );

    it('is right wherever the mark goes among thousands of messages', () => {
      const store = open();
      inTurn(store, () => {
        for (let number = 1; number <= 2_500; number++) store.messages.insert(sampleMessage(number));
        const id = sampleConversation(1);
        const countAt = (major: number) => {
          store.conversations.setReadPosition(id, { major, minor: major });
          return store.conversations.unreadCount(id);
        };
        // It counts what is left, or what the mark has passed.
        expect([0, 10, 1_400, 1_600, 2_500, 2_499, 700, 0].map(countAt)).toEqual([
          2_500, 2_490, 1_100, 900, 0, 1, 1_800, 2_500,
        ]);
      });
      store.close();
    });
  });
}

function inTurn(store: ClientStore, run: () => void): void {
  store.begin();
  store.savepoint(run);
  store.commit();
}

/** Counts the messages as a frontend would. */
function recount(store: ClientStore, id: ConversationId): number {
  const read = store.conversations.all().find((conversation) => conversation.id === id)?.readPosition;
  return store.messages
    .page(id, null, 10_000)
    .messages.filter(
      ({ author, content, position }) =>
        author !== sampleMe &&
        content.kind !== 'notice' &&
        (read === undefined || comparePositions(position, read) > 0),
    ).length;
}

/** People 1 to 3 may get other keys. The user never writes to the person after them, who may be forgotten. */
const people = 3;
const stranger = people + 1;

/** Does things to a store at random, as a client might, and some that none would. */
class RandomHistory {
  readonly #store: ClientStore;
  readonly #random: SeededRandom;
  readonly #operations: readonly (readonly [what: string, run: () => void])[];
  mostUnread = 0;
  #number = 0;

  constructor(store: ClientStore, random: SeededRandom) {
    this.#store = store;
    this.#random = random;
    inTurn(store, () => {
      store.facts.set({ identity: sampleMyIdentity });
      store.rooms.put({
        id: testRoomId,
        server: testServerKey,
        room: testRoomId,
        cutAt: 0,
        departure: null,
        listed: null,
        findings: [],
      });
    });
    const insertions = [
      ['a message of another', () => this.#receive()],
      ['a message in the room', () => this.#post(this.#person())],
      ['an own message in the room', () => this.#post(sampleMe)],
      ['a notice in the room', () => this.#post(this.#person(), notice)],
    ] as const;
    this.#operations = [
      ...insertions,
      ...insertions,
      [
        'an own message',
        () => void store.messages.insert(sampleOwn(this.#next(), { to: 1 + this.#below(people) })),
      ],
      ['a reading', () => this.#read()],
      ['a removal', () => store.messages.remove(this.#any())],
      ['an erasure', () => store.messages.erase(this.#any())],
      ['a deletion', () => this.#change({ kind: 'delete', of: this.#any() })],
      ['an edit', () => this.#change({ kind: 'edit', of: this.#any(), text: 'other words' })],
      ['a hiding', () => this.#change({ kind: 'hide', of: this.#any() })],
      [
        'another place',
        () => store.messages.place(this.#any(), { major: this.#below(60), minor: this.#next() }),
      ],
      ['a rewind', () => store.rooms.loseAfter(testRoomId, this.#below(this.#number + 1))],
      ['another key', () => this.#rekey()],
      ['a key that is forgotten', () => store.forget(sampleKey(stranger), sampleKey(1_000 + this.#next()))],
    ];
  }

  /** Returns what it has done. One operation of four is undone. */
  step(): string {
    const [what, run] = this.#operations[this.#random.below(this.#operations.length)]!;
    const isUndone = this.#random.below(4) === 0;
    const undo = new Error('undone');
    this.#store.begin();
    try {
      this.#store.savepoint(() => {
        run();
        if (isUndone) throw undo;
      });
    } catch (error) {
      if (error !== undo) throw error;
    }
    this.#store.commit();
    for (const { id } of this.#store.conversations.all())
      this.mostUnread = Math.max(this.mostUnread, this.#store.conversations.unreadCount(id));
    return isUndone ? `${what}, undone` : what;
  }

  #receive(): void {
    const person = 1 + this.#below(stranger);
    // Some come late, so that they stand before others.
    const sequence = 1 + this.#below(40);
    const installation = sampleInstallation(this.#below(2));
    this.#store.messages.insert(sampleMessage(this.#next(), { ...by(person), sequence, installation }));
  }

  #post(author: NewMessage['author'], content: Content = { kind: 'text', text: 'hello' }): void {
    const number = this.#next();
    const position = { major: number, minor: 0 };
    this.#store.messages.insert(sampleMessage(number, { conversation: room, author, content, position }));
  }

  #change(content: ChangeContent): void {
    const of = this.#store.messages.origin(content.of);
    if (of === undefined) return;
    const position = { major: this.#next(), minor: 0 };
    this.#store.messages.change(of.conversation, { author: of.author, position, content });
  }

  #read(): void {
    const all = this.#store.conversations.all();
    const conversation = all[this.#below(all.length)];
    const position = this.#store.messages.find(this.#any())?.position;
    if (conversation !== undefined && position !== undefined)
      this.#store.conversations.setReadPosition(conversation.id, position);
  }

  #rekey(): void {
    const from = this.#person();
    this.#store.contacts.put({
      key: from,
      signingKey: sampleSigningKeyOf(from),
      nickname: null,
      candidates: [],
      classic: null,
      verified: false,
      acceptance: 'limited',
      guestOf: null,
      features: [],
    });
    const to = this.#person();
    if (from !== to) this.#store.rekey(from, to);
  }

  #person(): NewMessage['author'] {
    return sampleKey(1 + this.#below(people));
  }

  #any(): NewMessage['id'] {
    return sampleId(1 + this.#below(this.#number + 1));
  }

  #next(): number {
    return ++this.#number;
  }

  #below(bound: number): number {
    return this.#random.below(bound);
  }
}

const notice: Content = { kind: 'notice', entry: { kind: 'leave' } };
