import { expect, it } from 'vitest';
import type { ProtocolMessage, ProtocolMessageOf } from '../../../shared/chat/kinds.ts';
import { digestFromBytes, roomIdFromBytes, type RoomId } from '../../../shared/ids.ts';
import { encodeRoomContent, type RoomContent } from '../../../shared/rooms/content.ts';
import {
  entrySignedBytes,
  headSignedBytes,
  pointOf,
  type EntryHeader,
  type LogEntry,
  type SignedEntry,
} from '../../../shared/rooms/entry.ts';
import type { FindingKind } from '../../../shared/rooms/verify-log.ts';
import { sha256 } from '../../crypto/sha256.ts';
import { signerOf } from '../../crypto/signer.ts';
import { ChatFixture } from '../chat/chat-fixture.ts';
import type { SimulatedClient } from '../chat/chat-simulation.ts';
import type { SimulatedServer } from '../chat/simulated-server.ts';
import { isMemberOf } from './room-invariants.ts';
import { newestTen, sampleQuery } from '../../store/sample.ts';

type Entries = ProtocolMessageOf<'room-entries'>;

/** Alice, bob and carol in a room. The server lies to bob alone. */
class ByzantineRoom {
  readonly chat = new ChatFixture();
  readonly server: SimulatedServer = this.chat.server;
  readonly room: RoomId = roomIdFromBytes(this.chat.simulation.random(16));
  readonly alice: SimulatedClient;
  readonly bob: SimulatedClient;
  readonly carol: SimulatedClient;

  constructor() {
    [this.alice, this.bob, this.carol] = this.chat.online('alice', 'bob', 'carol');
    const { room } = this;
    const id = this.chat.simulation.newMessageId();
    this.alice.command((client, now) => client.createRoom(now, { id, room, name: 'lab', access: 'open' }));
    this.#settle('created', () => isMemberOf(this.alice, room));
    for (const one of [this.bob, this.carol]) this.write(one, { kind: 'join' });
    this.#settle('joined', () => [this.bob, this.carol].every((one) => isMemberOf(one, room)));
    this.write(this.alice, { kind: 'text', text: 'the truth' });
    this.untilAllHaveAll();
  }

  write(one: SimulatedClient, content: RoomContent): void {
    const id = this.chat.simulation.newMessageId();
    const result = one.command((client, now) => client.writeRoom(now, this.room, { id, content }));
    expect(result.status).toBe('done');
  }

  untilAllHaveAll(): void {
    const { alice, bob, carol, room } = this;
    const head = () => this.server.store.rooms.find(room)?.head.hash;
    this.#settle('all have all', () =>
      [alice, bob, carol].every(
        ({ store }) => store.rooms.waiting(room).length === 0 && store.rooms.head(room)?.hash === head(),
      ),
    );
  }

  /** Changes each batch of entries for bob. */
  lieToBob(lie: (message: Entries) => ProtocolMessage): void {
    this.server.byzantineReplies = (to, message) => {
      const isLie = to === this.bob.key && message.kind === 'room-entries' && message.room === this.room;
      return [[to, isLie ? lie(message) : message]];
    };
  }

  /** The batch with one more entry at its end. The server signs what it has made up. */
  extended(message: Entries, signed: SignedEntry): Entries {
    const { server, room } = this;
    const { point: last } = message.head;
    const position = { epoch: last.epoch, seq: last.seq + 1, takenAtMs: 0 };
    const entry: LogEntry = { ...signed, position };
    const point = pointOf(server.identity.key, last.hash, entry, sha256);
    const signature = signerOf(server.identity).sign('room-head', headSignedBytes(room, point));
    return { ...message, entries: [...message.entries, entry], head: { point, signature } };
  }

  /** An entry that its author has signed and the server never took. */
  signed(message: Entries, author: SimulatedClient, content: RoomContent, sequence: number): SignedEntry {
    const bytes = encodeRoomContent(content);
    const header: EntryHeader = {
      room: this.room,
      author: author.key,
      installation: author.installation,
      sequence,
      id: this.chat.simulation.newMessageId(),
      kind: content.kind,
      contentHash: digestFromBytes(sha256(bytes)),
      sentAtMs: 0,
      parent: message.from,
    };
    const signed = entrySignedBytes(this.server.identity.key, header);
    return { header, signature: signerOf(author.identity).sign('room-entry', signed), content: bytes };
  }

  findingsOf(one: SimulatedClient): FindingKind[] {
    const view = one.role.rooms().find(({ room }) => room === this.room);
    return view?.findings.map(({ kind }) => kind) ?? [];
  }

  untilBobFinds(kind: FindingKind): void {
    this.#settle(`bob finds ${kind}`, () => this.findingsOf(this.bob).includes(kind));
  }

  #settle(what: string, isDone: () => boolean): void {
    this.chat.simulation.until(what, isDone, 120_000);
  }
}

/** Alice has written this entry as the third of her installation: `create`, the truth, and this. */
const alicesNext = 4;

