import { applicationId, type Schema } from './schema.ts';
import { indexedWords } from './search-words.ts';

/** The database of a client. docs/decisions/0003-stores.md tells the choices. */
export const clientSchema: Schema = {
  applicationId: applicationId('CgCl'),
  functions: { indexed_words: indexedWords },
  forgets: true,
  migrations: [
    `
    CREATE TABLE client (
      only INTEGER PRIMARY KEY CHECK (only = 1),
      secret BLOB,
      key TEXT,
      installation TEXT,
      nickname TEXT,
      server TEXT,
      server_key TEXT,
      server_epoch TEXT,
      registration INTEGER NOT NULL DEFAULT 0,
      deregistered INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    INSERT INTO client (only) VALUES (1);

    CREATE TABLE contact (
      number INTEGER PRIMARY KEY,
      key TEXT NOT NULL UNIQUE,
      nickname TEXT,
      candidates TEXT NOT NULL DEFAULT '[]',
      read_place INTEGER NOT NULL DEFAULT 0,
      read_sequence INTEGER NOT NULL DEFAULT 0,
      -- The last place given in this conversation; never given again, also when its message is removed.
      last_place INTEGER NOT NULL DEFAULT 0,
      -- The last sequence of mine towards this person.
      last_sequence INTEGER NOT NULL DEFAULT 0
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
      -- Of sent messages only; detail is the epoch of 'stored', now, later or read of 'delivered', the code of 'failed'.
      stage TEXT CHECK (stage IN ('pending', 'stored', 'delivered', 'failed')),
      detail TEXT,
      text TEXT NOT NULL,
      CHECK ((direction = 'out') = (stage IS NOT NULL))
    ) STRICT;
    -- The order of a conversation (0004-order.md); direction is there for counting what is unread.
    CREATE UNIQUE INDEX message_order ON message (contact, place, sequence, direction);
    -- Where a latecomer belongs.
    CREATE INDEX message_origin ON message (contact, direction, installation, sequence, place);
    CREATE INDEX message_open ON message (contact, sequence) WHERE stage IN ('pending', 'stored');

    -- Ids of messages that were removed: a late copy is not shown again.
    CREATE TABLE removed_message (id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;

    CREATE TABLE answer (
      number INTEGER PRIMARY KEY,
      command TEXT NOT NULL UNIQUE,
      outcome TEXT NOT NULL
    ) STRICT;
    `,
    'ALTER TABLE contact ADD COLUMN classic INTEGER CHECK (classic IN (0, 1))',
    // Words and where they are (message-search.ts), without the text; 'c' and a contact's number is a word, too.
    `
    CREATE VIRTUAL TABLE message_search USING fts5 (
      contact, text, content = '', contentless_delete = 1, prefix = '2 3',
      tokenize = "unicode61 remove_diacritics 2 categories 'L* M* N* Co So'"
    );
    INSERT INTO message_search (rowid, contact, text)
      SELECT number, 'c' || contact, indexed_words(text) FROM message;
    `,
    // Whose a nickname is (docs/decisions/0010-keys.md).
    `
    CREATE TABLE pin (
      name TEXT PRIMARY KEY,
      key TEXT NOT NULL,
      rival TEXT,
      refused INTEGER NOT NULL DEFAULT 0 CHECK (refused IN (0, 1))
    ) STRICT, WITHOUT ROWID;
    `,
    `
    -- Receipts from the commit of a message until its sender has noted them.
    CREATE TABLE due_receipt (
      number INTEGER PRIMARY KEY,
      sender TEXT NOT NULL,
      id TEXT NOT NULL,
      UNIQUE (sender, id)
    ) STRICT;
    CREATE INDEX due_receipt_waiting ON due_receipt (sender, number);
    `,
    `
    -- Up to which message a sender still has to hear that it was read.
    CREATE TABLE due_read (sender TEXT PRIMARY KEY, id TEXT NOT NULL) STRICT, WITHOUT ROWID;
    ALTER TABLE client ADD COLUMN tells_reads INTEGER NOT NULL DEFAULT 1 CHECK (tells_reads IN (0, 1));
    -- What may still become read.
    CREATE INDEX message_delivered ON message (contact, place, sequence)
      WHERE stage = 'delivered' AND detail IN ('now', 'later');
    `,
    // Without contentless_delete, whose tombstones leave the words of what was removed where they are (0014-stores.md).
    `
    DROP TABLE message_search;
    CREATE VIRTUAL TABLE message_search USING fts5 (
      contact, text, content = '', prefix = '2 3',
      tokenize = "unicode61 remove_diacritics 2 categories 'L* M* N* Co So'"
    );
    INSERT INTO message_search (message_search, rank) VALUES ('secure-delete', 1);
    INSERT INTO message_search (rowid, contact, text)
      SELECT number, 'c' || contact, indexed_words(text) FROM message;
    `,
    `
    -- Words went under this name, or the person decided about it (docs/decisions/0015-lies.md).
    ALTER TABLE pin ADD COLUMN kept INTEGER NOT NULL DEFAULT 0 CHECK (kept IN (0, 1));
    UPDATE pin SET kept = 1
      WHERE refused = 1 OR key IN (SELECT key FROM contact WHERE last_place > 0 OR last_sequence > 0);
    `,
    // Of mine: what the clock here lacked to the server's at the writing, where that was known then or measured since.
    'ALTER TABLE message ADD COLUMN clock_offset_ms INTEGER',
    'ALTER TABLE client ADD COLUMN shows_last_seen INTEGER NOT NULL DEFAULT 0 CHECK (shows_last_seen IN (0, 1))',
    'ALTER TABLE contact ADD COLUMN verified INTEGER NOT NULL DEFAULT 0 CHECK (verified IN (0, 1))',
  ],
};
