import { describe, expect, it } from 'vitest';
import { notedMessagesMax } from '../../../shared/limits.ts';
import type { Delivery } from '../../../shared/message.ts';
import {
  bob,
  carol,
  emptySnapshot,
  messageId,
  onlineAsAlice,
  threePeople,
} from '../frontend/scripted-gateway.ts';
import { ChatModel } from '../frontend/chat-model.ts';
import { DeliveryNotes } from './delivery-notes.ts';

const has: Delivery = { state: 'delivered', later: false };
const hasNow: Delivery = { state: 'delivered', later: true };
const viaServer: Delivery = { state: 'sending', attempt: 1, via: 'server' };
const noConnection: Delivery = { state: 'waiting', nextTryAtMs: null, reason: 'no-connection' };

function notesOfThree(peer = bob): {
  notes: DeliveryNotes;
  tell: (number: number, delivery: Delivery) => void;
} {
  const model = new ChatModel({ ...emptySnapshot, session: onlineAsAlice, people: threePeople });
  const notes = new DeliveryNotes(model);
  for (const number of [1, 2, 3]) notes.add(messageId(number), peer);
  const tell = (number: number, delivery: Delivery): void =>
    notes.handle({ type: 'delivery', peer, id: messageId(number), delivery });
  return { notes, tell };
}

describe('what became of a message', () => {
  it('is one line for each outcome', () => {
    const line = (...deliveries: Delivery[]): string[] => {
      const { notes, tell } = notesOfThree();
      for (const delivery of deliveries) tell(1, delivery);
      return notes.takeLines(0);
    };
    expect(line(has)).toEqual(['bob has it.']);
    expect(line(hasNow)).toEqual(['bob has it now.']);
    expect(line({ state: 'stored' })).toEqual(['bob is away: it waits on the server.']);
    expect(line(noConnection)).toEqual([
      'No connection to bob or the server; it is kept here and tried again.',
    ]);
    expect(line({ ...noConnection, nextTryAtMs: 7_500 })).toEqual([
      'No connection to bob or the server; it is kept here and tried again in 8 s.',
    ]);
    expect(line({ ...noConnection, reason: 'key-changed' })).toEqual([
      'bob has another key now; it is kept here until you accept it, or refuse it.',
    ]);
    expect(line({ ...noConnection, reason: 'mailbox-full' })).toEqual([
      'The mailbox of bob is full; it is kept here and tried again.',
    ]);
    expect(line({ state: 'failed', code: 'message-too-long' })).toEqual([
      'Not sent to bob: A message has at most 16 KiB; send it in parts. Write retry bob, or discard bob.',
    ]);
    expect(line({ state: 'saved' }, { state: 'sending', attempt: 3, via: 'direct' })).toEqual([]);
  });

  it('is read besides, which is told once', () => {
    const { notes, tell } = notesOfThree();
    tell(1, has);
    tell(2, has);
    tell(1, { state: 'read' });
    expect(notes.takeLines(0)).toEqual(['bob has 2 messages.', 'bob has read it.']);
    tell(2, { state: 'read' });
    tell(3, { state: 'read' });
    tell(3, { state: 'read' });
    expect(notes.areWaiting).toBe(true);
    expect(notes.takeLines(0)).toEqual(['bob has read 2 messages.']);
    expect(notes.areWaiting).toBe(false);
  });

  it('many at once are one line', () => {
    const { notes, tell } = notesOfThree();
    for (const number of [1, 2, 3]) tell(number, has);
    expect(notes.takeLines(0)).toEqual(['bob has 3 messages.']);
    expect(notes.takeLines(0)).toEqual([]);
  });

  it('an outcome that a better one follows at once is not told', () => {
    const { notes, tell } = notesOfThree();
    tell(1, { state: 'stored' });
    tell(1, hasNow);
    expect(notes.takeLines(0)).toEqual(['bob has it now.']);
  });

  it('stored, and delivered later: two lines at two times', () => {
    const { notes, tell } = notesOfThree();
    tell(1, { state: 'stored' });
    expect(notes.takeLines(0)).toHaveLength(1);
    tell(1, hasNow);
    expect(notes.takeLines(0)).toEqual(['bob has it now.']);
  });

  it('that the server delivered it is told instead of that it is delivered, in both orders', () => {
    for (const serverFirst of [true, false]) {
      const { notes, tell } = notesOfThree(carol);
      if (!serverFirst) tell(1, has);
      notes.handle({ type: 'delivered-by-server', peer: carol, id: messageId(1) });
      if (serverFirst) tell(1, has);
      expect(notes.takeLines(0)).toEqual(['Carol is online: the server delivered it.']);
    }
  });

  it('no answer is told of people believed online, and once until it is over', () => {
    const away = notesOfThree(bob);
    away.tell(1, viaServer);
    expect(away.notes.takeLines(0)).toEqual([]);

    const { notes, tell } = notesOfThree(carol);
    tell(1, viaServer);
    expect(notes.takeLines(0)).toEqual(['No answer from Carol; the server is asked to deliver or keep it.']);
    tell(2, viaServer);
    expect(notes.takeLines(0)).toEqual([]);
    tell(1, has);
    tell(2, has);
    expect(notes.takeLines(0)).toEqual(['Carol has 2 messages.']);
    tell(3, viaServer);
    expect(notes.takeLines(0)).toHaveLength(1);
  });

  it('messages that were not typed here are not told about', () => {
    const { notes } = notesOfThree();
    notes.handle({ type: 'delivery', peer: bob, id: messageId(99), delivery: has });
    expect(notes.areWaiting).toBe(false);
  });

  it('remembers so many messages at most', () => {
    const { notes, tell } = notesOfThree();
    for (let number = 4; number <= notedMessagesMax + 1; number++) notes.add(messageId(number), bob);
    tell(1, has);
    expect(notes.areWaiting).toBe(false);
    tell(2, has);
    expect(notes.takeLines(0)).toEqual(['bob has it.']);
  });
});
