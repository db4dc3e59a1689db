import { describe, expect, it } from 'vitest';
import type { ProtocolMessageOf } from '../../../shared/chat/kinds.ts';
import { digestFromBytes, peerKeyFromBytes, roomIdFromBytes, type RoomId } from '../../../shared/ids.ts';
import { roomEntriesBurst, roomsInFirstHourMax, roomsOfKeyMax } from '../../../shared/limits.ts';
import { defaultQuotas, type Quotas } from '../../../shared/quotas.ts';
import { readCheckpoint } from '../../../shared/rooms/checkpoint.ts';
import { decodeRoomContent, type RoomContent } from '../../../shared/rooms/content.ts';
import { logStart, type LogEntry, type LogPoint, type SignedEntry } from '../../../shared/rooms/entry.ts';
import { emptyRoom, everyoneRoom } from '../../../shared/rooms/room-state.ts';
import { takeBatch, type LogPorts } from '../../../shared/rooms/verify-log.ts';
import { signingKeyOf } from '../../crypto/identity.ts';
import { sha256 } from '../../crypto/sha256.ts';
import { signerOf } from '../../crypto/signer.ts';
import { openServerStore } from '../../store/sqlite/server/server-store.ts';
import { lab, labOf, RoomFixture, type TestMember } from './room-fixture.ts';

function roomOf(number: number): RoomId {
  return roomIdFromBytes(new Uint8Array(16).fill(number));
}

/** What the entries say, in order. */
function said(entries: readonly LogEntry[]): string[] {
  return entries.map(({ header, content }) => {
    const decoded = content === null ? undefined : decodeRoomContent(header.kind, content);
    return decoded?.type === 'content' && decoded.content.kind === 'text'
      ? decoded.content.text
      : header.kind;
  });
}

/** Checks all that a member has heard of the room as a client does, and returns the findings. */
function findingsOf(fixture: RoomFixture, member: TestMember, room: RoomId = lab): string[] {
  const { key } = fixture.identity;
  const signer = signerOf(fixture.identity);
  const points = new Map<number, LogPoint>();
  const ids = new Set<string>();
  const ports: LogPorts = {
    sha256,
    verify: (context, peer, bytes, signature) => {
      const signingKey = signingKeyOf(peer);
      return signingKey !== undefined && signer.verify(context, signingKey, bytes, signature);
    },
    hasId: (id) => ids.has(id),
    pointAt: (seq) => points.get(seq),
  };
  const state = emptyRoom(key, room);
  return member
    .heardOf('room-entries')
    .filter((message) => message.room === room)
    .flatMap((batch) => {
      const result = takeBatch(state, batch, ports);
      if (result.type === 'refused') return [result.finding.kind];
      for (const { entry, point } of result.entries) {
        points.set(point.seq, point);
        ids.add(entry.header.id);
      }
      return result.findings.map(({ kind }) => kind);
    });
}

