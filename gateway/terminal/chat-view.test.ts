import { describe, expect, it } from 'vitest';
import { nicknameComparisonKey } from '../../shared/nickname.ts';
import { alice, bob, carol, emptySnapshot, onlineAsAlice, server, threePeople } from './scripted-gateway.ts';
import { ChatView } from './chat-view.ts';

const joined = { ...emptySnapshot, session: onlineAsAlice, people: threePeople };

const ago = (wallMs: number): string => (wallMs === 0 ? '' : `${wallMs} ms ago`);

describe('the view of the chat', () => {
  it('prints a line a person, myself among them, in the order of names', () => {
    expect(new ChatView(joined).clientLines(ago)).toEqual([
      'alice | Online',
      'bob | Offline',
      'Carol | Online',
    ]);
  });

  it('knows me, when the table does not name me', () => {
    const view = new ChatView({ ...joined, people: [] });
    expect(view.clientLines(ago)).toEqual(['alice | Online']);
    expect(view.find('ALICE')).toBe(alice);
    view.handle({ type: 'session', session: { phase: 'offline', me: alice, nickname: 'alice', server } });
    expect(view.clientLines(ago)).toEqual(['alice | Offline']);
  });

  it('finds people as RFC 8266 compares names', () => {
    const view = new ChatView(joined);
    expect(nicknameComparisonKey('ＢＯＢ')).toBe('bob');
    expect(view.find('ＢＯＢ')).toBe(bob);
    expect(view.find('carol')).toBe(carol);
    expect(view.find('dave')).toBeUndefined();
  });

  it('takes changed rows, and leaves the others', () => {
    const view = new ChatView(joined);
    view.handle({ type: 'people', people: [{ key: bob, nickname: 'bob', online: true }] });
    expect(view.clientLines(ago)).toEqual(['alice | Online', 'bob | Online', 'Carol | Online']);
  });

  it('a reset replaces everything', () => {
    const view = new ChatView(joined);
    view.handle({ type: 'reset', snapshot: emptySnapshot });
    expect(view.clientLines(ago)).toEqual([]);
    expect(view.me).toBeUndefined();
  });

  it('has the roster only when somebody is online in it: it comes after the registration', () => {
    const away = threePeople.map((person) => ({ ...person, online: false }));
    const view = new ChatView({ ...joined, people: away });
    expect(view.hasRoster).toBe(false);
    view.handle({ type: 'people', people: threePeople });
    expect(view.hasRoster).toBe(true);
  });

  it('says when somebody was last here who lets others know, as long as they are away', () => {
    const rows = [
      { key: bob, nickname: 'bob', online: false, lastSeenMs: 7 },
      { key: carol, nickname: 'Carol', online: false, lastSeenMs: 0 },
    ];
    const view = new ChatView({ ...joined, people: rows });
    expect(view.clientLines(ago)).toEqual([
      'alice | Online',
      'bob | Offline, last seen 7 ms ago',
      'Carol | Offline',
    ]);
    view.handle({ type: 'people', people: [{ key: bob, nickname: 'bob', online: true }] });
    expect(view.clientLines(ago)[1]).toBe('bob | Online');
  });

  it('makes names harmless, and names who has no name yet', () => {
    const evil = { key: bob, nickname: 'b\u001b[2J', online: true };
    const view = new ChatView({ ...joined, people: [evil, { key: carol, nickname: null, online: false }] });
    expect(view.nicknameOf(bob)).toBe('b␛[2J');
    expect(view.nicknameOf(carol)).toBe('unnamed-cccccccc');
    expect(view.clientLines(ago)).toEqual(['alice | Online', 'b␛[2J | Online']);
  });
});
