import { describe, expect, it } from 'vitest';
import type { ProtocolMessageOf } from '../../../shared/chat/kinds.ts';
import { directConversation } from '../../../shared/conversation.ts';
import { roomIdFromBytes, type Digest } from '../../../shared/ids.ts';
import { clientRoomsMax } from '../../../shared/limits.ts';
import { encodeRoomContent } from '../../../shared/rooms/content.ts';
import type { FindingKind } from '../../../shared/rooms/verify-log.ts';
import { testInstallation, testKey, testRoomOf } from '../../../shared/rooms/test-room.ts';
import { sha256 } from '../../crypto/sha256.ts';
import { newestTen, sampleQuery, sampleSigningKeyOf } from '../../store/sample.ts';
import { RoomLab, type LabMember } from './room-lab.ts';

/** A room of ann with ben, both connected. */
function lab(): { lab: RoomLab; ann: LabMember; ben: LabMember } {
  const made = new RoomLab(testRoomOf(sha256, testKey(1), [testKey(2)]));
  const [ann, ben] = [made.member(1), made.member(2)];
  ann.connect();
  ben.connect();
  return { lab: made, ann, ben };
}

/** Ways to lie about a log, and the finding to which each leads at ben. */
const lies: readonly {
  readonly kind: FindingKind;
  readonly lie: (room: RoomLab, ann: LabMember, ben: LabMember) => void;
}[] = [
  {
    kind: 'wrong-head',
    lie: toBen((message) => ({ ...message, head: { ...message.head, signature: new Uint8Array(64) } })),
  },
  {
    kind: 'log-gap',
    lie: toBen((message) => ({ ...message, from: { ...message.from, seq: message.from.seq + 1 } })),
  },
  {
    kind: 'broken-chain',
    lie: toBen((message) => ({
      ...message,
      entries: message.entries.map((entry) => ({ ...entry, position: { ...entry.position, takenAtMs: 0 } })),
    })),
  },
  {
    kind: 'altered',
    lie: toBen((message) => ({
      ...message,
      entries: message.entries.map((entry) => ({
        ...entry,
        content: encodeRoomContent({ kind: 'text', text: 'never said' }),
      })),
    })),
  },
  {
    kind: 'forged',
    lie: ({ server }, ann) => {
      const signed = server.signed(ann.key, { kind: 'text', text: 'never said' });
      server.force({ ...signed, signature: new Uint8Array(64) });
    },
  },
  {
    kind: 'repeated',
    lie: ({ server }) => void server.force(server.log.at(-1) ?? server.signed(testKey(1), { kind: 'join' })),
  },
  {
    kind: 'sequence-gap',
    lie: ({ server }, ann) => {
      server.force(server.signed(ann.key, { kind: 'text', text: 'later' }, { sequence: 9 }));
    },
  },
  {
    kind: 'against-the-rules',
    lie: ({ server }, _ann, ben) =>
      void server.force(server.signed(ben.key, { kind: 'topic', topic: 'mine' })),
  },
  {
    kind: 'fork',
    lie: (room, ann, ben) => {
      const { epoch, nowMs } = room.server;
      for (const member of [ann, ben]) member.disconnect();
      room.restore(room.server.log.length - 1, epoch);
      room.server.nowMs = nowMs + 5;
      room.server.write(
        ann.key,
        { kind: 'text', text: 'another story' },
        { installation: testInstallation(9) },
      );
    },
  },
];

/** A lie in each message to ben. */
function toBen(
  lie: (message: ProtocolMessageOf<'room-entries'>) => ProtocolMessageOf<'room-entries'>,
): (room: RoomLab, ann: LabMember, ben: LabMember) => void {
  return (room, _ann, ben) => {
    room.lie = (message, to) => (to === ben ? lie(message) : message);
  };
}