describe('the log of a room on a server', () => {
  it('PROTOCOL 10.40: takes entries in their order, and answers with their places and the next sequence', () => {
    const fixture = new RoomFixture();
    const [owner] = labOf(fixture);
    const entries = [1, 2].map((count) =>
      owner.sign({ kind: 'text', text: `text ${count}` }, { sequence: count + 1 }),
    );
    const answer = owner.append(...entries);
    expect(answer).toMatchObject({
      taken: entries.map(({ header }, index) => ({ id: header.id, seq: index + 2 })),
      next: 4,
    });
    expect(answer.refused).toBeUndefined();
    owner.follow();
    expect(said(owner.receive())).toEqual(['create', 'text 1', 'text 2']);
    expect(findingsOf(fixture, owner)).toEqual([]);
  });

  it('PROTOCOL 10.40: stops at the first refused entry, and its sequence is free for the next one', () => {
    const fixture = new RoomFixture();
    const [owner, , reader] = labOf(fixture, 'open', 2, 3);
    owner.write({ kind: 'role', member: reader!.key, role: 'reader' });
    const [first, second] = [2, 3].map((sequence) =>
      reader!.sign({ kind: 'text', text: 'no' }, { sequence }),
    );
    const answer = reader!.append(first!, second!);
    expect(answer).toMatchObject({
      taken: [],
      next: 2,
      refused: { id: first!.header.id, code: 'not-allowed' },
    });
    expect(reader!.write({ kind: 'leave' }, { sequence: 2 })).toBeUndefined();
  });

  it('PROTOCOL 10.40: answers an entry that it has with its place, also when it is signed again', () => {
    const fixture = new RoomFixture();
    const [owner] = labOf(fixture);
    const entry = owner.sign({ kind: 'text', text: 'once' });
    expect(owner.append(entry).taken).toEqual([{ id: entry.header.id, seq: 2 }]);
    const again = owner.sign({ kind: 'text', text: 'once' }, { id: entry.header.id, sequence: 9 });
    expect(owner.append(again)).toMatchObject({ taken: [{ id: entry.header.id, seq: 2 }], next: 3 });
    expect(owner.write({ kind: 'text', text: 'other' }, { id: entry.header.id })).toBe('message-id-used');
  });

  it.each<[string, string, (member: TestMember, other: TestMember) => SignedEntry]>([
    ['of another author', 'wrong-author', (one, other) => one.sign(text, { author: other.key })],
    [
      'signed by another key',
      'wrong-signature',
      (one) => ({ ...one.sign(text), signature: new Uint8Array(64) }),
    ],
    [
      'with another content',
      'wrong-content-hash',
      (one) => ({ ...one.sign(text), content: Uint8Array.of(0xa0) }),
    ],
    ['that repeats a sequence', 'wrong-sequence', (one) => one.sign(text, { sequence: 1 })],
    ['that leaves a sequence out', 'wrong-sequence', (one) => one.sign(text, { sequence: 9 })],
    ['of another kind than its content', 'malformed', (one) => one.sign(text, { kind: 'pin' })],
  ])('PROTOCOL 10.39: refuses an entry %s with %s, and nothing changes', (_, code, make) => {
    const fixture = new RoomFixture();
    const [owner, member] = labOf(fixture, 'open', 2);
    const before = fixture.store.rooms.find(lab);
    expect(member!.append(make(member!, owner)).refused?.code).toBe(code);
    expect(fixture.store.rooms.find(lab)).toEqual(before);
  });

  it('PROTOCOL 10.50: refuses a parent that is not in its log, so that no author makes the server look like a liar', () => {
    const fixture = new RoomFixture();
    const [owner, member] = labOf(fixture, 'open', 2);
    const { head } = fixture.store.rooms.find(lab)!;
    const lie = { ...head, hash: digestFromBytes(new Uint8Array(32).fill(1)) };
    expect(member!.write(text, { parent: lie })).toBe('wrong-parent');
    expect(member!.write(text, { parent: { ...head, seq: head.seq + 9 } })).toBe('wrong-parent');
    expect(member!.write(text, { parent: head })).toBeUndefined();
    owner.follow();
    owner.receive();
    expect(findingsOf(fixture, owner)).toEqual([]);
  });

  it('PROTOCOL 10.51: takes only so many entries of a member at once, and fewer batches of reactions', () => {
    const fixture = new RoomFixture();
    const [owner, member] = labOf(fixture, 'open', 2);
    const codes = (count: number, content: RoomContent) =>
      Array.from({ length: count }, () => member!.write(content)).filter((code) => code !== undefined);
    const id = owner.say('hello');
    expect(codes(6, { kind: 'reaction', items: [{ of: id, emoji: '👍', on: true }] })).toEqual([
      'too-often',
      'too-often',
    ]);
    expect(new Set(codes(roomEntriesBurst, text))).toEqual(new Set(['too-often']));
    expect(member!.last('room-appended').refused?.retryAfterMs).toBeGreaterThan(0);
    // The others go on.
    expect(owner.write(text)).toBeUndefined();
    fixture.pass(1_000);
    expect(member!.write(text)).toBeUndefined();
  });

  it('PROTOCOL 10.32: erases the words of a deleted message and of its edits, also in what it sends from then on', () => {
    const fixture = new RoomFixture();
    const [owner, member] = labOf(fixture, 'open', 2);
    const id = owner.say('secret');
    owner.write({ kind: 'edit', of: id, text: 'another secret' });
    expect(member!.write({ kind: 'delete', of: id })).toBe('not-the-author');
    expect(owner.write({ kind: 'delete', of: id })).toBeUndefined();
    expect(fixture.erasures).toBe(1);
    member!.follow();
    expect(member!.receive().map(({ content }) => content === null)).toEqual([
      false,
      false,
      true,
      true,
      false,
    ]);
    expect(findingsOf(fixture, member!)).toEqual([]);
    // Its words would stay in every copy.
    expect(owner.write({ kind: 'edit', of: id, text: 'words of a hostile author' })).toBe('message-deleted');
  });

  it('holds after a restart and after a fault: the state is the one of its entries', () => {
    const fixture = new RoomFixture();
    const [owner, member] = labOf(fixture, 'open', 2);
    owner.write({ kind: 'topic', topic: 'Physics' });
    owner.write({ kind: 'mode', mode: { name: 'moderated' } });
    for (const again of [() => fixture.reset(), () => fixture.restart()]) {
      again();
      fixture.arrive(owner);
      fixture.arrive(member!);
      expect(member!.write(text)).toBe('moderated');
      expect(owner.last('room-list').rows.map(({ name }) => name)).toEqual(['everyone', 'lab']);
    }
  });

  it('is loaded from a state that is written down every 1,000 entries', () => {
    const fixture = new RoomFixture();
    const [owner] = labOf(fixture);
    for (let count = 0; count < 1_020; count++) {
      owner.write(text);
      fixture.nowMs += 1_000;
    }
    const loaded = fixture.store.rooms.checkpoint(lab, 'load');
    expect(loaded?.point.seq).toBe(1_000);
    fixture.restart();
    fixture.arrive(owner);
    expect(owner.write(text)).toBeUndefined();
    expect(fixture.store.rooms.find(lab)?.head.seq).toBe(1_022);
  });
});

