import { describe, expect, it } from 'vitest';
import type { Answer, Command } from '../../../shared/bridge/commands.ts';
import type { Snapshot } from '../../../shared/bridge/events.ts';
import { doneWith } from '../../../shared/command-result.ts';
import type { ChatMessage, PostContent } from '../../../shared/message.ts';
import {
  alice,
  bob,
  carol,
  emptySnapshot,
  incoming,
  everyone,
  lab,
  messageId,
  onlineAsAlice,
  threeContacts,
  withBob,
  type ScriptedGateway,
} from '../frontend/scripted-gateway.ts';
import { runLines } from './prompt-under-test.ts';

const inLab = (number: number, change: Partial<ChatMessage> = {}): ChatMessage => ({
  ...incoming(bob, number, 'hello'),
  conversation: lab.conversation,
  ...change,
});
const poll: PostContent = { kind: 'poll', question: 'When?', choices: ['Monday', 'Friday'] };

/** The messages arrive when the first line has turned the numbers on, so they have the numbers from 1 on. */
async function run(
  lines: string,
  messages: readonly ChatMessage[],
  answer: (command: Command, gateway: ScriptedGateway) => Answer | undefined = () => undefined,
  rooms: Snapshot['rooms'] = [everyone, lab],
) {
  const state: Partial<Snapshot> = {
    ...emptySnapshot,
    session: onlineAsAlice,
    contacts: threeContacts,
    rooms,
  };
  const { commands, printed } = await runLines(
    state,
    `numbers on\nsafety bob\n${lines}`,
    (command, gateway) => {
      if (command.type !== 'safety-number') return answer(command, gateway);
      for (const message of messages)
        gateway.tell({ type: 'message', message, unread: 1, mentions: 0, backlog: false });
      return { status: 'refused', code: 'unknown-recipient', sentence: 'the messages arrive', retry: false };
    },
  );
  const aboutMessages = commands
    .filter(({ type }) => !['mark-read', 'safety-number', 'set-notify'].includes(type))
    .map(({ ...command }: Command & { id?: unknown }) => {
      delete command.id;
      return command;
    });
  return { commands: aboutMessages, printed: printed.filter((line) => !/has a number|arrive$/u.test(line)) };
}

describe('commands about earlier messages and failed changes', () => {
  it('earlier prints the page before the oldest printed message, and says where the server keeps no more', async () => {
    const page = [inLab(1, { author: alice, content: { kind: 'text', text: 'first' } })];
    const history = (hasMore: boolean) => (command: Command) =>
      command.type === 'history' ? doneWith({ messages: page, hasMore }) : undefined;
    const { printed, commands } = await run('earlier #lab', [inLab(7)], history(true));
    expect(commands).toEqual([
      { type: 'history', conversation: lab.conversation, before: messageId(7), limit: 20 },
    ]);
    expect(printed.filter((line) => !line.includes('hello'))).toEqual([
      'There are still earlier messages. To see them, type earlier #lab.',
      '[14:03] 2 #lab alice: first',
    ]);
    const cut = await run('earlier #lab', [inLab(7)], history(false), [everyone, { ...lab, cut: true }]);
    expect(cut.printed).toContain('The server no longer keeps the messages of #lab before these.');
  });

  it('retry sends a change again that failed for good, and discard gives it up', async () => {
    const failed = {
      type: 'change-failed',
      conversation: withBob,
      kind: 'edit',
      of: [messageId(1)],
    } as const;
    const answer = (command: Command, gateway: ScriptedGateway): undefined => {
      if (command.type !== 'set-notify') return;
      gateway.tell({ ...failed, of: [...failed.of], id: messageId(5), code: 'message-expired' });
    };
    const { commands } = await run('notify #lab all\nretry bob', [], answer);
    expect(commands.filter(({ type }) => type === 'retry')).toHaveLength(1);
    const given = await run('notify #lab all\ndiscard bob\nnotify #lab all', [], answer);
    expect(given.commands.filter(({ type }) => type === 'discard')).toHaveLength(1);
  });
});

