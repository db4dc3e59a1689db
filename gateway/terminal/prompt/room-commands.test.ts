import { describe, expect, it } from 'vitest';
import type { Command } from '../../../shared/bridge/commands.ts';
import type { RoomRow, RoomView } from '../../../shared/bridge/rooms.ts';
import type { BridgeEvent, Snapshot } from '../../../shared/bridge/events.ts';
import { doneWith, refused } from '../../../shared/command-result.ts';
import { roomConversation } from '../../../shared/conversation.ts';
import type { PeerKey, RoomId } from '../../../shared/ids.ts';
import {
  alice,
  bob,
  carol,
  emptySnapshot,
  everyone,
  lab,
  onlineAsAlice,
  threeContacts,
} from '../frontend/scripted-gateway.ts';
import { runLines } from './prompt-under-test.ts';
import { parseRetention } from './room-commands.ts';

const chess: RoomRow = {
  room: '2b'.repeat(16) as RoomId,
  name: 'chess',
  topic: 'every Friday',
  access: 'open',
  ended: null,
  standing: 'guest',
  members: 1,
};

function roomOf(row: RoomRow, change: Partial<RoomView> = {}): RoomView {
  return {
    ...lab,
    room: row.room,
    conversation: roomConversation(row.room),
    name: row.name,
    standing: 'member',
    ...change,
  };
}

const joined: Partial<Snapshot> = {
  ...emptySnapshot,
  session: onlineAsAlice,
  contacts: threeContacts,
  rooms: [lab, everyone],
};
const listOf = (
  rooms: readonly RoomRow[],
  after: string | null = null,
  next: string | null = null,
): BridgeEvent => ({
  type: 'room-list',
  after,
  rooms: [...rooms],
  next,
});

/** Returns the commands about rooms without the ids of their entries, and the printed lines. */
async function run(lines: string, answer: Parameters<typeof runLines>[2] = () => undefined, state = joined) {
  const trial = await runLines(state, lines, answer);
  const commands = trial.commands
    .filter(({ type }) => /room/u.test(type))
    .map(({ ...command }: Command & { id?: unknown }) => {
      delete command.id;
      return command;
    });
  return { ...trial, commands };
}

describe('commands about a room', () => {
  it.each<[string, object]>([
    ['leave #lab', { type: 'room-leave' }],
    ['leave #LAB', { type: 'room-leave' }],
    ['archive #lab', { type: 'room-archive' }],
    ['topic #lab  all about it ', { type: 'room-topic', topic: 'all about it' }],
    ['name #lab workshop', { type: 'room-name', name: 'workshop' }],
    ['name #lab #workshop', { type: 'room-name', name: 'workshop' }],
    ['mode #lab normal', { type: 'room-mode', mode: { name: 'normal' } }],
    ['mode #lab moderated', { type: 'room-mode', mode: { name: 'moderated' } }],
    ['mode #lab slow 30', { type: 'room-mode', mode: { name: 'slow', seconds: 30 } }],
    ['history #lab none', { type: 'room-history', history: 'none' }],
    ['keep #lab 30d 50MiB', { type: 'room-retention', retention: { days: 30, bytes: 52_428_800 } }],
    ['invite #lab bob', { type: 'room-invite', member: bob }],
    ['remove #lab bob', { type: 'room-remove', member: bob }],
    ['ban #lab bob', { type: 'room-ban', member: bob }],
    ['unban #lab carol', { type: 'room-unban', member: carol }],
    ['silence #lab carol', { type: 'room-silence', member: carol }],
    ['unsilence #lab carol', { type: 'room-unsilence', member: carol }],
    ['role #lab carol reader', { type: 'room-role', member: carol, role: 'reader' }],
    ['owner #lab bob', { type: 'room-hand-over', member: bob }],
    [`ban #lab ${'EE'.repeat(32)}`, { type: 'room-ban', member: 'ee'.repeat(32) as PeerKey }],
  ])('%s writes its entry', async (line, entry) => {
    const { commands, printed } = await run(line);
    expect(commands).toEqual([{ ...entry, room: lab.room }]);
    expect(printed).toEqual([]);
  });

  it.each([
    ['leave #chess', /^No such room/u],
    ['ban #lab dave', /^No Record of that Client$/u],
    ['mode #lab slow', /1 to 86400 seconds/u],
    ['mode #lab normal 3', /^Type mode/u],
    ['keep #lab much', /^Type keep/u],
    [`topic #lab ${'x'.repeat(257)}`, /at most 256/u],
  ])('%s is explained, and nothing is written', async (line, sentence) => {
    const { commands, printed } = await run(line);
    expect(commands).toEqual([]);
    expect(printed.join()).toMatch(sentence);
  });

  it('print the refusal of the gateway', async () => {
    const { printed } = await run('archive #lab', () => refused('not-allowed'));
    expect(printed).toEqual(['Your role in this room does not allow this. Ask an owner or a moderator.']);
  });

  it('a host that is no owner of the room names one as operator of the server', async () => {
    const hosting = { port: 50_000, addresses: [], here: '127.0.0.1:50000', joinCode: null, movedFrom: null };
    const { commands, printed } = await run('owner #lab bob', () => undefined, {
      ...joined,
      hosting,
      rooms: [everyone, { ...lab, standing: 'member' }],
    });
    expect(commands).toEqual([{ type: 'name-room-owner', room: lab.room, owner: { type: 'key', key: bob } }]);
    expect(printed).toEqual(['This person is the only owner of #lab now.']);
  });

  it('members prints roles, invited and banned people, and which machine can read', async () => {
    const { printed } = await run('members #lab', ({ type }) =>
      type === 'room-members'
        ? doneWith({
            members: [
              { key: bob, role: 'member', silenced: true },
              { key: alice, role: 'owner', silenced: false },
            ],
            invited: [carol],
            banned: ['dd'.repeat(32) as PeerKey],
          })
        : undefined,
    );
    expect(printed).toEqual([
      'alice | owner | Online',
      'bob | member, silenced | Offline',
      'Carol | invited',
      'new person (key dddddddd) | banned',
      'The members can read this room, and so can the computer that runs the server.',
    ]);
  });
});

