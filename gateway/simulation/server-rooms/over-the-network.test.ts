import { beforeEach, describe, expect, it } from 'vitest';
import type { ProtocolMessage } from '../../../shared/chat/kinds.ts';
import { digestFromBytes, newMessageId } from '../../../shared/ids.ts';
import { encodeRoomContent } from '../../../shared/rooms/content.ts';
import { entrySignedBytes, logStart, type SignedEntry } from '../../../shared/rooms/entry.ts';
import { everyoneRoom } from '../../../shared/rooms/room-state.ts';
import { sha256 } from '../../crypto/sha256.ts';
import { signerOf } from '../../crypto/signer.ts';
import { ChatFixture } from '../chat/chat-fixture.ts';
import { ManualClientAtServer, manualInstallation } from '../chat/manual-client.ts';

let chat: ChatFixture;
let hand: ManualClientAtServer;
beforeEach(() => {
  chat = new ChatFixture();
  hand = new ManualClientAtServer(chat.simulation, chat.server, '10.0.0.200');
});

function hello(sequence: number): SignedEntry {
  const content = encodeRoomContent({ kind: 'text', text: 'hello' });
  const header = {
    room: everyoneRoom,
    author: hand.key,
    installation: manualInstallation,
    sequence,
    id: newMessageId(sequence, new Uint8Array(10)),
    kind: 'text',
    contentHash: digestFromBytes(sha256(content)),
    sentAtMs: 0,
    parent: logStart,
  };
  const signature = signerOf(hand.identity).sign('room-entry', entrySignedBytes(hand.server, header));
  return { header, signature, content };
}

const follow: ProtocolMessage = { kind: 'room-follow', room: everyoneRoom, points: [logStart] };

describe('a client and the rooms of a server over the network', () => {
  it('PROTOCOL 6.6: gets nothing of them before it has registered', () => {
    hand.tell(follow);
    hand.tell({ kind: 'room-append', room: everyoneRoom, entries: [hello(1)] });
    expect(hand.heard().map(({ kind }) => kind)).toEqual(['error', 'error']);
  });

  it('PROTOCOL 10.42: follows a room until its registration ends', () => {
    hand.register(1);
    expect(hand.heardOf('room-list')).toMatchObject([{ mine: true, rows: [{ room: everyoneRoom }] }]);
    hand.tell(follow);
    hand.tell({ kind: 'room-ack', room: everyoneRoom, delivered: 1, read: 0 });
    hand.tell({ kind: 'room-append', room: everyoneRoom, entries: [hello(1)] });
    expect(hand.heardOf('room-appended')).toMatchObject([{ taken: [{ seq: 2 }], next: 2 }]);
    expect(hand.heardOf('room-entries').map(({ entries }) => entries.length)).toEqual([1, 1]);
    hand.tell({ kind: 'room-ack', room: everyoneRoom, delivered: 2, read: 0 });
    hand.register(2);
    hand.tell({ kind: 'room-append', room: everyoneRoom, entries: [hello(2)] });
    expect(hand.heardOf('room-entries')).toHaveLength(2);
  });

  it('PROTOCOL 10.40: learns that the disk of the server is full, and goes on when it has room', () => {
    hand.register(1);
    hand.tell(follow);
    chat.server.isDiskFull = true;
    hand.tell({ kind: 'room-append', room: everyoneRoom, entries: [hello(1)] });
    expect(hand.heardOf('room-appended')).toMatchObject([
      { taken: [], refused: { code: 'server-disk-full' }, next: 1 },
    ]);
    chat.server.isDiskFull = false;
    hand.tell({ kind: 'room-append', room: everyoneRoom, entries: [hello(1)] });
    expect(hand.heardOf('room-appended').at(-1)).toMatchObject({ taken: [{ seq: 2 }] });
    // The fault has not ended what it follows.
    hand.tell({ kind: 'room-ack', room: everyoneRoom, delivered: 1, read: 0 });
    expect(
      hand
        .heardOf('room-entries')
        .flatMap(({ entries }) => entries)
        .at(-1)?.position.seq,
    ).toBe(2);
  });
});
