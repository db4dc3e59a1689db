import { beforeEach, describe, expect, it } from 'vitest';
import { banDayMs, type Ban } from '../../../shared/ban.ts';
import {
  peopleColumns,
  type LogLine,
  type MailboxesResult,
  type ServerPerson,
  type ServerRoom,
  type Traffic,
} from '../../../shared/bridge/administration.ts';
import { defaultQuotas, type Quotas } from '../../../shared/quotas.ts';
import type { Answer, Command } from '../../../shared/bridge/commands.ts';
import { done, doneWith, refused } from '../../../shared/command-result.ts';
import type { RoomId } from '../../../shared/ids.ts';
import { sampleKey } from '../../store/sample.ts';
import { ScriptedGateway } from '../frontend/scripted-gateway.ts';
import { guestRows, helpLines, serverRows, windowRows } from '../command-rows.mjs';
import { agoTextIn } from '../text/clock-text.ts';
import { ServerConsole } from './server-console.ts';

const sampleRoom: ServerRoom = {
  room: '1a'.repeat(16) as RoomId,
  name: 'lab',
  access: 'open',
  members: 5,
  entries: 1_200,
  bytes: 3_565_158,
  ended: null,
};

function person(nickname: string, change: Partial<ServerPerson> = {}): ServerPerson {
  return {
    nickname,
    key: sampleKey(1).slice(0, 16),
    address: '192.168.1.7:51000',
    online: true,
    lastSeenMs: null,
    waiting: 0,
    waitingBytes: 0,
    packetsReceived: 0,
    packetsSent: 0,
    ...change,
  };
}

/** A server of a few names, which answers as a gateway with a server does. */
class SampleServer {
  entries: ServerPerson[] = [
    person('alice'),
    person('bob\u001B[2J', { online: false, lastSeenMs: 1_764_424_800_000, waiting: 2, address: '' }),
  ];
  limits: Quotas = defaultQuotas;
  bans: Ban[] = [];
  rooms: ServerRoom[] = [];
  joinCode: string | null = null;
  mailboxes: MailboxesResult = { mailboxes: 0, messages: 0, bytes: 0, largest: [] };
  readonly traffic: Traffic = {
    datagramsReceived: [10, 20],
    datagramsSent: [1, 0],
    bytesReceived: [2_048, 2_048],
    bytesSent: [0, 0],
    refused: [{ code: 'nickname-taken', counts: [1, 2] }],
    dropped: [{ code: 'forged', counts: [0, 4] }],
    connections: 3,
    logNumber: 1,
  };
  logLines: LogLine[] = [];
  /** Whether a text that can be a nickname or an address is one of the nicknames. */
  isNickname = false;
  /** The newest command about a ban or a room. */
  asked: Command | undefined;

  answer(command: Command): Answer | undefined {
    switch (command.type) {
      case 'people': {
        const matching = this.entries.filter(({ nickname }) => nickname.includes(command.part));
        const told = peopleColumns(matching.slice(0, command.limit));
        return doneWith({ ...told, matching: matching.length, matchingOnline: 0 });
      }
      case 'release-name': {
        const before = this.entries.length;
        this.entries = this.entries.filter((entry) => entry.nickname !== command.nickname);
        return this.entries.length < before ? done : refused('unknown-name');
      }
      case 'quotas':
        return doneWith({ quotas: this.limits });
      case 'set-quotas':
        this.limits = command.quotas;
        return done;
      case 'ban':
      case 'unban':
        this.asked = command;
        return command.type === 'unban' ? this.#lifted() : this.#added(command.days ?? null);
      case 'bans':
        return doneWith({ bans: this.bans });
      case 'require-join-code':
        this.joinCode = command.required ? '9f3a-t6nz-k7q2-m4xd' : null;
        return doneWith({ joinCode: this.joinCode });
      case 'server-rooms':
        return doneWith({ rooms: this.rooms });
      case 'close-room':
      case 'name-room-owner':
        this.asked = command;
        return command.type === 'name-room-owner' && command.owner.type === 'key'
          ? refused('unknown-name')
          : done;
      case 'join-code':
        return doneWith({ joinCode: this.joinCode });
      case 'mailboxes':
        return doneWith(this.mailboxes);
      case 'traffic':
        return doneWith(this.traffic);
      case 'log':
        return doneWith({ lines: this.logLines });
      default:
        return undefined;
    }
  }

