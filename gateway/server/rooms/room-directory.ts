import type { ProtocolMessageOf } from '../../../shared/chat/kinds.ts';
import type { PeerKey } from '../../../shared/ids.ts';
import { roomBrowseRowsMax, roomQuestionsBurst } from '../../../shared/limits.ts';
import type { Moment } from '../../../shared/moment.ts';
import { nicknameComparisonKey } from '../../../shared/nickname.ts';
import { everyoneRoom, standingOf } from '../../../shared/rooms/room-state.ts';
import type { RoomMember, RoomRecord } from '../../store/server-store.ts';
import { KeyedTokenBucket } from '../../turn/keyed-token-bucket.ts';
import type { ServerContext } from '../context.ts';
import type { RoomPorts } from './ports.ts';
import type { OpenRoom, RoomLogs } from './room-logs.ts';

type Row = ProtocolMessageOf<'room-list'>['rows'][number];

/** After `roomQuestionsBurst` requests for lists of rooms, one per interval is answered. */
const questionsIntervalMs = 1_000;

export interface RoomDirectoryOptions {
  readonly ports: RoomPorts;
  readonly context: ServerContext;
  readonly logs: RoomLogs;
}

/** Lists rooms for clients: those in which they have a part, and open ones. */
export class RoomDirectory {
  readonly #options: RoomDirectoryOptions;
  readonly #questions = new KeyedTokenBucket(roomQuestionsBurst, questionsIntervalMs);

  constructor(options: RoomDirectoryOptions) {
    this.#options = options;
  }

  /** PROTOCOL 10.48: a client that has registered gets the rooms in which it has a part. */
  handleArrival(client: PeerKey): void {
    const { rooms } = this.#options.ports.store;
    const own = rooms.membershipsOf(client).filter(({ room }) => room !== everyoneRoom);
    const rows = own.flatMap((member) => {
      const record = rooms.find(member.room);
      return record === undefined ? [] : [this.#rowOf(record, member, client)];
    });
    const everyone = rooms.find(everyoneRoom);
    if (everyone !== undefined) rows.unshift(this.#rowOf(everyone, undefined, client));
    for (let start = 0; start < rows.length; start += roomBrowseRowsMax)
      this.#sendMine(client, rows.slice(start, start + roomBrowseRowsMax));
  }

  /** The key has another part in the room than before. */
  handleChanged({ record, members }: OpenRoom, key: PeerKey): void {
    if (this.#options.context.isOnline(key))
      this.#sendMine(key, [this.#rowOf(record, members.get(key), key)]);
  }

  /** PROTOCOL 10.48: a page of the rooms that the client may see. */
  browse(now: Moment, client: PeerKey, { after }: ProtocolMessageOf<'room-browse'>): void {
    const { context, ports } = this.#options;
    if (this.#questions.take(now.monotonicMs, client) !== undefined)
      return context.send(client, { kind: 'error', code: 'too-often', about: 'room-browse' });
    const { rooms } = ports.store;
    const afterKey = after === null ? '' : nicknameComparisonKey(after);
    const records = rooms.listed(client, afterKey, roomBrowseRowsMax + 1);
    const page = records.slice(0, roomBrowseRowsMax);
    const rows = page.map((record) => this.#rowOf(record, rooms.member(record.room, client), client));
    const next = records.length > page.length ? (page.at(-1)?.name ?? null) : null;
    context.send(client, { kind: 'room-list', mine: false, rows, next });
  }

  #sendMine(client: PeerKey, rows: Row[]): void {
    this.#options.context.send(client, { kind: 'room-list', mine: true, rows, next: null });
  }

  #rowOf(record: RoomRecord, member: RoomMember | undefined, client: PeerKey): Row {
    const { room, name, topic, access, ended, head, members } = record;
    const isEveryone = room === everyoneRoom;
    return {
      room,
      name,
      topic,
      access,
      ended,
      standing: isEveryone ? this.#standingInEveryone(client) : (member?.standing ?? 'guest'),
      members: isEveryone ? this.#options.ports.registry.size : members,
      head,
    };
  }

  #standingInEveryone(client: PeerKey): Row['standing'] {
    const open = this.#options.logs.find(everyoneRoom);
    const standing = open === undefined ? 'member' : standingOf(open.state, client);
    return standing === 'server' || standing === 'banned' ? 'guest' : standing;
  }
}