describe('a member of a room', () => {
  it('shows what the others write, in the order of the server, and what it has written once', () => {
    const { lab: room, ann, ben } = lab();
    ann.say('one');
    ben.say('two');
    ann.say('three');
    room.pass(0);
    expect(ann.texts).toEqual(['one', 'two', 'three']);
    expect(ben.texts).toEqual(ann.texts);
    expect(ann.findings).toEqual([]);
    expect(ann.acked?.delivered).toBe(room.server.head.seq);
  });

  it('PROTOCOL 13.13: gets the offer of a file like a message, and loses it when its author deletes it', () => {
    const { lab: room, ann, ben } = lab();
    const root = 'ab'.repeat(32) as Digest;
    const file = { kind: 'file', name: 'plan.pdf', size: 12_345, type: 'application/pdf', root } as const;
    const id = room.newId();
    expect(ben.write({ ...file, preview: 'AAEC' }, id)).toBe('');
    expect(ann.messages.at(-1)?.content).toEqual({ ...file, preview: 'AAEC' });
    expect(ann.texts).toEqual(['File "plan.pdf" (12.1 KiB)']);
    expect(ben.write({ kind: 'edit', of: id, text: 'other' })).toBe('cannot-change');
    expect(ben.write({ kind: 'delete', of: id })).toBe('');
    expect(ann.messages.at(-1)?.content).toEqual({ kind: 'deleted' });
  });

  it('gets what it missed, once, and sends what it has written offline', () => {
    const { ann, ben } = lab();
    ben.disconnect();
    for (let number = 0; number < 300; number++) ann.say(`text ${number}`);
    const id = ben.say('written offline');
    expect(ben.deliveryOf(id)).toEqual({ state: 'saved' });
    ben.restart();
    ben.connect();
    expect(ben.texts).toEqual([
      ...Array.from({ length: 300 }, (_, number) => `text ${number}`),
      'written offline',
    ]);
    expect(ann.texts).toEqual(ben.texts);
    expect(ben.deliveryOf(id)).toEqual({ state: 'in-room', delivered: 0, read: 0, of: 1 });
  });

  it('keeps what it had after its removal, and gets nothing later', () => {
    const { lab: room, ann, ben } = lab();
    ann.say('before');
    ann.write({ kind: 'remove', member: ben.key });
    ben.sentTo = null;
    ann.say('after');
    room.pass(0);
    expect(ben.texts).toEqual(['before']);
    expect(ben.view).toMatchObject({ standing: 'removed', name: 'lab' });
    expect(ben.write({ kind: 'text', text: 'again' })).toBe('not-a-member');
  });

  it('is refused at once what the room does not allow', () => {
    const { ann, ben } = lab();
    expect(ben.write({ kind: 'topic', topic: 'mine' })).toBe('not-allowed');
    expect(ben.write({ kind: 'remove', member: ann.key })).toBe('not-allowed');
    expect(ann.write({ kind: 'leave' })).toBe('last-owner');
    expect(ann.write({ kind: 'remove', member: testKey(7) })).toBe('no-such-member');
    ann.write({ kind: 'mode', mode: { name: 'moderated' } });
    expect(ben.write({ kind: 'text', text: 'hello' })).toBe('moderated');
    ann.write({ kind: 'mode', mode: { name: 'slow', seconds: 5 } });
    expect(ben.write({ kind: 'text', text: 'one' })).toBe('');
    expect(ben.write({ kind: 'text', text: 'two' })).toBe('slow');
  });

  it('is refused at once a text that no one could see, and a change that would do nothing to its message', () => {
    const { lab: room, ann, ben } = lab();
    const text = ann.say('hello');
    const poll = room.newId();
    expect(ann.write({ kind: 'poll', question: 'Tea?', choices: ['yes', 'no'] }, poll)).toBe('');
    expect(ann.write({ kind: 'text', text: ' \u2060 ' })).toBe('message-empty');
    expect(ann.write({ kind: 'poll', question: 'Tea?', choices: ['yes', ' '] })).toBe('poll-invalid');
    expect(ben.write({ kind: 'reaction', items: [{ of: text, emoji: 'x', on: true }] })).toBe('not-an-emoji');
    expect(ben.write({ kind: 'edit', of: text, text: 'mine' })).toBe('not-the-author');
    expect(ben.write({ kind: 'vote', items: [{ of: text, choice: 0 }] })).toBe('cannot-change');
    expect(ben.write({ kind: 'vote', items: [{ of: poll, choice: 2 }] })).toBe('cannot-change');
    expect(ben.write({ kind: 'acknowledge', items: [text] })).toBe('cannot-change');
    ann.write({ kind: 'close-poll', of: poll });
    expect(ben.write({ kind: 'vote', items: [{ of: poll, choice: 0 }] })).toBe('poll-closed');
    ann.write({ kind: 'delete', of: text });
    expect(ann.write({ kind: 'edit', of: text, text: 'again' })).toBe('message-deleted');
    const { length } = room.server.log;
    expect(ann.write({ kind: 'delete', of: text })).toBe('');
    expect(ann.write({ kind: 'close-poll', of: poll })).toBe('');
    expect(room.server.log).toHaveLength(length);
  });

  it('takes a reaction back that has not left yet', () => {
    const { lab: room, ann, ben } = lab();
    const id = ann.say('hello');
    ben.write({ kind: 'reaction', items: [{ of: id, emoji: '👍', on: true }] });
    ben.write({ kind: 'reaction', items: [{ of: id, emoji: '🎉', on: true }] });
    ben.write({ kind: 'reaction', items: [{ of: id, emoji: '🎉', on: false }] });
    room.pass(5_000);
    const reactions = ann.messages.find((message) => message.id === id)?.reactions ?? [];
    expect(reactions.map(({ emoji }) => emoji)).toEqual(['👍']);
  });

  it('comes back after a ban that was lifted and after another invitation, which its log does not have', () => {
    const { lab: room, ann, ben } = lab();
    ann.write({ kind: 'ban', member: ben.key });
    ben.sentTo = null;
    expect(ben.view).toMatchObject({ standing: 'banned' });
    ben.receive({ kind: 'room-refused', room: ben.room, code: 'not-a-member' });
    // Only the server knows whether the ban still holds.
    expect(ben.write({ kind: 'join' })).toBe('');
    expect(ben.refusals.at(-1)).toBe('banned-from-room');
    ann.write({ kind: 'unban', member: ben.key });
    expect(ben.write({ kind: 'join' })).toBe('');
    ann.say('welcome back');
    room.pass(0);
    expect(ben.texts).toEqual(['welcome back']);
    expect(ben.view).toMatchObject({ standing: 'member' });
    ann.write({ kind: 'remove', member: ben.key });
    ben.sentTo = null;
    ann.write({ kind: 'name', name: 'chem' });
    ben.learnRow('invited');
    expect(ben.view).toMatchObject({ standing: 'invited', name: 'chem' });
  });

  it('keeps only so many rooms, however many its server lists', () => {
    const { lab: room, ann } = lab();
    const { head } = room.server;
    const row = {
      name: 'x',
      topic: '',
      access: 'open',
      ended: null,
      standing: 'invited',
      members: 1,
      head,
    } as const;
    const rows = Array.from({ length: clientRoomsMax + 5 }, (_, number) => ({
      ...row,
      room: roomIdFromBytes(sha256(Uint8Array.of(number, number >> 8)).subarray(0, 16)),
    }));
    ann.receive({ kind: 'room-list', mine: true, rows, next: null });
    expect(ann.store.rooms.all()).toHaveLength(clientRoomsMax);
  });

  it('sends a repeated command once', () => {
    const { ann, ben } = lab();
    const id = ann.say('one');
    expect(ann.write({ kind: 'text', text: 'one' }, id)).toBe('');
    expect(ben.texts).toEqual(['one']);
  });

  it('sees changes of messages, and keeps no word of a deleted one', () => {
    const { lab: room, ann, ben } = lab();
    const id = ann.say('wrong');
    ann.write({ kind: 'edit', of: id, text: 'right' });
    expect(ben.texts).toEqual(['right']);
    ben.write({ kind: 'reaction', items: [{ of: id, emoji: '👍', on: true }] });
    expect(ann.messages.find((message) => message.id === id)?.reactions).toEqual([
      { emoji: '👍', keys: [ben.key] },
    ]);
    ann.write({ kind: 'delete', of: id });
    room.pass(0);
    for (const member of [ann, ben]) {
      expect(member.messages.find((message) => message.id === id)?.content).toEqual({ kind: 'deleted' });
      const kept = member.store.rooms.entriesFrom(member.room, 1, 100).map(({ entry }) => entry);
      const words = kept.filter(({ header }) => header.kind === 'text' || header.kind === 'edit');
      expect(words.map(({ content }) => content)).toEqual([null, null]);
    }
  });

  it('keeps no word of an edit that comes behind the deletion of its message', () => {
    const { lab: room, ann, ben } = lab();
    const of = ann.say('one');
    ann.write({ kind: 'delete', of });
    // A program that does not follow the rules, and a server that takes it.
    room.server.write(ann.key, { kind: 'edit', of, text: 'hidden words' });
    room.fanOut();
    room.pass(0);
    const [newest] = ben.store.rooms.entriesFrom(ben.room, room.server.head.seq, 1);
    expect(newest?.entry).toMatchObject({ header: { kind: 'edit' }, content: null });
  });

  it('lets the key in the log delete a message of a person with another key, and no other key', () => {
    const { lab: room, ann, ben } = lab();
    const [first, second] = [ben.say('one'), ben.say('two')];
    const newKey = testKey(9);
    ann.input(() => {
      ann.store.contacts.put({
        key: ben.key,
        signingKey: sampleSigningKeyOf(ben.key),
        nickname: 'ben',
        candidates: [],
        classic: null,
        verified: false,
        acceptance: 'allowed',
        guestOf: null,
        features: [],
      });
      ann.store.rekey(ben.key, newKey);
    });
    expect(ann.messages.find(({ id }) => id === first)?.author).toBe(newKey);
    ben.write({ kind: 'delete', of: first });
    room.server.write(newKey, { kind: 'join' });
    // A server that lies: an honest one refuses this.
    room.server.force(room.server.signed(newKey, { kind: 'delete', of: second }));
    room.fanOut();
    room.pass(0);
    expect(ann.texts).toEqual(['This message was deleted.', 'two']);
    expect(ben.texts).toEqual(ann.texts);
  });

  it('leaves a message of another conversation where it is, when its id comes in a room', () => {
    const { lab: room, ann, ben } = lab();
    const id = room.newId();
    const conversation = directConversation(ben.key);
    ann.input(() =>
      ann.store.messages.insert({
        id,
        conversation,
        author: ben.key,
        content: { kind: 'text', text: 'between us' },
        sentAtMs: 0,
        clockOffsetMs: null,
        installation: testInstallation(1),
        sequence: 1,
        recipients: [],
      }),
    );
    const before = ann.store.messages.find(id);
    ben.write({ kind: 'text', text: 'in the room' }, id);
    expect(ann.store.messages.find(id)).toEqual(before);
  });

  it('keeps no word of an entry that repeats an id', () => {
    const { lab: room, ann, ben } = lab();
    const of = ann.say('one');
    const again = room.server.log.find(({ header }) => header.id === of);
    if (again === undefined) throw new Error('the log has the message');
    room.server.force(again);
    // The state of this server stays behind, so that it takes nothing more by the rules.
    room.server.force(room.server.signed(ann.key, { kind: 'delete', of }));
    room.fanOut();
    room.pass(0);
    const kept = ben.store.rooms.entriesFrom(ben.room, 1, 100).map(({ entry }) => entry);
    const words = kept.filter(({ header }) => header.kind === 'text');
    expect(words.map(({ content }) => content)).toEqual([null, null]);
  });

  it('PROTOCOL 10.52: shows no longer what the room does not keep, erases its words, and keeps its entries', () => {
    const { lab: room, ann, ben } = lab();
    for (let number = 1; number <= 12; number++) ann.say(`text ${number}`);
    ann.write({ kind: 'retention', retention: { count: 4 } });
    room.pass(0);
    room.pass(60_000);
    room.pass(1);
    for (const member of [ann, ben]) {
      expect(member.texts).toEqual(['text 10', 'text 11', 'text 12']);
      expect(member.view?.cut).toBe(true);
      const kept = member.store.rooms.entriesFrom(member.room, 1, 100).map(({ entry }) => entry);
      expect(kept).toHaveLength(room.server.head.seq);
      const words = kept.filter(({ header, content }) => header.kind === 'text' && content !== null);
      expect(words).toHaveLength(3);
      expect(member.store.messages.search(sampleQuery('text'), newestTen).messages).toHaveLength(3);
    }
    // The state does not depend on what was erased.
    ben.restart();
    ben.connect();
    ann.say('text 13');
    expect(ben.texts.at(-1)).toBe('text 13');
    expect(ben.findings).toEqual([]);
  });

  it('keeps what it had where it is no member any longer', () => {
    const { lab: room, ann, ben } = lab();
    for (let number = 1; number <= 6; number++) ann.say(`text ${number}`);
    ben.disconnect();
    ann.write({ kind: 'retention', retention: { count: 2 } });
    ann.write({ kind: 'remove', member: ben.key });
    ben.connect();
    room.pass(60_000);
    expect(ben.view?.standing).toBe('removed');
    expect(ben.texts).toHaveLength(6);
    expect(ann.texts).toEqual([]);
  });

  it('takes a deleted message out of the outbox, if it has not left', () => {
    const { ann, ben } = lab();
    ben.disconnect();
    const id = ben.say('never sent');
    ben.write({ kind: 'delete', of: id });
    expect(ben.texts).toEqual(['This message was deleted.']);
    ben.connect();
    expect(ann.texts).toEqual([]);
    expect(ben.store.rooms.waiting(ben.room)).toEqual([]);
  });

  it('puts what its user presses within a second into one entry', () => {
    const { lab: room, ann, ben } = lab();
    const ids = ['one', 'two', 'three'].map((word) => ann.say(word));
    const firstMs = room.nowMs;
    for (const of of ids) ben.write({ kind: 'reaction', items: [{ of, emoji: '👍', on: true }] });
    const [, , of = room.newId()] = ids;
    ben.write({ kind: 'reaction', items: [{ of, emoji: '👍', on: false }] });
    const entries = () => room.server.log.filter(({ header }) => header.kind === 'reaction').length;
    expect(entries()).toBe(1);
    room.pass(firstMs + 999 - room.nowMs);
    expect(entries()).toBe(1);
    room.pass(1);
    expect(entries()).toBe(2);
    expect(ann.messages.filter(({ reactions }) => reactions !== undefined)).toHaveLength(2);
  });

  it('neither keeps nor shows the words of a blocked author', () => {
    const { ann, ben } = lab();
    ann.input(() => ann.blocks.add(ben.key));
    ben.say('unwanted');
    ann.write({ kind: 'topic', topic: 'still the same room' });
    expect(ann.texts).toEqual([]);
    expect(ann.findings).toEqual([]);
    expect(ben.view?.topic).toBe('still the same room');
  });
});

