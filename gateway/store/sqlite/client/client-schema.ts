import { applicationId, type Schema } from '../schema.ts';
import { unreadTriggers } from './unread-triggers.ts';
import { searchFunctions } from './message-search.ts';

/** The database of a client. docs/decisions/0003-stores.md tells the choices. */
export const clientSchema: Schema = {
  applicationId: applicationId('ChCl'),
  functions: searchFunctions,
  forgets: true,
  // With SQLite's 2 MiB, each search of many messages would read its pages from the system again.
  pageCacheKiB: 16 * 1024,
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
      settings TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(settings))
    ) STRICT;
    INSERT INTO client (only) VALUES (1);

    CREATE TABLE contact (
      number INTEGER PRIMARY KEY,
      key TEXT NOT NULL UNIQUE,
      -- The Ed25519 form of the key, once the server has named it.
      signing_key TEXT,
      nickname TEXT,
      candidates TEXT NOT NULL DEFAULT '[]',
      classic INTEGER CHECK (classic IN (0, 1)),
      verified INTEGER NOT NULL DEFAULT 0 CHECK (verified IN (0, 1)),
      -- A JSON list, sorted, as the server has told it.
      features TEXT NOT NULL DEFAULT '[]',
      -- How much of its messages is taken: up to a limit, no more at present, or all.
      acceptance TEXT NOT NULL DEFAULT 'limited' CHECK (acceptance IN ('limited', 'exhausted', 'allowed'))
    ) STRICT;

    -- A row from the first message on. It stays when the messages are removed.
    CREATE TABLE conversation (
      number INTEGER PRIMARY KEY,
      -- direct:<key> or room:<id>
      id TEXT NOT NULL UNIQUE,
      read_major INTEGER NOT NULL DEFAULT 0,
      read_minor INTEGER NOT NULL DEFAULT 0,
      -- Of which messages the user is notified.
      notify TEXT NOT NULL DEFAULT 'all' CHECK (notify IN ('all', 'mentions', 'none')),
      -- The last major position given here. It is never given again, even when its message is removed.
      last_major INTEGER NOT NULL DEFAULT 0,
      -- The last sequence of the user's own messages here.
      last_sequence INTEGER NOT NULL DEFAULT 0,
      -- How many unread messages there are. Triggers below keep it: a count would read each of them.
      unread INTEGER NOT NULL DEFAULT 0
    ) STRICT;

    -- Ids that conversations had before a key change.
    CREATE TABLE moved_conversation (old TEXT PRIMARY KEY, new TEXT NOT NULL) STRICT, WITHOUT ROWID;

    -- The keys of authors and recipients, so that a message names them by a small number.
    CREATE TABLE peer (number INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE) STRICT;

    CREATE TABLE message (
      number INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      conversation INTEGER NOT NULL REFERENCES conversation (number),
      author INTEGER NOT NULL REFERENCES peer (number),
      major INTEGER NOT NULL,
      -- The author's sequence.
      minor INTEGER NOT NULL,
      installation TEXT NOT NULL,
      sent_at_ms INTEGER NOT NULL,
      -- Whether it has recipients. A page looks for the dispatches of such messages only.
      has_dispatches INTEGER NOT NULL CHECK (has_dispatches IN (0, 1)),
      -- 0: it changes other messages, and is in no page, count or search.
      shown INTEGER NOT NULL CHECK (shown IN (0, 1)),
      kind TEXT NOT NULL,
      -- The words that a search finds. A content of a kind that this program does not know is kept as its fallback text.
      text TEXT NOT NULL,
      -- The rest of the content, as JSON. A message that changes others has its whole content here until it has arrived.
      details TEXT,
      -- The message that an edit is for.
      target TEXT,
      -- Later contents that changed it, as JSON: where the edit, the hiding and the end of the poll stand. NULL: none did.
      changes TEXT,
      -- Whether it mentions the user and is by another author.
      mentions_me INTEGER NOT NULL DEFAULT 0 CHECK (mentions_me IN (0, 1)),
      -- The user's own messages only: offset to the server clock when written, if known.
      clock_offset_ms INTEGER
    ) STRICT;
    -- The order of a conversation (0004-order.md).
    CREATE UNIQUE INDEX message_order ON message (conversation, major, minor, author) WHERE shown = 1;
    -- The unread messages that mention the user.
    CREATE INDEX message_mention ON message (conversation, major, minor) WHERE mentions_me = 1;
    -- Edits, of which a deletion leaves no words.
    CREATE INDEX message_target ON message (target) WHERE target IS NOT NULL;
    -- Finds the position of a late message.
    CREATE INDEX message_origin ON message (conversation, author, installation, minor, major);

