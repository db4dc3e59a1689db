import { describe, expect, it } from 'vitest';
import type { Contact, Session } from '../../../shared/bridge/schema.ts';
import {
  bob,
  carol,
  idOf,
  keyOf,
  me,
  messageOf,
  contactOf,
  roomViewOf,
  sentMessageOf,
  snapshotOf,
  withBob,
  withCarol,
} from '../../../shared/model/samples.ts';
import { bannerOf, secondsUntil } from './banner.ts';
import { applySnapshot, initialState, type ChatState } from '../../../shared/model/chat.ts';
import { refused } from '../../../shared/command-result.ts';
import { checkJoinCode, checkServer, joinCodeOf, placeOf } from './first-screen.ts';
import { checkNickname } from './nickname-check.ts';
import { problemOf } from './form-problem.ts';
import type { ErrorCode } from '../../../shared/errors.ts';
import { invitationOf } from './invitation.ts';
import { pendingIn, type PendingMessage } from './pending.ts';
import { contactSections, initialOf, unreadTotal } from './contacts.ts';
import { parseRoute } from './paths.ts';
import { contactAt, pathTo, pathToRoom, roomAt } from './route.ts';

const chatOf = (...change: Parameters<typeof snapshotOf>) =>
  applySnapshot(initialState, snapshotOf(...change));
const server = { address: '192.168.1.7:50000' };
const knowing = (...contacts: Contact[]) => chatOf({ contacts });

const invitationIn = (chat: ChatState) => invitationOf({ chat, guest: null });