describe('a member of many', () => {
  /** The last member waits longest, because of its key. */
  function quietLab() {
    const room = new RoomLab(testRoomOf(sha256, testKey(1), [testKey(2), testKey(0xff)]));
    const [ann, ben, far] = [room.member(1), room.member(2), room.member(0xff)];
    for (const member of [ann, ben, far]) member.connect();
    ann.say('first');
    room.pass(250);
    return { room, ann, ben, far };
  }

  it('PROTOCOL 10.42: acknowledges single news later while its user does not read, each at its own time', () => {
    const { room, ann, ben, far } = quietLab();
    ann.say('second');
    expect([far.texts, ben.isUnanswered, far.isUnanswered]).toEqual([['first', 'second'], false, true]);
    room.pass(150);
    expect(far.isUnanswered).toBe(true);
    room.pass(150);
    expect(far.isUnanswered).toBe(false);
  });

  it('PROTOCOL 10.42: acknowledges at once what its user may see now, and several entries', () => {
    const { room, ann, far } = quietLab();
    far.readAll();
    ann.say('second');
    expect(far.isUnanswered).toBe(false);
    far.readAll();
    far.disconnect();
    for (const word of ['third', 'fourth', 'fifth']) ann.say(word);
    far.connect();
    expect([far.texts.length, far.isUnanswered, room.server.head.seq]).toEqual([
      5,
      false,
      far.acked?.delivered,
    ]);
  });
});

