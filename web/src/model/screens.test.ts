import { describe, expect, it } from 'vitest';
import type { Session } from '../../../shared/bridge/schema.ts';
import {
  bob,
  carol,
  idOf,
  keyOf,
  me,
  messageOf,
  personOf,
  sentMessageOf,
  snapshotOf,
  withBob,
  withCarol,
} from '../testing/samples.ts';
import { bannerOf, secondsUntil } from './banner.ts';
import { applySnapshot, initialState } from './chat.ts';
import { checkNickname, checkServer, problemOf } from './first-screen.ts';
import { invitationOf } from './invitation.ts';
import { pendingFor, type PendingMessage } from './pending.ts';
import { initialOf, otherContacts, contactSections, unreadTotal } from './contacts.ts';
import { parseRoute, pathTo, personOf as personOfRoute } from './route.ts';

const chatOf = (...change: Parameters<typeof snapshotOf>) =>
  applySnapshot(initialState, snapshotOf(...change));
const server = '192.168.1.7:50000';

describe('UI 20: the banner', () => {
  const unreachable: Session = {
    phase: 'unreachable',
    me,
    nickname: 'alice',
    server,
    sinceMs: 7,
    nextTryAtMs: 9,
  };

  it('says nothing while all is well, or nothing is joined', () => {
    expect(bannerOf({ status: 'open' }, snapshotOf().session)).toBeNull();
    expect(bannerOf({ status: 'open' }, { phase: 'none' })).toBeNull();
    expect(bannerOf({ status: 'open' }, { phase: 'joining', nickname: 'alice', server })).toBeNull();
  });

  it('says which is out of reach, since when, and the next try', () => {
    expect(bannerOf({ status: 'open' }, unreachable)).toEqual({
      kind: 'server',
      server,
      sinceMs: 7,
      nextTryAtMs: 9,
    });
    expect(bannerOf({ status: 'down', sinceMs: 1, nextTryAtMs: null }, unreachable)).toEqual({
      kind: 'gateway',
      sinceMs: 1,
      nextTryAtMs: null,
    });
  });

  it('counts whole seconds down to the try', () => {
    expect([8_000, 7_001, 1_000, 1, 0, -500].map((at) => secondsUntil(at, 0))).toEqual([8, 8, 1, 1, 0, 0]);
    expect(secondsUntil(null, 0)).toBeNull();
  });

  it('says offline, and a refusal with its suggestion', () => {
    expect(bannerOf({ status: 'open' }, { phase: 'offline', me, nickname: 'alice', server })?.kind).toBe(
      'offline',
    );
    const refused: Session = {
      phase: 'refused',
      me,
      nickname: 'a',
      server,
      code: 'nickname-taken',
      suggestion: 'a2',
    };
    expect(bannerOf({ status: 'open' }, refused)).toMatchObject({ kind: 'refused', suggestion: 'a2' });
  });
});

describe('UI 8: every conversation has a URL', () => {
  it.each(['bob', 'Čeněk', 'مريم', '100%', 'a/b', '?x#y', '🦊', '.', '..', '%2e', 'back\\slash'])(
    '%s comes back from its path',
    (nickname) => {
      const contact = personOf(bob, nickname);
      const people = new Map([[bob, contact]]);
      // As a browser reads it, which resolves dots.
      const { pathname } = new URL(pathTo(contact), 'http://127.0.0.1/');
      expect(personOfRoute(parseRoute(pathname), people)).toBe(contact);
    },
  );

  it('somebody without a nickname is found by key', () => {
    const contact = personOf(carol, null);
    expect(personOfRoute(parseRoute(pathTo(contact)), new Map([[carol, contact]]))).toBe(contact);
  });

  it('prefers the exact spelling to the folded one', () => {
    const people = new Map([
      [bob, personOf(bob, 'Bob')],
      [carol, personOf(carol, 'bob')],
    ]);
    expect(personOfRoute(parseRoute('/c/bob'), people)?.key).toBe(carol);
    expect(personOfRoute(parseRoute('/c/BOB'), people)?.key).toBe(bob);
  });

  it.each(['/', '/c/', '/c/%zz', '/k/nonsense', '/x/bob', '/c/bob/more'])(
    '%s means the list of people',
    (path) => {
      expect(parseRoute(path)).toEqual({ screen: 'people' });
    },
  );
});