describe('UI 20: the banner', () => {
  const unreachable: Session = {
    phase: 'unreachable',
    me,
    nickname: 'alice',
    server,
    sinceMs: 7,
    nextAttemptAtMs: 9,
  };

  it('is absent while everything can be reached, and before a chat is joined', () => {
    expect(bannerOf({ status: 'open' }, snapshotOf().session)).toBeNull();
    expect(bannerOf({ status: 'open' }, { phase: 'none' })).toBeNull();
    expect(bannerOf({ status: 'open' }, { phase: 'joining', nickname: 'alice', server })).toBeNull();
  });

  it('says what cannot be reached, since when, and the next try', () => {
    expect(bannerOf({ status: 'open' }, unreachable)).toEqual({
      kind: 'server',
      server: server.address,
      sinceMs: 7,
      nextAttemptAtMs: 9,
    });
    expect(bannerOf({ status: 'down', sinceMs: 1, nextAttemptAtMs: null }, unreachable)).toEqual({
      kind: 'gateway',
      sinceMs: 1,
      nextAttemptAtMs: null,
    });
  });

  it('counts down to the next try in whole seconds', () => {
    expect([8_000, 7_001, 1_000, 1, 0, -500].map((at) => secondsUntil(at, 0))).toEqual([8, 8, 1, 1, 0, 0]);
    expect(secondsUntil(null, 0)).toBeNull();
  });

  it('says that the user is offline, and shows a refusal with its suggestion', () => {
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
    'the nickname %s survives its path',
    (nickname) => {
      const contact = contactOf(bob, nickname);
      // A browser resolves dots when it reads the path.
      const { pathname } = new URL(pathTo(contact), 'http://127.0.0.1/');
      expect(contactAt(parseRoute(pathname), knowing(contact))).toBe(contact);
    },
  );

  it('a contact without a nickname is found by its key', () => {
    const contact = contactOf(carol, null);
    expect(contactAt(parseRoute(pathTo(contact)), knowing(contact))).toBe(contact);
  });

  it('a nickname under two keys leads to the known key, and the other contact has its key in the path', () => {
    const known: Contact = {
      ...contactOf(bob, 'bob'),
      keyConflict: { type: 'changed', newKey: carol, refused: false },
    };
    const claimant: Contact = {
      ...contactOf(carol, 'bob'),
      keyConflict: { type: 'not-pinned', pinned: bob, refused: false },
    };
    const chat = knowing(claimant, known);
    expect(pathTo(known)).toBe('/c/bob');
    expect(pathTo(claimant)).toBe(`/k/${carol}`);
    expect(contactAt(parseRoute('/c/bob'), chat)).toBe(known);
    expect(contactAt(parseRoute(`/k/${carol}`), chat)).toBe(claimant);
  });

  it('the path of a replaced key opens the conversation that moved to the accepted key', () => {
    const contact = contactOf(carol, 'bob');
    const chat = chatOf({ contacts: [contact], movedConversations: [{ from: withBob, to: withCarol }] });
    expect(contactAt(parseRoute(`/k/${bob}`), chat)).toBe(contact);
    expect(contactAt(parseRoute('/c/bob'), chat)).toBe(contact);
    expect(contactAt(parseRoute(`/k/${bob}`), knowing(contact))).toBeUndefined();
  });

  it.each(['/', '/c/', '/c/%zz', '/k/nonsense', '/x/bob', '/c/bob/more'])(
    'the path %s means the list of contacts',
    (path) => {
      expect(parseRoute(path)).toEqual({ screen: 'contacts' });
    },
  );
});

describe('the list of contacts', () => {
  const chat = chatOf({
    contacts: [
      contactOf(me, 'alice'),
      contactOf(bob, 'bob'),
      contactOf(carol, 'Carol', false),
      contactOf(keyOf(4), 'anton', false),
      contactOf(keyOf(5), 'Bert'),
    ],
    conversations: [
      {
        conversation: withCarol,
        unread: 2,
        mentions: 0,
        notify: 'all',
        messages: [messageOf(1, { conversation: withCarol, author: carol })],
        hasMore: false,
      },
      { conversation: withBob, unread: 1, mentions: 0, notify: 'all', messages: [], hasMore: false },
    ],
  });
  const names = (contacts: readonly { nickname: string | null }[]) =>
    contacts.map((contact) => contact.nickname);

  it('has three sections, each sorted by name, without the user', () => {
    const sections = contactSections(chat, { status: 'open' }, '');
    expect(names(sections.conversations)).toEqual(['bob', 'Carol']);
    expect(names(sections.online)).toEqual(['Bert']);
    expect(names(sections.away)).toEqual(['anton']);
  });

  it('says of no one that they are online, while the tab does not have its gateway', () => {
    const sections = contactSections(chat, { status: 'down', sinceMs: 0, nextAttemptAtMs: null }, '');
    expect(names(sections.unknown)).toEqual(['anton', 'Bert']);
    expect([...sections.online, ...sections.away]).toEqual([]);
  });

  it('is filtered by a part of a name', () => {
    const sections = contactSections(chat, { status: 'open' }, ' AN ');
    expect(names([...sections.conversations, ...sections.online, ...sections.away])).toEqual(['anton']);
  });

  it('UI 18: the total of unread messages leaves out the conversation that the user is reading', () => {
    expect(unreadTotal(chat, null)).toBe(3);
    expect(unreadTotal(chat, withCarol)).toBe(1);
    expect(unreadTotal(chat, null, new Set([withCarol]))).toBe(1);
  });

  it('shows the first grapheme of each name', () => {
    expect(['bob', '👩‍🚀x', 'č', 'ßa', 'ნინო', ''].map(initialOf)).toEqual(['B', '👩‍🚀', 'Č', 'ß', 'ნ', '?']);
    expect(initialOf(null)).toBe('?');
  });
});

describe('the first screen', () => {
  it('takes the join code from its own field, or else from the address, and checks both', () => {
    const address = '192.168.1.7#k7q2-m4xd-9f3a-t6nz';
    expect(joinCodeOf(`${address}.9f3a-t6nz-k7q2-m4xd`, ' ')).toBe('9f3a-t6nz-k7q2-m4xd');
    expect(joinCodeOf(`${address}.9f3a-t6nz-k7q2-m4xd`, ' 0000 ')).toBe('0000');
    expect(joinCodeOf(address, '')).toBeUndefined();
    expect(checkServer(`${address}.9f3a-t6nz-k7q2-m4xd`)).toBeNull();
    expect(checkServer(`${address}.9f3a`)).toMatchObject({ field: 'server', code: 'join-code-invalid' });
    expect(checkServer('192.168.1.7#.9f3a-t6nz-k7q2-m4xd')).toMatchObject({ code: 'server-key-invalid' });
    expect([checkJoinCode(''), checkJoinCode('9f3a-t6nz-k7q2-m4xd')]).toEqual([null, null]);
    expect(checkJoinCode('9f3a')).toMatchObject({ field: 'joinCode', code: 'join-code-invalid' });
    for (const code of ['join-code-required', 'join-code-wrong', 'too-many-tries'] as const)
      expect(problemOf(refused(code))).toMatchObject({ field: 'joinCode', code });
  });

  it('explains an error at its field', () => {
    expect(checkNickname(' ')).toMatchObject({ field: 'nickname', code: 'nickname-empty' });
    expect(checkNickname('x'.repeat(33))).toMatchObject({ field: 'nickname', code: 'nickname-too-long' });
    expect(checkNickname('#room')).toMatchObject({ field: 'nickname', code: 'nickname-not-allowed' });
    expect(checkNickname('two words')).toMatchObject({ field: 'nickname', code: 'nickname-not-allowed' });
    expect(checkNickname('x'.repeat(32))).toBeNull();
    expect(checkServer('hello world')).toMatchObject({ field: 'server', code: 'address-invalid' });
    expect(checkServer('0.0.0.0')).toMatchObject({ field: 'server', code: 'address-unspecified' });
    expect(checkServer('example.org')).toBeNull();
    expect(checkServer('192.168.1.7')).toBeNull();
    expect(checkServer(' 192.168.1.7#K7Q2 m4xd 9f3a t6nz ')).toBeNull();
    expect(checkServer(`192.168.1.7:50000#${'0'.repeat(52)}`)).toBeNull();
    expect(checkServer('192.168.1.7:50000#k7q2-m4xd')).toMatchObject({
      field: 'server',
      code: 'server-key-invalid',
    });
  });

  it('names the typed server in the usual form, without its key', () => {
    expect(placeOf(' HTTP://192.168.1.7：50001/#k7q2-m4xd-9f3a-t6nz')).toBe('192.168.1.7:50001');
    expect(placeOf('Alice-PC.local')).toBe('alice-pc.local:50000');
    expect(placeOf('192.168.1 #x')).toBe('192.168.1');
  });

  it('puts a refusal of the gateway at the field that can fix it', () => {
    const refused = (code: ErrorCode, suggestion?: string) =>
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
      foundServer: null,
      triedAddresses: [],
    });
    for (const code of ['server-silent', 'own-address', 'address-echo', 'host-name-slow'] as const)
      expect(refused(code)?.field).toBe('server');
    expect(refused('server-full')?.field).toBe('form');
    expect(problemOf({ status: 'done' })).toBeNull();
  });
});

