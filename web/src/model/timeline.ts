import type { ChatMessage, Delivery } from '../../../shared/message.ts';
import type { PendingMessage } from './pending.ts';

/** What the log shows from top to bottom. */
export type TimelineRow =
  | { readonly kind: 'day'; readonly key: string; readonly day: string; readonly atMs: number }
  | {
      readonly kind: 'message';
      readonly key: string;
      readonly entry: TimelineEntry;
      readonly startsGroup: boolean;
      readonly endsGroup: boolean;
      readonly noteInWords: boolean;
    };

/** A message of the gateway, or one that is still on its way from this tab to it. */
export type TimelineEntry =
  | { readonly source: 'gateway'; readonly id: string; readonly atMs: number; readonly message: ChatMessage }
  | { readonly source: 'tab'; readonly id: string; readonly atMs: number; readonly message: PendingMessage };

/** UI 13: messages of one sender within 5 minutes group. */
const groupGapMs = 5 * 60 * 1_000;

/** An entry and the reader's date of it. */
interface DatedEntry {
  readonly entry: TimelineEntry;
  readonly day: string;
}

/**
 * Makes the rows anew with each change. A row of which nothing has changed stays the same object, so that whoever shows it
 * has nothing to do: one word more in a long conversation costs one row.
 */
export class Timeline {
  readonly #dayOf: (atMs: number) => string;
  /** Messages are replaced, never changed inside. */
  readonly #entries = new WeakMap<ChatMessage | PendingMessage, DatedEntry>();
  #rows: ReadonlyMap<string, TimelineRow> = new Map();

  /** `timeZone` is an IANA name: a day begins at the reader's midnight (UI 12). */
  constructor(timeZone: string) {
    this.#dayOf = dayReader(timeZone);
  }

  rowsOf(messages: readonly ChatMessage[], pending: readonly PendingMessage[]): readonly TimelineRow[] {
    const entries = [
      ...messages.map((message) => this.#entryOf(message, 'gateway', message.sentAtMs)),
      ...pending.map((message) => this.#entryOf(message, 'tab', message.typedAtMs)),
    ];
    const rows = rowsOfEntries(entries).map((row) => {
      const before = this.#rows.get(row.key);
      return before !== undefined && isSameRow(before, row) ? before : row;
    });
    this.#rows = new Map(rows.map((row) => [row.key, row]));
    return rows;
  }

  #entryOf(message: ChatMessage | PendingMessage, source: TimelineEntry['source'], atMs: number): DatedEntry {
    const known = this.#entries.get(message);
    if (known !== undefined) return known;
    // Which source has which message is known to the two lines that call this.
    const entry = { source, id: message.id, atMs, message } as TimelineEntry;
    const dated = { entry, day: this.#dayOf(atMs) };
    this.#entries.set(message, dated);
    return dated;
  }
}

function rowsOfEntries(entries: readonly DatedEntry[]): TimelineRow[] {
  const joined = entries.map(({ entry, day }, index) => {
    const previous = entries[index - 1];
    return previous !== undefined && previous.day === day && belongTogether(previous.entry, entry);
  });
  const rows: TimelineRow[] = [];
  entries.forEach(({ entry, day }, index) => {
    // A latecomer of yesterday between messages of today gives two day lines more; their keys must differ.
    if (day !== '' && entries[index - 1]?.day !== day)
      rows.push({ kind: 'day', key: `day ${day} ${entry.id}`, day, atMs: entry.atMs });
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

function isSameRow(one: TimelineRow, other: TimelineRow): boolean {
  if (one.kind === 'day') return other.kind === 'day' && one.atMs === other.atMs;
  if (other.kind === 'day') return false;
  return (
    one.entry === other.entry &&
    one.startsGroup === other.startsGroup &&
    one.endsGroup === other.endsGroup &&
    one.noteInWords === other.noteInWords
  );
}

/** Gives the local date of an instant as `2026-10-07`: text that compares, and is the `datetime` of a day line. */
export function dayReader(timeZone: string): (atMs: number) => string {
  const format = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  });
  return (atMs) => (isShowable(atMs) ? format.format(atMs) : '');
}

/** Whether an instant is one that JavaScript can show: a sender's clock may say anything. */
export function isShowable(atMs: number): boolean {
  return Math.abs(atMs) <= 8.64e15;
}

export function directionOf(entry: TimelineEntry): 'in' | 'out' {
  // Only the user's own messages have a delivery.
  return entry.source === 'tab' || entry.message.delivery !== undefined ? 'out' : 'in';
}

function belongTogether(above: TimelineEntry, below: TimelineEntry): boolean {
  return directionOf(above) === directionOf(below) && Math.abs(below.atMs - above.atMs) <= groupGapMs;
}

/** Equal for two messages whose state reads the same: then the words stand only under the last (UI 17). */
function noteKey(entry: TimelineEntry): string {
  if (entry.source === 'tab') return `tab ${entry.message.state.kind}`;
  const delivery = entry.message.delivery;
  if (delivery === undefined) return 'none';
  switch (delivery.state) {
    case 'sending':
      return `sending ${delivery.attempt} ${delivery.via}`;
    case 'delivered':
      return `delivered ${delivery.later}`;
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

/** What the person may have to act on is always said in words. */
function isUrgent(entry: TimelineEntry): boolean {
  if (entry.source === 'tab') return entry.message.state.kind === 'refused';
  const urgent: readonly (Delivery['state'] | undefined)[] = ['failed', 'waiting'];
  return urgent.includes(entry.message.delivery?.state);
}