${unreadTriggers}

    -- What others add to a message: one row for each reaction, vote and acknowledgement of each key.
    CREATE TABLE mark (
      message INTEGER NOT NULL REFERENCES message (number),
      kind TEXT NOT NULL CHECK (kind IN ('reaction', 'vote', 'acknowledge')),
      -- Of a reaction.
      emoji TEXT NOT NULL DEFAULT '',
      author INTEGER NOT NULL REFERENCES peer (number),
      -- 0 for a reaction that was taken back. The choice of a vote; NULL for one that was taken back.
      value INTEGER,
      -- The position of the content that says so.
      major INTEGER NOT NULL,
      minor INTEGER NOT NULL,
      PRIMARY KEY (message, kind, emoji, author)
    ) STRICT, WITHOUT ROWID;
    -- Whether a key has left a mark anywhere.
    CREATE INDEX mark_author ON mark (author);

    -- Changes that came before their messages, as JSON (PROTOCOL 10.33).
    CREATE TABLE waiting_change (
      number INTEGER PRIMARY KEY,
      conversation INTEGER NOT NULL REFERENCES conversation (number),
      author INTEGER NOT NULL REFERENCES peer (number),
      target TEXT NOT NULL,
      major INTEGER NOT NULL,
      minor INTEGER NOT NULL,
      content TEXT NOT NULL
    ) STRICT;
    CREATE INDEX waiting_change_target ON waiting_change (target);
    CREATE INDEX waiting_change_author ON waiting_change (conversation, author, number);

    -- Deleted messages that the server may still have, until it answers that it has not (PROTOCOL 6.99).
    CREATE TABLE withdrawal (
      number INTEGER PRIMARY KEY,
      recipient TEXT NOT NULL,
      id TEXT NOT NULL,
      UNIQUE (recipient, id)
    ) STRICT;

    -- One sending of a message to one recipient.
    CREATE TABLE dispatch (
      message INTEGER NOT NULL REFERENCES message (number),
      recipient INTEGER NOT NULL REFERENCES peer (number),
      stage TEXT NOT NULL DEFAULT 'pending' CHECK (stage IN ('pending', 'stored', 'delivered', 'failed')),
      -- The epoch of 'stored', now, later or read of 'delivered', the code of 'failed'.
      detail TEXT,
      PRIMARY KEY (message, recipient)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX dispatch_open ON dispatch (message) WHERE stage IN ('pending', 'stored');
    -- Dispatches that may still become read.
    CREATE INDEX dispatch_delivered ON dispatch (recipient, message)
      WHERE stage = 'delivered' AND detail IN ('now', 'later');

    -- Words and where they are (message-search.ts), without the text. Words are made by the program, and have a space between them.
    -- Without contentless_delete: its tombstones leave removed words in the index (0014-stores.md).
    CREATE VIRTUAL TABLE message_search USING fts5 (tags, text, content = '', prefix = '1 2 3', tokenize = 'ascii');
    -- All words of the index, in order.
    CREATE VIRTUAL TABLE message_search_word USING fts5vocab (message_search, instance);
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

    CREATE TABLE blocked_key (number INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE) STRICT;

    -- Ids of messages of blocked keys that were taken unopened: a copy is not shown after the key is unblocked.
    CREATE TABLE unopened_message (
      number INTEGER PRIMARY KEY,
      sender TEXT NOT NULL,
      id TEXT NOT NULL,
      UNIQUE (sender, id)
    ) STRICT;
    CREATE INDEX unopened_message_age ON unopened_message (sender, number);

    -- Receipts, from the commit of a message until its sender has acknowledged them.
    CREATE TABLE due_receipt (
      number INTEGER PRIMARY KEY,
      sender TEXT NOT NULL,
      id TEXT NOT NULL,
      UNIQUE (sender, id)
    ) STRICT;
    CREATE INDEX due_receipt_waiting ON due_receipt (sender, number);

    -- What the newest envelopes with receipts tell that the server has stored, as JSON.
    CREATE TABLE stored_receipt (
      number INTEGER PRIMARY KEY,
      sender TEXT NOT NULL,
      id TEXT NOT NULL,
      content TEXT NOT NULL,
      UNIQUE (sender, id)
    ) STRICT;

    -- Private mail keys, in the order in which they were made (docs/decisions/0022-mail-keys.md).
    CREATE TABLE mail_key (
      number INTEGER PRIMARY KEY,
      key_id TEXT NOT NULL UNIQUE,
      kind TEXT NOT NULL CHECK (kind IN ('weekly', 'one-time')),
      installation TEXT NOT NULL,
      secret BLOB NOT NULL,
      expires_at_ms INTEGER NOT NULL,
      made_at_ms INTEGER NOT NULL,
      replaced_at_ms INTEGER
    ) STRICT;
    CREATE INDEX mail_key_age ON mail_key (kind, number);

    CREATE TABLE room (
      number INTEGER PRIMARY KEY,
      -- Under which it is shown: its id, unless a room of another server has the same one.
      id TEXT NOT NULL UNIQUE,
      server TEXT NOT NULL,
      room TEXT NOT NULL,
      cut_at INTEGER NOT NULL,
      departure TEXT CHECK (departure IN ('left', 'removed')),
      -- JSON: what the server last told, and what was wrong.
      listed TEXT,
      findings TEXT NOT NULL,
      UNIQUE (server, room)
    ) STRICT;

    CREATE TABLE room_entry (
      room INTEGER NOT NULL REFERENCES room (number),
      seq INTEGER NOT NULL,
      -- NULL for a repeated one: an id has one entry.
      id TEXT,
      epoch TEXT NOT NULL,
      hash TEXT NOT NULL,
      -- Without the content, which can be erased (entry-bytes.ts).
      entry BLOB NOT NULL,
      content BLOB,
      -- The message of which it is an edit.
      edit_of TEXT,
      effect TEXT NOT NULL CHECK (effect IN ('taken', 'passed-over', 'none')),
      head_signature BLOB,
      delivered INTEGER,
      read INTEGER,
      members INTEGER,
      PRIMARY KEY (room, seq),
      UNIQUE (room, id)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX room_entry_edit ON room_entry (room, edit_of) WHERE edit_of IS NOT NULL;

    -- Entries that a restored server does not have, until the log has them again, or the server refuses them.
    CREATE TABLE room_lost (
      number INTEGER PRIMARY KEY,
      room INTEGER NOT NULL REFERENCES room (number),
      id TEXT,
      hash TEXT NOT NULL,
      entry BLOB NOT NULL,
      content BLOB,
      edit_of TEXT,
      effect TEXT NOT NULL,
      head_signature BLOB
    ) STRICT;
    CREATE INDEX room_lost_order ON room_lost (room, number);
    CREATE INDEX room_lost_id ON room_lost (room, id);
    CREATE TRIGGER room_entry_found AFTER INSERT ON room_entry BEGIN
      DELETE FROM room_lost WHERE room = new.room AND id = new.id;
    END;

    CREATE TABLE room_checkpoint (
      room INTEGER NOT NULL REFERENCES room (number),
      seq INTEGER NOT NULL,
      bytes BLOB NOT NULL,
      has_later_kinds INTEGER NOT NULL CHECK (has_later_kinds IN (0, 1)),
      PRIMARY KEY (room, seq)
    ) STRICT, WITHOUT ROWID;

    -- Own entries that no log has yet, without a signature.
    CREATE TABLE room_waiting (
      number INTEGER PRIMARY KEY,
      room INTEGER NOT NULL REFERENCES room (number),
      id TEXT NOT NULL,
      kind TEXT NOT NULL,
      content BLOB NOT NULL,
      edit_of TEXT,
      sent_at_ms INTEGER NOT NULL,
      clock_offset_ms INTEGER,
      refused_with TEXT,
      UNIQUE (room, id)
    ) STRICT;

    -- The last message of each sender for which a read receipt is due.
    CREATE TABLE due_read (sender TEXT PRIMARY KEY, id TEXT NOT NULL) STRICT, WITHOUT ROWID;
    `,
    `
    -- The key of the host, if this is a guest and both have proved it.
    ALTER TABLE contact ADD COLUMN guest_of TEXT;
    `,
    `
    -- Files that messages offer. A row without its message has bytes that no one needs.
    CREATE TABLE file (
      number INTEGER PRIMARY KEY,
      message TEXT NOT NULL UNIQUE,
      root BLOB NOT NULL,
      size INTEGER NOT NULL,
      state TEXT NOT NULL,
      code TEXT,
      -- Of an own file: where its bytes are, as JSON.
      source TEXT,
      -- How many parts of the piece layer are on the disk.
      hash_parts INTEGER NOT NULL,
      -- Whether the author knows of the state.
      told INTEGER NOT NULL CHECK (told IN (0, 1)),
      -- When it began to load without a question to the user.
      by_itself_at_ms INTEGER,
      -- The pieces on the disk, a bit for each, and their number.
      bitmap BLOB,
      pieces INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    CREATE INDEX file_state ON file (state, number);
    CREATE INDEX file_untold ON file (number) WHERE told = 0 AND source IS NULL;
    CREATE INDEX file_blob ON file (root, size);
    CREATE INDEX file_by_itself ON file (by_itself_at_ms) WHERE by_itself_at_ms IS NOT NULL;

    -- How far each recipient of an own file is.
    CREATE TABLE file_peer (
      file INTEGER NOT NULL REFERENCES file (number),
      peer TEXT NOT NULL,
      state TEXT NOT NULL,
      pieces INTEGER NOT NULL,
      PRIMARY KEY (file, peer)
    ) STRICT, WITHOUT ROWID;
    `,
  ],
};