const text: RoomContent = { kind: 'text', text: 'hello' };

describe('closed rooms', () => {
  it('PROTOCOL 10.41: are as if they were not there for a client without a part in them', () => {
    const fixture = new RoomFixture();
    const [owner] = labOf(fixture, 'closed');
    const stranger = fixture.member(5);
    const answers = (room: RoomId) => {
      stranger.heard.length = 0;
      for (const content of [
        { kind: 'join' },
        text,
        { kind: 'delete', of: owner.sign(text).header.id },
      ] as const)
        stranger.write(content, { room });
      stranger.follow(room);
      stranger.tell({ kind: 'room-readers-request', room, id: owner.sign(text).header.id });
      return stranger.heard.map((message) =>
        JSON.stringify({ ...message, room: null, refused: null, id: null }),
      );
    };
    expect(answers(lab)).toEqual(answers(roomOf(5)));
    expect(stranger.write({ kind: 'join' })).toBe('no-such-room');
    stranger.tell({ kind: 'room-browse', after: null });
    expect(stranger.last('room-list').rows).toEqual([]);
    owner.write({ kind: 'invite', member: stranger.key });
    expect(stranger.last('room-list')).toMatchObject({
      mine: true,
      rows: [{ room: lab, standing: 'invited' }],
    });
    expect(stranger.write({ kind: 'join' })).toBeUndefined();
  });
});

describe('the creation of rooms', () => {
  const create = (name: string): RoomContent => ({ kind: 'create', name, access: 'open' });

  it('PROTOCOL 10.49: gives each name to one room, also where names only look the same', () => {
    const fixture = new RoomFixture();
    const [owner, member] = labOf(fixture, 'open', 2);
    expect(member!.write(create('LAB'), { room: roomOf(1) })).toBe('room-name-taken');
    expect(member!.write(create('Iab'), { room: roomOf(1) })).toBe('room-name-look-alike');
    expect(member!.write(create('everyone'), { room: roomOf(1) })).toBe('room-name-taken');
    expect(member!.write(create('works'), { room: roomOf(1) })).toBeUndefined();
    expect(owner.write({ kind: 'name', name: 'works' })).toBe('room-name-taken');
    expect(owner.write({ kind: 'name', name: 'Lab' })).toBeUndefined();
    expect(owner.write({ kind: 'name', name: 'shop' })).toBeUndefined();
    expect(member!.write({ kind: 'name', name: 'lab' }, { room: roomOf(1) })).toBeUndefined();
    expect(fixture.turn(() => fixture.rooms.close(fixture.now, lab))).toBe(true);
    expect(member!.write({ kind: 'name', name: 'shop' }, { room: roomOf(1) })).toBeUndefined();
  });

  it('PROTOCOL 10.49: takes 5 rooms of a key in its first hour, and 20 in all', () => {
    const fixture = new RoomFixture();
    const owner = fixture.member(1);
    const created = (from: number, to: number) => {
      const codes = [];
      for (let number = from; number < to; number++)
        codes.push(
          owner.write(create(`room${'abcdefghijklmnopqrstuvwxyz'[number]}`), { room: roomOf(number + 1) }),
        );
      return codes.filter((code) => code === undefined).length;
    };
    expect(created(0, 9)).toBe(roomsInFirstHourMax);
    expect(owner.last('room-appended').refused?.code).toBe('too-many-rooms-of-key');
    fixture.nowMs += 3_600_000;
    expect(created(9, 26)).toBe(roomsOfKeyMax - roomsInFirstHourMax);
    // An id that is taken, and the one of the server.
    expect(fixture.member(2).write(create('other'), { room: roomOf(1) })).toBe('already-created');
    expect(owner.write(create('own'), { room: everyoneRoom })).toBe('already-created');
  });
});

