import { describe, expect, it } from 'vitest';
import type { RoomNotice } from '../../../shared/message.ts';
import type { PeerKey } from '../../../shared/ids.ts';
import { bob, carol, idOf, keyOf, me } from '../../../shared/model/samples.ts';
import type { Notice } from '../model/timeline.ts';
import { noticeLines } from './room-notices.ts';
import { de } from './de.ts';
import { en } from './en.ts';
import { texts } from './texts.ts';

const names = new Map([
  [me, 'alice'],
  [bob, 'bob'],
  [carol, 'carol'],
]);
const by = (author: PeerKey, entry: RoomNotice): Notice => ({ author, atMs: 0, entry });
const nameOf = (key: PeerKey) => names.get(key) ?? null;
const linesOf = (...notices: Notice[]) => noticeLines(notices, nameOf, { me, runsServer: false }, texts);

describe('UI 16: notices of a room', () => {
  it('say joins and leaves in a line each, also where one person does both', () => {
    const [joins, leaves] = [{ kind: 'join' }, { kind: 'leave' }] as const;
    expect(linesOf(by(bob, joins), by(carol, joins))).toEqual(['bob and carol joined']);
    expect(linesOf(by(bob, joins), by(carol, leaves), by(bob, joins))).toEqual(['bob joined', 'carol left']);
    expect(linesOf(by(bob, joins), by(bob, leaves))).toEqual(['bob joined and left']);
    expect(linesOf(by(me, joins))).toEqual(['You joined']);
    expect(linesOf(by(me, joins), by(bob, joins))).toEqual(['bob and you joined']);
  });

  it('name the author, the member and the change', () => {
    expect(linesOf(by(bob, { kind: 'role', member: carol, role: 'moderator' }))).toEqual([
      'bob changed the role of carol to moderator',
    ]);
    expect(linesOf(by(bob, { kind: 'mode', mode: { name: 'slow', seconds: 5 } }))).toEqual([
      'bob decided: each member writes one message in 5 seconds',
    ]);
    expect(linesOf(by(bob, { kind: 'retention', retention: { days: 1, count: 1_000 } }))).toEqual([
      'bob changed how long messages are kept: 1 day, 1,000 messages',
    ]);
    expect(linesOf(by(bob, { kind: 'topic', topic: '' }))).toEqual(['bob removed the topic']);
    expect(linesOf(by(bob, { kind: 'invite', member: me }))).toEqual(['bob invited you']);
    expect(linesOf(by(me, { kind: 'pin', of: idOf(1) }))).toEqual(['You pinned a message']);
  });

  it('know that the server is no person', () => {
    const server = keyOf(9);
    expect(linesOf(by(server, { kind: 'create', name: 'everyone', access: 'everyone' }))).toEqual([
      'Everyone in this chat is in this room',
    ]);
    expect(linesOf(by(server, { kind: 'name-owner', member: bob }))).toEqual([
      'The person who runs the server made bob the owner',
    ]);
    expect(linesOf(by(server, { kind: 'name-owner', member: me }), by(server, { kind: 'close' }))).toEqual([
      'The person who runs the server made you the owner',
      'The person who runs the server ended this room',
    ]);
  });

  it.each([
    [en, ['You are the owner, because you run the server', 'You made bob the owner', 'You ended this room']],
    [
      de,
      [
        'Du hast die Leitung, weil du den Server betreibst',
        'Du hast bob die Leitung gegeben',
        'Du hast diesen Raum beendet',
      ],
    ],
  ] as const)('tell the user who runs the server what they did themselves', (words, lines) => {
    const entries = [
      { kind: 'name-owner', member: me },
      { kind: 'name-owner', member: bob },
      { kind: 'close' },
    ] as const;
    const notices = entries.map((entry) => by(keyOf(9), entry));
    expect(noticeLines(notices, nameOf, { me, runsServer: true }, words)).toEqual(lines);
  });
});