  #added(days: number | null): Answer {
    const banned = { type: 'key', key: sampleKey(2), nickname: 'bob\u001B[2J' } as const;
    const ban = { banned, untilMs: days === null ? null : days * banDayMs };
    this.bans = [ban, { banned: { type: 'address', address: '10.0.0.9' }, untilMs: null }];
    const subject = this.asked?.type === 'ban' ? this.asked.subject.type : undefined;
    const isOfAddress = subject === 'address' || (subject === 'nickname-or-address' && !this.isNickname);
    return doneWith({
      ban: isOfAddress ? { ...ban, banned: { type: 'address', address: '10.0.0.9' } } : ban,
    });
  }

  #lifted(): Answer {
    if (this.bans.length === 0) return refused('not-banned');
    this.bans = [];
    return done;
  }
}

function consoleOf(api: ScriptedGateway, nextId: () => string): ServerConsole {
  return new ServerConsole({
    api,
    newId: nextId,
    agoText: agoTextIn('UTC'),
    drawCode: () => Promise.resolve(['drawn code']),
  });
}

let sampleServer: SampleServer | null;
let answer: (line: string) => Promise<readonly string[]>;
beforeEach(() => {
  sampleServer = new SampleServer();
  let commands = 0;
  const gateway = new ScriptedGateway();
  gateway.answer = (command) =>
    sampleServer === null ? refused('not-hosting') : sampleServer.answer(command);
  const server = consoleOf(gateway, () => `command-${++commands}`);
  answer = (text) => server.answer({ type: 'line', text });
});

