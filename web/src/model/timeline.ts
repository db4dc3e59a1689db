import type { MessageId, PeerKey } from '../../../shared/ids.ts';
import type { ChatMessage, Delivery, RoomNotice } from '../../../shared/message.ts';
import type { PendingMessage } from './pending.ts';

/** A row of the log. */
export type TimelineRow =
  | { readonly kind: 'day'; readonly key: string; readonly day: string; readonly atMs: number }
  /** Stands above the first unread message (UI 11). */
  | { readonly kind: 'new'; readonly key: string }
  /** Entries of a room that are no messages. Joins and leaves that follow one another share a row (UI 16). */
  | { readonly kind: 'notices'; readonly key: string; readonly notices: readonly Notice[] }
  | {
      readonly kind: 'message';
      readonly key: string;
      readonly entry: TimelineEntry;
      readonly startsGroup: boolean;
      readonly endsGroup: boolean;
      readonly noteInWords: boolean;
    };

/** A message of the gateway, or one that is still on its way from this tab to the gateway. */
export type TimelineEntry = {
  readonly id: string;
  /** Null: the user, while no own key is known. */
  readonly author: PeerKey | null;
  /** Whether the user sent it. */
  readonly isMine: boolean;
  readonly atMs: number;
} & (
  | { readonly source: 'gateway'; readonly message: ChatMessage }
  | { readonly source: 'tab'; readonly message: PendingMessage }
);

/** What a member did in a room. */
export interface Notice {
  readonly author: PeerKey;
  readonly atMs: number;
  readonly entry: RoomNotice;
}

/** UI 13: messages of one sender within 5 minutes form a group. */
const groupGapMs = 5 * 60 * 1_000;

/** An entry with its date in the reader's time zone. */
interface DatedEntry {
  readonly entry: TimelineEntry;
  readonly day: string;
}

/**
 * Makes all rows again at each change. A row that has not changed stays the same object, so that its component has nothing
 * to do: one more message in a long conversation costs one row.
 */
export class Timeline {
  readonly #dayOf: (atMs: number) => string;
  readonly #me: PeerKey | null;
  /** Messages are replaced, never changed, so each is dated once. */
  readonly #entries = new WeakMap<ChatMessage | PendingMessage, DatedEntry>();
  #rows: ReadonlyMap<string, TimelineRow> = new Map();

  /** `timeZone` is an IANA name: a day begins at the reader's midnight (UI 12). `me` is the user's own key. */
  constructor(timeZone: string, me: PeerKey | null) {
    this.#dayOf = dayReader(timeZone);
    this.#me = me;
  }

