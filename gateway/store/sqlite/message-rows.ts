import type { Content } from '../../../shared/message.ts';
import type { Dispatch, StoredMessage } from '../client-store.ts';
import { progressOf } from './progress.ts';
import {
  conversationIdOf,
  installationOf,
  integerOf,
  jsonOf,
  messageIdOf,
  optional,
  peerKeyOf,
  textOf,
  unreadable,
  type Row,
} from './rows.ts';

/** The columns of a stored message, with its dispatches as one JSON text, and the tables that they come from. */
export const messageColumns = `
  message.id, conversation.id AS conversation_id, author.key AS author_key, message.kind, message.text, message.sent_at_ms,
  message.major, message.minor, message.installation, message.clock_offset_ms,
  (SELECT json_group_array(json_object('recipient', recipient.key, 'stage', dispatch.stage, 'detail', dispatch.detail))
    FROM dispatch JOIN peer AS recipient ON recipient.number = dispatch.recipient
    WHERE dispatch.message = message.number) AS dispatches`;
export const messageSource =
  'message JOIN conversation ON conversation.number = message.conversation JOIN peer AS author ON author.number = message.author';

export function messageFrom(row: Row): StoredMessage {
  return {
    id: messageIdOf(row, 'id'),
    conversation: conversationIdOf(row, 'conversation_id'),
    author: peerKeyOf(row, 'author_key'),
    content: contentOf(row),
    sentAtMs: integerOf(row, 'sent_at_ms'),
    position: { major: integerOf(row, 'major'), minor: integerOf(row, 'minor') },
    installation: installationOf(row, 'installation'),
    clockOffsetMs: optional(row, 'clock_offset_ms', integerOf) ?? null,
    dispatches: dispatchesOf(row),
  };
}

function contentOf(row: Row): Content {
  const text = textOf(row, 'text');
  return textOf(row, 'kind') === 'text' ? { kind: 'text', text } : { kind: 'unknown', fallback: text };
}

function dispatchesOf(row: Row): Dispatch[] {
  const rows = jsonOf(row, 'dispatches');
  if (!Array.isArray(rows)) return unreadable('dispatches', 'a list');
  return rows.map((each: Row) => ({ recipient: peerKeyOf(each, 'recipient'), progress: progressOf(each) }));
}
