import type { ConversationId } from '../../../../shared/conversation.ts';
import { isConversationKind } from '../../../../shared/chat/content-kinds.ts';
import { parsePeerKey, type PeerKey } from '../../../../shared/ids.ts';
import type { Content, MessagePosition, PostContent } from '../../../../shared/message.ts';
import { isPostKind, type MessageView } from '../../../../shared/chat/timeline.ts';
import type { Dispatch, OutgoingMessage, StoredMessage } from '../../client-store.ts';
import type { Database } from '../database.ts';
import { changeFrom, contentFrom } from './message-content.ts';
import { marksFrom, shownMarks } from './message-marks.ts';
import { Peers } from './peers.ts';
import { progressFrom } from './progress.ts';
import {
  booleanOf,
  conversationIdOf,
  installationOf,
  integerOf,
  messageIdOf,
  optional,
  textOf,
  unreadable,
  type Row,
} from '../rows.ts';

/**
 * The columns of the table `message` that make a stored message, with its dispatches as one text. `peer` makes the expression
 * that names a peer, of one that is its number.
 */
function columnsNaming(peer: (number: string) => string): string {
  return `
  message.id, ${peer('message.author')} AS author, message.kind, message.text, message.details, message.sent_at_ms,
  message.changes, message.shown, iif(message.changes IS NULL, NULL, (
    SELECT json_group_array(json_array(kind, emoji, ${peer('author')}, value, major, minor))
    FROM mark WHERE mark.message = message.number)) AS marks,
  message.major, message.minor, message.installation, message.clock_offset_ms,
  iif(message.has_dispatches, (
    SELECT group_concat(${peer('recipient')} || ' ' || stage || coalesce(' ' || detail, ''), char(10))
    FROM dispatch WHERE dispatch.message = message.number), NULL) AS dispatches`;
}

/** For a page of one conversation. It names peers by number: the page is by few authors, and each column with a key costs time. */
export const messageColumns = columnsNaming((number) => number);
/** For messages of any conversation, and the tables that they come from. They name peers by key. */
export const columnsWithConversation = `conversation.id AS conversation_id, ${columnsNaming(
  (number) => `(SELECT key FROM peer WHERE number = ${number})`,
)}`;
export const sourceWithConversation =
  'message JOIN conversation ON conversation.number = message.conversation';

/** Makes messages of rows. */
export class MessageReader {
  readonly #peers: Peers;

  constructor(database: Database) {
    this.#peers = new Peers(database);
  }

  /** Reads rows with `columnsWithConversation`. */
  read(rows: readonly Row[]): StoredMessage[] {
    return rows.map((row) => messageFrom(row, conversationIdOf(row, 'conversation_id'), keyFrom));
  }

  /** Reads rows with `columnsWithConversation` as they are sent. Leaves out those without their content. */
  readOutgoing(rows: readonly Row[]): OutgoingMessage[] {
    return rows.flatMap((row) => outgoingFrom(row, conversationIdOf(row, 'conversation_id')) ?? []);
  }

  /** Reads a row with `columnsWithConversation` with all that later contents did to it. */
  readView(row: Row): MessageView {
    return viewFrom(row, keyFrom);
  }

  /** Reads rows with `messageColumns` of one conversation. */
  readIn(conversation: ConversationId, rows: readonly Row[]): StoredMessage[] {
    return rows.map((row) => messageFrom(row, conversation, (number) => this.#peers.keyOf(Number(number))));
  }
}

/** Returns the key of the peer that a row names by its number, or by the key itself. */
export type KeyOf = (peer: string) => PeerKey;

function keyFrom(text: string): PeerKey {
  return parsePeerKey(text) ?? unreadable('author', 'a key');
}

function messageFrom(row: Row, conversation: ConversationId, keyOf: KeyOf): StoredMessage {
  const content = contentFrom(row);
  return {
    ...sentFrom(row, conversation, keyOf),
    content,
    ...(row.get('changes') === null ? {} : shownMarks(viewFrom(row, keyOf))),
  };
}

/** Undefined for a message that is not sent, and for a change without its content. */
function outgoingFrom(row: Row, conversation: ConversationId): OutgoingMessage | undefined {
  const content = booleanOf(row, 'shown') ? contentFrom(row) : changeFrom(row);
  if (content === undefined || !isOutgoing(content)) return undefined;
  return {
    ...sentFrom(row, conversation, keyFrom),
    content,
  };
}

/** Returns the fields that messages and changes have in common: author, time, place and recipients. */
function sentFrom(row: Row, conversation: ConversationId, keyOf: KeyOf): Omit<OutgoingMessage, 'content'> {
  return {
    id: messageIdOf(row, 'id'),
    conversation,
    author: keyOf(String(row.get('author'))),
    sentAtMs: integerOf(row, 'sent_at_ms'),
    position: positionFrom(row),
    installation: installationOf(row, 'installation'),
    clockOffsetMs: optional(row, 'clock_offset_ms', integerOf) ?? null,
    dispatches: dispatchesOf(row, keyOf),
  };
}

function isOutgoing(content: Content | OutgoingMessage['content']): content is OutgoingMessage['content'] {
  return isConversationKind(content.kind);
}

/** The message for the rules of shared/chat/timeline.ts. */
function viewFrom(row: Row, keyOf: KeyOf): MessageView {
  const content = contentFrom(row);
  return {
    id: messageIdOf(row, 'id'),
    author: keyOf(String(row.get('author'))),
    position: positionFrom(row),
    body: bodyOf(content),
    ...marksFrom(row, keyOf),
  };
}

function bodyOf(content: Content): MessageView['body'] {
  if (isPost(content)) return { kind: 'post', content };
  // An entry of a room that is no message can be hidden, and nothing else.
  return content.kind === 'notice' ? { kind: 'erased' } : content;
}

function isPost(content: Content): content is PostContent {
  return isPostKind(content.kind);
}

function positionFrom(row: Row): MessagePosition {
  return { major: integerOf(row, 'major'), minor: integerOf(row, 'minor') };
}

function dispatchesOf(row: Row, keyOf: KeyOf): Dispatch[] {
  const text = optional(row, 'dispatches', textOf);
  return text === undefined ? [] : text.split('\n').map((line) => dispatchFrom(line, keyOf));
}

const dispatchLine = /^([0-9a-f]+) (\S+)(?: (.*))?$/;

function dispatchFrom(line: string, keyOf: KeyOf): Dispatch {
  const match = dispatchLine.exec(line);
  if (match === null) return unreadable('dispatches', 'a dispatch');
  const [, recipient = '', stage = '', detail = ''] = match;
  return { recipient: keyOf(recipient), progress: progressFrom(stage, detail) };
}