describe('commands to find rooms', () => {
  it('wait for the list of rooms, which comes after the registration', async () => {
    const { commands } = await run(
      'safety bob\nleave #lab',
      ({ type }, gateway) => {
        if (type === 'safety-number')
          setImmediate(() => gateway.tell({ type: 'rooms', rooms: [everyone, lab] }));
        return type === 'safety-number' ? refused('unknown-recipient') : undefined;
      },
      { ...joined, rooms: [] },
    );
    expect(commands).toEqual([{ type: 'room-leave', room: lab.room }]);
  });

  it('rooms lists those of the user with what is unread, then those of the server', async () => {
    const state: Partial<Snapshot> = {
      ...joined,
      conversations: [
        {
          conversation: lab.conversation,
          unread: 2,
          mentions: 1,
          notify: 'none',
          messages: [],
          hasMore: true,
        },
      ],
    };
    const { printed } = await run(
      'rooms',
      ({ type }, gateway) => {
        if (type === 'room-browse')
          gateway.tell(listOf([chess, { ...chess, name: 'old', ended: 'archived' }]));
        return undefined;
      },
      state,
    );
    expect(printed).toEqual([
      '#everyone | member | 3 members',
      '#lab | owner | 3 members | 2 unread, 1 of them for you, muted',
      'You can join:',
      '#chess | 1 member | every Friday',
    ]);
  });

  it('create draws an id, and waits until the user is the owner', async () => {
    const { commands, printed } = await run(
      'create #chess by-invitation\nsend #chess hi',
      (command, gateway) => {
        if (command.type !== 'room-create') return undefined;
        gateway.tell({
          type: 'rooms',
          rooms: [roomOf({ ...chess, room: command.room }, { standing: 'owner' })],
        });
        return undefined;
      },
    );
    expect(commands).toMatchObject([{ type: 'room-create', name: 'chess', access: 'closed' }]);
    expect(commands[0]).toHaveProperty('room', expect.stringMatching(/^[0-9a-f]{32}$/u));
    expect(printed).toEqual([]);
  });

  it('join finds the room on a later page of the list', async () => {
    const { commands } = await run('join #CHESS', (command, gateway) => {
      if (command.type === 'room-browse') {
        gateway.tell(
          command.after === null
            ? listOf([{ ...chess, name: 'a', room: lab.room }], null, 'a')
            : listOf([chess], 'a', 'chess'),
        );
      }
      if (command.type === 'room-join') gateway.tell({ type: 'rooms', rooms: [roomOf(chess)] });
      return undefined;
    });
    expect(commands).toEqual([
      { type: 'room-browse', after: null },
      { type: 'room-browse', after: 'a' },
      { type: 'room-join', room: chess.room },
    ]);
  });

  it('join takes an invitation without asking the server for its list', async () => {
    const { commands } = await run(
      'join #chess',
      (command, gateway) => {
        if (command.type === 'room-join') gateway.tell({ type: 'rooms', rooms: [roomOf(chess)] });
        return undefined;
      },
      { ...joined, rooms: [everyone, lab, roomOf(chess, { standing: 'invited' })] },
    );
    expect(commands).toEqual([{ type: 'room-join', room: chess.room }]);
  });

  it('join prints why the server refuses, and that there is no such room', async () => {
    const { printed } = await run('join #chess\njoin #nowhere\njoin #lab', (command, gateway) => {
      if (command.type === 'room-browse') gateway.tell(listOf([chess]));
      if (command.type === 'room-join')
        gateway.tell({ type: 'room-refused', room: command.room, id: command.id, code: 'banned-from-room' });
      return undefined;
    });
    expect(printed).toEqual([
      '#chess: There is a ban in this room. A moderator can lift it.',
      'No such room. Check the name, or ask a member for an invitation.',
      'You are in #lab already.',
    ]);
  });
});

describe('parseRetention', () => {
  it.each([
    ['all', {}],
    ['30d', { days: 30 }],
    ['1000', { count: 1_000 }],
    ['50MiB', { bytes: 52_428_800 }],
    ['1mib 7D', { bytes: 1_048_576, days: 7 }],
  ])('reads %s', (text, retention) => {
    expect(parseRetention(text)).toEqual(retention);
  });

  it.each(['', '0d', '30 d', '1GiB', '30d 31d', 'all 30d', '-5', '1e3', '36501d', '10000001', '65537MiB'])(
    'refuses %s',
    (text) => {
      expect(parseRetention(text)).toBeUndefined();
    },
  );
});