describe('an entry that the server refuses', () => {
  it('for now, is sent again after the time that the server named, and other entries do not wait for it', () => {
    const { lab: room, ann, ben } = lab();
    let isSlow = true;
    room.refuses = (id) => (isSlow && id === ids[0] ? { code: 'slow', retryAfterMs: 4_000 } : undefined);
    const ids = [room.newId()];
    ben.write({ kind: 'text', text: 'one' }, ids[0]);
    ben.write({ kind: 'text', text: 'two' });
    const of = ann.say('three');
    ben.write({ kind: 'reaction', items: [{ of, emoji: '👍', on: true }] });
    expect(ann.texts).toEqual(['three']);
    expect(room.server.log.filter(({ header }) => header.kind === 'reaction')).toHaveLength(1);
    isSlow = false;
    room.pass(4_000);
    room.pass(0);
    expect(ann.texts).toEqual(['three', 'one', 'two']);
    expect(ann.findings).toEqual([]);
  });

  it('for good, is a failed message that the user can try again or discard, and the others pass', () => {
    const { lab: room, ann, ben } = lab();
    const [bad, gone] = [room.newId(), room.newId()];
    room.refuses = (id) => (id === bad || id === gone ? { code: 'moderated' } : undefined);
    ben.disconnect();
    for (const id of [bad, gone]) ben.write({ kind: 'text', text: 'refused' }, id);
    ben.say('passes');
    ben.connect();
    expect(ann.texts).toEqual(['passes']);
    expect(ben.deliveryOf(bad)).toEqual({ state: 'failed', code: 'moderated' });
    room.refuses = () => undefined;
    ben.input((rooms, now) => {
      expect(rooms.retry(now, bad)).toEqual({ status: 'done' });
      expect(rooms.discard(now, gone)).toEqual({ status: 'done' });
    });
    expect(ann.texts).toEqual(['passes', 'refused']);
    expect(ben.texts).toEqual(['passes', 'refused']);
    expect(ben.store.rooms.waiting(ben.room)).toEqual([]);
  });

  it('for good, is gone and reported where it is no message', () => {
    const { lab: room, ann } = lab();
    const id = room.newId();
    room.refuses = () => ({ code: 'room-name-taken' });
    ann.write({ kind: 'name', name: 'other' }, id);
    expect(ann.events).toContainEqual({ type: 'room-refused', room: ann.room, id, code: 'room-name-taken' });
    expect(ann.store.rooms.waiting(ann.room)).toEqual([]);
  });

  it('with a wrong sequence, is signed again with the right one', () => {
    const { lab: room, ann, ben } = lab();
    // Another program of the same installation has written something.
    room.server.write(ben.key, { kind: 'text', text: 'from elsewhere' });
    ben.say('one');
    room.pass(1_000);
    room.fanOut();
    room.pass(1_000);
    expect(ann.texts).toEqual(['from elsewhere', 'one']);
  });
});