describe('a client that follows a room', () => {
  it('PROTOCOL 10.42: gets the entries after the newest point that both have, each once and in order', () => {
    const fixture = new RoomFixture();
    const [owner, member] = labOf(fixture, 'open', 2);
    member!.follow();
    expect(said(member!.receive())).toEqual(['create', 'join']);
    fixture.leave(member!);
    for (const word of ['one', 'two', 'three']) owner.say(word);
    fixture.arrive(member!);
    const known = fixture.store.rooms.pointAt(lab, 2)!;
    const unknown = { ...known, seq: 50 };
    member!.follow(lab, [unknown, known, logStart]);
    expect(member!.last('room-entries').from).toEqual(known);
    expect(said(member!.receive())).toEqual(['create', 'join', 'one', 'two', 'three']);
    owner.say('four');
    fixture.pass(0);
    expect(said(member!.receive()).at(-1)).toBe('four');
    expect(findingsOf(fixture, member!)).toEqual([]);
  });

  it('PROTOCOL 10.42: has one unanswered batch, so that a slow member delays no other', () => {
    const fixture = new RoomFixture();
    const [owner, slow, quick] = labOf(fixture, 'open', 2, 3);
    for (const member of [slow!, quick!]) member.follow();
    quick!.receive();
    for (const word of ['one', 'two']) {
      owner.say(word);
      fixture.pass(0);
      quick!.receive();
    }
    expect(slow!.heardOf('room-entries')).toHaveLength(1);
    expect(said(quick!.entries())).toEqual(['create', 'join', 'join', 'one', 'two']);
    // An acknowledgement of entries that were never sent counts as one of those that were.
    slow!.tell({ kind: 'room-ack', room: lab, delivered: 900, read: 900 });
    fixture.pass(0);
    expect(said(slow!.receive())).toEqual(said(quick!.entries()));
    expect(fixture.rooms.pollTimeout()).toBeLessThan(Number.POSITIVE_INFINITY);
    fixture.pass(2_000);
    expect(fixture.store.rooms.member(lab, slow!.key)).toMatchObject({ delivered: 5, read: 3 });
  });

  it('PROTOCOL 10.42: gets a new entry before the others after its user has read or written', () => {
    const fixture = new RoomFixture();
    const members = labOf(fixture, 'open', 2, 3, 4);
    const [owner, , reader, writer] = members;
    for (const member of members) {
      member.follow();
      member.receive();
    }
    const orderOf = (text: string) => {
      fixture.tokens.length = 0;
      owner.say(text);
      fixture.pass(0);
      for (const member of members) member.receive();
      return fixture.tokens.map(({ key }) => members.findIndex((member) => member.key === key));
    };
    expect(orderOf('one')).toEqual([0, 3, 2, 1]);
    reader!.tell({ kind: 'room-ack', room: lab, delivered: 4, read: 4 });
    expect(orderOf('two')).toEqual([0, 2, 3, 1]);
    writer!.say('three');
    fixture.pass(0);
    for (const member of members) member.receive();
    // An acknowledgement of a message that the member had read before changes nothing.
    reader!.tell({ kind: 'room-ack', room: lab, delivered: 4, read: 4 });
    expect(orderOf('four')).toEqual([0, 3, 2, 1]);
  });

  it('PROTOCOL 10.42: gets what its full queue did not take when the queue has room again', () => {
    const fixture = new RoomFixture();
    const [owner, member] = labOf(fixture, 'open', 2);
    member!.follow();
    member!.receive();
    owner.say('lost');
    fixture.pass(0);
    const { token } = fixture.tokens.at(-1)!;
    member!.heard.length = 0;
    fixture.turn(() => fixture.rooms.handleQueueFull(member!.key, token));
    owner.say('later');
    fixture.pass(0);
    expect(member!.heard).toEqual([]);
    fixture.turn(() => fixture.rooms.handleWritable(fixture.nowMs, member!.key));
    fixture.pass(0);
    expect(said(member!.receive())).toEqual(['lost', 'later']);
  });

  it('PROTOCOL 10.45: gets the entries up to its end, also later, and nothing after it', () => {
    const fixture = new RoomFixture();
    const [owner, away, here] = labOf(fixture, 'open', 2, 3);
    here!.follow();
    here!.receive();
    fixture.leave(away!);
    owner.say('for both');
    owner.write({ kind: 'remove', member: away!.key });
    owner.write({ kind: 'ban', member: here!.key });
    owner.say('for neither');
    fixture.pass(0);
    expect(said(here!.receive()).slice(-3)).toEqual(['for both', 'remove', 'ban']);
    expect(here!.last('room-refused')).toMatchObject({ room: lab, code: 'not-a-member' });
    fixture.arrive(away!);
    expect(away!.last('room-list').rows.at(-1)).toMatchObject({ room: lab, standing: 'former' });
    away!.follow();
    expect(said(away!.receive()).slice(-2)).toEqual(['for both', 'remove']);
    expect(away!.last('room-refused')).toMatchObject({ code: 'not-a-member' });
    expect([findingsOf(fixture, here!), findingsOf(fixture, away!)]).toEqual([[], []]);
    expect(here!.write(text)).toBe('banned-from-room');
    // A later member reads on from where it was.
    expect(away!.write({ kind: 'join' })).toBeUndefined();
    away!.heard.length = 0;
    away!.follow();
    expect(said(away!.receive()).slice(-2)).toEqual(['for neither', 'join']);
  });

  it('PROTOCOL 10.26: starts from a checkpoint after its own entry where the room shows no history', () => {
    const fixture = new RoomFixture();
    const [owner] = labOf(fixture);
    owner.say('before');
    owner.write({ kind: 'history', history: 'none' });
    const member = fixture.member(2);
    member.write({ kind: 'join' });
    owner.say('after');
    fixture.leave(member);
    fixture.restart();
    fixture.arrive(member);
    member.follow();
    const checkpoint = checkpointFrom(fixture, member);
    expect(checkpoint).toMatchObject({ point: { seq: 4 }, name: 'lab' });
    expect(said(member.receive())).toEqual(['after']);
    expect(member.heard.some((message) => JSON.stringify(message).includes('before'))).toBe(false);
  });

  it('PROTOCOL 10.44: gets a long checkpoint in parts, each when the one before it has arrived', () => {
    const fixture = new RoomFixture();
    const [owner] = labOf(fixture);
    for (let number = 0; number < 900; number++) {
      const key = sha256(Uint8Array.of(number, number >> 8));
      owner.write({ kind: 'ban', member: peerKeyFromBytes(key) });
      fixture.nowMs += 1_000;
    }
    owner.write({ kind: 'history', history: 'none' });
    owner.write({ kind: 'topic', topic: 't' });
    const member = fixture.member(2);
    member.write({ kind: 'join' });
    member.follow();
    const parts = () => member.heardOf('room-checkpoint');
    while (parts().at(-1)!.offset + parts().at(-1)!.bytes.length < parts().at(-1)!.size) {
      expect(member.heardOf('room-entries')).toEqual([]);
      const { token } = fixture.tokens.at(-1)!;
      fixture.turn(() => fixture.rooms.handleAcknowledged(fixture.nowMs, member.key, token));
      fixture.pass(0);
    }
    expect(parts().length).toBeGreaterThan(0);
    const checkpoint = checkpointFrom(fixture, member);
    expect(checkpoint?.banned).toHaveLength(900);
  });
});

