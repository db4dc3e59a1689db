import { typingFeature } from '../../../shared/chat/features.ts';
import type { ProtocolMessageOf } from '../../../shared/chat/kinds.ts';
import type { PeerKey } from '../../../shared/ids.ts';
import { roomTypingBurst, roomTypingMembersMax } from '../../../shared/limits.ts';
import type { Moment } from '../../../shared/moment.ts';
import { mayPost } from '../../../shared/rooms/reducer.ts';
import { everyoneRoom } from '../../../shared/rooms/room-state.ts';
import { KeyedTokenBucket } from '../../turn/keyed-token-bucket.ts';
import type { ServerContext } from '../context.ts';
import type { RoomPorts } from './ports.ts';
import type { OpenRoom, RoomLogs } from './room-logs.ts';

/** After `roomTypingBurst` hints of a client, one per interval is passed on. */
const hintsIntervalMs = 3_000;

export interface RoomTypingOptions {
  readonly ports: Pick<RoomPorts, 'registry'>;
  readonly context: ServerContext;
  readonly logs: Pick<RoomLogs, 'find'>;
}

/** PROTOCOL 10.53: passes on to the members of a small room that one of them types. It keeps nothing and answers nothing. */
export class RoomTyping {
  readonly #options: RoomTypingOptions;
  readonly #hints = new KeyedTokenBucket(roomTypingBurst, hintsIntervalMs);

  constructor(options: RoomTypingOptions) {
    this.#options = options;
  }

  handle({ monotonicMs }: Moment, client: PeerKey, { room }: ProtocolMessageOf<'room-typing'>): void {
    const { context, logs, ports } = this.#options;
    if (this.#hints.take(monotonicMs, client) !== undefined) return;
    const open = logs.find(room);
    if (open === undefined || this.#sizeOf(open) > roomTypingMembersMax) return;
    if (!mayPost(open.state, client)) return;
    for (const member of this.#membersOf(open)) {
      if (member === client || !context.isOnline(member)) continue;
      if (ports.registry.find(member)?.features.includes(typingFeature) !== true) continue;
      context.send(member, { kind: 'room-member-typing', room, member: client });
    }
  }

  #sizeOf({ state }: OpenRoom): number {
    return state.room === everyoneRoom ? this.#options.ports.registry.size : state.members.size;
  }

  #membersOf({ state }: OpenRoom): Iterable<PeerKey> {
    return state.room === everyoneRoom ? this.#options.ports.registry.keys() : state.members.keys();
  }
}
