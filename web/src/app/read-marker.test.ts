import { describe, expect, it } from 'vitest';
import type { Command } from '../../../shared/bridge/commands.ts';
import { applyEvent, applySnapshot, initialState } from '../../../shared/model/chat.ts';
import { idOf, messageOf, sentMessageOf, snapshotOf, withBob } from '../../../shared/model/samples.ts';
import { ReadMarker } from './read-marker.svelte.ts';

function reader() {
  const commands: Command[] = [];
  return { commands, marker: new ReadMarker((command) => commands.push(command)) };
}

describe('the read marker', () => {
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
