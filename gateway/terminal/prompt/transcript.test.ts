import { describe, expect, it } from 'vitest';
import type { BridgeEvent, Snapshot } from '../../../shared/bridge/events.ts';
import type { RoomView } from '../../../shared/bridge/rooms.ts';
import { errors } from '../../../shared/errors.ts';
import type { PeerKey } from '../../../shared/ids.ts';
import { printedIdsMax } from '../../../shared/limits.ts';
import type { ChangeSummary, ChatMessage, RoomNotice } from '../../../shared/message.ts';
import {
  alice,
  bob,
  withBob,
  withCarol,
  carol,
  emptySnapshot,
  incoming,
  lab,
  messageEvent,
  messageId,
  onlineAsAlice,
  threeContacts,
} from '../frontend/scripted-gateway.ts';
import { ChatModel } from '../frontend/chat-model.ts';
import { clockTextIn } from '../text/clock-text.ts';
import { MessageNumbers } from './message-numbers.ts';
import { pastMessagesMax, Transcript } from './transcript.ts';

const snapshot = { ...emptySnapshot, session: onlineAsAlice, contacts: threeContacts };
const transcript = (): Transcript =>
  new Transcript(new ChatModel(snapshot), clockTextIn('UTC'), new MessageNumbers());

/** A message that waited on the server. */
function pastEvent(message: ChatMessage): BridgeEvent {
  return { type: 'message', message, unread: 0, mentions: 0, backlog: true };
}

