import { isHidden, reactionsOf, votesOf, type MessageView } from '../../../../shared/chat/timeline.ts';
import type { PeerKey } from '../../../../shared/ids.ts';
import { comparePositions, type MessagePosition } from '../../../../shared/message.ts';
import type { StoredMessage } from '../../client-store.ts';
import { jsonOf, optional, unreadable, type Row } from '../rows.ts';

/** What later contents did to a message, without its body. */
type Marks = Omit<MessageView, 'id' | 'author' | 'position' | 'body'>;

/** The column `changes`. Positions are `[major, minor]`. */
interface Changes {
  edited?: Pair;
  closed?: Pair;
  hidden?: readonly [on: number, ...Pair];
}
type Pair = readonly [major: number, minor: number];

export function changesColumn({ editedAt, pollClosedAt, hiding }: Marks): string {
  const changes: Changes = {};
  if (editedAt !== null) changes.edited = pairOf(editedAt);
  if (pollClosedAt !== null) changes.closed = pairOf(pollClosedAt);
  if (hiding !== null) changes.hidden = [Number(hiding.on), ...pairOf(hiding.at)];
  return JSON.stringify(changes);
}

/** Reads the columns `changes` and `marks`. `keyOf` returns the key by which `marks` names a peer. */
export function marksFrom(row: Row, keyOf: (peer: string) => PeerKey): Marks {
  const changes = optional(row, 'changes', jsonOf) as Changes | undefined;
  const reactions = new Map<string, Map<PeerKey, { on: boolean; at: MessagePosition }>>();
  const votes = new Map<PeerKey, { choice: number | null; at: MessagePosition }>();
  const acknowledgedBy = new Set<PeerKey>();
  for (const { kind, emoji, peer, value, at } of markRowsOf(row)) {
    const key = keyOf(peer);
    if (kind === 'vote') votes.set(key, { choice: value, at });
    else if (kind === 'acknowledge') acknowledgedBy.add(key);
    else {
      const marks = reactions.get(emoji) ?? new Map<PeerKey, { on: boolean; at: MessagePosition }>();
      reactions.set(emoji, marks.set(key, { on: value === 1, at }));
    }
  }
  return {
    editedAt: positionOf(changes?.edited),
    pollClosedAt: positionOf(changes?.closed),
    hiding: hidingOf(changes?.hidden),
    reactions,
    votes,
    acknowledgedBy,
  };
}

/** Returns the marks as frontends get them, each only where it says something. */
export function shownMarks(view: MessageView): Partial<StoredMessage> {
  const reactions = Array.from(reactionsOf(view), ([emoji, keys]) => ({ emoji, keys }));
  const votes = votesOf(view);
  return {
    ...(view.editedAt === null || view.body.kind === 'deleted' ? {} : { edited: true }),
    ...(isHidden(view) ? { hidden: true } : {}),
    ...(reactions.length === 0 ? {} : { reactions }),
    ...(votes.every((keys) => keys.length === 0) ? {} : { votes }),
    ...(view.pollClosedAt === null ? {} : { closed: true }),
    ...(view.acknowledgedBy.size === 0 ? {} : { acknowledgedBy: [...view.acknowledgedBy] }),
  };
}

interface MarkRow {
  readonly kind: string;
  readonly emoji: string;
  readonly peer: string;
  readonly value: number | null;
  readonly at: MessagePosition;
}

/** The one that was there first is first. */
function markRowsOf(row: Row): MarkRow[] {
  const rows = optional(row, 'marks', jsonOf) ?? [];
  if (!Array.isArray(rows)) return unreadable('marks', 'a list');
  return rows.map(markRowFrom).sort((one, other) => comparePositions(one.at, other.at));
}

function markRowFrom(value: unknown): MarkRow {
  if (!Array.isArray(value)) return unreadable('marks', 'a list of lists');
  const [kind, emoji, peer, number, major, minor] = value as [
    string,
    string,
    unknown,
    number | null,
    ...Pair,
  ];
  return { kind, emoji, peer: String(peer), value: number, at: { major, minor } };
}

function hidingOf(hidden: Changes['hidden']): Marks['hiding'] {
  if (hidden === undefined) return null;
  const [on, major, minor] = hidden;
  return { on: on === 1, at: { major, minor } };
}

function positionOf(pair: Pair | undefined): MessagePosition | null {
  return pair === undefined ? null : { major: pair[0], minor: pair[1] };
}

function pairOf({ major, minor }: MessagePosition): Pair {
  return [major, minor];
}