describe('a server that was restored from a backup', () => {
  it('gets back what it has lost, and everything is shown once', () => {
    const { lab: room, ann, ben } = lab();
    for (const word of ['one', 'two', 'three', 'four']) ann.say(word);
    room.pass(0);
    const { hash } = room.server.head;
    room.restore(4);
    room.pass(0);
    expect(room.server.head.hash).toBe(hash);
    for (const member of [ann, ben]) expect(member.texts).toEqual(['one', 'two', 'three', 'four']);
    // By the first of them. When the second one comes, nothing is missing.
    expect([ann.findings, ben.findings]).toEqual([['restored'], []]);
  });

  it('gets what conflicts under new places, and all members have one order', () => {
    const { lab: room, ann, ben } = lab();
    for (const word of ['one', 'two']) ann.say(word);
    ben.say('three');
    room.pass(0);
    for (const member of [ann, ben]) member.disconnect();
    room.restore(2);
    room.server.write(
      testKey(1),
      { kind: 'topic', topic: 'conflict' },
      { installation: testInstallation(9) },
    );
    for (const member of [ben, ann]) member.connect();
    room.pass(1_000);
    room.fanOut();
    room.pass(1_000);
    expect(ann.texts.toSorted()).toEqual(['one', 'three', 'two']);
    expect(ben.texts).toEqual(ann.texts);
    expect(ann.store.rooms.head(ann.room)).toEqual(room.server.head);
    expect(ben.store.rooms.head(ben.room)).toEqual(room.server.head);
    for (const member of [ann, ben]) expect(member.store.rooms.lost(member.room, 9, 0)).toEqual([]);
  });
});