describe('Transcript', () => {
  it("prints a message with the sender's time and nickname", () => {
    expect(transcript().handle(messageEvent(incoming(bob, 1, 'hello')))).toEqual(['[14:03] bob: hello']);
  });

  it('prints a message once, even if an event repeats it with another position', () => {
    const lines = transcript();
    const message = incoming(bob, 1, 'hello');
    lines.handle(messageEvent(message));
    expect(lines.handle(messageEvent({ ...message, position: { major: 9, minor: 1 } }))).toEqual([]);
  });

  it("does not print the user's own messages", () => {
    expect(transcript().handle(messageEvent({ ...incoming(bob, 1, 'x'), author: alice }))).toEqual([]);
  });

  it('prints "You Have Messages" before stored messages', () => {
    expect(transcript().handle({ type: 'waiting-messages', count: 2 })).toEqual(['You Have Messages']);
  });

  it('prints a backlog in order, although one part came from the server and another from the sender', () => {
    const lines = transcript();
    const mail = (peer: PeerKey, number: number, text: string) =>
      ({ ...messageEvent(incoming(peer, number, text)), backlog: true }) as BridgeEvent;
    lines.handle({ type: 'waiting-messages', count: 3 });
    expect(lines.handle(messageEvent(incoming(bob, 3, 'three')))).toEqual([]);
    expect(lines.handle(mail(bob, 1, 'one'))).toEqual([]);
    expect(lines.handle(mail(carol, 4, 'hi'))).toEqual([]);
    expect(lines.takeReadMarks()).toEqual([]);
    expect(lines.handle(mail(bob, 2, 'two'))).toEqual([
      '[14:03] bob: one',
      '[14:03] bob: two',
      '[14:03] Carol: hi',
      '[14:03] bob: three',
    ]);
    expect(lines.isHolding).toBe(false);
    expect(lines.handle(messageEvent(incoming(bob, 5, 'later')))).toEqual(['[14:03] bob: later']);
  });

  it('waits for the nickname of an author that the client table does not have yet', () => {
    const model = new ChatModel({ ...snapshot, contacts: [] });
    const lines = new Transcript(model, clockTextIn('UTC'), new MessageNumbers());
    expect(lines.handle(messageEvent(incoming(bob, 1, 'hello')))).toEqual([]);
    const table = { type: 'contacts', contacts: threeContacts } as const;
    model.handle(table);
    expect(lines.handle(table)).toEqual(['[14:03] bob: hello']);
  });

  it('prints what has arrived of a backlog that does not come to its end', () => {
    const lines = transcript();
    lines.handle({ type: 'waiting-messages', count: 2 });
    lines.handle(messageEvent(incoming(bob, 2, 'two')));
    expect(lines.isHolding).toBe(true);
    expect(lines.takeHeld()).toEqual(['[14:03] bob: two']);
    expect(lines.isHolding).toBe(false);
  });

  it('prints no escape sequences and no forged lines of a sender', () => {
    expect(transcript().handle(messageEvent(incoming(bob, 1, 'a\u001b[2J\n[14:03] Carol: b')))).toEqual([
      '[14:03] bob: a␛[2J\n        [14:03] Carol: b',
    ]);
  });

  it.each(['', ' ', '\u200b\u2800', '\u3164', '\n\n'])('says that a message is blank: %j', (text) => {
    expect(transcript().handle(messageEvent(incoming(bob, 1, text)))).toEqual([
      '[14:03] bob: (blank message)',
    ]);
  });

  it('says that a new key is not blocked although the earlier one is', () => {
    const keyConflict = { type: 'changed', newKey: carol, refused: false } as const;
    const row = { key: bob, nickname: 'bob', online: false, keyConflict };
    const linesOf = (blocked: boolean) =>
      transcript().handle({ type: 'contacts', contacts: [{ ...row, ...(blocked ? { blocked } : {}) }] });
    const sentence = 'You blocked the earlier key. The new one is not blocked.';
    expect(linesOf(true)[0]).toContain(sentence);
    expect(linesOf(false)[0]).not.toContain(sentence);
  });

  it('says once that more messages of a person wait, and how to get them', () => {
    const lines = transcript();
    const rows = (moreWaiting: boolean) =>
      lines.handle({
        type: 'contacts',
        contacts: [{ key: bob, nickname: 'bob', online: true, ...(moreWaiting ? { moreWaiting } : {}) }],
      });
    const line =
      'bob has more messages for you. They wait, because you never wrote to bob. To get them, answer or type allow bob.';
    expect([rows(true), rows(true), rows(false), rows(true)]).toEqual([[line], [], [], [line]]);
  });

  it('PROTOCOL 6.116: says once, before the first message, what the host of a guest can do', () => {
    const model = new ChatModel({
      ...snapshot,
      contacts: threeContacts.map((row) => (row.key === bob ? { ...row, guestOf: carol } : row)),
    });
    const lines = new Transcript(model, clockTextIn('UTC'), new MessageNumbers());
    const [first, second] = ['one', 'two'].map((text, index) => incoming(bob, index + 1, text));
    expect(lines.handle(messageEvent(first!))).toEqual([
      "bob is a guest of Carol. Carol's computer can read what bob reads and write in bob's name.",
      '[14:03] bob: one',
    ]);
    expect(lines.handle(messageEvent(second!))).toEqual(['[14:03] bob: two']);
  });

  it('marks the fallback text of a kind that this version does not know', () => {
    const content = { kind: 'unknown', fallback: 'Tea or coffee?' } as const;
    expect(transcript().handle(messageEvent({ ...incoming(bob, 1, ''), content }))).toEqual([
      '[14:03] bob: (sent by a newer Chatagram, shown as text) Tea or coffee?',
    ]);
  });

  it('begins with the unread messages and never repeats them', () => {
    const lines = transcript();
    const [old, news] = [incoming(bob, 1, 'old'), incoming(bob, 2, 'new')];
    const conversations = [
      {
        conversation: withBob,
        unread: 1,
        mentions: 0,
        notify: 'all' as const,
        messages: [old, news],
        hasMore: false,
      },
    ];
    expect(lines.begin({ ...snapshot, conversations }, [news])).toEqual([
      'You Have Messages',
      '[14:03] bob: new',
    ]);
    expect(lines.begin({ ...snapshot, conversations }, [news])).toEqual([]);
    expect(lines.handle(messageEvent({ ...old, position: { major: 9, minor: 1 } }))).toEqual([]);
  });

  it('marks each conversation as read up to its newest printed message, in any order of arrival', () => {
    const lines = transcript();
    for (const number of [2, 1]) lines.handle(messageEvent(incoming(bob, number, 'x')));
    lines.handle(messageEvent(incoming(carol, 3, 'x')));
    expect(lines.takeReadMarks()).toEqual([
      { conversation: withBob, id: messageId(2) },
      { conversation: withCarol, id: messageId(3) },
    ]);
    expect(lines.takeReadMarks()).toEqual([]);
  });

  it('remembers a bounded number of printed messages', () => {
    const lines = transcript();
    for (let number = 0; number <= printedIdsMax; number++)
      lines.handle(messageEvent(incoming(bob, number, 'x')));
    expect(lines.handle(messageEvent(incoming(bob, 1, 'x')))).toEqual([]);
    expect(lines.handle(messageEvent(incoming(bob, 0, 'x')))).toHaveLength(1);
  });
});