/** The checkpoint of the parts that came, if the server has signed it. */
function checkpointFrom(fixture: RoomFixture, member: TestMember) {
  for (let count = -1; count !== fixture.tokens.length;) {
    count = fixture.tokens.length;
    const { token } = fixture.tokens.at(-1)!;
    fixture.turn(() => fixture.rooms.handleAcknowledged(fixture.nowMs, member.key, token));
    fixture.pass(0);
  }
  const parts = member.heardOf('room-checkpoint');
  const bytes = new Uint8Array(parts[0]?.size ?? 0);
  for (const part of parts) bytes.set(part.bytes, part.offset);
  const { signature } = parts[0]!;
  const signer = signerOf(fixture.identity);
  return readCheckpoint(
    fixture.identity.key,
    lab,
    { bytes, signature },
    {
      digestOf: (each) => digestFromBytes(sha256(each)),
      verify: (context, _, signed, by) => signer.verify(context, fixture.identity.signingKey, signed, by),
    },
  );
}

describe('the figures of a room', () => {
  const figures = (member: TestMember): ProtocolMessageOf<'room-figures'>['items'] =>
    member.heardOf('room-figures').flatMap(({ items }) => items);

  it('PROTOCOL 10.46: tell an author how many of the members at that time have its message, once a second at most', () => {
    const fixture = new RoomFixture();
    const [owner, two, three] = labOf(fixture, 'open', 2, 3);
    for (const member of [two!, three!]) {
      member.follow();
      member.receive();
    }
    fixture.pass(5_000);
    const id = owner.say('hello');
    fixture.member(4).write({ kind: 'join' });
    fixture.pass(0);
    expect(figures(owner)).toEqual([{ id, delivered: 0, read: 0, of: 2 }]);
    two!.receive();
    fixture.pass(500);
    expect(figures(owner)).toHaveLength(1);
    three!.receive();
    three!.tell({ kind: 'room-ack', room: lab, delivered: 4, read: 4 });
    fixture.pass(500);
    expect(figures(owner).slice(1)).toEqual([{ id, delivered: 2, read: 1, of: 2 }]);
    expect(figures(two!)).toEqual([]);
    owner.heard.length = 0;
    fixture.pass(2_000);
    // They are on disk, and an author that comes back gets them again.
    fixture.restart();
    fixture.arrive(owner);
    owner.follow();
    fixture.pass(1_000);
    expect(figures(owner)).toEqual([{ id, delivered: 2, read: 1, of: 2 }]);
  });

  it('PROTOCOL 10.47: name the members to the author of the message alone', () => {
    const fixture = new RoomFixture();
    const [owner, two, three] = labOf(fixture, 'open', 2, 3);
    const id = owner.say('hello');
    two!.follow();
    two!.receive();
    const ask = (member: TestMember) => member.tell({ kind: 'room-readers-request', room: lab, id });
    ask(owner);
    expect(owner.last('room-readers')).toMatchObject({
      id,
      read: [],
      delivered: [two!.key],
      pending: [three!.key],
      more: 0,
    });
    ask(two!);
    expect(two!.last('room-refused')).toMatchObject({ room: lab, id, code: 'not-the-author' });
    for (let count = 0; count < 20; count++) ask(owner);
    expect(owner.last('room-refused')).toMatchObject({ id, code: 'too-often' });
  });

  it('PROTOCOL 10.46: count the users of the last 7 days in #everyone', () => {
    const fixture = new RoomFixture();
    const [one, two] = [fixture.member(1), fixture.member(2)];
    fixture.member(3);
    const id = one.say('hello', everyoneRoom);
    two.follow(everyoneRoom);
    two.receive(everyoneRoom);
    fixture.pass(1_000);
    expect(figures(one).at(-1)).toEqual({ id, delivered: 1, read: 0, of: 2 });
  });
});

