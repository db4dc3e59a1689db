import type { ConversationId } from '../../../shared/conversation.ts';
import type { PeerKey } from '../../../shared/ids.ts';
import type { Content } from '../../../shared/message.ts';
import type { Dispatch, StoredMessage } from '../client-store.ts';
import type { Database } from './database.ts';
import { Peers } from './peers.ts';
import { progressOf } from './progress.ts';
import {
  conversationIdOf,
  installationOf,
  integerOf,
  messageIdOf,
  optional,
  textOf,
  unreadable,
  type Row,
} from './rows.ts';

/**
 * The columns of the table `message` that make a stored message, with its dispatches as one text. They name peers by number: a
 * page of messages is by few authors, and each column with a whole key costs time.
 */
export const messageColumns = `
  message.id, message.author, message.kind, message.text, message.sent_at_ms,
  message.major, message.minor, message.installation, message.clock_offset_ms,
  (SELECT group_concat(recipient || ' ' || stage || coalesce(' ' || detail, ''), char(10))
    FROM dispatch WHERE dispatch.message = message.number) AS dispatches`;
/** The same with the conversation, for a reader that does not know it, and the tables that they come from. */
export const columnsWithConversation = `conversation.id AS conversation_id, ${messageColumns}`;
export const sourceWithConversation =
  'message JOIN conversation ON conversation.number = message.conversation';

/** Makes messages of rows with `messageColumns`. */
export class MessageReader {
  readonly #peers: Peers;

  constructor(database: Database) {
    this.#peers = new Peers(database);
  }

  /** Reads rows with `columnsWithConversation`. */
  read(rows: readonly Row[]): StoredMessage[] {
    const keyOf = this.#keys();
    return rows.map((row) => messageFrom(row, conversationIdOf(row, 'conversation_id'), keyOf));
  }

  /** Reads rows with `messageColumns` of one conversation. */
  readIn(conversation: ConversationId, rows: readonly Row[]): StoredMessage[] {
    const keyOf = this.#keys();
    return rows.map((row) => messageFrom(row, conversation, keyOf));
  }

  /** Each key is read once for all rows. It is not kept longer, because a transaction that fails takes numbers back. */
  #keys(): KeyOf {
    const keys = new Map<number, PeerKey>();
    return (number) => {
      const known = keys.get(number);
      if (known !== undefined) return known;
      const key = this.#peers.keyOf(number);
      keys.set(number, key);
      return key;
    };
  }
}

/** Returns the key of the peer with this number. */
type KeyOf = (number: number) => PeerKey;

function messageFrom(row: Row, conversation: ConversationId, keyOf: KeyOf): StoredMessage {
  return {
    id: messageIdOf(row, 'id'),
    conversation,
    author: keyOf(integerOf(row, 'author')),
    content: contentOf(row),
    sentAtMs: integerOf(row, 'sent_at_ms'),
    position: { major: integerOf(row, 'major'), minor: integerOf(row, 'minor') },
    installation: installationOf(row, 'installation'),
    clockOffsetMs: optional(row, 'clock_offset_ms', integerOf) ?? null,
    dispatches: dispatchesOf(row, keyOf),
  };
}

function contentOf(row: Row): Content {
  const text = textOf(row, 'text');
  return textOf(row, 'kind') === 'text' ? { kind: 'text', text } : { kind: 'unknown', fallback: text };
}

function dispatchesOf(row: Row, keyOf: KeyOf): Dispatch[] {
  const text = optional(row, 'dispatches', textOf);
  return text === undefined ? [] : text.split('\n').map((line) => dispatchFrom(line, keyOf));
}

const dispatchLine = /^(\d+) (\S+)(?: (.*))?$/;

function dispatchFrom(line: string, keyOf: KeyOf): Dispatch {
  const match = dispatchLine.exec(line);
  if (match === null) return unreadable('dispatches', 'a dispatch');
  const [, recipient = '', stage = '', detail = null] = match;
  return { recipient: keyOf(Number(recipient)), progress: progressOf({ stage, detail }) };
}