describe('the people', () => {
  const chat = chatOf({
    people: [
      personOf(me, 'alice'),
      personOf(bob, 'bob'),
      personOf(carol, 'Carol', false),
      personOf(keyOf(4), 'anton', false),
      personOf(keyOf(5), 'Bert'),
    ],
    conversations: [
      {
        conversation: withCarol,
        unread: 2,
        messages: [messageOf(1, { conversation: withCarol, author: carol })],
        hasMore: false,
      },
      { conversation: withBob, unread: 1, messages: [], hasMore: false },
    ],
  });
  const names = (people: readonly { nickname: string | null }[]) => people.map((contact) => contact.nickname);

  it('stand in three sections, each by name, without me', () => {
    const sections = contactSections(chat, '');
    expect(names(sections.conversations)).toEqual(['bob', 'Carol']);
    expect(names(sections.online)).toEqual(['Bert']);
    expect(names(sections.away)).toEqual(['anton']);
  });

  it('are found by a part of their name', () => {
    const sections = contactSections(chat, ' AN ');
    expect(names([...sections.conversations, ...sections.online, ...sections.away])).toEqual(['anton']);
  });

  it('who wrote before the table told their name are there too', () => {
    const early = chatOf({
      conversations: [{ conversation: withCarol, unread: 1, messages: [], hasMore: false }],
    });
    expect(otherContacts(early)).toContainEqual({ key: carol, nickname: null, online: false });
  });

  it('UI 18: unread counts leave out what is before the eyes', () => {
    expect(unreadTotal(chat, null)).toBe(3);
    expect(unreadTotal(chat, carol)).toBe(1);
  });

  it('show the first grapheme of their name', () => {
    expect(['bob', '👩‍🚀x', 'č', ''].map(initialOf)).toEqual(['B', '👩‍🚀', 'Č', '?']);
    expect(initialOf(null)).toBe('?');
  });
});

describe('the first screen', () => {
  it('explains at the field what is wrong with it', () => {
    expect(checkNickname(' ')).toMatchObject({ field: 'nickname', code: 'nickname-empty' });
    expect(checkNickname('x'.repeat(33))).toMatchObject({ field: 'nickname', code: 'nickname-too-long' });
    expect(checkNickname('#room')).toMatchObject({ field: 'nickname', code: 'nickname-not-allowed' });
    expect(checkNickname('two words')).toMatchObject({ field: 'nickname', code: 'nickname-not-allowed' });
    expect(checkNickname('x'.repeat(32))).toBeNull();
    expect(checkServer('example.org')).toMatchObject({ field: 'server', code: 'address-invalid' });
    expect(checkServer('192.168.1.7')).toBeNull();
  });

  it('puts refusals of the gateway where they can be mended', () => {
    const refused = (code: 'nickname-taken' | 'server-silent' | 'server-full', suggestion?: string) =>
      problemOf({
        status: 'refused',
        code,
        sentence: '',
        retry: false,
        ...(suggestion === undefined ? {} : { suggestion }),
      });
    expect(refused('nickname-taken', 'bob2')).toEqual({
      field: 'nickname',
      code: 'nickname-taken',
      suggestion: 'bob2',
      serverKey: null,
    });
    expect(refused('server-silent')?.field).toBe('server');
    expect(refused('server-full')?.field).toBe('form');
    expect(problemOf({ status: 'done' })).toBeNull();
  });
});

describe('the invitation', () => {
  it('of a host: the addresses with their port', () => {
    const chat = chatOf({ hosting: { port: 50_001, addresses: ['192.168.1.7', '10.0.0.2:50001'] } });
    expect(invitationOf(chat)).toEqual({
      addresses: ['192.168.1.7:50001', '10.0.0.2:50001'],
      onlyHere: false,
      hosted: true,
    });
  });

  it('of somebody who joined: the address of the server', () => {
    expect(invitationOf(chatOf())).toEqual({ addresses: [server], onlyHere: false, hosted: false });
  });

  it('says when only this computer can use it', () => {
    const session: Session = {
      phase: 'online',
      me,
      nickname: 'alice',
      server: '127.0.0.1:50000',
      sinceMs: 0,
    };
    expect(invitationOf(chatOf({ session }))?.onlyHere).toBe(true);
    expect(invitationOf(chatOf({ hosting: { port: 50_000, addresses: [] } }))).toMatchObject({
      addresses: ['127.0.0.1:50000'],
      onlyHere: true,
    });
    expect(invitationOf(initialState)).toBeNull();
  });
});

it('a pending message gives way to the gateway’s own, by its id', () => {
  const pending = (number: number): PendingMessage => ({
    id: idOf(number),
    peer: bob,
    text: 'x',
    typedAtMs: 0,
    state: { kind: 'kept' },
  });
  const chat = chatOf({
    conversations: [{ conversation: withBob, unread: 0, messages: [sentMessageOf(1)], hasMore: false }],
  });
  expect(pendingFor([pending(1), pending(2)], chat, bob).map((message) => message.id)).toEqual([idOf(2)]);
  expect(pendingFor([pending(1)], chat, carol)).toEqual([]);
});
