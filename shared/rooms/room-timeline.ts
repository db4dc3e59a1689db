import { isConversationKind } from '../chat/content-kinds.ts';
import { isPostKind, type TimelineContent, type TimelineEntry } from '../chat/timeline.ts';
import { decodeRoomContent, isRoomKind, type RoomContent } from './content.ts';
import type { LogEntry } from './entry.ts';

/**
 * Returns what an entry is in the timeline of its room; undefined where it is neither a message nor changes one. The reducer has
 * taken the entry before: a `hide` is by a moderator.
 */
export function timelineEntryOf({ header, position, content }: LogEntry): TimelineEntry | undefined {
  const shown = timelineContentOf(header.kind, content);
  if (shown === undefined) return undefined;
  const { id, author } = header;
  return { id, author, position: { major: position.seq, minor: 0 }, content: shown };
}

function timelineContentOf(kind: string, bytes: Uint8Array | null): TimelineEntry['content'] | undefined {
  if (bytes === null) return isPostKind(kind) || !isRoomKind(kind) ? { kind: 'erased' } : undefined;
  const decoded = decodeRoomContent(kind, bytes);
  switch (decoded.type) {
    case 'content':
      return isTimelineContent(decoded.content) ? ofRoom(decoded.content) : undefined;
    case 'unknown':
      return { kind: 'unknown', fallback: decoded.fallback ?? null };
    case 'malformed':
      return undefined;
    default:
      return decoded satisfies never;
  }
}

/** In a room, the log says which votes were before the end of a poll, and its author does not. */
function ofRoom(content: Extract<RoomContent, TimelineContent>): Extract<RoomContent, TimelineContent> {
  return content.kind === 'close-poll' ? { kind: content.kind, of: content.of } : content;
}

function isTimelineContent(content: RoomContent): content is Extract<RoomContent, TimelineContent> {
  return isConversationKind(content.kind) || content.kind === 'hide' || content.kind === 'unhide';
}