/** ann has blocked ben, and the server has lost the newest words of both. `hash` is that of its head before. */
function restoredWithBlocked(): { room: RoomLab; ann: LabMember; ben: LabMember; hash: Digest } {
  const { lab: room, ann, ben } = lab();
  ann.input(() => ann.blocks.add(ben.key));
  ben.say('words of ben');
  ann.say('words of ann');
  room.pass(0);
  const { hash } = room.server.head;
  for (const one of [ann, ben]) one.disconnect();
  room.restore(4, undefined, false);
  return { room, ann, ben, hash };
}

describe('a server that was restored, and a member', () => {
  it('that lacks the words of a blocked author offers later than a member that has them', () => {
    const { room, ann, ben, hash } = restoredWithBlocked();
    ann.connect();
    room.pass(29_000);
    expect(room.server.log).toHaveLength(4);
    ben.connect();
    room.pass(0);
    expect(room.server.head.hash).toBe(hash);
    expect(room.server.log.filter(({ content }) => content === null)).toEqual([]);
    // Nothing is missing, so the outbox of the other member does not wait for its offer.
    ann.say('at once');
    expect(ben.texts.at(-1)).toBe('at once');
  });

  it('that is alone offers without the words of a blocked author', () => {
    const { room, ann, hash } = restoredWithBlocked();
    ann.connect();
    room.pass(30_000);
    expect(room.server.head.hash).toBe(hash);
  });

  it('shows that a message is on its way again that the server has lost', () => {
    const { lab: room, ann, ben } = lab();
    const id = ben.say('one');
    room.pass(0);
    expect(ben.deliveryOf(id).state).toBe('in-room');
    for (const one of [ann, ben]) one.disconnect();
    room.restore(room.server.log.length - 1, undefined, false);
    room.server.write(testKey(1), { kind: 'topic', topic: 'other' }, { installation: testInstallation(9) });
    const states = () =>
      ben.events.flatMap((event) =>
        event.type === 'delivery' && event.id === id ? [event.delivery.state] : [],
      );
    const before = states().length;
    ben.connect();
    room.pass(0);
    room.fanOut();
    room.pass(1_000);
    expect(states().slice(before)[0]).toBe('sending');
    expect(states().at(-1)).toBe('in-room');
    expect(ann.events).not.toContainEqual(expect.objectContaining({ type: 'delivery', id }));
  });

  it('undoes what lost entries did to messages, and does again what the log still has', () => {
    const { lab: room, ann, ben } = lab();
    const of = ann.say('one');
    ben.write({ kind: 'reaction', items: [{ of, emoji: '👍', on: true }] });
    const kept = room.server.log.length;
    room.pass(1_000);
    ben.write({ kind: 'reaction', items: [{ of, emoji: '👍', on: false }] });
    ann.write({ kind: 'edit', of, text: 'lost words' });
    room.pass(0);
    for (const one of [ann, ben]) one.disconnect();
    room.restore(kept, undefined, false);
    // Both may not write any longer when their entries come again.
    room.server.write(ann.key, { kind: 'archive' }, { installation: testInstallation(9) });
    ben.connect();
    room.pass(0);
    room.fanOut();
    room.pass(1_000);
    expect(ben.messages.find(({ id }) => id === of)).toMatchObject({
      content: { kind: 'text', text: 'one' },
      reactions: [{ emoji: '👍', keys: [ben.key] }],
    });
  });
});

describe('a server that lies', () => {
  it.each(lies)('is found out: $kind', ({ kind, lie }) => {
    const { lab: room, ann, ben } = lab();
    ann.say('one');
    lie(room, ann, ben);
    ann.say('two');
    room.pass(0);
    expect(ben.findings).toContain(kind);
  });
});
