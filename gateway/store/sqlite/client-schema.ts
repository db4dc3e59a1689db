import { applicationId, type Schema } from './schema.ts';
import { indexedWords } from './search-words.ts';

/** The database of a client. docs/decisions/0003-stores.md tells the choices. */
export const clientSchema: Schema = {
  applicationId: applicationId('ChCl'),
  functions: { indexed_words: indexedWords },
  forgets: true,
  migrations: [
    `
    CREATE TABLE client (
      only INTEGER PRIMARY KEY CHECK (only = 1),
      seed BLOB,
      key TEXT,
      signing_key TEXT,
      installation TEXT,
      nickname TEXT,
      server TEXT,
      server_key TEXT,
      server_epoch TEXT,
      registration INTEGER NOT NULL DEFAULT 0,
      deregistered INTEGER NOT NULL DEFAULT 0,
      tells_reads INTEGER NOT NULL DEFAULT 1 CHECK (tells_reads IN (0, 1)),
      shows_last_seen INTEGER NOT NULL DEFAULT 0 CHECK (shows_last_seen IN (0, 1))
    ) STRICT;
    INSERT INTO client (only) VALUES (1);

    CREATE TABLE contact (
      number INTEGER PRIMARY KEY,
      key TEXT NOT NULL UNIQUE,
      -- The Ed25519 form of the key, once the server has named it.
      signing_key TEXT,
      nickname TEXT,
      candidates TEXT NOT NULL DEFAULT '[]',
      read_place INTEGER NOT NULL DEFAULT 0,
      read_sequence INTEGER NOT NULL DEFAULT 0,
      -- The last place given in this conversation. It is never given again, even when its message is removed.
      last_place INTEGER NOT NULL DEFAULT 0,
      -- The last sequence of the local user's messages to this contact.
      last_sequence INTEGER NOT NULL DEFAULT 0,
      classic INTEGER CHECK (classic IN (0, 1)),
      verified INTEGER NOT NULL DEFAULT 0 CHECK (verified IN (0, 1))
    ) STRICT;

    CREATE TABLE message (
      number INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      contact INTEGER NOT NULL REFERENCES contact (number),
      place INTEGER NOT NULL,
      sequence INTEGER NOT NULL,
      direction TEXT NOT NULL CHECK (direction IN ('in', 'out')),
      installation TEXT NOT NULL,
      sent_at_ms INTEGER NOT NULL,
      -- Sent messages only. detail is the epoch of 'stored', now, later or read of 'delivered', the code of 'failed'.
      stage TEXT CHECK (stage IN ('pending', 'stored', 'delivered', 'failed')),
      detail TEXT,
      text TEXT NOT NULL,
      -- Sent messages only: offset to the server clock when written, if known.
      clock_offset_ms INTEGER,
      CHECK ((direction = 'out') = (stage IS NOT NULL))
    ) STRICT;
    -- The order of a conversation (0004-order.md). direction is in it for the unread count.
    CREATE UNIQUE INDEX message_order ON message (contact, place, sequence, direction);
    -- Finds the place of a late message.
    CREATE INDEX message_origin ON message (contact, direction, installation, sequence, place);
    CREATE INDEX message_open ON message (contact, sequence) WHERE stage IN ('pending', 'stored');
    -- Messages that may still become read.
    CREATE INDEX message_delivered ON message (contact, place, sequence)
      WHERE stage = 'delivered' AND detail IN ('now', 'later');

    -- Words and where they are (message-search.ts), without the text. 'c' and a contact's number is a word, too.
    -- Without contentless_delete, whose tombstones leave removed words in the index (0014-stores.md).
    CREATE VIRTUAL TABLE message_search USING fts5 (
      contact, text, content = '', prefix = '2 3',
      tokenize = "unicode61 remove_diacritics 2 categories 'L* M* N* Co So'"
    );
    INSERT INTO message_search (message_search, rank) VALUES ('secure-delete', 1);

    -- Ids of removed messages: a late copy is not shown again.
    CREATE TABLE removed_message (id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;

    CREATE TABLE answer (
      number INTEGER PRIMARY KEY,
      command TEXT NOT NULL UNIQUE,
      result TEXT NOT NULL
    ) STRICT;

    -- The key of each nickname (docs/decisions/0010-keys.md).
    CREATE TABLE pin (
      name TEXT PRIMARY KEY,
      key TEXT NOT NULL,
      conflicting_key TEXT,
      refused INTEGER NOT NULL DEFAULT 0 CHECK (refused IN (0, 1)),
      -- Messages were sent to this name, or the user decided about it (docs/decisions/0015-lies.md).
      permanent INTEGER NOT NULL DEFAULT 0 CHECK (permanent IN (0, 1))
    ) STRICT, WITHOUT ROWID;

    -- Receipts, from the commit of a message until its sender has acknowledged them.
    CREATE TABLE due_receipt (
      number INTEGER PRIMARY KEY,
      sender TEXT NOT NULL,
      id TEXT NOT NULL,
      UNIQUE (sender, id)
    ) STRICT;
    CREATE INDEX due_receipt_waiting ON due_receipt (sender, number);

    -- The last message of each sender for which a read receipt is due.
    CREATE TABLE due_read (sender TEXT PRIMARY KEY, id TEXT NOT NULL) STRICT, WITHOUT ROWID;
    `,
  ],
};
