import { describe, expect, it } from 'vitest';
import type { BridgeEvent } from '../../../shared/bridge/events.ts';
import type { PeerKey } from '../../../shared/ids.ts';
import { printedIdsMax } from '../../../shared/limits.ts';
import {
  alice,
  bob,
  withBob,
  withCarol,
  carol,
  emptySnapshot,
  incoming,
  messageEvent,
  messageId,
  onlineAsAlice,
  threeContacts,
} from '../frontend/scripted-gateway.ts';
import { ChatModel } from '../frontend/chat-model.ts';
import { clockTextIn } from '../text/clock-text.ts';
import { Transcript } from './transcript.ts';

const snapshot = { ...emptySnapshot, session: onlineAsAlice, contacts: threeContacts };
const transcript = (): Transcript => new Transcript(new ChatModel(snapshot), clockTextIn('UTC'));

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
    const lines = new Transcript(model, clockTextIn('UTC'));
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
