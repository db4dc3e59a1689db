import { done, refused, type CommandResult } from '../../../shared/command-result.ts';
import { isConversationKind, type ConversationContent } from '../../../shared/chat/content-kinds.ts';
import { isPostKind, type PostKind } from '../../../shared/chat/timeline.ts';
import { roomConversation } from '../../../shared/conversation.ts';
import { isErrorCode } from '../../../shared/errors.ts';
import type { MessageId, RoomId } from '../../../shared/ids.ts';
import type { Moment } from '../../../shared/moment.ts';
import {
  decodeRoomContent,
  encodeRoomContent,
  type RoomContent,
  type RoomContentOf,
} from '../../../shared/rooms/content.ts';
import type { ClientStore } from '../../store/client-store.ts';
import type { WaitingEntry } from '../../store/room-repository.ts';
import type { ServerClock } from '../connections/server-clock.ts';
import {
  changesIn,
  isAlreadySo,
  refusalOfChanges,
  refusalOfContent,
  wellFormed,
} from '../messages/content-rules.ts';
import { isListedOutside, type OpenRoom } from './open-room.ts';
import { refusalOfOwn, type OwnAuthor } from './own-entries.ts';
import type { RoomRegistry } from './room-registry.ts';
import type { RoomTimeline } from './room-timeline.ts';

export interface RoomWriterOptions {
  readonly store: ClientStore;
  readonly author: OwnAuthor;
  readonly clock: Pick<ServerClock, 'offsetMs' | 'serverMs'>;
  readonly registry: RoomRegistry;
  readonly timeline: RoomTimeline;
  /** Nothing is on its way under this id, because all that it says is in the room already. */
  readonly tellOver: (room: OpenRoom, id: MessageId) => void;
}

export interface NewRoomEntry {
  readonly id: MessageId;
  readonly content: RoomContent;
}

/** What the user writes into rooms. The room, as the client has it, refuses at once what its server would refuse. */
export class RoomWriter {
  readonly #options: RoomWriterOptions;

  constructor(options: RoomWriterOptions) {
    this.#options = options;
  }

  /** Puts an entry into the outbox. The same id again changes nothing. */
  write(now: Moment, id: RoomId, { id: entryId, content: typed }: NewRoomEntry): CommandResult {
    const { registry, store } = this.#options;
    const content = isOfConversations(typed) ? wellFormed(typed) : typed;
    const known = registry.get(id);
    if (known !== undefined && !registry.isOfServer(known)) return refused('other-server');
    // A room that anyone can join is not the user's before.
    const room = known ?? (content.kind === 'join' ? registry.add(id) : undefined);
    if (room === undefined) return refused('no-such-room');
    if (room.outbox.find(entryId) !== undefined || store.rooms.hasId(id, entryId)) return done;
    if (store.messages.find(entryId) !== undefined) return refused('message-id-used');
    const entry = this.#waitingEntry(now, entryId, content);
    if (decodeRoomContent(entry.kind, entry.content).type !== 'content') return refused('malformed');
    const refusal = this.#refusal(now, room, entry) ?? this.#refusalOfContent(room, content);
    if (refusal !== undefined) return refused(isErrorCode(refusal) ? refusal : 'not-allowed');
    if (this.#isOver(content)) {
      this.#options.tellOver(room, entryId);
      return done;
    }
    if (!room.outbox.merge(content)) room.outbox.put(entry);
    this.#show(now, room, entry, content);
    return done;
  }

  /** Creates a room. Frontends hear of it when the server has taken it. */
  create(now: Moment, room: RoomId, id: MessageId, content: RoomContentOf<'create'>): CommandResult {
    const { registry } = this.#options;
    const known = registry.get(room);
    if (known?.outbox.find(id) !== undefined) return done;
    if (known !== undefined) return known.log.state.about === null ? done : refused('already-created');
    const added = registry.add(room);
    if (added === undefined) return refused('not-joined');
    added.outbox.put(this.#waitingEntry(now, id, content));
    return done;
  }

  #waitingEntry(now: Moment, id: MessageId, content: RoomContent): WaitingEntry {
    return {
      id,
      kind: content.kind,
      content: encodeRoomContent(content),
      editOf: content.kind === 'edit' ? content.of : null,
      sentAtMs: now.wallMs,
      clockOffsetMs: this.#options.clock.offsetMs(now) ?? null,
      refusedWith: null,
    };
  }

  #refusal(now: Moment, room: OpenRoom, entry: WaitingEntry): string | undefined {
    const { author, clock } = this.#options;
    const { state } = room.log;
    // The log is not here yet: only the server knows. A member of a listed room may write, and the entry waits for the log.
    if (state.about === null)
      return entry.kind === 'join' || isListedMember(room) ? undefined : 'not-created';
    // The log of a former member ends with its membership. Only the server knows of a later invitation, or that a ban is lifted.
    const { access, ended } = state.about;
    const isInLog = state.members.has(author.me);
    const isOutside = !isInLog || isListedOutside(room.stored);
    if (entry.kind === 'join' && access !== 'everyone' && ended === null && isOutside) return undefined;
    if (isInLog && isOutside) return 'not-a-member';
    return refusalOfOwn(author, state, entry, clock.serverMs(now) ?? now.wallMs)?.code;
  }

  /** Why the content itself is refused, or what it would do to messages. */
  #refusalOfContent(room: OpenRoom, content: RoomContent): string | undefined {
    if (!isOfConversations(content)) return undefined;
    const { author, store } = this.#options;
    const conversation = roomConversation(room.stored.id);
    return (
      refusalOfContent(content) ??
      refusalOfChanges(content, conversation, author.me, (each) => store.messages.find(each))
    );
  }

  /**
   * Whether all of this has been done for good. A reaction, a vote or an edit can have a later one in the outbox, so they are
   * written also where the message is as they say.
   */
  #isOver(content: RoomContent): boolean {
    if (!isOfConversations(content) || isPost(content)) return false;
    const { author, store } = this.#options;
    return changesIn(content).every((change) => {
      if (change.kind !== 'delete' && change.kind !== 'acknowledge' && change.kind !== 'close-poll')
        return false;
      const message = store.messages.find(change.of);
      return message !== undefined && isAlreadySo(change, message, author.me);
    });
  }

  #show(now: Moment, room: OpenRoom, entry: WaitingEntry, content: RoomContent): void {
    const { author, timeline } = this.#options;
    if (isPost(content))
      return timeline.showWaiting(room.stored.id, author.installation, entry, withoutFallback(content));
    if (content.kind !== 'delete') return;
    // The words go at once. What has not left is not sent.
    if (!room.outbox.mayBeSent(content.of)) room.outbox.remove(content.of);
    room.outbox.dropEditsOf(content.of);
    timeline.changeAtOnce(now, room.stored.id, content);
  }
}

/** Whether the server has said that the user is a member. */
function isListedMember({ stored: { listed } }: OpenRoom): boolean {
  return listed !== null && ['owner', 'moderator', 'member', 'reader'].includes(listed.standing);
}

function isOfConversations(content: RoomContent): content is Extract<RoomContent, ConversationContent> {
  return isConversationKind(content.kind);
}

function isPost(content: RoomContent): content is RoomContentOf<PostKind> {
  return isPostKind(content.kind);
}

function withoutFallback(content: RoomContentOf<PostKind>) {
  if (!('fallback' in content)) return content;
  const { fallback: _fallback, ...rest } = content;
  return rest;
}