  /** `newFrom`: the first unread message. The line above it vanishes as soon as an own message stands below it (UI 11). */
  rowsOf(
    messages: readonly ChatMessage[],
    pending: readonly PendingMessage[],
    newFrom: MessageId | null = null,
  ): readonly TimelineRow[] {
    const entries = [
      ...messages.map((message) => this.#dated(message, () => entryOf(message, this.#me))),
      ...pending.map((message) => this.#dated(message, () => this.#entryOfPending(message))),
    ];
    const rows = rowsOfEntries(entries, newFrom).map((row) => {
      const before = this.#rows.get(row.key);
      return before !== undefined && isSameRow(before, row) ? before : row;
    });
    this.#rows = new Map(rows.map((row) => [row.key, row]));
    return rows;
  }

  #dated(message: ChatMessage | PendingMessage, entryOf: () => TimelineEntry): DatedEntry {
    const known = this.#entries.get(message);
    if (known !== undefined) return known;
    const entry = entryOf();
    const dated = { entry, day: this.#dayOf(entry.atMs) };
    this.#entries.set(message, dated);
    return dated;
  }

  #entryOfPending(message: PendingMessage): TimelineEntry {
    return {
      source: 'tab',
      id: message.id,
      author: this.#me,
      isMine: true,
      atMs: message.typedAtMs,
      message,
    };
  }
}

export function entryOf(message: ChatMessage, me: PeerKey | null): TimelineEntry;
export function entryOf(message: ChatMessage | undefined, me: PeerKey | null): TimelineEntry | undefined;
export function entryOf(message: ChatMessage | undefined, me: PeerKey | null): TimelineEntry | undefined {
  if (message === undefined) return undefined;
  const { id, author, sentAtMs } = message;
  return { source: 'gateway', id, author, isMine: author === me, atMs: sentAtMs, message };
}

function rowsOfEntries(entries: readonly DatedEntry[], newFrom: MessageId | null): TimelineRow[] {
  const newAt = newLineAt(entries, newFrom);
  const joined = entries.map(({ entry, day }, index) => {
    const previous = entries[index - 1];
    if (index === newAt || previous?.day !== day) return false;
    return belongTogether(previous.entry, entry);
  });
  const rows: TimelineRow[] = [];
  entries.forEach(({ entry, day }, index) => {
    // A late message of yesterday between messages of today adds two day lines, and their keys must differ.
    if (day !== '' && entries[index - 1]?.day !== day)
      rows.push({ kind: 'day', key: `day ${day} ${entry.id}`, day, atMs: entry.atMs });
    if (index === newAt) rows.push({ kind: 'new', key: `new ${entry.id}` });
    const notice = noticeOf(entry);
    if (notice !== null) {
      addNotice(rows, entry.id, notice);
      return;
    }
    const next = entries[index + 1]?.entry;
    const endsGroup = joined[index + 1] !== true;
    rows.push({
      kind: 'message',
      key: entry.id,
      entry,
      startsGroup: joined[index] !== true,
      endsGroup,
      noteInWords: endsGroup || next === undefined || noteKey(entry) !== noteKey(next) || isUrgent(entry),
    });
  });
  return rows;
}

/** Returns the index of the entry below the New line, -1 if there is no line. */
function newLineAt(entries: readonly DatedEntry[], newFrom: MessageId | null): number {
  if (newFrom === null) return -1;
  const at = entries.findLastIndex(({ entry }) => entry.id === newFrom);
  const hasOwnBelow = entries.findLastIndex(({ entry }) => entry.isMine && noticeOf(entry) === null) > at;
  return hasOwnBelow ? -1 : at;
}

function noticeOf(entry: TimelineEntry): Notice | null {
  if (entry.source === 'tab' || entry.message.content.kind !== 'notice') return null;
  return { author: entry.message.author, atMs: entry.atMs, entry: entry.message.content.entry };
}

const comingAndGoing: ReadonlySet<RoomNotice['kind']> = new Set(['join', 'leave']);

/** Joins and leaves go into the row above, if that has only such ones too. */
function addNotice(rows: TimelineRow[], id: string, notice: Notice): void {
  const above = rows.at(-1);
  const isQuiet = comingAndGoing.has(notice.entry.kind);
  if (isQuiet && above?.kind === 'notices' && comingAndGoing.has(above.notices[0]?.entry.kind ?? 'create'))
    rows[rows.length - 1] = { ...above, notices: [...above.notices, notice] };
  else rows.push({ kind: 'notices', key: id, notices: [notice] });
}

function isSameRow(one: TimelineRow, other: TimelineRow): boolean {
  if (one.kind === 'day') return other.kind === 'day' && one.atMs === other.atMs;
  if (one.kind === 'new') return other.kind === 'new';
  if (one.kind === 'notices') return other.kind === 'notices' && one.notices.length === other.notices.length;
  return (
    other.kind === 'message' &&
    one.entry === other.entry &&
    one.startsGroup === other.startsGroup &&
    one.endsGroup === other.endsGroup &&
    one.noteInWords === other.noteInWords
  );
}

/** Returns a function that gives the local date of an instant as `2026-10-07`: it compares as text and serves as `datetime`. */
export function dayReader(timeZone: string): (atMs: number) => string {
  const format = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  });
  return (atMs) => (isShowable(atMs) ? format.format(atMs) : '');
}

/** Whether JavaScript can show an instant: a sender's clock may say anything. */
export function isShowable(atMs: number): boolean {
  return Math.abs(atMs) <= 8.64e15;
}

function belongTogether(above: TimelineEntry, below: TimelineEntry): boolean {
  if (noticeOf(above) !== null || noticeOf(below) !== null) return false;
  return above.author === below.author && Math.abs(below.atMs - above.atMs) <= groupGapMs;
}

/** Equal for two messages with the same text for their states. Then the words appear only under the last one (UI 17). */
function noteKey(entry: TimelineEntry): string {
  if (entry.source === 'tab') return `tab ${entry.message.state.kind}`;
  const delivery = entry.message.delivery;
  if (delivery === undefined) return 'none';
  switch (delivery.state) {
    case 'sending':
      return `sending ${delivery.attempt} ${delivery.via}`;
    case 'delivered':
      return `delivered ${delivery.later}`;
    case 'in-room':
      return `in-room ${delivery.delivered} ${delivery.read} ${delivery.of}`;
    case 'waiting':
    case 'failed':
    case 'read':
    case 'saved':
    case 'stored':
      return delivery.state;
    default:
      return delivery satisfies never;
  }
}

/** A state that the user may have to act on always appears in words. */
function isUrgent(entry: TimelineEntry): boolean {
  if (entry.source === 'tab') return entry.message.state.kind === 'refused';
  const urgent: readonly (Delivery['state'] | undefined)[] = ['failed', 'waiting'];
  return urgent.includes(entry.message.delivery?.state);
}