describe('the invitation', () => {
  const here = '127.0.0.1:50000#k7q2-m4xd-9f3a-t6nz';

  it('has the join addresses if the chat is hosted here', () => {
    const addresses = [
      { address: '192.168.1.7:50001#k7q2-m4xd-9f3a-t6nz', network: 'lan' },
      { address: '172.17.0.1:50001#k7q2-m4xd-9f3a-t6nz', network: 'docker' },
    ] as const;
    const chat = chatOf({
      hosting: { port: 50_001, addresses: [...addresses], here, joinCode: null, movedFrom: null },
    });
    expect(invitationIn(chat)).toEqual({ addresses, onlyHere: false, hosted: true, movedFrom: null });
    const moved = chatOf({
      hosting: { port: 50_002, addresses: [...addresses], here, joinCode: null, movedFrom: 50_001 },
    });
    expect(invitationIn(moved)?.movedFrom).toBe(50_001);
  });

  it('has the address of the server if the user joined', () => {
    expect(invitationIn(chatOf())).toEqual({
      addresses: [{ address: server.address, network: 'lan' }],
      onlyHere: false,
      hosted: false,
      movedFrom: null,
    });
    const keyed = { ...server, key: 'k7q2-m4xd-9f3a-t6nz' };
    const session: Session = { phase: 'online', me, nickname: 'alice', server: keyed, sinceMs: 0 };
    expect(invitationIn(chatOf({ session }))?.addresses[0]?.address).toBe(
      '192.168.1.7:50000#k7q2-m4xd-9f3a-t6nz',
    );
  });

  it('says if only this computer can use it', () => {
    const session: Session = {
      phase: 'online',
      me,
      nickname: 'alice',
      server: { address: '127.0.0.1:50000' },
      sinceMs: 0,
    };
    expect(invitationIn(chatOf({ session }))?.onlyHere).toBe(true);
    const hosting = { port: 50_000, addresses: [], here, joinCode: 'ab12-cd34', movedFrom: null };
    expect(invitationIn({ ...initialState, hosting })).toMatchObject({
      addresses: [{ address: `${here}.ab12-cd34` }],
      onlyHere: true,
    });
    expect(invitationIn(initialState)).toBeNull();
  });
});