describe('Transcript of rooms', () => {
  const inLab = (author: PeerKey, number: number, change: Partial<ChatMessage> = {}): ChatMessage => ({
    ...incoming(author, number, 'hello'),
    conversation: lab.conversation,
    ...change,
  });
  const start = (change: Partial<Snapshot> = {}) => {
    const model = new ChatModel({ ...snapshot, rooms: [lab], ...change });
    const numbers = new MessageNumbers();
    const lines = new Transcript(model, clockTextIn('UTC'), numbers);
    return { model, numbers, lines };
  };
  const notice = (entry: RoomNotice, author = bob): BridgeEvent =>
    messageEvent(inLab(author, 1, { content: { kind: 'notice', entry } }));

  it('prints the room before the nickname, and before it the number that the user has turned on', () => {
    const { lines, numbers } = start();
    expect(lines.handle(messageEvent(inLab(bob, 1)))).toEqual(['[14:03] #lab bob: hello']);
    numbers.areOn = true;
    expect(lines.handle(messageEvent(inLab(bob, 2)))).toEqual(['[14:03] 1 #lab bob: hello']);
    expect(lines.handle(messageEvent(incoming(bob, 3, 'hi')))).toEqual(['[14:03] 2 bob: hi']);
  });

  it('prints own messages only with numbers, because the user needs the number', () => {
    const { lines, numbers } = start();
    expect(lines.handle(messageEvent(inLab(alice, 1)))).toEqual([]);
    numbers.areOn = true;
    expect(lines.handle(messageEvent(inLab(alice, 2)))).toEqual(['[14:03] 1 #lab alice: hello']);
    const toBob = { ...incoming(bob, 3, 'hi'), author: alice };
    expect(lines.handle(messageEvent(toBob))).toEqual(['[14:03] 2 alice to bob: hi']);
    expect(lines.takeReadMarks()).toEqual([]);
  });

  it.each<[RoomNotice, string]>([
    [{ kind: 'create', name: 'lab', access: 'open' }, 'bob created the room.'],
    [{ kind: 'join' }, 'bob joined.'],
    [{ kind: 'leave' }, 'bob left.'],
    [{ kind: 'invite', member: carol }, 'bob invited Carol.'],
    [{ kind: 'remove', member: alice }, 'bob removed you.'],
    [{ kind: 'ban', member: carol }, 'bob banned Carol.'],
    [{ kind: 'unban', member: carol }, 'bob lifted the ban of Carol.'],
    [{ kind: 'role', member: carol, role: 'reader' }, 'bob gave Carol the role reader.'],
    [{ kind: 'hand-over', member: carol }, 'bob handed the room over to Carol.'],
    [{ kind: 'silence', member: carol }, 'bob silenced Carol.'],
    [{ kind: 'unsilence', member: carol }, 'bob let Carol post again.'],
    [{ kind: 'pin', of: messageId(9) }, 'bob pinned an earlier message.'],
    [{ kind: 'unpin', of: messageId(9) }, 'bob unpinned an earlier message.'],
    [{ kind: 'topic', topic: 'all\u001B[2J' }, 'bob changed the topic to: all␛[2J'],
    [{ kind: 'topic', topic: '' }, 'bob removed the topic.'],
    [{ kind: 'name', name: 'shop' }, 'bob named the room #shop.'],
    [{ kind: 'mode', mode: { name: 'normal' } }, 'bob changed the mode: every member may post.'],
    [{ kind: 'mode', mode: { name: 'moderated' } }, 'bob changed the mode: only moderators post.'],
    [
      { kind: 'mode', mode: { name: 'slow', seconds: 30 } },
      'bob changed the mode: one message of a member in 30 s.',
    ],
    [{ kind: 'history', history: 'all' }, 'bob changed the history: new members see all earlier messages.'],
    [{ kind: 'history', history: 'none' }, 'bob changed the history: new members see no earlier messages.'],
    [{ kind: 'retention', retention: {} }, 'bob changed what the server keeps: everything.'],
    [
      { kind: 'retention', retention: { days: 1, count: 1, bytes: 52_428_800 } },
      'bob changed what the server keeps: 1 day, 1 entry, 50.0 MiB.',
    ],
    [{ kind: 'archive' }, 'bob archived the room.'],
    [{ kind: 'name-owner', member: carol }, 'The operator of the server made Carol the only owner.'],
    [{ kind: 'close' }, 'The operator of the server ended the room.'],
  ])('tells of the entry %j', (entry, text) => {
    expect(start().lines.handle(notice(entry))).toEqual([`[14:03] #lab ${text}`]);
  });

  it.each([
    [{ kind: 'name-owner', member: alice }, 'You are the owner, because you run the server.'],
    [{ kind: 'name-owner', member: carol }, 'You made Carol the only owner.'],
    [{ kind: 'close' }, 'You ended the room.'],
  ] as const)('tells the user who runs the server of the entry %j', (entry, text) => {
    const { lines } = start({
      hosting: { port: 50_000, addresses: [], here: '127.0.0.1:50000', joinCode: null, movedFrom: null },
    });
    expect(lines.handle(notice(entry))).toEqual([`[14:03] #lab ${text}`]);
  });

  it('tells of own entries when they are in the room, and of no entry twice', () => {
    const { lines } = start();
    expect(lines.handle(notice({ kind: 'join' }, alice))).toEqual(['[14:03] #lab You joined.']);
    expect(lines.handle(notice({ kind: 'join' }, alice))).toEqual([]);
    const hidden = { kind: 'hide', of: messageId(9) } as const;
    expect(start().lines.handle(notice(hidden))).toEqual([]);
  });

  it('names a pinned message by its number, or by its author and its first words while it has them', () => {
    const { lines, numbers } = start();
    const pinned = (number: number, of: number) =>
      lines.handle(
        messageEvent(
          inLab(bob, number, { content: { kind: 'notice', entry: { kind: 'pin', of: messageId(of) } } }),
        ),
      );
    const message = inLab(carol, 1, {
      content: { kind: 'text', text: `the printer${' is free'.repeat(9)}` },
    });
    lines.handle(messageEvent(message));
    expect(pinned(2, 1)).toEqual([
      '[14:03] #lab bob pinned a message of Carol: the printer is free is free is free is f ...',
    ]);
    const deleted = inLab(carol, 1, { content: { kind: 'deleted' } });
    lines.handle({
      type: 'changed',
      message: deleted,
      change: { author: carol, kind: 'delete' },
      mentions: 0,
    });
    expect(pinned(3, 1)).toEqual(['[14:03] #lab bob pinned a message of Carol.']);
    numbers.areOn = true;
    lines.handle(messageEvent(inLab(carol, 4)));
    expect(pinned(5, 4)).toEqual(['[14:03] #lab bob pinned message 1.']);
  });

  it('prints the newest messages of a room that the user has joined, and says how many came before', () => {
    const { lines } = start();
    const past = (message: ChatMessage) => lines.handle(pastEvent(message));
    const text = (number: number) => ({ content: { kind: 'text', text: `text ${number}` } }) as const;
    for (let number = 1; number <= pastMessagesMax + 30; number++)
      expect(past(inLab(bob, number, text(number)))).toEqual([]);
    expect(lines.isHolding).toBe(true);
    const joined = inLab(alice, 99, { content: { kind: 'notice', entry: { kind: 'join' } } });
    const printed = past(joined);
    expect(printed).toHaveLength(pastMessagesMax + 1);
    expect(printed[0]).toBe('#lab has 31 earlier messages. To see them, type earlier #lab.');
    expect(printed[1]).toBe('[14:03] #lab bob: text 32');
    expect(printed.at(-1)).toBe('[14:03] #lab You joined.');
    expect(lines.isHolding).toBe(false);
    expect(past(inLab(bob, 100))).toEqual(['[14:03] #lab bob: hello']);
    expect(lines.oldestOf(lab.conversation)).toBe(messageId(32));
    const own = inLab(alice, 31, text(31));
    expect(lines.showEarlier(lab.conversation, [own, inLab(bob, 30, text(30))])).toEqual([
      '[14:03] #lab bob: text 30',
      '[14:03] #lab alice: text 31',
    ]);
    expect(lines.oldestOf(lab.conversation)).toBe(messageId(30));
  });

  it('prints a short past of #everyone as it is when nothing more comes', () => {
    const { lines } = start();
    expect(lines.handle(pastEvent(inLab(bob, 1)))).toEqual([]);
    expect(lines.takeHeld()).toEqual(['[14:03] #lab bob: hello']);
  });

  it('says that a change of a message did not reach the other person', () => {
    const { lines, numbers } = start();
    numbers.areOn = true;
    lines.handle(messageEvent({ ...incoming(bob, 1, 'hello'), author: alice }));
    const failed = {
      type: 'change-failed',
      conversation: withBob,
      id: messageId(2),
      code: 'message-expired',
    } as const;
    const sentence = `${errors['message-expired'].sentence} Type retry bob or discard bob.`;
    expect(lines.handle({ ...failed, kind: 'edit', of: [messageId(1)] })).toEqual([
      `bob did not get your change of message 1: ${sentence}`,
    ]);
    expect(lines.handle({ ...failed, kind: 'delete', of: [messageId(7)] })).toEqual([
      `bob did not get your deletion of a message: ${sentence}`,
    ]);
  });

  it('tells what others do to a message, by its number or its author', () => {
    const { lines, numbers } = start();
    const poll: ChatMessage = inLab(alice, 1, {
      content: { kind: 'poll', question: 'When?', choices: ['Monday', 'Friday'] },
      votes: [[bob], []],
    });
    const tell = (message: ChatMessage, change: ChangeSummary) =>
      lines.handle({ type: 'changed', message, change, mentions: 0 });
    expect(tell(poll, { author: bob, kind: 'vote', choice: 0 })).toEqual([
      '#lab bob voted for Monday in your message.',
    ]);
    numbers.areOn = true;
    lines.handle(messageEvent(poll));
    expect(tell(poll, { author: bob, kind: 'vote', choice: null })).toEqual([
      '#lab bob took the vote in message 1 back.',
    ]);
    expect(tell(poll, { author: bob, kind: 'close-poll' })).toEqual([
      '#lab bob closed the poll in message 1: Monday 1, Friday 0',
    ]);
    const edited = inLab(bob, 2, { content: { kind: 'text', text: 'bye' }, edited: true });
    expect(tell(edited, { author: bob, kind: 'edit' })).toEqual(['#lab bob changed a message of bob: bye']);
    expect(tell(edited, { author: bob, kind: 'delete' })).toEqual(['#lab bob deleted a message of bob.']);
    expect(tell(edited, { author: carol, kind: 'hide' })).toEqual([
      '#lab Carol hid a message of bob for all.',
    ]);
    expect(tell(edited, { author: carol, kind: 'unhide' })).toEqual([
      '#lab Carol shows a message of bob again.',
    ]);
    expect(tell(poll, { author: bob, kind: 'acknowledge' })).toEqual([
      '#lab bob has read the announcement in message 1.',
    ]);
    const reaction = { author: bob, kind: 'reaction', emoji: '👍', on: true } as const;
    expect(tell(poll, reaction)).toEqual(['#lab bob reacted with 👍 to message 1.']);
    expect(tell(poll, { ...reaction, on: false })).toEqual(['#lab bob took 👍 back from message 1.']);
    expect(tell(poll, { ...reaction, emoji: '\u001B[2J' })).toEqual([
      '#lab bob reacted with an unknown sign to message 1.',
    ]);
    expect(tell(poll, { ...reaction, author: alice })).toEqual([]);
  });

  it('marks replies, announcements, polls, mentions, and what cannot be read', () => {
    const { lines, numbers } = start();
    const shown = (number: number, change: Partial<ChatMessage>) =>
      lines.handle(messageEvent(inLab(bob, number, change)))[0]?.slice('[14:03] '.length);
    numbers.areOn = true;
    expect(shown(1, { mentionsMe: true })).toBe('1 #lab bob: (mentions you) hello');
    expect(shown(2, { content: { kind: 'reply', to: messageId(1), text: 'yes' } })).toBe(
      '2 #lab bob: (reply to 1) yes',
    );
    expect(shown(3, { content: { kind: 'reply', to: messageId(99), text: 'yes' } })).toBe(
      '3 #lab bob: (reply) yes',
    );
    expect(shown(4, { content: { kind: 'announcement', text: 'now' } })).toBe(
      '4 #lab bob: (announcement) now',
    );
    expect(shown(5, { content: { kind: 'poll', question: 'When?', choices: ['Monday', 'Friday'] } })).toBe(
      '5 #lab bob: (poll) When?\n        1. Monday\n        2. Friday',
    );
    expect(shown(6, { content: { kind: 'deleted' } })).toBe('6 #lab bob: (deleted)');
    expect(shown(7, { content: { kind: 'erased' } })).toBe('7 #lab bob: (the text is no longer kept)');
    expect(shown(8, { hidden: true })).toBe('8 #lab bob: (hidden by a moderator)');
  });

  it('prints of a conversation what the user wants, and leaves the rest unread', () => {
    const { model, lines } = start();
    const choose = (notify: 'all' | 'mentions' | 'none') =>
      model.handle({ type: 'notify', conversation: lab.conversation, notify });
    choose('mentions');
    expect(lines.handle(messageEvent(inLab(bob, 1)))).toEqual([]);
    expect(lines.handle(messageEvent(inLab(bob, 2, { mentionsMe: true })))).toHaveLength(1);
    choose('none');
    expect(lines.handle(messageEvent(inLab(bob, 3, { mentionsMe: true })))).toEqual([]);
    expect(lines.takeReadMarks()).toEqual([]);
    choose('all');
    expect(lines.show([inLab(bob, 3), inLab(bob, 1)])).toEqual([
      '[14:03] #lab bob: hello',
      '[14:03] #lab bob: hello',
    ]);
    expect(lines.takeReadMarks()).toEqual([{ conversation: lab.conversation, id: messageId(3) }]);
  });

  it('tells once of an invitation, of each finding, and of a refused entry', () => {
    const { lines } = start();
    const finding = { kind: 'sequence-gap', seq: 7, author: bob } as const;
    const rooms = (change: Partial<RoomView>): BridgeEvent => ({
      type: 'rooms',
      rooms: [{ ...lab, ...change }],
    });
    expect(lines.handle(rooms({ standing: 'invited' }))).toEqual([
      'You are invited into #lab. To join it, type join #lab.',
    ]);
    expect(lines.handle(rooms({ standing: 'invited' }))).toEqual([]);
    const gap = '#lab (bob): Messages of this person are missing. The server may hold them back.';
    expect(lines.handle(rooms({ findings: [finding] }))).toEqual([gap]);
    expect(lines.handle(rooms({ findings: [finding] }))).toEqual([]);
    const fork = { kind: 'fork', seq: 8, author: null } as const;
    expect(lines.handle(rooms({ findings: [finding, fork] }))[0]).toMatch(
      /^#lab: The server shows different/u,
    );
    expect(lines.handle({ type: 'room-refused', room: lab.room, id: messageId(1), code: 'slow' })).toEqual([
      '#lab: This room is slow: you have posted a short while ago. Wait, then try again.',
    ]);
    expect(start({ rooms: [{ ...lab, findings: [finding] }] }).lines.begin(emptySnapshot, [])).toEqual([]);
    expect(start().lines.begin({ ...emptySnapshot, rooms: [{ ...lab, findings: [finding] }] }, [])).toEqual([
      gap,
    ]);
  });
});
