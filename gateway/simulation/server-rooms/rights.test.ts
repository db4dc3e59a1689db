import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { MessageId } from '../../../shared/ids.ts';
import { everyoneRoom } from '../../../shared/rooms/room-state.ts';
import {
  rightsAuthors,
  rightsContents,
  rightsSituations,
  rightsTableOf,
  rulingOf,
  type RightsAuthor,
  type RightsSituation,
} from '../../../shared/rooms/test-rights.ts';
import { lab, RoomFixture, type TestMember } from './room-fixture.ts';

const document = readFileSync(new URL('../../../docs/protocol/rooms.md', import.meta.url), 'utf8');
const rows = rightsTableOf(document);

/** A client is never the server. */
type Author = Exclude<RightsAuthor, 'server'>;
const authors = rightsAuthors.filter((author): author is Author => author !== 'server');

/** The room of a situation, with a message of each author. */
class Situation {
  readonly fixture = new RoomFixture();
  readonly room;
  readonly people: Record<Author, TestMember>;
  readonly other: TestMember;
  readonly target: TestMember;
  readonly messages = new Map<TestMember, MessageId>();

  constructor(situation: RightsSituation) {
    const { fixture } = this;
    const isEveryone = situation === 'everyone';
    this.room = isEveryone ? everyoneRoom : lab;
    const outside = (number: number) => (isEveryone ? fixture.stranger(number) : fixture.member(number));
    this.people = {
      owner: fixture.member(1),
      moderator: fixture.member(2),
      member: fixture.member(3),
      reader: fixture.member(4),
      silenced: fixture.member(5),
      guest: outside(6),
      banned: outside(7),
    };
    [this.other, this.target] = [fixture.member(8), fixture.member(9)];
    if (isEveryone) this.#beginEveryone();
    else this.#beginRoom(situation);
    this.#giveRoles();
    this.#change(situation);
  }

  /** Writes as an honest client. Throws where the server refuses. */
  do(author: TestMember, content: Parameters<TestMember['write']>[0]): void {
    const code = author.write(content, { room: this.room });
    if (code !== undefined) throw new Error(`${content.kind} was refused: ${code}`);
  }

  #beginEveryone(): void {
    const { fixture, people } = this;
    fixture.turn(() => fixture.rooms.nameFirstOwner(fixture.now, people.owner.key));
    const { owner, moderator, member, reader, silenced } = people;
    for (const each of [owner, moderator, member, reader, silenced, this.other]) this.#say(each);
  }

  #beginRoom(situation: RightsSituation): void {
    const { owner, guest } = this.people;
    this.do(owner, { kind: 'create', name: 'lab', access: situation === 'closed' ? 'closed' : 'open' });
    for (const each of [...Object.values(this.people), this.other, this.target]) {
      if (each !== owner) {
        this.do(owner, { kind: 'invite', member: each.key });
        this.do(each, { kind: 'join' });
      }
      this.#say(each);
    }
    this.do(guest, { kind: 'leave' });
    this.do(owner, { kind: 'invite', member: guest.key });
    this.do(owner, { kind: 'ban', member: this.people.banned.key });
    this.do(owner, { kind: 'role', member: this.other.key, role: 'owner' });
  }

  #giveRoles(): void {
    const { owner, moderator, reader, silenced } = this.people;
    this.do(owner, { kind: 'role', member: moderator.key, role: 'moderator' });
    this.do(owner, { kind: 'role', member: reader.key, role: 'reader' });
    this.do(owner, { kind: 'silence', member: silenced.key });
  }

  #change(situation: RightsSituation): void {
    const { fixture } = this;
    const { owner } = this.people;
    if (situation === 'moderated') this.do(owner, { kind: 'mode', mode: { name: 'moderated' } });
    if (situation === 'slow') this.do(owner, { kind: 'mode', mode: { name: 'slow', seconds: 10 } });
    if (situation === 'archived' || situation === 'ended') this.do(owner, { kind: 'archive' });
    if (situation === 'ended') fixture.turn(() => fixture.rooms.close(fixture.now, lab));
  }

  #say(author: TestMember): void {
    this.messages.set(author, author.say('hello', this.room));
  }

  /** What the server answers to this entry, which it then forgets. */
  answerTo(author: TestMember, content: Parameters<TestMember['write']>[0]): string {
    const { fixture, room } = this;
    const entries = [author.sign(content, { room })];
    fixture.undone(() =>
      fixture.rooms.handleMessage(fixture.now, author.key, { kind: 'room-append', room, entries }),
    );
    return author.last('room-appended').refused?.code ?? 'ok';
  }
}

describe('the table of rights at the door of the server', () => {
  it.each(rightsSituations)('PROTOCOL 10.16: holds for each kind and author: %s', (name) => {
    const situation = new Situation(name);
    const { people, other, target, messages } = situation;
    const ofOther = messages.get(other)!;
    const stranger = situation.fixture.stranger(30);
    for (const row of rows) {
      for (const author of authors) {
        const one = people[author];
        const content = (of: MessageId) => rightsContents(of, target.key, stranger.key)[row.kind];
        const expected = rulingOf(row, author, name);
        const cell = `${row.kind} by ${author}`;
        expect(situation.answerTo(one, content(messages.get(one) ?? ofOther)), cell).toBe(expected);
        if (expected !== 'ok') continue;
        expect(
          situation.answerTo(one, content(ofOther)),
          `${cell}, about the message of another author`,
        ).toBe(row.own ? 'not-the-author' : 'ok');
      }
    }
  });
});
