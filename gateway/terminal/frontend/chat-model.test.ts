import { describe, expect, it } from 'vitest';
import { nicknameComparisonKey } from '../../../shared/nickname.ts';
import {
  alice,
  bob,
  carol,
  emptySnapshot,
  onlineAsAlice,
  server,
  threeContacts,
} from './scripted-gateway.ts';
import { ChatModel } from './chat-model.ts';

const joined = { ...emptySnapshot, session: onlineAsAlice, contacts: threeContacts };

const ago = (wallMs: number): string => (wallMs === 0 ? '' : `${wallMs} ms ago`);

describe('ChatModel', () => {
  it('returns a line per person, the user included, in the order of names', () => {
    expect(new ChatModel(joined).clientLines(ago)).toEqual([
      'alice | Online',
      'bob | Offline',
      'Carol | Online',
    ]);
  });

  it('knows the user when the table does not contain the user', () => {
    const model = new ChatModel({ ...joined, contacts: [] });
    expect(model.clientLines(ago)).toEqual(['alice | Online']);
    expect(model.find('ALICE')).toBe(alice);
    model.handle({ type: 'session', session: { phase: 'offline', me: alice, nickname: 'alice', server } });
    expect(model.clientLines(ago)).toEqual(['alice | Offline']);
  });

  it('PROTOCOL 6.98: tells that a nickname looks like another one, and the start of the key', () => {
    const lookAlike = { key: carol, nickname: 'bоb', online: true, looksLike: 'bob' };
    const model = new ChatModel({
      ...joined,
      contacts: [{ key: bob, nickname: 'bob', online: true }, lookAlike],
    });
    const mark = `looks like bob, key ${carol.slice(0, 8)}`;
    expect(model.nicknameOf(carol)).toBe(`bоb (${mark})`);
    expect(model.clientLines(ago)).toEqual(['alice | Online', 'bob | Online', `bоb | Online, ${mark}`]);
    // Such a nickname cannot be told from the other one, so the user is told to type the key.
    expect([model.isNamed(carol), model.isNamed(bob), model.find('bоb')]).toEqual([false, true, carol]);
  });

  it('PROTOCOL 6.116: tells the host of a guest, and what the host can do', () => {
    const model = new ChatModel({
      ...joined,
      contacts: [
        { key: bob, nickname: 'bob', online: true, guestOf: carol },
        { key: carol, nickname: 'Carol', online: true },
      ],
    });
    expect(model.clientLines(ago)).toEqual([
      'alice | Online',
      'bob | Online, guest of Carol',
      'Carol | Online',
    ]);
    expect(model.guestNoticeOf(bob)).toBe(
      "bob is a guest of Carol. Carol's computer can read what bob reads and write in bob's name.",
    );
    expect(model.guestNoticeOf(carol)).toBeUndefined();
    model.handle({
      type: 'contacts',
      contacts: [{ key: bob, nickname: 'bob', online: true, guestOf: alice }],
    });
    expect(model.clientLines(ago)).toContain('bob | Online, your guest');
    expect(model.guestNoticeOf(bob)).toBe(
      "bob is your guest. Your computer can read what bob reads and write in bob's name.",
    );
  });

  it('finds people by nickname as RFC 8266 compares them', () => {
    const model = new ChatModel(joined);
    expect(nicknameComparisonKey('ＢＯＢ')).toBe('bob');
    expect(model.find('ＢＯＢ')).toBe(bob);
    expect(model.find('carol')).toBe(carol);
    expect(model.find('dave')).toBeUndefined();
  });

  it('replaces changed rows and keeps the others', () => {
    const model = new ChatModel(joined);
    model.handle({ type: 'contacts', contacts: [{ key: bob, nickname: 'bob', online: true }] });
    expect(model.clientLines(ago)).toEqual(['alice | Online', 'bob | Online', 'Carol | Online']);
  });

  it('replaces everything on a reset', () => {
    const model = new ChatModel(joined);
    model.handle({ type: 'reset', snapshot: emptySnapshot });
    expect(model.clientLines(ago)).toEqual([]);
    expect(model.me).toBeUndefined();
  });

  it('has the roster once it lists an online person, after the registration', () => {
    const away = threeContacts.map((contact) => ({ ...contact, online: false }));
    const model = new ChatModel({ ...joined, contacts: away });
    expect(model.hasRoster).toBe(false);
    model.handle({ type: 'contacts', contacts: threeContacts });
    expect(model.hasRoster).toBe(true);
  });

  it('tells when a person was last here, if that is known and the person is away', () => {
    const rows = [
      { key: bob, nickname: 'bob', online: false, lastSeenMs: 7 },
      { key: carol, nickname: 'Carol', online: false, lastSeenMs: 0 },
    ];
    const model = new ChatModel({ ...joined, contacts: rows });
    expect(model.clientLines(ago)).toEqual([
      'alice | Online',
      'bob | Offline, last seen 7 ms ago',
      'Carol | Offline',
    ]);
    model.handle({ type: 'contacts', contacts: [{ key: bob, nickname: 'bob', online: true }] });
    expect(model.clientLines(ago)[1]).toBe('bob | Online');
  });

  it('makes nicknames harmless and names a peer without a nickname by its key', () => {
    const evil = { key: bob, nickname: 'b\u001b[2J', online: true };
    const model = new ChatModel({
      ...joined,
      contacts: [evil, { key: carol, nickname: null, online: false }],
    });
    expect(model.nicknameOf(bob)).toBe('b␛[2J');
    expect(model.nicknameOf(carol)).toBe('new person (key cccccccc)');
    expect(model.clientLines(ago)).toEqual(['alice | Online', 'b␛[2J | Online']);
  });
});