describe('commands about a message', () => {
  const of = messageId(1);
  const own = inLab(1, { author: alice, delivery: { state: 'in-room', delivered: 1, read: 0, of: 2 } });

  it.each<[string, ChatMessage, object]>([
    ['react 1 👍', inLab(1), { type: 'react', of, emoji: '👍', on: true }],
    ['edit 1 @bob, bye', own, { type: 'edit', of, text: '@bob, bye', mentions: [bob] }],
    ['delete 1', own, { type: 'delete', of }],
    ['vote 1 2', inLab(1, { content: poll }), { type: 'vote', of, choice: 1 }],
    ['vote 1 Monday', inLab(1, { content: poll }), { type: 'vote', of, choice: 0 }],
    ['vote 1 0', inLab(1, { content: poll }), { type: 'vote', of, choice: null }],
    ['close-poll 1', inLab(1, { content: poll }), { type: 'close-poll', of }],
    ['ack 1', inLab(1), { type: 'acknowledge', of }],
  ])('%s changes it', async (line, message, change) => {
    expect((await run(line, [message])).commands).toEqual([{ ...change, conversation: lab.conversation }]);
  });

  it.each<[string, object]>([
    ['hide 1', { type: 'room-hide' }],
    ['unhide 1', { type: 'room-unhide' }],
    ['pin 1', { type: 'room-pin' }],
    ['unpin 1', { type: 'room-unpin' }],
  ])('%s writes an entry of its room', async (line, entry) => {
    expect((await run(line, [inLab(1)])).commands).toEqual([{ ...entry, room: lab.room, of }]);
    const direct = await run(line, [incoming(bob, 1, 'hi')]);
    expect(direct.commands).toEqual([]);
    expect(direct.printed.at(-1)).toBe('This works only for messages in rooms.');
  });

  it('work between two people too', async () => {
    const { commands } = await run('reply 1  so what\nreact 1 👍', [incoming(bob, 1, 'hi')]);
    expect(commands).toEqual([
      { type: 'send', conversation: withBob, content: { kind: 'reply', to: of, text: ' so what' } },
      { type: 'react', conversation: withBob, of, emoji: '👍', on: true },
    ]);
  });

  it('take a reaction back that the user has given', async () => {
    const message = inLab(1, { reactions: [{ emoji: '👍', keys: [alice] }] });
    expect((await run('react 1 👍', [message])).commands).toMatchObject([{ type: 'react', on: false }]);
  });

  it.each<[string, ChatMessage, RegExp]>([
    ['edit 1 x', inLab(1), /^This is not your message/u],
    ['delete 1', inLab(1), /^This is not your message/u],
    ['readers 1', inLab(1), /^This is not your message/u],
    ['readers 1', incoming(bob, 1, 'x'), /only for messages in rooms/u],
    ['vote 1 3', inLab(1, { content: poll }), /from 1 to 2, or 0/u],
    ['vote 1 Sunday', inLab(1, { content: poll }), /from 1 to 2, or 0/u],
    ['vote 1 1', inLab(1), /is no poll/u],
    ['close-poll 1', inLab(1), /is no poll/u],
    ['react 1 abc', inLab(1), /one emoji/u],
    ['pin 2', inLab(1), /No message has the number 2/u],
    ['numbers off\npin 2', inLab(1), /Type numbers on/u],
  ])('%s is explained where it makes no sense', async (line, message, sentence) => {
    const { commands, printed } = await run(line, [message]);
    expect(commands).toEqual([]);
    expect(printed.at(-1)).toMatch(sentence);
  });

  it('readers asks the server, and prints its answer', async () => {
    const { printed } = await run('readers 1', [own], (command, gateway) => {
      if (command.type === 'room-readers') {
        const readers = {
          room: lab.room,
          id: command.id,
          read: [bob],
          delivered: [carol],
          pending: [],
          more: 0,
        };
        gateway.tell({ type: 'room-readers', readers });
      }
      return undefined;
    });
    expect(printed.slice(-3)).toEqual([
      'Read by (1): bob',
      'Delivered to (1): Carol',
      'This is what the server says.',
    ]);
  });

  it('delete says that other copies may keep the message', async () => {
    expect((await run('delete 1', [own])).printed.at(-1)).toContain('offline, or another program, may keep');
  });
});

describe('messages into rooms', () => {
  it('go to the conversation of the room, with the people that they mention', async () => {
    const { commands } = await run(
      'send #lab hi @Carol\nannounce #lab read this @room\nannounce bob now',
      [],
    );
    expect(commands).toEqual([
      {
        type: 'send',
        conversation: lab.conversation,
        content: { kind: 'text', text: 'hi @Carol', mentions: [carol] },
      },
      {
        type: 'send',
        conversation: lab.conversation,
        content: { kind: 'announcement', text: 'read this @room', mentionsRoom: true },
      },
      { type: 'send', conversation: withBob, content: { kind: 'announcement', text: 'now' } },
    ]);
  });

  it('mention all members only by a moderator', async () => {
    const { commands } = await run('send #lab @room', [], () => undefined, [
      everyone,
      { ...lab, standing: 'member' },
    ]);
    expect(commands).toMatchObject([{ content: { kind: 'text', text: '@room' } }]);
    expect(commands[0]).not.toHaveProperty('content.mentionsRoom');
  });

  it('are counted as not sent where there is no such room', async () => {
    const { commands, printed } = await run('send #chess hi', []);
    expect(commands).toEqual([]);
    expect(printed).toEqual(['No such room. Check the name, or ask a member for an invitation.']);
  });

  it('may be polls, with the texts in quotation marks', async () => {
    const { commands } = await run('poll #lab "When?" "Monday" “Friday”', []);
    expect(commands).toEqual([{ type: 'send', conversation: lab.conversation, content: poll }]);
    for (const line of [
      'poll #lab When? Monday',
      'poll #lab "When?" "Monday"',
      'poll #lab "When?" "" "Friday"',
    ])
      expect((await run(line, [])).commands).toEqual([]);
  });

  it('are printed as the user chooses for each conversation', async () => {
    const { printed } = await run('notify #lab mentions\nnotify bob all', []);
    expect(printed).toEqual([
      'Of #lab, only messages that mention you are printed. The others stay unread.',
      'All messages of bob are printed here.',
    ]);
  });
});