describe('#everyone', () => {
  it('PROTOCOL 10.19: is there from the start, takes entries of users in the table, and has no joins', () => {
    const fixture = new RoomFixture();
    const one = fixture.member(1);
    expect(one.last('room-list')).toMatchObject({
      mine: true,
      rows: [{ room: everyoneRoom, name: 'everyone', access: 'everyone', standing: 'member', members: 1 }],
    });
    const write = (content: RoomContent) => one.write(content, { room: everyoneRoom });
    expect(write(text)).toBeUndefined();
    expect([write({ kind: 'join' }), write({ kind: 'leave' })]).toEqual([
      'not-in-everyone',
      'not-in-everyone',
    ]);
    fixture.restart();
    fixture.arrive(one);
    one.follow(everyoneRoom);
    expect(said(one.receive(everyoneRoom))).toEqual(['create', 'hello']);
    expect(findingsOf(fixture, one, everyoneRoom)).toEqual([]);
  });

  it('PROTOCOL 10.8: gets its owner by an entry of the server, the hosting user first, then the one that the operator names', () => {
    const fixture = new RoomFixture();
    const [one, two] = [fixture.member(1), fixture.member(2)];
    const isOwner = (member: TestMember) =>
      member.write({ kind: 'topic', topic: 'x' }, { room: everyoneRoom });
    for (const member of [one, two])
      fixture.turn(() => fixture.rooms.nameFirstOwner(fixture.now, member.key));
    expect([isOwner(one), isOwner(two)]).toEqual([undefined, 'not-allowed']);
    fixture.turn(() => expect(fixture.rooms.nameOwner(fixture.now, everyoneRoom, two.key)).toBeNull());
    expect([isOwner(one), isOwner(two)]).toEqual(['not-allowed', undefined]);
    fixture.turn(() => {
      expect(fixture.rooms.nameOwner(fixture.now, roomOf(9), two.key)).toBe('no-such-room');
      expect(fixture.rooms.nameOwner(fixture.now, everyoneRoom, peerKeyFromBytes(new Uint8Array(32)))).toBe(
        'unknown-name',
      );
      expect(fixture.rooms.close(fixture.now, everyoneRoom)).toBe(false);
    });
  });
});

describe('lists of rooms', () => {
  it('PROTOCOL 10.48: come after a registration, when a part changes, and in pages', () => {
    const fixture = new RoomFixture();
    const [owner, member] = labOf(fixture, 'open', 2);
    member!.write({ kind: 'create', name: 'shop', access: 'open' }, { room: roomOf(1) });
    owner.heard.length = 0;
    owner.tell({ kind: 'room-browse', after: null });
    const { rows, next, mine } = owner.last('room-list');
    expect([mine, next]).toEqual([false, null]);
    expect(rows.map(({ name, standing, members }) => [name, standing, members])).toEqual([
      ['lab', 'owner', 2],
      ['shop', 'guest', 1],
    ]);
    owner.tell({ kind: 'room-browse', after: 'LAB' });
    expect(owner.last('room-list').rows.map(({ name }) => name)).toEqual(['shop']);
    owner.write({ kind: 'role', member: member!.key, role: 'moderator' });
    expect(member!.last('room-list')).toMatchObject({
      mine: true,
      rows: [{ room: lab, standing: 'moderator' }],
    });
    for (let count = 0; count < 20; count++) owner.tell({ kind: 'room-browse', after: null });
    expect(owner.last('error')).toMatchObject({ code: 'too-often', about: 'room-browse' });
  });
});