describe('ServerConsole', () => {
  it('answers a line that is too long or has no end', async () => {
    const server = consoleOf(new ScriptedGateway(), () => 'id');
    expect(await server.answer({ type: 'too-long' })).toEqual([
      'This line is too long for a command. Type help for the list.',
    ]);
    expect(await server.answer({ type: 'endless' })).toEqual([
      'The input is one line without an end. Chatagram no longer reads it.',
    ]);
  });

  it('lists the names, harmless for the terminal', async () => {
    const alice = 'alice: online, 192.168.1.7:51000';
    expect(await answer('names')).toEqual([
      alice,
      'bob␛[2J: offline since 2025-11-29 14:00 UTC, 2 messages waiting',
    ]);
    expect(await answer('names li')).toEqual([alice]);
    expect(await answer('names zoe')).toEqual(['No nickname, address or key contains zoe.']);
    sampleServer!.entries = [];
    expect(await answer('names')).toEqual(['No one has registered yet.']);
  });

  it('lists the first of many names and says how to find the others', async () => {
    sampleServer!.entries = Array.from({ length: 205 }, (_, index) => person(`person${index}`));
    const lines = await answer('names');
    expect(lines).toHaveLength(201);
    expect(lines.at(-1)).toBe(
      'and 5 more. Type names <part> to list those with <part> in the nickname or address.',
    );
  });

  it('releases a nickname and refuses an unknown one', async () => {
    expect((await answer('  release alice '))[0]).toMatch(/^alice is free\./);
    expect(await answer('release alice')).toEqual(['No user has this nickname. Check the spelling.']);
    expect(await answer('release')).toEqual(['Type release <nick>.']);
  });

  it('shows the quotas, sets the named ones, and refuses wrong ones', async () => {
    const before = await answer('quota');
    expect(before).toEqual([
      'quota mailbox=10000,mailbox-mib=64,sender=2000,sender-mib=12,days=30,rooms=1000,room-mib=256,room-members=1000,rooms-mib=4096',
    ]);
    expect(await answer('quota days=7,sender=50')).toEqual([
      'quota mailbox=10000,mailbox-mib=64,sender=50,sender-mib=12,days=7,rooms=1000,room-mib=256,room-members=1000,rooms-mib=4096',
    ]);
    expect(sampleServer!.limits).toMatchObject({ senderMessagesMax: 50, ageMsMax: 7 * 86_400_000 });
    expect((await answer('quota days=0'))[0]).toContain('from 1 to 36500');
    expect(sampleServer!.limits.ageMsMax).toBe(7 * 86_400_000);
  });

  it('bans a nickname, a key or an address for some days or until the operator lifts it', async () => {
    expect(await answer('ban bob 7')).toEqual([
      'bob␛[2J is banned for 7 days. To lift the ban, type unban bob␛[2J.',
      'With a new key, this person can come in again. To prevent that, ban the address too, or type join-code on.',
    ]);
    expect(sampleServer!.asked).toEqual({
      type: 'ban',
      subject: { type: 'nickname', nickname: 'bob' },
      days: 7,
    });
    expect((await answer('ban bob 1'))[0]).toContain('for 1 day.');
    expect(await answer('ban 10.0.0.9:50000')).toEqual([
      'The address 10.0.0.9 is banned until you lift the ban. To lift the ban, type unban 10.0.0.9.',
    ]);
    const subject = { type: 'nickname-or-address', text: '10.0.0.9:50000' };
    expect(sampleServer!.asked).toEqual({ type: 'ban', subject });
    await answer(`ban ${sampleKey(2)}`);
    expect(sampleServer!.asked).toEqual({ type: 'ban', subject: { type: 'key', key: sampleKey(2) } });
    await answer('unban fd00:0:0:7::/64');
    expect(sampleServer!.asked).toEqual({
      type: 'unban',
      subject: { type: 'nickname-or-address', text: 'fd00:0:0:7::/64' },
    });
  });

  it('bans a person with an address as nickname, and says how to ban the address', async () => {
    sampleServer!.isNickname = true;
    expect((await answer('ban 10.0.0.9')).at(-1)).toBe(
      'A person has that nickname. To ban the address, type ban address:10.0.0.9.',
    );
    expect(await answer('ban address:10.0.0.9')).toEqual([
      'The address 10.0.0.9 is banned until you lift the ban. To lift the ban, type unban address:10.0.0.9.',
    ]);
    expect(sampleServer!.asked).toEqual({ type: 'ban', subject: { type: 'address', address: '10.0.0.9' } });
    await answer('ban name:10.0.0.9');
    const subject = { type: 'nickname', nickname: '10.0.0.9' };
    expect(sampleServer!.asked).toEqual({ type: 'ban', subject });
  });

  it('says that a banned person may know the join code', async () => {
    await answer('join-code on');
    expect((await answer('ban bob'))[1]).toBe(
      'With a new key, this person needs the join code, and may still know it. For another code, type join-code off, then join-code on.',
    );
  });

  it('lists the bans, and refuses wrong days and what is not banned', async () => {
    expect(await answer('bans')).toEqual(['No one is banned.']);
    expect(await answer('unban bob')).toEqual(['There is no such ban. List the bans to see them all.']);
    for (const days of ['0', '36501', 'x', '1 2'])
      expect((await answer(`ban bob ${days}`))[0]).toContain('from 1 to 36500');
    expect(await answer('ban')).toEqual(['Type ban <nick|key|address> [days].']);
    await answer('ban bob 7');
    expect(await answer('bans')).toEqual([
      `bob␛[2J, key ${sampleKey(2)}: until 1970-01-08 00:00 UTC`,
      'address 10.0.0.9: until you lift the ban',
    ]);
    expect(await answer('unban bob')).toEqual(['bob can join again.']);
  });

  it('shows the join code, and turns it on and off', async () => {
    const [withCode, without] = [
      ['New users need the join code 9f3a-t6nz-k7q2-m4xd.'],
      ['New users need no join code.'],
    ];
    expect(await answer('join-code')).toEqual(without);
    expect(await answer('join-code on')).toEqual(withCode);
    expect(await answer('join-code')).toEqual(withCode);
    expect(await answer('join-code off')).toEqual(without);
  });

  it('tells how much mail waits, and which mailboxes are the fullest', async () => {
    expect(await answer('mailboxes')).toEqual(['No mail waits.']);
    const largest = [{ nickname: 'b\u001B[2J', messages: 1, bytes: 5_000 }];
    sampleServer!.mailboxes = { mailboxes: 2, messages: 3, bytes: 3_000_000, largest };
    expect(await answer('mailboxes')).toEqual([
      '3 messages and their receipts wait in 2 mailboxes: 2.9 MiB.',
      'b␛[2J: 1 message, 5 KiB',
    ]);
  });

  it('tells the traffic, and what was refused and dropped', async () => {
    expect(await answer('traffic')).toEqual([
      'connections: 3',
      'received: 15.0 datagrams a second, 2 KiB a second',
      'sent: 0.5 datagrams a second, 0 KiB a second',
      'refused in the last 5 minutes: nickname-taken 3',
      'dropped in the last 5 minutes: forged 4',
    ]);
  });

  it('prints the last lines of the log', async () => {
    sampleServer!.logLines = Array.from({ length: 30 }, (_, index) => ({
      number: index + 1,
      wallMs: 1_000 * index,
      layer: 'server',
      text: `line ${index}`,
    }));
    const lines = await answer('log');
    expect(lines).toHaveLength(20);
    expect(lines.at(-1)).toBe('00:00:29 server: line 29');
  });

  it('lists the rooms by size, harmless for the terminal', async () => {
    expect(await answer('rooms')).toEqual(['The server has no rooms yet.']);
    sampleServer!.rooms = [
      sampleRoom,
      { ...sampleRoom, name: 'b\u001B[2J', entries: 1, bytes: 10, ended: 'archived' },
      { ...sampleRoom, name: 'old', entries: 1, bytes: 10, ended: 'closed' },
    ];
    expect(await answer('rooms')).toEqual([
      '#lab | 5 members | 1200 entries | 3.4 MiB',
      '#b␛[2J | 5 members | 1 entry | 1 KiB | archived',
      '#old | 5 members | 1 entry | 1 KiB | ended by the operator',
    ]);
  });

  it('ends a room and names its owner, by the name that the server has', async () => {
    const { room } = sampleRoom;
    sampleServer!.rooms = [{ ...sampleRoom, room: '2b'.repeat(16) as RoomId, ended: 'closed' }, sampleRoom];
    expect((await answer('end-room #LAB'))[0]).toMatch(/^#lab has ended\./u);
    expect(sampleServer!.asked).toEqual({ type: 'close-room', room });
    expect(await answer('owner #lab bob')).toEqual(['bob is the only owner of #lab now.']);
    expect(sampleServer!.asked).toEqual({
      type: 'name-room-owner',
      room,
      owner: { type: 'nickname', nickname: 'bob' },
    });
    for (const line of ['end-room #chess', 'owner #chess bob'])
      expect((await answer(line))[0]).toMatch(/^No such room/u);
    expect(await answer('end-room lab')).toEqual(['Type end-room #room.']);
    expect(await answer('owner #lab')).toEqual(['Type owner #room <nick>.']);
  });

  it('says why a room cannot be ended', async () => {
    sampleServer!.rooms = [
      { ...sampleRoom, name: 'everyone', access: 'everyone' },
      { ...sampleRoom, name: 'old', ended: 'closed' },
    ];
    expect((await answer('end-room #everyone'))[0]).toMatch(/^This does not work in #everyone/u);
    expect(await answer('end-room #old')).toEqual(['#old has ended already.']);
  });

  it('says that a command is unknown, prints the list for help, and nothing for an empty line', async () => {
    expect(await answer('clients \u001b[2J')).toEqual([
      'There is no command "clients". Type help for the list.',
    ]);
    expect(await answer('help')).toEqual([
      ...helpLines(serverRows),
      ...helpLines(guestRows),
      ...helpLines(windowRows),
    ]);
    expect(await answer('help')).toContainEqual(expect.stringMatching(/^help +print this list$/u));
    expect(await answer('help me')).toEqual(['Type help alone.']);
    expect(await answer('')).toEqual([]);
  });

  it('says when no server runs in this gateway', async () => {
    sampleServer = null;
    for (const line of [
      'names',
      'release bob',
      'quota',
      'quota days=7',
      'ban bob',
      'unban bob',
      'bans',
      'join-code',
      'join-code on',
      'mailboxes',
      'traffic',
      'log',
      'rooms',
      'end-room #lab',
      'owner #lab bob',
    ])
      expect(await answer(line)).toEqual(['No server runs in this gateway. Host a chat first.']);
  });
});
