import { describe, expect, it } from 'vitest';
import { installationIdFromBytes, parseMessageId, peerKeyFromBytes } from '../../shared/ids.ts';
import type { ChatMessage } from '../../shared/message.ts';
import { openClientStore } from '../store/sqlite/client-store.ts';
import type { ClientChange } from './desk.ts';
import { People } from './people.ts';

const bob = peerKeyFromBytes(new Uint8Array(32).fill(2));
const carol = peerKeyFromBytes(new Uint8Array(32).fill(3));
const installation = installationIdFromBytes(new Uint8Array(8));

/** Runs inside one turn of a store of its own. */
function inTurn(
  run: (
    people: People,
    world: { changes: ClientChange[]; say: (sequence: number) => ChatMessage; recount: () => number },
  ) => void,
): void {
  const store = openClientStore();
  const changes: ClientChange[] = [];
  const people = new People(store, {
    act: () => undefined,
    say: () => undefined,
    tell: (change) => changes.push(change),
  });
  const say = (sequence: number): ChatMessage => {
    const id = parseMessageId(`01890a5d-ac96-774b-bcce-${sequence.toString(16).padStart(12, '0')}`)!;
    const said = { id, peer: bob, direction: 'in', text: 'x', sentAtMs: 0, installation, sequence } as const;
    people.ensure(bob);
    const message = store.messages.insert(said)!;
    people.arrived(message);
    return message;
  };
  store.begin();
  store.savepoint(() => run(people, { changes, say, recount: () => store.messages.unreadCount(bob) }));
  store.commit();
}

describe('what is unread', () => {
  it('is kept along as it would be counted anew', () => {
    inTurn((people, { say, recount }) => {
      const check = () => expect(people.unreadCount(bob)).toBe(recount());
      check();
      say(1);
      check();
      const third = say(3);
      check();
      people.markRead(third);
      check();
      expect(people.unreadCount(bob)).toBe(0);
      say(4);
      check();
      // A latecomer above the read mark is unread, and what stands below it is again.
      say(2);
      check();
      expect(people.unreadCount(bob)).toBe(3);
    });
  });

  it('moves its mark only forward for who reads', () => {
    inTurn((people, { say }) => {
      const [first, second] = [say(1), say(2)];
      expect(people.markRead(second)).toBe(true);
      expect(people.markRead(first)).toBe(false);
      expect(people.markRead({ ...first, peer: carol })).toBe(false);
      expect(people.unreadCount(bob)).toBe(0);
    });
  });
});

describe('the roster', () => {
  const row = { key: bob, nickname: 'bob', online: true, candidates: ['10.0.0.2:5'] };

  it('tells faces what has changed, and nothing twice', () => {
    inTurn((people, { changes }) => {
      people.handleRoster({ kind: 'roster', version: 1, people: [row] });
      people.handleRoster({ kind: 'roster', version: 2, people: [row] });
      people.handleRoster({ kind: 'roster', version: 3, people: [{ ...row, candidates: ['10.0.0.3:5'] }] });
      people.handleRoster({ kind: 'roster', version: 4, people: [] });
      expect(changes).toEqual([
        { type: 'people', people: [{ key: bob, nickname: 'bob', online: true }] },
        { type: 'people', people: [{ key: bob, nickname: 'bob', online: false }] },
      ]);
    });
  });

  it('names those who are freshly reachable: back online, or at other addresses', () => {
    inTurn((people) => {
      const roster = (version: number, change: Partial<typeof row>) =>
        people.handleRoster({ kind: 'roster', version, people: [{ ...row, ...change }] });
      expect(roster(1, {})).toEqual([bob]);
      expect(roster(2, { nickname: 'robert' })).toEqual([]);
      expect(roster(3, { candidates: ['10.0.0.3:5'] })).toEqual([bob]);
      expect(roster(4, { online: false })).toEqual([]);
      expect(roster(5, {})).toEqual([bob]);
      // PROTOCOL 6.8
      expect(roster(4, { online: false })).toEqual([]);
      expect(people.find(bob)?.online).toBe(true);
      people.expectNewRoster();
      roster(1, { online: false });
      expect(people.find(bob)?.online).toBe(false);
    });
  });
});