describe('what a room keeps', () => {
  it('PROTOCOL 10.26: is cut by count, bytes and days, with a signed checkpoint from which new members start', () => {
    const fixture = new RoomFixture();
    const [owner] = labOf(fixture);
    for (let number = 0; number < 10; number++) owner.say(`text ${number}`);
    owner.write({ kind: 'retention', retention: { count: 5 } });
    fixture.pass(60_000);
    expect(fixture.store.rooms.find(lab)?.entries).toBe(5);
    const member = fixture.member(2);
    member.write({ kind: 'join' });
    member.follow();
    expect(checkpointFrom(fixture, member)?.point.seq).toBe(7);
    expect(said(member.receive())).toEqual(['text 6', 'text 7', 'text 8', 'text 9', 'retention', 'join']);
    owner.write({ kind: 'retention', retention: { days: 1 } });
    fixture.nowMs += 2 * 86_400_000;
    owner.say('new');
    fixture.pass(60_000);
    expect(fixture.store.rooms.entriesAfter(lab, 0, 9).map(({ entry }) => entry.position.seq)).toEqual([15]);
    // The state is as before.
    fixture.restart();
    fixture.arrive(member);
    expect(member.write(text)).toBeUndefined();
    fixture.arrive(owner);
    owner.write({ kind: 'retention', retention: { bytes: 1 } });
    fixture.pass(60_000);
    expect(fixture.store.rooms.find(lab)?.entries).toBe(0);
    expect(owner.write(text)).toBeUndefined();
    expect(fixture.erasures).toBeGreaterThan(0);
  });

  it('PROTOCOL 10.26: is not more than the operator allows', () => {
    const fixture = new RoomFixture();
    const [owner] = labOf(fixture);
    for (let number = 0; number < 40; number++) owner.write({ kind: 'text', text: 'x'.repeat(16_000) });
    const set = (change: Partial<Quotas>) =>
      fixture.turn(() => fixture.store.facts.set({ quotas: { ...defaultQuotas, ...change } }));
    set({ roomBytesMax: 500_000, roomsMax: 1 });
    fixture.pass(60_000);
    expect(fixture.store.rooms.find(lab)?.bytes).toBeLessThanOrEqual(500_000);
    expect(fixture.store.rooms.find(lab)?.bytes).toBeGreaterThan(400_000);
    const another: RoomContent = { kind: 'create', name: 'shop', access: 'open' };
    expect(owner.write(another, { room: roomOf(1) })).toBe('too-many-rooms');
    set({ roomsMax: 2 });
    expect(owner.write(another, { room: roomOf(1) })).toBeUndefined();
  });

  it('PROTOCOL 10.26: has no more space with the others than the operator allows, and the key that uses most loses', () => {
    const fixture = new RoomFixture();
    const [owner] = labOf(fixture);
    const other = fixture.member(4);
    const small = roomOf(7);
    other.write({ kind: 'create', name: 'small', access: 'open' }, { room: small });
    for (let number = 0; number < 40; number++) owner.write({ kind: 'text', text: 'x'.repeat(16_000) });
    const quotas = { ...defaultQuotas, roomsBytesMax: 500_000 };
    fixture.turn(() => fixture.store.facts.set({ quotas }));
    expect(owner.write({ kind: 'text', text: 'one more' })).toBe('room-quota-full');
    const another: RoomContent = { kind: 'create', name: 'shop', access: 'open' };
    expect(owner.write(another, { room: roomOf(1) })).toBe('room-quota-full');
    // What erases, moderates or makes the room smaller passes, and so does what is for the rooms of others.
    expect(owner.write({ kind: 'retention', retention: { bytes: 1_000_000 } })).toBeUndefined();
    expect(other.write({ kind: 'text', text: 'a few words' }, { room: small })).toBeUndefined();
    expect(fixture.member(5).write(another, { room: roomOf(2) })).toBeUndefined();
    fixture.pass(60_000);
    const sum = fixture.store.rooms.all().reduce((bytes, record) => bytes + record.bytes, 0);
    expect(sum).toBeLessThanOrEqual(500_000);
    expect(sum).toBeGreaterThan(400_000);
    expect(fixture.store.rooms.entriesAfter(small, 0, 9)).toHaveLength(2);
    expect(owner.write({ kind: 'text', text: 'now there is space' })).toBeUndefined();
    // The same after a start: what the rooms take is in the store.
    fixture.turn(() => fixture.store.facts.set({ quotas: { ...quotas, roomsBytesMax: 400_000 } }));
    fixture.restart();
    for (const one of [owner, other]) fixture.arrive(one);
    expect(owner.write(text)).toBe('room-quota-full');
    expect(other.write(text, { room: small })).toBeUndefined();
  });

  it('PROTOCOL 10.49: has no more members than the operator allows, and keeps those that it has', () => {
    const fixture = new RoomFixture();
    const [owner, member] = labOf(fixture, 'open', 2) as [TestMember, TestMember];
    const guest = fixture.member(3);
    fixture.turn(() => fixture.store.facts.set({ quotas: { ...defaultQuotas, roomMembersMax: 2 } }));
    expect(guest.write({ kind: 'join' })).toBe('room-full');
    expect(owner.write({ kind: 'text', text: 'one' })).toBeUndefined();
    expect(member.write({ kind: 'leave' })).toBeUndefined();
    expect(guest.write({ kind: 'join' })).toBeUndefined();
  });

  it('PROTOCOL 10.26: goes with the room 30 days after the operator has closed it', () => {
    const fixture = new RoomFixture();
    const [owner] = labOf(fixture);
    owner.follow();
    owner.receive();
    const { entries, head } = owner.last('room-entries');
    fixture.turn(() => fixture.rooms.close(fixture.now, lab));
    expect(owner.write(text)).toBe('room-closed');
    fixture.nowMs += 29 * 86_400_000;
    fixture.pass(60_000);
    expect(fixture.store.rooms.find(lab)?.ended).toBe('closed');
    fixture.nowMs += 2 * 86_400_000;
    fixture.pass(60_000);
    expect(fixture.store.rooms.find(lab)).toBeUndefined();
    expect(owner.write(text)).toBe('no-such-room');
    // A member cannot bring it back with what the server has signed: only a restored server lacks entries.
    owner.tell({ kind: 'room-offer', room: lab, entries, head });
    expect(owner.last('room-appended').refused?.code).toBe('wrong-chain');
    expect(fixture.store.rooms.find(lab)).toBeUndefined();
  });
});

