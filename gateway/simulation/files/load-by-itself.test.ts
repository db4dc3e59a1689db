import { describe, expect, it } from 'vitest';
import { directConversation, roomConversation, type ConversationId } from '../../../shared/conversation.ts';
import type { MessageId } from '../../../shared/ids.ts';
import { loadedPictureBytesMax, loadedPictureBytesPerHour } from '../../../shared/limits.ts';
import { everyoneRoom } from '../../../shared/rooms/room-state.ts';
import { ChatFixture } from '../chat/chat-fixture.ts';
import type { SimulatedClient } from '../chat/chat-simulation.ts';
import { isMemberOf } from '../rooms/room-invariants.ts';
import { fileBytes, fileOf, tryToOffer } from './file-fixture.ts';

/** Bob has answered alice, and not cat. */
function withThree() {
  const chat = new ChatFixture();
  const { simulation } = chat;
  const [alice, bob, cat] = chat.online('alice', 'bob', 'cat');
  simulation.until('in #everyone', () => [alice, bob, cat].every((one) => isMemberOf(one, everyoneRoom)));
  bob.say(alice, 'hello');
  let seed = 0;
  const offer = (from: SimulatedClient, size: number, type: string, to?: ConversationId): MessageId => {
    const source = from.files.addBlob(fileBytes(size, ++seed));
    const of = tryToOffer(simulation, from, to ?? directConversation(bob.key), source, type);
    if (of === undefined) throw new Error('the offer was refused');
    simulation.until('the offer is there', () => fileOf(bob, of) !== undefined);
    simulation.pass(3_000);
    return of;
  };
  return { simulation, alice, bob, cat, offer, stateOf: (of: MessageId) => fileOf(bob, of)?.state };
}

const picture = 'image/png';
const everyone = roomConversation(everyoneRoom);

describe('a file', () => {
  it('PROTOCOL 13.44: loads without a question if it is a small picture of a person that the user has answered', () => {
    const { alice, cat, offer, stateOf } = withThree();
    expect(stateOf(offer(alice, 1_000, picture))).toBe('done');
    expect(stateOf(offer(alice, 1_000, picture, everyone))).toBe('done');
    expect(stateOf(offer(alice, loadedPictureBytesMax + 1, picture))).toBe('offered');
    expect(stateOf(offer(alice, 1_000, 'image/svg+xml'))).toBe('offered');
    expect(stateOf(offer(alice, 1_000, 'text/plain'))).toBe('offered');
    expect(stateOf(offer(cat, 1_000, picture))).toBe('offered');
    expect(stateOf(offer(cat, 1_000, picture, everyone))).toBe('offered');
  });

  it('PROTOCOL 13.44: waits for its user when the sender has had its share of the hour', () => {
    const { alice, bob, offer, stateOf } = withThree();
    const first = offer(alice, 1_000, picture);
    expect(stateOf(first)).toBe('done');
    const row = bob.store.files.find(first);
    if (row === undefined) throw new Error('the file has a row');
    const blob = { ...row.blob, size: loadedPictureBytesPerHour - 1_999 };
    bob.command(() => bob.store.files.put({ ...row, blob }));
    expect(stateOf(offer(alice, 2_000, picture))).toBe('offered');
    expect(stateOf(offer(alice, 1_999, picture))).toBe('done');
  });

  it('PROTOCOL 13.44: loads as the user has chosen in the settings', () => {
    const { alice, bob, cat, offer, stateOf } = withThree();
    bob.command((client, now) => client.changeSetting(now, 'loadPictures', false));
    expect(stateOf(offer(alice, 1_000, picture))).toBe('offered');
    bob.command((client, now) => client.changeSetting(now, 'loadVerified', true));
    expect(stateOf(offer(cat, 1_000, 'text/plain'))).toBe('offered');
    bob.command((client, now) => client.setVerified(now, cat.key, true));
    expect(stateOf(offer(cat, 1_000, 'text/plain'))).toBe('done');
  });
});