const lies: readonly { readonly kind: FindingKind; readonly lie: (chat: ByzantineRoom) => void }[] = [
  {
    kind: 'wrong-head',
    lie: (chat) =>
      chat.lieToBob((message) => ({ ...message, head: { ...message.head, signature: new Uint8Array(64) } })),
  },
  {
    kind: 'log-gap',
    lie: (chat) => chat.lieToBob((message) => ({ ...message, from: { ...message.from, seq: 1_000 } })),
  },
  {
    kind: 'broken-chain',
    lie: (chat) =>
      chat.lieToBob((message) => ({
        ...message,
        entries: message.entries.map((entry) => ({
          ...entry,
          position: { ...entry.position, takenAtMs: 1 },
        })),
      })),
  },
  {
    kind: 'altered',
    lie: (chat) =>
      chat.lieToBob((message) => ({
        ...message,
        entries: message.entries.map((entry) => ({
          ...entry,
          content: encodeRoomContent({ kind: 'text', text: 'never said' }),
        })),
      })),
  },
  {
    kind: 'forged',
    lie: (chat) =>
      chat.lieToBob((message) => {
        const signed = chat.signed(message, chat.alice, { kind: 'text', text: 'never said' }, alicesNext);
        return chat.extended(message, { ...signed, signature: new Uint8Array(64).fill(1) });
      }),
  },
  {
    kind: 'repeated',
    lie: (chat) =>
      chat.lieToBob((message) => {
        const [first] = message.entries;
        return first === undefined ? message : chat.extended(message, first);
      }),
  },
  {
    kind: 'sequence-gap',
    lie: (chat) =>
      chat.lieToBob((message) =>
        chat.extended(message, chat.signed(message, chat.alice, { kind: 'text', text: 'later' }, 99)),
      ),
  },
  {
    kind: 'against-the-rules',
    lie: (chat) =>
      chat.lieToBob((message) =>
        chat.extended(message, chat.signed(message, chat.carol, { kind: 'topic', topic: 'mine' }, 2)),
      ),
  },
  {
    kind: 'fork',
    lie: (chat) => {
      // Bob alone gets one more entry. The next batch follows on the log of the others.
      let isTold = false;
      chat.lieToBob((message) => {
        if (isTold || message.entries.length === 0) return message;
        isTold = true;
        const signed = chat.signed(message, chat.alice, { kind: 'text', text: 'for bob alone' }, alicesNext);
        return chat.extended(message, signed);
      });
    },
  },
];

it.each(lies)('a server that lies in a room is found out by its member: $kind', ({ kind, lie }) => {
  const chat = new ByzantineRoom();
  lie(chat);
  chat.write(chat.alice, { kind: 'text', text: 'one' });
  chat.chat.simulation.pass(1_000);
  chat.write(chat.alice, { kind: 'text', text: 'two' });
  chat.untilBobFinds(kind);
  // The others got the truth.
  expect([...chat.findingsOf(chat.alice), ...chat.findingsOf(chat.carol)]).toEqual([]);
});

it('a server that was restored, or hides entries as if it were, is found out by a member', () => {
  const chat = new ByzantineRoom();
  const backup = chat.server.disk.copy();
  chat.write(chat.alice, { kind: 'text', text: 'after the backup' });
  chat.untilAllHaveAll();
  chat.server.kill();
  chat.server.restore(backup);
  chat.server.start();
  const all = [chat.alice, chat.bob, chat.carol];
  chat.chat.simulation.until('all have it again', () => all.every((one) => one.isOnline), 120_000);
  chat.untilAllHaveAll();
  expect(all.flatMap((one) => chat.findingsOf(one))).toContain('restored');
});

it('a false checkpoint is found out by a member that starts from it', () => {
  const chat = new ByzantineRoom();
  const { room, alice, server } = chat;
  chat.write(alice, { kind: 'history', history: 'none' });
  chat.untilAllHaveAll();
  const dave = chat.chat.client('dave').start();
  chat.chat.simulation.until('dave online', () => dave.isOnline);
  server.byzantineReplies = (to, message) => {
    if (to !== dave.key || message.kind !== 'room-checkpoint') return [[to, message]];
    const bytes = Uint8Array.from(message.bytes);
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    return [[to, { ...message, bytes }]];
  };
  chat.write(dave, { kind: 'join' });
  const findings = () => dave.store.rooms.all().find((stored) => stored.room === room)?.findings ?? [];
  chat.chat.simulation.until('dave finds out', () =>
    findings().some(({ kind }) => kind === 'wrong-checkpoint'),
  );
  // The truth is taken later.
  server.byzantineReplies = undefined;
  chat.chat.simulation.until('dave has the room', () => isMemberOf(dave, room), 300_000);
});

it('what a server has made up in the name of a member is not shown', () => {
  const chat = new ByzantineRoom();
  chat.lieToBob((message) => {
    const signed = chat.signed(message, chat.alice, { kind: 'text', text: 'never said' }, alicesNext);
    return chat.extended(message, { ...signed, signature: new Uint8Array(64).fill(1) });
  });
  chat.write(chat.alice, { kind: 'text', text: 'said' });
  chat.untilBobFinds('forged');
  const texts = chat.bob.store.messages.search(sampleQuery('said'), newestTen).messages;
  expect(texts.map(({ content }) => content)).toEqual([{ kind: 'text', text: 'said' }]);
});