describe('a server that was restored from a backup', () => {
  const offer = (
    member: TestMember,
    from: TestMember,
    after: number,
  ): ProtocolMessageOf<'room-appended'>[] => {
    for (const { room, entries, head } of from.heardOf('room-entries'))
      if (room === lab && (entries.at(-1)?.position.seq ?? 0) > after)
        member.tell({ kind: 'room-offer', room, entries, head });
    return member.heardOf('room-appended');
  };

  function lost() {
    const fixture = new RoomFixture();
    const [owner, member] = labOf(fixture, 'open', 2);
    for (const one of [owner, member!]) {
      one.follow();
      one.receive();
    }
    owner.say('lost');
    fixture.pass(0);
    for (const one of [owner, member!]) one.receive();
    fixture.restore(openServerStore());
    for (const one of [owner, member!]) {
      fixture.arrive(one);
      one.heardOf('room-appended').length = 0;
    }
    return { fixture, owner, member: member! };
  }

  it('PROTOCOL 10.43: tells a member that it has forgotten from where it lacks entries', () => {
    const { fixture, member } = lost();
    const { head } = member.last('room-entries');
    member.follow(lab, [head.point, logStart], head);
    expect(member.last('room-entries')).toMatchObject({
      from: logStart,
      entries: [],
      head: { point: logStart },
    });
    member.follow(lab, [head.point, logStart]);
    expect(member.last('room-refused')).toMatchObject({ code: 'no-such-room' });
    const forged = { ...head, signature: new Uint8Array(64) };
    member.follow(lab, [head.point, logStart], forged);
    expect(member.heardOf('room-refused')).toHaveLength(2);
    expect(fixture.store.rooms.find(lab)).toBeUndefined();
  });

  it('PROTOCOL 10.9: takes back the entries that follow on its log under its own signature, at their places', () => {
    const { fixture, owner, member } = lost();
    const before = member.entries();
    offer(member, member, 0);
    const kept = fixture.store.rooms.entriesAfter(lab, 0, 9).map(({ entry }) => entry);
    expect(kept).toEqual(before);
    // The other member offers the same, and nothing is doubled.
    offer(owner, owner, 0);
    expect(fixture.store.rooms.find(lab)?.head.seq).toBe(3);
    expect(owner.write(text)).toBeUndefined();
    member.heard.length = 0;
    member.follow(lab, [fixture.store.rooms.pointAt(lab, 3)!]);
    expect(said(member.receive())).toEqual(['hello']);
  });

  it('PROTOCOL 10.9: appends what does not follow under its id and its signature', () => {
    const { fixture, owner, member } = lost();
    // Someone makes the room again before the entries are offered.
    const third = fixture.member(3);
    third.write({ kind: 'create', name: 'lab', access: 'open' });
    for (const one of [owner, member]) one.write({ kind: 'join' }, { sequence: 1 });
    const [, , message] = member.entries();
    offer(member, member, 2);
    const kept = fixture.store.rooms.entriesAfter(lab, 0, 9).map(({ entry }) => entry);
    expect(said(kept)).toEqual(['create', 'join', 'join', 'lost']);
    expect(kept[3]).toMatchObject({
      header: message!.header,
      signature: message!.signature,
      position: { seq: 4 },
    });
    offer(owner, owner, 2);
    expect(fixture.store.rooms.find(lab)?.head.seq).toBe(4);
  });

  it('PROTOCOL 10.9: takes nothing without a head of its own, and nothing from a head that its log has', () => {
    const { fixture, member } = lost();
    const { entries, head } = member.heardOf('room-entries')[0]!;
    const forged = { ...head, signature: new Uint8Array(64) };
    member.tell({ kind: 'room-offer', room: lab, entries, head: forged });
    expect(member.last('room-appended').refused?.code).toBe('wrong-chain');
    const [first, second] = entries;
    member.tell({ kind: 'room-offer', room: lab, entries: [second!, first!], head });
    expect(member.last('room-appended').refused?.code).toBe('wrong-chain');
    expect(fixture.store.rooms.find(lab)).toBeUndefined();
    offer(member, member, 0);
    // A hostile member with a real head and an entry of its own.
    const own = { ...member.sign(text, { sequence: 2 }), position: entries.at(-1)!.position };
    member.tell({ kind: 'room-offer', room: lab, entries: [own], head });
    expect(fixture.store.rooms.find(lab)?.head.seq).toBe(3);
  });
});