it('the gateway’s own message replaces a pending one with the same id', () => {
  const pending = (number: number): PendingMessage => ({
    id: idOf(number),
    conversation: withBob,
    content: { kind: 'text', text: 'x' },
    typedAtMs: 0,
    state: { kind: 'in-tab' },
  });
  const chat = chatOf({
    conversations: [
      {
        conversation: withBob,
        unread: 0,
        mentions: 0,
        notify: 'all',
        messages: [sentMessageOf(1)],
        hasMore: false,
      },
    ],
  });
  expect(pendingIn([pending(1), pending(2)], chat, withBob).map((message) => message.id)).toEqual([idOf(2)]);
  expect(pendingIn([pending(1)], chat, withCarol)).toEqual([]);
});

describe('UI 8: the address of a room', () => {
  const [lab, oldLab] = [roomViewOf(1, 'lab'), roomViewOf(2, 'lab', { ended: 'archived' })];
  const chat = chatOf({ rooms: [lab, oldLab, roomViewOf(3, '..'), roomViewOf(4, 'a/b ü')] });
  const pathOf = (number: number) => pathToRoom(chat.rooms.get(roomViewOf(number, '').room)!, chat);

  it('is its name, and its id where the name is not clear', () => {
    expect(pathOf(1)).toBe('/r/lab');
    expect(pathOf(2)).toBe(`/r/${oldLab.room}`);
    expect(pathOf(3)).toBe(`/r/${roomViewOf(3, '').room}`);
  });

  it('leads back to the room', () => {
    for (const number of [1, 2, 3, 4])
      expect(roomAt(parseRoute(pathOf(number)), chat)?.room).toBe(roomViewOf(number, '').room);
    expect(roomAt(parseRoute(`/r/${lab.room}`), chat)).toEqual(lab);
    expect(roomAt(parseRoute('/r/LAB'), chat)).toEqual(lab);
    expect(roomAt(parseRoute('/r/den'), chat)).toBeUndefined();
    expect(roomAt(parseRoute('/c/lab'), chat)).toBeUndefined();
    expect(parseRoute('/r/')).toEqual({ screen: 'contacts' });
  });
});

it('UI 18: a muted conversation does not count, and one for mentions counts these', () => {
  const loaded = { unread: 5, mentions: 2, messages: [], hasMore: false };
  const conversations = [
    { ...loaded, conversation: withBob, notify: 'none' as const },
    { ...loaded, conversation: withCarol, notify: 'mentions' as const },
  ];
  expect(unreadTotal(chatOf({ conversations }), null)).toBe(2);
});
