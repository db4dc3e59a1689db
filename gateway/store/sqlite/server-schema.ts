import { applicationId, type Schema } from './schema.ts';

/** The database of a server. docs/decisions/0003-stores.md tells the choices. */
export const serverSchema: Schema = {
  applicationId: applicationId('CgSv'),
  migrations: [
    `
    CREATE TABLE server (
      only INTEGER PRIMARY KEY CHECK (only = 1),
      secret BLOB,
      key TEXT,
      epoch TEXT
    ) STRICT;
    INSERT INTO server (only) VALUES (1);

    CREATE TABLE name (
      key TEXT PRIMARY KEY,
      nickname TEXT NOT NULL UNIQUE,
      candidates TEXT NOT NULL,
      online INTEGER NOT NULL CHECK (online IN (0, 1))
    ) STRICT, WITHOUT ROWID;

    -- The number is the order of coming: it only rises within a mailbox, because the highest is given last.
    CREATE TABLE mail (
      number INTEGER PRIMARY KEY,
      recipient TEXT NOT NULL,
      id TEXT NOT NULL,
      sender TEXT NOT NULL,
      body BLOB NOT NULL,
      UNIQUE (recipient, id)
    ) STRICT;
    CREATE INDEX mail_waiting ON mail (recipient, number);

    -- One message can have receipts of two people when one of them lies; the sender knows to whom it wrote.
    CREATE TABLE receipt (
      number INTEGER PRIMARY KEY,
      sender TEXT NOT NULL,
      id TEXT NOT NULL,
      recipient TEXT NOT NULL,
      UNIQUE (sender, id, recipient)
    ) STRICT;
    CREATE INDEX receipt_waiting ON receipt (sender, number);
    `,
    `
    ALTER TABLE name ADD COLUMN shows_last_seen INTEGER NOT NULL DEFAULT 0 CHECK (shows_last_seen IN (0, 1));
    ALTER TABLE name ADD COLUMN last_seen_ms INTEGER;
    ALTER TABLE name ADD COLUMN moves INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE name ADD COLUMN version INTEGER NOT NULL DEFAULT 0;
    -- The highest version of a name ever; it never falls, whatever becomes of the name.
    ALTER TABLE server ADD COLUMN highest_version INTEGER NOT NULL DEFAULT 0;
    `,
    `
    -- For how long the server has run; and what its operator has set, as JSON.
    ALTER TABLE server ADD COLUMN running_ms INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE server ADD COLUMN quotas TEXT;
    -- The highest version with which a name was removed.
    ALTER TABLE server ADD COLUMN removed_version INTEGER NOT NULL DEFAULT 0;
    `,
    `
    -- What was kept so far is open to read. Whoever sent it still has it, and offers it to a server of a new epoch.
    DROP TABLE mail;
    DROP TABLE receipt;
    UPDATE server SET epoch = NULL;

    -- The number is the order of coming: it only rises within a mailbox, because the highest is given last.
    CREATE TABLE mail (
      number INTEGER PRIMARY KEY,
      recipient TEXT NOT NULL,
      sender TEXT NOT NULL,
      id TEXT NOT NULL,
      type TEXT NOT NULL,
      installation TEXT NOT NULL,
      sequence INTEGER NOT NULL,
      sealed BLOB NOT NULL,
      UNIQUE (recipient, sender, id)
    ) STRICT;
    CREATE INDEX mail_waiting ON mail (recipient, number);

    -- What became of envelopes that nobody took.
    CREATE TABLE notice (
      number INTEGER PRIMARY KEY,
      sender TEXT NOT NULL,
      id TEXT NOT NULL,
      recipient TEXT NOT NULL,
      code TEXT NOT NULL,
      UNIQUE (sender, id, recipient)
    ) STRICT;
    CREATE INDEX notice_waiting ON notice (sender, number);
    `,
    `
    -- The server's running time when it came.
    ALTER TABLE mail ADD COLUMN kept_at_ms INTEGER NOT NULL DEFAULT 0;
    CREATE INDEX mail_age ON mail (kept_at_ms, number) WHERE type <> 'receipt';
    CREATE INDEX mail_sender ON mail (sender);
    `,
    `
    -- For how long people were online before the last change of it, and since when that is, in the server's running time.
    ALTER TABLE name ADD COLUMN online_ms INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE name ADD COLUMN presence_since_ms INTEGER NOT NULL DEFAULT 0;
    -- Whoever is known from before was here for as long as nobody knows.
    UPDATE name SET online_ms = 86400000;
    `,
  ],
};
