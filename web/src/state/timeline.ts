import type { ChatMessage, Delivery } from '../../../shared/message.ts';
import type { PendingMessage } from './pending.ts';

/** What the log shows from top to bottom. */
export type TimelineRow =
  | { readonly kind: 'day'; readonly key: string; readonly day: string; readonly atMs: number }
  | {
      readonly kind: 'message';
      readonly key: string;
      readonly entry: Entry;
      readonly startsGroup: boolean;
      readonly endsGroup: boolean;
      readonly noteInWords: boolean;
    };

/** A message of the gateway, or one that is still on its way from this tab to it. */
export type Entry =
  | { readonly source: 'gateway'; readonly id: string; readonly atMs: number; readonly message: ChatMessage }
  | { readonly source: 'tab'; readonly id: string; readonly atMs: number; readonly message: PendingMessage };

/** UI 13: messages of one sender within 5 minutes group. */
const groupGapMs = 5 * 60 * 1_000;

/** `timeZone` is an IANA name: a day begins at the reader's midnight (UI 12). */
export function timelineRows(
  messages: readonly ChatMessage[],
  pending: readonly PendingMessage[],
  timeZone: string,
): readonly TimelineRow[] {
  const dayOf = dayReader(timeZone);
  const entries: Entry[] = [
    ...messages.map((message) => ({
      source: 'gateway' as const,
      id: message.id,
      atMs: message.sentAtMs,
      message,
    })),
    ...pending.map((message) => ({
      source: 'tab' as const,
      id: message.id,
      atMs: message.typedAtMs,
      message,
    })),
  ];
  const days = entries.map((entry) => dayOf(entry.atMs));
  const joined = entries.map((entry, index) => {
    const previous = entries[index - 1];
    return previous !== undefined && days[index - 1] === days[index] && belongTogether(previous, entry);
  });
  const rows: TimelineRow[] = [];
  entries.forEach((entry, index) => {
    const day = days[index] ?? '';
    // A latecomer of yesterday between messages of today gives two day lines more; their keys must differ.
    if (day !== '' && days[index - 1] !== day)
      rows.push({ kind: 'day', key: `day ${day} ${entry.id}`, day, atMs: entry.atMs });
    const next = entries[index + 1];
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

export function directionOf(entry: Entry): 'in' | 'out' {
  return entry.source === 'tab' ? 'out' : entry.message.direction;
}

function belongTogether(above: Entry, below: Entry): boolean {
  return directionOf(above) === directionOf(below) && Math.abs(below.atMs - above.atMs) <= groupGapMs;
}

/** Equal for two messages whose state reads the same: then the words stand only under the last (UI 17). */
function noteKey(entry: Entry): string {
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
function isUrgent(entry: Entry): boolean {
  if (entry.source === 'tab') return entry.message.state.kind === 'refused';
  const urgent: readonly (Delivery['state'] | undefined)[] = ['failed', 'waiting'];
  return urgent.includes(entry.message.delivery?.state);
}
