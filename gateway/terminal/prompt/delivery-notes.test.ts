import { describe, expect, it } from 'vitest';
import { notedMessagesMax } from '../../../shared/limits.ts';
import type { Delivery } from '../../../shared/message.ts';
import {
  lab,
  withBob,
  withCarol,
  emptySnapshot,
  messageId,
  onlineAsAlice,
  threeContacts,
} from '../frontend/scripted-gateway.ts';
import { ChatModel } from '../frontend/chat-model.ts';
import { DeliveryNotes } from './delivery-notes.ts';

const has: Delivery = { state: 'delivered', later: false };
const hasNow: Delivery = { state: 'delivered', later: true };
const viaServer: Delivery = { state: 'sending', attempt: 1, via: 'server' };
const noConnection: Delivery = { state: 'waiting', nextAttemptAtMs: null, reason: 'no-connection' };

function notesOfThree(conversation = withBob): {
  notes: DeliveryNotes;
  tell: (number: number, delivery: Delivery) => void;
} {
  const model = new ChatModel({
    ...emptySnapshot,
    session: onlineAsAlice,
    contacts: threeContacts,
    rooms: [lab],
  });
  const notes = new DeliveryNotes(model);
  for (const number of [1, 2, 3]) notes.add(messageId(number), conversation);
  const tell = (number: number, delivery: Delivery): void =>
    notes.handle({
      type: 'delivery',
      conversation,
      id: messageId(number),
      delivery,
    });
  return { notes, tell };
}

describe('DeliveryNotes', () => {
  it('prints one line for each outcome', () => {
    const line = (...deliveries: Delivery[]): string[] => {
      const { notes, tell } = notesOfThree();
      for (const delivery of deliveries) tell(1, delivery);
      return notes.takeLines(0);
    };
    expect(line(has)).toEqual(['bob received your message.']);
    expect(line(hasNow)).toEqual(['bob has now received your message.']);
    expect(line({ state: 'stored' })).toEqual(['bob is away. Your message waits on the server.']);
    expect(line(noConnection)).toEqual([
      'No connection to bob or the server. Your message is saved here and will be sent again.',
    ]);
    expect(line({ ...noConnection, nextAttemptAtMs: 7_500 })).toEqual([
      'No connection to bob or the server. Your message is saved here and will be sent again in 8 s.',
    ]);
    expect(line({ ...noConnection, reason: 'key-changed' })).toEqual([
      'bob has a new key. Your message is saved here until you accept or refuse it.',
    ]);
    expect(line({ ...noConnection, reason: 'not-accepted' })).toEqual([
      'You have sent bob as much as they take before they answer. Your message is saved here until bob answers.',
    ]);
    expect(line({ ...noConnection, reason: 'mailbox-full' })).toEqual([
      'The mailbox of bob is full. Your message is saved here and will be sent again.',
    ]);
    expect(line({ ...noConnection, reason: 'unknown-recipient' })).toEqual([
      'The server does not know bob right now. Your message is saved here and will be sent again.',
    ]);
    expect(line({ state: 'failed', code: 'message-too-long' })).toEqual([
      'Not sent to bob: The message is longer than 16 KiB. Send it in parts. Type retry bob or discard bob.',
    ]);
    expect(line({ state: 'saved' }, { state: 'sending', attempt: 3, via: 'direct' })).toEqual([]);
  });

  it('prints once that a message was read, beside its delivery', () => {
    const { notes, tell } = notesOfThree();
    tell(1, has);
    tell(2, has);
    tell(1, { state: 'read' });
    expect(notes.takeLines(0)).toEqual(['bob received 2 messages.', 'bob has read your message.']);
    tell(2, { state: 'read' });
    tell(3, { state: 'read' });
    tell(3, { state: 'read' });
    expect(notes.areWaiting).toBe(true);
    expect(notes.takeLines(0)).toEqual(['bob has read 2 messages.']);
    expect(notes.areWaiting).toBe(false);
  });

  it('prints one line for many messages at once', () => {
    const { notes, tell } = notesOfThree();
    for (const number of [1, 2, 3]) tell(number, has);
    expect(notes.takeLines(0)).toEqual(['bob received 3 messages.']);
    expect(notes.takeLines(0)).toEqual([]);
  });

  it('leaves out an outcome that a better one follows at once', () => {
    const { notes, tell } = notesOfThree();
    tell(1, { state: 'stored' });
    tell(1, hasNow);
    expect(notes.takeLines(0)).toEqual(['bob has now received your message.']);
  });

  it('prints a line for storing and another for a later delivery', () => {
    const { notes, tell } = notesOfThree();
    tell(1, { state: 'stored' });
    expect(notes.takeLines(0)).toHaveLength(1);
    tell(1, hasNow);
    expect(notes.takeLines(0)).toEqual(['bob has now received your message.']);
  });

  it('prefers "the server delivered it" to "received", in both orders', () => {
    for (const serverFirst of [true, false]) {
      const { notes, tell } = notesOfThree(withCarol);
      if (!serverFirst) tell(1, has);
      notes.handle({ type: 'delivered-by-server', conversation: withCarol, id: messageId(1) });
      if (serverFirst) tell(1, has);
      expect(notes.takeLines(0)).toEqual(['Carol is online: the server delivered your message.']);
    }
  });

  it('prints a missing answer only for peers believed online, and once until it is over', () => {
    const away = notesOfThree();
    away.tell(1, viaServer);
    expect(away.notes.takeLines(0)).toEqual([]);

    const { notes, tell } = notesOfThree(withCarol);
    tell(1, viaServer);
    expect(notes.takeLines(0)).toEqual([
      'Carol does not answer. The server will deliver or keep your message.',
    ]);
    tell(2, viaServer);
    expect(notes.takeLines(0)).toEqual([]);
    tell(1, has);
    tell(2, has);
    expect(notes.takeLines(0)).toEqual(['Carol received 2 messages.']);
    tell(3, viaServer);
    expect(notes.takeLines(0)).toHaveLength(1);
  });

  it('prints nothing about messages that were not typed at this prompt', () => {
    const { notes } = notesOfThree();
    notes.handle({ type: 'delivery', conversation: withBob, id: messageId(99), delivery: has });
    expect(notes.areWaiting).toBe(false);
  });

  it('says that messages are in a room, or what keeps them from it', () => {
    const { notes, tell } = notesOfThree(lab.conversation);
    tell(1, noConnection);
    expect(notes.takeLines(0)).toEqual([
      'No connection to the server. Your message is saved here and will be sent again.',
    ]);
    tell(1, { state: 'in-room', delivered: 0, read: 0, of: 4 });
    tell(2, { state: 'in-room', delivered: 0, read: 0, of: 4 });
    expect(notes.takeLines(0)).toEqual(['2 messages of yours are in #lab.']);
    tell(1, { state: 'in-room', delivered: 4, read: 1, of: 4 });
    tell(3, { state: 'failed', code: 'refused' });
    expect(notes.takeLines(0)).toEqual([
      'Not sent to #lab: The other side refused the message. Type retry #lab or discard #lab.',
    ]);
  });

  it('follows a bounded number of messages and forgets the oldest', () => {
    const { notes, tell } = notesOfThree();
    for (let number = 4; number <= notedMessagesMax + 1; number++) notes.add(messageId(number), withBob);
    tell(1, has);
    expect(notes.areWaiting).toBe(false);
    tell(2, has);
    expect(notes.takeLines(0)).toEqual(['bob received your message.']);
  });
});
