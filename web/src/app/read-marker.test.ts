import { describe, expect, it } from 'vitest';
import type { Command } from '../../../shared/bridge/commands.ts';
import { applyEvent, applySnapshot, initialState } from '../../../shared/model/chat.ts';
import { idOf, messageOf, sentMessageOf, snapshotOf, withBob } from '../../../shared/model/samples.ts';
import { ReadMarker } from './read-marker.svelte.ts';

function reader() {
  const commands: Command[] = [];
  const paints: (() => void)[] = [];
  const marker = new ReadMarker(
    (command) => commands.push(command),
    (callback) => paints.push(callback),
  );
  return { commands, paints, marker };
}

describe('the read marker', () => {
  it('marks what has just arrived once it is on the screen, with all that came until then', () => {
    const { commands, paints, marker } = reader();
    let chat = applySnapshot(initialState, snapshotOf());
    marker.look(withBob, chat);
    for (const number of [1, 2]) {
      chat = applyEvent(chat, {
        type: 'message',
        message: messageOf(number),
        unread: number,
        mentions: 0,
        backlog: false,
      });
      marker.markWhenShown(() => chat);
    }
    expect(commands).toEqual([]);
    expect(paints).toHaveLength(1);
    paints[0]?.();
    expect(commands).toEqual([{ type: 'mark-read', conversation: withBob, id: idOf(2) }]);
  });

  it('marks nothing where the reader has gone before it was on the screen', () => {
    const { commands, paints, marker } = reader();
    const chat = applyEvent(applySnapshot(initialState, snapshotOf()), {
      type: 'message',
      message: messageOf(1),
      unread: 1,
      mentions: 0,
      backlog: false,
    });
    marker.markWhenShown(() => chat);
    expect(paints).toHaveLength(0);
    marker.look(withBob, applySnapshot(initialState, snapshotOf()));
    marker.markWhenShown(() => chat);
    marker.look(null, chat);
    paints[0]?.();
    expect(commands).toEqual([]);
  });

  it('marks an own message where only own ones are loaded, because the unread ones stand above them', () => {
    const { commands, marker } = reader();
    const arrived = applyEvent(
      { ...applySnapshot(initialState, snapshotOf()), messagesMax: 3 },
      { type: 'message', message: messageOf(1), unread: 1, mentions: 0, backlog: false },
    );
    const chat = [2, 3, 4].reduce(
      (state, number) =>
        applyEvent(state, {
          type: 'message',
          message: sentMessageOf(number),
          unread: 1,
          mentions: 0,
          backlog: false,
        }),
      arrived,
    );
    marker.look(withBob, chat);
    marker.mark(chat);
    expect(commands).toEqual([{ type: 'mark-read', conversation: withBob, id: idOf(4) }]);
  });

  it('marks the newest message of the other person, so that this person learns it, although an own one stands below', () => {
    const { commands, marker } = reader();
    const chat = [messageOf(1), messageOf(2), sentMessageOf(3)].reduce(
      (state, message) =>
        applyEvent(state, { type: 'message', message, unread: 2, mentions: 0, backlog: false }),
      applySnapshot(initialState, snapshotOf()),
    );
    marker.look(withBob, chat);
    expect(commands).toEqual([{ type: 'mark-read', conversation: withBob, id: idOf(2) }]);
  });
});
