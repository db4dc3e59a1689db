import type { PeerKey } from '../../shared/ids.ts';
import { contentText } from '../../shared/content-text.ts';
import type { ChatMessage } from '../../shared/message.ts';

/** A message as every form of an export has it. */
export interface ExportedMessage {
  readonly id: string;
  readonly author: string;
  readonly key: PeerKey;
  readonly sentAtMs: number;
  readonly kind: 'text' | 'reply' | 'announcement' | 'poll' | 'file' | 'unknown';
  readonly text: string;
  readonly isEdited: boolean;
  readonly replyTo: string | null;
}

/** What stands above the messages of an export. */
export interface ExportHeading {
  /** The name of a person, or `#room`. */
  readonly place: string;
  readonly exportedBy: string;
  readonly exportedAtMs: number;
}

/** Writes a conversation in one form, part by part. */
export interface ExportWriter {
  begin(heading: ExportHeading): string;
  message(message: ExportedMessage): string;
  end(): string;
}

/**
 * Undefined for a message that an export leaves out: it is deleted, hidden, of a blocked key, or an entry of a room that is no
 * message.
 */
export function exportedMessage(
  message: ChatMessage,
  isBlocked: (key: PeerKey) => boolean,
  nameOf: (key: PeerKey) => string,
): ExportedMessage | undefined {
  const { id, author, content, sentAtMs, hidden, edited } = message;
  if (hidden === true || isBlocked(author)) return undefined;
  if (content.kind === 'deleted' || content.kind === 'erased' || content.kind === 'notice') return undefined;
  return {
    id,
    author: nameOf(author),
    key: author,
    sentAtMs,
    kind: content.kind,
    text: contentText(content),
    isEdited: edited === true,
    replyTo: content.kind === 'reply' ? content.to : null,
  };
}

/** A sender can claim any time. Date has no times beyond these (ECMA-262, 21.4.1.1). */
export function isTime(wallMs: number): boolean {
  return Math.abs(wallMs) <= 8.64e15;
}

/** Returns what a form says of a message beside its words; empty for a plain one. */
export function notesOf({ kind, isEdited }: ExportedMessage): string {
  const notes = [kindNotes[kind], isEdited ? 'edited' : ''];
  return notes.filter((note) => note !== '').join(', ');
}

const kindNotes: Readonly<Record<ExportedMessage['kind'], string>> = {
  text: '',
  reply: 'reply',
  announcement: 'announcement',
  poll: 'poll',
  file: 'file',
  unknown: 'sent by a newer Chatagram',
};

/** All line ends are one, and control characters are visible. */
export function plainLines(text: string): string[] {
  return text
    .replaceAll(/\r\n|[\r\v\f\u0085\u2028\u2029]/gu, '\n')
    .replaceAll(/(?![\n\t])\p{Cc}/gu, '\uFFFD')
    .split('\n');
}

/** `2026-11-30 14:03` in a time zone. */
export function timeTextIn(timeZone: string): (wallMs: number) => string {
  const format = new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeStyle: 'short', timeZone });
  return (wallMs) => (isTime(wallMs) ? format.format(wallMs) : 'unknown time');
}
